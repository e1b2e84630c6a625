"""Processors to play with: let Ps look for work, let what runs yield, wait, start others, allocate and end.

Each button gives commands to the lab, so everything it does is a tick. What is refused, such as a deadlock, is said in
Go's words, and the lab lives on.

Go: runtime/proc.go, schedule, goschedImpl, gopark, goready, newproc, procresize.
Left out: calls and returns; the panel of stacks has them.
"""

from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.commands import GC, Gomaxprocs, Malloc
from gomemlab.panels.graph_menu import menu, offer
from gomemlab.panels.notices import Notices
from gomemlab.panels.past import Past
from gomemlab.panels.processors_run import program
from gomemlab.panels.whole import Whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.procinfo import LOOKING, SPINNING
from gomemlab.runtime.scheduling import REASONS
from gomemlab.schedcommands import Gopark, Goready, Gosched, SchedInit, Schedule
from gomemlab.stackcommands import Go, GoExit
from gomemlab.views.base import box, button, html
from gomemlab.views.processors import ProcessorsView
from gomemlab.views.words import thousands

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot
    from gomemlab.views.processors_facts import Frame

SIZE, STEPS = 48, 100  # bytes of a malloc, commands of a seeded run
AT_ONCE = 1000  # commands that need no progress bar
MOST = 1_000_000  # commands of a seeded run
MOST_GOROUTINES = 1000
NETWORK, NOBODY = -1, 0
WAKERS = [("from the chosen P", 0), ("from the network", NETWORK)]


