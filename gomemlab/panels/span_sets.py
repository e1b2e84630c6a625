"""Span sets to play with: the lanes of a span class, buttons that fill, drop, mark and sweep, a moment to compare with.

A button gives a command to the lab, so everything it does is a tick. What it asks of the world is said before it is
pressed: how many objects, which of them are dropped.

Go: runtime/malloc.go, mallocgc; runtime/mgc.go, gcMarkTermination, GC; runtime/mgcsweep.go, sweepone.
Left out: spans of class 0 and 1; a large object is a span of its own.
"""

from itertools import islice
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.commands import GC, Command, Drop, GCStart, MarkAll, MarkDone, SweepOne, malloc
from gomemlab.panels.notices import Notices
from gomemlab.panels.past import Past, told
from gomemlab.panels.whole import Whole
from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import NUM_SPAN_CLASSES
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gcevents import SweepBegan
from gomemlab.views.base import box, button, html, put
from gomemlab.views.held import Held, held_in
from gomemlab.views.span_sets import Frame, SpanSetsView
from gomemlab.views.words import thousands

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot

FOLLOW = -1  # the class of the picked span
TINY = 3  # 8 B without pointers: such requests go to the tiny allocator, so no span of it is ever made
MARK, STEP, TICK = "before mark ended", "previous step", "tick"
FEW, SOME = 5, 10  # spans of which one object each is dropped
MOST = 10_000  # objects at a press
AT_ONCE = 1000  # commands that need no progress bar

CHOICES = {
    f"1 in each of {FEW} spans": "few",
    f"1 in each of {SOME} spans": "some",
    "1 in each span": "each",
    "every second": "half",
    "all of one span": "span",
    "all": "all",
}


