"""The mutator: what a running program does with pointers.

It makes objects with pointer slots, copies pointers between stacks, globals and objects, and forgets. Goroutine g runs
on P (g - 1) % procs, unless it was started on another. A store to the heap or to a global runs the write barrier while
a cycle marks; a store on a stack never does.

Go: runtime/malloc.go, newobject; runtime/mbarrier.go; runtime/mwbbuf.go; runtime/chan.go, sendDirect.
Left out: scalars, types (an object is a size and its pointer slots), escape analysis: the caller says what is where.
"""

import operator
from collections.abc import Iterable, Sequence
from typing import SupportsIndex

from gomemlab.runtime.alloc.mspan import MSpan, SpanState
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.arch import FIXED_STACK, MAX_TINY_SIZE, PTR_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.cycle import Collector
from gomemlab.runtime.gc.roots import (
    FRAME_LINKS,
    PROCESS_STACK_ROOM,
    PROCESS_STACKS,
    STACK_TOP,
    Field,
    Frame,
    Global,
    Place,
    Roots,
    Stack,
    StackSlot,
)
from gomemlab.runtime.malloc import Allocator, P
from gomemlab.runtime.markevents import (
    ObjectMade,
    ObjectsDropped,
    PointerWritten,
)
from gomemlab.runtime.shapes import address_of, check_count, each_once, object_size, pointer_words
from gomemlab.runtime.stack import STACK_GUARD, Stacks
from gomemlab.runtime.stackalloc import round2
from gomemlab.runtime.words import Words


