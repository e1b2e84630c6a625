"""Where small pointer-free objects land: blocks of 16 B and the offsets in them, read from a world's addresses.

Go: runtime/malloc.go, mallocgcTiny.
Left out: objects of 16 B and more, and objects with pointers; both have slots of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gomemlab.runtime.arch import MAX_TINY_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.world import World

MOST = 64  # objects; more blocks than this are no picture any more
GIVE = f"give sizes from 1 to {MAX_TINY_SIZE - 1}, such as 12, 8, 8"


@dataclass(frozen=True, slots=True)
class Placed:
    """One object in a block."""

    number: int  # the how many-th request, from 1
    size: int  # bytes
    block: int  # the how many-th block, from 0
    offset: int  # bytes into the block


@dataclass(frozen=True, slots=True)
class TinyRun:
    """What a row of requests took."""

    placed: tuple[Placed, ...]
    blocks: int
    mallocs: int  # as MemStats counts them
    bytes: int  # as MemStats.TotalAlloc counts them

    @property
    def offsets(self) -> tuple[int, ...]:
        """Return the offset of each object in its block."""
        return tuple(placed.offset for placed in self.placed)

    def say(self) -> str:
        """Return the run as a sentence."""
        asked = sum(placed.size for placed in self.placed)
        blocks = "1 block" if self.blocks == 1 else f"{self.blocks} blocks"
        mallocs = f"1 malloc of {asked} B" if self.mallocs == 1 else f"{self.mallocs} mallocs of {asked} B together"
        return f"{mallocs} took {blocks} of 16 B: {self.bytes} B of the heap."


def run_tiny(sizes: Sequence[int]) -> TinyRun:
    """Return where objects of these sizes land in a fresh world; raise MisuseError where one is not tiny."""
    for size in sizes:
        if not 0 < size < MAX_TINY_SIZE:
            raise MisuseError(f"{size} B is not tiny; {GIVE}")
    if not 0 < len(sizes) <= MOST:
        raise MisuseError(f"{len(sizes)} objects are not 1 to {MOST}; {GIVE}")
    world = World()
    addresses = [world.malloc(size) for size in sizes]
    first = min(addresses)
    stats = world.mstats()
    placed = tuple(
        Placed(number, size, (address - first) // MAX_TINY_SIZE, (address - first) % MAX_TINY_SIZE)
        for number, (size, address) in enumerate(zip(sizes, addresses, strict=True), start=1)
    )
    return TinyRun(placed, len({one.block for one in placed}), stats.mallocs, stats.total_alloc)
