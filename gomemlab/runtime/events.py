"""What happened: one value per decision of the model, in the past tense, ids and numbers only.

An event knows the Go function that decides there (`go`) and says itself in a sentence with its numbers (`say`). Views
and the log show these sentences; nobody writes them a second time.

Go: runtime/malloc.go, runtime/mcache.go, runtime/mcentral.go, runtime/mheap.go, runtime/mpagecache.go,
runtime/mpagealloc.go.
Left out: events of Go's own tracer, which know nothing of the reasons.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.phrases import count, slot_name

Entry = tuple[Any, ...]  # an event that nobody has asked for yet: (its class, *its fields)


class Event:
    """Something that happened."""

    __slots__ = ()
    go: ClassVar[str]  # the Go function that decides it; empty: the program itself does

    def say(self) -> str:
        """Return the event as a sentence."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.say()


@dataclass(frozen=True, slots=True)
class ZeroSized(Event):
    """A request for no bytes was given runtime.zerobase."""

    p: int
    go: ClassVar[str] = "mallocgc"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p} asked for 0 B and got zerobase, as every such request does; nothing was allocated."


@dataclass(frozen=True, slots=True)
class TinyPlaced(Event):
    """A tiny object went into the P's current 16 B block."""

    p: int
    size: int  # bytes
    block: int  # address
    offset: int  # bytes into the block
    go: ClassVar[str] = "mallocgcTiny"

    def say(self) -> str:
        """Return the event as a sentence."""
        place = f"P{self.p}'s tiny block at {self.block:#x}, at offset {self.offset}"
        return f"{self.size} B fitted into {place}; no slot was used."


@dataclass(frozen=True, slots=True)
class TinyAdded(Event):
    """A tiny object of a recorded program went into a block that was there; nothing tells its size or its place."""

    p: int
    go: ClassVar[str] = "mallocgcTiny"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"An object of unknown size fitted into P{self.p}'s tiny block; no slot was used."


@dataclass(frozen=True, slots=True)
class TinyBlockTaken(Event):
    """A tiny object found no tiny block with room for it and took a 16 B slot of its own."""

    p: int
    size: int  # bytes
    address: int
    span: int  # id
    slot: int
    kept: bool  # the old block had as much room left, or more, and stays current
    first: bool  # there was no tiny block before
    go: ClassVar[str] = "mallocgcTiny"

    def say(self) -> str:
        """Return the event as a sentence."""
        rest = "the old block has at least as much room and stays current" if self.kept else "it is now the tiny block"
        place = f"slot {self.slot} of span {self.span} at {self.address:#x}"
        if self.first:
            return f"P{self.p} had no tiny block: {self.size} B got {place}; {rest}."
        return f"{self.size} B did not fit P{self.p}'s tiny block: {place}; {rest}."


@dataclass(frozen=True, slots=True)
class SlotTaken(Event):
    """A slot of the P's cached span was taken."""

    p: int
    size: int  # bytes asked for
    spanclass: int
    elemsize: int  # bytes
    span: int  # id
    slot: int
    address: int  # of the object: behind the header where there is one
    go: ClassVar[str] = "nextFreeFast"

    def say(self) -> str:
        """Return the event as a sentence."""
        name = slot_name(self.spanclass, self.elemsize)
        return f"{self.size} B got slot {self.slot} of P{self.p}'s span {self.span} ({name}), at {self.address:#x}."


@dataclass(frozen=True, slots=True)
class RunTaken(Event):
    """Several neighbouring slots were taken at once; the bulk path's SlotTaken."""

    p: int
    nobjects: int
    spanclass: int
    elemsize: int  # bytes
    span: int  # id
    slot: int  # the first
    address: int  # of the first object
    go: ClassVar[str] = "nextFreeFast"

    def say(self) -> str:
        """Return the event as a sentence."""
        name = slot_name(self.spanclass, self.elemsize)
        slots = f"slots {self.slot} to {self.slot + self.nobjects - 1}" if self.nobjects > 1 else f"slot {self.slot}"
        return f"{count(self.nobjects, 'object')} got {slots} of P{self.p}'s span {self.span} ({name})."


