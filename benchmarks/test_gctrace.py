"""Reading gctrace logs: lines a second, beside a reader that only parts lines at their blanks."""

import gzip
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from table import Row, Table, rate

from gomemlab.gctrace import parse, stream
from gomemlab.gctrace.line import Exact, line

GOAL = 200_000  # lines a second
LINES = 200_000
pytestmark = pytest.mark.benchmark(timer=process_time)


def cycle(number: int) -> str:
    """Return the line of a cycle of a service."""
    return line(
        Exact(
            number=number,
            at_ns=number * 317_000_000,
            gc_cpu_fraction=0.021,
            clock_sweep_term_ns=40_000 + number % 991 * 100,
            clock_mark_ns=9_000_000 + number % 4_000 * 1_000,
            clock_mark_term_ns=9_000 + number % 97 * 1_000,
            cpu_assist_ns=number % 89 * 10_000,
            cpu_background_ns=4_000_000 + number % 911 * 10_000,
            cpu_idle_ns=number % 7 * 1_000_000,
            heap_start=(190 + number % 61) << 20,
            heap_end=(195 + number % 61) << 20,
            heap_live=(100 + number % 31) << 20,
            heap_goal=(200 + number % 62) << 20,
            stacks=3 << 20,
            globals=1 << 20,
            procs=8,
            forced=number % 500 == 0,
        )
    )


LOGS: dict[str, Callable[[int], str]] = {
    "a gctrace log": cycle,
    "a gctrace log in Docker's JSON": lambda n: (
        f'{{"log":"{cycle(n)}\\n","stream":"stderr","time":"2026-11-21T20:00:00.{n:09}Z"}}'.replace("->", "-\\u003e")
    ),
    "a log of journald, one line in ten of GC": lambda n: (
        f"Nov 21 20:00:{n % 60:02} host service[4711]: "
        + (cycle(n // 10 + 1) if n % 10 == 0 else f'level=info msg="GET /items/{n}" status=200 took={n % 97}ms')
    ),
}


def bare(path: Path) -> int:
    """Part each line at its blanks and forget it: what reading costs at least."""
    count = 0
    with path.open(encoding="utf-8") as file:
        for text in file:
            count += len(text.split()) > 0
    return count


def drain(path: Path) -> int:
    """Read a log as a stream."""
    reader = stream(path)
    for _ in reader:
        pass
    return reader.lines


@pytest.mark.parametrize("what", LOGS)
def test_reading_a_log(benchmark: Any, table: Table, tmp_path: Path, what: str) -> None:
    """As a stream, beside a bare str.split of the same lines."""
    path = tmp_path / "gc.log"
    path.write_text("".join(LOGS[what](n) + "\n" for n in range(1, LINES + 1)), encoding="utf-8")
    splits = []
    for _ in range(5):
        begin = process_time()
        bare(path)
        splits.append(process_time() - begin)

    lines = benchmark.pedantic(drain, (path,), rounds=5, warmup_rounds=1)

    mine, best, split = benchmark.stats["median"], benchmark.stats["min"], sorted(splits)[2]
    table.add(
        Row(
            f"reading {what}",
            f"{rate(lines, mine)} (best {rate(lines, best)})",
            f"{rate(lines, split)} (str.split)",
            f"{split / mine:.2f}",
            rate(GOAL, 1),
            lines / mine >= GOAL,
        )
    )
    assert lines == LINES


@pytest.mark.parametrize("form", ["whole", "packed"])
def test_keeping_all_cycles(benchmark: Any, table: Table, tmp_path: Path, form: str) -> None:
    """Parse keeps each cycle; a packed log is unpacked on the way."""
    path = tmp_path / "gc.log"
    data = "".join(cycle(n) + "\n" for n in range(1, LINES + 1)).encode()
    path.write_bytes(gzip.compress(data, 6) if form == "packed" else data)

    log = benchmark.pedantic(parse, (path,), rounds=5, warmup_rounds=1)

    mine = benchmark.stats["median"]
    table.add(
        Row(
            f"keeping a gctrace log, {form}",
            f"{rate(LINES, mine)} (best {rate(LINES, benchmark.stats['min'])})",
            f"{LINES:,} lines",
            "",
            rate(GOAL, 1),
            LINES / mine >= GOAL,
        )
    )
    assert len(log) == LINES
