"""The what-if view: both saw-teeth, intervals, warnings and a map as one frame; whatever a log says is text."""

import pytest

from gomemlab.gctrace import shipped
from gomemlab.pacing.run import OFF
from gomemlab.views import whatif_html
from gomemlab.views.base import under
from gomemlab.views.whatif import MapView, WhatIfPlots
from gomemlab.views.whatif_facts import BANDS, MapFrame, frame, map_frame, nearest, saw, thinned
from gomemlab.whatif.advice import Advice, advise
from gomemlab.whatif.grid import Map
from gomemlab.whatif.logs import source_of
from gomemlab.whatif.prediction import Numbers, Question
from gomemlab.whatif.setting import MIB, Setting
from gomemlab.whatif.traced import Tooth, observed, traced

TEXT = shipped.read("night_report")
LOG = source_of(TEXT)
QUESTION = Question.of(LOG)
LIMITS = (40 * MIB, 80 * MIB, None)


def answer(gogc: int = 200, limit: int | None = None) -> whatif_html.WhatIfFrame:
    """Return the frame of a short log under a setting."""
    setting = Setting(gogc, limit)
    seen = observed(LOG.cycles, TEXT.splitlines())
    return frame(QUESTION.ask(setting), seen, traced(QUESTION.service, setting))


def tooth(number: int, peak: int, words: str = "") -> Tooth:
    """Return a cycle in second `number` that peaks at so many MiB."""
    return Tooth(number - 0.2, float(number), 2 * MIB, peak * MIB, MIB, 4 * MIB, limited=False, line=words)


def a_map(rows: int = 3) -> Map:
    """Return a map of two GOGCs and three limits, of which so many rows are known: the lowest limit first."""
    points = (
        (Numbers(50.0 * MIB, 90, 0.45), Numbers(50.0 * MIB, 90, 0.45)),
        (Numbers(60.0 * MIB, 20, 0.08), Numbers(75.0 * MIB, 15, 0.05)),
        (Numbers(60.0 * MIB, 20, 0.08), Numbers(120.0 * MIB, 10, 0.03)),
    )
    return Map((100, 200), LIMITS, points[:rows], 50.0 * MIB)


def drawn(setting: Setting, rows: int = 3, name: str = "peak_heap") -> MapFrame:
    """Return the map's frame, with a setting asked about."""
    advice = advise(a_map(), 80.0 * MIB) if rows == 3 else None
    return map_frame(a_map(rows), setting, Setting(), advice, name, 3)


def test_the_saw_tooth_of_a_log_grows_marks_and_falls() -> None:
    """One cycle: nothing, 2 MiB at its start, its peak, 1 MiB of it alive."""
    assert saw([tooth(1, 5)]) == ((0.0, 0.8, 1.0, 1.0), (0.0, 2.0 * MIB, 5.0 * MIB, 1.0 * MIB))


def test_of_many_cycles_the_highest_of_neighbours_are_drawn() -> None:
    """Of 1000 teeth 500 remain, the highest among them."""
    teeth = [tooth(n, 99 if n == 700 else 5) for n in range(1, 1001)]

    assert len(thinned(teeth)) == 500
    assert max(one.peak for one in thinned(teeth)) == 99 * MIB


def test_what_a_log_cut_off_is_taken_in_the_middle() -> None:
    """5 MB is anything up to 6 MiB: 5.5; with GOGC=off there is no goal."""
    cycle = LOG.cycles[0]
    seen = observed([cycle, cycle._replace(heap_goal_mb=1 << 41)], TEXT.splitlines())

    assert seen[0].live == (2 * cycle.heap_live_mb + 1) * MIB // 2
    assert seen[0].line.startswith("gc 1 @")
    assert seen[1].goal > 1 << 60


def test_a_replay_is_traced_to_gctrace_lines() -> None:
    """As many lines as cycles; each is read again by the parser."""
    told = answer(100).cycles[1]

    again = source_of("\n".join(one.line for one in told) + "\n").cycles

    assert len(again) == len(told) > 2
    assert [cycle.heap_goal_mb for cycle in again] == [one.goal >> 20 for one in told]


def test_the_frame_has_room_for_both_and_the_limit() -> None:
    """A limit of 30 MiB is in the picture, one of 10 GiB is not; the own setting is known as such."""
    near, far = answer(200, 30 * MIB), answer(200, 10 << 30)

    assert near.axis.top >= 30 * MIB
    assert far.axis.top < 100 * MIB
    assert answer(100).own
    assert not near.own


def test_without_a_cycle_the_predicted_heap_only_grows() -> None:
    """GOGC=off: one line from nothing up to all that was allocated, and an axis with room for it."""
    shown = answer(OFF)

    assert not shown.cycles[1]
    assert shown.predicted.ys == (0.0, shown.prediction.peak_heap.value)
    assert shown.predicted.xs[1] == shown.cycles[0][-1].end_s
    assert shown.axis.top > shown.prediction.peak_heap.value


def test_estimates_have_intervals_and_all_warnings_stand_there() -> None:
    """A log of six cycles: too short, and one log cannot show everything."""
    shown = answer()

    words = whatif_html.beside(shown.prediction)

    assert len(shown.prediction.warnings) >= 2
    assert words.count("<li>") == len(shown.prediction.warnings)
    assert "The log holds 6 cycles" in words
    assert words.count('class="gm-wi-iv"') == 3
    assert "The log’s own setting (GOGC=100), replayed, misses the log by" in words