@dataclass(frozen=True, slots=True)
class CacheMissed(Event):
    """The P's mcache had no free slot of this span class."""

    p: int
    spanclass: int
    elemsize: int  # bytes
    span: int  # id of the full span, -1 where there was none
    nelems: int  # slots of that span
    go: ClassVar[str] = "(*mcache).refill"

    def say(self) -> str:
        """Return the event as a sentence."""
        name = slot_name(self.spanclass, self.elemsize)
        if self.span < 0:
            return f"P{self.p}'s mcache had no span for {name}."
        return f"P{self.p}'s span {self.span} for {name} was full: {self.nelems} of {count(self.nelems, 'slot')} taken."


@dataclass(frozen=True, slots=True)
class SpanUncached(Event):
    """A span left an mcache for one of mcentral's sets."""

    p: int
    span: int  # id
    spanclass: int
    to: str  # partialSwept or fullSwept
    alloc_count: int
    nelems: int
    go: ClassVar[str] = "(*mcentral).uncacheSpan"

    def say(self) -> str:
        """Return the event as a sentence."""
        taken = f"{self.alloc_count} of {self.nelems} slots taken"
        return f"P{self.p} gave span {self.span} back to mcentral's {self.to}: {taken}."


@dataclass(frozen=True, slots=True)
class SpanCached(Event):
    """mcentral gave a span to an mcache."""

    p: int
    span: int  # id
    spanclass: int
    elemsize: int  # bytes
    source: str  # the set it came from, or "new"
    alloc_count: int
    nelems: int
    go: ClassVar[str] = "(*mcentral).cacheSpan"

    def say(self) -> str:
        """Return the event as a sentence."""
        taken = f"{self.alloc_count} of {self.nelems} slots taken"
        if self.source == "new":
            return f"P{self.p} cached new span {self.span} for {slot_name(self.spanclass, self.elemsize)}: {taken}."
        return f"mcentral gave P{self.p} span {self.span} from {self.source}: {taken}."


@dataclass(frozen=True, slots=True)
class CentralEmpty(Event):
    """mcentral found no span with a free slot, within its budget of sweeping."""

    spanclass: int
    elemsize: int  # bytes
    swept: int  # spans it swept in vain
    go: ClassVar[str] = "(*mcentral).grow"

    def say(self) -> str:
        """Return the event as a sentence."""
        vain = f" after sweeping {count(self.swept, 'full span')}" if self.swept else ""
        return f"mcentral found no span with a free {slot_name(self.spanclass, self.elemsize)} slot{vain}."


@dataclass(frozen=True, slots=True)
class PageCacheFilled(Event):
    """A P took the free pages of one 64-page block, under the heap lock."""

    p: int
    page: int  # the block's first page, counted from the first arena
    free: int  # pages
    go: ClassVar[str] = "(*pageAlloc).allocToCache"

    def say(self) -> str:
        """Return the event as a sentence."""
        if not self.free:
            return f"P{self.p}'s page cache was empty and the heap had no free page for it."
        free = count(self.free, "free page")
        return f"P{self.p}'s page cache was empty and took {free} of the 64 from page {self.page}."


@dataclass(frozen=True, slots=True)
class PagesFromCache(Event):
    """A P's page cache gave pages for a span, without a lock."""

    p: int
    page: int  # counted from the first arena
    npages: int
    go: ClassVar[str] = "(*pageCache).alloc"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p}'s page cache gave {count(self.npages, 'page')} at page {self.page}, with no lock."


@dataclass(frozen=True, slots=True)
class RecordsTaken(Event):
    """A P had no record ready for a new span and took some, under the heap lock."""

    p: int
    records: int
    go: ClassVar[str] = "(*mheap).allocMSpanLocked"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p} had no span record ready and took {self.records}, under the heap lock."


@dataclass(frozen=True, slots=True)
class PagesFound(Event):
    """The page allocator found the first run of free pages that is long enough."""

    page: int  # counted from the first arena
    npages: int
    go: ClassVar[str] = "(*pageAlloc).alloc"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The first free run of {count(self.npages, 'page')} began at page {self.page}."


