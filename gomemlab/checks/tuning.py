"""What lesson 17 says in numbers: what another GOGC or limit would come to, what came of it, and how sure that was.

What is foretold is asked of gomemlab.what_if, from a log that comes with the package. What came of it are runs of the
same programs with Go 1.27.3 under each setting, and the errors are those of all recorded programs.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: memory that is no heap; a container counts that, too.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from gomemlab.gctrace import parse, shipped
from gomemlab.pacing.workload import MIB
from gomemlab.runtime.errors import MisuseError
from gomemlab.whatif import Estimate, Prediction, what_if

SERVICE: Final = "cache_churn"  # the log of the lesson
BUDGET: Final = 512  # MiB
GOGCS: Final = (50, 100, 150, 200, 250, 300, 350, 400)
LIMITS: Final = (48, 64, 80, 96, 128)  # MiB
CONTAINER: Final = 256  # MiB
ROOM: Final = 230  # MiB, a tenth below
TIGHT: Final = "trees"  # a service that was run under a limit that it could hardly keep
TIGHTEST: Final = "limit0.6"
DASH: Final = "\u2060–\u2060"  # no line ends beside it
NUMBERS: Final = {"peak_heap": "peak heap, %", "num_gc": "cycles, %", "gc_cpu": "GC CPU, points"}
DOUBLED_HEAD = ("log", "memory", "real Go", "cycles", "real Go", "GC CPU", "real Go")
TRUE_HEAD = ("setting", "peak, MiB", "real Go", "cycles", "real Go", "GC CPU, %", "real Go")
WORST: Final = "median / 90th percentile / worst error"
ERRORS_HEAD = (WORST, "setting", "programs", "foretold", "plain scaling", "Go’s own repeats", "two unseen programs")
MISSES_HEAD = ("program", "where", "worst error", "Go’s own repeats lie off by", "why")
DOUBTS_HEAD = ("log", "cycles", "paid by goroutines, %", "replayed: peak, %", "cycles, %", "GC CPU, points", "so")
CONTAINER_HEAD = ("setting", "peak, MiB", "upper end, MiB", "cycles", "GC CPU, %")
DOUBTS = {"assist-bound": "assist-bound", "with fewer than": "too short"}


@cache
def log(name: str = SERVICE) -> str:
    """Return the text of a shipped log."""
    return shipped.read(name)


@cache
def foretold(gogc: int | str, limit: int | None = None, name: str = SERVICE) -> Prediction:
    """Return what would come of a shipped log's service; limit in MiB."""
    return what_if(log(name), gogc, "off" if limit is None else limit * MIB)


@cache
def outcomes() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return what came of the shipped logs' programs in real Go: program → setting → numbers of each run."""
    kept: dict[str, Any] = json.loads(files("gomemlab").joinpath("data/services/outcomes.json").read_text("utf-8"))
    return kept


@cache
def report() -> Mapping[str, Any]:
    """Return the errors of all recorded programs, as gomemlab.whatif.validate measured them."""
    kept: dict[str, Any] = json.loads(files("gomemlab").joinpath("whatif/validation.json").read_text("utf-8"))
    return kept


def span(values: Iterable[float], digits: int = 0) -> str:
    """Return the least and the largest of some numbers, one where they are the same."""
    found = [f"{value:.{digits}f}" for value in sorted(values)]
    return found[0] if found[0] == found[-1] else f"{found[0]}{DASH}{found[-1]}"


def signed(share: float, digits: int = 0) -> str:
    """Return a share in percent with its sign, 0 without one."""
    rounded = round(100 * share, digits) or 0.0
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def within(of: Estimate, unit: float = 1, digits: int = 0) -> str:
    """Return an estimate with its interval."""
    return f"{of.value / unit:.{digits}f} ({of.low / unit:.{digits}f}{DASH}{of.high / unit:.{digits}f})"


def times(name: str = SERVICE) -> tuple[float, float, float]:
    """Return how many times as much memory, cycles and share of the CPU twice the GOGC takes."""
    told = foretold(200, name=name)
    was = told.observed
    return (
        told.peak_heap.value / was.peak_heap,
        told.num_gc.value / was.num_gc,
        told.gc_cpu.value / was.gc_cpu,
    )


def doubled() -> list[tuple[str, ...]]:
    """Return what GOGC=200 makes of each shipped log, as a multiple of what was, beside real Go's runs."""
    rows: list[tuple[str, ...]] = []
    for name in shipped.names():
        real = outcomes()[name]
        ratios = [
            span((value / real["gogc100"][key][0] for value in real["gogc200"][key]), 2)
            for key in ("peak_mb", "num_gc", "gc_cpu")
        ]
        told = [f"{ratio:.2f}" for ratio in times(name)]
        rows.append((name, *(cell for pair in zip(told, ratios, strict=True) for cell in pair)))
    return rows


def memory_of_twice() -> str:
    """Say what twice the GOGC does to the memory: "same", "half as much again", "twice" or "more"."""
    found = times()[0]
    names = (1.2, "same"), (1.75, "half as much again"), (2.25, "twice")
    return next((name for most, name in names if found < most), "more")


def cost_of_twice() -> str:
    """Say what is left of the collector's share of the CPU: "half", "more" or "less"."""
    found = times()[2]
    return "half" if 0.45 <= found <= 0.55 else "more" if found > 0.55 else "less"  # noqa: PLR2004


