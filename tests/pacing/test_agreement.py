"""The aggregate mode beside the stepped world: the same program in both, and how far they differ.

The program replaces the oldest of 3000 objects of 2 KiB with pointers, again and again, by one goroutine or one on each
P, and computes between two allocations. The aggregate mode is told its rates as the stepped world's clock has them, and
how much is alive: a slot is 2304 B.
"""

import pytest

from gomemlab.pacing.run import Run
from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.workload import MIB, workload
from gomemlab.runtime.gc.roots import Field, Global
from gomemlab.runtime.pace import PacedCycle
from gomemlab.runtime.world import World

OBJECTS, SLOTS, SLOT = 3000, 256, 2304
HOLDER, HOLDER_SLOT = 1024, 9472
CYCLES = 7
SETTLED = 3  # cycles after which both know the program


def stepped(procs: int, busy: int, think: int, gogc: int) -> tuple[PacedCycle, ...]:
    """Return the cycles of the stepped world; think: ns that all goroutines compute after each has allocated once."""
    world = World(procs=procs, gogc=gogc, goroutines=procs, globals=1, paced=True)
    count = -(-OBJECTS // HOLDER)
    table = world.new(count, into=Global(0))
    holders = [world.new(HOLDER, into=Field(table, i)) for i in range(count)]
    n, pace = 0, world.pace
    assert pace is not None
    while len(pace.history) < CYCLES:
        holder, slot = divmod(n % OBJECTS, HOLDER)
        world.new(SLOTS, into=Field(holders[holder], slot), g=1 + n % busy)
        if n % busy == busy - 1:
            world.advance(think * busy // pace.running, busy=busy)  # a worker's P is one less to compute on
        n += 1
    return pace.history


def aggregate(history: tuple[PacedCycle, ...], procs: int, busy: int, gogc: int) -> Run:
    """Return the run of the aggregate mode at the rates that the stepped cycles had."""
    late = list(zip(history[SETTLED:], history[SETTLED + 1 :], strict=False))
    grown = sum(after.heap_start - after.live_before for _, after in late)
    between = sum(after.start_ns - before.end_ns for before, after in late) * busy
    marking = sum(after.assist_ns + after.workers_ns + after.idle_ns for _, after in late)
    live = OBJECTS * SLOT + HOLDER_SLOT * -(-OBJECTS // HOLDER)
    last = history[-1]
    program = workload(
        allocation=grown / between * 1e9,
        live=live,
        scan=sum(after.scanned for _, after in late) / marking * 1e9,
        scannable=(last.scanned - last.stacks - last.globals) / live,
        stacks=last.stacks,
        globals_=last.globals,
        busy=busy / procs,
    )
    return simulate(program, gogc, procs=procs, seconds=1e6, cycles=CYCLES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("procs", "busy", "think", "gogc", "bytes_off", "time_off"),
    [
        pytest.param(4, 1, 20_000, 100, 0.02, 0.05, id="one of four Ps is busy"),
        pytest.param(4, 1, 20_000, 200, 0.02, 0.05, id="the same with GOGC=200"),
        pytest.param(4, 4, 20_000, 100, 0.04, 0.05, id="all are busy"),
        pytest.param(4, 4, 3_000, 100, 0.02, 0.08, id="all are, and assist"),
        # On one P a goroutine's first debt of a cycle, 64 KiB paid ahead, is a large part of so short a marking.
        pytest.param(1, 1, 20_000, 100, 0.20, 0.35, id="a fractional worker on one P"),
    ],
)
def test_both_modes_have_the_same_cycles(
    procs: int, busy: int, think: int, gogc: int, bytes_off: float, time_off: float
) -> None:
    """Goals and ends within 3 %, times between cycles within 3 %, but for one P; the bounds leave some room."""
    history = stepped(procs, busy, think, gogc)
    run = aggregate(history, procs, busy, gogc)

    for one, other in zip(history[SETTLED + 1 :], run.cycles[SETTLED + 1 :], strict=True):
        assert other.reason == one.reason
        for part in ("goal", "trigger", "heap_end", "live"):
            assert getattr(other, part) == pytest.approx(getattr(one, part), rel=bytes_off), part
    period = (history[-1].end_ns - history[SETTLED].end_ns) / 1e9
    assert run.cycles[-1].end_s - run.cycles[SETTLED].end_s == pytest.approx(period, rel=time_off)
    paid = sum(cycle.workers_ns + cycle.assist_ns for cycle in history[SETTLED + 1 :]) / 1e9
    assert sum(cycle.workers_s + cycle.assist_s for cycle in run.cycles[SETTLED + 1 :]) == pytest.approx(paid, rel=0.1)
    assert run.cycles[-1].goal > 8 * MIB
