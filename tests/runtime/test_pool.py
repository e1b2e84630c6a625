"""sync.Pool: the sequences of real Go, and the behaviour that Go's own tests ask for."""

import json
from itertools import count
from pathlib import Path

import pytest

from gomemlab.runtime.alloc.heapgrowth import END_OF_ADDRESSES
from gomemlab.runtime.arch import PALLOC_CHUNK_BYTES
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.pool import FIRST_ADDRESS
from gomemlab.runtime.pooling import MAX_POOLS, PoolHandle
from gomemlab.runtime.world import World
from tests.worlds import state

# What Go 1.27.3 did, with one P (GOMAXPROCS=2 for the steal); the keys say what was asked.
GOLDEN = json.loads((Path(__file__).parent.parent / "data" / "go1.27.3_sync_pool.json").read_text(encoding="utf-8"))
TEN = list(range(1, 11))


def thousands(call: int) -> int:
    """Return the label that New makes in its n-th call: 1001, 1002, ..."""
    return 1000 + call


def filled(world: World, n: int = 10) -> PoolHandle:
    """Return a pool into which P0 put 1 to n."""
    pool = world.pool(new=thousands)
    for item in range(1, n + 1):
        pool.put(item)
    return pool


def gets(pool: PoolHandle, n: int = 10, p: int = 0) -> list[object]:
    """Return what n Gets give."""
    return [pool.get(p) for _ in range(n)]


# Golden sequences


def test_items_come_back_newest_first_behind_the_private_one() -> None:
    """1 is private; the others lie in the queue, and its owner takes from the head."""
    assert gets(filled(World())) == GOLDEN["put10_get10"]


def test_after_one_cycle_they_come_in_the_order_of_putting() -> None:
    """From the victim everybody takes at the tail, its owner too."""
    world = World()
    pool = filled(world)

    world.gc()

    assert gets(pool) == GOLDEN["after_1_gc"]


def test_after_two_cycles_all_are_gone() -> None:
    """Ten Gets call New ten times."""
    world = World()
    pool = filled(world)

    world.gc()
    world.gc()
    gets(pool)

    assert pool.new_calls == GOLDEN["after_2_gc_new_calls"]


def test_to_touch_one_between_two_cycles_saves_that_one_alone() -> None:
    """One is got and put back after the first cycle; nine of ten Gets after the second call New."""
    world = World()
    pool = filled(world)

    world.gc()
    pool.put(pool.get())
    world.gc()
    gets(pool)

    assert pool.new_calls == GOLDEN["touch_one_between_gcs_new_calls"]


def test_a_warm_pool_keeps_what_is_used_and_no_more() -> None:
    """Ten items, of which four are used in each of five cycles: New is not called, but then for six of ten."""
    world = World()
    pool = filled(world)
    for _ in range(5):
        items = gets(pool, 4)
        for item in items:
            pool.put(item)
        world.gc()
    during = pool.new_calls

    gets(pool)

    assert during == GOLDEN["warm10_use4_5cycles"]["new_during"]
    assert pool.new_calls - during == GOLDEN["warm10_use4_5cycles"]["then_get10_new"]


def test_a_thief_takes_the_oldest_first_and_never_the_private_one() -> None:
    """P0 put 1 to 10; P1 gets 2 to 10, and then New makes one."""
    world = World(procs=2)

    assert gets(filled(world), p=1) == GOLDEN["steal_from_other_P"]


def test_a_used_pool_costs_two_mallocs_a_cycle() -> None:
    """The array of shards, and the list of pools in use: both were dropped when the cycle began."""
    world = World()
    pool = world.pool(new=64)
    item = pool.get()
    costs = []
    for _ in range(4):
        pool.put(item)
        world.gc()
        before = world.mstats().mallocs
        pool.get()
        costs.append(world.mstats().mallocs - before)

    assert costs == [2, 2, 2, 2]
    assert pool.new_calls == 1


# The behaviour that sync/pool_test.go asks for


def test_without_new_an_empty_pool_gives_none() -> None:
    """Get, two Puts, and three Gets."""
    pool = World().pool()
    first = pool.get()
    pool.put("a")
    pool.put("b")

    assert first is None
    assert gets(pool, 3) == ["a", "b", None]


