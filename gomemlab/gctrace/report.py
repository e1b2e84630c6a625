"""`gomemlab gctrace`: a log at a glance, as a table (--csv) or as a value for programs (--json).

Go: runtime/mgc.go, gcMarkTermination.
Left out: pictures; the panels draw them.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gomemlab.gctrace.cycle import Cycle
from gomemlab.gctrace.parse import Reader, stream
from gomemlab.gctrace.problems import Problems
from gomemlab.gctrace.summary import Summary
from gomemlab.runtime.errors import MisuseError

READ, NOTHING, UNREADABLE = 0, 1, 2  # exit status
FORMAT = 1  # of --json: goes up when a name changes its meaning or goes away
_MOST = 20  # processes of a log that are summarised one by one
_SHOWN = 8  # problems


def main(argv: Sequence[str]) -> int:
    """Read one log; return 0, 1 where it has no gctrace line, 2 where it cannot be read."""
    options = _options(argv)
    write = _json if options.json else _csv if options.csv else _text
    try:
        with _progress(quiet=options.quiet) as tell:
            reader = stream(sys.stdin.buffer if options.file == "-" else Path(options.file), progress=tell)
            write(reader, options.file)
    except MisuseError as error:
        sys.stderr.write(f"gomemlab gctrace: {error}\n")
        return UNREADABLE
    return READ if reader.cycles else NOTHING


def _options(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="gomemlab gctrace",
        description="Read what GODEBUG=gctrace=1 printed: GODEBUG=gctrace=1 ./service 2> gc.log",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="the log, packed with gzip or not; - is standard input; or one of the package's, such as cache_churn",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all cycles, the summary and the problems as JSON")
    form.add_argument("--csv", action="store_true", help="all cycles as a table")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser.parse_args(argv)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Draw a progress bar on stderr, where that is a terminal; it is told the bytes read, and of how many."""
    with tqdm(unit="B", unit_scale=True, leave=False, disable=quiet or not sys.stderr.isatty()) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield tell


class Processes:
    """A summary for each process; of very many processes the first ones, and the others together."""

    def __init__(self) -> None:
        self.each: dict[int, Summary] = {}
        self.others = 0  # cycles

    def add(self, cycle: Cycle) -> None:
        """Count one more cycle."""
        summary = self.each.get(cycle.process)
        if summary is None and len(self.each) < _MOST:
            summary = self.each[cycle.process] = Summary()
        if summary is None:
            self.others += 1
        else:
            summary.add(cycle)


def _text(reader: Reader, name: str) -> None:
    """Print the log at a glance."""
    processes = Processes()
    stopped = False
    try:
        for cycle in reader:
            processes.add(cycle)
    except KeyboardInterrupt:
        stopped = True
    for line in glance(reader, processes, name, stopped=stopped):
        sys.stdout.write(f"{line}\n")


def glance(reader: Reader, processes: Processes, name: str, *, stopped: bool = False) -> Iterator[str]:
    """Yield the lines of the summary."""
    many = reader.processes.count
    of = "one process" if many == 1 else f"{many:,} processes"
    so_far = " so far: reading was stopped" if stopped else ""
    yield f"{name}: {reader.cycles:,} cycles of {of} in {reader.lines:,} lines{so_far}"
    for index, summary in processes.each.items():
        if many > 1:
            yield f" process {index + 1:,}"
        yield from _one(summary.as_json(), str(summary.fit))
    if processes.others:
        yield f" {processes.others:,} cycles of later processes: see --csv"
    yield from _wrong(reader.problems)


def _one(told: dict[str, Any], fits: str) -> Iterator[str]:
    """Yield what there is to say of a process."""
    every = f"; one every {told['interval_s']:.3g} s" if told["interval_s"] is not None else ""
    yield _row("time", f"{told['first_s']:,.3f} s to {told['last_s']:,.3f} s, {told['cycles']:,} cycles{every}")
    live = f"live {told['live_min_mb']:,} to {told['live_max_mb']:,} MiB, median {told['live_median_mb']:,} MiB"
    goal = (
        f"goal {told['goal_min_mb']:,} to {told['goal_max_mb']:,} MiB" if told["goal_max_mb"] is not None else "no goal"
    )
    yield _row("heap", f"peak {told['peak_mb']:,} MiB; {live}; {goal}")
    yield _row("stops", f"{told['stw_median_ms']:g} ms (median), {told['stw_max_ms']:g} ms at most")
    own = (
        f"; {told['gc_cpu_percent']:.1f} % by the cycles' own times, first to last, stops counted on every P"
        if told["gc_cpu_percent"]
        else ""
    )
    procs = "/".join(map(str, told["procs"]))
    yield _row("GC CPU", f"{told['gc_cpu_percent_printed']} % of {procs} P since the process began{own}")
    yield _row(
        "begun", f"{told['forced']:,} by runtime.GC, {told['periodic']:,} after two minutes without, others by the heap"
    )
    yield _row("fits", fits)


def _wrong(problems: Problems) -> Iterator[str]:
    """Yield what was wrong."""
    counts = ", ".join(f"{kind} {count:,}" for kind, count in problems.counts.most_common())
    yield _row("problems", counts or "none")
    for problem in problems[:_SHOWN]:
        yield f"    {problem}"
    if (more := problems.counts.total() - _SHOWN) > 0:
        yield f"    and {more:,} more: see --json"


def _row(title: str, text: str) -> str:
    """Return a line of the summary."""
    return f"  {title:<10}{text}"


def _csv(reader: Reader, _name: str) -> None:
    """Print a table with a row for each cycle; what was wrong goes to stderr."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(Cycle._fields)
    table.writerows(reader)
    for line in _wrong(reader.problems):
        sys.stderr.write(f"{line}\n")


def _json(reader: Reader, name: str) -> None:
    """Print one JSON value; its cycles are written as they are read."""
    processes = Processes()
    write = sys.stdout.write
    write(f'{{"format": {FORMAT}, "file": {json.dumps(name)}, "cycles": [')
    for cycle in reader:
        write("," * (reader.cycles > 1) + "\n" + json.dumps(cycle._asdict()))
        processes.add(cycle)
    summaries = [{"process": index} | summary.as_json() for index, summary in processes.each.items()]
    end = {
        "lines": reader.lines,
        "processes": reader.processes.count,
        "summaries": summaries,
        "problem_counts": dict(reader.problems.counts),
        "problems": [problem._asdict() for problem in reader.problems],
    }
    write("],\n" + json.dumps(end)[1:] + "\n")
