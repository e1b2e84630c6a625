"""What a pool saves: the same requests answered with one and without, in bytes, collections and cost.

A pool pays where it saves a large share of what a program allocates, and where a buffer is used again before the next
cycles have dropped it. So there is a case for each of these, one against each, and one that pays twice for its items.

Go: sync/pool.go, Pool.
Left out: time. What it costs is said by the cost model, as a share.
"""

from collections import deque
from typing import NamedTuple

from gomemlab.commands import GC, Drop, malloc
from gomemlab.comparing import Comparison, compare
from gomemlab.pairs import BUFFER, HEAP_MINIMUM, IN_FLIGHT, PAIRS, Program, Steps, pooled_requests, unpooled_requests
from gomemlab.poolcommands import PoolGet, PoolNew, PoolPut
from gomemlab.runtime.gc.roots import Field
from gomemlab.runtime.pooling import SLICE_HEADER_SIZE
from gomemlab.runtime.world import World

REQUESTS = 1500
SMALL = 64  # bytes of a request's header
RARE, BATCH = 100, 10  # jobs, and buffers of each
GROWN, EACH, KEEP = 256 << 10, 97, 64 << 10  # bytes that one request in so many needs; the largest that is put back
START = 1 << 10  # bytes of a buffer at first
COLLECT = 50  # requests between two GCs
PAYS_HEAD = (
    "what is pooled",
    "Gets",
    "New calls",
    "bytes a request, without",
    "with",
    "GCs, without",
    "with",
    "cost with : without",
)
GROWN_HEAD = ("put back", "HeapAlloc, pool in use, B", "arrays made")


class Case(NamedTuple):
    """Something that can be pooled."""

    name: str
    without: Program
    pooled: Program
    requests: int


class Paid(NamedTuple):
    """What a case came to, as a row of the table."""

    name: str
    gets: int
    new_calls: int
    bytes_without: int  # a request
    bytes_with: int
    gcs_without: int
    gcs_with: int
    cost: str  # with the pool, as a share of without


def rare_with(_world: World, requests: int) -> Steps:
    """Take ten buffers from a pool and put them back; then two cycles pass before the next job."""
    pool = yield PoolNew(BUFFER)
    for _ in range(requests):
        got = deque[int]()
        for _ in range(BATCH):
            got.append((yield PoolGet(pool)))
        for buffer in got:
            yield PoolPut(pool, buffer)
        yield GC()
        yield GC()
        yield None


def rare_without(_world: World, requests: int) -> Steps:
    """Make ten buffers and drop them; then two cycles pass before the next job."""
    for _ in range(requests):
        made = deque[int]()
        for _ in range(BATCH):
            made.append((yield malloc(BUFFER)))
        yield Drop(tuple(made))
        yield GC()
        yield GC()
        yield None


STEADY = PAIRS["pooled / not pooled"]
BOXED = PAIRS["*[]byte / []byte"].b
CASES = (
    Case("the 16 KiB buffers, by a pointer", STEADY.b, STEADY.a, REQUESTS),
    Case("the same as []byte", STEADY.b, BOXED, REQUESTS),
    Case(
        "64 B headers only; the request makes 4 KiB besides",
        Program("made", 1, unpooled_requests(SMALL)),
        Program("pooled", 1, pooled_requests(SMALL)),
        REQUESTS,
    ),
    Case(
        "16 KiB buffers of a job that comes every second GC",
        Program("made", 1, rare_without),
        Program("pooled", 1, rare_with),
        RARE,
    ),
)


def compared(case: Case) -> Comparison:
    """Return a case without and with its pool."""
    return compare(case.without, case.pooled, n=case.requests)


def pays() -> list[Paid]:
    """Return what each case comes to."""
    return [paid(case) for case in CASES]


def paid(case: Case) -> Paid:
    """Return what a case comes to."""
    a, b = (side.at(len(side.line)) for side in compared(case).sides)
    without, pooled = (round(one.total_alloc / case.requests) for one in (a, b))
    return Paid(case.name, b.gets, b.new_calls, without, pooled, a.num_gc, b.num_gc, f"≈ {b.cost / a.cost:.2f}")


def grown(keep: int) -> tuple[int, int]:
    """Return HeapAlloc after many requests, and how many arrays were made; those larger than `keep` are not put back.

    Four requests at a time have a buffer; it begins with 1 KiB, and one request in 97 needs 256 KiB.
    """
    world, flying, arrays = World(slots=1), deque[tuple[int, int]](), 0
    pool = world.pool(new=SLICE_HEADER_SIZE, slots=(0,))
    caps: dict[int, int] = {}  # by the array's address
    for request in range(1, 5 * EACH):
        header = pool.get()
        assert isinstance(header, int)  # noqa: S101 - tells mypy what New makes
        need = START if request % EACH else GROWN
        array = world.load(Field(header, 0))
        if not array or caps[array] < need:
            array, arrays = world.new(0, need, into=Field(header, 0)), arrays + 1
            caps[array] = need
        flying.append((header, array))
        if len(flying) == IN_FLIGHT:
            header, array = flying.popleft()
            if caps[array] > keep:
                world.assign(Field(header, 0), None)
            pool.put(header)
        if request % COLLECT == 0:
            world.gc()
    return world.mstats().heap_alloc, arrays


def grown_rows() -> list[tuple[str, int, int]]:
    """Return what a pool holds when some of its buffers have grown, put back or not."""
    return [
        ("every buffer, however large", *grown(HEAP_MINIMUM)),
        (f"only arrays up to {KEEP >> 10} KiB", *grown(KEEP)),
    ]
