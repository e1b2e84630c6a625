"""The pacer computes what Go's computes, to the last bit, and its worst inputs stop it no more than Go's."""

import math
import struct
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.gonumbers import MAX_UINT64, divide, int64, signed, uint64
from gomemlab.runtime.gc.markworkers import WorkerMode
from gomemlab.runtime.gc.pacer import NO_LIMIT, GCController
from tests.vectors_io import report, vectors

MIB = 1 << 20


def start(c: GCController, cycle: dict[str, Any], globals_scan: int, procs: int) -> list[Any]:
    """Do what NewGCController's StartCycle does; return what the vectors tell of it."""
    trigger = max(c.trigger()[0], c.heap_marked)
    c.max_stack_scan, c.globals_scan, c.heap_live = cycle["stack"], globals_scan, trigger
    c.heap_scan += int(float(trigger - c.heap_marked) * cycle["scannable_frac"])
    c.start_cycle(0, procs)
    return [c.triggered, c.heap_goal(), c.heap_live, c.assist_work_per_byte]


def revise(c: GCController, deltas: list[int]) -> list[Any]:
    """Do what its Revise does."""
    live, scan, heap, stack, globals_work = deltas
    c.heap_live, c.heap_scan = c.heap_live + live, c.heap_scan + scan
    c.heap_scan_work, c.stack_scan_work = c.heap_scan_work + heap, c.stack_scan_work + stack
    c.globals_scan_work += globals_work
    c.revise()
    return [c.assist_work_per_byte, c.heap_live]


def end(c: GCController, marked: int, assist_time: int, elapsed: int, procs: int) -> list[Any]:
    """Do what its EndCycle does."""
    c.assist_time = assist_time
    c.end_cycle(elapsed, procs)
    c.reset_live(marked)
    c.commit(is_sweep_done=False)
    return [c.heap_goal(), c.heap_live, c.heap_marked]


def test_every_recorded_cycle_is_paced_as_go_paces_it() -> None:
    """Goal, trigger, assist ratio and live heap of the real runtime's own test double, bit for bit."""
    checked = 0
    for sequence in vectors("pacer", "sequences"):
        c = GCController.init(sequence["gogc"], sequence["limit"])
        for cycle in sequence["cycles"]:
            assert [c.heap_goal(), c.heap_live, c.heap_marked] == cycle["before"]
            assert start(c, cycle, sequence["globals"], sequence["cores"]) == cycle["start"]
            for step in cycle["revise"]:
                assert revise(c, step[:5]) == step[5:]
            assert end(c, *cycle["end_in"], sequence["cores"]) == cycle["after"]
            c.check()
            checked += 1

    report("pacer", checked, "cycles")


def do(c: GCController, op: list[Any]) -> None:
    """Do one recorded call."""
    name, *rest = op
    if name == "mem":
        c.mapped_ready, c.heap_free, c.total_alloc, c.total_free = rest
    elif name == "set":
        c.set_gc_percent(rest[0])
        c.set_memory_limit(rest[1])
        c.commit(is_sweep_done=rest[2])
        if c.marking:
            c.revise()
    elif name == "begin":
        now, c.max_stack_scan, c.globals_scan, c.heap_live, c.heap_scan, procs, periodic = rest
        c.start_cycle(now, procs, periodic=periodic)
    elif name == "revise":
        revise(c, [rest[0], 0, *rest[1:]])
    else:
        now, c.assist_time, c.idle_mark_time, procs, marked, swept = rest
        c.end_cycle(now, procs)
        c.reset_live(marked)
        c.commit(is_sweep_done=swept)


def bits(x: float) -> str:
    """Return the bits of a float64 as Go prints them in hex."""
    return f"{struct.unpack('<Q', struct.pack('<d', x))[0]:x}"


def test_random_lives_with_limits_idle_workers_and_absurd_settings_are_gos() -> None:
    """2,400 calls on the real controller: GOGC up to 2^31 - 1, limits from 0 B, books of the heap, nothing to scan."""
    checked = 0
    for sequence in vectors("pacer_states", "sequences"):
        c = GCController.init(sequence["gogc"], sequence["limit"])
        for *op, known in sequence["ops"]:
            do(c, op)
            assert [
                *c.trigger(),
                c.memory_limit_heap_goal(),
                c.runway,
                *map(bits, (c.cons_mark, c.assist_work_per_byte, c.assist_bytes_per_work)),
                c.dedicated_mark_workers_needed,
                bits(c.fractional_utilization_goal),
                c.max_idle_mark_workers,
            ] == known, op
            checked += 1

    report("pacer_states", checked, "states")


