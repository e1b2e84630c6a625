"""How far predictions miss real Go: every recorded log at GOGC=100 asked about every other setting, and compared.

    python -m gomemlab.whatif.validate FOLDER

writes two files beside this module. calibration.json holds the intervals (estimate.py reads it). validation.json holds
the table that the README and the lesson show: errors by setting beside plain scaling and beside how much Go's own
repeats differ, how often the interval held the real result, and the misses with their causes. Coverage is counted with
intervals of the other programs only, so it is what a new service may expect.

Go: runtime/metrics.go (/gc/cycles/total:gc-cycles), runtime/mstats.go (GCCPUFraction).
Left out: RSS.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from gomemlab.whatif.causes import cause_of
from gomemlab.whatif.estimate import CALIBRATION, FEW, NAMES, WIDEST, error, estimate
from gomemlab.whatif.logs import source_of
from gomemlab.whatif.prediction import Numbers, Question
from gomemlab.whatif.record import SETTINGS, peak_mb
from gomemlab.whatif.recordings import MIB, SUFFIX, Recorded, read
from gomemlab.whatif.setting import Setting

PAIRS = ("first_pair", "second_pair")  # programs that earlier versions had never seen
VALIDATION = Path(__file__).with_name("validation.json")
SIZES = ("median", "p90", "worst")
TAIL = 0.06  # on either side: more than 0.8 lies between, because the next service is none of these
TRAPS = frozenset({"weak_cache"})  # no ordinary programs: what is alive depends on how often Go collects
LARGE = {"peak_heap": 0.30, "num_gc": 0.25, "gc_cpu": 0.10}  # errors that are listed as misses


@dataclass(frozen=True, slots=True)
class Case:
    """A log, a setting, what was predicted and what came, repeat by repeat."""

    program: str
    log: int  # which repeat of GOGC=100
    setting: str
    log_cycles: int
    kind: str
    predicted: Numbers
    real: tuple[Numbers, ...]
    plain: Numbers  # what plain scaling says

    @property
    def ordinary(self) -> bool:
        """Say whether bounds hold for it: an ordinary program, enough cycles, a limit that it can live under."""
        return self.program not in TRAPS and self.log_cycles >= FEW and self.kind != "infeasible"

    def middle(self, name: str) -> float:
        """Return the middle of the repeats."""
        return float(median(getattr(real, name) for real in self.real))

    def misses(self, name: str) -> list[float]:
        """Return how far the prediction lies from each single run; no prediction knows one run's luck."""
        value = getattr(self.predicted, name)
        found = [getattr(real, name) for real in self.real]
        return [float(value - real if name == "gc_cpu" else value / real - 1) for real in found]

    def miss(self, name: str, of: Numbers | None = None) -> float:
        """Return how far a prediction lies from the middle of the repeats: relative, CPU in shares of all Ps."""
        value, real = getattr(self.predicted if of is None else of, name), self.middle(name)
        return float(value - real if name == "gc_cpu" else value / real - 1)


def real_of(run: Recorded) -> Numbers:
    """Return what a run came to; the peak in the middle of the MiB that Go cut off."""
    numbers = run.numbers
    return Numbers((peak_mb(run) + 0.5) * MIB, numbers["num_gc"], numbers["gc_cpu_fraction"])


def plain_of(observed: Numbers, setting: Setting) -> Numbers:
    """Return what plain scaling says: peak × (1 + GOGC) / 2, cycles and CPU / GOGC; a limit is not seen."""
    times = setting.gogc / 100 if setting.gogc > 0 else 1.0
    return Numbers(observed.peak_heap * (1 + times) / 2, observed.num_gc / times, observed.gc_cpu / times)


def cases_of(runs: Sequence[Recorded]) -> Iterable[Case]:
    """Yield all cases of one program; runs that were cut short have no result to compare with."""
    ended = [run for run in runs if "num_gc" in run.numbers]
    for own in [run for run in ended if run.setting == "gogc100"]:
        question = Question.of(source_of(own.log.splitlines(), log_gogc=100))
        for name in SETTINGS:
            real = [run for run in ended if run.setting == name]
            if not real:
                continue
            setting = Setting(real[0].gogc, real[0].memory_limit)
            numbers, out = question.numbers(setting)
            yield Case(
                program=own.program,
                log=own.repeat,
                setting=name,
                log_cycles=question.service.num_gc,
                kind=question.kind(setting, numbers, out),
                predicted=numbers,
                real=tuple(real_of(run) for run in real),
                plain=plain_of(question.observed, setting),
            )


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of all lies, between two neighbours in proportion."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def errors_of(cases: Iterable[Case], name: str) -> list[float]:
    """Return ln(real / predicted) of every repeat."""
    return [
        error(name, getattr(real, name), getattr(case.predicted, name))
        for case in cases
        if case.setting != "gogc100"
        for real in case.real
    ]