def test_a_hundred_items_outlive_one_cycle_and_not_a_second() -> None:
    """Get finds one after the first; after the second the pool is empty."""
    world = World()
    pool = world.pool()
    for i in range(100):
        pool.put(i)

    world.gc()
    after_one = pool.get()
    world.gc()

    assert after_one == 0
    assert pool.get() is None


def test_new_is_called_only_when_nothing_is_there() -> None:
    """1, 2, then 42 that was put, then 3."""
    pool = World().pool(new=lambda call: call)
    first = gets(pool, 2)

    pool.put(42)

    assert (first, gets(pool, 2)) == ([1, 2], [42, 3])


@pytest.mark.parametrize("drain", [True, False])
def test_a_pool_holds_no_object_that_it_gave_away_or_dropped(drain: bool) -> None:
    """A hundred objects are put; after 100 Gets and drops, or after two cycles, the heap has none of them."""
    world = World()
    pool = world.pool()
    items = [world.malloc(16, pointers=True) for _ in range(100)]
    for item in items:
        pool.put(item)

    if drain:
        world.drop([item for item in items if pool.get()])
    else:
        world.gc()
    world.gc()

    span = world.allocator.heap.span_of(items[0])
    assert span is None or span.spanclass != 4 or span.alloc_count == 0
    world.check()


def test_many_ps_never_get_what_nobody_put() -> None:
    """Ten Ps put and get in turn, a thousand times: each item is with one owner at a time."""
    world = World(procs=10)
    pool = world.pool()
    mine: dict[int, object] = {p: f"item {p}" for p in range(10)}
    for step in range(1000):
        p = step * 7 % 10
        if mine[p] is not None:
            pool.put(mine[p], p)
        mine[p] = pool.get((p + 3) % 10) if step % 3 else pool.get(p)
        owned = [item for item in mine.values() if item is not None]
        assert len(owned) == len(set(owned))
    world.check()


@pytest.mark.parametrize("command", ["get", "put"])
def test_a_pool_that_was_never_declared_is_refused(command: str) -> None:
    """Where Go panics for a nil *Pool, the world says which pools there are."""
    world = World()

    with pytest.raises(MisuseError, match=r"no pool 1: this world has no pool yet; world.pool\(\) makes one"):
        getattr(PoolHandle(world, 1), command)(*(["a"] if command == "put" else []))


def test_under_race_one_put_in_four_is_dropped() -> None:
    """Of 10,000 Puts some 2,500 are; real Go dropped 2,573 in one run."""
    pool = World().pool(race=True)
    dropped = 0
    for i in range(10_000):
        pool.put(i)
        dropped += pool.get() is None

    assert 2300 < dropped < 2700


def test_a_seed_says_which_puts_are_dropped() -> None:
    """The same seed drops the same items, another seed others."""

    def left(seed: int) -> list[object]:
        pool = World().pool(race=True, seed=seed)
        for i in range(100):
            pool.put(i)
        return gets(pool, 100)

    assert left(1) == left(1) != left(2)


def test_put_of_none_is_ignored() -> None:
    """Nothing is there to be got, and one event says so."""
    world = World()
    pool = world.pool()

    pool.put(None)

    assert [event.say() for event in world.events] == ["P0 put nil into pool 1, which takes no notice."]
    assert pool.get() is None


# Ps


def test_an_idle_p_steals_from_the_next_p_first() -> None:
    """P2 of four looks at P3, P0, P1, in this order."""
    world = World(procs=4)
    pool = world.pool()
    for p in (0, 1, 3):
        pool.put(f"private {p}", p)
        pool.put(f"of P{p}", p)

    assert gets(pool, 4, p=2) == ["of P3", "of P0", "of P1", None]


def test_the_victim_of_others_is_stolen_from_in_turn_but_not_their_private_items() -> None:
    """After a cycle P1 gets its private item, then from its own victim's queue, then from P2's and P0's."""
    world = World(procs=3)
    pool = world.pool()
    for p in range(3):
        pool.put(f"private {p}", p)
        pool.put(f"of P{p}", p)
    world.gc()

    assert gets(pool, 5, p=1) == ["private 1", "of P1", "of P2", "of P0", None]


