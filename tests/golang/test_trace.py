"""Traces as columns, in order."""

import gzip
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import Trace, parse, read
from gomemlab.golang.wire import Ev
from gomemlab.recorded.recording import SHIPPED
from tests.golang.gocommand import go_command
from tests.golang.tracewriter import (
    END,
    HEADER,
    NO_THREAD,
    batch,
    event,
    experiment,
    info,
    number,
    running,
    stacks,
    strings,
    trace,
)

OURS = Path(__file__).parent.parent / "data" / "recordings"


def test_events_have_type_time_thread_arguments_and_offset() -> None:
    """An object at tick 1003 on thread 1, P 0, goroutine 1."""
    events = running() + event(Ev.HEAP_OBJECT_ALLOC, 1024, 300)

    result = parse(trace(info(), batch(events)))

    assert len(result) == 3
    assert (result.typ[2], result.time[2], result.m[2], result.p[2], result.g[2]) == (132, 1003 * 64, 1, 0, 1)
    assert result.args[:, 2].tolist() == [1024, 300, 0, 0]
    assert result.info is not None
    assert result.info.page_size == 8192


def test_an_event_can_be_found_in_the_file_by_its_offset() -> None:
    """The byte there is its type."""
    data = trace(info(), batch(running()), batch(event(Ev.HEAP_OBJECT_ALLOC, 1, 1)))

    result = parse(data)

    assert [data[at] for at in result.at.tolist()] == result.typ.tolist()


def test_strings_types_and_stacks_are_looked_up_in_their_generation() -> None:
    """The reason of a stop of the world, a type, and who asked."""
    types = bytes([0]) + b"".join(number(value) for value in (5, 0x1000, 24, 8, 6)) + b"main.T"
    events = running() + event(Ev.STW_BEGIN, 1, 9) + event(Ev.HEAP_OBJECT_ALLOC, 1, 5)
    tables = strings({1: "read mem stats", 2: "runtime.f", 3: "main.main"}) + stacks({9: (2, 3)}) + experiment(types)

    result = parse(trace(tables, info(), batch(events)))

    assert result.string(2) == "read mem stats"
    assert result.stack(2, 1) == ("runtime.f", "main.main")
    assert result.stack(2, 0) == ()
    assert result.type_info(3) == (0x1000, 24, 8, "main.T")
    assert result.type_info(2) is None


def test_the_clock_of_a_generation_sets_its_times() -> None:
    """At 10^9 ticks a second a tick is a nanosecond."""
    sync = bytes([Ev.SYNC, Ev.FREQUENCY]) + number(10**9) + event(Ev.CLOCK_SNAPSHOT, 1, 2, 3)

    result = parse(trace(batch(sync), batch(running(), time=5000)))

    assert result.time.tolist() == [5001, 5002]


def test_threads_are_merged_by_time() -> None:
    """Two threads that take turns."""
    first = running(g=1, p=0, m=1) + event(Ev.HEAP_ALLOC, 1, dt=10) + event(Ev.HEAP_ALLOC, 3, dt=10)
    second = running(g=2, p=1, m=2) + event(Ev.HEAP_ALLOC, 2, dt=15) + event(Ev.HEAP_ALLOC, 4, dt=15)

    result = parse(trace(batch(first, m=1), batch(second, m=2)))

    assert result.args[0, result.typ == Ev.HEAP_ALLOC].tolist() == [1, 2, 3, 4]
    assert result.p[result.typ == Ev.HEAP_ALLOC].tolist() == [0, 1, 0, 1]


def test_a_goroutine_starts_after_it_was_made_whatever_the_clock_says() -> None:
    """Thread 2's clock is 900 ticks behind."""
    first = running() + event(Ev.GO_CREATE, 9, 0, 0) + event(Ev.HEAP_ALLOC, 1)
    second = (
        event(Ev.PROC_STATUS, 1, 2) + event(Ev.PROC_START, 1, 1) + event(Ev.GO_START, 9, 1) + event(Ev.HEAP_ALLOC, 2)
    )

    result = parse(trace(batch(first, m=1, time=1000), batch(second, m=2, time=100)))

    made, started = (int(np.argmax(result.typ == typ)) for typ in (Ev.GO_CREATE, Ev.GO_START))
    assert made < started
    assert sorted(result.g[result.typ == Ev.HEAP_ALLOC].tolist()) == [1, 9]


