"""Goroutine stacks: they begin small, double when a frame does not fit, and halve when a collection finds them empty.

A function's first instructions compare the stack pointer with a guard, 928 B above the stack's low end. If the frame
would go too far below it (128 B are allowed), newstack takes a stack twice as large (or larger still, so that the frame
fits), copies the part that is in use, adjusts the pointers in it that lead into the stack itself, and frees the old
one. The collector, when it scans a stack of which less than a quarter is in use, moves it to one half as large.

New gs begin with 2 KiB; those that are used again with what the last cycle found to be in use on average, and the
guard, rounded up to a power of two.

Go: runtime/stack.go, newstack, copystack, shrinkstack, gcComputeStartingStackSize; runtime/mgcpacer.go,
(*gcControllerState).addScannableStack; runtime/mgcmark.go, scanstack, markrootFreeGStacks.
Left out: channel operations that point into a stack, defers and panics; goroutines that cannot be moved because they
are in a system call; the frames of the runtime itself on a waiting goroutine's stack.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from gomemlab.runtime.alloc.locks import GFREE
from gomemlab.runtime.arch import FIXED_STACK, PTR_SIZE
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.gc.roots import PROCESS_STACKS, STACK_TOP, Stack
from gomemlab.runtime.gfree import G, GFree
from gomemlab.runtime.malloc import Allocator, P
from gomemlab.runtime.stackalloc import StackAlloc, new_caches, round2
from gomemlab.runtime.stackevents import DeadStacksFreed, StackGrown, StackShrunk, StartSizeSet
from gomemlab.runtime.words import Words

STACK_SMALL = 128  # bytes that a small frame may go below the guard
STACK_NOSPLIT = 800  # bytes that functions may use which do not look at the guard
STACK_GUARD = STACK_NOSPLIT + STACK_SMALL  # bytes from the low end up to the guard
MAX_STACK_SIZE = 1_000_000_000  # bytes
ROOM = 64 << 20  # bytes; below so many from the heap's limit the start of a goroutine is tried on a copy first
MAX_STACK_SCAN_SLACK = 8 << 10  # bytes that a P keeps to itself before it tells the pacer


class Scanned(NamedTuple):
    """How much of stacks was in use when they were scanned."""

    nbytes: int = 0  # in use on the stacks scanned in this cycle
    stacks: int = 0  # of them
    ever: int = 0  # bytes scanned in all cycles
    last: int = 0  # bytes scanned in the last cycle that ended: they count for the heap goal. Go: lastStackScan


NOTHING_SCANNED = Scanned()


@dataclass(slots=True, eq=False)
class Stacks:
    """What a world knows of stacks beside the frames on them."""

    pool_memory: Words  # the heap, where gs are
    memory: StackAlloc
    gfree: GFree = field(default_factory=GFree)
    starting_size: int = FIXED_STACK  # bytes, of gs that are used again. Go: startingStackSize
    scanned: Scanned = NOTHING_SCANNED
    max_stack_scan: int = 0  # bytes of stacks that goroutines have, as the pacer knows it: it bounds the assists' work
    deltas: list[int] = field(default_factory=list)  # by P: bytes that the pacer does not know of yet
    grown: int = 0  # times
    shrunk: int = 0  # times
    copied: int = 0  # bytes, by both
    ended: int = 0  # goroutines
    room: int = ROOM  # 0 in such a copy
    others: dict[int, int] = field(default_factory=dict)  # by address: bytes of stacks that no goroutine here has

    def resize(self, procs: int) -> None:
        """Have caches for so many Ps; those of Ps that go away are empty."""
        for p in range(procs, len(self.memory.caches)):
            self.allocator.heap.locks.take(GFREE, p)  # gfpurge takes it even for an empty list
        del self.memory.caches[procs:]  # but not its delta: Go keeps the p, for when there are more again
        self.memory.caches += [new_caches() for _ in range(len(self.memory.caches), procs)]
        self.deltas += [0] * (procs - len(self.deltas))
        self.gfree.resize(procs)

    @property
    def allocator(self) -> Allocator:
        """Return the world's allocator."""
        return self.pool_memory.allocator

    @property
    def marking(self) -> bool:
        """Return whether a cycle marks."""
        return self.allocator.collector.marking

    # Memory

    def free(self, address: int, nbytes: int, p: P) -> None:
        """Give back a stack; one that came with the process has no memory here."""
        if address < PROCESS_STACKS:
            self.memory.free(address, nbytes, p, marking=self.marking)

    def flush(self, p: P) -> None:
        """Empty P p's caches of stacks."""
        self.memory.clear(p, marking=self.marking)

    def add_scannable(self, nbytes: int, p: P) -> None:
        """Book that goroutines have so many bytes of stack more.

        Go: runtime/mgcpacer.go, (*gcControllerState).addScannableStack.
        """
        self.deltas[p.id] += nbytes
        if abs(self.deltas[p.id]) >= MAX_STACK_SCAN_SLACK:
            self.max_stack_scan += self.deltas[p.id]
            self.deltas[p.id] = 0

    # Growing

    def enter(self, stack: Stack, nbytes: int, p: P) -> None:
        """Make room for a frame of nbytes, return address included, and move the stack pointer below it.

        The heap must have room for what growth() says.
        """
        size = self.growth(stack, nbytes)
        if size != stack.size:
            old, old_size, used = stack.lo, stack.size, stack.used + PTR_SIZE  # the return address is there already
            adjusted = self._copy(stack, size, p)
            self.grown += 1
            self.copied += used
            self._log(StackGrown, stack.g, old, old_size, stack.lo, size, used, adjusted)
        stack.used += nbytes

    def growth(self, stack: Stack, nbytes: int) -> int:
        """Return the size that a stack has to have for a frame of nbytes: the one it has, or what newstack would take.

        Raises MisuseError, in Go's words, where that is more than a stack may have.
        Go: runtime/stack.go, newstack.
        """
        used, frame = stack.used + PTR_SIZE, nbytes - PTR_SIZE
        if used + max(frame - STACK_SMALL, 0) < stack.size - STACK_GUARD:
            return stack.size
        size = 2 * stack.size
        while size - used < frame + STACK_GUARD:
            size *= 2
        if size > MAX_STACK_SIZE:
            raise MisuseError(
                f"runtime: goroutine stack exceeds {MAX_STACK_SIZE}-byte limit\n"
                f"runtime: sp={stack.sp - 2 * PTR_SIZE:#x} stack=[{stack.lo:#x}, {stack.hi:#x}]\n"
                f"fatal error: stack overflow\n"
                f"(Go ends here. This world goes on: G{stack.g} did not make the call; let it return.)"
            )
        return size

    def _copy(self, stack: Stack, size: int, p: P) -> int:
        """Move what is in use to a stack of another size; return how many pointers were adjusted.

        Go: runtime/stack.go, copystack.
        """
        self.add_scannable(size - stack.size, p)
        old, old_size, old_hi = stack.lo, stack.size, stack.hi
        lo = self.memory.alloc(size, p)
        delta = lo + size - old_hi
        adjusted = max(len(stack.frames) - 1, 0)  # each frame but the first saved its caller's frame pointer
        for frame in stack.frames:
            for i, pointer in enumerate(frame.slots):
                if old <= pointer < old_hi:
                    frame.slots[i] = pointer + delta
                    adjusted += 1
        stack.lo, stack.size = lo, size
        self.free(old, old_size, p)
        return adjusted

    # Collecting

    def scan(self, stack: Stack, p: int) -> None:
        """Count a stack that is about to be scanned, and shrink it if less than a quarter of it is in use.

        Go: runtime/mgcmark.go, scanstack; runtime/stack.go, shrinkstack.
        """
        nbytes, stacks, ever, last = self.scanned
        self.scanned = Scanned(nbytes + stack.used, stacks + 1, ever + stack.used, last)
        old, old_size, size = stack.lo, stack.size, stack.size // 2
        if size < FIXED_STACK or stack.used + STACK_NOSPLIT >= old_size // 4:
            return
        if not self._has_room(size, self.pool_memory.ps[p]):
            return
        adjusted = self._copy(stack, size, self.pool_memory.ps[p])
        self.shrunk += 1
        self.copied += stack.used
        self._log(StackShrunk, stack.g, old, old_size, stack.lo, size, stack.used, adjusted)

    def _has_room(self, size: int, p: P) -> bool:
        """Say whether a model at its limit has the pages for a smaller stack; Go would throw, a lab need not."""
        pages = self.memory.pages_for(size, p)
        try:
            if pages:
                self.allocator.heap.check_room(pages, p.pcache)
        except MisuseError:
            return False
        return True

    @property
    def has_dead(self) -> bool:
        """Return whether dead gs that no P keeps have stacks, so that marking has the job to free them."""
        return bool(self.gfree.stack)

    def free_dead(self, p: int) -> None:
        """Free the stacks of dead gs that no P keeps. Go: runtime/mgcmark.go, markrootFreeGStacks."""
        self.memory.heap.locks.take(GFREE, p, 2)
        dead = self.gfree.take_stacks()
        for g in reversed(dead):
            self.free(g.lo, g.size, self.pool_memory.ps[p])
        self._log(DeadStacksFreed, len(dead))

    def end_mark(self) -> None:
        """Compute with how much stack a g begins that is used again.

        Go: runtime/stack.go, gcComputeStartingStackSize.
        """
        nbytes, stacks, ever, _ = self.scanned
        average = nbytes // stacks if stacks else 0
        size = round2(min(max(average + STACK_GUARD, FIXED_STACK), MAX_STACK_SIZE)) if stacks else FIXED_STACK
        self.scanned = Scanned(0, 0, ever, nbytes)
        if size != self.starting_size:
            self.starting_size = size
            self._log(StartSizeSet, size, average, stacks)

    # Gs

    def end(self, stack: Stack, p: P) -> bool:
        """Put a dead goroutine's g on the list of free ones; say whether it keeps its stack.

        Go: runtime/proc.go, gfput.
        """
        self.add_scannable(-stack.size, p)
        self.ended += 1
        kept = stack.size == self.starting_size
        if not kept:
            self.free(stack.lo, stack.size, p)
        if self.gfree.put(G(stack.record, stack.lo if kept else 0, stack.size if kept else 0), p.id):
            self.memory.heap.locks.take(GFREE, p.id)
        return kept

    def begin(self, p: P) -> tuple[G, bool] | None:
        """Take a dead goroutine's g and see that it has a stack of the right size; say whether that is its old one.

        None where there is no dead g. Go: runtime/proc.go, gfget.
        """
        if self.gfree.must_ask(p.id):
            self.memory.heap.locks.take(GFREE, p.id)
        g = self.gfree.get(p.id)
        if g is None:
            return None
        if g.lo and g.size != self.starting_size:
            self.free(g.lo, g.size, p)
            g = G(g.record, 0, 0)
        if g.lo:
            return g, True
        return G(g.record, self.memory.alloc(self.starting_size, p), self.starting_size), False

    def _log(self, *entry: object) -> None:
        self.allocator.log.append(entry)

    # The value

    def copy(self, pool_memory: Words) -> "Stacks":
        """Return an independent copy for a copy of the world, with the heap of that."""
        return Stacks(
            pool_memory,
            self.memory.copy(pool_memory.allocator.heap),
            self.gfree.copy(),
            self.starting_size,
            self.scanned,
            self.max_stack_scan,
            self.deltas.copy(),
            self.grown,
            self.shrunk,
            self.copied,
            self.ended,
            self.room,
            self.others.copy(),
        )

    def check(self) -> None:
        """Raise ThrowError where the goroutines' stacks, the free ones and the spans contradict each other."""
        self.memory.check()
        stacks = [stack for stack in self.allocator.collector.roots.stacks if not stack.dead]
        for stack in stacks:
            used = STACK_TOP + sum(frame.nbytes for frame in stack.frames)
            if stack.used != used or not used <= stack.size - STACK_NOSPLIT or stack.size & stack.size - 1:
                raise ThrowError(f"G{stack.g}'s stack of {stack.size} B has {stack.used} B in use; its frames {used}")
        told, sizes = self.max_stack_scan + sum(self.deltas), sum(stack.size for stack in stacks)
        if told != sizes:
            raise ThrowError(f"the pacer knows of {told} B of stacks, and those of goroutines have {sizes} B")
        dead = self.gfree.stack + [g for of_p in self.gfree.local for g in of_p]
        places = [*self.others.items(), *((x.lo, x.size) for x in stacks), *((g.lo, g.size) for g in dead if g.lo)]
        self.memory.check_taken([place for place in places if place[0] < PROCESS_STACKS])