def test_who_finds_nothing_in_the_victim_closes_it_for_all() -> None:
    """P1's private item is in the victim; P0 looks in vain, and then P1 does not find it either."""
    world = World(procs=2)
    pool = world.pool()
    pool.put("mine", 1)
    world.gc()

    assert pool.get(0) is None
    assert [event.say() for event in world.events][-2:] == [
        "P0 found nothing in the victim of pool 1: nobody looks there again; other Ps' private slots keep 1 item.",
        "Pool 1 had nothing for P0, and has no New: nil.",
    ]
    assert pool.get(1) is None


def test_a_new_p_makes_a_pool_lose_its_shards() -> None:
    """GOMAXPROCS from 1 to 2: P1's first Put makes an array for two, and P0's items are in nobody's reach."""
    world = World()
    pool = filled(world, 3)

    world.gomaxprocs(2)
    pool.put("late", 1)

    assert world.snapshot().pools[0].local[0].private is None
    assert [pool.get(1), pool.get(0)] == ["late", 1001]
    world.check()


def test_a_p_less_keeps_the_shards_for_thieves() -> None:
    """GOMAXPROCS from 2 to 1: what P1 put in its queue is still stolen."""
    world = World(procs=2)
    pool = world.pool()
    for item in ("private", "queued"):
        pool.put(item, 1)

    world.gomaxprocs(1)

    assert gets(pool, 2) == ["queued", None]


def test_after_a_cycle_with_fewer_ps_victims_of_gone_ps_are_found() -> None:
    """Two Ps put, one P is left after the cycle: it steals what was queued, and never the other's private item."""
    world = World(procs=2)
    pool = world.pool()
    for item in ("private", "queued"):
        pool.put(item, 1)

    world.gc()
    world.gomaxprocs(1)

    assert gets(pool, 2) == ["queued", None]


def test_a_p_beyond_the_victims_does_not_look_there() -> None:
    """One P put, then there are two: P1 has no shard in the victim, and does not steal there."""
    world = World()
    pool = filled(world, 3)
    world.gc()

    world.gomaxprocs(2)

    assert pool.get(1) == 1001
    assert gets(pool, 3, p=0) == [1, 2, 3]


# Memory


def test_an_object_in_a_pool_lives_through_one_cycle_and_dies_with_the_second() -> None:
    """Its slot is free after the second; so is the pool's own memory."""
    world = World()
    pool = world.pool()
    item = world.malloc(1024)
    pool.put(item)
    world.gc()
    span = world.allocator.heap.span_of(item)
    assert span is not None
    assert not span.is_free(0)

    world.gc()

    assert world.mstats().heap_alloc == 0
    world.check()


def test_what_get_gave_lives_until_it_is_put_or_dropped() -> None:
    """Three cycles do not free what the program has in hand; after drop one does."""
    world = World()
    pool = world.pool(new=1024)
    item = pool.get()
    for _ in range(3):
        world.gc()
    held = world.mstats().heap_alloc

    world.drop(item)  # type: ignore[arg-type]
    world.gc()

    assert (held, world.mstats().heap_alloc) == (1024, 0)


def test_a_stale_object_keeps_what_its_fields_point_to() -> None:
    """A pooled object points to 40,000 B that nobody else needs; cleared before the Put, they would be free."""
    sizes = {}
    for clears in (False, True):
        world = World()
        pool = world.pool(new=64, slots=1)
        item = pool.get()
        big = world.new(0, 40_000)
        world.write(Field(item, 0), big)  # type: ignore[arg-type]
        if clears:
            world.assign(Field(item, 0), None)  # type: ignore[arg-type]
        pool.put(item)
        world.gc()
        sizes[clears] = world.mstats().by_size[0], world.mstats().heap_alloc > 40_000
        private = world.snapshot().pools[0].victim[0].private
        assert private is not None
        assert private.pointers == (() if clears else (big,))

    assert [kept for _, kept in sizes.values()] == [True, False]


