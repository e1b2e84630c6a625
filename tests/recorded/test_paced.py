"""When real Go began its cycles, and which goals it set: the pacer says the same of every recording there is."""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gomemlab import gctrace
from gomemlab.golang import trace
from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded import bulk, load
from gomemlab.recorded.plan import Act
from gomemlab.recorded.recording import SHIPPED
from gomemlab.runtime.gc.pacer import DEFAULT_HEAP_MINIMUM, GCController

DATA = Path(__file__).parent.parent / "data"
MIB = 1 << 20
# The three files of every program have finalizers, so markrootSpans scans their 128 B once more, and bytesMarked counts
# them twice: not as marks, but in the live heap. Go: runtime/mgcmark.go, markrootSpans; os/file_unix.go, newFile.
FILES_COUNTED_TWICE = 3 * 128


@dataclass(slots=True)
class Begun:
    """A cycle of a recording, in bytes of heapLive."""

    before: int  # at the refill before the one that called gcStart
    live: int  # when gcStart was called
    forced: bool
    goal: int  # that was in force, 0 for none
    at_end: int = 0  # when marking ended
    marked: int = 0


def everywhere() -> list[Path]:
    """Return all recordings there are: those that ship, ours, and those below the folder GOMEMLAB_RECORDINGS names."""
    folders = [SHIPPED, DATA / "recordings", *filter(None, [os.environ.get("GOMEMLAB_RECORDINGS")])]
    return sorted(path for folder in map(Path, folders) for path in folder.rglob("*.trace*"))


def begun(events: Trace) -> Iterator[Begun]:
    """Return the cycles: each as soon as it is known when the world calls gcStart, which may wait for others first."""
    live = before = earlier = goal = marked = 0
    cycle: Begun | None = None
    for row in events.rows(Ev.HEAP_ALLOC, Ev.HEAP_GOAL, Ev.GC_BEGIN, Ev.GC_END, Ev.GO_BLOCK).tolist():
        kind, value = events.typ[row], int(events.args[0, row])
        if kind == Ev.HEAP_ALLOC:
            earlier, before, live = before, live, value
        elif kind == Ev.HEAP_GOAL:
            goal = value
        elif kind == Ev.GC_END and cycle is not None:
            cycle.at_end, cycle.marked, marked = before, live, live
            yield cycle
            cycle = None
        elif cycle is None and (kind == Ev.GC_BEGIN or (kind == Ev.GO_BLOCK and live > marked)):
            functions = events.stack(row, 1)
            if kind == Ev.GO_BLOCK and "runtime.gcStart" in functions and took_a_span_to_wait(events, row):
                cycle = Begun(earlier, before, forced=False, goal=goal)
            elif kind == Ev.GC_BEGIN or "runtime.gcStart" in functions:
                cycle = Begun(before, live, "runtime.GC" in functions, goal)


def took_a_span_to_wait(events: Trace, row: int) -> bool:
    """Say whether the goroutine that blocks there, in gcStart, needed a new span for what it waits with."""
    sudog = events.type_info(row - 1) if events.typ[row - 1] == Ev.HEAP_OBJECT_ALLOC else None
    return sudog is not None and sudog.name == "runtime.sudog" and events.typ[row - 2] == Ev.HEAP_ALLOC


