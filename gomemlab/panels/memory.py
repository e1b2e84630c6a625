"""The memory to play with: allocate and write, drop, collect, give back, take in C, set a limit.

Each button gives commands to the lab. Drop lets go of all plain objects that the program holds at the moment on screen,
so it does what it says on every line of history.

Go: runtime/debug/garbage.go, FreeOSMemory, SetMemoryLimit; runtime/mgcscavenge.go.
Left out: which object to drop; the object graph has that.
"""

from typing import TYPE_CHECKING

import ipywidgets as ipw

from gomemlab.commands import GC, Command, Drop, Malloc
from gomemlab.memcommands import (
    CFree,
    CMalloc,
    FreeOSMemory,
    LimitMemory,
    MAdvise,
    MemoryPressure,
    Scavenge,
    Touch,
)
from gomemlab.pacecommands import Advance
from gomemlab.pacing.run import NO_LIMIT
from gomemlab.panels.knobs import SPELLED, read_limit
from gomemlab.panels.notices import Notices
from gomemlab.panels.whole import Whole
from gomemlab.runtime.alloc.mspan import IN_USE
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import box, button, html, put
from gomemlab.views.memory import MemoryView
from gomemlab.views.memory_facts import Frame
from gomemlab.whatif.setting import said_limit

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot

KIB, MIB = 1 << 10, 1 << 20
SIZES = [("24 B", 24), ("1 KiB", KIB), ("8 KiB", 8 * KIB), ("32 KiB", 32 * KIB), ("1 MiB", MIB), ("16 MiB", 16 * MIB)]
MOST = 10_000  # objects at a press
QUANTUM = 64 * KIB
C_BYTES = 64 * MIB
SECOND = 1_000_000_000  # ns