def calibrated(cases: Sequence[Case]) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the intervals of these cases: kind → number → (low, high) of ln(real / predicted)."""
    table: dict[str, dict[str, tuple[float, float]]] = {}
    for kind in sorted({case.kind for case in cases}):
        # A kind may stand on two or three programs: it is never surer than its family, all of GOGC or all of limits.
        family = kind.split(",")[0]
        circles = (
            [case for case in cases if case.kind == kind],
            [case for case in cases if case.kind.startswith(family)],
        )
        for name in NAMES:
            found = [errors for circle in circles if (errors := errors_of(circle, name))]
            low = min((quantile(errors, TAIL) for errors in found), default=WIDEST[0])
            high = max((quantile(errors, 1 - TAIL) for errors in found), default=WIDEST[1])
            table.setdefault(kind, {})[name] = (round(low, 4), round(high, 4))
    return table


def covered(cases: Sequence[Case]) -> list[tuple[Case, str, bool]]:
    """Return for every repeat whether an interval of the *other* programs held it."""
    found = []
    for program in sorted({case.program for case in cases}):
        table = calibrated([case for case in cases if case.program != program])
        for case in cases:
            if case.program != program or case.setting == "gogc100":
                continue
            for name in NAMES:
                interval = estimate(name, getattr(case.predicted, name), case.kind, table)
                found += [(case, name, getattr(real, name) in interval) for real in case.real]
    return found


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, 90th percentile and worst of absolute errors."""
    sizes = [abs(value) for value in values]
    named = {"median": quantile(sizes, 0.5), "p90": quantile(sizes, 0.9), "worst": max(sizes)}
    return {name: round(value, 4) for name, value in named.items()}


def noise(cases: Sequence[Case], name: str) -> list[float]:
    """Return how far each single repeat lies from the middle of the repeats."""
    seen = {(case.program, case.setting): case for case in cases}.values()
    return [
        getattr(real, name) - case.middle(name) if name == "gc_cpu" else getattr(real, name) / case.middle(name) - 1
        for case in seen
        for real in case.real
    ]


def table_of(cases: Sequence[Case]) -> dict[str, Any]:
    """Return errors by setting: of the prediction, of plain scaling, and of Go's own repeats.

    The first and the second are measured against the middle of a setting's repeats, `to_each_run` against every one.
    """
    rows: dict[str, Any] = {}
    for setting in SETTINGS:
        mine = [case for case in cases if case.setting == setting]
        if mine:
            rows[setting] = {"programs": len({case.program for case in mine}), "cases": len(mine)} | {
                name: {
                    "predicted": spread([case.miss(name) for case in mine]),
                    "to_each_run": spread([miss for case in mine for miss in case.misses(name)]),
                    "plain": spread([case.miss(name, case.plain) for case in mine]),
                    "repeats": spread(noise(mine, name)),
                }
                for name in NAMES
            }
    return rows


def coverage_of(found: Sequence[tuple[Case, str, bool]]) -> dict[str, Any]:
    """Return which share of real results lay in the interval: in all, by setting, by kind."""

    def share(rows: Sequence[tuple[Case, str, bool]]) -> dict[str, float]:
        parts = {name: [inside for _, of, inside in rows if of == name] for name in NAMES}
        return {name: round(sum(part) / len(part), 3) for name, part in parts.items() if part}

    settings = [setting for setting in SETTINGS if any(case.setting == setting for case, _, _ in found)]
    kinds = sorted({case.kind for case, _, _ in found})
    return {
        "all": share(found),
        "setting": {setting: share([row for row in found if row[0].setting == setting]) for setting in settings},
        "kind": {kind: share([row for row in found if row[0].kind == kind]) for kind in kinds},
    }


