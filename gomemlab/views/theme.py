"""The look as data: style sheets that travel with the widgets, and the few SVG parts every view shares.

The theme never reaches Python. Colours are CSS variables on the class `gm`; JupyterLab's light and dark differ only
in what the variables mean, so a theme switch repaints nothing from here. Every `.css` file beside this module is
part of the one style sheet: tokens and widgets first, the others by name.

Go: none, this is about looks.
Left out: themes of other front ends, which fall back to light.
"""

from functools import cache
from importlib.resources import files

import ipywidgets as ipw

FIRST = ("tokens.css", "widgets.css", "base.css")
HATCH = 7  # pixels from one line of a hatch to the next


@cache
def css() -> str:
    """Return the whole style sheet."""
    sheets = {f.name: f.read_text("utf-8") for f in files(__package__).iterdir() if f.name.endswith(".css")}
    order = [*FIRST, *sorted(set(sheets) - set(FIRST))]
    return "\n".join(sheets[name] for name in order)


def style() -> ipw.HTML:
    """Return a widget that carries the style sheet and takes no room."""
    sheet = ipw.HTML(f"<style>{css()}</style>")
    sheet.add_class("gm-style")
    return sheet


def hatched(
    x: float,
    y: float,
    width: float,
    height: float,
    stroke: str = "",
    colours: tuple[str, str] = ("var(--gm-paper)", "var(--gm-ink2)"),
    step: int = HATCH,
) -> str:
    """Return an SVG rectangle of slanted lines, each drawn; the colours are the ground's and the lines'.

    An SVG pattern needs an id, and the browser finds one by the first picture on the page that has it, also where that
    picture is hidden: the second lab of a notebook then has no hatch.
    """
    ends = [(min(at, width), max(at - height, 0.0), at) for at in range(step // 2, int(width + height), step)]
    path = "".join(f"M{x + a:.1f} {y + at - a:.1f}L{x + b:.1f} {y + at - b:.1f}" for a, b, at in ends)
    where = f'x="{x:.2f}" y="{y:g}" width="{width:.2f}" height="{height:g}"'
    return (
        f'<rect {where} fill="{colours[0]}"/>'
        f'<path d="{path}" fill="none" stroke="{colours[1]}" stroke-width="1.6"/>'
        f'<rect {where} fill="none"{stroke}/>'
    )


def swatch(fill: str, extra: str = "") -> str:
    """Return a 12 px square for a legend, with more SVG drawn over it."""
    return f'<svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" fill="{fill}"/>{extra}</svg>'