@pytest.mark.parametrize(("gogc", "first"), [(25, MIB), (50, 2 * MIB), (100, 4 * MIB), (200, 8 * MIB), (400, 16 * MIB)])
def test_the_first_goal_is_4_mib_times_gogc(gogc: int, first: int) -> None:
    """NextGC of a program that did not collect yet, as real Go printed it for five values of GOGC."""
    assert GCController.init(gogc).heap_goal() == first


@pytest.mark.parametrize(
    ("live", "stack", "globals_scan", "gogc", "goal"),
    [
        (55_002_472, 2_576, 8_546_770, 100, 118_554_290),
        (55_003_312, 2_640, 8_546_770, 50, 86_779_673),
        (55_003_328, 2_592, 8_546_770, 200, 182_108_708),
        (55_003_280, 11_043_176, 8_546_770, 100, 129_596_506),
        (56_205_648, 23_794_576, 8_546_770, 100, 144_752_642),
    ],
)
def test_stacks_and_globals_count_in_the_goal(live: int, stack: int, globals_scan: int, gogc: int, goal: int) -> None:
    """Five programs of real Go with 55 MB alive: a deep stack and 2,000 goroutines push the goal up."""
    c = collected(live, stack=stack, globals_scan=globals_scan, gogc=gogc)

    assert c.heap_goal() == goal


def collected(
    live: int, *, stack: int = 0, globals_scan: int = 0, gogc: int = 100, limit: int = NO_LIMIT
) -> GCController:
    """Return a pacer after a cycle that found so much alive, and all swept."""
    c = GCController.init(gogc, limit)
    c.add_globals(globals_scan)
    c.start_cycle(0, 4)
    c.stack_scan_work = stack
    c.end_cycle(10, 4)
    c.reset_live(live)
    c.commit(is_sweep_done=True)
    return c


@pytest.mark.parametrize(
    ("procs", "dedicated", "fraction"),
    [(1, 0, 0.25), (2, 0, 0.25), (3, 0, 0.25), (4, 1, 0), (5, 1, 0), (6, 1, 1 / 12), (7, 2, 0), (8, 2, 0), (16, 4, 0)],
)
def test_a_quarter_of_the_processors_marks(procs: int, dedicated: int, fraction: float) -> None:
    """Dedicated workers, and the share of fractional ones, as gcpacertrace printed them for P = 1 to 16."""
    c = GCController.init()

    c.start_cycle(0, procs)

    assert c.dedicated_mark_workers_needed == dedicated
    assert c.fractional_utilization_goal == pytest.approx(fraction, abs=1e-12)
    assert c.max_idle_mark_workers == procs - dedicated


