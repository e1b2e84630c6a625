"""A map of answers: every GOGC with every memory limit, and what each would have come to.

One replay for each point, not nine: neighbours on the map average what chance is in one. The rows of the map can be
handed to any executor of concurrent.futures, Dask's too.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: intervals; ask what_if about the point that you like.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from gomemlab.runtime.errors import MisuseError
from gomemlab.whatif.logs import Given, source_of
from gomemlab.whatif.prediction import Numbers, Question
from gomemlab.whatif.setting import MIB, Setting, gogc_of, limit_of

GOGCS = (10, 15, 20, 25, 35, 50, 60, 75, 85, 100, 125, 150, 175, 200, 250, 300, 400, 550, 800, 1200)
MOST_CYCLES = 500  # of a point; the rest is extrapolated
DRAWS = 1


@dataclass(frozen=True, slots=True)
class Map:
    """Answers over GOGC (columns) and memory limits (rows)."""

    gogcs: tuple[int, ...]
    memory_limits: tuple[int | None, ...]  # bytes
    points: tuple[tuple[Numbers, ...], ...]  # a row for each limit
    needed: float  # bytes: limits below are infeasible

    def column(self, name: str) -> list[list[float]]:
        """Return one number of all points: "peak_heap", "num_gc", "gc_cpu" or "gc_cpu_idle"; a row for each limit."""
        return [[getattr(point, name) for point in row] for row in self.points]

    def infeasible(self, row: int) -> bool:
        """Say whether the limit of a row is below what the service needs."""
        limit = self.memory_limits[row]
        return limit is not None and limit < self.needed


def limits_for(question: Question, count: int = 20) -> tuple[int | None, ...]:
    """Return memory limits worth asking about: from below what is needed to above the peak, and none."""
    low, high = 0.8 * question.needed(), 2.0 * question.service.peak * MIB + question.needed()
    step = (high / low) ** (1 / max(count - 2, 1))
    return (*(round(low * step**i / MIB) * MIB for i in range(count - 1)), None)


def row_of(question: Question, limit: int | None, gogcs: Sequence[int]) -> tuple[Numbers, ...]:
    """Return the points of one row."""
    return tuple(question.numbers(Setting(gogc, limit), DRAWS, MOST_CYCLES)[0] for gogc in gogcs)


def what_if_map(
    log: Given,
    gogcs: Sequence[int | str] = GOGCS,
    memory_limits: Sequence[int | str | None] | None = None,
    *,
    executor: Executor | None = None,
    log_gogc: int | str | None = None,
    log_memory_limit: int | str | None = None,
) -> Map:
    """Return the answers for every GOGC with every memory limit (None among them: no limit).

    executor: where the rows are computed, any of concurrent.futures or `dask.distributed.Client.get_executor()`.
    """
    question = Question.of(source_of(log, log_gogc, log_memory_limit))
    columns = tuple(gogc_of(gogc)[0] for gogc in gogcs)
    limits = limits_for(question) if memory_limits is None else tuple(limit_of(limit) for limit in memory_limits)
    if not columns or not limits:
        raise MisuseError("a map needs at least one GOGC and one memory limit; [100] and [None] are the smallest")
    if executor is None:
        rows = tuple(row_of(question, limit, columns) for limit in limits)
    else:
        rows = tuple(done.result() for done in [executor.submit(row_of, question, limit, columns) for limit in limits])
    return Map(columns, limits, rows, question.needed())