def test_a_slice_costs_24_bytes_a_put_and_a_pointer_to_it_none() -> None:
    """An interface holds no slice header, so it is copied to the heap: 24 B each time."""
    costs = []
    for boxed in (True, False):
        world = World()
        pool = world.pool(new=4096)
        pool.put(pool.get(), boxed=boxed)
        before = world.mstats()
        for _ in range(100):
            pool.put(pool.get(), boxed=boxed)
        after = world.mstats()
        costs.append((after.mallocs - before.mallocs, after.total_alloc - before.total_alloc))
        world.check()

    assert costs == [(100, 2400), (0, 0)]


def test_a_box_keeps_the_slice_alive_and_is_garbage_after_the_get() -> None:
    """The item is the array; the pool points to the box, and the box to the array."""
    world = World()
    pool = world.pool()
    array = world.malloc(4096)
    pool.put(array, boxed=True)
    pool.put("label", boxed=True)
    world.gc()
    private = world.snapshot().pools[0].victim[0].private
    assert private is not None
    assert (private.value, private.pointers) == (array, ())
    assert private.box

    assert pool.get() == array
    world.gc()

    assert not world.mstats().by_size[3].mallocs - world.mstats().by_size[3].frees
    world.check()


def test_the_queue_of_a_pool_doubles() -> None:
    """A hundred Puts: one private, then rings of 8, 16, 32 and 64 slots, each with a record of 48 B."""
    world = World()
    filled(world, 100)

    shard = world.snapshot().pools[0].local[0]

    assert [ring.size for ring in shard.shared] == [8, 16, 32, 64]
    assert [len(ring.items) for ring in shard.shared] == [8, 16, 32, 43]
    assert world.snapshot().pools[0].nbytes == 128 + 4 * 48 + 16 * (8 + 16 + 32 + 64)
    world.check()


def test_a_drained_ring_leaves_the_tail_and_the_last_one_stays() -> None:
    """P1 steals 24 of 24 from two rings: the first ring goes, and the second waits empty."""
    world = World(procs=2)
    pool = filled(world, 25)

    stolen = gets(pool, 24, p=1)
    pool.get(1)

    assert stolen == list(range(2, 26))
    shard = world.snapshot().pools[0].local[0]
    assert [(ring.size, len(ring.items)) for ring in shard.shared] == [(16, 0)]
    world.check()


def test_tiny_objects_in_a_pool_stay_with_their_block() -> None:
    """Two tiny objects share a block: one is put and dropped by the pool, and the other still lives."""
    world = World()
    pool = world.pool()
    one, other = world.malloc(4), world.malloc(4)
    pool.put(one)

    world.gc()
    world.gc()

    assert pool.get() is None
    world.drop(other)


def test_a_new_of_tiny_objects_shares_blocks() -> None:
    """Four objects of 4 B lie in one block; no slot of its own for any."""
    world = World()
    pool = world.pool(new=4)

    items = gets(pool, 4)

    assert [item - items[0] for item in items] == [0, 4, 8, 12]  # type: ignore[operator]
    world.gc()
    world.check()


def test_pools_in_use_share_one_list() -> None:
    """The list grows from 1 to 2 to 4 pools; each has shards of its own."""
    world = World()
    pools = [world.pool(new=thousands) for _ in range(4)]

    for pool in pools:
        pool.put(7)

    assert [pool.get() for pool in pools] == [7, 7, 7, 7]
    assert world.pools.fits == 4
    world.gc()
    world.gc()
    world.check()


# While a cycle marks


@pytest.mark.parametrize("marker", ["greentea", "classic"])
@pytest.mark.parametrize("moment", range(8))
def test_what_moves_through_a_pool_while_a_cycle_marks_is_not_lost(marker: str, moment: int) -> None:
    """Between any two steps of marking one item goes in, one comes out, and one is stolen; nothing is lost."""
    world = World(procs=2, marker=marker, goroutines=1)
    pool = world.pool(new=512, slots=2)
    items = gets(pool, 12)
    mine = items.pop()
    for item in items:
        pool.put(item)
    world.gc_start()
    for step in range(40):
        if step == moment:
            pool.put(mine)
            out = [pool.get(), pool.get(1)]
        world.mark_step()
    world.mark_all()
    assert world.mark_done()

    assert world.collector.lost == ()
    world.sweep_all()
    assert len({*out}) == 2
    world.check()


