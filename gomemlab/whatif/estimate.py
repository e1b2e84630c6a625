"""How sure a prediction is: intervals that were measured on recorded services.

For each kind of question (GOGC or limit, how far from the log, how many cycles) calibration.json keeps between which
factors of the prediction real Go came out in eight runs of ten, over all recorded services and all repeats. The file is
made by `python -m gomemlab.whatif.validate`, which also says how often that was true of a service that was left out.

Go: none, this is about errors.
Left out: a shape for them; the quantiles are the recorded ones.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, log
from pathlib import Path

CALIBRATION = Path(__file__).with_name("calibration.json")
FEW = 15  # cycles
NEAR, FAR = 0.35, 1.1  # |ln| of how many times as many cycles
LIMITED = 0.1  # of the cycles: then it is a question about the limit
FLOOR = {"peak_heap": 0.0, "num_gc": 0.5, "gc_cpu": 0.005}  # added to both sides before they are divided
NAMES = tuple(FLOOR)
WIDEST = (-1.5, 1.5)  # |ln| where nothing was recorded
MOST_GC_CPU = 0.6  # of all Ps' time: the limiter holds collecting to half; stops come on top


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and the interval that holds the real one in eight cases of ten."""

    value: float
    low: float
    high: float

    def __contains__(self, real: float) -> bool:
        """Say whether a real number lies in the interval."""
        return self.low <= real <= self.high


def kind_of(*, infeasible: bool, limited: float, cycles: float, of_log: int) -> str:
    """Return which kind of question this is: limited is the share of cycles whose goal the limit set."""
    if infeasible:
        return "infeasible"
    base = "limit" if limited > LIMITED else "gogc"
    if min(cycles, of_log) < FEW:
        return f"{base}, few cycles"
    far = abs(log(max(cycles, 1) / max(of_log, 1)))
    return f"{base}, near" if far < NEAR else f"{base}, far" if far < FAR else f"{base}, very far"


def error(name: str, real: float, predicted: float) -> float:
    """Return |ln| how far a real number lies above a predicted one."""
    return log((real + FLOOR[name]) / (predicted + FLOOR[name]))


@cache
def calibration() -> Mapping[str, Mapping[str, tuple[float, float]]]:
    """Return the recorded quantiles: kind → number → (low, high) of ln(real / predicted)."""
    read: dict[str, dict[str, tuple[float, float]]] = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    return read


def estimate(
    name: str, value: float, kind: str, table: Mapping[str, Mapping[str, tuple[float, float]]] | None = None
) -> Estimate:
    """Return a value with the interval of its kind."""
    low, high = (calibration() if table is None else table).get(kind, {}).get(name, WIDEST)
    around, floor = value + FLOOR[name], FLOOR[name]
    top = around * exp(max(high, 0.0)) - floor
    if name == "gc_cpu":
        top = max(value, min(top, MOST_GC_CPU))
    return Estimate(value, max(around * exp(min(low, 0.0)) - floor, 0.0), top)
