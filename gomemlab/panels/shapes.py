"""Heap shapes to pick from: each marked object by object and by Green Tea, with both counts side by side.

Go: runtime/mgcmark_greenteagc.go, scanSpan.
Left out: shapes of the reader's own; a lab has a graph to draw on.
"""

from collections.abc import Callable, Sequence
from html import escape
from threading import RLock

import ipywidgets as ipw

from gomemlab.checks.shapes import NUMBERS, SHAPES, SIZES, Pair, pair
from gomemlab.panels.guarded import guarded
from gomemlab.panels.panel import Panel
from gomemlab.views.base import box, headline, html, put
from gomemlab.views.visits import VisitPlots, frame
from gomemlab.views.words import thousands

LEFT = (
    '<div class="gm-cap"><b>Objects scanned, by visits made</b> <span class="gm-t">dashed: object by object; '
    "solid: Green Tea</span></div>"
)
RIGHT = (
    '<div class="gm-cap"><b>Green Tea’s objects, by the company they had</b> <span class="gm-t">percent of the '
    "objects scanned</span></div>"
)
GOALS: tuple[tuple[str, Callable[[Pair], bool]], ...] = (
    ("a heap with less than one visit in a hundred objects", lambda pair: pair.gathers),
    ("a heap with a visit for every object", lambda pair: pair.gains_nothing),
)


class ShapesPanel(Panel):
    """A shape, a size and a number to choose; `pair` is what is shown of them, `found` how each goal was reached."""

    def __init__(self, shape: str = "graph", size: int = 48, n: int = NUMBERS[-1]) -> None:
        """Mark the given shape at once, so that there is something to look at."""
        self.lock = RLock()
        self.pair: Pair = pair(shape, size, n)
        self.shape = ipw.Dropdown(options=[(one.title, key) for key, one in SHAPES.items()], value=shape)
        self.shape.tooltip = "how the objects point to each other"
        self.size = ipw.ToggleButtons(options=[(f"{size}", size) for size in SIZES], value=size)
        self.number = ipw.ToggleButtons(options=[(thousands(n), n) for n in NUMBERS], value=n)
        self.words, self.head, self.table, self.goals = html(), html(), html(), html()
        self.found = [""] * len(GOALS)
        self.plots = VisitPlots()
        for control in (self.shape, self.size, self.number):
            control.observe(guarded(self.head, self.place), "value")
        labels = [html(f"<b>{word}</b>") for word in ("Shape", "Bytes each", "Objects")]
        rows = [
            box([labels[0], self.shape, self.words], "gm-row"),
            box([labels[1], self.size, labels[2], self.number], "gm-row"),
        ]
        sides = ((LEFT, self.plots.left), (RIGHT, self.plots.right))
        plots = box([ipw.VBox([html(words), figure]) for words, figure in sides], "gm-visits")
        body = ipw.VBox([*rows, self.goals, self.head, plots, self.table])
        body.add_class("gm-shapes")
        super().__init__([body])
        self.show()

    def place(self) -> None:
        """Build and mark what the controls say."""
        with self.lock:
            self.pair = pair(self.shape.value, self.size.value, self.number.value)
            self.show()

    def show(self) -> None:
        """Show the pair."""
        put(self.words, value=f'<span class="gm-s">{escape(self.pair.shape.words)}</span>')
        put(self.head, value=headline("Two markers, one heap", self.pair.say()))
        self.plots.show(frame(self.pair.classic.visits, self.pair.greentea.visits))
        put(self.table, value=draw(self.pair))
        for i, (_, reached) in enumerate(GOALS):
            if not self.found[i] and reached(self.pair):
                self.found[i] = f"{self.pair.shape.title}, {self.pair.size} B"
        put(self.goals, value=listed(self.found))


def listed(found: Sequence[str]) -> str:
    """Return what there is to find, and what was found, as HTML."""
    rows = "".join(map(_goal, (words for words, _ in GOALS), found))
    return f'<div class="gm-goals" role="status"><b>To find</b>{rows}</div>'


def _goal(words: str, by: str) -> str:
    """Return one thing to find, or what it was found in."""
    if by:
        return f'<span class="gm-right">✓ {escape(words)}: <b>{escape(by)}</b></span>'
    return f'<span class="gm-s">○ {escape(words)}</span>'


def counts(pair: Pair) -> tuple[tuple[str, str, str], ...]:
    """Return the table's rows: what is counted, object by object, and with Green Tea."""
    one, tea = pair.classic, pair.greentea
    numbers = (
        ("objects marked", one.marked, tea.marked),
        ("objects scanned", one.scanned, tea.scanned),
        ("visits", len(one.visits), len(tea.visits)),
        ("of these to a span", one.span_visits, tea.span_visits),
        ("that scanned one object only", one.alone, tea.alone),
        ("that went to another page than the one before", one.moves, tea.moves),
        ("spans that waited at once, at most", one.longest, tea.longest),
    )
    rows = [(name, thousands(left), thousands(right)) for name, left, right in numbers]
    rows.insert(6, ("objects a visit, on average", f"{one.each:.1f}", f"{tea.each:.1f}"))
    return tuple(rows)


def draw(pair: Pair) -> str:
    """Return the counts as an HTML table, with what differs standing out, and whether the outcome is the same."""
    rows = "".join(
        f"<tr{'' if left == right else ' class=on'}><td>{name}</td><td>{left}</td><td>{right}</td></tr>"
        for name, left, right in counts(pair)
    )
    same = "the same" if pair.same else "not the same"
    return (
        '<table class="gm-counts"><thead><tr><th>in one collection</th><th>object by object</th><th>Green Tea</th></tr>'
        f'</thead><tbody>{rows}</tbody></table><p class="gm-s">Both marked {same} {thousands(pair.greentea.marked)} '
        f"objects, in {thousands(pair.spans)} spans, of {thousands(pair.n)} made.</p>"
    )