@dataclass(frozen=True, slots=True)
class ArenaReserved(Event):
    """Address space for whole arenas was reserved."""

    index: int  # of the first new arena
    narenas: int
    base: int  # address
    go: ClassVar[str] = "(*mheap).sysAlloc"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The heap reserved {count(self.narenas, 'arena')} of 64 MiB from {self.base:#x}."


@dataclass(frozen=True, slots=True)
class HeapGrown(Event):
    """The heap got more pages from the operating system."""

    asked: int  # pages
    npages: int  # mapped: whole chunks of 512
    page: int  # the first, counted from the first arena
    go: ClassVar[str] = "(*mheap).grow"

    def say(self) -> str:
        """Return the event as a sentence."""
        mib = self.npages * PAGE_SIZE >> 20
        growth = f"{count(self.npages, 'page')}, {mib} MiB, from page {self.page}"
        return f"No free run of {count(self.asked, 'page')}: the heap grew by {growth}."


@dataclass(frozen=True, slots=True)
class SpanMade(Event):
    """Pages became a span with slots."""

    span: int  # id
    page: int  # counted from the first arena
    npages: int
    spanclass: int
    elemsize: int  # bytes
    nelems: int
    needzero: bool  # the pages were used before
    go: ClassVar[str] = "(*mheap).initSpan"

    def say(self) -> str:
        """Return the event as a sentence."""
        name = slot_name(self.spanclass, self.elemsize)
        dirty = "; used before, so clear before use" if self.needzero else ""
        pages = f"{count(self.npages, 'page')} at page {self.page}"
        return f"New span {self.span} for {name}: {pages}, {count(self.nelems, 'slot')}{dirty}."


@dataclass(frozen=True, slots=True)
class LargeMade(Event):
    """A large object got a span of its own."""

    p: int
    size: int  # bytes asked for
    npages: int
    span: int  # id
    address: int
    pointers: bool
    go: ClassVar[str] = "(*mcache).allocLarge"

    def say(self) -> str:
        """Return the event as a sentence."""
        span = f"span {self.span} of {count(self.npages, 'page')} at {self.address:#x}"
        return f"{count(self.size, 'byte')} are large: P{self.p} got {span}."


@dataclass(frozen=True, slots=True)
class ManualMade(Event):
    """Pages became a span that the runtime manages by hand, such as stacks."""

    span: int  # id
    page: int  # counted from the first arena
    npages: int
    go: ClassVar[str] = "(*mheap).allocManual"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Span {self.span} for stacks: {count(self.npages, 'page')} at page {self.page}."


@dataclass(frozen=True, slots=True)
class SpanFreed(Event):
    """A span's pages went back to the heap."""

    span: int  # id
    page: int  # counted from the first arena
    npages: int
    go: ClassVar[str] = "(*mheap).freeSpanLocked"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Span {self.span} was freed: {count(self.npages, 'page')} from page {self.page} are idle again."


@dataclass(frozen=True, slots=True)
class CacheFlushed(Event):
    """An mcache gave all its spans back and forgot its tiny block."""

    p: int
    spans: int
    go: ClassVar[str] = "(*mcache).releaseAll"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p}'s mcache gave back {count(self.spans, 'span')} and forgot its tiny block."


@dataclass(frozen=True, slots=True)
class PageCacheFlushed(Event):
    """A P that goes away, or idles as a cycle ends, gave its cached pages back."""

    p: int
    free: int  # pages
    go: ClassVar[str] = "(*pageCache).flush"

    def say(self) -> str:
        """Return the event as a sentence."""
        if not self.free:
            return f"P{self.p}'s page cache had no pages to give back to the heap."
        return f"P{self.p}'s page cache gave {count(self.free, 'page')} back to the heap."


def told(entries: Iterable[Entry]) -> tuple[Event, ...]:
    """Return the events of a log's entries.

    The model writes entries: an event takes several times as long to make as a tuple, and most are never read.
    """
    return tuple(kind(*fields) for kind, *fields in entries)
