"""The pacer view: a frame is a pure picture of a run, and the figures move without being built anew."""

import math

import bqplot as bq
import numpy as np
import pytest

from gomemlab.pacing.run import OFF
from gomemlab.pacing.workload import MIB
from gomemlab.views import pacer_html, pacer_words
from gomemlab.views.base import under
from gomemlab.views.pacer import PacerPlots
from gomemlab.views.pacer_facts import axis_for, cycle_at, frame, gogc_for, triggers
from gomemlab.views.timeplot import ticks_up
from gomemlab.views.words import GIB, KIB
from tests import pacerruns
from tests.pacerruns import cycle, run

THREE = run(cycle(1), cycle(2), cycle(3))


def plots() -> PacerPlots:
    """Return plots whose clicks and drags nobody hears."""
    return PacerPlots(lambda _: None, lambda *_: None)


def test_the_saw_tooth_grows_to_the_start_marks_to_the_end_and_falls_to_what_was_marked() -> None:
    """Of the cycle at 0.8 s to 1.0 s: 70, 80, 40 MiB; the line ends where the run does."""
    shown = frame(THREE)

    assert shown.heap.xs[:5] == (0.0, 0.8, 1.0, 1.0, 1.8)
    assert shown.heap.ys[:5] == (0.0, 70.0 * MIB, 80.0 * MIB, 40.0 * MIB, 70.0 * MIB)
    assert (shown.heap.xs[-1], shown.heap.ys[-1]) == (3.5, 50.0 * MIB)


def test_marking_is_drawn_in_pieces() -> None:
    """Three samples of each cycle, and a gap after each but the last."""
    shown = frame(THREE)

    assert sum(map(math.isnan, shown.marking.ys)) == 2
    assert shown.marking.ys[:3] == (70.0 * MIB, 75.0 * MIB, 80.0 * MIB)


def test_goal_and_trigger_hold_until_the_cycle_ends() -> None:
    """80 and 70 MiB from 0 s to 1 s, and so on; off is a goal above the picture."""
    off = frame(run(cycle(1, gogc=OFF, goal=1 << 43)))

    assert frame(THREE).goal == ((0.0, 1.0, 1.0, 2.0, 2.0, 3.0), (80.0 * MIB,) * 6)
    assert frame(THREE).trigger.ys[0] == 70 * MIB
    assert off.goal.ys[0] == pytest.approx(1.2 * off.axis.top)


def test_workers_and_assists_are_percent_of_all_ps() -> None:
    """One worker of four Ps is 25 %; in the second half of a cycle 0.8 Ps assist: 45 %."""
    shown = frame(THREE)

    assert max(shown.workers.ys) == 25.0
    assert max(shown.both.ys) == pytest.approx(45.0)
    assert shown.cpu_top == 50.0
    assert frame(run(cycle(1, inside=(), workers_s=0.7))).cpu_top == 100.0


def test_a_moment_belongs_to_the_cycle_that_ends_after_it() -> None:
    """At 1.5 s it is the second cycle; behind the last still the last; without cycles none."""
    assert [cycle_at(THREE, at) for at in (0.0, 1.0, 1.5, 9.0)] == [0, 0, 1, 2]
    assert cycle_at(run(), 1.0) is None


def test_the_pacer_may_start_between_45_and_61_64ths() -> None:
    """From 40 to 72 MiB: 62.5 to 70.5; from 40 to 400 MiB up to 4 MiB below the goal."""
    assert [at / MIB for at in triggers(40 * MIB, 72 * MIB)] == [62.5, 70.5]
    assert triggers(40 * MIB, 400 * MIB)[1] == 396 * MIB


def test_a_dragged_goal_is_turned_into_gogc() -> None:
    """40 MiB live and 43 to count: a goal of 61.5 MiB is GOGC 50; near nothing it is 1, and 4 MiB bind small heaps."""
    picked = frame(THREE, 1.5).picked
    small = frame(run(cycle(1, live=0, goal=4)), 0.5).picked

    assert [gogc_for(picked, goal * MIB) for goal in (61.5, 83, 1)] == [50, 100, 1]
    assert gogc_for(small, 8 * MIB) == 200


def test_close_up_shows_the_picked_cycle_and_its_neighbours() -> None:
    """Of nine cycles the fifth: from 2.5 s to 6.5 s, and the lines begin with the cycle before that."""
    nine = run(*map(cycle, range(1, 10)))

    shown = frame(nine, 4.9, close=True)

    assert shown.window == (2.5, 6.5)
    assert shown.close
    assert shown.heap.xs[0] == 1.0
    assert shown.last.number == 6


