"""Stacks to play with: start goroutines, call and return, let a local point to another, collect, end.

Each button gives commands to the lab, so everything it does is a tick; recursion is a tick for each call. What is
refused, such as a stack beyond Go's limit, is said in Go's words, and the lab lives on.

Go: runtime/proc.go, newproc1, goexit0; runtime/stack.go, newstack, shrinkstack.
Left out: which goroutine runs when; the panel lets any of them call.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.commands import GC, Command, Return
from gomemlab.panels.graph_menu import menu, offer
from gomemlab.panels.notices import Notices
from gomemlab.panels.past import newest_first
from gomemlab.panels.whole import Whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import FRAME_LINKS, StackSlot
from gomemlab.runtime.stackevents import StackMoved
from gomemlab.runtime.stackinfo import GoroutineInfo
from gomemlab.stackcommands import CallFrame, Go, GoExit, GoMany, Point
from gomemlab.views.base import box, button, html, put
from gomemlab.views.stacks import StacksView
from gomemlab.views.stacks_facts import WORD, Frame, slot_name
from gomemlab.views.words import size, thousands

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab

SIZES = tuple(2**power * part // 2 for power in range(5, 29) for part in (2, 3))  # 32 B to 384 MiB
DEFAULT = 256  # bytes of a frame
LARGEST = 1 << 30  # bytes of a frame
MOST_CALLS, MOST_GOROUTINES = 1_000_000, 100_000
AT_ONCE = 1000  # commands that need no progress bar
BATCH = 1000  # goroutines that one command starts
SLOTS = 2  # pointer slots of a frame, where they fit
NEWEST, OLDEST = 12, 4  # frames whose slots are offered


class Stacks(StacksView):
    """The view, and the rows that make stacks grow."""

    def __init__(self, lab: "Lab", *, alone: bool = False) -> None:
        """Build the panel for a lab; alone, it brings the lab's notices along."""
        self.lab = lab
        self.notices = Notices.here(lab) if alone else None
        super().__init__(lab)
        above = [self.notices.root] if self.notices else []
        self.body.children = (*above, self._goroutines(), self._calls(), *self.body.children)

    def _goroutines(self) -> ipw.Widget:
        """Return the row that starts and ends goroutines, collects, and goes to the stack's moves."""
        self.p = ipw.Dropdown(options=[("P0", 0)], tooltip="the P that starts them")
        self.p.add_class("gm-proc")
        self.count = Whole(1, "goroutines", (1, MOST_GOROUTINES), "how many goroutines start")
        self.count.add_class("gm-count")
        go = button(self.lab, "go", "start goroutines (newproc)", self.go)
        leave = button(self.lab, "exit", "the goroutine shown ends (goexit0)", self.exit)
        collect = button(
            self.lab, "GC", "runtime.GC: scans every stack, and halves those that are nearly empty", self.gc
        )
        back = button(self.lab, "", "go to the stack's previous move", lambda: self.to_move(-1), icon="step-backward")
        on = button(self.lab, "", "go to the stack's next move", lambda: self.to_move(1), icon="step-forward")
        parts = [html("<b>Start</b>", "gm-label"), self.count, html("goroutines on", "gm-s"), self.p]
        jumps = [html("this stack's moves", "gm-s"), back, on]
        return box([*parts, go, leave, collect, html("", "gm-sp"), *jumps], "gm-row", "gm-stkrow")

    def _calls(self) -> ipw.Widget:
        """Return the rows that call, return, and write a pointer into the stack."""
        start = SIZES.index(DEFAULT)
        self.slider = ipw.IntSlider(min=0, max=len(SIZES) - 1, value=start, readout=False, tooltip="bytes of a frame")
        self.bytes = Whole(DEFAULT, "B of a frame", (FRAME_LINKS, LARGEST), "bytes of a frame")
        self.times = Whole(1, "calls", (1, MOST_CALLS), "how many times the function calls itself")
        for widget, name in ((self.slider, "gm-size"), (self.bytes, "gm-bytes"), (self.times, "gm-count")):
            widget.add_class(name)
        self.times.add_class("gm-times")
        self.slider.observe(lambda change: self._slid(change["new"]), "value")
        call = button(self.lab, "call", "call f with such a frame, and f itself again", self.call)
        call.add_class("mod-primary")
        back = button(self.lab, "return", "return from the newest frame", lambda: self.back(1))
        down = button(self.lab, "return all", "return down to the first frame", lambda: self.back(MOST_CALLS))
        self.to = menu("the slot that is written", "gm-slotmenu")
        self.local = menu("the slot that it points to", "gm-slotmenu")
        point = button(self.lab, "Point", "write the address of one slot of this stack into another", self.point)
        asks = [html("<b>Call</b>", "gm-label"), html("f with", "gm-s"), self.slider, self.bytes, html("B,", "gm-s")]
        calls = [*asks, self.times, html("deep", "gm-s"), call, back, down]
        points = [html("<b>Point</b>", "gm-label"), self.to, html("= &amp;", "gm-s"), self.local, point]
        return ipw.VBox([box(row, "gm-row", "gm-stkrow") for row in (calls, points)])

    def _slid(self, at: int) -> None:
        """Let the number follow the slider."""
        put(self.bytes, value=SIZES[at])

    def show(self, frame: Frame) -> None:
        """Draw, and offer the Ps and slots there are."""
        super().show(frame)
        snapshot = self.snapshot
        if snapshot is not None:
            offer(self.p, [(f"P{p.id}", p.id) for p in snapshot.ps], self.p.value)
        info = self._info(frame.g)
        slots = slots_of(info) if info is not None else []
        newest = _first_of_newest(slots)
        offer(self.to, slots, self.to.value if self._kept(self.to, slots) else newest)
        offer(self.local, slots, self.local.value)

    def _kept(self, control: Any, slots: list[tuple[str, StackSlot]]) -> bool:
        """Tell whether the reader chose an entry, and it is still there."""
        before = [tuple(option) for option in control.options]
        chosen = bool(before) and control.value != _first_of_newest(before)
        return chosen and control.value in [slot for _, slot in slots]

    def _info(self, g: int) -> GoroutineInfo | None:
        """Return a goroutine of the moment on screen."""
        return next((info for info in self.lab.snapshot.stacks.goroutines if info.g == g), None)

    def _alive(self) -> GoroutineInfo:
        """Return the goroutine shown; raise MisuseError where it is not alive."""
        g = self.shown(self.lab.snapshot)
        info = self._info(g)
        if info is None:
            raise MisuseError(f"G{g} is not alive at tick {thousands(self.lab.tick)}; choose another, or press go")
        return info

    # What the buttons do

    def go(self) -> None:
        """Start as many goroutines as the field says, and show the last of few."""
        n, p = self.count.whole(), self.p.value or 0
        if n == 1:
            made = self.lab.do(Go(p, SLOTS))
            self.choose(made if isinstance(made, int) else None)
            return
        whole, rest = divmod(n, BATCH)
        commands = [GoMany(BATCH, SLOTS, p)] * whole + [GoMany(rest, SLOTS, p)] * (rest > 0)
        if len(commands) == 1:
            self.lab.do(commands[0])
        else:
            self.lab.start_all(iter(commands), len(commands), f"go f() {thousands(n)} times")

    def call(self) -> None:
        """Call f, which calls itself as many times as the field says."""
        g, n, nbytes = self._alive().g, self.times.whole(), self.bytes.whole()
        slots = min(SLOTS, (nbytes - FRAME_LINKS) // WORD)
        self.g = g
        self.many([CallFrame(g, nbytes, slots)] * n, f"G{g}: f calls itself {thousands(n)} times, {size(nbytes)} each")

    def back(self, n: int) -> None:
        """Return n times, at most down to the first frame."""
        info = self._alive()
        self.g = info.g
        frames = min(n, max(len(info.frames) - 1, 1))  # from the first frame the world refuses
        self.many([Return(info.g)] * frames, f"G{info.g} returns {thousands(frames)} times")

    def many(self, commands: Sequence[Command], title: str) -> None:
        """Give commands: at once where they are few, else with progress and Stop."""
        if len(commands) == 1:
            self.lab.do(commands[0])
        elif len(commands) <= AT_ONCE:
            self.lab.do_all(commands)
        else:
            self.lab.start_all(iter(commands), len(commands), title)

    def exit(self) -> None:
        """End the goroutine shown, and show another."""
        self.lab.do(GoExit(self._alive().g))
        self.choose(None)

    def gc(self) -> None:
        """Collect; go on showing the same stack."""
        self.g = self.shown(self.lab.snapshot)
        self.lab.do(GC())

    def point(self) -> None:
        """Write the address of a slot into another."""
        self._alive()
        if self.to.value is None or self.local.value is None:
            raise MisuseError("this stack has no pointer slot; call f with a frame of 32 B or more first")
        self.g = self.to.value.g
        self.lab.do(Point(self.to.value, self.local.value))

    def to_move(self, by: int) -> None:
        """Go to the stack's next or previous move; raise MisuseError where there is none."""
        g, line, now = self.shown(self.lab.snapshot), self.lab.timeline, self.lab.tick
        ticks = [tick for tick, entries in newest_first(line, len(line)) if any(_moves(entry, g) for entry in entries)]
        wanted = [tick for tick in ticks if (tick > now if by > 0 else tick < now)]
        if not wanted:
            when = "after" if by > 0 else "before"
            raise MisuseError(f"G{g}'s stack did not move {when} tick {thousands(now)}; call f with larger frames")
        self.g = g
        self.lab.tick = min(wanted) if by > 0 else max(wanted)

    def close(self) -> None:
        """Close the view and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()


def _moves(entry: tuple[Any, ...], g: int) -> bool:
    return issubclass(entry[0], StackMoved) and entry[1] == g


def slots_of(info: GoroutineInfo) -> list[tuple[str, StackSlot]]:
    """Return the slots of a stack with their names, oldest first; of many frames those of both ends."""
    found, number, behind = [], 0, len(info.frames) - NEWEST
    for depth, frame in enumerate(info.frames):
        if depth < OLDEST or depth >= behind:
            slots = range(len(frame.slots))
            found += [(slot_name(frame, depth, slot), StackSlot(info.g, number + slot)) for slot in slots]
        number += len(frame.slots)
    return found


def _first_of_newest(slots: Sequence[tuple[Any, ...]]) -> StackSlot | None:
    """Return the first slot of the newest frame that has any."""
    if not slots:
        return None
    frame = str(slots[-1][0]).rsplit("[", 1)[0]
    return next((slot for name, slot in slots if str(name).startswith(f"{frame}[")), None)
