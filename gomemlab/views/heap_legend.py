"""The heap map's legend: what each colour and texture is, and how many pages have it.

Go: runtime/mheap.go, mspan.
Left out: nothing.
"""

from gomemlab.views.pages import Window
from gomemlab.views.theme import swatch
from gomemlab.views.words import CACHED, FAMILIES, IDLE, LARGE, PADDING, STACKS, size, thousands

MODES = CLASSES, OCCUPANCY, COLLECTION, MEMORY = ("span class", "occupancy", "collection", "memory")
Counts = tuple[int, ...]  # pages by family
OVER = {  # what is drawn over a family's colour
    LARGE: '<path d="M0 12L12 0" stroke="#9b9890" stroke-width="2"/>',
    STACKS: '<path d="M3 3h2v2h-2zM8 8h2v2h-2z" fill="#185351"/>',
    PADDING: '<path d="M0 12L12 0" stroke="var(--gm-edge)" stroke-width="1.5"/>',
}
POINTERS = '<rect x="4" y="3" width="3" height="6" fill="#d8b9cd"/>'
HALF = '<rect width="12" height="6" fill="var(--gm-bg)" opacity=".65"/>'
HOLLOW = '<rect x=".5" y=".5" width="11" height="11" fill="none" stroke="var(--gm-line)"/>'
DOT = '<rect x="4" y="4" width="4" height="4" fill="#7f8c98"/>'


RING = '<rect x="1" y="1" width="10" height="10" fill="none" stroke="#1f86a0" stroke-width="2"/>'
STRIPES = '<path d="M0 6l6-6M0 12L12 0M6 12l6-6" stroke="{}" stroke-width="2"/>'
LOOKS = (  # of the collector's states: colour, what is drawn over it, words
    ("rgba(31,134,160,.31)", "", "swept, or no cycle yet"),
    ("var(--gm-paper)", RING, "no mark so far"),
    ("#1f86a0", "", "has marks"),
    ("#dba23a", STRIPES.format("#836125"), "unswept, has marks"),
    ("#fbe7e1", STRIPES.format("#b3361b"), "unswept, no mark: all dead"),
)
DOTS = '<path d="M2 4h3v3h-3zM7 8h3v3h-3z" fill="#1f86a0"/>'
GIVEN = '<path d="M0 12L12 0" stroke="var(--gm-edge)" stroke-width="2"/>' + HOLLOW
MEMORY_LOOKS = (  # of a page, to the operating system: colour, what is drawn over it, words
    ("#1f86a0", "", "in a span, in memory"),
    ("rgba(31,134,160,.31)", DOTS, "idle, still in memory"),
    ("var(--gm-paper)", GIVEN, "released: never used, or given back"),
    ("var(--gm-paper)", RING, "in a span, never written to"),
    ("rgba(31,134,160,.31)", '<path d="M0 12L12 0" stroke="#135060" stroke-width="2"/>', "given back, not yet taken"),
)


def legend(mode: str, counts: Counts, window: Window, states: Counts = ()) -> str:
    """Return the legend with the page counts, as HTML; `states` are those of the collector's states."""
    items = [f"a dot is a page of 8 KiB, a row is {size(window.columns << 13)}"]
    if mode == CLASSES:
        items += [_item(FAMILIES[f].colour, OVER.get(f, ""), FAMILIES[f].name, counts[f]) for f in range(1, CACHED)]
        items.append(swatch(FAMILIES[3].colour, POINTERS) + "light mark: has pointers")
    elif mode == COLLECTION:
        items += [_item(*look, pages) for look, pages in zip(LOOKS, states, strict=True)]
        items.append(_item(FAMILIES[STACKS].colour, OVER[STACKS], "stacks", counts[STACKS]))
    elif mode == MEMORY:
        kinds = (states[1] - counts[STACKS], *states[2:])
        items += [_item(*look, pages) for look, pages in zip(MEMORY_LOOKS, kinds, strict=True)]
        items.append(_item(FAMILIES[STACKS].colour, OVER[STACKS], "stacks", counts[STACKS]))
        return _joined(items)
    else:
        full = "height: share of slots taken; full dot: full span"
        items.append(_item("#1f86a0", HALF, full, sum(counts[1:STACKS])))
        items.append(_item(FAMILIES[STACKS].colour, OVER[STACKS], "stacks", counts[STACKS]))
    items.append(_item("var(--gm-paper)", HOLLOW + DOT, "in a page cache", counts[CACHED]))
    items.append(_item("var(--gm-paper)", HOLLOW, "idle", counts[IDLE]))
    if counts[PADDING]:
        items.append(
            _item("var(--gm-paper)", HOLLOW + OVER[PADDING], "given up, below the heap’s base", counts[PADDING])
        )
    return _joined(items)


def _joined(items: list[str]) -> str:
    return '<div class="gm-leg gm-mapleg">' + "".join(f"<span>{item}</span>" for item in items) + "</div>"


def _item(colour: str, over: str, words: str, pages: int) -> str:
    """Return one entry of the legend."""
    return f"{swatch(colour, over)}{words} <b>{thousands(pages)}</b>"
