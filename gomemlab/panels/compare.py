"""Compare: two histories side by side under one transport, with lines, a table, and any view of both.

Go: none, this is the arrangement.
Left out: more than two; changing either.
"""

import time
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as ipw

from gomemlab.comparing import REQUEST, TICK, Comparison, Table, compare
from gomemlab.panels.cells import claims
from gomemlab.panels.duo import Duo
from gomemlab.panels.notices import Notices
from gomemlab.panels.room import MAKERS
from gomemlab.panels.transport import Frame, Transport
from gomemlab.runtime.errors import MisuseError
from gomemlab.views import theme
from gomemlab.views.base import View, box, close_all, html, put
from gomemlab.views.compare import CompareView

BEAT = 20  # ms between two moments while playing; with what the browser needs for each, thirty and more a second
CONTROLS = {"transport", "allocate", "schedule"}
VIEWS = tuple(name for name in MAKERS if name not in CONTROLS)
LAG = 0.12  # seconds between two moves of the controls while playing
NONE = "no view"
AXES = {REQUEST: "after as many requests of each", TICK: "after as many commands of each"}


class PlaceTransport(Transport):
    """The transport of a common axis."""

    def __init__(self, duo: Duo) -> None:
        """Play faster than a lab does: a comparison has less to draw."""
        self.word = duo.by
        self._shown_at = 0.0
        super().__init__(duo)  # type: ignore[arg-type]
        put(self.play, interval=BEAT)

    def show(self, frame: Frame) -> None:
        """Move the controls; while playing they lag a little, since the browser's slider is slower than the lines."""
        now = time.monotonic()
        if self.play.playing and frame.tick < frame.last and now - self._shown_at < LAG:
            return
        self._shown_at = now
        super().show(frame)

    def _playing(self, change: dict[str, Any]) -> None:
        """Catch up when playing ends."""
        super()._playing(change)
        if not change["new"] and self.last is not None:
            self.show(self.last)


class Compare:
    """Two histories on screen; `comparison` has the numbers, `place` is the moment shown, and can be set."""

    def __init__(
        self,
        a: Any,
        b: Any = None,
        *,
        views: Sequence[str] = (),
        by: str = "",
        n: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        """Show a Comparison, or compare a with b as gomemlab.compare does.

        views names what is shown of both besides the lines and the table; by is "request" or "tick".
        Raises MisuseError for what cannot be compared or shown.
        """
        named = (views,) if isinstance(views, str) else tuple(views)
        wrong = [name for name in named if name not in VIEWS]
        if wrong:
            raise MisuseError(f"a comparison has no view {wrong[0]!r}; choose some of {', '.join(VIEWS)}")
        given = isinstance(a, Comparison) and b is None
        self.comparison: Comparison = a if given else compare(a, b, n=n, progress=progress)
        self.duo = Duo(self.comparison, by)
        self.shown: list[View[Any]] = []
        self.notices = Notices(self.duo)  # type: ignore[arg-type]
        self.transport, self.view = PlaceTransport(self.duo), CompareView(self.duo, self.duo)
        self.duo.views += [self.transport, self.view]
        self.columns = box([], "gm-duo", "gm-off")
        self.text = ipw.Textarea(value=self.comparison.table().markdown(), tooltip="the table at the end, in Markdown")
        for name in ("gm-copy", "gm-off"):
            self.text.add_class(name)
        parts = [self.notices.root, self.transport.body, self._controls(named), self.view.body, self.text, self.columns]
        self.root = ipw.VBox([theme.style(), *parts])
        self.root.add_class("gm")
        self.show(*named)
        self.place = self.duo.comparison.length(self.duo.by)

    @property
    def place(self) -> int:
        """Return the moment on screen: so many requests, or ticks."""
        return int(self.duo.tick)

    @place.setter
    def place(self, place: int) -> None:
        """Go to a moment. Raises MisuseError for one that neither side has."""
        self.comparison.ticks(place, self.duo.by)
        self.duo.arrive(place)

    def table(self, place: int | None = None) -> Table:
        """Return the numbers at the end, or at a moment."""
        return self.comparison.table(place, self.duo.by)

    def show(self, *names: str) -> None:
        """Show these views of both, in place of those before."""
        with self.duo.lock:
            self._close_views()
            halves = []
            for half in self.duo.halves:
                made = [MAKERS[name](half) for name in names]
                half.views += made
                half.follow()
                self.shown += made
                if names:
                    title = html(escape(half.side.title), "gm-side-name")
                    halves.append(box([title, *(view.body for view in made)], "gm-half"))
            # First the room, then the views: a figure that is born hidden has no size.
            (self.columns.remove_class if names else self.columns.add_class)("gm-off")
            self.columns.children = halves
            self.duo.painter.ask()

    def close(self) -> None:
        """Close every widget."""
        self._close_views()
        self.notices.close()
        for view in list(self.duo.views):
            view.close()
        close_all(self.root)

    def _close_views(self) -> None:
        """Close the views of both halves."""
        old = self.columns.children
        self.columns.children = ()
        for view in self.shown:
            view.close()
        for half, column in zip(self.duo.halves, old, strict=False):
            half.views.clear()
            close_all(column)
        self.shown.clear()

    def _controls(self, named: tuple[str, ...]) -> ipw.Widget:
        """Return the row that says by what the two are compared, and what is shown of both."""
        axes = AXES if self.comparison.axis == REQUEST else {TICK: AXES[TICK]}
        self.by = ipw.ToggleButtons(options=list(axes), value=self.duo.by, tooltips=list(axes.values()))
        self.by.observe(lambda change: self.duo.guard(lambda: self._compare_by(change["new"])), "value")
        options: list[tuple[str, tuple[str, ...]]] = [(NONE, ())]
        options += [(name.replace("_", " "), (name,)) for name in VIEWS]
        if len(named) > 1:
            options.append((", ".join(name.replace("_", " ") for name in named), named))
        self.choice = ipw.Dropdown(options=options, value=named, tooltip="what is shown of both")
        self.choice.observe(lambda change: self.duo.guard(lambda: self.show(*change["new"])), "value")
        self.copy = ipw.ToggleButton(description="Markdown", tooltip="the table at the end, as text to copy")
        self.copy.observe(lambda change: self._copy(on=change["new"]), "value")
        words = [html(text, "gm-s") for text in ("compare by", "and show of both")]
        return box([words[0], self.by, words[1], self.choice, html("", "gm-sp"), self.copy], "gm-row", "gm-cmprow")

    def _compare_by(self, by: str) -> None:
        """Change the axis."""
        self.transport.call(by)
        self.duo.compare_by(by)

    def _copy(self, *, on: bool) -> None:
        """Show or hide the table as text."""
        (self.text.remove_class if on else self.text.add_class)("gm-off")

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows; the cell that shows it closes it when it is run again."""
        with self.duo.lock:
            claims.claim(self)
            self.duo.settle()
            return self.root._repr_mimebundle_(**kwargs)