def test_of_very_many_cycles_a_tooth_is_the_highest_of_its_neighbours() -> None:
    """1200 cycles are 400 teeth; GC CPU is their average then."""
    many = run(*(cycle(n, heap_end=(80 + (n == 77)) * MIB) for n in range(1, 1201)))

    shown = frame(many)

    assert shown.each == 3
    assert len(shown.goal.xs) == 800
    assert max(shown.heap.ys) == 81 * MIB
    assert max(shown.workers.ys) == pytest.approx(5.0)


def test_the_axis_has_even_steps_and_room_for_a_near_limit() -> None:
    """80 MiB high: steps of 32 to 96; a limit of 100 is in the picture, one of a GiB not; its ring waits at the top."""
    near, far = frame(run(cycle(1, limited=True))), frame(run(cycle(1, memory_limit=GIB)))

    assert frame(THREE).axis == (96 * MIB, 32 * MIB, MIB)
    assert near.axis.top == 128 * MIB
    assert far.axis.top == 96 * MIB
    assert far.limit_ring.y == far.axis.top
    assert axis_for(900 * KIB).name == "KiB"
    assert axis_for(30 * GIB).name == "GiB"


def test_rings_stand_at_the_limit_and_at_what_gogc_asks_for() -> None:
    """Limit 100 MiB at the right end; GOGC's goal is 83 MiB, in the middle of its cycle; off, it waits at the top."""
    shown, off = frame(run(cycle(1, limited=True), cycle(2, limited=True)), 1.5), frame(run(cycle(1, gogc=OFF)))

    assert shown.limit_ring[:2] == (2.5, 100.0 * MIB)
    assert shown.gogc_ring == (1.5, 83.0 * MIB, "GOGC 100")
    assert off.gogc_ring[1:] == (off.axis.top, "GOGC off")
    assert frame(run()).gogc_ring.y == 4 * MIB


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (THREE, "GOGC set every goal."),
        (run(cycle(1), cycle(2, limited=True)), "from cycle 2 on the limit set the goal, not GOGC."),
        (run(cycle(1, limited=True)), "the limit set every goal, not GOGC."),
        (run(cycle(1, limited=True), cycle(2, memory_limit=GIB)), "the limit set the goal of 1 cycle, GOGC the last."),
        (run(cycle(1, memory_limit=GIB)), "the limit never mattered."),
        (run(cycle(1, limited=True, goal=40)), "from cycle 1 on the limit left no room above what is live."),
        (run(), "No cycle in 10.00 s: the heap stayed below its smallest goal, and the heap grew to 50 MiB."),
        (run(gogc=OFF), "No cycle in 10.00 s: GOGC was off, and the heap grew to 50 MiB."),
        (run(gogc=OFF, memory_limit=GIB), "GOGC was off, the limit was not near, and the heap grew to 50 MiB."),
    ],
)
def test_the_headline_says_who_set_the_goal(shown: pacerruns.Run, words: str) -> None:
    """Three cycles without a limit: GOGC did."""
    assert pacer_words.said(frame(shown)).endswith(words)


def test_the_headline_tells_of_the_limiter() -> None:
    """A sample with the limiter on: the assists stopped in one cycle."""
    first, *others = cycle(1).inside
    limiting = (*others, first._replace(at_s=1.0, limiting=True))

    shown = frame(run(cycle(1, inside=limiting)))

    assert "in 1 cycle the CPU limiter stopped assists" in pacer_words.said(shown)


@pytest.mark.parametrize(
    ("one", "rule", "numbers"),
    [
        (cycle(1, goal=81, gogc_goal=81 * MIB), "gogc", "81.00 = 40.00 + (40.00 + 0.00 + 1.00) × 1"),
        (cycle(1, limited=True), "limit", "80.00 = 100.0 − 20.00 MiB; GOGC 100 asked for 83.00 MiB"),
        (cycle(1, limited=True, gogc=OFF), "limit", "80.00 = 100.0 − 20.00 MiB; GOGC is off"),
        (cycle(1, limited=True, goal=40), "live", "40.00 MiB with a limit of 100.0: it is collected all the time"),
        (cycle(1, goal=41, gogc=0, gogc_goal=40 * MIB), "nearest", "41.00 MiB; GOGC 0 asked for 40.00"),
        (cycle(1, live=1, goal=4, gogc_goal=4 * MIB), "minimum", "4.00 MiB; live and GOGC would give less"),
    ],
)
def test_the_rule_of_a_goal_is_said_with_its_numbers(one: pacerruns.PacedCycle, rule: str, numbers: str) -> None:
    """Live 40 MiB, and with globals 41: GOGC 100 gives 81."""
    picked = frame(run(one)).picked

    assert picked.rule == rule
    assert pacer_words.rule(picked)[1] == numbers


def test_goals_that_gogc_wants_too_near_are_not_called_its_own() -> None:
    """With GOGC=0 each goal is as near as there is, and no nearer."""
    shown = frame(run(cycle(1, goal=41, gogc=0, gogc_goal=40 * MIB)))

    assert "GOGC asked 1 cycle for a goal nearer than there is" in pacer_words.said(shown)


