"""The scenarios that Go's pacer was designed against, and what its design promises for each.

The pacer was rewritten for Go 1.18, and got its memory limit in 1.19; both designs were published, with simulated
programs that say what they are to achieve: a quarter of the CPU, and an end of marking within 5 % of the goal. Here
are these programs as workloads, their streams counted in cycles, on 8 Ps. Where a promise is not made, the scenario
says so.

Most begin with a quarter of a MiB and grow for twelve cycles, each time by a smaller factor; then they are as large as
they get, and what has been promised begins.

Go: runtime/mgcpacer.go, gcControllerState (design documents 44167 and 48409).
Left out: the scenarios' own clock of half a millisecond; a cycle has a fixed number of moments here.
"""

from dataclasses import dataclass
from typing import Final

from gomemlab.pacing.run import NO_LIMIT, OFF, PacedCycle, Run
from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.streams import Stream, constant, oscillate, ramp, random, step, unit
from gomemlab.pacing.workload import KIB, MIB, Growth, Workload, workload
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.pacer import DEFAULT_HEAP_MINIMUM

PROCS: Final = 8
RATE: Final = 1000 * KIB  # bytes a CPU second: one KiB a CPU millisecond
LIMIT: Final = 512 * MIB
FOREVER: Final = 1e9  # seconds: a scenario is over when its cycles are
GROWS: Final = constant(2) + ramp(-1, over=12)  # to a few hundred MiB, and then no more
QUARTER: Final = (0.245, 0.255)
NEAR_GOAL: Final = (0.95, 1.05)
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Promise:
    """What the design says of the cycles from one to another."""

    first: int  # number of a cycle
    last: int
    utilisation: Range | None = QUARTER  # of all Ps' time while it marks; None: not promised
    steady: float | None = 0.005  # by which utilisation differs from the cycle's before at most
    goal_ratio: Range | None = NEAR_GOAL  # where marking ends, as a share of the goal
    window: Range | None = None  # where it begins, between the live heap and the goal
    runway: Range | None = None  # bytes from the trigger to the goal


@dataclass(frozen=True, slots=True)
class Scenario:
    """A program, its setting, and what is promised."""

    name: str
    workload: Workload
    promises: tuple[Promise, ...]
    not_promised: str = ""  # what the design does not say, and why
    gogc: int = 100
    memory_limit: int = NO_LIMIT
    cycles: int = 50

    def run(self) -> Run:
        """Return its cycles."""
        return simulate(self.workload, self.gogc, self.memory_limit, PROCS, FOREVER, cycles=self.cycles, limiter=False)


def program(allocation: Stream | float, growth: Stream = GROWS, **parts: object) -> Workload:
    """Return a scenario's workload; rates are in KiB for each CPU millisecond, as they were published."""
    parts = {"scan": 1024 * RATE, "stacks": 8 * KIB, "globals_": 32 * KIB, **parts}
    return workload(allocation * RATE, Growth(growth), per="cycle", name="published", **parts)  # type: ignore[arg-type]


SETTLED: Final = (Promise(25, 50),)
TWICE: Final = (Promise(25, 49, utilisation=None), Promise(75, 100, utilisation=None))
SLOW: Final = "utilisation before cycle 26: with so little to scan, a few bytes more are a large share"
SLOW_END: Final = Promise(26, 50, steady=0.05, goal_ratio=None)
STEP: Final = "a utilisation: while the allocation rate is not the one that was measured, somebody has to assist"
OVER: Final = "a ratio: the goal is the live heap, and cannot be kept"