def gogc_of(cycles: list[Begun]) -> int:
    """Return GOGC, which the first goal tells: it is 4 MiB times that."""
    return -(-cycles[0].goal * 100 // DEFAULT_HEAP_MINIMUM)


def after(cycle: Begun, goal: int, gogc: int) -> GCController:
    """Return the pacer after a cycle that marked with the world stopped, so that it learned nothing of rates.

    How much stacks and globals it scanned follows from the goal.
    """
    c = GCController.init(gogc)
    c.start_cycle(0, 1)
    c.globals_scan = -(-(goal - cycle.marked) * 100 // gogc) - cycle.marked
    c.end_cycle(0, 1)
    c.reset_live(cycle.marked)
    c.commit(is_sweep_done=True)
    return c


def heap_cycles(path: Path) -> tuple[list[Begun], int]:
    """Return the cycles of a recording and GOGC; none where nothing triggered them but the program."""
    cycles = list(begun(trace.read(path)))
    return (cycles, gogc_of(cycles)) if cycles and cycles[0].goal else ([], 0)


STOPPED = [path for path in everywhere() if "_beside" not in path.name and "concurrent" not in path.parent.name]


@pytest.mark.slow
@pytest.mark.parametrize("path", STOPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_cycle_of_a_stopped_world_begins_at_the_models_trigger(path: Path) -> None:
    """With gcstoptheworld the trigger is 61/64 of the way: the first refill that reaches it calls gcStart, no other."""
    cycles, gogc = heap_cycles(path)
    checked = forced = 0

    for last, cycle in pairwise(cycles):
        c = after(last, cycle.goal, gogc)
        assert c.heap_goal() == cycle.goal
        if cycle.forced:
            forced += 1
            assert cycle.live < c.trigger()[0]
        else:
            checked += 1
            assert cycle.before < c.trigger()[0] <= cycle.live
            c.heap_live = cycle.live
            c.start_cycle(0, 1, stop_the_world=True)
            assert c.triggered == cycle.live

    print(f"{path.name}: {checked} cycles begun by the heap, {forced} by the program")  # noqa: T201 - what it stands on


@pytest.mark.slow
def test_the_number_of_cycles_is_exact() -> None:
    """nopool with the world stopped: 47 cycles; the pacer, given what each marked, begins 47."""
    found = {f"{path.parent.name}/{path.name}": heap_cycles(path) for path in STOPPED}
    predicted = {
        name: 1 + sum(c.live >= after(b, c.goal, gogc).trigger()[0] > c.before for b, c in pairwise(cs))
        for name, (cs, gogc) in found.items()
        if cs and not any(c.forced for c in cs)
    }

    assert predicted
    assert predicted == {name: len(found[name][0]) for name in predicted}


@pytest.mark.slow
@pytest.mark.parametrize("path", everywhere(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_goal_and_trigger_of_any_cycle_keep_their_bounds(path: Path) -> None:
    """Beside the program, too: never before 45/64 of the way, never with a goal that stacks and globals cannot make."""
    cycles, gogc = heap_cycles(path)

    for last, cycle in pairwise(cycles):
        c = after(last, cycle.goal, gogc)
        c.runway = cycle.goal + 1
        assert 0 < c.globals_scan < 1 << 27
        assert c.heap_goal() == cycle.goal
        assert cycle.forced or cycle.live >= c.trigger()[0]


@pytest.mark.slow
@pytest.mark.parametrize("path", everywhere(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_models_live_heap_is_gos_to_the_byte(path: Path) -> None:
    """Replayed, each cycle ends with the live heap that Go had, and had before, but for the three files."""
    recording = load(path)
    if recording.start.procs > 1:
        return  # which P allocated what is not certain there
    plan, world = recording.plan, recording.world()
    marked = set(np.flatnonzero(plan.act == Act.MARKED).tolist())
    stats, begins, ends = world.allocator.heap.stats, list[int](), list[int]()

    def look(done: int, total: int) -> None:
        del total
        if done in marked:
            begins.append(stats.heap_live)
        if done - 1 in marked:
            ends.append(stats.heap_live)

    bulk.run(plan, world, recording.start.heap_min, progress=look)

    cycles = list(begun(recording.trace))[-len(ends) :] if ends else []
    at_end = begins[-len(ends) :]
    if path not in STOPPED:  # what the last one found dead is not swept when the recording ends, so nobody knows it
        at_end, ends, cycles = at_end[:-1], ends[:-1], cycles[:-1]
    assert [live + FILES_COUNTED_TWICE for live in ends] == [cycle.marked for cycle in cycles]
    # Before the first mark phase the model does not know what was there.
    assert [live + FILES_COUNTED_TWICE for live in at_end[1:]] == [cycle.at_end for cycle in cycles[1:]]
    print(f"{path.name}: {len(ends)} cycles")  # noqa: T201 - what it stands on


def services() -> list[Path]:
    """Return the logs of real services."""
    return sorted((DATA / "services").glob("*.runs.gz"))


def logs(path: Path) -> Iterator[tuple[dict[str, Any], list[gctrace.Cycle]]]:
    """Return what each run of a service was set to, and its cycles."""
    head: dict[str, Any] = {}
    lines = list[str]()
    with gzip.open(path, "rt") as file:
        for line in (*file, "{}"):
            if line.startswith("{"):
                if head:
                    yield head, list(gctrace.parse(lines))
                head, lines = json.loads(line), []
            else:
                lines.append(line)


def bound(last: gctrace.Cycle, cycle: gctrace.Cycle, gogc: int, more: int) -> int:
    """Return the goal that follows from a line and the one before it; numbers are cut to MiB, so `more` is added.

    The first size of a line is read before the world is stopped, what the pacer takes as trigger when it has been: at
    most, that is what the heap had when marking was over. Go: runtime/mgc.go, gcStart.
    """
    c = GCController.init(gogc)
    c.start_cycle(0, 1)
    c.stack_scan_work = ((last.stacks_mb or 0) + more) * MIB
    c.globals_scan = ((last.globals_mb or 0) + more) * MIB
    c.end_cycle(0, 1)
    c.reset_live((last.heap_live_mb + more) * MIB)
    c.commit(is_sweep_done=False)
    c.heap_live = (max(cycle.heap_start_mb, cycle.heap_end_mb if more else 0) + more) * MIB
    c.start_cycle(0, 1)
    return c.heap_goal()


@pytest.mark.slow
@pytest.mark.parametrize("path", services(), ids=lambda path: path.name)
def test_every_goal_of_a_real_services_log_is_the_models(path: Path) -> None:
    """GOGC 50 to 400, without a limit: each printed goal lies between those of the least and the most it can mean."""
    checked = 0
    for head, cycles in logs(path):
        if head["memory_limit"] is not None or head["gogc"] < 0:
            continue
        for last, cycle in pairwise(cycles):
            low, high = (bound(last, cycle, head["gogc"], more) for more in (0, 1))
            assert low // MIB <= cycle.heap_goal_mb <= high // MIB, (head["setting"], cycle)
            checked += 1

    assert checked
    print(f"{path.name}: {checked} goals")  # noqa: T201 - what it stands on