def test_the_trigger_stays_between_45_and_61_64ths_of_the_way() -> None:
    """400 MiB alive, goal 800: no runway at all gives a trigger 4 MiB below; an endless one 45/64."""
    c = collected(400 * MIB)

    near, c.runway = c.trigger(), 800 * MIB - 1
    far, c.runway = c.trigger(), 801 * MIB

    assert near == (796 * MIB, 800 * MIB)
    assert far == c.trigger() == (400 * MIB + 400 * MIB // 64 * 45, 800 * MIB)


def test_a_small_heap_triggers_at_61_64ths_at_the_latest() -> None:
    """2 MiB alive, goal 4 MiB: the trigger is 61/64 of the way."""
    assert collected(2 * MIB).trigger() == (2 * MIB + 2 * MIB // 64 * 61, 4 * MIB)


def test_an_unswept_heap_gets_a_mib_before_the_next_cycle() -> None:
    """GOGC is set to 0 while spans wait to be swept: goal and trigger are a MiB above the live heap."""
    c = collected(10 * MIB)

    c.set_gc_percent(0)
    c.commit(is_sweep_done=False)

    assert c.trigger() == (11 * MIB, 11 * MIB)


def test_gogc_off_has_no_goal_but_that_of_the_limit() -> None:
    """Without a limit the heap may fill the address space; with one of 100 MiB the goal is 3 % below it."""
    off, limited = collected(MIB, gogc=-7), collected(MIB, gogc=-1, limit=100 * MIB)

    assert off.gc_percent == -1
    assert off.gc_percent_heap_goal == MAX_UINT64
    assert off.limited
    assert off.heap_goal() > 2**62
    assert limited.heap_goal() == 100 * MIB - 100 * MIB // 100 * 3


def test_what_is_no_heap_and_what_is_over_the_limit_lower_the_goal() -> None:
    """90 MiB are mapped of 80: 20 MiB are not heap and 10 too much, so 50 MiB less 1.5 are the goal."""
    c = collected(20 * MIB, gogc=-1, limit=80 * MIB)

    c.mapped_ready, c.heap_free, c.total_alloc, c.total_free = 90 * MIB, 20 * MIB, 90 * MIB, 40 * MIB

    assert c.memory_limit_heap_goal() == 50 * MIB - 50 * MIB // 100 * 3


def test_a_small_limit_leaves_a_mib_and_never_less_than_the_live_heap() -> None:
    """A limit of 1.5 MiB: the goal is the head-room itself; with 3 MiB alive it is those."""
    c = collected(0, limit=3 * MIB // 2)
    alive = collected(3 * MIB, limit=3 * MIB // 2)

    assert c.heap_goal() == MIB
    assert alive.trigger() == (3 * MIB, 3 * MIB)


def test_a_limit_below_the_overheads_collects_all_the_time() -> None:
    """80 MiB mapped outside the heap of a process that may have 60: goal and trigger are the live heap."""
    c = collected(5 * MIB, limit=60 * MIB)

    c.mapped_ready, c.total_alloc = 85 * MIB, 5 * MIB

    assert c.trigger() == (5 * MIB, 5 * MIB)


def test_books_that_contradict_each_other_are_ours() -> None:
    """Go would wait for ever where more is free than mapped."""
    c = GCController.init()
    c.heap_free = 1

    with pytest.raises(ThrowError, match="1 B free"):
        c.heap_goal()


def test_an_old_setting_is_returned() -> None:
    """SetGCPercent and SetMemoryLimit tell what was; a negative limit only asks."""
    c = GCController.init(50, 7 * MIB)

    assert c.set_gc_percent(200) == 50
    assert c.set_memory_limit(-1) == 7 * MIB
    assert c.set_memory_limit(9 * MIB) == 7 * MIB
    assert c.memory_limit == 9 * MIB


def test_live_heap_counts_as_scannable_only_between_cycles() -> None:
    """1 MiB with half of it scannable, before and in a cycle: then the ratio is revised instead."""
    c = collected(10 * MIB)
    c.add_scannable_stack(4096)

    c.update(MIB, MIB // 2)
    before = c.heap_scan
    c.start_cycle(0, 4)
    owed = c.assist_work_per_byte
    c.update(MIB, MIB // 2)

    assert before == c.heap_scan == MIB // 2
    assert c.assist_work_per_byte > owed
    assert c.heap_live == 12 * MIB


def test_a_cycle_that_began_late_gets_64_kib() -> None:
    """A huge object passes the goal of 4 MiB: the cycle that it begins may end 64 KiB later."""
    c = GCController.init()

    c.update(30 * MIB, 0)
    c.start_cycle(0, 4)

    assert c.heap_goal() == 30 * MIB + 65_536


def test_a_cycle_in_which_nothing_was_allocated_teaches_nothing() -> None:
    """Nor does one that took no time divide by it."""
    c = collected(10 * MIB)

    c.start_cycle(5, 2)
    c.end_cycle(5, 2)
    nothing = c.cons_mark
    c.update(MIB, 0)
    c.heap_scan_work = MIB
    c.end_cycle(5, 2)

    assert nothing == 0
    assert c.cons_mark == pytest.approx(1 / 3)


def test_idle_workers_make_marking_look_as_slow_as_it_was() -> None:
    """The same bytes in the same time, with an idle worker beside: the program gets more runway."""
    c = collected(10 * MIB)
    c.start_cycle(0, 4)
    c.heap_scan_work = MIB
    c.update(MIB, 0)
    twin = c.copy()

    twin.idle_mark_time = 1000
    c.end_cycle(1000, 4)
    twin.end_cycle(1000, 4)

    assert twin.cons_mark == 2 * c.cons_mark


def test_the_largest_of_five_measurements_sets_the_runway() -> None:
    """One slow cycle keeps the trigger low for four more."""
    c = collected(10 * MIB)
    ratios = []

    for allocated in (8 * MIB, MIB, MIB, MIB, MIB, MIB):
        c.start_cycle(0, 4)
        c.heap_scan_work = 10 * MIB
        c.update(allocated, 0)
        c.end_cycle(1000, 4)
        ratios.append(round(c.cons_mark / c.last_cons_mark[-1]))
        c.reset_live(10 * MIB)

    assert ratios == [1, 8, 8, 8, 8, 1]


def test_no_scan_work_at_all_gives_an_endless_ratio_as_in_go() -> None:
    """0 B scanned: cons/mark is infinite, and the runway what amd64 makes of infinity or of no number."""
    c = GCController.init()

    c.start_cycle(0, 4)
    c.update(MIB, 0)
    c.end_cycle(1000, 4)
    c.commit(is_sweep_done=True)

    assert c.cons_mark == math.inf
    assert c.runway == 1 << 63
    assert c.trigger()[0] == c.trigger()[1] // 64 * 45


def test_workers_come_and_go() -> None:
    """4 Ps: one dedicated worker; nobody else, but idle Ps up to three."""
    c = GCController.init()
    c.start_cycle(0, 4)

    assert c.assign_worker(0) is WorkerMode.DEDICATED
    assert c.assign_worker(0) is None
    assert [c.add_idle_mark_worker() for _ in range(4)] == [True, True, True, False]
    c.mark_worker_stop(WorkerMode.IDLE, 30)
    c.mark_worker_stop(WorkerMode.DEDICATED, 100)
    assert c.need_idle_mark_worker()
    assert (c.dedicated_mark_time, c.idle_mark_time, c.dedicated_mark_workers_needed) == (100, 30, 1)


def test_a_fractional_worker_has_a_quarter_of_its_p() -> None:
    """It begins below 25 % of the time and goes on until it is 20 % above."""
    c = GCController.init()
    c.start_cycle(1000, 1)

    assert c.assign_worker(1000) is WorkerMode.FRACTIONAL
    assert c.poll_fractional_worker_exit(1000, 0)
    assert not c.poll_fractional_worker_exit(2000, 300)
    assert c.poll_fractional_worker_exit(2000, 301)
    c.mark_worker_stop(WorkerMode.FRACTIONAL, 301)
    assert c.assign_worker(2000, 301) is None
    assert c.assign_worker(3000, 301) is WorkerMode.FRACTIONAL
    assert c.fractional_mark_time == 301


def test_a_periodic_cycle_wakes_nobody() -> None:
    """Four Ps have their dedicated worker; one P has an idle worker, so that somebody marks."""
    four, one, stopped = GCController.init(), GCController.init(), GCController.init()

    four.start_cycle(0, 4, periodic=True)
    one.start_cycle(0, 1, periodic=True)
    stopped.start_cycle(0, 6, stop_the_world=True)

    assert (four.max_idle_mark_workers, one.max_idle_mark_workers) == (0, 1)
    assert (stopped.dedicated_mark_workers_needed, stopped.fractional_utilization_goal) == (6, 0)


def test_an_idle_worker_that_never_began_cannot_stop() -> None:
    """Go throws, too."""
    with pytest.raises(ThrowError, match="negative idle"):
        GCController.init().remove_idle_mark_worker()


@pytest.mark.parametrize(
    ("x", "as_uint64", "as_int64"),
    [
        (math.inf, 1 << 63, -(1 << 63)),
        (-math.inf, 1 << 63, -(1 << 63)),
        (math.nan, 1 << 63, -(1 << 63)),
        (-1.5, MAX_UINT64, -1),
        (-0.5, 0, 0),
        (1e19, 10**19, -(1 << 63)),
        (2e19, 1 << 63, -(1 << 63)),
        (-9.3e18, 1 << 63, -(1 << 63)),
    ],
)
def test_floats_become_integers_as_amd64_makes_them(x: float, as_uint64: int, as_int64: int) -> None:
    """Printed by Go 1.27.3 on amd64."""
    assert (uint64(x), int64(x)) == (as_uint64, as_int64)


def test_what_divides_by_nothing_is_endless_or_no_number() -> None:
    """As IEEE 754 has it, where Python would stop."""
    assert (divide(1.0, 2.0), divide(-1.0, 0.0), divide(1.0, 0.0)) == (0.5, -math.inf, math.inf)
    assert math.isnan(divide(0.0, 0.0))
    assert math.isnan(divide(math.nan, 0.0))
    assert signed(MAX_UINT64) == -1


@pytest.mark.parametrize("broken", ["heap_live", "runway"])
def test_check_finds_a_number_below_0(broken: str) -> None:
    """No count of bytes is negative."""
    c = GCController.init()
    setattr(c, broken, -1)

    with pytest.raises(ThrowError, match=broken):
        c.check()


class Life(RuleBasedStateMachine):
    """Any life of a pacer: what is asked for comes in any order, with any numbers."""

    @initialize(gogc=st.integers(-1, 2**31 - 1), limit=st.integers(0, NO_LIMIT), procs=st.integers(1, 64))
    def begin(self, gogc: int, limit: int, procs: int) -> None:
        """Begin a process."""
        self.c, self.procs, self.now = GCController.init(gogc, limit), procs, 0

    @rule(nbytes=st.integers(0, 1 << 40), scannable=st.floats(0, 1))
    def allocate(self, nbytes: int, scannable: float) -> None:
        """Let the heap grow."""
        self.c.total_alloc += nbytes
        self.c.mapped_ready += nbytes
        self.c.update(nbytes, int(nbytes * scannable))

    @rule(gogc=st.integers(-5, 2**31 - 1), swept=st.booleans())
    def set_gogc(self, gogc: int, swept: bool) -> None:
        """Change GOGC, at any time."""
        self.c.set_gc_percent(gogc)
        self.commit(swept=swept)

    @rule(limit=st.integers(-1, NO_LIMIT), swept=st.booleans())
    def set_limit(self, limit: int, swept: bool) -> None:
        """Change the limit, at any time."""
        self.c.set_memory_limit(limit)
        self.commit(swept=swept)

    def commit(self, *, swept: bool) -> None:
        """Commit as gcControllerCommit does."""
        self.c.commit(is_sweep_done=swept)
        if self.c.marking:
            self.c.revise()

    @precondition(lambda self: not self.c.marking)
    @rule(periodic=st.booleans())
    def start(self, periodic: bool) -> None:
        """Begin a cycle."""
        self.c.start_cycle(self.now, self.procs, periodic=periodic)

    @precondition(lambda self: self.c.marking)
    @rule(heap=st.integers(0, 1 << 40), stack=st.integers(0, 1 << 30), assist=st.integers(0, 1 << 30))
    def mark(self, heap: int, stack: int, assist: int) -> None:
        """Scan something."""
        self.c.heap_scan_work += heap
        self.c.stack_scan_work += stack
        self.c.assist_time += assist
        self.now += assist
        self.c.revise()

    @precondition(lambda self: self.c.marking)
    @rule(survivors=st.floats(0, 1))
    def end(self, survivors: float) -> None:
        """End it: the goal is never below what is alive, and GOGC's goal is exact."""
        c = self.c
        c.end_cycle(self.now, self.procs)
        c.reset_live(int(c.heap_live * survivors))
        c.commit(is_sweep_done=True)
        if c.gc_percent >= 0 and not c.limited and c.heap_marked * c.gc_percent < 1 << 60:
            scannable = c.heap_marked + c.last_stack_scan + c.globals_scan
            assert c.heap_goal() == max(c.heap_marked + scannable * c.gc_percent // 100, 4 * MIB * c.gc_percent // 100)

    @invariant()
    def sound(self) -> None:
        """Whatever came: trigger ≤ goal, work is owed while marking, a copy is equal."""
        if hasattr(self, "c"):
            self.c.check()
            assert self.c.copy() == self.c


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase
