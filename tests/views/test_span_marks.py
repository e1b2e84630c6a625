"""The span view while the collector works: marks, marks that wait, what a sweep will free."""

from itertools import pairwise

from gomemlab.runtime.gc.roots import Field, Global
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.views import png
from gomemlab.views.marks import bits_of, unswept
from gomemlab.views.mspan_fields import inline_fields, main_fields
from gomemlab.views.png import Marks
from gomemlab.views.span import SpanView, frame


def chain(n: int = 3) -> tuple[World, list[int]]:
    """Return a world with objects of 24 B that point each to the next, the first from a global, the last one alone."""
    world = World()
    objects = [world.new(3) for _ in range(n + 1)]
    world.write(Global(0), objects[0])
    for here, there in pairwise(objects[:n]):
        world.write(Field(here, 0), there)
    return world, objects


def field(snapshot: Snapshot, name: str) -> str:
    """Return the words of a field of span 0."""
    return next(field.words for field in main_fields(snapshot, snapshot.spans.info(0)) if field.name == name)


def test_before_the_first_cycle_nothing_is_said_of_marks() -> None:
    """No legend of marks, no words in the headline."""
    world, _ = chain()

    drawn = frame(world.snapshot(), 0)

    assert drawn.marks == ()
    assert drawn.said.endswith("slots taken, in P0’s mcache")


def test_a_mark_that_waits_is_told_from_one_that_was_scanned() -> None:
    """Green Tea: the global's object is marked in its span and waits; a visit scans it, and the next one waits."""
    world, _ = chain()
    world.gc_start()
    while world.snapshot().gc.jobs:
        world.mark_step()

    first = bits_of(world.snapshot(), world.snapshot().spans.info(0))
    world.mark_step()
    then = bits_of(world.snapshot(), world.snapshot().spans.info(0))

    assert (first.marked, first.waiting, first.dead) == (0b1, 0b1, 0)
    assert (then.marked, then.waiting) == (0b11, 0b10)
    assert frame(world.snapshot(), 0).said.endswith("in P0’s mcache, 2 marked")
    assert field(world.snapshot(), "gcmarkBits") == "0 set, 2 inline"


def test_without_pointers_nothing_waits() -> None:
    """Three plain objects of 64 B: marked, and never to be scanned."""
    world = World()
    for _ in range(3):
        world.malloc(64)
    world.gc_start()
    while world.snapshot().gc.jobs:
        world.mark_step()

    bits = bits_of(world.snapshot(), world.snapshot().spans.info(0))

    assert (bits.marked, bits.waiting) == (0b111, 0)


def test_an_object_in_a_work_buffer_waits_too() -> None:
    """Of 1 024 B with pointers: too large for Green Tea, so it is grey alone, and black once it was scanned."""
    world = World()
    world.new(2, size=1024)
    world.write(Global(0), world.new(2, size=1024))
    world.gc_start()
    while world.snapshot().gc.jobs:
        world.mark_step()

    first = bits_of(world.snapshot(), world.snapshot().spans.info(0))
    world.mark_step()
    then = bits_of(world.snapshot(), world.snapshot().spans.info(0))

    assert (first.marked, first.waiting) == (0b10, 0b10)
    assert (then.marked, then.waiting) == (0b10, 0)


def test_dead_is_what_has_no_mark_when_marking_is_over() -> None:
    """Seven slots of 1 152 B, three dropped: dead once marking ended, free once the span is swept."""
    world = World()
    objects = [world.malloc(1152) for _ in range(7)]
    world.read_mem_stats()
    world.drop(objects[:3])
    world.gc_start()
    world.mark_all()
    marking = frame(world.snapshot(), 0)
    world.mark_done()
    ended = frame(world.snapshot(), 0)
    world.sweep_one()
    after = frame(world.snapshot(), 0)

    assert marking.marks == (4, 0, 0)
    assert ended.marks == (4, 0, 3)
    assert ended.said.endswith(", 3 dead until it is swept")
    assert after.marks == (0, 0, 0)
    assert field(world.snapshot(), "gcmarkBits") == "no mark yet"
    assert len({marking.slots.picture, ended.slots.picture, after.slots.picture}) == 3


def test_spans_are_unswept_by_their_generation() -> None:
    """h - 2, and h + 1 in an mcache; being swept, swept, and swept and cached are not."""
    assert [unswept(8 + d, 8) for d in (-2, -1, 0, 1, 3)] == [True, False, False, True, False]


def test_the_marks_in_the_span_are_listed_with_its_fields() -> None:
    """A span of small objects has marks and scans of its own; larger ones have none, nor have stacks."""
    world, _ = chain()
    world.malloc(1152)
    world.alloc_manual(4)
    world.gc_start()
    world.mark_all()
    snapshot = world.snapshot()

    fields = [inline_fields(snapshot, snapshot.spans.info(row)) for row in range(3)]

    assert [f.name for f in fields[0]] == ["marks", "scans"]
    assert [f.value for f in fields[0]] == ["3 bits set", "3 bits set"]
    assert fields[1:] == [(), ()]


def test_a_mark_is_a_square_and_a_waiting_one_a_ring() -> None:
    """Slot 0 is marked, slot 1 waits; slot 2 has nothing in its corner."""
    picture = png.slots(2, 0b111, 0, 3, marks=Marks(0b011, 0b010, 0))

    wide = 588 // 3
    corners = [picture[:12, i * wide : i * wide + 12] for i in range(3)]
    black = [int((corner == png.MARK).sum()) for corner in corners]
    assert black[0] > black[1] > black[2] == 0


def test_a_dead_slot_is_hatched_and_the_others_keep_their_colour() -> None:
    """Of two slots the first is dead: lines on a light ground, none of them in the second."""
    picture = png.slots(2, 0b11, 0, 2, marks=Marks(dead=0b01))

    assert {png.WARN, png.WARN_SOFT} <= set(picture[:, :290].ravel())
    assert (picture[:, 300:] == 2).any()
    assert not (picture[:, 300:] == png.WARN).any()


def test_the_legend_counts_the_marks() -> None:
    """Marked, waiting, dead, each with its sign."""
    world, _ = chain()
    world.gc()
    view = SpanView()
    view.host.choose(0)
    view.update(world.snapshot())

    text = view.drawing.value

    assert "dead: a sweep frees <b>0</b>" in text
    view.close()
