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
HATCHES = {  # name: (tile, background, stroke, transform)
    "hatch": (5, "paper", '<rect width="1.6" height="5" fill="var(--gm-ink2)"/>', "rotate(45)"),
    "hatchw": (6, "warn-soft", '<rect width="2" height="6" fill="var(--gm-warn)"/>', "rotate(45)"),
    "hatcha": (5, "accent-soft", '<rect width="2" height="5" fill="var(--gm-fill)"/>', "rotate(45)"),
    "sparse": (6, "paper", '<rect width="1.5" height="1.5" x="1" y="1" fill="var(--gm-edge)"/>', ""),
    "lines": (4, "accent-soft", '<rect width="4" height="1.2" fill="var(--gm-fill)"/>', ""),
}


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


def hatches(*names: str) -> str:
    """Return SVG defs of the named hatches; use them as fill="url(#gm-NAME)".

    Every SVG that uses a hatch brings its own copy: ids are the same everywhere, so any copy will do.
    """
    return "<defs>" + "".join(_hatch(name, *HATCHES[name]) for name in names) + "</defs>"


def _hatch(name: str, tile: int, ground: str, ink: str, turn: str) -> str:
    """Return one SVG pattern."""
    return (
        f'<pattern id="gm-{name}" width="{tile}" height="{tile}" patternUnits="userSpaceOnUse" '
        f'patternTransform="{turn}"><rect width="{tile}" height="{tile}" fill="var(--gm-{ground})"/>{ink}</pattern>'
    )


def swatch(fill: str, extra: str = "") -> str:
    """Return a 12 px square for a legend, with more SVG drawn over it."""
    return f'<svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" fill="{fill}"/>{extra}</svg>'
