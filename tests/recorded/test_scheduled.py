"""Real programs' goroutines take turns as the model says."""

from pathlib import Path

import pytest

from gomemlab.golang.trace import parse, read
from gomemlab.golang.wire import Ev
from gomemlab.recorded.scheduled import UNHEARD, Turns, turns
from gomemlab.runtime.errors import MisuseError
from tests.golang import tracewriter as tw

SCHEDULES = Path(__file__).parent.parent / "data" / "schedules"  # with the programs beside them


@pytest.mark.slow
def test_on_one_p_the_next_goroutine_is_known() -> None:
    """Crowds, ping-pong, mutexes, yields, sleeps, preemption: all 956 starts.

    Two of the runtime's own goroutines waited in the global queue when the trace began.
    """
    result = turns(read(SCHEDULES / "turns.trace.gz"))

    assert (result.exact, result.total, result.misses) == (956, 956, ())
    assert result.why == {"runnext": 267, "local": 576, "global": 105, "global turn": 8}
    assert (len(result.ticks), result.earlier) == (1, "global")


@pytest.mark.slow
def test_the_network_timers_and_the_collector_are_no_mystery() -> None:
    """Three cycles, 60 echoes, 10 ticks: all 985 starts; three goroutines waited on P0 when the trace began."""
    result = turns(read(SCHEDULES / "outside.trace.gz"))

    assert (result.exact, result.total, result.misses) == (985, 985, ())
    assert result.why["handed over"] == 57
    assert result.earlier == "local"


@pytest.mark.slow
def test_on_two_ps_a_thief_takes_what_the_model_says_unless_it_came_earlier() -> None:
    """954 of 955, 36 of them stolen; once the thief came when there was less to take.

    No trace has the moment at which a thief looks: other runs of the program had between 718 and 955.
    """
    result = turns(read(SCHEDULES / "turns_two_ps.trace.gz"))

    assert (result.exact, result.total) == (954, 955)
    assert result.why["stolen"] == 36
    assert [miss.where for miss in result.misses] == ["another's queue"]
    assert len(result.ticks) == 2


@pytest.mark.parametrize("name", ["turns", "turns_two_ps", "outside"])
def test_no_schedule_tells_of_the_machine_it_was_made_on(name: str) -> None:
    """Of files on the stacks it names runtime/proc.go, no folder of anybody's."""
    names = {text for part in read(SCHEDULES / f"{name}.trace.gz").generations for text in part.strings.values()}

    assert "runtime/proc.go" in names
    assert [text for text in names if text.startswith("/")] == []


# By hand: G1 runs on P0 when the trace begins

TEXTS = {1: "network", 2: "chan receive", 3: "runtime.goyield", 4: "preempted", 5: "main.f"}
YIELD = 1  # a stack


def played(*events: bytes, elsewhere: bytes = b"") -> Turns:
    """Return the turns of a trace with these events on P0, and some of a thread without a P."""
    tables = tw.strings(TEXTS) + tw.stacks({YIELD: (3,)})
    other = (tw.batch(elsewhere, m=2, time=1006),) if elsewhere else ()
    return turns(parse(tw.trace(tables, tw.batch(tw.running() + b"".join(events)), *other)))


def start(g: int, seq: int) -> bytes:
    """Return the event that a goroutine runs."""
    return tw.event(Ev.GO_START, g, seq)


def block(reason: int) -> bytes:
    """Return the event that the goroutine waits."""
    return tw.event(Ev.GO_BLOCK, reason, 0)


def test_a_goroutine_that_was_made_waiting_is_in_no_queue_until_it_is_woken() -> None:
    """G2 is made waiting, G3 runnable: G3 runs, wakes G2 and waits; then G2 runs."""
    result = played(
        tw.event(Ev.GO_CREATE_BLOCKED, 2, 0, 0),
        tw.event(Ev.GO_CREATE, 3, 0, 0),
        block(2),
        start(3, 1),
        tw.event(Ev.GO_UNBLOCK, 2, 1, 0),
        block(2),
        start(2, 2),
    )

    assert (result.exact, result.why) == (2, {"runnext": 2})