def test_labels_keep_apart() -> None:
    """Three at one place: 15 pixels between them, none below the plot."""
    tags = [pacer_html.Tag(name, name, 280.0) for name in "abc"]

    assert [tag.y for tag in pacer_html.spread(tags, 0, 282)] == [252, 267, 282]


def test_the_words_over_the_plot_follow_the_run() -> None:
    """The picked cycle's band and number, the limit's zone, and from where it sets the goal."""
    shown = frame(run(cycle(1), cycle(2, limited=True)), 1.5)

    words = pacer_html.over(shown)

    assert 'class="band" style="left:40.00%;width:40.00%"' in words
    assert "from here the limit sets the goal" in words
    assert "limit 100 MiB" in words
    assert words.count('class="sign"') == 2
    assert "sign" not in pacer_html.over(shown, dragging=True)
    assert 'class="zone"' not in pacer_html.over(frame(THREE))


def test_the_table_is_around_the_picked_cycle() -> None:
    """Of 100 cycles, 60 are listed, with the fiftieth marked; the note says which."""
    table = pacer_words.table(frame(run(*map(cycle, range(1, 101))), 49.5))

    assert table.count("<tr") == 61
    assert '<tr aria-current="true"><th scope="row">50</th>' in table
    assert "Cycles 20 to 79 of 100" in table


def test_a_frame_moves_the_figures_and_builds_nothing() -> None:
    """Ten frames later there are as many widgets as before, and the lines are those of the last."""
    view = plots()
    view.show(frame(THREE))
    before = len(list(under(view.body)))

    for n in range(1, 11):
        view.show(frame(run(*map(cycle, range(1, n + 1)))))

    assert len(list(under(view.body))) == before
    assert list(view.goal.x[-2:]) == pytest.approx([9.0, 10.0], abs=0.01)
    assert view.heap.visible
    view.close()


def test_a_line_is_sent_only_when_it_is_seen_to_move() -> None:
    """A heap that is a few bytes higher is the same line; a MiB higher it is another."""
    view = plots()
    view.show(frame(THREE))
    before = view.heap.y

    view.show(frame(run(cycle(1), cycle(2), cycle(3, heap_end=80 * MIB + 9))))
    assert view.heap.y is before
    view.show(frame(run(cycle(1), cycle(2), cycle(3, heap_end=81 * MIB))))

    assert view.heap.y is not before


def test_a_ring_that_the_mouse_has_is_left_to_it() -> None:
    """While the limit's ring is dragged a frame does not move it; what a frame moved is no drag."""
    heard = []
    view = PacerPlots(lambda _: None, lambda name, y: heard.append((name, y)))
    view.show(frame(run(cycle(1, limited=True))))
    ring = view.rings["limit"]

    view._begin("limit")
    ring.y = np.array([64.0 * MIB])
    view.show(frame(run(cycle(1, limited=True))))
    assert list(ring.y) == [64.0 * MIB]
    view._drop("limit", 60.0 * MIB)
    view.show(frame(run(cycle(1, limited=True))))

    assert heard == [("limit", 64.0 * MIB), ("limit", 60.0 * MIB)]
    assert list(ring.y) == [100.0 * MIB]


def test_a_run_without_cycles_has_a_picture() -> None:
    """One line up to 50 MiB, no goal, and words in place of the inside."""
    view = plots()

    view.show(frame(run()))

    assert not view.goal.visible
    assert "no cycle to look into" in view.beside.value
    assert not view.limit.visible


def test_times_are_ticked_at_round_places() -> None:
    """14 s: every 2 s; close up tenths; the keys are as the browser writes the places."""
    view = plots()
    view.show(frame(run(cycle(1), seconds=14.0)))
    assert list(view.axis_x.tick_values) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert view.cpu_axis_x.tick_labels["14"] == "14 s"

    view.show(frame(run(*map(cycle, range(1, 10))), 4.9, close=True))

    assert view.cpu_axis_x.tick_labels["2.5"] == "2.5 s"


def test_ticks_beyond_two_gib_reach_the_page_as_they_are() -> None:
    """3 GiB as a whole number would be sent with 32 bits, and be drawn below 0; as a float it is not."""
    axis = bq.Axis(scale=bq.LinearScale(), tick_values=[0])

    ticks_up(axis, axis_for(3 << 30))

    assert np.asarray(axis.tick_values).dtype == np.float64
    assert np.asarray(axis.tick_values).max() >= 3 << 30
    assert axis.tick_labels["3221225472"] == "3"


def test_a_refusal_is_an_alert_and_the_picture_stays() -> None:
    """The headline becomes an alert, escaped."""
    view = plots()
    view.show(frame(THREE))

    view.refuse("<b> is no limit")

    assert 'role="alert"' in view.head.value
    assert "&lt;b&gt; is no limit" in view.head.value