class Mutator:
    """The program's side of a World."""

    __slots__ = ()
    allocator: Allocator
    ps: list[P]
    stacks: Stacks
    pool_memory: Words  # the heap as the runtime's own objects use it

    @property
    def collector(self) -> Collector:
        """Return the collector."""
        return self.allocator.collector

    # Objects

    def new(
        self,
        slots: int | Sequence[int] = 0,
        size: int | None = None,
        into: Place | None = None,
        g: int = 1,
        fields: Sequence[Place | None] = (),
    ) -> int:
        """Make an object with pointer slots for goroutine g and return its address.

        slots is how many words from the first on are pointer slots, or a list of the words that are. size is in bytes,
        as many as the slots need where it is left out. into is the place that gets the object's address. fields are
        places whose pointers go into the object's first slots, as a composite literal does: no old pointer is there.
        Raises MisuseError, with nothing changed, for a shape or a place that cannot be.
        """
        words = pointer_words(slots)
        nbytes = object_size(words, size)
        pointers = [0 if place is None else self._load(place) for place in fields]
        if len(pointers) > len(words):
            raise MisuseError(f"{len(pointers)} fields for an object with {len(words)} pointer slots; give fewer")
        if into is not None:
            self._check_place(into)
        p, g = self._p_of(g), int(g)
        self._check_own_stack((into, *fields), g)
        for source in fields:
            self._check_stays(None, source)
        held = self._held_tiny(p)
        address = self.allocator.mallocgc(nbytes, bool(words), p)
        self.allocator.settle()
        span, slot = self._slot_at(address)
        collector = self.collector
        if not held or address & -MAX_TINY_SIZE != held:  # a plain object in the same tiny block keeps both
            collector.roots.link(span.id, slot)
        self.allocator.watched = True
        if words:
            mask = sum(1 << word for word in words)
            collector.memory.lay_out(address, self.allocator.words_of(span), mask)
        number = collector.born(address)
        self._log(ObjectMade, g, number, address, len(words), collector.marking)
        for word, pointer in zip(words, pointers, strict=False):
            if pointer:
                self._store(Field(address, word), pointer, g, fresh=True)
        if into is not None:
            self._store(into, address, g)
        return address

    def drop(self, addresses: int | Iterable[int]) -> None:
        """Let the program forget what malloc or a pool gave it: the next cycle will not reach it that way.

        Plain objects that share a tiny block are forgotten together.
        Raises MisuseError, with nothing changed, for an address where neither gave anything that is still held.
        """
        wanted = addresses if isinstance(addresses, Iterable) else (addresses,)
        roots, found, given = self.collector.roots, dict[int, int](), dict[int, None]()
        for address in each_once(wanted):
            if address in roots.got:
                given[address] = None
                continue
            span, slot = self._slot_at(address)
            if not self._held(span) >> slot & 1:
                raise MisuseError(
                    f"no plain object at {address:#x} is held; drop what malloc returned, once (objects made with new "
                    "die when no pointer leads to them)"
                )
            found[span.id] = found.get(span.id, 0) | 1 << slot
        self.allocator.begin()
        for address in given:
            del roots.got[address]
        for span_id, bits in found.items():
            roots.dropped[span_id] = roots.dropped.get(span_id, 0) | bits
            if self.allocator.heap.spans[span_id].spanclass == TINY_SPAN_CLASS:
                self.allocator.watched = True  # who joins the block later is held
        self._log(ObjectsDropped, len(given) + sum(bits.bit_count() for bits in found.values()))

    # Pointers

    def load(self, place: Place) -> int:
        """Return the pointer that is in a place, 0 for nil."""
        return self._load(place)

    def assign(self, to: Place, source: Place | None, g: int = 1) -> None:
        """Let goroutine g do `to = source`, where None is nil.

        Go: runtime/mwbbuf.go, (*wbBuf).get2.
        """
        pointer = None if source is None else self._load(source)
        self._check_place(to)
        g = self._goroutine(g)
        self._check_own_stack((to, source), g)
        self._check_stays(to, source)
        self.allocator.begin()
        self._store(to, pointer, g)

    def write(self, to: Place, pointer: int, g: int = 1) -> None:
        """Let goroutine g store a pointer to any place inside a living object, or 0 for nil.

        A program can only store what it can reach; this command can more, so that experiments are short.
        Raises MisuseError for a pointer into free or foreign memory.
        """
        pointer = whole(pointer, "pointer", "give an address, or 0 for nil")
        if pointer:
            self._slot_at(pointer)
        self._check_place(to)
        g = self._goroutine(g)
        self.allocator.begin()
        self._store(to, pointer or None, g)

    def send(self, to: StackSlot, source: StackSlot, shade: bool = True) -> None:
        """Send a pointer from one goroutine's stack straight to another's, as a channel does for a waiting receiver.

        shade says whether the barrier runs, as in Go, although this is a store on a stack. Go: runtime/chan.go,
        sendDirect.
        """
        pointer, old, on_stack = self._load(source), self._load(to), True
        self._check_stays(None, source)
        if to.g == source.g:
            raise MisuseError(f"G{to.g} cannot receive what it sends itself this way; name another goroutine's slot")
        p = self._p_of(source.g).id
        self.allocator.begin()
        if shade:
            self.collector.write_barrier(pointer, old, p, source.g)
        self._put(to, pointer)
        self._log(PointerWritten, int(source.g), str(to), old, pointer, self.collector.marking, on_stack)

    # Inside

    def _log(self, *entry: object) -> None:
        self.allocator.log.append(entry)

    def _held(self, span: MSpan) -> int:
        """Return which slots of a span have a plain object that the program holds."""
        held = self.collector.roots.held(span.id, span.taken_bits())
        # What the last cycle did not reach is dead, and only waits to be swept.
        return held & self.allocator.heap.marked(span) if self.allocator.heap.unswept(span) else held

    def _held_tiny(self, p: P) -> int:
        """Return the address of P p's tiny block if the program holds it, else 0."""
        span = self.allocator.heap.span_of(p.mcache.tiny)
        if span is None:
            return 0
        return p.mcache.tiny if self._held(span) >> (p.mcache.tiny - span.base) // MAX_TINY_SIZE & 1 else 0

    def _store(self, to: Place, pointer: int | None, g: int, *, fresh: bool = False) -> None:
        """Store a pointer, or nil, with the barrier where the place has one."""
        old, on_stack = self._get(to), isinstance(to, StackSlot)
        if not on_stack:
            self.collector.write_barrier(
                pointer, old, self._p_of(g).id, g, fresh=fresh, on_global=isinstance(to, Global)
            )
        self._put(to, pointer or 0)
        self._log(PointerWritten, g, str(to), old, pointer or 0, self.collector.marking, on_stack)

    def _put(self, to: Place, pointer: int) -> None:
        roots = self.collector.roots
        if isinstance(to, Field):
            self.collector.memory.store(to.address + to.slot * PTR_SIZE, pointer)
        elif isinstance(to, Global):
            roots.globals[to.index] = pointer
        else:
            slots, index = roots.stacks[to.g - 1].find(to.slot)
            slots[index] = pointer

    def _load(self, place: Place) -> int:
        self._check_place(place)
        return self._get(place)

    def _get(self, place: Place) -> int:
        """Return the pointer in a place that is known to exist."""
        roots = self.collector.roots
        if isinstance(place, Field):
            return self.collector.memory.load(place.address + place.slot * PTR_SIZE)
        if isinstance(place, Global):
            return roots.globals[place.index]
        slots, index = roots.stacks[place.g - 1].find(place.slot)
        return slots[index]

    def _check_place(self, place: object) -> None:
        """Raise MisuseError for a place that does not exist."""
        roots = self.collector.roots
        if isinstance(place, StackSlot):
            have = self._check_g(place.g).nslots
            if type(place.slot) is not int or not 0 <= place.slot < have:
                raise MisuseError(
                    f"G{place.g}'s stack has slots 0 to {have - 1}, not {place.slot!r}; name one of them, or call first"
                )
        elif isinstance(place, Global):
            have = len(roots.globals)
            if type(place.index) is not int or not 0 <= place.index < have:
                raise MisuseError(f"there is no global {place.index!r}: this world has {have}, counted from 0")
        elif isinstance(place, Field):
            self._check_field(place)
        else:
            raise MisuseError(f"{place!r} is no place; give StackSlot(g, slot), Global(index) or Field(address, slot)")

    def _check_field(self, place: Field) -> None:
        span, slot = self._slot_at(place.address)
        if place.address != self.allocator.object_address(span, slot):
            raise MisuseError(f"no object begins at {place.address:#x}; give the address that new returned")
        bits = self.collector.memory.slots(place.address, self.allocator.words_of(span))
        if type(place.slot) is not int or place.slot < 0 or not bits >> place.slot & 1:
            have = ", ".join(str(i) for i in range(min(bits.bit_length(), 64)) if bits >> i & 1) or "none"
            raise MisuseError(f"slot {place.slot!r} of {place.address:#x} holds no pointer; its pointer slots: {have}")

    def _check_own_stack(self, places: Iterable[Place | None], g: int) -> None:
        for place in places:
            if isinstance(place, StackSlot) and place.g != g:
                raise MisuseError(f"G{g} cannot touch G{place.g}'s stack; let G{place.g} do it, or send the pointer")

    def _check_stays(self, to: Place | None, source: Place | None) -> None:
        """Raise MisuseError where a pointer into a stack would get to where it may outlive what it points to."""
        if not isinstance(source, StackSlot):
            return
        stack = self.collector.roots.stacks[source.g - 1]
        pointer = self._get(source)
        if not stack.holds(pointer):
            return
        if not isinstance(to, StackSlot) or stack.frame_of(to.slot) < stack.frame_at(pointer):
            where = "the heap, a global or another stack" if not isinstance(to, StackSlot) else "an older frame"
            raise MisuseError(
                f"{source} points into G{source.g}'s own stack, and cannot go to {where}: Go's compiler would have put "
                "that variable into the heap; use new"
            )

    def _slot_at(self, address: object) -> tuple[MSpan, int]:
        """Return the span and the slot of the living object that an address lies in."""
        where = address_of(address)
        span = self.allocator.heap.span_of(where)
        if span is None or span.state is not SpanState.IN_USE or where >= span.limit:
            raise MisuseError(f"{where:#x} lies in no object of this heap; give an address that malloc or new returned")
        slot = (where - span.base) // span.elemsize
        if not span.taken_bits() >> slot & 1:
            raise MisuseError(f"{where:#x} lies in slot {slot} of span {span.id}, which is free; give a living object")
        return span, slot

    def _check_p(self, p: object) -> int:
        if type(p) is int and 0 <= p < len(self.ps):  # as good as always, and quick
            return p
        if isinstance(p, bool) or not isinstance(p, SupportsIndex) or not 0 <= operator.index(p) < len(self.ps):
            have = "only P0" if len(self.ps) == 1 else f"P0 to P{len(self.ps) - 1}"
            raise MisuseError(f"there is no P{p}: this world has {have}")
        return operator.index(p)

    def _check_g(self, g: object) -> Stack:
        """Return the stack of a goroutine that has not ended."""
        stacks = self.collector.roots.stacks
        if not isinstance(g, int) or isinstance(g, bool) or not 1 <= g <= len(stacks):
            raise MisuseError(f"there is no goroutine {g!r}: this world has G1 to G{len(stacks)}")
        stack = stacks[g - 1]
        if stack.dead:
            raise MisuseError(f"G{g} has ended, and does nothing any more; start another one with go")
        return stack

    def _goroutine(self, g: int) -> int:
        """Return the plain number of a goroutine: a handle of one has no place in a log."""
        self._p_of(g)
        return int(g)

    def _p_of(self, g: object) -> P:
        """Return the P that a goroutine runs on."""
        stack = self._check_g(g)
        return self.ps[(stack.g - 1 if stack.p < 0 else stack.p) % len(self.ps)]


def new_roots(goroutines: object, slots: object, nglobals: object) -> Roots:
    """Return so many goroutines with a first frame of so many slots each, and so many globals, all nil.

    Raises MisuseError for numbers that no program has.
    """
    ngoroutines = check_count(goroutines, "goroutines", 1)
    nslots, count = check_count(slots, "slots of a frame"), check_count(nglobals, "globals")
    nbytes = FRAME_LINKS + nslots * PTR_SIZE
    used = STACK_TOP + nbytes
    stacks = [
        Stack(
            g,
            [Frame("main.main" if g == 1 else f"main.g{g}", [0] * nslots, nbytes)],
            lo=PROCESS_STACKS + g * PROCESS_STACK_ROOM,
            size=max(round2(used + STACK_GUARD), FIXED_STACK),
            used=used,
        )
        for g in range(1, ngoroutines + 1)
    ]
    return Roots(stacks, [0] * count, [f"main.v{i}" for i in range(count)])
