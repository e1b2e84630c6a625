"""What a picture of goroutine stacks tells: the picked stack, how it moved, all goroutines, where the memory is from.

A place on a stack is counted from the high end, where the stack begins: a move to another stack leaves that number as
it is, so the old stack can be drawn from the event and the new one.

Go: runtime/stack.go, copystack, stackpool, stackLarge; runtime/mcache.go, mcache.stackcache.
Left out: goroutines beyond the first thousand, except in the sums.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from gomemlab.runtime.arch import FIXED_STACK, PAGE_SIZE
from gomemlab.runtime.events import Event
from gomemlab.runtime.gc.roots import STACK_TOP
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.stack import MAX_STACK_SIZE, STACK_GUARD
from gomemlab.runtime.stackalloc import NUM_STACK_ORDERS, STACK_CACHE_SIZE
from gomemlab.runtime.stackevents import StackGrown, StackMoved
from gomemlab.runtime.stackinfo import GoroutineInfo, StackFrameInfo, StacksInfo

ROWS = 8  # goroutines, or sizes of stacks, that are listed
ARROWS = 4  # pointers into the stack that are drawn and told
LINKS = 10  # frames up to which the saved frame pointers are drawn, too
SIZES = tuple(FIXED_STACK << order for order in range(NUM_STACK_ORDERS))
WORD = 8  # bytes


class Shape(NamedTuple):
    """A stack: where it is and how much of it is in use."""

    lo: int  # address
    size: int  # bytes
    used: int  # bytes, from the high end down

    @property
    def hi(self) -> int:
        """Return the address behind the high end."""
        return self.lo + self.size


class Run(NamedTuple):
    """Frames of one function and size, one behind the other."""

    name: str
    nbytes: int  # of each
    frames: int
    top: int  # bytes from the high end

    @property
    def end(self) -> int:
        """Return how far from the high end the last one ends."""
        return self.top + self.nbytes * self.frames


class Arrow(NamedTuple):
    """A pointer on a stack that leads into it."""

    name: str  # of the slot
    target: str  # what it points to
    at: int  # the slot, bytes from the high end
    to: int  # where it points, bytes from the high end
    value: int  # the address that it holds


class Move(NamedTuple):
    """The stack moved in this tick."""

    old: Shape
    copied: int  # bytes
    adjusted: int  # pointers
    grew: bool


class Listed(NamedTuple):
    """A line of the list: a goroutine, or all that have stacks of one size."""

    name: str  # "G2", or "" where it is a size
    g: int  # whom a click picks, 0 for none
    size: int  # bytes of each stack, 0 where they differ
    stacks: int
    used: int  # bytes, of all


class Source(NamedTuple):
    """All stacks of one size: who has them."""

    nbytes: int  # of each, 0 for the large ones
    spans: int
    used: int  # stacks
    cached: tuple[int, ...]  # free stacks, by P
    free: int  # in the pool, or spans that wait for the end of the cycle


class Cell(NamedTuple):
    """One stack of a span."""

    owner: str  # "G2", "P0": in its cache, "" for free, "?" for in use by one that no picture tells of
    g: int  # its goroutine, or 0


class Strip(NamedTuple):
    """A span that is cut into stacks, or one large stack."""

    span: int  # id
    nbytes: int  # of each stack
    cells: tuple[Cell, ...]


class Numbers(NamedTuple):
    """Sums over all stacks."""

    inuse: int  # bytes. Go: StackInuse
    start: int  # bytes with which a reused g begins
    limit: int  # bytes that a stack may have
    grown: int
    shrunk: int
    copied: int  # bytes
    living: int  # goroutines
    gs: int  # records, of living and dead
    dead: int  # of them, those that wait to be used again


class Frame(NamedTuple):
    """Everything that is drawn."""

    g: int
    stack: Shape | None  # None: there is no such goroutine now
    modelled: bool
    runs: tuple[Run, ...]
    frames: int
    arrows: tuple[Arrow, ...]
    more: int  # pointers into the stack that are not drawn
    links: tuple[tuple[int, int], ...]  # saved frame pointers: from, to
    move: Move | None
    listed: tuple[Listed, ...]
    sources: tuple[Source, ...]
    own: Strip | None  # the span that the stack is in
    picked: Strip | None  # another one, that is picked
    numbers: Numbers
    zoom: bool
    travels: bool = False  # the moved frames may be seen to come from the old stack


def frame(snapshot: Snapshot, g: int, pick: int = -1, *, zoom: bool = False, travels: bool = False) -> Frame:
    """Return what to draw of goroutine g and of all others; pick is the id of a span."""
    stacks = snapshot.stacks
    info = next((info for info in stacks.goroutines if info.g == g), None)
    arrows = _arrows(info) if info else []
    owners = _owners(stacks)
    around = snapshot.span_at(info.lo) if info else None
    own = _strip(snapshot, around.id if around else -1, owners)
    picked = None if own is not None and own.span == pick else _strip(snapshot, pick, owners)
    return Frame(
        g=g,
        stack=Shape(info.lo, info.size, info.used) if info else None,
        modelled=info is not None and info.modelled,
        runs=tuple(_runs(info.frames)) if info else (),
        frames=len(info.frames) if info else 0,
        arrows=tuple(arrows[-ARROWS:]),
        more=max(len(arrows) - ARROWS, 0),
        links=_links(info) if info else (),
        move=_move(snapshot.events, g),
        listed=_listed(stacks),
        sources=tuple(_sources(stacks)),
        own=own,
        picked=picked,
        numbers=_numbers(snapshot),
        zoom=zoom,
        travels=travels,
    )


def newest(events: Iterable[Event], stacks: StacksInfo, before: int) -> int:
    """Return the goroutine to show where none is picked: the one that did something, or that of before, or the last."""
    living = {info.g for info in stacks.goroutines}
    for event in reversed(list(events)):
        g = getattr(event, "g", 0)
        if g in living:
            return int(g)
    return before if before in living or not living else max(living)


def _runs(frames: Sequence[StackFrameInfo]) -> Iterable[Run]:
    """Yield the frames, equal ones that follow each other as one."""
    top = STACK_TOP
    for (name, nbytes), group in groupby(frames, lambda frame: (frame.name, frame.nbytes)):
        run = Run(name, nbytes, sum(1 for _ in group), top)
        yield run
        top = run.end


def slot_name(frame: StackFrameInfo, depth: int, slot: int) -> str:
    """Return how a slot is called: "f#3[0]" is the first slot of the fourth frame."""
    return f"{frame.name}#{depth}[{slot}]"


def _arrows(info: GoroutineInfo) -> list[Arrow]:
    """Return the pointers into the stack itself, oldest frame first."""
    hi, found = info.lo + info.size, []
    for depth, frame in enumerate(info.frames):
        for slot in frame.locals:
            at, value = frame.bp - (len(frame.slots) - slot) * WORD, frame.slots[slot]
            found.append(Arrow(slot_name(frame, depth, slot), _target(info, value), hi - at, hi - value, value))
    return found


def _target(info: GoroutineInfo, value: int) -> str:
    """Return what lies at an address of a stack."""
    for depth, frame in enumerate(info.frames):
        if frame.sp <= value:
            slot = len(frame.slots) - (frame.bp - value) // WORD
            return slot_name(frame, depth, slot) if 0 <= slot < len(frame.slots) else f"{frame.name}#{depth}"
    return "unused stack"


def _links(info: GoroutineInfo) -> tuple[tuple[int, int], ...]:
    """Return the saved frame pointers of a stack with few frames, in bytes from the high end."""
    if len(info.frames) > LINKS:
        return ()
    hi = info.lo + info.size
    return tuple((hi - frame.bp, hi - frame.saved_bp) for frame in info.frames if frame.saved_bp)


def _move(events: Iterable[Event], g: int) -> Move | None:
    """Return the last move of a goroutine's stack among events."""
    for event in reversed(list(events)):
        if isinstance(event, StackMoved) and event.g == g:
            grew = isinstance(event, StackGrown)
            return Move(Shape(event.old, event.old_size, event.used), event.used, event.adjusted, grew)
    return None