def life_of_a_goroutine() -> bytes:
    """Return events that bring a goroutine through every state."""
    return (
        running()
        + event(Ev.GO_CREATE, 2, 0, 0)
        + event(Ev.GO_CREATE_BLOCKED, 3, 0, 0)
        + event(Ev.GO_STOP, 0, 0)
        + event(Ev.GO_START, 2, 1)
        + event(Ev.GO_SWITCH, 3, 1)
        + event(Ev.GO_UNBLOCK, 2, 2, 0)
        + event(Ev.GO_SYSCALL_BEGIN, 1, 0)
        + event(Ev.GO_SYSCALL_END)
        + event(Ev.GO_BLOCK, 0, 0)
        + event(Ev.GO_START, 2, 3)
        + event(Ev.GO_UNBLOCK, 3, 2, 0)
        + event(Ev.GO_DESTROY)
        + event(Ev.GO_CREATE_BLOCKED, 4, 0, 0)
        + event(Ev.GO_START, 3, 3)
        + event(Ev.GO_SWITCH_DESTROY, 4, 1)
        + event(Ev.GO_SYSCALL_BEGIN, 2, 0)
        + event(Ev.PROC_STEAL, 0, 3, 1)
        + event(Ev.GO_SYSCALL_END_BLOCKED)
        + event(Ev.PROC_START, 0, 4)
        + event(Ev.GO_START, 1, 1)
        + event(Ev.GC_BEGIN, 1, 0)
        + event(Ev.GC_END, 2)
        + event(Ev.PROC_STOP)
    )


def test_a_goroutine_goes_through_all_its_states() -> None:
    """Made, started, switched, blocked, in a system call, its P stolen, ended."""
    result = parse(trace(batch(life_of_a_goroutine())))

    assert result.g.tolist() == [-1, -1, 1, 1, 1, -1, 2, 3, 3, 3, 3, -1, 2, 2, -1, -1, 3, 4, 4, 4, -1, -1, 1, 1, 1]
    assert result.p[-1] == 0


def test_goroutines_of_c_come_and_go_in_a_system_call() -> None:
    """Made in a call from C, ended with its P left behind, which another thread takes."""
    first = running() + event(Ev.GO_CREATE_SYSCALL, 5) + event(Ev.GO_DESTROY_SYSCALL)
    second = event(Ev.PROC_STEAL, 0, 1, 1) + event(Ev.PROC_START, 0, 2)

    result = parse(trace(batch(first), batch(second, m=2, time=2000)))

    assert result.g.tolist() == [-1, -1, 1, 5, -1, -1]


def test_what_a_thread_without_a_p_was_doing_is_told_by_others() -> None:
    """Goroutine 7 was in a system call on thread 9; a collection was under way."""
    told = event(Ev.GO_STATUS, 7, 9, 3) + event(Ev.GO_STATUS_STACK, 8, NO_THREAD, 4, 0) + event(Ev.GC_ACTIVE, 5)
    later = event(Ev.GO_SYSCALL_END_BLOCKED)

    result = parse(trace(batch(running() + told), batch(later, m=9, time=9000)))

    assert result.g[-1] == 7


def test_a_new_generation_tells_the_states_again() -> None:
    """The same goroutine and P in generations 1 and 2; numbers begin anew."""
    first = batch(running() + event(Ev.GO_SYSCALL_BEGIN, 1, 0))
    again = event(Ev.PROC_STATUS, 0, 4) + event(Ev.GO_STATUS, 1, 1, 3) + event(Ev.GC_ACTIVE, 1)
    second = batch(again, gen=2, time=2000)

    result = parse(HEADER + first + END + second + END)

    assert result.gen.tolist() == [0, 0, 0, 1, 1, 1]
    assert result.g.tolist()[3:] == [1, 1, 1]


IDLE = 2
SECOND = running(g=2, p=1, m=2)
WAITING = {  # what thread 2, whose clock is behind, must wait with, and what thread 1 does before
    "unblock": (SECOND + event(Ev.GO_UNBLOCK, 3, 1, 0), running() + event(Ev.GO_CREATE_BLOCKED, 3, 0, 0)),
    "switch": (SECOND + event(Ev.GO_SWITCH, 3, 1), running() + event(Ev.GO_CREATE_BLOCKED, 3, 0, 0)),
    "switch and end": (SECOND + event(Ev.GO_SWITCH_DESTROY, 3, 1), running() + event(Ev.GO_CREATE_BLOCKED, 3, 0, 0)),
    "steal": (event(Ev.PROC_STEAL, 0, 2, 1), running() + event(Ev.GO_SYSCALL_BEGIN, 1, 0)),
    "start": (event(Ev.PROC_START, 5, 1), running() + event(Ev.PROC_STATUS, 5, IDLE)),
    "collection": (SECOND + event(Ev.GC_BEGIN, 8, 0), running() + event(Ev.GC_END, 7)),
    "collection that ends": (SECOND + event(Ev.GC_END, 8), running() + event(Ev.GC_BEGIN, 7, 0)),
}