class Memory(MemoryView):
    """The view with two rows of controls above it."""

    def __init__(self, lab: "Lab", *, alone: bool = False) -> None:
        """Build the panel for a lab; alone, it brings the lab's notices along."""
        self.lab = lab
        self._setting = False
        self.notices = Notices.here(lab) if alone else None
        super().__init__(lab)
        above = [self.notices.root] if self.notices else []
        self.body.children = (*above, self._program_row(), self._system_row(), *self.body.children)

    def _program_row(self) -> ipw.Widget:
        """Return the row of what a program does."""
        lab = self.lab
        self.count = Whole(64, "objects at once", (1, MOST), "how many objects")
        self.count.add_class("gm-count")
        self.size = ipw.Dropdown(options=SIZES, value=MIB, tooltip="bytes of each object")
        self.size.add_class("gm-length")
        self.written = ipw.ToggleButtons(
            options=[("and write", True), ("write nothing", False)],
            tooltips=["the program writes to every page", "large objects in new memory get no page from the kernel"],
        )
        allocate = button(lab, "allocate", "malloc so many objects (pointer-free)", self.allocate)
        allocate.add_class("mod-primary")
        presses = [
            allocate,
            button(lab, "drop all", "forget every plain object; nothing is freed by that", self.drop),
            button(lab, "GC", "runtime.GC: what is dropped is freed, its pages stay", lambda: lab.do(GC())),
            button(
                lab, "FreeOSMemory", "a GC, then every idle page goes to the system", lambda: lab.do(FreeOSMemory())
            ),
            button(lab, "scavenge 64 KiB", "give so much back; a free huge page goes whole", self.scavenge),
        ]
        given = [html('<span class="gm-name">Memory</span>', "gm-label"), self.count, html("×", "gm-s"), self.size]
        return box([*given, self.written, *presses], "gm-row", "gm-memrow")

    def _system_row(self) -> ipw.Widget:
        """Return the row of limit, C and kernel."""
        lab = self.lab
        self.limit = ipw.Text(value="none", tooltip=f"{SPELLED}, or none")
        self.limit.add_class("gm-set-limit")
        self.advice = ipw.ToggleButtons(
            options=[("MADV_DONTNEED", True), ("MADV_FREE", False)],
            tooltips=["the kernel takes pages at once", "GODEBUG=madvdontneed=0: it takes them when it must"],
        )
        self.advice.observe(lambda change: self._advised(on=change["new"]), "value")
        self.clock = box(
            [
                button(lab, "1 s passes", "let a second pass", lambda: lab.do(Advance(SECOND))),
                button(lab, "1 min passes", "let a minute pass", lambda: lab.do(Advance(60 * SECOND))),
            ],
            "gm-row",
        )
        groups = [
            [
                html("limit", "gm-label"),
                self.limit,
                button(lab, "set", "set the memory limit (SetMemoryLimit)", self.set_limit),
            ],
            [
                button(
                    lab, "C.malloc 64 MiB", "memory that no counter of Go's knows", lambda: lab.do(CMalloc(C_BYTES))
                ),
                button(lab, "C.free", "give the oldest block of C memory back", self.c_free),
            ],
            [
                self.advice,
                button(
                    lab, "kernel needs memory", "it takes what was given back lazily", lambda: lab.do(MemoryPressure())
                ),
            ],
        ]
        return box([*(box(group, "gm-row") for group in groups), self.clock], "gm-row", "gm-memrow")

    def frame(self, snapshot: "Snapshot") -> Frame:
        """Return what to draw, and keep the controls true to the moment."""
        (self.clock.remove_class if snapshot.pacer is not None else self.clock.add_class)("gm-off")
        self._setting = True
        try:
            self.advice.value = snapshot.memory.advice == "MADV_DONTNEED"
            limit = snapshot.memory.memory_limit
            put(self.limit, value="none" if limit is None else said_limit(limit))
        finally:
            self._setting = False
        return super().frame(snapshot)

    # What the reader does

    def allocate(self) -> None:
        """Allocate as many objects as the field says, and write to them."""
        n, nbytes = self.count.whole(), self.size.value
        if not self.written.value:
            self.lab.do_all([Malloc(nbytes)] * n)
            return
        world = self.lab.timeline.at(self.lab.tick).copy()  # a rehearsal: where the objects are going to be
        commands = list[Command]()
        for _ in range(n):
            address = world.malloc(nbytes)
            commands.append(Malloc(nbytes))
            if world.touch(address):
                commands.append(Touch(address))
        self.lab.do_all(commands)

    def drop(self) -> None:
        """Forget every plain object that the program holds; raise MisuseError where it holds none."""
        world = self.lab.timeline.at(self.lab.tick)
        heap, roots = world.allocator.heap, world.collector.roots
        found = list[int]()
        for span in heap.spans.values():
            if span.state is IN_USE:
                held = roots.held(span.id, span.taken_bits())
                held = held & heap.marked(span) if heap.unswept(span) else held
                slots = (slot for slot in range(held.bit_length()) if held >> slot & 1)
                found += [span.base + slot * span.elemsize for slot in slots]
        if not found:
            raise MisuseError("the program holds nothing that it could drop; press allocate first")
        self.lab.do(Drop(tuple(found)))

    def scavenge(self) -> None:
        """Give 64 KiB back."""
        self.lab.do(Scavenge(QUANTUM))

    def set_limit(self) -> None:
        """Set the memory limit that the field says."""
        limit = read_limit(self.limit.value)
        self.lab.do(LimitMemory(None if limit == NO_LIMIT else limit))

    def c_free(self) -> None:
        """Give the oldest block of C memory back; raise MisuseError where there is none."""
        blocks = self.lab.snapshot.memory.c_blocks
        if not blocks:
            raise MisuseError("C code has nothing to free; press C.malloc first")
        self.lab.do(CFree(blocks[0][0]))

    def _advised(self, *, on: bool) -> None:
        """Give pages back in another way from now on, if the reader said so."""
        if not self._setting:
            self.lab.guard(lambda: self.lab.do(MAdvise(on)))

    def close(self) -> None:
        """Close the panel and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()