class SpanSets(SpanSetsView):
    """The lanes with the row of controls above them."""

    def __init__(self, lab: "Lab", spanclass: int | None = None, *, alone: bool = False) -> None:
        """Build the panel for a lab; alone, it brings the lab's notices along. None: the picked span's class."""
        self.lab = lab
        self.line = Past(lab)
        self.notices = Notices.here(lab) if alone else None
        super().__init__(lab, _checked(spanclass))
        above = [self.notices.root, self._row()] if self.notices else [self._row()]
        self.body.children = (*above, *self.body.children)

    def _row(self) -> ipw.Widget:
        """Return the row of controls."""
        table = class_table(self.lab.snapshot.go)
        options = [("of the picked span", FOLLOW)]
        for spanclass in range(2, NUM_SPAN_CLASSES):
            if spanclass != TINY:
                kind = "no pointers" if spanclass & 1 else "pointers"
                size = f"{thousands(table.elemsize[spanclass >> 1])} B, {kind}"
                options.append((f"{spanclass} · {size} (class {spanclass >> 1})", spanclass))
        value = FOLLOW if self.spanclass is None else self.spanclass
        self.choice = ipw.Dropdown(options=options, value=value, tooltip="the span class whose sets are shown")
        self.choice.add_class("gm-class")
        self.choice.observe(self._chosen, "value")
        self.count = Whole(1, "objects", (1, MOST), "how many objects malloc makes")
        self.count.add_class("gm-count")
        self.what = ipw.Dropdown(options=list(CHOICES.items()), tooltip="which objects the program forgets")
        self.what.add_class("gm-what")
        self.p = ipw.Dropdown(options=[("P0", 0)], tooltip="the P that allocates")
        self.p.add_class("gm-proc")
        self.p.add_class("gm-off")  # with one P there is nothing to choose
        buttons = [
            ("malloc", "allocate objects of this class (mallocgc)", self.allocate),
            ("drop objects", "the program forgets these objects; nothing is freed yet", self.drop),
            ("mark ends", "mark what is reachable, up to the end of marking; nothing is swept yet", self.mark),
            ("sweep one", "the background sweeper takes one span (sweepone)", lambda: self.lab.do(SweepOne())),
            ("GC", "runtime.GC: mark, then sweep everything", lambda: self.lab.do(GC())),
        ]
        make, drop, *others = [button(self.lab, *one) for one in buttons]
        label = html('<span class="gm-name">Span class</span>')
        parts = [label, self.choice, self.p, self.count, make, self.what, drop, *others]
        return box(parts, "gm-row", "gm-setrow")

    def tools(self) -> list[ipw.Widget]:
        """Return what to compare with, and the keyboard's twin of a click."""
        self.compare = ipw.Dropdown(options=[MARK, STEP, TICK], tooltip="which moment stands on the left")
        self.compare.add_class("gm-compare")
        self.tick = ipw.BoundedIntText(value=0, min=0, max=0, tooltip="the tick to compare with")
        self.tick.add_class("gm-tick")
        self.tick.add_class("gm-off")
        self.compare.observe(self._compared, "value")
        self.tick.observe(lambda _: self.lab.guard(self.lab.painter.ask), "value")
        return [html("compare with", "gm-s"), self.compare, self.tick, *super().tools()]

    def _compared(self, change: dict[str, Any]) -> None:
        """Show the field for a tick where one is asked for, and draw again."""
        (self.tick.remove_class if change["new"] == TICK else self.tick.add_class)("gm-off")
        self.lab.guard(self.lab.painter.ask)

    def _chosen(self, change: dict[str, Any]) -> None:
        """Show another span class."""
        self.spanclass = None if change["new"] == FOLLOW else change["new"]
        self.lab.guard(self.lab.painter.ask)

    def past(self, snapshot: "Snapshot") -> tuple["Snapshot | None", tuple[str, str]]:
        """Return the moment to compare with, or None with the reason, and what happened up to it and since."""
        self.line.keep(snapshot)
        tick, now = self._tick_before(), self.lab.tick
        if tick is None:
            return None, ("No cycle has ended marking yet: press mark ends, or compare with the previous step.", "")
        line = self.lab.timeline
        return self.line.moment(tick), (f"tick {thousands(tick)}", told(line, tick, now))

    def _tick_before(self) -> int | None:
        """Return the tick to compare with, None where nothing has happened that could be."""
        if self.compare.value == TICK:
            return min(self.tick.value, self.lab.tick)
        if self.compare.value == STEP:
            return max(self.lab.tick - 1, 0)
        at = self.line.newest(SweepBegan)
        return at - 1 if at else None

    def show(self, frame: Frame) -> None:
        """Draw the lanes, and offer the Ps and ticks there are."""
        put(self.tick, max=len(self.lab.timeline))
        procs = [(f"P{cached.p}", cached.p) for cached in frame.now.cached]
        if list(self.p.options) != procs:
            kept = self.p.value or 0
            self.p.options = procs
            self.p.value = kept if kept < len(procs) else 0
            (self.p.add_class if len(procs) == 1 else self.p.remove_class)("gm-off")
        super().show(frame)

    # What the buttons do

    def allocate(self) -> None:
        """Allocate as many objects of the shown class as the field says."""
        spanclass, n = self.class_of(self.lab.snapshot), self.count.whole()
        table = class_table(self.lab.snapshot.go)
        size = min(table.elemsize[spanclass >> 1] - table.header_of(spanclass), table.go.max_small)
        command = malloc(size, not spanclass & 1, self.p.value or 0)
        self.many([command] * n, f"malloc({size}) {thousands(n)} times")

    def many(self, commands: list[Command], title: str) -> None:
        """Give commands: at once where they are few, else with progress and Stop."""
        if len(commands) == 1:
            self.lab.do(commands[0])
        elif len(commands) <= AT_ONCE:
            self.lab.do_all(commands)
        else:
            self.lab.start_all(iter(commands), len(commands), title)

    def drop(self) -> None:
        """Let the program forget objects of the shown class; raise MisuseError where it holds none."""
        snapshot = self.lab.snapshot
        spanclass = self.class_of(snapshot)
        addresses = chosen(held_in(snapshot, spanclass), self.what.value, self.lab.pick)
        if not addresses:
            raise MisuseError(f"the program holds no object of span class {spanclass}; press malloc first")
        self.lab.do(Drop(addresses))

    def mark(self) -> None:
        """Mark to the end of marking, in a cycle of its own or the one that marks; nothing is swept."""
        start = [] if self.lab.snapshot.gc.marking else [GCStart()]
        self.lab.do_all([*start, MarkAll(), MarkDone()])

    def close(self) -> None:
        """Close the panel and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()


def chosen(held: list[Held], which: str, pick: int) -> tuple[int, ...]:
    """Return the addresses to drop: `which` is one of the values of CHOICES, pick the span that "all of one" means."""
    if which == "span":
        one = next((span for span in held if span.id == pick), held[0] if held else None)
        return () if one is None else one.addresses()
    if which in {"half", "all"}:
        everything = [address for span in held for address in span.addresses()]
        return tuple(everything[:: 2 if which == "half" else 1])
    few = {"few": FEW, "some": SOME}.get(which)
    return tuple(span.addresses()[0] for span in islice(held, few))


def _checked(spanclass: object) -> int | None:
    """Return a span class that can be shown; raise MisuseError for another."""
    if spanclass is None:
        return None
    if not isinstance(spanclass, int) or not 1 < spanclass < NUM_SPAN_CLASSES or spanclass == TINY:
        last = NUM_SPAN_CLASSES - 1
        raise MisuseError(f"span class {spanclass!r} has no sets to show; give one from 2 to {last}, not {TINY}")
    return spanclass
