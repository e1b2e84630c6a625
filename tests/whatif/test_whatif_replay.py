"""The service again, under another setting."""

from itertools import pairwise
from statistics import median

import pytest

from gomemlab.gctrace import parse
from gomemlab.whatif.replay import MIB, Replay
from gomemlab.whatif.service import Service, fit
from gomemlab.whatif.setting import Setting
from tests.whatif_logs import steady


def service(**fields: object) -> Service:
    """Return a made-up service."""
    return fit(parse(steady(**fields)).cycles)  # type: ignore[arg-type]


def test_the_same_setting_comes_to_the_same_cycles() -> None:
    """40 cycles in the log; a few small ones more, because its heap began at 40 MiB and the replay's grows to it."""
    out = Replay(service(), Setting(100)).run()

    assert 40 <= out.num_gc <= 46
    assert out.peak == pytest.approx(88, rel=0.05)


@pytest.mark.parametrize(("gogc", "low", "high"), [(50, 85, 102), (200, 18, 24), (400, 8, 14)])
def test_cycles_follow_gogc(gogc: int, low: int, high: int) -> None:
    """Twice the GOGC, half the cycles."""
    out = Replay(service(), Setting(gogc)).run()

    assert low <= out.num_gc <= high


def test_the_same_seed_gives_the_same_replay() -> None:
    """Chance comes in as an argument."""
    first, again = (Replay(service(), Setting(150), 7).run() for _ in range(2))

    assert first == again


def test_a_limit_lowers_the_goal_and_raises_the_cycles() -> None:
    """Under 70 MiB there is no room for a goal of 88."""
    free = Replay(service(), Setting(100)).run()
    held = Replay(service(), Setting(100, 70 * MIB)).run()

    assert held.peak < 70 < free.peak
    assert held.num_gc > 1.3 * free.num_gc
    assert held.limited > 0.9 * held.num_gc


def test_a_limit_out_of_reach_changes_nothing() -> None:
    """1 TiB."""
    assert Replay(service(), Setting(100, 1 << 40)).run() == Replay(service(), Setting(100)).run()


def test_without_gogc_and_limit_nothing_is_collected() -> None:
    """GOGC=off: the heap is all that was allocated."""
    log = service()
    out = Replay(log, Setting(-1)).run()

    assert out.num_gc == 0
    assert out.peak == pytest.approx(log.work, rel=0.01)


def test_a_hopeless_limit_ends_and_is_extrapolated() -> None:
    """A limit of 0: cycle after cycle, and at last the rest is taken to go on like that."""
    out = Replay(service(count=80), Setting(100, 0), most_cycles=50).run()

    assert out.cut
    assert out.num_gc > 50


def test_the_limiter_ends_assists_where_collecting_takes_more_than_half() -> None:
    """Marking that costs as much as the program itself, under a limit without room."""
    heavy = service(count=200, during=12, assist=110, background=40, idle=0, mark=80.0)
    out = Replay(heavy, Setting(100, 30 * MIB)).run()

    assert out.throttled > 0
    assert out.peak > 44


def test_cycles_that_the_program_asked_for_stay() -> None:
    """Every cycle of the log was runtime.GC: GOGC=400 does not save any."""
    asked = service(forced=" (forced)")
    out = Replay(asked, Setting(400)).run()

    assert out.num_gc >= 35


def test_two_minutes_without_a_cycle_begin_one() -> None:
    """A log of a cycle every 100 s: at GOGC=400 Go would wait 400 s, and does not."""
    slow = "\n".join(line.replace("@0.", "@").replace("@", "@1") for line in steady(9).splitlines())
    cycles = [c._replace(at_s=100.0 * c.number) for c in parse(slow)]
    out = Replay(fit(cycles), Setting(400)).run()

    assert out.num_gc >= 6


def test_a_service_that_waits_has_only_its_time() -> None:
    """All Ps idle while cycles mark: with a hopeless limit the replay ends with the log's time, not its work."""
    waits = service(count=40, background=4, idle=16, mark=10.0)
    works = service(count=40, background=5, idle=0, mark=10.0)

    limited = Setting(100, 20 * MIB)

    assert Replay(waits, limited).run().num_gc < Replay(works, limited).run().num_gc


def test_stacks_count_for_the_limit() -> None:
    """30 MiB of stacks leave less for the heap."""
    few = Replay(service(), Setting(100, 100 * MIB)).run()
    many = Replay(service(stacks=30), Setting(100, 100 * MIB)).run()

    assert many.peak < few.peak


def late(gogc: int = 100) -> str:
    """Return a log in which two workers came late, one cycle after the other."""
    lines = steady(60, live=40, during=4, gogc=gogc).splitlines()
    lines[30] = lines[30].replace("83->87", "83->117")
    lines[31] = lines[31].replace("83->87", "83->117")
    return "\n".join(lines)


def test_late_workers_come_again() -> None:
    """30 MiB beyond in the log, and some in the middle of replays of its own setting."""
    looks, plain = fit(parse(late()).cycles), fit(parse(steady(60)).cycles)

    more = [Replay(looks, Setting(100), n).run().peak - Replay(plain, Setting(100), n).run().peak for n in range(9)]

    assert median(more) > 15


def higher(setting: Setting, log_gogc: int | None = 100) -> float:
    """Return how much further than in the log a late worker lets a replay go, at its end."""
    replay = Replay(fit(parse(late()).cycles, log_gogc), setting)
    replay.run()
    return replay._higher()


def test_a_late_worker_goes_further_the_higher_the_goal_is() -> None:
    """GOGC=400 puts the goal two and a half times as high; a log whose GOGC is not known says nothing of it."""
    assert higher(Setting(50)) == pytest.approx(0.75, abs=0.05)
    assert higher(Setting(100)) == 1
    assert higher(Setting(400)) == pytest.approx(2.5, abs=0.15)
    assert higher(Setting(400), None) == 1


def test_a_limited_goal_lets_a_late_worker_go_less_far() -> None:
    """A goal of some 55 MiB where the log's was 88; and with GOGC=off no further than under the log's own."""
    assert 0.5 < higher(Setting(100, 65 * MIB)) < 0.8
    assert higher(Setting(-1, 1000 * MIB)) == 1


def test_late_workers_come_in_runs() -> None:
    """Three of four cycles have the chance of the look behind the last one."""
    replay = Replay(service(count=200), Setting(100), 1)
    drawn = [replay.service.looks.index(replay._chance(at)) for at in range(150)]

    runs = sum(after == before + 1 for before, after in pairwise(drawn))

    assert 0.6 < runs / len(drawn) < 0.9
    assert all(abs(chance - at) <= 4 for at, chance in enumerate(drawn))


def test_a_replay_takes_the_time_of_its_log() -> None:
    """Quick at first and slow later: under its own setting it ends when it ended, at GOGC=400 sooner."""
    cycles = parse(steady(60)).cycles
    slow = [cycle._replace(at_s=cycle.at_s + 0.2 * max(cycle.number - 30, 0)) for cycle in cycles]
    looks = fit(slow)

    own, rare = Replay(looks, Setting(100)), Replay(looks, Setting(400))
    own.run()
    rare.run()

    assert own.now == pytest.approx(looks.seconds, rel=0.1)
    assert 0.7 * own.now < rare.now < own.now
