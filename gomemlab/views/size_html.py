"""What stands beside the staircase in HTML: the slot and its span to scale, the neighbours as a table.

Bars are boxes whose widths are percentages, so that they stretch with the cell while their words keep their size.

Go: runtime/mheap.go, (*mheap).initSpan.
Left out: the bits themselves; what they take from the span is said in words.
"""

from html import escape

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.views import words
from gomemlab.views.staircase import SizeFrame, Step, number

MOST_NUMBERED = 16  # slots that are wide enough for a number
MOST_DRAWN = 128  # slots that can be told apart


def legend(frame: SizeFrame) -> str:
    """Return the legend of the staircase."""
    dashed = "8 B header above 512 B" if frame.go != "1.21" else f"no header in Go {frame.go}"
    return (
        '<div class="gm-leg"><span><i class="gm-key ink"></i>slot without pointers</span>'
        f'<span><i class="gm-key dash"></i>with pointers: {dashed}</span>'
        '<span><i class="gm-key thin"></i>slot = request, nothing wasted</span></div>'
    )


def beside(frame: SizeFrame) -> str:
    """Return the slot to scale, its span to scale, the neighbours and the note."""
    return (
        f'<div class="gm-cap">The slot, to scale</div>{_slot(frame)}'
        f'<div class="gm-cap">The span it is cut from, to scale</div>{_span(frame)}'
        f'<div class="gm-cap">The neighbours</div>{_table(frame)}'
        f'<div class="gm-s gm-size-note">{escape(frame.note)}</div>'
    )


def _box(width: float, kind: str, text: str = "", style: str = "") -> str:
    """Return one part of a bar; width is a share of the bar, 0 to 1."""
    return f'<i class="{kind}" style="width:{100 * width:.3f}%;{style}">{text}</i>'


def _bar(parts: str, left: str, right: str) -> str:
    """Return a bar with its words below."""
    return f'<div class="gm-size-bar">{parts}</div><div class="gm-size-under"><span>{left}</span><b>{right}</b></div>'


def _family(frame: SizeFrame) -> words.Family:
    """Return the colour of the landing's family."""
    return words.FAMILIES[words.family_of(frame.landing.elemsize, frame.landing.spanclass)]


def _slot(frame: SizeFrame) -> str:
    """Return the slot: header, request, waste."""
    landing, family = frame.landing, _family(frame)
    if not landing.elemsize:
        return _bar("", "no slot", "nothing wasted")
    asked = frame.size / landing.elemsize
    label = f"{number(frame.size)} B requested"
    inside = asked > 0.4  # noqa: PLR2004 (of 408 px, as wide as the words)
    ink = f"background:{family.key};color:{family.text}"
    rest = landing.elemsize - landing.header - frame.size
    parts = _box(landing.header / landing.elemsize, "head") if landing.header else ""
    parts += _box(asked, "asked", label if inside else "", ink)
    parts += _box(rest / landing.elemsize, "lost", "" if inside else f"<em>{label}</em>") if rest else ""
    lost = "nothing wasted"
    if frame.tiny:
        lost = f"{rest} B left for other tiny objects"
    elif landing.waste:
        lost = f"{number(landing.waste)} B wasted, {escape(words.percent(landing.waste, landing.elemsize))}"
    header = f", first {landing.header} B the header" if landing.header else ""
    return _bar(parts, f"one slot: {number(landing.elemsize)} B{header}", lost)


def _span(frame: SizeFrame) -> str:
    """Return the span: its slots, the first of them filled, and its tail."""
    landing, family = frame.landing, _family(frame)
    if not landing.nelems:
        return _bar("", "no span", "") + '<div class="gm-size-tail">\u00a0</div>'
    width = landing.elemsize / (landing.npages * PAGE_SIZE)
    edge = f"box-shadow:inset 0 0 0 1px {family.key};"
    ink = f"background:{family.key};color:{family.text}"
    if landing.nelems <= MOST_DRAWN:
        numbered = landing.nelems <= MOST_NUMBERED
        parts = "".join(
            _box(width, "slot", str(i) if numbered else "", edge if i else ink) for i in range(landing.nelems)
        )
    else:
        parts = _box(width, "slot", "", ink) + _box(
            width * (landing.nelems - 1), "slot", f"{number(landing.nelems)} slots, too thin to draw", edge
        )
    parts += _box(landing.tail / (landing.npages * PAGE_SIZE), "lost") if landing.tail else ""
    left = f"one span: {words.count(landing.npages, 'page')}, {words.count(landing.nelems, 'slot')}"
    tail = f"{number(landing.tail)} B tail" if landing.tail else "no tail"
    return f'{_bar(parts, left, tail)}<div class="gm-size-tail">{_tail(frame)}</div>'


def _tail(frame: SizeFrame) -> str:
    """Return what the bytes behind the last slot are for."""
    landing = frame.landing
    unused = landing.tail - landing.inline_mark_bits - landing.heap_bits
    named = (("mark bits", landing.inline_mark_bits), ("heap bits", landing.heap_bits), ("left over", unused))
    parts = [f"{what} {nbytes} B" for what, nbytes in named if nbytes]
    reserved = landing.inline_mark_bits or landing.heap_bits
    return "tail: " + ", ".join(parts) if reserved else "\u00a0"


def _table(frame: SizeFrame) -> str:
    """Return the neighbours as a table."""
    heads = ("class", "slot B", "pages", "slots noscan", "scan", "worst waste", "tail B")
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    rows = "".join(_row(step, index == frame.pick and frame.size > 0, frame) for index, step in enumerate(frame.steps))
    return f'<table class="gm-size-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(step: Step, picked: bool, frame: SizeFrame) -> str:
    """Return one row; class 1 without pointers and tiny requests have no waste of their own."""
    waste = escape(words.percent(step.slot - step.first, step.slot)) if step.used else "unused"
    if step.used and not frame.pointers and step.index == 2:  # noqa: PLR2004 (the tiny block's class)
        waste = "shared"
    noscan = number(step.slots[0]) if step.index != 1 else "–"
    cells = (
        str(step.index) if step.index else "large",
        number(step.slot),
        str(step.npages),
        noscan,
        number(step.slots[1]),
        waste,
        number(step.tail),
    )
    mark = ' class="on" aria-current="true"' if picked else ""
    text = "".join(f"<td>{'▸ ' if picked and not i else ''}{cell}</td>" for i, cell in enumerate(cells))
    return f"<tr{mark}>{text}</tr>"