def _listed(stacks: StacksInfo) -> tuple[Listed, ...]:
    """Return the goroutines, or, where there are many, the sizes of their stacks."""
    if stacks.living <= ROWS:
        return tuple(Listed(f"G{info.g}", info.g, info.size, 1, info.used) for info in stacks.goroutines)
    first: dict[int, int] = {}
    for info in stacks.goroutines:
        first.setdefault(info.size, info.g)
    lines = [Listed("", first.get(one.nbytes, 0), *one) for one in stacks.sizes]
    rest = lines[ROWS - 1 :]
    if len(rest) > 1:
        joined = Listed("larger", 0, 0, sum(one.stacks for one in rest), sum(one.used for one in rest))
        return (*lines[: ROWS - 1], joined)
    return tuple(lines)


def _sources(stacks: StacksInfo) -> Iterable[Source]:
    """Yield, for each order and for large stacks, who has them."""
    sums = {nbytes: [0, 0, 0] for nbytes in SIZES}  # spans, stacks, free ones
    for _, nbytes, number, free in stacks.spans:
        of_size = sums[nbytes]
        of_size[0] += 1
        of_size[1] += number
        of_size[2] += len(free)
    for order, (nbytes, (spans, number, left)) in enumerate(sums.items()):
        cached = tuple(len(of_p[order]) for of_p in stacks.caches)
        yield Source(nbytes, spans, number - left - sum(cached), cached, left)
    large = sum(size.stacks for size in stacks.sizes if size.nbytes >= STACK_CACHE_SIZE)
    yield Source(0, large + len(stacks.large), large, (), len(stacks.large))


