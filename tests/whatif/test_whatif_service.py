"""What one log tells of its service."""

import pytest

from gomemlab.gctrace import parse
from gomemlab.whatif.service import fit, marked
from tests.whatif_logs import steady


def test_what_was_marked_is_known_better_by_the_next_goal() -> None:
    """A goal of 85 MiB at GOGC=100 follows 42.5 to 43 MiB, where the line alone says 42 to 43."""
    before, cycle = parse(steady(2, live=38, during=4))
    cycle = cycle._replace(heap_goal_mb=86)

    assert marked(before, None, 100) == 42.5
    assert 42.5 < marked(before, cycle, 100) < 43
    assert marked(before, cycle, None) == 42.5
    assert marked(before, cycle._replace(heap_goal_mb=400), 100) == 42.5  # a goal that does not fit tells nothing


def test_work_is_what_was_allocated() -> None:
    """44 MiB live and a goal of 88: each cycle allocates 43 MiB, but for what is counted twice."""
    service = fit(parse(steady(40)).cycles)

    each = service.looks[20].work - service.looks[19].work

    assert each == pytest.approx(43, abs=1.5)
    assert service.looks[20].reached == pytest.approx(40, abs=0.6)
    assert service.num_gc == 40


def test_what_is_born_while_marking_is_not_reached() -> None:
    """44 MiB were marked, 4 of them allocated meanwhile: 40 could be reached."""
    service = fit(parse(steady(20, live=40, during=4)).cycles)

    assert service.live == pytest.approx(40, abs=0.6)


def test_what_a_short_mark_allocates_is_known_by_the_pace() -> None:
    """41 MiB in 98 ms, and ten marks of 2 ms: 0 or 1 MiB by the lines, 0.3 MiB each by all of them together."""
    lines = steady(20, live=40, during=0, mark=2.0).splitlines()
    lines = [line.replace("79->79", "79->80") if number % 3 == 0 else line for number, line in enumerate(lines)]
    service = fit(parse("\n".join(lines)).cycles)

    assert {round(look.during, 1) for look in service.looks[1:]} == {0.3}


def test_a_late_worker_is_kept_apart_from_what_marking_takes() -> None:
    """14 MiB while it marked where the goal left room for 5: 9 beyond, and 5 that would have been anyway."""
    lines = steady(20, live=40, during=4).splitlines()
    lines[9] = lines[9].replace("83->87", "83->97")
    looks = fit(parse("\n".join(lines)).cycles).looks

    assert looks[9].excess == pytest.approx(8.5, abs=1)
    assert looks[9].natural == pytest.approx(5, abs=1)
    assert looks[8].excess == 0


def test_a_point_of_work_has_its_time() -> None:
    """Cycles of 100 ms, 10 of them marking: 90 ms for each of them without; beyond the last look it goes on so."""
    service = fit(parse(steady(10)).cycles)
    seconds, works = service.seconds_to, service.works

    assert seconds(works[5]) - seconds(works[4]) == pytest.approx(0.09, abs=0.001)
    assert seconds(works[-1] + 43) - seconds(works[-1]) == pytest.approx(0.09, abs=0.01)
    assert seconds(0) < seconds(works[0])


def test_assists_hide_how_fast_a_program_would_allocate() -> None:
    """Where goroutines paid for most marking, unhindered they would have allocated more."""
    free = fit(parse(steady(20)).cycles)
    bound = fit(parse(steady(20, assist=9, background=2, idle=0)).cycles)

    assert bound.shares.assist > 0.8
    assert bound.looks[5].natural > 1.5 * free.looks[5].natural


def test_a_service_that_left_processors_idle_waits() -> None:
    """All Ps marked, so nobody else wanted them."""
    waits = fit(parse(steady(20, background=4, idle=16)).cycles)
    works = fit(parse(steady(20, background=5, idle=0)).cycles)

    assert waits.shares.busy == 0
    assert works.shares.busy == 1


def test_looks_are_found_by_work() -> None:
    """Before the first look there is only it, behind the last only that."""
    service = fit(parse(steady(10)).cycles)

    assert service.beside(-1) == (0, 0, 1.0)
    assert service.beside(1e9) == (9, 9, 1.0)
    before, behind, near = service.beside((service.works[3] + service.works[4]) / 2)
    assert (before, behind) == (3, 4)
    assert near == pytest.approx(0.5)
