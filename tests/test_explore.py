"""Searching every schedule of a small world, on the very barrier and marking code of the model."""

from itertools import product
from random import Random

import pytest

from gomemlab import Exploration, MisuseError, Timeline, World, explore
from gomemlab.commands import (
    Assign,
    Command,
    FlushBarrier,
    GCStart,
    GoStart,
    MarkAll,
    MarkDone,
    MarkRoot,
    New,
    Send,
)
from gomemlab.exploring import report
from gomemlab.exploring.packing import BORN, GREYS, MARKS, SCANNED, State, canonical, reached, renamings, white
from gomemlab.exploring.rules import Rules, Shape
from gomemlab.exploring.schedule import beginning
from gomemlab.exploring.search import Search
from gomemlab.exploring.smallworld import SmallWorld
from gomemlab.runtime.gc.barrier import BARRIERS, Barrier
from gomemlab.runtime.gc.checkmark import reachable
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.gcinfo import BLACK, GREY, WHITE

SAFE = None
H2F1G2T1, H2F2G2T1 = Shape(2, 1, 2, 1), Shape(2, 2, 2, 1)
A, ON_1, ON_2 = Global(0), StackSlot(1, 0), StackSlot(2, 0)


def played(start: World, schedule: list[Command]) -> Timeline:
    """Return the timeline of a schedule."""
    line = Timeline(start)
    line.extend(schedule)
    return line


def lost_by(found: Exploration) -> tuple[int, ...]:
    """Play what a search found, and return what it loses."""
    assert found.start is not None
    assert found.lost is not None
    return played(found.start, found.lost).world.snapshot().gc.lost


# What breaks the hybrid, and what does not


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rules", "steps"),
    [
        pytest.param({"allocates_black": False}, 1, id="white allocation"),
        pytest.param({"barrier": Barrier("x", shades_old=True, shades_new=True, on_nil=False)}, 2, id="none on nil"),
        pytest.param({"barrier": Barrier("x", shades_old=True, shades_new=True, on_globals=False)}, 2, id="on globals"),
        pytest.param({"shading": "unflushed"}, 2, id="the end with buffers unflushed"),
        pytest.param({"shading": "buffered"}, SAFE, id="buffers that the end requires empty"),
        pytest.param({"shading": "in two"}, 2, id="store first, shade later"),
        pytest.param({"go": "unshaded"}, 2, id="go without shading"),
        pytest.param({"go": "shaded"}, SAFE, id="go"),
        pytest.param({"send": "unshaded"}, 2, id="send without shading"),
        pytest.param({"send": "shaded"}, SAFE, id="send"),
        pytest.param({"barrier": "yuasa", "stacks_first": True, "slots": 2}, 3, id="Yuasa with stacks first"),
        pytest.param({"barrier": "yuasa", "stacks_first": True}, SAFE, id="and with one slot"),
    ],
)
def test_what_go_takes_care_of(rules: dict[str, object], steps: int | None) -> None:
    """Each thing that Go does beside the barrier is needed: without it a schedule of one or two steps loses."""
    found = explore(**rules)  # type: ignore[arg-type]  # a table of arguments

    assert (found.steps, found.complete) == (steps, True)
    if steps is not None:
        assert lost_by(found)


@pytest.mark.slow
def test_states_without_a_white_object_in_reach_may_be_passed_over() -> None:
    """Without a barrier, stacks scanned first and last: four steps lose an object, in 802 states of 2,007."""
    whole, pruned = (explore("none", rescan=True, snapshot=True, prune=prune) for prune in (False, True))

    assert whole.steps == pruned.steps == 4
    assert pruned.states < whole.states
    assert lost_by(whole)
    assert lost_by(pruned)


def first_schedules() -> dict[str, tuple[World, list[Command], list[Command]]]:
    """Return the shortest schedules worth teaching: a world, what builds its graph, and the schedule."""
    stack, stack_2, data = MarkRoot("G1's stack"), MarkRoot("G2's stack"), MarkRoot("globals")
    drop = Assign(ON_1, None)
    in_global, on_stack = [New(1, into=A)], [New(1, into=ON_1)]
    return {
        "dijkstra": (World(barrier="dijkstra"), in_global, [GCStart(), stack, Assign(ON_1, A), Assign(A, None), data]),
        "yuasa": (World(barrier="yuasa"), on_stack, [GCStart(), data, Assign(A, ON_1), drop, stack]),
        "none": (
            World(barrier="none", rescan=True),
            in_global,
            [GCStart(), stack, Assign(ON_1, A), Assign(A, None), data, Assign(A, ON_1), drop],
        ),
        "send": (
            World(goroutines=2),
            on_stack,
            [GCStart(), stack_2, data, Send(ON_2, ON_1, shade=False), drop, stack],
        ),
        "go": (World(), on_stack, [GCStart(), data, GoStart(1, (ON_1,), shade=False), drop, stack]),
        "stacks first": (
            World(barrier="yuasa"),
            on_stack,
            [GCStart(), New(1, into=StackSlot(1, 1)), Assign(Field(0, 0), ON_1), drop, stack, data],
        ),
    }


@pytest.mark.parametrize("which", first_schedules())
def test_the_shortest_schedules_lose_an_object_in_a_timeline(which: str) -> None:
    """Dijkstra: scan the stack; load A; global = nil; scan the global. A is reachable and white."""
    start, graph, schedule = first_schedules()[which]
    line = played(start, graph)
    for command in schedule:
        to_new = isinstance(command, Assign) and isinstance(command.to, Field)
        line.do(Assign(Field(max(line.world.collector.births), 0), ON_1) if to_new else command)

    assert line.do(MarkDone())
    assert len(line.world.snapshot().gc.lost) == 1


@pytest.mark.parametrize("which", ["dijkstra", "yuasa", "none"])
def test_the_same_schedules_are_saved_by_the_hybrid(which: str) -> None:
    """The same moves; only the barrier is another one."""
    start, graph, schedule = first_schedules()[which]

    line = played(start.with_policy("hybrid"), [*graph, *schedule, FlushBarrier(), MarkAll(), MarkDone()])

    assert line.world.snapshot().gc.lost == ()


# The small world is the model


SCENES = [
    (Rules(BARRIERS["hybrid"]), H2F1G2T1),
    (Rules(BARRIERS["published"]), Shape(3, 2, 2, 2)),
    (Rules(BARRIERS["dijkstra"], rescan=True), Shape(3, 3, 2, 2)),
    (Rules(BARRIERS["hybrid"], shading="buffered", send=True, go=True), Shape(3, 5, 3, 2)),
    (Rules(BARRIERS["yuasa"], allocates_black=False, stacks_first=True), H2F2G2T1),
]
COLOURS = {(0, 0): WHITE, (1, 1): GREY, (1, 0): BLACK}


def picture(state: State, shape: Shape) -> tuple[object, ...]:
    """Return a packed state in the words of a snapshot."""
    colours = [COLOURS[state[MARKS] >> i & 1, state[GREYS] >> i & 1] for i in range(state[BORN])]
    return state[: shape.pointers], colours, state[SCANNED]


def pictured(world: World, shape: Shape) -> tuple[object, ...]:
    """Return the same of a world."""
    gc = world.snapshot().gc
    names = {0: 0} | {obj.address: obj.number for obj in gc.objects}
    stacks = [pointer for stack in gc.stacks for frame in stack.frames for pointer in frame.slots]
    fields = [pointer for obj in gc.objects for pointer in obj.slots]
    pointers = [gc.globals[0].pointer, *stacks, *[0] * (shape.goroutines * shape.slots - len(stacks)), *fields]
    pointers += [0] * (shape.pointers - len(pointers))
    scanned = gc.globals_scanned + sum(stack.scanned << stack.g for stack in gc.stacks)
    return bytes(names[p] for p in pointers), [obj.colour for obj in gc.objects], scanned


@pytest.mark.parametrize(("rules", "shape"), SCENES)
@pytest.mark.parametrize("seed", range(20))
def test_a_packed_step_is_what_the_command_does_to_a_world(rules: Rules, shape: Shape, seed: int) -> None:
    """40 steps at random from a graph at random: after each the world and the packed state show the same."""
    random, search = Random(seed), Search(shape, rules, renamed=True, prune=False)
    running, born = shape.goroutines - (rules.go is not None), random.randint(1, shape.objects)
    places = bytearray(random.randint(0, born) for _ in range(1 + running * shape.slots + born * shape.fields))
    above = bytes(places[: 1 + running * shape.slots]) + bytes((shape.goroutines - running) * shape.slots)
    pointers = (above + bytes(places[1 + running * shape.slots :])).ljust(shape.pointers, b"\0")
    state = pointers + bytes((0, 0, 0, born, 0, running))
    world = beginning(state, shape, rules)
    world.gc_start()

    for _ in range(40):
        search.world.put(state)
        command = random.choice([*search.moves.of_marker(state), *search.moves.of_program(state)])
        state = search.world.after(command)
        command.apply(world)
        if rules.shading == "at once":
            world.flush_barrier()
        assert pictured(world, shape) == picture(state, shape), command


def ends(shape: Shape) -> list[State]:
    """Return every state of a world of two objects in which the marker has nothing left to do."""
    graphs = product(range(3), repeat=shape.pointers)
    return [bytes((*names, marks, 0, 0, 2, 7, 2)) for names in graphs for marks in range(4)]


def with_rescan(state: State, shape: Shape) -> int:
    """Return the marks after all stacks were scanned again: whoever has a mark already is not scanned again."""
    above, marks = 1 + shape.goroutines * shape.slots, state[MARKS]
    waiting = list(state[1:above])
    while waiting:
        name = waiting.pop()
        if name and not marks >> name - 1 & 1:
            marks |= 1 << name - 1
            waiting += state[above + (name - 1) * shape.fields :][: shape.fields]
    return marks


@pytest.mark.slow
@pytest.mark.parametrize("rescan", [False, True])
def test_what_is_lost_at_the_end_is_reached_and_white(rescan: bool) -> None:
    """All 972 ends of the smallest world, by the marker and checkmark, and by a walk over the packed state."""
    world = SmallWorld(H2F1G2T1, Rules(BARRIERS["none"], rescan=rescan))

    for state in ends(H2F1G2T1):
        world.put(state)
        walked = reachable(world.allocator.heap, world.collector.memory, world.collector.roots)
        alive, whites = reached(state, H2F1G2T1), white(state)
        marks = with_rescan(state, H2F1G2T1) if rescan else state[MARKS]
        assert sum(1 << slot for _, slot in walked) == alive
        assert whites == 3 & ~state[MARKS]
        assert world.loses() == bool(alive & ~marks)


def test_equal_but_for_names_is_equal_bytes() -> None:
    """A.0 = B with B grey, and B.0 = A with A grey, are one state."""
    same, random = canonical(Shape(3, 2, 2, 1)), Random(7)
    for _ in range(300):
        names = [random.randint(0, 3) for _ in range(9)]
        marks, greys, waiting = (random.randint(0, 7) for _ in range(3))
        state = bytes((*names, marks, greys, waiting, 3, 5, 2))

        for table, order, bits in renamings(3):
            objects = b"".join(state[3 + 2 * i : 5 + 2 * i] for i in order)
            sets = bytes((bits[marks], bits[greys], bits[waiting]))
            other = (state[:3] + objects).translate(table) + sets + state[BORN:]
            assert same(other) == same(state)