@pytest.mark.parametrize("what", sorted(WAITING))
def test_an_event_waits_for_what_it_builds_on(what: str) -> None:
    """Thread 2 comes second although its clock says first."""
    behind, before = WAITING[what]
    told = batch(event(Ev.GC_ACTIVE, 6), m=3, time=1)

    result = parse(trace(told, batch(before, time=5000), batch(behind, m=2, time=100)))

    assert result.m.tolist()[-1] == 2


def test_a_blocked_call_returns_when_its_p_was_stolen() -> None:
    """The end of thread 1's system call waits for thread 2, whose clock is ahead."""
    first = running() + event(Ev.GO_SYSCALL_BEGIN, 1, 0) + event(Ev.GO_SYSCALL_END_BLOCKED)
    second = event(Ev.PROC_STEAL, 0, 2, 1)

    result = parse(trace(batch(first), batch(second, m=2, time=9000)))

    assert result.typ.tolist()[-2:] == [Ev.PROC_STEAL, Ev.GO_SYSCALL_END_BLOCKED]


def test_a_generation_without_events_is_empty() -> None:
    """Only a table of strings."""
    assert len(parse(trace(strings({1: "x"})))) == 0


@pytest.mark.slow
def test_a_trace_of_many_megabytes_is_decoded_in_groups() -> None:
    """Fifty batches of 20,000 numbered events."""
    payload = event(Ev.HEAP_ALLOC, 5) * 20_000
    batches = [batch(payload, time=1000 + 30_000 * i) for i in range(50)]

    result = parse(trace(batch(running()), *batches))

    assert len(result) == 1_000_002
    assert result.args[0, 2:].tolist().count(5) == 1_000_000


def test_more_threads_than_go_allows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread costs a place in the order."""
    monkeypatch.setattr("gomemlab.golang.tables.MAX_THREADS", 3)

    with pytest.raises(TraceError, match="more than 3 threads"):
        parse(trace(*(batch(running(g=i, p=i, m=i), m=i) for i in range(1, 6))))


IMPOSSIBLE = {
    "no event of type 7": batch(b"\7\1"),
    "longer than its batch": batch(bytes([Ev.SPAN_ALLOC]) + b"\1\1"),
    "batch ends in the middle of a number": batch(bytes([Ev.HEAP_ALLOC]) + b"\1\x80"),
    "longer than 10 bytes": batch(bytes([Ev.HEAP_ALLOC]) + b"\1" + b"\x80" * 12 + b"\1"),
    "ticks after the one before": batch(event(Ev.PROC_STATUS, 0, 1, dt=1 << 50)),
    "no clock has reached": batch(event(Ev.PROC_STATUS, 0, 1), time=1 << 60),
    "generation 0": batch(event(Ev.PROC_STATUS, 0, 1), gen=0),
    "generation 1 comes after generation 2": batch(b"", gen=2) + batch(b"", gen=1),
    "a string says it has 9 bytes": batch(bytes([Ev.STRINGS, Ev.STRING, 1, 9]) + b"abc"),
    "expected a string": batch(bytes([Ev.STRINGS, 9])),
    "expected a stack": batch(bytes([Ev.STACKS, 9])),
    "at most 128 are possible": batch(bytes([Ev.STACKS, Ev.STACK, 1]) + number(129)),
    "0 ticks a second": batch(bytes([Ev.SYNC, Ev.FREQUENCY, 0])),
    "expected a clock": batch(bytes([Ev.SYNC, 9])),
    "unknown kind 9": experiment(b"\x09"),
    "no thread can go on": batch(running()) + batch(event(Ev.GO_START, 3, 1), m=2),
    "goroutine -1 was never heard of": batch(event(Ev.GO_BLOCK, 0, 0)),
    "P-1 was never heard of": batch(event(Ev.PROC_STOP)),
    "P0 is said to be in state 2": batch(running() + event(Ev.PROC_STATUS, 0, 2)),
    "goroutine 1 is said to be in state 4": batch(running() + event(Ev.GO_STATUS, 1, 1, 4)),
    "has the number 5, 1 comes next": batch(running() + event(Ev.GO_SYSCALL_BEGIN, 5, 0)),
    "which does not have it": batch(running() + event(Ev.GO_SYSCALL_BEGIN, 1, 0) + event(Ev.PROC_STEAL, 0, 2, 8)),
}


@pytest.mark.parametrize("message", list(IMPOSSIBLE))
def test_a_trace_that_cannot_be_is_refused_with_a_byte_offset(message: str) -> None:
    """Each contradiction has a sentence, and an offset inside the file."""
    data = trace(IMPOSSIBLE[message])

    with pytest.raises(TraceError, match=re.escape(message)) as caught:
        parse(data)

    assert 16 <= caught.value.offset < len(data)
    assert f"(byte {caught.value.offset})" in str(caught.value)


def test_a_goroutine_of_a_later_generation_must_have_been_made() -> None:
    """Goroutine 5 appears in generation 2 out of nowhere."""
    data = HEADER + batch(running()) + END + batch(event(Ev.GO_STATUS, 5, 1, 4), gen=2) + END

    with pytest.raises(TraceError, match="goroutine 5 was never heard of"):
        parse(data)


def test_a_trace_of_nothing_is_refused() -> None:
    """A header and no batch."""
    with pytest.raises(TraceError, match="nothing was recorded"):
        parse(HEADER)


def test_empty_batches_and_foreign_experiments_are_skipped() -> None:
    """They are legal and say nothing."""
    foreign = bytes([Ev.EXPERIMENTAL_BATCH, 9]) + b"\1\1\1\1\7"

    result = parse(trace(batch(b""), foreign, batch(bytes([Ev.CPU_SAMPLES, 7, 7])), batch(running())))

    assert len(result) == 2


def test_a_trace_without_the_experiment_has_no_info() -> None:
    """Nor a lowest heap address."""
    assert parse(trace(batch(running()))).info is None


@pytest.fixture(scope="module")
def tiny() -> Trace:
    """Return a real trace that ships."""
    return read(SHIPPED / "tiny.trace.gz")


def test_a_shipped_trace_is_read_whole(tiny: Trace) -> None:
    """100,727 events, 100,055 objects."""
    assert len(tiny) == 100_727
    assert int((tiny.typ == Ev.HEAP_OBJECT_ALLOC).sum()) > 100_000
    assert tiny.version == 26


RECORDINGS = sorted([*SHIPPED.glob("*.trace.gz"), *OURS.glob("*.trace.gz")])


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_no_recording_tells_of_the_machine_it_was_made_on(path: Path) -> None:
    """Of files on the stacks it names runtime/malloc.go and words.go, no folder of anybody's."""
    result = read(path)
    said = path.with_name(path.name.replace(".trace.gz", ".memstats.json")).read_text()

    names = {text for generation in result.generations for text in generation.strings.values()}
    assert "runtime/proc.go" in names
    assert [name for name in names if name.startswith("/")] == []
    assert "/" not in said


