"""The panel of stacks: start, call, return, point, collect, end; each a command, each refusal a sentence."""

from collections.abc import Iterator

import pytest

from gomemlab.commands import Malloc
from gomemlab.panels.lab import Lab
from gomemlab.panels.stacks import MOST_CALLS, NEWEST, OLDEST, SIZES, Stacks, slots_of
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.stackcommands import CallFrame, Go, GoExit, GoMany, Point
from gomemlab.views.stacks_facts import Frame


@pytest.fixture
def panel() -> Iterator[Stacks]:
    """Return the panel of a lab of its own."""
    lab = Lab()
    yield lab.stacks()
    lab.close()


def last(panel: Stacks) -> Frame:
    """Return what is on screen."""
    panel.lab.settle()
    assert panel.last is not None
    return panel.last


def call(panel: Stacks, nbytes: int, times: int = 1) -> None:
    """Type bytes and depth, and press call."""
    panel.bytes.value, panel.times.value = nbytes, times
    panel.call()
    panel.lab.settle()


def press(panel: Stacks, words: str) -> None:
    """Press a button by its words or, without words, by its tooltip."""
    rows = [child for child in panel.body.children if "gm-stkrow" in child._dom_classes]
    rows += next(
        child for child in panel.body.children if hasattr(child, "children") and len(child.children) == 2
    ).children
    buttons = [widget for row in rows for widget in getattr(row, "children", ())]
    next(b for b in buttons if words in {getattr(b, "description", ""), getattr(b, "tooltip", "") or "-"}).click()


def test_go_starts_a_goroutine_and_shows_it(panel: Stacks) -> None:
    """G2 with a stack of 2 048 B on this heap."""
    press(panel, "go")

    drawn = last(panel)
    assert drawn.g == 2
    assert drawn.modelled
    assert panel.lab.timeline.commands == [Go(0, 2)]


def test_a_call_that_does_not_fit_makes_the_stack_grow(panel: Stacks) -> None:
    """Four frames of 256 B fit into 2 048 B; the fifth does not."""
    press(panel, "go")
    call(panel, 256, 4)
    assert last(panel).move is None

    press(panel, "call")
    call(panel, 256)

    line = panel.lab.timeline.commands
    assert last(panel).stack.size == 4096  # type: ignore[union-attr]
    assert line[-1] == CallFrame(2, 256, 2)


def test_the_slider_sets_the_bytes_of_a_frame(panel: Stacks) -> None:
    """Its steps are from 32 B to 384 MiB, two to a doubling."""
    panel.slider.value = SIZES.index(4096)

    assert panel.bytes.value == 4096
    assert (SIZES[0], SIZES[-1]) == (32, 384 << 20)


def test_a_small_frame_has_the_slots_that_fit(panel: Stacks) -> None:
    """16 B: the two links and no slot."""
    press(panel, "go")
    call(panel, 16)

    assert panel.lab.timeline.commands[-1] == CallFrame(2, 16, 0)


def test_a_local_that_points_to_another_is_seen_to_move(panel: Stacks) -> None:
    """The newest frame's slot is written; after growth the pointer has another address and the same height."""
    press(panel, "go")
    call(panel, 256, 4)
    press(panel, "Point")
    before = last(panel).arrows[0]
    call(panel, 256)
    after = last(panel).arrows[0]

    assert panel.lab.timeline.commands[-2] == Point(StackSlot(2, 8), StackSlot(2, 0))
    assert (before.to, before.at) == (after.to, after.at)
    assert before.value != after.value
    assert panel.lab.snapshot.gc.dangling == ()


def test_a_chosen_slot_stays_chosen(panel: Stacks) -> None:
    """The menus offer new slots, and the reader's choice stays while it is there."""
    press(panel, "go")
    call(panel, 256, 3)
    panel.to.value = StackSlot(2, 4)
    call(panel, 256)
    assert panel.to.value == StackSlot(2, 4)

    panel.back(MOST_CALLS)
    last(panel)
    assert panel.to.value == StackSlot(2, 0)


def test_of_many_frames_the_slots_of_both_ends_are_offered(panel: Stacks) -> None:
    """A hundred frames of two slots: those of the first four and the last twelve."""
    press(panel, "go")
    call(panel, 64, 100)

    slots = slots_of(panel.lab.snapshot.stacks.goroutines[1])

    assert len(slots) == 2 * (NEWEST + OLDEST)
    assert slots[-1] == ("f#100[1]", StackSlot(2, 201))


def test_gc_halves_an_empty_stack(panel: Stacks) -> None:
    """16 KiB after recursion; return all, then each GC halves it."""
    press(panel, "go")
    call(panel, 256, 40)
    press(panel, "return all")
    sizes = []
    for _ in range(4):
        press(panel, "GC")
        sizes.append(last(panel).stack.size)  # type: ignore[union-attr]

    assert sizes == [8192, 4096, 2048, 2048]


def test_return_takes_one_frame(panel: Stacks) -> None:
    """Two calls, one return: the first frame and one more."""
    press(panel, "go")
    call(panel, 64, 2)
    press(panel, "return")

    assert last(panel).frames == 2


def test_returning_from_the_first_frame_is_refused(panel: Stacks) -> None:
    """The banner says what to do; nothing has happened."""
    press(panel, "go")
    press(panel, "return all")

    assert "call something" in str(panel.lab.error)
    assert len(panel.lab.timeline) == 1


def test_exit_ends_the_goroutine_and_shows_another(panel: Stacks) -> None:
    """G2 ends, its g waits; G1 is shown; G1 cannot end, as Go says."""
    press(panel, "go")
    press(panel, "exit")
    assert last(panel).g == 1
    assert last(panel).numbers.dead == 1
    assert panel.lab.timeline.commands[-1] == GoExit(2)

    press(panel, "exit")
    assert "deadlock!" in str(panel.lab.error)


def test_a_stack_beyond_the_limit_is_said_in_gos_words(panel: Stacks) -> None:
    """Recursion with 100 MB a frame: some calls are made, one is refused, and the lab goes on."""
    press(panel, "go")
    panel.bytes.value, panel.times.value = 100_000_000, 20
    press(panel, "call")

    assert "goroutine stack exceeds 1000000000-byte limit" in str(panel.lab.error)
    assert "stack overflow" in str(panel.lab.error)
    assert last(panel).stack.size == 1 << 29  # type: ignore[union-attr]
    press(panel, "return all")
    assert last(panel).frames == 1
    assert panel.lab.error is None


def test_deep_recursion_runs_with_progress(panel: Stacks) -> None:
    """Five thousand calls are long work, which can be stopped."""
    press(panel, "go")
    call(panel, 64, 5000)
    panel.lab.wait()

    assert last(panel).frames == 5001


def test_many_goroutines_start_at_once(panel: Stacks) -> None:
    """Some are one command; thousands are commands of a thousand each, with progress."""
    panel.count.value = 20
    press(panel, "go")
    assert panel.lab.timeline.commands == [GoMany(20, 2, 0)]

    panel.count.value = 2500
    press(panel, "go")
    panel.lab.wait()

    assert panel.lab.timeline.commands[1:] == [GoMany(1000, 2, 0), GoMany(1000, 2, 0), GoMany(500, 2, 0)]
    assert last(panel).numbers.living == 2521


def test_the_buttons_go_to_the_stacks_moves(panel: Stacks) -> None:
    """Seven calls, one growth: back to its tick; before it there is none, after it none either."""
    press(panel, "go")
    call(panel, 256, 7)
    press(panel, "go to the stack's previous move")
    assert panel.lab.tick == 6
    assert last(panel).move is not None

    press(panel, "go to the stack's previous move")
    assert "did not move before tick 6" in str(panel.lab.error)
    panel.lab.tick = 2
    press(panel, "go to the stack's next move")
    assert panel.lab.tick == 6
    with pytest.raises(MisuseError, match="did not move after"):
        panel.to_move(1)


def test_a_goroutine_is_chosen_by_number_and_by_arrow(panel: Stacks) -> None:
    """The field, the arrows; the ends hold."""
    for _ in range(3):
        press(panel, "go")
    last(panel)
    panel.number.value = 2
    assert last(panel).g == 2

    shown = []
    for by in (1, 1, 1, -1, -1, -1, -1):
        panel.turn(by)
        shown.append(last(panel).g)

    assert shown == [3, 4, 4, 3, 2, 1, 1]


def test_its_span_is_picked(panel: Stacks) -> None:
    """The lab's pick goes to the stack's span; one that came with the process has none."""
    with pytest.raises(MisuseError, match="came with the process"):
        panel.pick_span()
    press(panel, "go")
    last(panel)
    panel.find.click()

    own = last(panel).own
    assert own is not None
    assert panel.lab.pick == own.span


def test_at_a_tick_before_its_start_a_goroutine_can_do_nothing(panel: Stacks) -> None:
    """Back at tick 0, G2 is not alive: the view says so, and call is refused."""
    press(panel, "go")
    panel.lab.tick = 0

    assert last(panel).stack is None
    press(panel, "call")
    assert "G2 is not alive at tick 0" in str(panel.lab.error)
    panel.to.options, panel.local.options = [], []


def test_without_slots_there_is_nothing_to_point_with() -> None:
    """A goroutine whose frame has no slot."""
    lab = Lab()
    lab.do(Go(0, 0))
    panel = lab.stacks()

    with pytest.raises(MisuseError, match="no pointer slot"):
        panel.point()
    lab.close()


def test_the_part_in_use_can_be_drawn_large(panel: Stacks) -> None:
    """The toggle draws the same moment again."""
    press(panel, "go")
    panel.zoom.value = True

    assert last(panel).zoom


def test_the_lab_shows_stacks_among_its_views() -> None:
    """By name, beside others; any other command is drawn as well."""
    lab = Lab(procs=2, views=("transport", "stacks", "heap_map"))
    lab._repr_mimebundle_()
    lab.do(Malloc(24))

    stacks = lab.room.shown["stacks"] if lab.room else None

    assert isinstance(stacks, Stacks)
    assert [value for _, value in stacks.p.options] == [0, 1]
    assert stacks.notices is None
    lab.close()