# What is refused, what is said


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (
            {"objects": 3, "fields": 2},
            "up to 9,437,184 states, .* 3,000,000 .* cut it: objects=2 leaves 78,732, or f",
        ),
        ({"objects": 8, "slots": 8}, "cut it: objects=2, slots=[0-9] leaves [0-9,]+$"),
        ({"goroutines": 9}, "9 goroutines cannot be searched; give 1 to 7"),
        ({"slots": 0}, "0 slots cannot be searched; give 1 to 8"),
        ({"fields": 1.5}, "1.5 is not a whole number"),
        ({"barrier": "both"}, "no barrier 'both'; choose one of hybrid, "),
        ({"rescan": "yes"}, "'yes' is neither True nor False"),
        ({"shading": "never"}, "no shading 'never'; choose one of at once"),
        ({"send": "white"}, "send 'white' is not possible"),
        ({"go": ["shaded"]}, "go .* is not possible"),
        ({"prune": True, "allocates_black": False}, "leave it out"),
        ({"max_states": -1}, "max_states -1 leaves nothing to search; give 1 or more"),
        ({"max_states": "many"}, "'many' is not a whole number"),
    ],
)
def test_a_world_that_cannot_be_searched_is_refused_in_words(shape: dict[str, object], words: str) -> None:
    """Three objects with two fields each are too many: it says how many, and what each cut would leave."""
    with pytest.raises(MisuseError, match=words):
        explore(**shape)  # type: ignore[arg-type]  # a table of arguments


def test_a_search_can_be_watched_and_stopped() -> None:
    """Stopped at the third look: no verdict."""
    told: list[int] = []

    found = explore(progress=told.append, stop=lambda: len(told) > 2)

    assert (found.lost, found.steps, found.start, found.complete) == (None, None, None, False)
    assert found.said() == []
    assert told == sorted(told)
    assert told[-1] == found.states < 6_759
    assert str(found) == f"No loss so far; {found.states:,} states were searched, and there are more."


def test_a_search_gives_up_at_the_states_that_it_may_keep() -> None:
    """Ten are fewer than there are to begin with; of 2,000 some are known and not searched yet."""
    few, many = explore(max_states=10), explore(max_states=2_000)

    assert (many.complete, many.lost) == (False, None)
    assert few.states == 10
    assert 500 < many.states <= 2_000


def test_a_find_begins_in_a_world_of_its_own_each_time() -> None:
    """Played twice, lost twice; it does not mark before."""
    found = explore("dijkstra")

    assert found.start is not None
    assert not found.start.snapshot().gc.marking
    assert lost_by(found) == lost_by(found) != ()


def test_the_command_prints_the_schedule_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    """Objects are A and B; status 1 says that one was lost."""
    status = report.main(["--barrier", "dijkstra"])

    assert status == report.LOST
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  at the start: global[0] = A",
        "  1. start marking",
        "  2. P0 scans G1's stack",
        "  3. P0 scans G2's stack",
        "  4. G1: G1.stack[0] = global[0]",
        "  5. G1: global[0] = nil",
        "  6. P0 scans globals",
        "  7. end marking",
        "  the program reaches A, which has no mark: it would be freed",
    ]


@pytest.mark.slow
def test_the_command_names_what_is_made_on_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    """With white allocation the new object is lost."""
    status = report.main(["--white"])

    said = capsys.readouterr().out
    assert status == report.LOST
    assert "Lost after 1 step of the program" in said
    assert "new(1 pointer slot), called B" in said


def test_the_command_says_that_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0, and how many states that took."""
    status = report.main(["--barrier", "yuasa", "--snapshot"])

    assert status == report.SAFE
    said = "No schedule loses an object; 1,341 states were searched, which is all there are.\n"
    assert capsys.readouterr().out == said


def test_the_command_says_that_it_gave_up(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 3: that none was found so far is not that there is none."""
    status = report.main(["--max-states", "100"])

    assert status == report.UNKNOWN
    assert "and there are more. Go on with a larger --max-states." in capsys.readouterr().out


def test_the_command_refuses_a_world_too_large(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and what to cut, as the command has it."""
    status = report.main(["--objects", "5"])

    said = capsys.readouterr().err
    assert status == report.REFUSED
    assert "gomemlab explore: this world has up to 27,209,779 states" in said
    assert "cut it: --objects 4 leaves" in said