SCENARIOS: Final = (
    Scenario("steady", program(33), SETTLED),
    Scenario("big stacks", program(132, stacks=2 * KIB + ramp(128 * MIB, over=8)), SETTLED),
    Scenario("big globals", program(132, globals_=128 * MIB), SETTLED),
    Scenario("step", program(33 + step(66, at=50)), TWICE, STEP, cycles=100),
    Scenario("heavy step", program(33 + step(330, at=50)), TWICE, STEP, cycles=100),
    Scenario("more to scan", program(128, scannable=0.2 + unit(0.5).delay(50)), TWICE, STEP, cycles=100),
    Scenario(
        "high GOGC",
        program(165 + random(7, seed=0x53), GROWS + random(0.01, seed=1) + unit(14).delay(25)),
        (
            Promise(13, 25, (0.0, 0.53), 0.03, (0.90, 1.05)),
            Promise(26, 26, (0.0, 0.53), 0.03, (0.90, 15)),
            Promise(27, 50, (0.0, 0.53), 0.03, (0.90, 1.05)),
        ),
        "an end within 5 %: the trigger can be at most 61/64 of so long a way, and in cycle 26 the heap grows 15-fold",
        gogc=1500,
    ),
    Scenario(
        "oscillating rate",
        program(67 + oscillate(13, period=8)),
        (Promise(13, 50, (0.245, 0.30), None),),
        "a quarter: in each wave the rate exceeds what was measured, and the difference is assisted",
    ),
    Scenario(
        "jitter",
        program(132 + random(13, seed=0xF), GROWS + random(0.01, seed=0xE)),
        (Promise(13, 50, (0.245, 0.275), None, (0.95, 1.025)),),
        "a quarter: a rate above the last ones is assisted",
    ),
    Scenario(
        "heavy jitter",
        program(330 + random(33, seed=0), GROWS + random(0.01, seed=0x152)),
        (Promise(14, 50, None, 0.05),),
        "a utilisation: it varies more, and tends to be higher",
    ),
    Scenario(
        "slow in a small heap",
        program(1, constant(2) + ramp(-1, over=3), scan=2048 * RATE, scannable=0.01),
        (Promise(5, 50, None, None, (0.925, 1.025), (0.925, 0.975)), SLOW_END),
        SLOW,
    ),
    Scenario(
        "slow in a medium heap",
        program(1, constant(2) + ramp(-1, over=8), scan=2048 * RATE, scannable=0.01),
        (Promise(10, 50, None, None, (0.925, 1.025), (0.925, 0.975)), SLOW_END),
        SLOW,
    ),
    Scenario(
        "slow in a large heap",
        program(1, constant(4) + ramp(-3, over=12), scan=2048 * RATE, scannable=0.01),
        (
            Promise(14, 50, None, None, runway=(DEFAULT_HEAP_MINIMUM - 64 * KIB, DEFAULT_HEAP_MINIMUM + 64 * KIB)),
            SLOW_END,
        ),
        SLOW,
    ),
    Scenario("a limit far above", program(33), SETTLED, memory_limit=LIMIT),
    Scenario("a limit alone", program(33), SETTLED, gogc=OFF, memory_limit=LIMIT),
    Scenario("at the limit", program(33, constant(3) + ramp(-2, over=12)), SETTLED, memory_limit=LIMIT),
    Scenario(
        "at the limit, alone", program(33, constant(3) + ramp(-2, over=12)), SETTLED, gogc=OFF, memory_limit=LIMIT
    ),
    Scenario(
        "over the limit",
        program(33, constant(3.5) + ramp(-2.5, over=12)),
        (Promise(25, 50, (0.995, 1.0), goal_ratio=None),),
        OVER,
        memory_limit=LIMIT,
    ),
    Scenario(
        "over the limit, alone",
        program(33, constant(3.5) + ramp(-2.5, over=12)),
        (Promise(25, 50, (0.995, 1.0), goal_ratio=None),),
        OVER,
        gogc=OFF,
        memory_limit=LIMIT,
    ),
)


def scenario(name: str) -> Scenario:
    """Return a scenario by its name; raise MisuseError if there is none."""
    for one in SCENARIOS:
        if one.name == name:
            return one
    raise MisuseError(f"no scenario is called {name!r}; there are {', '.join(one.name for one in SCENARIOS)}")


def broken(one: Scenario, run: Run) -> list[str]:
    """Return in words which promises a run of the scenario did not keep; none if all is well."""
    used = run.utilisations
    found = []
    for promise in one.promises:
        for cycle in run.cycles[promise.first - 1 : promise.last]:
            now, before = used[cycle.number - 1], used[max(cycle.number - 2, 0)]
            found += [f"cycle {cycle.number}: {what}" for what in _broken(promise, cycle, now, before)]
    return found


def _broken(promise: Promise, cycle: PacedCycle, used: float, before: float) -> list[str]:
    """Return what a cycle does not keep."""
    runway = cycle.goal - cycle.heap_start
    checks = (
        ("utilisation", used, promise.utilisation),
        ("change of utilisation", abs(used - before), None if promise.steady is None else (0.0, promise.steady)),
        ("end as a share of the goal", cycle.goal_ratio, promise.goal_ratio),
        ("begin between live heap and goal", cycle.window, promise.window),
        ("runway", runway, promise.runway),
    )
    return [
        f"{name} {value:.4g} not in {kept}" for name, value, kept in checks if kept and not kept[0] <= value <= kept[1]
    ]
