"""Stacking: what goroutines do with their stacks: they start, call, return and end.

A call needs a frame: as many bytes as its pointer slots and two links take, or as many as are asked for. Where the
stack is too small for it the stack moves, so growth is something that a call does. Goroutines that the world was made
with came with the process: their stacks lie outside this heap until they grow.

Go: runtime/proc.go, newproc1, gdestroy; runtime/stack.go, newstack.
Left out: which goroutine runs when; frames of functions that need none; goroutines of the runtime itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gomemlab.runtime import allgs
from gomemlab.runtime.alloc.mspancache import NO_P
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.arch import FIXED_STACK, PTR_SIZE, align_up
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import FRAME_LINKS, Frame, Stack, StackSlot
from gomemlab.runtime.malloc import P
from gomemlab.runtime.markevents import FrameEntered, FrameLeft, GoroutineStarted
from gomemlab.runtime.releasing import Releasing
from gomemlab.runtime.shapes import check_count
from gomemlab.runtime.stack import MAX_STACK_SIZE, ROOM
from gomemlab.runtime.stackevents import GMade, GoroutineEnded, GReused, LocalPointed
from gomemlab.runtime.stackinfo import GoroutineInfo, goroutine_info

MAX_GOROUTINES = 1 << 20  # that a world ever has


@dataclass(frozen=True, slots=True, repr=False)
class StackNow:
    """A goroutine's stack as it is whenever one asks."""

    _stack: Stack

    def __repr__(self) -> str:
        where = f"at {self.lo:#x}" if self._stack.modelled else "that came with the process"
        return f"a stack of {self.size:,} B {where}, {self.used:,} B in use"

    @property
    def size(self) -> int:
        """Return its bytes."""
        return self._stack.size

    @property
    def used(self) -> int:
        """Return the bytes in use, from its high end down."""
        return self._stack.used

    @property
    def lo(self) -> int:
        """Return the address of its low end."""
        return self._stack.lo

    @property
    def info(self) -> GoroutineInfo:
        """Return all there is to see of it, frame by frame."""
        return goroutine_info(self._stack)


class Goroutine(int):
    """A goroutine's number, which knows its world. A copy of the world has a goroutine with this number, too."""

    world: "Stacking"

    @property
    def stack(self) -> "StackNow":
        """Return its stack, to be looked at."""
        return StackNow(self.world.collector.roots.stacks[self - 1])

    def call(self, frame_bytes: int = FRAME_LINKS, slots: int = 0, name: str = "f") -> None:
        """Call a function whose frame has so many bytes."""
        self.world.call(self, slots, name, frame_bytes)

    def ret(self) -> None:
        """Return from the newest frame."""
        self.world.ret(self)

    def exit(self) -> None:
        """End."""
        self.world.goexit(self)


