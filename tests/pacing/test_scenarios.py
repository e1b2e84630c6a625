"""The published scenarios of the pacer's design, and their promises."""

import pytest

from gomemlab.pacing.run import NO_LIMIT
from gomemlab.pacing.scenarios import LIMIT, SCENARIOS, Promise, Scenario, broken, scenario
from gomemlab.pacing.workload import KIB
from gomemlab.runtime.errors import MisuseError


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.name)
def test_what_the_design_promises_is_kept(one: Scenario) -> None:
    """A quarter of the CPU within 0.005, an end within 5 % of the goal; the scenario says where less is promised."""
    run = one.run()

    assert run.num_gc == one.cycles
    assert broken(one, run) == []
    assert bool(one.not_promised) == (one.promises != (Promise(25, 50),))


def test_a_limit_alone_is_used_up() -> None:
    """With GOGC=off the goal is the limit without the stacks and the head-room of 3 %."""
    goals = {cycle.goal for cycle in scenario("a limit alone").run().cycles}

    left = LIMIT - 8 * KIB
    assert goals == {left - left // 100 * 3}


def test_far_over_the_limit_the_goal_is_the_live_heap() -> None:
    """There is nothing better to aim at."""
    late = scenario("over the limit").run().cycles[12:]

    assert all(cycle.goal == cycle.live_before == cycle.trigger for cycle in late)
    assert all(cycle.limited for cycle in late)


def test_a_broken_promise_is_found() -> None:
    """That of the steady program is not kept by a step."""
    steady, step = scenario("steady"), scenario("heavy step")
    strict = Scenario("strict", step.workload, (Promise(1, 100),), memory_limit=NO_LIMIT)

    assert steady.promises == (Promise(25, 50),)
    assert any("utilisation" in words for words in broken(strict, step.run()))


def test_an_unknown_scenario_is_refused() -> None:
    """And the others are named."""
    with pytest.raises(MisuseError, match="heavy step"):
        scenario("hevy step")
