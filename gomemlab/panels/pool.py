"""The pool to play with: make one, Put and Get on any P, run a GC, change GOMAXPROCS, and let items point to things.

A button gives commands to the lab, so everything it does is a tick. Put hands back what the program has, the longest
held first, and makes a new item where it has none.

Go: sync/pool.go, (*Pool).Get, (*Pool).Put; runtime/debug.go, GOMAXPROCS; runtime/mgc.go, GC.
Left out: New that makes labels; world.pool takes a function for that.
"""

from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.commands import GC, Gomaxprocs
from gomemlab.panels.graph_menu import menu, offer
from gomemlab.panels.notices import Notices
from gomemlab.panels.past import Past
from gomemlab.panels.pool_moves import Moves, check_room
from gomemlab.panels.whole import Whole
from gomemlab.poolcommands import PoolNew
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import box, button, html
from gomemlab.views.pool import Frame, PoolView

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot

FOLLOW = 0  # the pool that was used last
BACK, NEW, NIL = "back", "new", "nil"  # what Put puts
WHAT = [("what Get gave, else new", BACK), ("a new item", NEW), ("nil", NIL)]
SIZE, FIELD_SIZE = 1024, 4096  # bytes
TEN = 10
SEGMENTS = 4  # Ps that are buttons side by side; more are a menu


class PoolPanel(PoolView):
    """The view with two rows of controls above it."""

    def __init__(self, lab: "Lab", pool: int = FOLLOW, *, alone: bool = False) -> None:
        """Build the panel for a lab; alone, it brings the lab's notices along. Raises MisuseError for no such pool."""
        have = len(lab.snapshot.pools)
        if type(pool) is not int or not 0 <= pool <= have:
            raise MisuseError(
                f"there is no pool {pool!r} to show; this world has {have}: leave it out to see the latest"
            )
        self.lab = lab
        self.line = Past(lab)
        self.moves = Moves(lab)
        self._setting = False
        self.notices = Notices.here(lab) if alone else None
        super().__init__(lab, pool)
        above = [self.notices.root] if self.notices else []
        self.body.children = (*above, self._act_row(), self._make_row(), *self.body.children)

    def _act_row(self) -> ipw.Widget:
        """Return the row that uses a pool."""
        self.menu = menu("which pool", "gm-which-pool")
        self.menu.observe(lambda change: self._heard(lambda: self.show_pool(change["new"])), "value")
        self.seg = ipw.ToggleButtons(options=[("P0", 0)])
        self.proc = ipw.Dropdown(options=[("P0", 0)], tooltip="the P that calls Put and Get")
        self.proc.add_class("gm-proc")
        for control in (self.seg, self.proc):
            control.observe(lambda change: self._heard(lambda: self.use(change["new"])), "value")
        self.what = ipw.Dropdown(options=WHAT, tooltip="what Put puts")
        self.what.add_class("gm-what-put")
        lab = self.lab
        get = button(lab, "Get", "take an item ((*Pool).Get)", lambda: self.get(1))
        get.add_class("mod-primary")
        presses = [
            button(lab, "Put", "give an item to the pool ((*Pool).Put)", lambda: self.put(1)),
            get,
            button(lab, "Put 10", "ten Puts", lambda: self.put(TEN)),
            button(lab, "Get 10", "ten Gets", lambda: self.get(TEN)),
            button(lab, "GC", "runtime.GC: local becomes the victim, the old victim is dropped", lambda: lab.do(GC())),
        ]
        words = html('<span class="gm-name">Pool</span>', "gm-label")
        given = box([html("Put gives", "gm-s"), self.what], "gm-row")
        row = [words, self.menu, self.seg, self.proc, *presses, given]
        return box(row, "gm-row", "gm-poolrow")

    def _make_row(self) -> ipw.Widget:
        """Return the row that makes pools and items, and changes GOMAXPROCS."""
        lab = self.lab
        self.kind = ipw.ToggleButtons(
            options=[("*T", False), ("[]byte, +24 B", True)],
            tooltips=[
                "items are pointers to a struct with one pointer field",
                "each Put copies the slice header, 24 B",
            ],
        )
        self.size = Whole(SIZE, "B", tooltip="bytes of an item")
        self.new = ipw.ToggleButtons(options=[("New", True), ("no New", False)], tooltips=["Get makes one", "Get: nil"])
        self.race = ipw.ToggleButtons(
            options=[("off", False), ("on", True)], tooltips=["", "the next pool throws one Put in four away"]
        )
        self.procs = Whole(len(lab.snapshot.ps), "Ps", tooltip="how many Ps")
        self.size.add_class("gm-bytes")
        self.procs.add_class("gm-count")
        make = button(lab, "make pool", "declare a pool of such items", self.make)
        fill = button(lab, "fill", "what the program has gets 4 KiB each to point to", self.fill)
        reset = button(lab, "reset", "what the program has points to nothing any more", self.reset)
        change = button(lab, "set", "change GOMAXPROCS", lambda: lab.do(Gomaxprocs(self.procs.whole())))
        label = html("items", "gm-label")
        kind = [label, self.kind, html("of", "gm-s"), self.size, html("B", "gm-s"), self.new]
        race = [html("next pool: \u2011race", "gm-s"), self.race, make]
        groups = [race, [html("in use:", "gm-s"), fill, reset], [html("GOMAXPROCS", "gm-s"), self.procs, change]]
        return box([*kind, *(box(group, "gm-row") for group in groups)], "gm-row", "gm-poolrow")

    def past(self) -> "Snapshot | None":
        """Return the moment before this step."""
        return self.line.moment(self.lab.tick - 1) if self.lab.tick else None

    def frame(self, snapshot: "Snapshot") -> Frame:
        """Return what to draw; the moment is kept, since the next step may ask for it."""
        self.p = min(self.p, len(snapshot.ps) - 1)
        made = super().frame(snapshot)
        self.line.keep(snapshot)
        return made

    def show(self, frame: Frame) -> None:
        """Draw, and offer the pools and Ps there are."""
        super().show(frame)
        self._setting = True
        try:
            pools = [("the one used last", FOLLOW), *((name, i) for i, name in enumerate(frame.pools, 1))]
            offer(self.menu, pools, self.pool)
            procs = [(f"P{i}", i) for i in range(frame.procs or 1)]
            few = 1 < len(procs) <= SEGMENTS
            if few:
                offer(self.seg, procs, self.p)
            offer(self.proc, procs, self.p)
            (self.seg.remove_class if few else self.seg.add_class)("gm-off")
            (self.proc.remove_class if len(procs) > SEGMENTS else self.proc.add_class)("gm-off")
        finally:
            self._setting = False

    def _heard(self, work: Any) -> None:
        """Do what the reader asked for with a control; what the panel sets itself is not the reader's."""
        if not self._setting:
            self.lab.guard(work)

    # What the reader does

    def show_pool(self, pool: int) -> None:
        """Show a pool; FOLLOW shows the one that was used last."""
        self.pool = pool
        self.number = 0
        self.redraw()

    def use(self, p: int) -> None:
        """Let a P call Put and Get from now on."""
        self.p = p
        self.redraw()

    def make(self) -> None:
        """Declare a pool and show it."""
        new = self.size.whole() if self.new.value else None
        if new is not None:
            check_room(new, boxed=self.kind.value)
        slots = 0 if self.kind.value or new is None else (0,)
        made = self.lab.do(PoolNew(new, slots, self.race.value))
        self.pool = made if self.pool and isinstance(made, int) else FOLLOW

    def put(self, n: int) -> None:
        """Put n items from the chosen P."""
        self.moves.put(self._pool(), self.p, n, self.what.value, self.size.whole(), boxed=self.kind.value)

    def get(self, n: int) -> None:
        """Get n items for the chosen P."""
        self.moves.get(self._pool(), self.p, n)

    def fill(self) -> None:
        """Let what the program has point to something."""
        self.moves.fill(self._pool(), FIELD_SIZE)

    def reset(self) -> None:
        """Let what the program has point to nothing."""
        self.moves.reset(self._pool())

    def _pool(self) -> int:
        """Return the pool that is shown at the moment on screen; raise MisuseError where there is none."""
        pool = self.pool_of(self.lab.snapshot)
        if not 1 <= pool <= len(self.lab.snapshot.pools):
            raise MisuseError("there is no pool yet; press make pool first")
        return pool

    def close(self) -> None:
        """Close the panel and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()