def misses_of(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return what missed by much, the worst log of each program and setting, with its cause."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for case in cases:
        for name in NAMES:
            miss = case.miss(name)
            key = (case.program, case.setting, name)
            if case.setting != "gogc100" and abs(miss) > max(LARGE[name], abs(found.get(key, {"error": 0})["error"])):
                found[key] = {
                    "program": case.program,
                    "setting": case.setting,
                    "kind": case.kind,
                    "number": name,
                    "error": round(miss, 3),
                    "repeats": round(max(map(abs, noise([case], name))), 3),
                    "ordinary": case.ordinary,
                    "cause": cause_of(case.program, case.setting),
                }
    return [found[key] for key in sorted(found)]


def kept(case: Case) -> dict[str, Any]:
    """Return a case as it stands in the file."""
    return {
        "program": case.program,
        "log": case.log,
        "setting": case.setting,
        "kind": case.kind,
        "cycles_in_log": case.log_cycles,
    } | {
        name: {
            "predicted": round(getattr(case.predicted, name), 4),
            "real": [round(getattr(real, name), 4) for real in case.real],
        }
        for name in NAMES
    }


def load(folder: Path) -> list[Case]:
    """Return all cases of the recordings in a folder."""
    paths = sorted(folder.glob("*" + SUFFIX))
    return [case for path in paths for case in cases_of(list(read(path)))]


def validated(cases: Sequence[Case], untouched: Sequence[Case] = ()) -> dict[str, Any]:
    """Return the whole report; untouched: cases of programs that were written when the model stood."""
    ordinary = [case for case in cases if case.ordinary]
    short = [case for case in cases if case.program not in TRAPS and case.log_cycles < FEW]
    report = {
        "programs": sorted({case.program for case in cases}),
        "ordinary": table_of(ordinary),
        "few_cycles": table_of(short),
        "infeasible": sorted({f"{case.program} {case.setting}" for case in cases if case.kind == "infeasible"}),
        "coverage": coverage_of(covered(cases)),
        "misses": misses_of(cases),
    }
    if untouched:
        table = calibrated(cases)
        inside = [
            (case, name, getattr(real, name) in estimate(name, getattr(case.predicted, name), case.kind, table))
            for case in untouched
            if case.setting != "gogc100"
            for name in NAMES
            for real in case.real
        ]
        report["untouched"] = {
            "programs": sorted({case.program for case in untouched}),
            "table": table_of([case for case in untouched if case.ordinary]),
            "coverage": coverage_of(inside)["all"],
            "cases": [kept(case) for case in untouched],
        }
        report |= {pair: json.loads(Path(__file__).with_name(f"{pair}.json").read_text("utf-8")) for pair in PAIRS}
    return report


COLUMNS = {"predicted": "predicted", "plain": "plain scaling", "repeats": "Go's own repeats"}
TITLES = {"peak_heap": "peak heap, %", "num_gc": "cycles, %", "gc_cpu": "GC CPU, points"}


def markdown(report: Mapping[str, Any], part: str = "ordinary") -> str:
    """Return a table of the report in Markdown: median / 90th percentile / worst error; rows are settings."""
    table = report[part]["table"] if part in {"untouched", *PAIRS} else report[part]
    columns = [(name, of) for name in NAMES for of in COLUMNS]
    lines = [
        "| setting | " + " | ".join(f"{TITLES[name]}: {COLUMNS[of]}" for name, of in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for setting, row in table.items():
        cells = (" / ".join(f"{100 * row[name][of][size]:.0f}" for size in SIZES) for name, of in columns)
        lines.append(f"| {titled(setting)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def beyond(report: Mapping[str, Any]) -> str:
    """Return in Markdown what missed by more than a bound, ordinary programs alone, beside Go's own repeats."""
    lines = ["| program | setting | worst error | Go's own repeats lie off by up to | why |", "|---|---|---|---|---|"]
    for miss in filter(itemgetter("ordinary"), report["misses"]):
        title, unit = TITLES[miss["number"]].split(", ")
        error, own = f"{title} {100 * miss['error']:+.0f} {unit}", f"{100 * miss['repeats']:.0f} {unit}"
        lines.append(f"| `{miss['program']}` | {titled(miss['setting'])} | {error} | {own} | {miss['cause']} |")
    return "\n".join(lines) + "\n"


def titled(setting: str) -> str:
    """Return a setting of the recordings in words: gogc50 is GOGC=50, limit0.8 a limit of 0.8 times the log's peak."""
    if setting.startswith("gogc"):
        return f"GOGC={setting.removeprefix('gogc')}"
    share = setting.removeprefix("limit").removeprefix("off")
    return f"{'GOGC=off, ' if setting.startswith('off') else ''}limit {share} × peak"


def main(argv: Sequence[str] | None = None) -> int:
    """Write calibration.json and validation.json from the recordings in a folder."""
    parser = argparse.ArgumentParser(prog="python -m gomemlab.whatif.validate", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with the recordings that gomemlab.whatif.record made")
    parser.add_argument("--untouched", type=Path, help="a folder with recordings of programs that it was not fitted to")
    asked = parser.parse_args(argv)
    cases = load(asked.folder)
    untouched = load(asked.untouched) if asked.untouched else []
    CALIBRATION.write_text(json.dumps(calibrated(cases), indent=1) + "\n", encoding="utf-8")
    VALIDATION.write_text(json.dumps(validated(cases, untouched), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(said(json.loads(VALIDATION.read_text(encoding="utf-8"))) + "\n")
    return 0


def said(report: Mapping[str, Any]) -> str:
    """Return the report's table as text: median / 90th percentile / worst, in % and points."""

    def cell(row: Mapping[str, float]) -> str:
        return " / ".join(f"{100 * row[size]:.0f}" for size in SIZES)

    lines = []
    for part in ("ordinary", "few_cycles"):
        lines.append(f"{part}: median / 90th percentile / worst; predicted | plain scaling | Go's own repeats")
        for setting, row in report[part].items():
            cells = [
                f"{name} {' | '.join(cell(row[name][of]) for of in ('predicted', 'plain', 'repeats'))}"
                for name in NAMES
            ]
            lines.append(f"  {setting:9} {row['programs']:2} programs  " + "   ".join(cells))
    lines.append(f"in the 80 % interval: {report['coverage']['all']}")
    if "untouched" in report:
        for setting, row in report["untouched"]["table"].items():
            lines.append(f"  untouched {setting:9} " + "   ".join(f"{n} {cell(row[n]['predicted'])}" for n in NAMES))
        lines.append(f"untouched, in the 80 % interval: {report['untouched']['coverage']}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
