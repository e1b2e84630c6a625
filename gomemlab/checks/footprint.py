"""One heap in six numbers: what a monitor shows, by the names that it uses.

A world makes objects of a MiB and drops three out of four. What is left of them in HeapAlloc, and what the process
still has, are then as far apart as a learner has seen it at work.

Go: runtime/mstats.go, MemStats.
Left out: garbage that no collection has found yet, and memory on its way back to the OS; both need parts of the runtime
that are not modelled yet.
"""

from gomemlab.runtime.world import World

SIZE, OBJECTS, KEPT_EACH = 1 << 20, 16, 4  # bytes; objects made; of so many one is kept
HEAD = ("number", "MiB", "what it counts")


def dropped() -> World:
    """Return a world that has made large objects and then dropped most of them."""
    world = World()
    for i, address in enumerate([world.malloc(SIZE) for _ in range(OBJECTS)]):
        if i % KEPT_EACH:
            world.free_span(address)
    return world


def rows(world: World) -> list[tuple[str, int, str]]:
    """Return the six numbers of a world as rows: name, MiB, meaning."""
    stats = world.mstats()
    numbers = (
        ("HeapAlloc", stats.heap_alloc, "slots of objects that are alive, or dead and not swept yet"),
        ("HeapInuse", stats.heap_inuse, "spans of objects: HeapAlloc, free slots, and the ends that are no slot"),
        ("HeapIdle", stats.heap_idle, "free pages, ready for the next span"),
        (
            "HeapReleased",
            stats.heap_released,
            "the part of HeapIdle with no memory behind it: never used, or given back",
        ),
        ("HeapSys", stats.heap_sys, "HeapInuse + HeapIdle: addresses made usable, stacks apart"),
        ("RSS, the heap’s part", stats.heap_sys - stats.heap_released, "at most HeapSys − HeapReleased"),
    )
    return [(name, nbytes >> 20, meaning) for name, nbytes, meaning in numbers]
