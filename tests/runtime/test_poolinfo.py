"""What a snapshot tells of a pool, beyond what lies in it."""

from gomemlab.runtime.world import World


def test_what_a_pool_gave_out_is_told_until_it_is_put_or_dropped() -> None:
    """Three made by New, one put back, one dropped: the third is with the program; the newest Get is the last."""
    world = World()
    pool = world.pool(new=64)
    made = [pool.get() for _ in range(3)]
    assert [item.number for item in world.snapshot().pools[0].out] == [1, 2, 3]

    pool.put(made[0])
    assert isinstance(made[1], int)
    world.drop(made[1])

    assert [item.number for item in world.snapshot().pools[0].out] == [3]
    assert pool.get() == made[0]
    assert [item.number for item in world.snapshot().pools[0].out] == [3, 1]


def test_labels_that_were_given_out_come_first() -> None:
    """A label and an object of one pool: both are with the program."""
    world = World()
    pool = world.pool()
    pool.put(world.malloc(64))
    pool.put("label")
    pool.put("stays")
    pool.get()
    assert pool.get() == "stays"
    pool.put("stays")

    pool.get()
    pool.get()

    assert [item.value if isinstance(item.value, str) else "object" for item in world.snapshot().pools[0].out] == [
        "label",
        "stays",
        "object",
    ]


def test_what_race_threw_away_is_with_nobody() -> None:
    """A hundred Gets and Puts of labels under -race: a dropped one is neither in the pool nor with the program."""
    world = World()
    pool = world.pool(race=True)
    pool.put("a")
    pool.put("b")

    for _ in range(100):
        item = pool.get()
        if item is not None:
            pool.put(item)

    assert pool.get() is None
    assert world.snapshot().pools[0].out == ()
