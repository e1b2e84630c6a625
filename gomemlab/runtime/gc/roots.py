"""Roots: where marking begins, and the places a program can put a pointer.

A goroutine's stack is a pile of frames with pointer slots; globals are slots with names. Besides, a program holds every
object it got from plain malloc until it says drop: somebody who asks only for bytes shows no pointer to them.

Go: runtime/mgcmark.go, gcPrepareMarkRoots, markroot, scanstack.
Left out: stack maps that tell live slots from dead ones (every slot counts until it is overwritten or its frame
returns), stack objects, defers, finalizers and other specials.
"""

from dataclasses import dataclass, field

from gomemlab.runtime.arch import FIXED_STACK, PTR_SIZE

PROCESS_STACKS = 1 << 47  # address from which on stacks lie that came with the process: no heap gets there
PROCESS_STACK_ROOM = 1 << 30  # bytes from one of these to the next
STACK_TOP = 32  # bytes above a goroutine's first frame
FRAME_LINKS = 16  # bytes of a frame beside its locals: return address and the caller's frame pointer


@dataclass(frozen=True, slots=True)
class StackSlot:
    """A pointer slot on goroutine g's stack, counted over all its frames from the oldest."""

    g: int  # from 1
    slot: int

    def __str__(self) -> str:
        return f"G{self.g}.stack[{self.slot}]"


@dataclass(frozen=True, slots=True)
class Global:
    """A global variable that holds a pointer."""

    index: int

    def __str__(self) -> str:
        return f"global[{self.index}]"


@dataclass(frozen=True, slots=True)
class Field:
    """A pointer slot of an object in the heap."""

    address: int  # where the object begins
    slot: int  # word

    def __str__(self) -> str:
        return f"{self.address:#x}.slot[{self.slot}]"


Place = StackSlot | Global | Field


@dataclass(slots=True, eq=False)
class Frame:
    """What one call of a function keeps on the stack."""

    name: str
    slots: list[int]  # pointers, 0 for nil
    nbytes: int = 0  # with return address and saved frame pointer

    def copy(self) -> "Frame":
        """Return an independent copy."""
        return Frame(self.name, self.slots.copy(), self.nbytes)


@dataclass(slots=True, eq=False)
class Stack:
    """One goroutine's stack.

    Go: runtime/runtime2.go, g.
    """

    g: int  # the goroutine's number, from 1
    frames: list[Frame]  # oldest first
    scanned: bool = False  # in this cycle: the stack is black. Go: g.gcscandone
    lo: int = PROCESS_STACKS  # address of the low end
    size: int = FIXED_STACK  # bytes
    used: int = STACK_TOP  # bytes, from the high end down
    record: int = 0  # address of the g, 0 for one that came with the process
    p: int = -1  # the P it was started on, -1: not said
    dead: bool = False  # it ended

    @property
    def hi(self) -> int:
        """Return the address behind the stack's high end, where it begins."""
        return self.lo + self.size

    @property
    def sp(self) -> int:
        """Return the stack pointer."""
        return self.lo + self.size - self.used

    @property
    def modelled(self) -> bool:
        """Return whether the stack is in this heap; one that came with the process is elsewhere."""
        return self.lo < PROCESS_STACKS

    def holds(self, pointer: int) -> bool:
        """Say whether a pointer leads into this stack."""
        return self.lo <= pointer < self.lo + self.size

    def pointers(self) -> list[int]:
        """Return all pointers into the heap, oldest frame first: not the nil ones, nor those into the stack itself."""
        lo, hi = self.lo, self.lo + self.size
        return [p for frame in self.frames for p in frame.slots if p and not lo <= p < hi]

    def frame_of(self, slot: int) -> int:
        """Return the index of the frame that has slot number `slot` of the stack."""
        for i, frame in enumerate(self.frames):
            if slot < len(frame.slots):
                return i
            slot -= len(frame.slots)
        raise IndexError(slot)

    def frame_at(self, address: int) -> int:
        """Return the index of the frame that an address on the stack lies in."""
        low = self.hi - STACK_TOP
        for i, frame in enumerate(self.frames):
            low -= frame.nbytes
            if address >= low:
                return i
        raise IndexError(address)

    def address_of(self, slot: int) -> int:
        """Return where slot number `slot` of the stack lies: a frame's first slot is at its lowest address."""
        top = self.hi - STACK_TOP
        for frame in self.frames:
            if slot < len(frame.slots):
                return top - FRAME_LINKS - (len(frame.slots) - slot) * PTR_SIZE
            slot -= len(frame.slots)
            top -= frame.nbytes
        raise IndexError(slot)

    def find(self, slot: int) -> tuple[list[int], int]:
        """Return the frame's slots that hold slot number `slot` of the stack, and its index there.

        Raises IndexError where the stack has no such slot.
        """
        for frame in self.frames:
            if 0 <= slot < len(frame.slots):
                return frame.slots, slot
            slot -= len(frame.slots)
        raise IndexError(slot)

    @property
    def nslots(self) -> int:
        """Return how many pointer slots the stack has."""
        return sum(len(frame.slots) for frame in self.frames)

    def copy(self) -> "Stack":
        """Return an independent copy."""
        frames = [frame.copy() for frame in self.frames]
        return Stack(self.g, frames, self.scanned, self.lo, self.size, self.used, self.record, self.p, self.dead)


@dataclass(slots=True, eq=False)
class Roots:
    """All stacks, all globals, and what is held or dropped of plain objects."""

    stacks: list[Stack] = field(default_factory=list)  # by goroutine, the first is G1
    globals: list[int] = field(default_factory=list)  # pointers
    names: list[str] = field(default_factory=list)  # of the globals
    globals_scanned: bool = False  # in this cycle
    linked: dict[int, int] = field(default_factory=dict)  # span id -> slots whose objects live by pointers alone
    dropped: dict[int, int] = field(default_factory=dict)  # span id -> slots whose plain objects nobody holds any more
    pool_vars: list[int] = field(default_factory=list)  # pointers: the variables that lead to sync.Pools' memory
    got: dict[int, None] = field(default_factory=dict)  # addresses that pools gave out, which the program holds
    allgs: int = 0  # pointer: the array with the gs of all goroutines but those that came with the process
    gs: int = 0  # how many are in it
    allgs_room: int = 0  # how many fit

    def held(self, span_id: int, taken: int) -> int:
        """Return which of a span's taken slots hold a plain object that the program still holds."""
        return taken & ~self.linked.get(span_id, 0) & ~self.dropped.get(span_id, 0)

    def link(self, span_id: int, slot: int) -> None:
        """Let the object in a slot live by the pointers that lead to it alone."""
        self.linked[span_id] = self.linked.get(span_id, 0) | 1 << slot

    def hold(self, span_id: int, slot: int) -> None:
        """Hold the object in a slot, whatever points to it."""
        for books in (self.linked, self.dropped):
            if span_id in books:
                books[span_id] &= ~(1 << slot)

    def forget(self, marked: dict[int, int]) -> None:
        """Forget all about objects without a mark: their slots will be others' before long."""
        for books in (self.linked, self.dropped):
            for span_id in list(books):
                books[span_id] &= marked.get(span_id, 0)
                if not books[span_id]:
                    del books[span_id]

    def copy(self) -> "Roots":
        """Return independent roots."""
        return Roots(
            [stack.copy() for stack in self.stacks],
            self.globals.copy(),
            self.names,
            self.globals_scanned,
            self.linked.copy(),
            self.dropped.copy(),
            self.pool_vars.copy(),
            self.got.copy(),
            self.allgs,
            self.gs,
            self.allgs_room,
        )