def test_a_pool_ages_when_the_world_stops() -> None:
    """The first event is the stop, the second the pool's."""
    world = World()
    filled(world)

    world.gc_start()

    assert [event.say() for event in world.events[:2]] == [
        "Stop 1 of the world, for sweep termination.",
        "Pool 1 had no victim to drop; 10 items became the victim.",
    ]


def test_pools_age_without_a_cycle_where_one_was_not_seen() -> None:
    """clear_pools twice drops all; while a cycle marks it is refused."""
    world = World()
    pool = filled(world)

    world.clear_pools()
    assert pool.get() == 1
    world.clear_pools()
    assert pool.get() == 1001
    world.gc_start()
    with pytest.raises(MisuseError, match="cycle 1 is marking; pools age when a cycle begins"):
        world.clear_pools()


def test_before_marking_sees_the_pools_what_is_in_them_is_not_lost() -> None:
    """The picture between two steps calls nothing lost that only a pool reaches."""
    world = World()
    pool = world.pool(new=64)
    for item in gets(pool, 3):
        pool.put(item)

    world.gc_start()

    assert world.snapshot().gc.lost == ()
    assert "pools" in world.snapshot().gc.jobs


# Bad input


def _refused(world: World, pool: PoolHandle) -> list[tuple[object, str]]:
    """Return calls that must be refused, and the sentence for each."""
    there, dead = world.malloc(64), world.malloc(4096)
    pool.put(there)
    pool.put("label")
    world.drop(dead)
    world.gc()
    return [
        (lambda: pool.put(there), f"pool 1 has {there:#x} already; get it before you put it again"),
        (lambda: pool.put("label"), "pool 1 has 'label' already; get it before you put it again"),
        (lambda: pool.put(dead), f"{dead:#x} lies in"),
        (lambda: pool.put(FIRST_ADDRESS), f"{FIRST_ADDRESS:#x} lies in no object of this heap"),
        (lambda: pool.put(["a list"]), r"\['a list'\] is no item; put an object's address, or a hashable label"),
        (lambda: pool.put("x", 1), "there is no P1: this world has only P0"),
        (lambda: pool.get(1), "there is no P1: this world has only P0"),
        (lambda: pool.get(-1), "there is no P-1: this world has only P0"),
        (lambda: world.pool_get(2), r"there is no pool 2: this world has pools 1 to 1; world.pool\(\) makes one"),
        (lambda: world.pool(new=-1), "size -1"),
        (lambda: world.pool(new=0), "new=0 makes no object; ask for 1 byte or more"),
        (lambda: world.pool(new="a"), "new='a' makes nothing; give bytes, or a function from a call's number"),  # type: ignore[arg-type]
        (lambda: world.pool(new=True), "new=True makes nothing"),
        (lambda: world.pool(slots=2), "slots 2 are those of an object; give new= its size in bytes, too"),
        (lambda: world.pool(new=16, slots=3), "slots 3 are not in an object of 16 B; its first 2 words can be"),
        (lambda: world.pool(new=4, slots=[0]), r"slots \[0\] are not in an object of 4 B; its first 0 words"),
        (lambda: world.pool(new=16, slots=["x"]), "slot 'x' is not a whole number"),  # type: ignore[list-item]
        (lambda: world.pool(race=True, seed="x"), "seed 'x'"),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("case", range(18))
def test_what_cannot_be_is_refused_and_changes_nothing(case: int) -> None:
    """The sentence has the value and what would be right; the world is as before."""
    world = World()
    pool = world.pool(new=128)
    call, words = _refused(world, pool)[case]
    before = state(world)

    with pytest.raises(MisuseError, match=words):
        call()  # type: ignore[operator]

    assert state(world) == before


def _next_at(world: World, address: int) -> int:
    """Allocate objects of 64 B until one gets an address."""
    return next(found for found in iter(lambda: world.malloc(64), None) if found == address)


def test_another_object_at_the_address_of_one_that_was_dropped_gets_a_number_of_its_own() -> None:
    """What the program got and dropped dies in the next cycle; who is put from its slot later is number 2."""
    world = World()
    pool = world.pool()
    pool.put(world.malloc(64))
    address = pool.get()
    world.drop(address)  # type: ignore[arg-type]
    world.gc()

    pool.put(_next_at(world, address))  # type: ignore[arg-type]

    private = world.snapshot().pools[0].local[0].private
    assert private is not None
    assert (private.value, private.number) == (address, 2)
    world.check()


def test_what_dies_in_another_pool_is_forgotten_by_all_but_a_label_is_each_pools_own() -> None:
    """An object that one pool gave out and another dropped; the label that both know keeps its number in the first."""
    world = World()
    one, other = world.pool(), world.pool()
    one.put(world.malloc(64))
    one.put("label")
    address = one.get()
    assert one.get() == "label"
    other.put(address)
    other.put("label", boxed=True)
    world.gc()
    world.gc()

    one.put("label")
    one.put(_next_at(world, address))  # type: ignore[arg-type]

    shard = world.snapshot().pools[0].local[0]
    assert shard.private is not None
    assert [item.number for item in (shard.private, *shard.shared[0].items)] == [2, 3]
    world.check()


def test_what_one_pool_drops_another_may_still_have() -> None:
    """The second pool got the object a cycle later, and keeps it, with its number, when the first gives it up."""
    world = World()
    one, other = world.pool(), world.pool()
    address = world.malloc(64)
    one.put(address)
    world.gc()
    other.put(address)
    world.gc()

    first, second = world.snapshot().pools
    assert first.victim == ()
    private = second.victim[0].private
    assert private is not None
    assert (private.value, private.number) == (address, 1)
    world.check()


def test_what_is_dead_and_not_yet_swept_cannot_be_put() -> None:
    """A pointer to an object that no mark was found for; sweeping would free it in the pool."""
    world = World()
    pool = world.pool()
    address = world.malloc(40_000)
    world.drop(address)
    world.gc_start()
    world.mark_all()
    world.mark_done()

    with pytest.raises(MisuseError, match=f"{address:#x} is dead and waits to be swept"):
        pool.put(address)


@pytest.mark.parametrize("label", [None, FIRST_ADDRESS, "there", ["unhashable"]])
def test_a_new_that_makes_no_label_is_refused(label: object) -> None:
    """None, an address, what the pool has, what nobody can look up: the pool is as before the Get."""
    world = World(procs=2)
    pool = world.pool(new=lambda _: label)  # type: ignore[arg-type,return-value]
    pool.put("there", 1)
    digest = world.digest()

    with pytest.raises(MisuseError, match="New of pool 1 made"):
        pool.get()

    assert world.digest() == digest


def test_a_heap_without_room_refuses_as_a_whole() -> None:
    """New's object does not fit any more: no shard was made either. A Put that fits is done."""
    world = World(heap_base=END_OF_ADDRESSES - 2 * PALLOC_CHUNK_BYTES)
    pool, labels = world.pool(new=5 << 20), world.pool()
    before = state(world)

    with pytest.raises(MisuseError, match="so ask for less or start a new World"):
        pool.get()

    assert state(world) == before
    labels.put("a")
    assert labels.get() == "a"
    world.check()


def test_the_number_of_pools_has_an_end() -> None:
    """64 pools, and no more."""
    world = World()
    for _ in range(MAX_POOLS):
        world.pool()

    with pytest.raises(MisuseError, match="this world has 64 pools, and holds no more"):
        world.pool()


# Worlds


def test_copies_of_a_world_have_pools_of_their_own() -> None:
    """What the copy gets the original still has; -race drops the same Puts in both."""
    world = World()
    pool = filled(world)
    race = world.pool(race=True)
    twin = world.copy()

    for i in range(20):
        race.put(i)
        twin.pool_put(race.id, i)
    assert gets(pool) == gets(PoolHandle(twin, pool.id))

    pool.put("only here")
    assert world.digest() != twin.digest()
    assert PoolHandle(twin, pool.id).get() == 1001
    for each in (world, twin):
        each.check()


def test_an_item_keeps_its_number_while_the_pool_knows_it() -> None:
    """Numbers go by the first Put; an item that was dropped and comes again gets a new one."""
    world = World()
    pool = filled(world, 2)
    pool.put(pool.get())

    def numbers() -> list[tuple[object, int]]:
        shards = world.snapshot().pools[0].local
        items = [shards[0].private, *(item for ring in shards[0].shared for item in ring.items)]
        return [(item.value, item.number) for item in items if item is not None]

    before = numbers()
    world.gc()
    world.gc()
    pool.put(1)

    assert (before, numbers()) == ([(1, 1), (2, 2)], [(1, 3)])


def test_numbers_of_other_libraries_are_addresses_too() -> None:
    """Whatever says __index__ counts as the number it stands for."""

    class Index:
        def __init__(self, value: int) -> None:
            self.value = value

        def __index__(self) -> int:
            return self.value

    world = World()
    pool = world.pool()
    address = world.malloc(64)

    pool.put(Index(address))

    assert pool.get() == address


def test_hits_are_counted_by_where_they_were_found() -> None:
    """One of each kind, and one New."""
    world = World(procs=2)
    pool = filled(world, 3)
    gets(pool, 2)
    pool.get(1)
    pool.put("a")
    pool.put("b")
    world.gc()
    gets(pool, 3)

    info = world.snapshot().pools[0]

    assert (info.private, info.shared, info.stolen, info.victim_private, info.victim_shared) == (1, 1, 1, 1, 1)
    assert (info.hits, info.new_calls, info.puts) == (5, 1, 5)


def test_worlds_without_pools_show_none() -> None:
    """No root job, no root, nothing in the picture."""
    world = World()
    world.malloc(8)
    world.gc_start()

    assert world.snapshot().pools == ()
    assert "pools" not in world.snapshot().gc.jobs


def test_objects_of_new_are_objects_with_a_number() -> None:
    """The object graph shows them like any other that new made."""
    world = World()
    pool = world.pool(new=64, slots=[0, 3])
    address = pool.get()
    target = world.new(1, into=Global(0))

    world.write(Field(address, 3), target)  # type: ignore[arg-type]

    assert [obj.slots for obj in world.snapshot().gc.objects] == [(0, 0, 0, target), (0,)]
    assert world.load(StackSlot(1, 0)) == 0


# What check finds


def broken() -> World:
    """Return a world with a pool of objects."""
    world = World()
    pool = world.pool(new=64)
    for item in gets(pool, 4):
        pool.put(item)
    world.gc()
    for item in gets(pool, 4):
        pool.put(item)
    world.check()
    return world


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda pool, world: world.collector.memory.store(pool.local[0].address + 8, 0), "pool 1 should have"),
        (lambda pool, _: pool.held.popitem(), "its books say"),
        (lambda pool, _: setattr(pool, "victim_size", 7), "looks into 7 of 1 victims"),
        (lambda _, world: world.collector.roots.pool_vars.__setitem__(2, 8), "the variables of pools lead to"),
        (lambda _, world: world.pools.old_pools.clear(), "lists with room for 1 pools"),
        (lambda _, world: setattr(world.pools, "fits", 0), "lists with room for 0 pools"),
        (lambda _, world: world.pools.all_pools.append(2), "lists with room for 1 pools"),
        (lambda _, world: world.pools.all_pools.clear(), "all_pools are"),
        (lambda pool, _: pool.local[0].shared.dequeues[0].slots.popitem(), "a ring of 8 goes from 0 to 3"),
        (lambda pool, _: setattr(pool.local[0].shared.dequeues[0], "size", 7), "a ring of 7"),
    ],
)
def test_check_finds_what_is_broken(damage: object, words: str) -> None:
    """A word, a book, an index that is wrong."""
    world = broken()

    damage(world.pools.pools[0], world)  # type: ignore[operator]

    with pytest.raises(ThrowError, match=words):
        world.check()


def test_a_label_may_be_made_again_when_it_was_given_out() -> None:
    """A New that always says the same: the label is a new item each time."""
    numbers = count(1)
    world = World()
    pool = world.pool(new=lambda _: "same")

    assert [pool.get() for _ in range(3)] == ["same"] * 3
    pool.put("same")
    private = world.snapshot().pools[0].local[0].private
    assert private is not None
    assert private.number == 3 == [next(numbers) for _ in range(3)][-1]