def came_true(name: str = SERVICE) -> list[tuple[str, ...]]:
    """Return what was foretold from one log for each recorded setting, and what came in every run.

    Raises MisuseError for a log that there is not.
    """
    if name not in outcomes():
        raise MisuseError(f"no log has the name “{name}”; choose one of {', '.join(outcomes())}")
    rows: list[tuple[str, ...]] = []
    for setting, real in outcomes()[name].items():
        told = what_if(log(name), "off" if real["gogc"] < 0 else real["gogc"], real["memory_limit"] or "off")
        rows.append(
            (
                str(told.setting) if setting != "gogc100" else f"{told.setting}: the log’s",
                within(told.peak_heap, MIB),
                span(real["peak_mb"]),
                within(told.num_gc),
                span(real["num_gc"]),
                within(told.gc_cpu, 0.01, 1),
                span((100 * share for share in real["gc_cpu"]), 1),
            )
        )
    return rows


def seconds(gogc: int, name: str = SERVICE) -> str:
    """Return how long the same work took in real Go."""
    return span(outcomes()[name][f"gogc{gogc}"]["seconds"], 1)


def errors(part: str = "ordinary") -> list[tuple[object, ...]]:
    """Return median, 90th percentile and worst error of each number for each setting, unseen programs beside."""
    unseen = report()["untouched"]["table"]
    return [
        (
            title,
            setting,
            row["programs"],
            *columns,
            sizes(unseen[setting][number]["predicted"]) if setting in unseen else "–",
        )
        for number, title in NUMBERS.items()
        for setting, row in report()[part].items()
        for columns in [[sizes(row[number][of]) for of in ("predicted", "plain", "repeats")]]
    ]


def sizes(row: Mapping[str, float]) -> str:
    """Return median / 90th percentile / worst, in percent or points."""
    return "\u202f/\u202f".join(f"{100 * row[size]:.0f}" for size in ("median", "p90", "worst"))


def misses() -> list[tuple[str, ...]]:
    """Return each cause for which predictions missed by much, with the worst of them, and Go's own worst there."""
    rows: list[tuple[str, ...]] = []
    found = sorted(report()["misses"], key=itemgetter("program", "cause"))
    for (program, cause), group in groupby(found, key=itemgetter("program", "cause")):
        all_of_it = list(group)
        where = ", ".join(dict.fromkeys(miss["setting"] for miss in all_of_it))
        worst = max(all_of_it, key=lambda miss: abs(miss["error"]))
        title, unit = NUMBERS[worst["number"]].split(", ")
        own = f"{100 * worst['repeats']:.0f}\u202f{unit}"
        rows.append((program, where, f"{title} {signed(worst['error'])}\u202f{unit}", own, cause))
    return rows


def coverage() -> Mapping[str, float]:
    """Return which share of real results lay in the interval that the other programs gave."""
    kept: Mapping[str, float] = report()["coverage"]["all"]
    return kept


def how_often() -> str:
    """Say how often an interval held the real result: "always", "four of five" or "half"."""
    least = min(coverage().values())
    return "always" if least > 0.97 else "four of five" if least > 0.75 else "half"  # noqa: PLR2004


def doubts() -> list[tuple[object, ...]]:
    """Return what each shipped log says about how far it is to be trusted."""
    rows: list[tuple[object, ...]] = []
    for name in shipped.names():
        told = foretold(200, name=name)
        left = told.residual
        so = [word for sign, word in DOUBTS.items() if any(sign in said for said in told.warnings)]
        paid = assisted(name)
        residual = signed(left.peak_heap), signed(left.num_gc), signed(left.gc_cpu, 1)
        rows.append((name, round(told.observed.num_gc), round(100 * paid), *residual, ", ".join(so) or "ordinary"))
    return rows


def assisted(name: str) -> float:
    """Return the share of all marking that goroutines paid."""
    cycles = parse(log(name).splitlines())
    paid = sum(cycle.cpu_assist_ms for cycle in cycles)
    return paid / (paid + sum(cycle.cpu_background_ms + cycle.cpu_idle_ms for cycle in cycles))


def holds(budget: int = BUDGET) -> int:
    """Return the largest of GOGCS whose peak stays within so many MiB up to the end of its interval."""
    return max(gogc for gogc in GOGCS if foretold(gogc).peak_heap.high <= budget * MIB)


def holds_in_the_middle(budget: int = BUDGET) -> int:
    """Return the largest of GOGCS whose foretold peak stays within so many MiB, its interval left out."""
    return max(gogc for gogc in GOGCS if foretold(gogc).peak_heap.value <= budget * MIB)


def infeasible() -> tuple[int, ...]:
    """Return those of LIMITS under which the service cannot live."""
    return tuple(limit for limit in LIMITS if foretold(100, limit).infeasible)


def beyond_its_limit() -> str:
    """Say where the heap of a real service came to lie that was given too tight a limit: "above" or "below"."""
    real = outcomes()[TIGHT][TIGHTEST]
    return "above" if min(real["peak_mb"]) * MIB > real["memory_limit"] else "below"


def in_a_container() -> list[tuple[str, ...]]:
    """Return what GOGC, a limit, and both come to for the service of the lesson in a container."""
    rows: list[tuple[str, ...]] = []
    settings: tuple[tuple[int | str, int | None], ...] = (
        (100, None),
        (200, None),
        (100, ROOM),
        (200, ROOM),
        ("off", ROOM),
        ("off", CONTAINER),
    )
    for gogc, limit in settings:
        told = foretold(gogc, limit)
        rows.append(
            (
                str(told.setting),
                f"{told.peak_heap.value / MIB:.0f}",
                f"{told.peak_heap.high / MIB:.0f}",
                f"{told.num_gc.value:.0f}",
                f"{100 * told.gc_cpu.value:.1f}",
            )
        )
    return rows