class Processors(ProcessorsView):
    """The view with its controls above it."""

    def __init__(self, lab: "Lab", *, alone: bool = False) -> None:
        """Build the panel for a lab; alone, it brings the lab's notices along."""
        self.lab = lab
        self.line = Past(lab)
        self._setting = False
        self.notices = Notices.here(lab) if alone else None
        super().__init__(lab)
        above = [self.notices.root] if self.notices else []
        self.body.children = (*above, self._act_row(), self._wake_row(), self._run_row(), *self.body.children)

    def _act_row(self) -> ipw.Widget:
        """Return the row that lets Ps schedule, and goroutines do something."""
        lab = self.lab
        self.proc = ipw.Dropdown(options=[("P0", 0)], tooltip="the P that the buttons mean")
        self.proc.add_class("gm-proc")
        self.proc.observe(lambda change: self._heard(lambda: self.use(change["new"])), "value")
        self.first = button(lab, "schedule", "let the chosen P look for a goroutine (schedule)", self.schedule)
        every = button(lab, "schedule all", "let every P that looks for work look once", self.schedule_all)
        self.count = Whole(1, "goroutines", (1, MOST_GOROUTINES), "how many goroutines start")
        self.count.add_class("gm-count")
        go = button(lab, "go", "what runs on the P starts goroutines (newproc)", self.go)
        leave = button(lab, "gosched", "what runs on the P goes to the global queue (Gosched)", self.gosched)
        self.reason = ipw.Dropdown(options=list(REASONS), value="chan receive", tooltip="what it waits for")
        self.reason.add_class("gm-reason")
        park = button(lab, "park", "what runs on the P waits (gopark)", self.park)
        end = button(lab, "exit", "what runs on the P ends (goexit0)", self.exit)
        words = html("<b>On</b>", "gm-label")
        starts, waits = box([self.count, go], "gm-row"), box([self.reason, park], "gm-row")
        return box([words, self.proc, self.first, every, starts, leave, waits, end], "gm-row", "gm-procrow")

    def _wake_row(self) -> ipw.Widget:
        """Return the row that wakes and allocates."""
        lab = self.lab
        self.waiter = menu("the goroutine that is woken", "gm-waiter")
        self.waker = ipw.Dropdown(options=WAKERS, tooltip="who wakes it")
        self.waker.add_class("gm-waker")
        ready = button(lab, "ready", "wake it (goready)", self.ready)
        self.size = Whole(SIZE, "B", tooltip="bytes")
        self.size.add_class("gm-bytes")
        self.press = button(lab, "malloc", "what runs on the P allocates (mallocgc)", self.malloc)
        cycle = button(lab, "GC", "runtime.GC: it empties every mcache", lambda: lab.do(GC()))
        wakes = [html("<b>Wake</b>", "gm-label"), self.waiter, self.waker, ready]
        takes = box([html("allocate", "gm-s"), self.size, html("B", "gm-s"), self.press, cycle], "gm-row")
        return box([*wakes, takes], "gm-row", "gm-procrow")

    def _run_row(self) -> ipw.Widget:
        """Return the row that begins, runs what a seed chooses, and changes GOMAXPROCS."""
        lab = self.lab
        self.seed = Whole(1, "as a seed", tooltip="seed")
        self.steps = Whole(STEPS, "steps", (1, MOST), "how many steps")
        self.procs = Whole(len(lab.snapshot.ps), "Ps", tooltip="how many Ps")
        for widget, name in ((self.seed, "gm-seed"), (self.steps, "gm-steps-wanted"), (self.procs, "gm-gomaxprocs")):
            widget.add_class("gm-count")
            widget.add_class(name)
        begin = button(lab, "begin", "the scheduler begins with this seed (schedinit)", self.begin)
        run = button(lab, "run", "let the seed choose who does what, so many times", self.run)
        change = button(lab, "set", "change GOMAXPROCS", lambda: lab.do(Gomaxprocs(self.procs.whole())))
        seeded = [html("<b>Run</b>", "gm-label"), html("seed", "gm-s"), self.seed, begin, self.steps]
        ps = box([html("GOMAXPROCS", "gm-s"), self.procs, change], "gm-row")
        return box([*seeded, html("steps", "gm-s"), run, ps], "gm-row", "gm-procrow")

    def past(self) -> "Snapshot | None":
        """Return the moment before this step."""
        return self.line.moment(self.lab.tick - 1) if self.lab.tick else None

    def frame(self, snapshot: "Snapshot") -> "Frame":
        """Return what to draw; the moment is kept, since the next step will ask for it."""
        made = super().frame(snapshot)
        self.line.keep(snapshot)
        return made

    def show(self, frame: "Frame") -> None:
        """Draw, and offer the Ps and the waiting goroutines there are."""
        super().show(frame)
        self._suggest(self.first if frame.scheduled else self.press)
        self._setting = True
        try:
            offer(self.proc, [(f"P{row.id}", row.id) for row in frame.rows], self.p)
            sched = self.snapshot.sched if self.snapshot else None
            waiting = [(f"G{g}: {reason}", g) for g, reason in (sched.waiting if sched else ())]
            offer(self.waiter, waiting or [("nobody waits", NOBODY)], self.waiter.value)
        finally:
            self._setting = False

    def _suggest(self, suggested: ipw.Button) -> None:
        """Fill the button that one may begin with: without a scheduler that is not schedule."""
        for one in (self.first, self.press):
            (one.add_class if one is suggested else one.remove_class)("mod-primary")

    def _heard(self, work: Any) -> None:
        """Do what the reader asked for with a control; what the panel sets itself is not the reader's."""
        if not self._setting:
            self.lab.guard(work)

    # What the buttons do

    def begin(self) -> None:
        """Begin to schedule."""
        self.lab.do(SchedInit(self.seed.whole()))

    def schedule(self) -> None:
        """Let the chosen P look for work."""
        self.lab.do(Schedule(self._here()))

    def schedule_all(self) -> None:
        """Let every P that looks for work look once; where none does, the world says why."""
        self._scheduled()
        looking = [proc.id for proc in self.lab.snapshot.procs if proc.status in (LOOKING, SPINNING)]
        if looking:
            self.lab.do_all([Schedule(p) for p in looking])
        else:
            self.lab.do(Schedule(None))

    def go(self) -> None:
        """Let what runs on the chosen P start goroutines."""
        p, n = self._here(), self.count.whole()
        self.lab.do_all([Go(p)] * n)

    def gosched(self) -> None:
        """Let what runs on the chosen P yield."""
        self.lab.do(Gosched(self._running()))

    def park(self) -> None:
        """Let what runs on the chosen P wait."""
        self.lab.do(Gopark(self._running(), self.reason.value))

    def exit(self) -> None:
        """Let what runs on the chosen P end."""
        self.lab.do(GoExit(self._running()))

    def ready(self) -> None:
        """Wake the goroutine that the menu names."""
        if self.waiter.value in {None, NOBODY}:
            raise MisuseError("nobody waits, so nobody can be woken; park a goroutine first")
        self.lab.do(Goready(self.waiter.value, NETWORK if self.waker.value == NETWORK else self._here()))

    def malloc(self) -> None:
        """Let what runs on the chosen P allocate; without a scheduler anybody may."""
        p = self._here()
        if self.lab.snapshot.sched is not None:
            self._running()
        self.lab.do(Malloc(self.size.whole(), p=p))

    def run(self) -> None:
        """Let a seed choose what happens next, so many times."""
        n, seed = self.steps.whole(), self.seed.whole()
        commands = program(self.lab.timeline.at(self.lab.tick), n, seed)
        if n <= AT_ONCE:
            self.lab.do_all(list(commands))
        else:
            self.lab.start_all(commands, n, f"seeded run of {thousands(n)} steps")

    def _here(self) -> int:
        """Return the chosen P; one that has gone is the last there is."""
        return min(self.p, len(self.lab.snapshot.ps) - 1)

    def _scheduled(self) -> None:
        """Raise MisuseError where there is no scheduler."""
        if self.lab.snapshot.sched is None:
            raise MisuseError("there is no scheduler yet, so nobody is said to run; press begin first")

    def _running(self) -> int:
        """Return the goroutine on the chosen P; raise MisuseError where none runs."""
        self._scheduled()
        p = self._here()
        g = self.lab.snapshot.procs[p].g
        if not g:
            raise MisuseError(f"nobody runs on P{p}; press schedule, or choose another P")
        return g

    def close(self) -> None:
        """Close the panel and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()
