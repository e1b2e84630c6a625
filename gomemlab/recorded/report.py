"""`gomemlab replay`: what was compared, and the first difference, as text or as JSON.

Go: runtime/mstats.go, ReadMemStats.
Left out: pictures; the lab draws them.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from gomemlab.recorded import graph, graphreport, memstats
from gomemlab.recorded.comparison import counted, of
from gomemlab.recorded.explain import explain
from gomemlab.recorded.plan import Act
from gomemlab.recorded.recording import load, shipped
from gomemlab.recorded.replay import Replay, replay
from gomemlab.runtime.errors import MisuseError

EQUAL, DIFFERENT, UNREADABLE = 0, 1, 2  # exit status
_SHOWN = 8  # differences of MemStats
_LISTED = 1000  # misses


def text(result: Replay) -> str:
    """Return the report as lines of text."""
    recording, trace = result.recording, result.recording.trace
    logged = f"{of(recording.logged, len(result.plan))} requests" if recording.logged else "none"
    given = f"; {result.given:,} tiny placements were read from the trace, not predicted" if result.given else ""
    procs = counted(recording.start.procs, "P")
    lines = [
        f"{recording.name}: {len(trace):,} events of a real Go run, {procs}, op log: {logged}",
        f"  {'object addresses':<18}{of(result.exact, result.total)} equal real Go{given}",
        f"  {'span bases':<18}{of(result.exact_spans, result.total_spans)} equal real Go",
        *_stacks(result),
        *_collections(result),
        f"  {'MemStats':<18}{_mem_stats(result)}",
        *_misses(result),
    ]
    if result.run.done < len(result.plan):
        why = result.run.refused or "stopped on request"
        lines.append(f"  ended after {of(result.run.done, len(result.plan))} requests: {why}")
    lines += [f"  note: {note}" for note in recording.notes()]
    lines += [f"  {line}" for line in explain(result)]
    return "\n".join(lines)


def _stacks(result: Replay) -> list[str]:
    """Return how the goroutine stacks compare, as a line; none where no stack was taken."""
    plan, total = result.plan, result.total_stacks
    if not total:
        return []
    given = int((plan.act[: result.run.done] == Act.MANUAL).sum())
    others = f"; {counted(given, 'span')} of the runtime's own given" if given else ""
    spans = counted(len(plan.stacks.made_at), "span")
    return [f"  {'stacks':<18}{of(result.exact_stacks, total)} equal real Go, in {spans} of the model's choice{others}"]


def _collections(result: Replay) -> list[str]:
    """Return how the collections compare, as lines; none where there are none."""
    cycles = result.cycles
    if not cycles:
        return []
    where = "in the pause" if all(cycle.in_pause for cycle in cycles) else "while the program ran"
    dead, sweeps = sum(cycle.dead for cycle in cycles), sum(cycle.sweeps for cycle in cycles)
    same = sum(cycle.same for cycle in cycles)
    return [
        f"  {'collections':<18}{len(cycles):,}, swept {where}; {dead:,} dead objects given",
        f"  {'sweep order':<18}{of(same, sweeps)} spans with dead objects swept as by real Go",
    ]


def _misses(result: Replay) -> list[str]:
    """Return how many objects lie elsewhere for which cause, as lines."""
    causes = Counter(miss.cause for miss in result.misses)
    return [f"  {'elsewhere':<18}{n:,}: {cause.value}" for cause, n in causes.most_common()]


def _mem_stats(result: Replay) -> str:
    """Return how the statistics compare."""
    go = result.actual_mstats
    if go is None:
        none = result.recording.mem_stats is None
        why = "the recording has no memstats.json" if none else "the replay ends before they were read"
        return f"not compared: {why}"
    differences = result.mstats_differences
    total = result.mstats_compared
    shown = "".join(f"\n    {d.name}: model {d.model:,}, Go {d.go:,}" for d in differences[:_SHOWN])
    hidden = ", ".join(_not_compared(result))
    without = f"; without {hidden}: what they depend on is not in the trace" if hidden else ""
    return f"{of(total - len(differences), total)} numbers equal to the byte{without}{shown}"


def _not_compared(result: Replay) -> list[str]:
    """Return the statistics that depend on what the trace does not show."""
    return memstats.in_go([name for name in memstats.HIDDEN if name not in result.mstats_names])


def as_json(result: Replay) -> dict[str, Any]:
    """Return the report as a value that json can write."""
    go = result.actual_mstats
    differences = [difference._asdict() for difference in result.mstats_differences]
    return {
        "name": result.recording.name,
        "path": str(result.recording.path),
        "events": len(result.recording.trace),
        "procs": result.recording.start.procs,
        "logged": result.recording.logged,
        "ok": result.ok,
        "addresses": {"equal": result.exact, "total": result.total, "first_miss": result.first_miss},
        "given": result.given,
        "spans": {"equal": result.exact_spans, "total": result.total_spans},
        "stacks": {
            "equal": result.exact_stacks,
            "total": result.total_stacks,
            "spans": len(result.plan.stacks.made_at),
            "free_at_start": result.plan.stacks.free_at_start,
        },
        "requests": {"done": result.run.done, "total": len(result.plan), "refused": result.run.refused or None},
        "cycles": [cycle._asdict() for cycle in result.cycles],
        "misses": [miss._asdict() | {"cause": miss.cause.value} for miss in result.misses[:_LISTED]],
        "hidden": result.hidden,
        "mem_stats": go
        and {
            "compared": result.mstats_compared,
            "not_compared": _not_compared(result),
            "differences": differences,
        },
        "model": asdict(result.mstats),
        "notes": result.recording.notes(),
        "reason": explain(result),
    }


def _parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    parser = argparse.ArgumentParser(
        prog="gomemlab replay",
        description="Predict every address of a recorded Go program, and compare.",
        epilog=f"Recordings that come with gomemlab: {', '.join(shipped())}; and of programs that logged their object "
        f"graph, so that what dies is predicted too: {', '.join(graph.shipped())}.",
    )
    parser.add_argument("trace", nargs="+", help="X.trace or X.trace.gz, a folder with one, or a shipped one's name")
    parser.add_argument("--ops", help="the op log, where it is not X.ops or X.ops.gz beside the trace")
    parser.add_argument("--classes-only", action="store_true", help="do without the op log")
    parser.add_argument("--json", action="store_true", help="write JSON: one object for each trace")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


@contextmanager
def _bar(what: str, unit: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Draw a progress bar on stderr, where that is a terminal; it is told what is done, and of how much."""
    with tqdm(desc=what, unit=unit, unit_scale=True, disable=quiet or None, leave=False) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell


def _replayed(path: str, options: argparse.Namespace) -> Replay:
    """Return the replay of one recording, with a bar for reading it and one for its requests."""
    with _bar("reading", "B", quiet=options.quiet) as tell:
        recording = load(path, options.ops, classes_only=options.classes_only, progress=tell)
    with _bar("replaying", " requests", quiet=options.quiet) as tell:
        return replay(recording, progress=tell)


def _predicted(path: str, options: argparse.Namespace) -> graph.Prediction:
    """Return the prediction of one graph recording, with a bar."""
    recording = graph.load(path)
    with _bar("predicting", " operations", quiet=options.quiet) as tell:
        return graph.predict(recording, progress=tell)


def _reported(path: str, options: argparse.Namespace) -> tuple[bool, str]:
    """Return whether all of one recording is equal, and the report in the form that was asked for."""
    if options.ops is None and not options.classes_only and graph.graph_of(path):
        prediction = _predicted(path, options)
        said = graphreport.as_json(prediction) if options.json else graphreport.text(prediction)
        ok = prediction.ok
    else:
        result = _replayed(path, options)
        said, ok = as_json(result) if options.json else text(result), result.ok
    return ok, said if isinstance(said, str) else json.dumps(said, indent=1)


def main(argv: Sequence[str]) -> int:
    """Run the command; return 0 where all is equal, 1 where something differs, 2 where a file cannot be used."""
    options = _parser().parse_args(list(argv))
    status = EQUAL
    for path in options.trace:
        try:
            ok, said = _reported(path, options)
        except (MisuseError, OSError) as error:
            print(f"gomemlab replay: {path}: {error}", file=sys.stderr)  # noqa: T201 - a command
            status = UNREADABLE
            continue
        print(said)  # noqa: T201 - a command
        status = max(status, EQUAL if ok else DIFFERENT)
    return status
