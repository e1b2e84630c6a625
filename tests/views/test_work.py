"""Work: what waits, in which order, and the log in the names of the graph."""

from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.world import World
from gomemlab.views.object_graph_facts import Graph
from gomemlab.views.work import EVENTS, ROWS, Work, by_number, frame


def marking(marker: str, objects: int = 3, barrier: str = "hybrid") -> World:
    """Return a world whose globals were scanned: so many objects hang from one slot each of the first."""
    world = World(marker=marker, barrier=barrier)
    first = world.new(objects, into=Global(0))
    for slot in range(objects):
        world.new(1, into=Field(first, slot))
    world.gc_start()
    world.mark_root("globals")
    return world


def test_the_object_queued_last_comes_first() -> None:
    """1 was scanned and greyed 2, 3 and 4."""
    world = marking("classic")
    world.mark_root("G1's stack")
    world.mark_step()

    drawn = frame(world.snapshot(), [], 0)

    assert [item.name for item in drawn.objects] == ["4", "3", "2"]
    assert [item.note.split(":")[0] for item in drawn.objects] == ["next", "2nd", "3rd"]
    assert "Object 4 came next" in drawn.said


def test_of_many_waiting_objects_a_few_are_shown_and_the_rest_counted() -> None:
    """Nine wait."""
    world = marking("classic", 9)
    world.mark_root("G1's stack")
    world.mark_step()

    drawn = frame(world.snapshot(), [], 0)

    assert (len(drawn.objects), drawn.more_objects) == (ROWS, 9 - ROWS)


def test_with_green_tea_small_objects_wait_by_the_span() -> None:
    """1 waits in its span."""
    world = marking("greentea")
    world.mark_root("G1's stack")

    drawn = frame(world.snapshot(), [], 0)

    assert drawn.green_tea
    assert drawn.objects == ()
    assert "1 to scan (1)" in drawn.spans[0].note
    assert "waited longest" in drawn.said


def test_the_barrier_buffer_names_its_pointers_and_marks_those_that_a_flush_shades() -> None:
    """slot[0] = nil queued the old pointer, to white 2."""
    world = marking("classic")
    first = world.load(Global(0))
    world.assign(Field(first, 0), None)

    (buffer,) = frame(world.snapshot(), [], 0).buffers

    assert buffer.pointers[-1] == "2*"
    assert buffer.filled == len(buffer.pointers)


def test_root_jobs_come_before_everything_else() -> None:
    """G1's stack is left."""
    drawn = frame(marking("classic").snapshot(), [], 0)

    assert drawn.jobs == ("G1's stack",)
    assert "next root job was G1&#x27;s stack" in drawn.said


def test_sentences_have_the_names_that_the_graph_shows() -> None:
    """An address becomes a number, a stack slot its frame's name."""
    world = World()
    address = world.new(1, into=StackSlot(1, 0))
    graph = Graph(world.snapshot().gc)

    assert by_number(graph, f"G1: {address:#x}.slot[0] = 0xdead") == "G1: 1.slot[0] = 0xdead"
    assert by_number(graph, "G1.stack[1] = global[0]; G7.stack[0], global[9]") == (
        "main.main[1] = main.v0; G7.stack[0], global[9]"
    )
    assert by_number(graph, f"G1 made object 1 at {address:#x}.") == "G1 made object 1."


def test_the_view_shows_every_section_and_keeps_its_box_while_nothing_waits() -> None:
    """A world at rest."""
    world = World()
    view = Work()
    view.update(world.snapshot())

    html = view.grid.value

    for words in ("Work buffer", "Span queue", "Write barrier buffer", "What happened", "no cycle marks now"):
        assert words in html
    assert 'class="rows"' in html
    view.close()


def test_a_loss_stands_out_in_the_log() -> None:
    """Without a barrier 2 is moved behind the worker's back."""
    world = World(marker="classic", barrier="none")
    first = world.new(1, into=Global(0))
    world.new(0, 16, into=Field(first, 0))
    world.gc_start()
    world.mark_root("G1's stack")
    world.assign(StackSlot(1, 0), Field(first, 0))
    world.assign(Field(first, 0), None)
    world.mark_all()
    world.mark_done()
    snapshot = world.snapshot()

    drawn = frame(snapshot, [(9, event) for event in reversed(snapshot.events)], 9)

    assert any(line.bad for line in drawn.lines)
    assert len(drawn.lines) <= EVENTS


def test_the_log_tells_of_a_sweep_that_freed_and_not_of_others() -> None:
    """Of two spans one has no mark: its pages go back."""
    world = World(marker="classic")
    for place in (StackSlot(1, 0), StackSlot(1, 1)):
        world.new(1, 40_000, into=place)
    world.assign(StackSlot(1, 1), None)
    world.gc_start()
    world.mark_all()
    world.mark_done()
    world.sweep_all()

    drawn = frame(world.snapshot(), [(9, event) for event in reversed(world.events)], 9)

    assert [line.words for line in drawn.lines] == [
        "Span 1 was freed: 5 pages from page 5 are idle again.",
        "Sweeping span 1 freed 1 slot; 0 of 1 stay taken.",
    ]