LINE = re.compile(r"M=(-?\d+) P=(-?\d+) G=(-?\d+) Experimental Time=\d+ .*Args=\[(.*)\]")


def go_says(go: Path, path: Path) -> Iterator[tuple[int, ...]]:
    """Yield M, P, G and the arguments of each alloc/free event, as Go's own reader prints them."""
    command = [str(go), "tool", "trace", "-d=parsed", str(path)]
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    for line in printed.splitlines():
        if match := LINE.match(line):
            numbers = re.findall(r"(\d+)(?=\)|,|$|\])", re.sub(r"\w+=", "", match[4]))
            yield (*map(int, match.groups()[:3]), *map(int, numbers))


@pytest.mark.slow
def test_order_and_context_are_those_of_gos_own_reader(tmp_path: Path) -> None:
    """Every alloc/free event of the recording "mixed", compared with `go tool trace -d=parsed`."""
    go = go_command()
    mixed = read(SHIPPED / "mixed.trace.gz")
    plain = tmp_path / "mixed.trace"
    plain.write_bytes(gzip.decompress((SHIPPED / "mixed.trace.gz").read_bytes()))
    rows = np.flatnonzero(mixed.typ >= Ev.SPAN)

    said = list(go_says(go, plain))

    ours = np.stack([mixed.m, mixed.p, mixed.g, mixed.args[0].astype(np.int64)])[:, rows].T.tolist()
    assert [list(line[:4]) for line in said] == ours


def test_events_of_some_kinds_are_found_between_two_rows() -> None:
    """Of eight events the objects and the heap's goals from row 3 up to row 7."""
    objects = event(Ev.HEAP_OBJECT_ALLOC, 1, 1) + event(Ev.HEAP_ALLOC, 1) + event(Ev.HEAP_GOAL, 1)

    result = parse(trace(info(), batch(running() + objects * 2)))

    assert result.rows(Ev.HEAP_OBJECT_ALLOC, Ev.HEAP_GOAL, begin=3, end=7).tolist() == [4, 5]
    assert result.rows(Ev.GC_END).tolist() == []