def test_html_in_a_log_is_text() -> None:
    """A line with a tag in it is shown with its angle brackets."""
    shown = answer()
    bad = frame(shown.prediction, (tooth(1, 5, "gc 1 <img src=x onerror=alert(1)>"),), shown.cycles[1])

    words = whatif_html.lines(bad, 0)

    assert "<img" not in words
    assert "&lt;img src=x" in words


def test_lines_are_in_pairs_and_in_parts() -> None:
    """Twelve cycles at once: Go above, the model below; where one has no such cycle stands a dash."""
    shown = answer()
    many = frame(shown.prediction, tuple(tooth(n, 5, f"gc {n}") for n in range(1, 21)), shown.cycles[1])

    first, rest = whatif_html.lines(many, 0), whatif_html.lines(many, 12)

    assert first.count("<tbody>") == 12
    assert rest.count("<tbody>") == 8
    assert "Cycles 13 to 20 of 20 in the log" in rest
    assert "<td>model</td><td>–</td>" in rest


def test_the_map_shows_the_highest_limit_first_and_crosses_out_what_cannot_be() -> None:
    """No limit, 80, 40 MiB; 40 is below the 50 that are needed."""
    shown = drawn(Setting(200, 80 * MIB))

    assert shown.limits == (None, 80 * MIB, 40 * MIB)
    assert [[cell.words for cell in row] for row in shown.cells] == [["60", "120"], ["60", "75"], ["50", "50"]]
    assert [row[0].infeasible for row in shown.cells] == [False, False, True]
    assert shown.cells[0][1].tint == BANDS - 1
    assert shown.here == (1, 1)
    assert shown.exact
    assert 'class="no"' in whatif_html.grid(shown)


def test_gc_cpu_is_in_percent() -> None:
    """0.45 of all Ps is 45, 0.03 is 3.0."""
    shown = drawn(Setting(), name="gc_cpu")

    assert [[cell.words for cell in row] for row in shown.cells] == [["8.0", "3.0"], ["8.0", "5.0"], ["45", "45"]]


def test_rows_that_are_not_known_yet_have_dots() -> None:
    """Of three limits one is known, the lowest; the recommendation waits."""
    shown = drawn(Setting(), rows=1)

    words = whatif_html.grid(shown)

    assert words.count("…") == 4
    assert "not known yet" in words
    assert "comes with the whole map" in whatif_html.advice(shown)


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        (Setting(110), (0, 0)),
        (Setting(150, 70 * MIB), (1, 1)),
        (Setting(OFF, 30 * MIB), (2, 1)),
        (Setting(0, 1), (2, 0)),
    ],
)
def test_a_setting_between_two_cells_is_on_the_nearest(setting: Setting, place: tuple[int, int]) -> None:
    """GOGC 110 is nearer to 100; off is the largest; the sign's frame is dashed then."""
    assert nearest((100, 200), (None, 80 * MIB, 40 * MIB), setting) == place
    assert "here near" in whatif_html.signs(drawn(setting))


def test_the_signs_differ_by_shape() -> None:
    """◆ here, ○ the log, ★ what is recommended."""
    signs = whatif_html.signs(drawn(Setting(200, None)))

    assert [signs.count(sign) for sign in "◆○★"] == [1, 1, 1]


def test_the_recommendation_collects_least_within_the_memory() -> None:
    """80 MiB: GOGC 200 with a limit of 80 peaks at 75 and costs 5 %; below, the limiter engages."""
    found = advise(a_map(), 80.0 * MIB)

    assert found.setting == Setting(200, 80 * MIB)
    assert "With a limit below 80 MiB the CPU limiter engages" in found.risk
    assert str(found).startswith(
        "Within 80 MiB, GOGC=200 GOMEMLIMIT=80MiB collected least: peak 75 MiB, 5.0 % of the CPU."
    )
    assert str(found).endswith("leave room for the upper end of the interval.")


def test_a_budget_that_nothing_keeps_is_said() -> None:
    """10 MiB: the smallest heap comes nearest."""
    found = advise(a_map(), 10.0 * MIB)

    assert not found.within
    assert str(found).startswith("No setting keeps the heap within 10 MiB; GOGC=100 GOMEMLIMIT=80MiB comes nearest")


@pytest.mark.parametrize(
    ("steep", "engages", "words"),
    [
        (None, None, "No limit on the map makes collecting much dearer."),
        (60.0 * MIB, None, "With a limit below 60 MiB collecting takes twice as much."),
        (60.0 * MIB, 40.0 * MIB, "takes twice as much; below 40 MiB the CPU limiter engages."),
        (None, 40.0 * MIB, "With a limit below 40 MiB the CPU limiter engages."),
    ],
)
def test_the_risk_is_said(steep: float | None, engages: float | None, words: str) -> None:
    """Twice as much below one limit, the limiter below another."""
    assert Advice(Setting(), 1.0, 0.1, 2.0, steep, engages, within=True).risk.endswith(words)


def test_frames_move_what_was_built_once() -> None:
    """Five answers later there are as many widgets."""
    plots, chart = WhatIfPlots(), MapView(lambda *_: None)
    plots.show(answer())
    chart.show(drawn(Setting()))
    before = len(list(under(plots.all))), len(list(under(chart.field)))

    for gogc in (50, 100, 150, 300, 400):
        plots.show(answer(gogc, 30 * MIB))
        chart.show(drawn(Setting(gogc)))

    assert (len(list(under(plots.all))), len(list(under(chart.field)))) == before
    assert plots.limit.visible
    plots.refuse("no")
    assert 'role="alert"' in plots.head.value