class _Owners(NamedTuple):
    """Whose stacks are, by their addresses."""

    goroutines: dict[int, int]  # those in use
    ps: dict[int, int]  # the free ones in caches

    def cell(self, at: int) -> Cell:
        """Return the stack at an address that is not free in the pool."""
        if at in self.goroutines:
            return Cell(f"G{self.goroutines[at]}", self.goroutines[at])
        return Cell(f"P{self.ps[at]}" if at in self.ps else "?", 0)


def _owners(stacks: StacksInfo) -> _Owners:
    """Return whose each stack is, as far as a picture knows."""
    cached = ((p, cache) for p, of_p in enumerate(stacks.caches) for cache in of_p)
    ps = {address: p for p, cache in cached for address in cache}
    return _Owners({info.lo: info.g for info in stacks.goroutines}, ps)


def _strip(snapshot: Snapshot, span: int, owners: _Owners) -> Strip | None:
    """Return a span's stacks, or None where it has none."""
    row = snapshot.spans.row(span) if span >= 0 else -1
    if row < 0:
        return None
    info = snapshot.spans.info(row)
    base = snapshot.address(info.page)
    cut = next((one for one in snapshot.stacks.spans if one.span == span), None)
    if cut is None:
        return Strip(span, info.npages * PAGE_SIZE, (owners.cell(base),)) if base in owners.goroutines else None
    free = set(cut.free)
    places = range(base, base + cut.stacks * cut.nbytes, cut.nbytes)
    return Strip(span, cut.nbytes, tuple(Cell("", 0) if at in free else owners.cell(at) for at in places))


def _numbers(snapshot: Snapshot) -> Numbers:
    stacks = snapshot.stacks
    return Numbers(
        inuse=snapshot.mstats.stack_inuse,
        start=stacks.starting_size,
        limit=MAX_STACK_SIZE,
        grown=stacks.grown,
        shrunk=stacks.shrunk,
        copied=stacks.copied,
        living=stacks.living,
        gs=stacks.gs,
        dead=stacks.dead,
    )


def guard_of(stack: Shape) -> int:
    """Return how far from the high end the guard is, in bytes."""
    return stack.size - STACK_GUARD
