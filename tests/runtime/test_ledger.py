"""The ledger: every byte of the heap is in one account, and the accounts add up."""

import pytest

from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE
from gomemlab.runtime.ledger import Ledger
from gomemlab.runtime.world import World
from gomemlab.workloads import WORKLOADS

MIB = 1 << 20


def accounts(world: World) -> dict[str, int]:
    """Return the ledger's accounts that are not 0, but the total."""
    ledger = world.snapshot().ledger
    found = {name: getattr(ledger, name) for name in Ledger.__dataclass_fields__}
    del found["total"]
    return {name: value for name, value in found.items() if value}


def test_an_empty_world_has_an_empty_ledger() -> None:
    """Nothing is mapped, not even padding."""
    assert accounts(World(heap_base=DEFAULT_HEAP_BASE + PAGE_SIZE)) == {}


def test_one_object_to_the_byte() -> None:
    """20 B of a 24 B slot in a span of 336: 4 B rounded up, 335 slots free, a tail of 128 B."""
    world = World()

    world.malloc(20)

    assert accounts(world) == {
        "requested": 20,
        "rounding": 4,
        "tails": 128,
        "free_cached": 335 * 24,
        "idle": 4 * MIB - PAGE_SIZE,
    }


def test_a_flush_moves_free_slots_to_the_others() -> None:
    """The slots are as free as before, but no P has them."""
    world = World()
    world.malloc(20)

    world.read_mem_stats()

    assert accounts(world)["free_other"] == 335 * 24
    assert "free_cached" not in accounts(world)


def test_the_page_cache_has_an_account() -> None:
    """The second span takes a page of 63: 62 belong to the P."""
    world = World()
    world.malloc(20)

    world.malloc(32)

    assert accounts(world)["page_caches"] == 62 * PAGE_SIZE
    assert accounts(world)["idle"] == 448 * PAGE_SIZE


def test_headers_are_rounding() -> None:
    """1024 B with pointers in 1152 B: 128 B, 8 of them header."""
    world = World()

    world.malloc(1024, pointers=True)

    assert accounts(world)["rounding"] == 128


def test_the_rest_of_a_tiny_block_is_rounding() -> None:
    """5 B and 3 B in one block of 16 B."""
    world = World()

    world.malloc(5)
    world.malloc(3)

    assert (accounts(world)["requested"], accounts(world)["rounding"]) == (8, 8)


def test_stacks_and_padding_have_accounts() -> None:
    """Four pages of stacks, 300 pages below the base."""
    world = World(heap_base=DEFAULT_HEAP_BASE + 300 * PAGE_SIZE)

    world.alloc_manual(4)

    assert accounts(world) == {
        "stacks": 4 * PAGE_SIZE,
        "padding": 300 * PAGE_SIZE,
        "idle": (512 - 304) * PAGE_SIZE,
    }


def test_a_large_object_wastes_the_end_of_its_last_page() -> None:
    """32,769 B in five pages; freed, all five are idle."""
    world = World()
    address = world.malloc(32_769)
    alive = accounts(world)

    world.free_span(address)

    assert alive["rounding"] == 8191
    assert accounts(world) == {"idle": 4 * MIB}


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_accounts_add_up_after_any_workload(name: str) -> None:
    """A thousand commands: inuse, idle and stacks are what MemStats says, and together what is mapped."""
    world = World(procs=2, heap_base=DEFAULT_HEAP_BASE + 77 * PAGE_SIZE)

    for command in WORKLOADS[name].commands(seed=5, n=1000):
        command.apply(world)

    ledger, stats = world.snapshot().ledger, world.mstats()
    assert (ledger.heap_inuse, ledger.heap_idle) == (stats.heap_inuse, stats.heap_idle)
    assert sum(accounts(world).values()) == ledger.total == stats.heap_sys + stats.stack_sys
    assert ledger.requested + ledger.rounding == stats.heap_alloc
