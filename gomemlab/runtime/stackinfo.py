"""What stacks look like at one moment, for those who look and do not touch.

Go: runtime/stack.go; runtime/runtime2.go, g, stack.
Left out: goroutines beyond the first thousand.
"""

from typing import NamedTuple

from gomemlab.runtime.gc.roots import FRAME_LINKS, STACK_TOP, Stack
from gomemlab.runtime.stack import STACK_GUARD, Stacks

MAX_GOROUTINES = 1000  # that a picture tells of


class StackFrameInfo(NamedTuple):
    """One frame on a stack."""

    name: str
    sp: int  # address of its low end
    nbytes: int  # with return address and saved frame pointer
    bp: int  # address where the caller's frame pointer is saved
    saved_bp: int  # what is saved there: the caller's bp, 0 in the first frame
    slots: tuple[int, ...]  # pointers, 0 for nil; the first is at the lowest address, the last just below bp
    locals: tuple[int, ...]  # which of the slots point into this stack


class GoroutineInfo(NamedTuple):
    """A goroutine and its stack."""

    g: int  # number, from 1
    record: int  # address of its g, 0 for one that came with the process
    lo: int  # address of the low end
    hi: int  # address behind the high end, where the stack begins
    size: int  # bytes
    used: int  # bytes, from hi down
    sp: int  # stack pointer: hi - used
    guard: int  # address: a frame that would go below it makes the stack grow
    modelled: bool  # whether the stack is in this heap
    frames: tuple[StackFrameInfo, ...]  # oldest first

    @property
    def free(self) -> int:
        """Return the bytes between the guard and the stack pointer."""
        return max(self.sp - self.guard, 0)


class StackSpanInfo(NamedTuple):
    """A span that is cut into stacks."""

    span: int  # id
    nbytes: int  # of each stack
    stacks: int  # that it has
    free: tuple[int, ...]  # addresses of the free ones that no P's cache has, the next first


class StackSizeInfo(NamedTuple):
    """All goroutines that have stacks of one size, those beyond the first thousand too."""

    nbytes: int  # of each stack
    stacks: int
    used: int  # bytes, by all of them


class StacksInfo(NamedTuple):
    """All stacks at one moment."""

    goroutines: tuple[GoroutineInfo, ...] = ()  # those that have not ended, at most a thousand
    living: int = 0  # goroutines that have not ended
    ended: int = 0  # those that have
    sizes: tuple[StackSizeInfo, ...] = ()  # of those that have not, the smallest stacks first
    spans: tuple[StackSpanInfo, ...] = ()  # by id
    pool: tuple[tuple[int, ...], ...] = ()  # by order (2, 4, 8, 16 KiB): ids of spans with free stacks, the next first
    caches: tuple[tuple[tuple[int, ...], ...], ...] = ()  # by P, by order: addresses of free stacks, the next first
    large: tuple[int, ...] = ()  # ids of spans, one stack each, that wait for the end of the cycle
    dead: int = 0  # gs that wait to be used again
    dead_with_stack: int = 0  # of them, those with a stack
    gs: int = 0  # gs on this heap, of living and dead
    starting_size: int = 0  # bytes, of gs that are used again
    max_stack_scan: int = 0  # bytes of all stacks, as the pacer knows it: it bounds the work of assists
    last_stack_scan: int = 0  # bytes in use that the last cycle scanned: part of the heap goal
    bytes_scanned: int = 0  # by all cycles
    grown: int = 0  # times
    shrunk: int = 0  # times
    copied: int = 0  # bytes, by both


NO_STACKS = StacksInfo()


def goroutine_info(stack: Stack) -> GoroutineInfo:
    """Return what there is to see of one goroutine's stack."""
    frames, top, caller = list[StackFrameInfo](), stack.hi - STACK_TOP, 0
    for frame in stack.frames:
        bp = top - FRAME_LINKS
        inside = tuple(i for i, pointer in enumerate(frame.slots) if stack.holds(pointer))
        top -= frame.nbytes
        frames.append(StackFrameInfo(frame.name, top, frame.nbytes, bp, caller, tuple(frame.slots), inside))
        caller = bp
    return GoroutineInfo(
        g=stack.g,
        record=stack.record,
        lo=stack.lo,
        hi=stack.hi,
        size=stack.size,
        used=stack.used,
        sp=stack.sp,
        guard=stack.lo + STACK_GUARD,
        modelled=stack.modelled,
        frames=tuple(frames),
    )


def stacks_info(stacks: Stacks) -> StacksInfo:
    """Return what there is to see of all stacks."""
    memory, gfree = stacks.memory, stacks.gfree
    every = stacks.allocator.collector.roots.stacks
    living = [stack for stack in every if not stack.dead]
    return StacksInfo(
        goroutines=tuple(goroutine_info(stack) for stack in living[:MAX_GOROUTINES]),
        living=len(living),
        ended=stacks.ended,
        sizes=_sizes(living),
        spans=tuple(
            StackSpanInfo(number, span.elemsize, len(span.free) + span.taken, span.free[::-1])
            for number, span in sorted(memory.spans.items())
        ),
        pool=tuple(tuple(reversed(spans)) for spans in memory.pool),
        caches=tuple(tuple(tuple(reversed(cache)) for cache in of_p) for of_p in memory.caches),
        large=tuple(number for _, spans in sorted(memory.large.items()) for number in reversed(spans)),
        dead=len(gfree),
        dead_with_stack=gfree.with_stack,
        gs=stacks.allocator.collector.roots.gs,
        starting_size=stacks.starting_size,
        max_stack_scan=stacks.max_stack_scan,
        last_stack_scan=stacks.scanned.last,
        bytes_scanned=stacks.scanned.ever,
        grown=stacks.grown,
        shrunk=stacks.shrunk,
        copied=stacks.copied,
    )


def _sizes(living: list[Stack]) -> tuple[StackSizeInfo, ...]:
    """Return the stacks summed by size."""
    sums: dict[int, list[int]] = {}
    for stack in living:
        of_size = sums.setdefault(stack.size, [0, 0])
        of_size[0] += 1
        of_size[1] += stack.used
    return tuple(StackSizeInfo(nbytes, *of_size) for nbytes, of_size in sorted(sums.items()))