class Stacking(Releasing):
    """The goroutines of a World."""

    __slots__ = ()
    if TYPE_CHECKING:

        def copy(self) -> Self:
            """Return an independent world."""
            ...

    # Calls

    def call(self, g: int, slots: int, name: str = "f", nbytes: int | None = None) -> None:
        """Let goroutine g call a function whose frame has so many pointer slots, all nil.

        nbytes are those of the frame with return address and saved frame pointer, rounded up to whole words; as many
        as the slots need where they are left out. Where the stack has no room for them it grows.
        Raises MisuseError, with nothing changed, for a frame that cannot be, and for a stack of more than 1 GB, in Go's
        words: the call is not made, and the world goes on.
        Go: runtime/stack.go, newstack.
        """
        p, g = self._p_of(g), int(g)
        nslots = check_count(slots, "slots of a frame")
        frame = _frame_bytes(nslots, nbytes)
        stack = self.collector.roots.stacks[g - 1]
        size = self.stacks.growth(stack, frame)
        if size != stack.size:
            self._check_stack_room(size, p)
        self.allocator.begin()
        self.stacks.enter(stack, frame, p)
        stack.frames.append(Frame(name, [0] * nslots, frame))
        self._log(FrameEntered, g, name, nslots)

    def ret(self, g: int) -> None:
        """Let goroutine g return from its newest frame. Raises MisuseError from its first one."""
        g = self._goroutine(g)
        stack = self.collector.roots.stacks[g - 1]
        if not stack.frames[1:]:
            raise MisuseError(f"G{g} has only its first frame; call something before you return")
        self.allocator.begin()
        frame = stack.frames.pop()
        stack.used -= frame.nbytes
        self._log(FrameLeft, g, frame.name)

    def point(self, to: StackSlot, local: StackSlot) -> None:
        """Let a goroutine put the address of one of its stack's slots into another: `p = &x`, where x did not escape.

        When the stack moves, the pointer is adjusted. Raises MisuseError where it could outlive what it points to.
        Go: runtime/stack.go, adjustpointers.
        """
        for place in (to, local):
            if not isinstance(place, StackSlot):
                raise MisuseError(f"{place!r} is no slot of a stack; only a stack holds pointers into a stack")
            self._check_place(place)
        stack = self.collector.roots.stacks[to.g - 1]
        if to.g != local.g or stack.frame_of(to.slot) < stack.frame_of(local.slot):
            raise MisuseError(f"{to} may outlive {local}; let a newer frame of G{local.g} point there")
        self._goroutine(to.g)
        address = stack.address_of(local.slot)
        self.allocator.begin()
        self._put(to, address)
        self._log(LocalPointed, stack.g, str(to), str(local), address)

    # Goroutines

    def go(
        self,
        slots: int = 1,
        args: Sequence[StackSlot] = (),
        g: int | None = None,
        shade: bool = True,
        p: int | None = None,
        nbytes: int | None = None,
    ) -> Goroutine:
        """Let goroutine g start another with a frame of so many slots, the first of them the arguments.

        It starts on P p, on that of goroutine g where p is left out. Where g is left out, it is the first that has not
        ended, or G1 where p is, too. Its g and its stack are a dead goroutine's, or
        new ones. While a cycle marks, the new stack counts as scanned, since it has no root job; so its arguments are
        shaded, unless shade says not to. Return the new goroutine's number. Go: runtime/proc.go, newproc1.
        """
        if g is None:
            g = 1 if p is None else self._starter(self._check_p(p))
        creator = self._p_of(g)
        proc = creator if p is None else self.ps[self._check_p(p)]
        pointers = [self._load(place) for place in args]
        self._check_own_stack(args, g)
        for place in args:
            self._check_stays(None, place)
        nslots = check_count(slots, "slots of a frame")
        if len(pointers) > nslots:
            raise MisuseError(f"{len(pointers)} arguments for a frame of {nslots} slots; give more slots")
        frame = _frame_bytes(nslots, nbytes)
        self._check_start(frame, lambda world: world.go(slots, args, g, shade, p, nbytes))
        self.allocator.begin()
        stack = self._new_stack(-1 if p is None else proc.id)
        self._give_stack(stack, proc)
        self._start(stack, nslots, pointers, g, shade)
        self._enter_first(stack, frame, proc)
        goroutine = Goroutine(stack.g)
        goroutine.world = self
        return goroutine

    def go_many(self, count: int, slots: int = 1, p: int = 0, nbytes: int | None = None) -> range:
        """Start so many goroutines on P p at once; return their numbers. It is one command, and logs one start."""
        first = len(self.collector.roots.stacks) + 1
        number = check_count(count, "goroutines", 1)
        p, nslots = self._check_p(p), check_count(slots, "slots of a frame")
        frame = _frame_bytes(nslots, nbytes)
        if first + number > MAX_GOROUTINES:
            raise MisuseError(f"{number} goroutines more are too many here: a world has {MAX_GOROUTINES}")
        g = self._starter(p)
        self.stacks.growth(Stack(first, []), frame)
        room = number * (round_up(frame) + 2 * allgs.G_SIZE)
        if self.allocator.heap.stats.mapped + room + ROOM > self.allocator.heap.limit:
            raise MisuseError(f"{number} goroutines with frames of {frame} B have no room in this world; start fewer")
        self.allocator.begin()
        for _ in range(number):
            self.allocator.log.clear()
            stack = self._new_stack(p)
            self._give_stack(stack, self.ps[p])
            self._start(stack, nslots, [], g)
            self._enter_first(stack, frame, self.ps[p])
        return range(first, first + number)

    def goexit(self, g: int) -> None:
        """Let goroutine g end: its g and perhaps its stack wait to be used again.

        Raises MisuseError where it is the last one. Go: runtime/proc.go, gdestroy, gfput.
        """
        p = self._p_of(g)
        stack = self.collector.roots.stacks[g - 1]
        if self.stacks.ended == len(self.collector.roots.stacks) - 1:
            raise MisuseError(
                f"G{g} is the last goroutine: fatal error: no goroutines (main called runtime.Goexit) - deadlock! "
                "Start another one before it ends"
            )
        self.allocator.begin()
        kept = self.stacks.end(stack, p)
        self._log(GoroutineEnded, int(g), stack.size, kept)
        stack.frames, stack.used, stack.dead, stack.scanned = [], 0, True, True

    # Memory for stacks alone

    def stackalloc(self, nbytes: int, p: int = 0, pooled: bool = False) -> int:
        """Take a stack of nbytes, a power of two, for no goroutine of this world; p = -1 asks without a P.

        pooled: it comes from the pool, not from the P's cache, as for a thread that may not be preempted. For
        recordings, which know of stacks and not whose they are. Return its address.
        Go: runtime/stack.go, stackalloc.
        """
        size = whole(nbytes, "nbytes", "give a power of two from 2048 on")
        if size < FIXED_STACK or size & size - 1 or size > MAX_STACK_SIZE:
            raise MisuseError(f"no stack has {size} B; give a power of two from {FIXED_STACK} to {1 << 29}")
        proc = None if p == NO_P else self.ps[self._check_p(p)]
        self._check_stack_room(size, proc, pooled=pooled)
        self.allocator.begin()
        address = self.stacks.memory.alloc(size, proc, pooled=pooled)
        self.stacks.others[address] = size
        return address

    def stackfree(self, address: int, p: int = 0, marking: bool = False, pooled: bool = False) -> None:
        """Give back what stackalloc gave; marking: a cycle that nobody saw marks just now; pooled: as in stackalloc.

        Go: runtime/stack.go, stackfree.
        """
        proc = None if p == NO_P else self.ps[self._check_p(p)]
        if type(address) is not int or address not in self.stacks.others:
            raise MisuseError(f"{address!r} is no stack that stackalloc gave; free each of them once")
        self.allocator.begin()
        marks = marking or self.collector.marking
        self.stacks.memory.free(address, self.stacks.others.pop(address), proc, marking=marks, pooled=pooled)

    def flush_stacks(self) -> None:
        """Empty every P's caches of stacks and give back what marking kept, as the end of a cycle does.

        Go: runtime/mcache.go, (*mcache).prepareForSweep; runtime/stack.go, freeStackSpans.
        """
        if self.collector.marking:
            raise MisuseError(f"cycle {self.collector.cycles} is marking; stacks are flushed when it is over")
        self.allocator.begin()
        self._flush_stacks()

    # Inside

    def _check_stack_room(self, size: int, p: P | None, *, pooled: bool = False) -> None:
        """Raise MisuseError where the heap cannot grow for a stack of so many bytes."""
        if pages := self.stacks.memory.pages_for(size, p, pooled=pooled):
            self.allocator.heap.check_room(pages, p.pcache if p else None)

    def _check_start(self, frame: int, command: Callable[[Self], object]) -> None:
        """Raise MisuseError, with nothing changed, where a new goroutine with such a frame has no room."""
        if len(self.collector.roots.stacks) >= MAX_GOROUTINES:
            raise MisuseError(f"this world had {MAX_GOROUTINES} goroutines, and holds no more")
        self.stacks.growth(Stack(len(self.collector.roots.stacks) + 1, []), frame)
        heap = self.allocator.heap
        if heap.stats.mapped + self.stacks.room + 4 * frame > heap.limit and self.stacks.room:
            trial = self.copy()
            trial.stacks.room, trial.allocator.heap.limit = 0, heap.limit
            command(trial)

    def _starter(self, p: int) -> int:  # noqa: ARG002 - a scheduler knows who runs on P p
        """Return the goroutine that starts others on P p: here the first that has not ended."""
        return next(stack.g for stack in self.collector.roots.stacks if not stack.dead)

    def _new_stack(self, p: int = -1) -> Stack:
        """Return the stack of the next goroutine, which has no memory yet."""
        return Stack(len(self.collector.roots.stacks) + 1, [], self.collector.marking, p=p)

    def _start(self, stack: Stack, nslots: int, pointers: list[int], g: int, shade: bool = True) -> None:
        """Let goroutine g begin the one with a stack, with pointers in its first frame, and shade them."""
        collector = self.collector
        stack.frames.append(Frame("go f", [*pointers, *[0] * (nslots - len(pointers))]))
        collector.roots.stacks.append(stack)
        shades = shade and collector.marking and collector.barrier.enabled
        queued = [pointer for pointer in pointers if pointer] if shades else []
        collector.queue(queued, self._p_of(g).id)
        self._log(GoroutineStarted, stack.g, int(g), len(queued))

    def _enter_first(self, stack: Stack, nbytes: int, p: P) -> None:
        """Make room for a goroutine's first frame."""
        self._check_stack_room(self.stacks.growth(stack, nbytes), p)
        self.stacks.enter(stack, nbytes, p)
        stack.frames[0].nbytes = nbytes

    def _give_stack(self, stack: Stack, p: P) -> None:
        """Give a goroutine a g and a stack. Go: runtime/proc.go, newproc1, malg."""
        stacks, words = self.stacks, self.pool_memory
        self._check_stack_room(stacks.starting_size, p)
        reused = stacks.begin(p)
        if reused is None:
            stack.record = allgs.new_g(words, p.id)
            stack.lo, stack.size = stacks.memory.alloc(FIXED_STACK, p), FIXED_STACK
            allgs.add(words, stack.record, p.id)
            self._log(GMade, stack.g, stack.record, stack.lo, stack.size)
        else:
            (stack.record, stack.lo, stack.size), kept = reused
            self._log(GReused, stack.g, stack.record, stack.lo, stack.size, kept)
        stacks.add_scannable(stack.size, p)


def _frame_bytes(nslots: int, nbytes: object) -> int:
    """Return the bytes of a frame with so many slots. Raises MisuseError where those are too few, or no number."""
    least = FRAME_LINKS + nslots * PTR_SIZE
    if nbytes is None:
        return least
    number = whole(nbytes, "the bytes of a frame", f"give {least} or more")
    if number < least:
        raise MisuseError(f"a frame of {number} B is too small: two links and {nslots} slots take {least} B")
    return align_up(number, PTR_SIZE)


def round_up(frame: int) -> int:
    """Return the most bytes of stack memory that a goroutine with one frame takes, growing from 2 KiB."""
    return FIXED_STACK if frame < FIXED_STACK // 2 else 8 * frame