def test_who_hands_a_mutex_on_goes_behind_its_own_queue_and_not_behind_all() -> None:
    """G1 has made G2 and G3 and yields by goyield: G3, G2, and G1 again as the last of P0's own."""
    result = played(
        tw.event(Ev.GO_CREATE, 2, 0, 0),
        tw.event(Ev.GO_CREATE, 3, 0, 0),
        tw.event(Ev.GO_STOP, 4, YIELD),
        start(3, 1),
        block(2),
        start(2, 1),
        block(2),
        start(1, 1),
    )

    assert (result.exact, result.why) == (3, {"runnext": 1, "local": 2})


def test_of_several_that_the_network_woke_the_last_told_runs_first() -> None:
    """G1, G2 and G3 wait for the network; it brings G1 and G2 into the queue, and G3 runs at once."""
    result = played(
        tw.event(Ev.GO_CREATE, 2, 0, 0),
        tw.event(Ev.GO_CREATE, 3, 0, 0),
        block(1),
        start(3, 1),
        block(1),
        start(2, 1),
        block(1),
        tw.event(Ev.GO_UNBLOCK, 1, 1, 0),
        tw.event(Ev.GO_UNBLOCK, 2, 2, 0),
        tw.event(Ev.GO_UNBLOCK, 3, 2, 0),
        start(3, 3),
        block(2),
        start(1, 2),
        block(2),
        start(2, 3),
    )

    assert (result.exact, result.why["handed over"], result.why["local"]) == (5, 1, 3)


def test_a_miss_goes_on_with_the_real_one() -> None:
    """G2 runs although G3 is next; then G3, as foreseen."""
    result = played(
        tw.event(Ev.GO_STATUS, 9, tw.NO_THREAD, 4),
        tw.event(Ev.GO_CREATE, 2, 0, 0),
        tw.event(Ev.GO_CREATE, 3, 0, 0),
        block(2),
        start(2, 1),
        block(2),
        start(3, 1),
    )

    assert [(miss.predicted, miss.actual, miss.where) for miss in result.misses] == [(3, 2, "own queue")]
    assert result.why == {"runnext": 1}


def test_who_was_found_by_the_network_and_does_not_run_at_once_is_a_miss() -> None:
    """G1 is woken by the scheduler, and yet G2 runs before it."""
    result = played(
        tw.event(Ev.GO_CREATE, 2, 0, 0),
        block(1),
        tw.event(Ev.GO_UNBLOCK, 1, 1, 0),
        start(2, 1),
        block(2),
        start(1, 2),
    )

    assert [(miss.predicted, miss.actual, miss.where) for miss in result.misses] == [(0, 1, UNHEARD)]


@pytest.mark.parametrize(("first", "earlier"), [(7, "global"), (2, "local")])
def test_who_could_run_before_the_trace_waited_in_one_queue_or_the_other(first: int, earlier: str) -> None:
    """G7, told of when it runs: before G2, which is runnext, only from the global queue; behind it from P0's own."""
    order = {7: [7, 2], 2: [2, 7]}[first]
    events = [tw.event(Ev.GO_CREATE, 2, 0, 0), block(2)]
    for g in order:
        told = [tw.event(Ev.GO_STATUS, 7, tw.NO_THREAD, 1)] if g == 7 else []
        events += [*told, start(g, 1), block(2)]

    result = played(*events)

    assert (result.exact, result.earlier) == (2, earlier)


def test_whom_a_thread_without_a_p_wakes_is_in_the_global_queue() -> None:
    """Another thread wakes G1, while P0 runs G2: G1 comes from the global queue."""
    result = played(
        tw.event(Ev.GO_CREATE, 2, 0, 0),
        block(2),
        start(2, 1),
        tw.event(Ev.GO_STOP, 4, YIELD, dt=50),
        start(1, 2),
        elsewhere=tw.event(Ev.GO_UNBLOCK, 1, 1, 0, dt=4),
    )

    assert result.total == 2
    assert result.exact == 2


def test_the_global_queue_is_named_where_a_miss_came_from_there() -> None:
    """G1 was preempted and runs before G2, which is P0's own, whatever the tick: 122 ticks have one at most."""
    turn = [tw.event(Ev.GO_STOP, 4, 0), start(1, 2)]

    result = played(tw.event(Ev.GO_CREATE, 2, 0, 0), tw.event(Ev.GO_STOP, 4, 0), start(1, 1), *turn)

    assert [miss.where for miss in result.misses] == ["global queue"]


def test_a_trace_without_a_start_has_no_turns() -> None:
    """G1 only runs."""
    with pytest.raises(MisuseError, match="no goroutine starts in this trace"):
        played()
