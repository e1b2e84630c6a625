"""Heaps of different shapes, each marked object by object and by Green Tea: what was visited how often, counted.

A visit is one thing taken from a queue and scanned: an object, or what a span has gathered. Each shape is built once;
two copies of that world are marked, so both markers see the same addresses.

Go: runtime/mgcmark_greenteagc.go, scanSpan, tryDeferToSpanScan; runtime/mgcmark.go, gcDrain.
Left out: time. How long a visit takes is a matter of caches, which a model of the heap does not have.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gomemlab.checks.numbers import count
from gomemlab.runtime.arch import PAGE_SHIFT, PTR_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Global
from gomemlab.runtime.gc.spanqueue import SpanQueue
from gomemlab.runtime.gc.work import ScanStats
from gomemlab.runtime.world import World

CLASSIC, GREEN_TEA = "classic", "greentea"
SIZES = (16, 24, 48, 96, 256, 512, 1024)  # bytes of an object
NUMBERS = (100, 1000, 10_000)  # of objects
LISTS = 64  # that grow in turn
APART = 100  # of so many objects one lives
MANY = 100  # objects a visit, on average: a heap that was made for Green Tea
POINTERS = 4  # of a graph's node, at most
SMALL = 16  # bytes: two pointers, the least of a shape that has two
# The linear congruential generator with which data/programs/scan_shapes.go draws its random graph.
FACTOR, STEP, DRAWN = 6364136223846793005, 1442695040888963407, 33


def random_below(n: int) -> Iterator[int]:
    """Yield numbers below n without end, the same each time."""
    seed = 1
    while True:
        seed = (seed * FACTOR + STEP) % (1 << 64)
        yield (seed >> DRAWN) % n


class Builder:
    """A world in the making; its one global will lead to everything that lives."""

    def __init__(self, size: int, n: int) -> None:
        self.size, self.n = size, n
        self.world = World(globals=1, slots=0)

    def new(self, pointers: int = 0, size: int = 0) -> int:
        """Make an object with so many pointers, of the shape's size unless another is given."""
        return self.world.new(pointers, size or self.size)

    def row(self, pointers: int) -> list[int]:
        """Make all n objects, one after the other."""
        return [self.new(pointers) for _ in range(self.n)]

    def link(self, source: int, slot: int, target: int) -> None:
        """Write a pointer into an object: outside of a cycle no barrier has a say in it."""
        self.world.collector.memory.store(source + slot * PTR_SIZE, target)

    def chain(self, nodes: Sequence[int]) -> None:
        """Let each of the objects point to the next."""
        for node, after in pairwise(nodes):
            self.link(node, 0, after)

    def array(self, targets: Sequence[int]) -> int:
        """Make an array of pointers to these objects."""
        made = self.new(len(targets), len(targets) * PTR_SIZE)
        for i, target in enumerate(targets):
            self.link(made, i, target)
        return made

    def scatter(self, nodes: Sequence[int]) -> int:
        """Fill every slot of the nodes with a random one of them; return the first."""
        draw = random_below(len(nodes))
        slots = min(POINTERS, self.size // PTR_SIZE)
        for node in nodes:
            for slot in range(slots):
                self.link(node, slot, nodes[next(draw)])
        return nodes[0]


def a_list(b: Builder) -> int:
    """Build a list whose nodes lie in its order."""
    nodes = b.row(1)
    b.chain(nodes)
    return nodes[0]


def shuffled_list(b: Builder) -> int:
    """Build a list that goes to and fro over its nodes."""
    nodes, draw = b.row(1), random_below(b.n)
    for i in range(b.n):
        j = next(draw)
        nodes[i], nodes[j] = nodes[j], nodes[i]
    b.chain(nodes)
    return nodes[0]


def lists(b: Builder) -> int:
    """Build lists that grow in turn, a node at a time, below an array of their heads."""
    nodes = b.row(1)
    for node, after in zip(nodes, nodes[LISTS:], strict=False):
        b.link(node, 0, after)
    return b.array(nodes[:LISTS])


def binary_tree(b: Builder) -> int:
    """Build a binary tree, level by level."""
    nodes = b.row(2)
    for i in range(1, b.n):
        b.link(nodes[(i - 1) // 2], (i - 1) % 2, nodes[i])
    return nodes[0]


def random_graph(b: Builder) -> int:
    """Build a graph in which every node points to random ones."""
    return b.scatter(b.row(min(POINTERS, b.size // PTR_SIZE)))


def mixed_graph(b: Builder) -> int:
    """Build the same of nodes of every size up to the shape's own, in turn."""
    sizes = [size for size in SIZES if size <= b.size]
    slots = min(POINTERS, b.size // PTR_SIZE)
    return b.scatter([b.new(min(slots, sizes[i % len(sizes)] // PTR_SIZE), sizes[i % len(sizes)]) for i in range(b.n)])


def an_array(b: Builder) -> int:
    """Build an array of pointers to objects that have pointers, all nil."""
    return b.array(b.row(1))


def one_in_a_hundred(b: Builder) -> int:
    """Build an array of pointers to each hundredth of the objects; the others are dead."""
    return b.array(b.row(1)[::APART])


def without_pointers(b: Builder) -> int:
    """Build an array of pointers to objects that have none."""
    return b.array(b.row(0))


@dataclass(frozen=True, slots=True)
class Shape:
    """One way in which objects may point to each other."""

    key: str
    title: str
    words: str  # what it is, and where it is met
    build: Callable[[Builder], int]  # returns what the global is to point to


SHAPES = {
    shape.key: shape
    for shape in (
        Shape("list", "list, in order", "each node points to the one made next", a_list),
        Shape("shuffled", "list, shuffled", "a list that has been sorted or edited for long", shuffled_list),
        Shape("lists", f"{LISTS} lists", "lists that grew in turn, as the chains of a hash table do", lists),
        Shape("tree", "binary tree", "made level by level", binary_tree),
        Shape("graph", "random graph", "each node points to up to four random ones", random_graph),
        Shape("mixed", "random graph, mixed sizes", "the same, of nodes of all sizes up to this one", mixed_graph),
        Shape("array", "slice of pointers", "one large object points to all the others", an_array),
        Shape("survivors", "survivors", "a slice points to one object in a hundred, the others are dead",
              one_in_a_hundred),
        Shape("noscan", "no pointers", "a slice of pointers to objects that have none", without_pointers),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scan:
    """What one marker did in one cycle."""

    marker: str
    marks: dict[int, int] = field(repr=False)  # by span id: bit i: slot i is marked
    visits: tuple[int, ...] = field(repr=False)  # objects that each visit scanned
    span_visits: int  # those that were to a span
    longest: int  # spans that waited at once, at most
    moves: int  # visits to another page than the one before
    stats: dict[int, ScanStats] = field(repr=False)  # by size class

    @property
    def marked(self) -> int:
        """Return how many objects were marked."""
        return sum(bits.bit_count() for bits in self.marks.values())

    @property
    def scanned(self) -> int:
        """Return how many objects were scanned."""
        return sum(self.visits)

    @property
    def alone(self) -> int:
        """Return how many visits scanned one object only."""
        return self.visits.count(1)

    @property
    def each(self) -> float:
        """Return how many objects a visit scanned, on average; 0 where there was none."""
        return self.scanned / len(self.visits) if self.visits else 0.0


def build(shape: str, size: int, n: int) -> World:
    """Return a world with a heap of that shape; raise MisuseError for a shape that cannot be."""
    if shape not in SHAPES:
        raise MisuseError(f"there is no shape {shape!r}; there are: {', '.join(SHAPES)}")
    if not SMALL <= size <= SIZES[-1] or size % PTR_SIZE:
        raise MisuseError(f"objects of {size} B cannot be shown here; give a multiple of 8, {SMALL} to {SIZES[-1]}")
    if not LISTS <= n <= NUMBERS[-1]:
        raise MisuseError(f"{n} objects cannot be shown here; give {LISTS} to {NUMBERS[-1]}")
    builder = Builder(size, n)
    root = SHAPES[shape].build(builder)
    builder.world.write(Global(0), root)
    return builder.world


def scan(world: World, marker: str, *, pile: bool = False, puts: int = 0) -> Scan:
    """Mark a copy of a world and count; with pile, spans wait last in, first out, as they do not in Go.

    puts is where the span queue's count of puts, which never begins anew, stood at the cycle's start.
    """
    copy = world.with_policy("hybrid", marker=marker)
    collector = copy.collector
    gcw = collector.gcws[0]
    if pile:
        gcw.spanq = SpanPile()
    gcw.spanq.puts_since_drain = puts
    copy.gc_start()
    while collector.jobs:
        copy.mark_root(str(collector.jobs[0]))
    visits, pages, before = [], [], 0
    while address := collector.marker.step(gcw):
        after = gcw.objects_scanned
        visits.append(after - before)
        pages.append(address >> PAGE_SHIFT)
        before = after
    moves = sum(one != other for one, other in pairwise(pages))
    marks = {span.id: bits for span in copy.allocator.heap.spans.values() if (bits := copy.allocator.heap.marked(span))}
    return Scan(marker, marks, tuple(visits), gcw.span_visits, gcw.longest, moves, gcw.stats)


@dataclass(frozen=True, slots=True)
class Pair:
    """A shape marked in both ways."""

    shape: Shape
    size: int  # bytes
    n: int  # objects made
    spans: int  # that hold marked objects
    classic: Scan
    greentea: Scan

    @property
    def same(self) -> bool:
        """Say whether both marked the same objects."""
        return self.classic.marks == self.greentea.marks

    @property
    def gathers(self) -> bool:
        """Say whether Green Tea needs less than one visit in a hundred objects."""
        return len(self.greentea.visits) * MANY < self.greentea.scanned

    @property
    def gains_nothing(self) -> bool:
        """Say whether it needs a visit for each, of a heap in which most of what was made lives and is scanned."""
        return len(self.greentea.visits) == self.greentea.scanned > self.n // 2

    def say(self) -> str:
        """Return the outcome as a sentence."""
        one, many = len(self.classic.visits), len(self.greentea.visits)
        if many == one:
            return f"Green Tea needed as many visits as it takes object by object: {count(one)}."
        return f"Green Tea needed {count(many)} visits; object by object it takes {count(one)}."


def pair(shape: str, size: int, n: int) -> Pair:
    """Return what both markers do with a shape; raise MisuseError for one that cannot be."""
    world = build(shape, size, n)
    classic, greentea = scan(world, CLASSIC), scan(world, GREEN_TEA)
    return Pair(SHAPES[shape], size, n, len(classic.marks), classic, greentea)


class _Newest(deque[int]):
    """Spans of which the one put last is taken first."""

    def popleft(self) -> int:
        """Take the newest."""
        return self.pop()


class SpanPile(SpanQueue):
    """An experiment: spans wait last in, first out, as objects do in work buffers. Go has nothing like it."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = _Newest()

    def put(self, objptr: int) -> bool:
        """Queue a span; nothing spills."""
        self.ring.append(objptr)
        return False
