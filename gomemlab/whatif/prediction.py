"""The question: this log, another GOGC, another memory limit; and the answer with its doubts.

Several replays are drawn; the middle one is the answer. How far the same replay misses the log under the log's own
setting is its residual: part of it is taken off, and all of it is shown.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: RSS; what is predicted is the heap that gctrace shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median

from gomemlab.whatif import words
from gomemlab.whatif.estimate import FEW, LIMITED, MOST_GC_CPU, Estimate, estimate, kind_of
from gomemlab.whatif.logs import Given, Source, source_of
from gomemlab.whatif.replay import BETWEEN, COPIES, MIB, MOST_CYCLES, OVERHEAD, Outcome, Replay
from gomemlab.whatif.service import SMALL, Service, fit
from gomemlab.whatif.setting import Setting, gogc_of, limit_of

DRAWS = 9
MANY = 1_500  # cycles of one replay
TRUST = {"peak": 0.25, "num_gc": 0.5}  # of the residual, as a power: the rest is chance that will not come again
UNCHANGED = {"peak": 0.5, "num_gc": 1.0}  # the same where a limit changes nothing; one high peak is chance there, too
SLOWED = 1.5  # seconds that a busy service takes longer for each second that all its Ps collect more
CHEAPER = 0.15  # power of how many times as many cycles: more of them, of a smaller heap, cost less each
ASSIST_BOUND = 0.4  # of all marking paid by goroutines: they were held back, so what they would do is not in the log
HOPELESS, HOPELESS_CPU = 2.0, 0.25  # a residual of so many times the cycles, of such a share of all Ps' time
LARGE = 0.2  # of the cycles: a residual that is worth a warning
TINY = 1.5  # MiB alive: a heap that whole MiB cannot tell
OWN = 5  # MiB: the runtime's own, at least; 15 at most


@dataclass(frozen=True, slots=True)
class Numbers:
    """Peak, cycles and CPU, as observed or as replayed."""

    peak_heap: float  # bytes
    num_gc: float
    gc_cpu: float  # share of all Ps' time, idle workers left out, as MemStats.GCCPUFraction has it
    gc_cpu_idle: float = 0.0  # share of all Ps' time that idle workers had: nobody else wanted it


@dataclass(frozen=True, slots=True)
class Residual:
    """How far the log's own setting, replayed, misses the log."""

    peak_heap: float  # 0.05: the replay's peak is 5 % above the log's
    num_gc: float
    gc_cpu: float  # in shares of all Ps' time: 0.01 is one point


@dataclass(frozen=True, slots=True)
class Prediction:
    """What would have happened to the service of a log under another setting."""

    setting: Setting
    log_setting: Setting
    observed: Numbers  # in the log
    peak_heap: Estimate  # bytes
    num_gc: Estimate
    gc_cpu: Estimate  # share of all Ps' time, idle workers left out, as gctrace's percentage and GCCPUFraction have it
    gc_cpu_idle: float  # share of all Ps' time that idle workers take besides
    infeasible: bool  # the limit is below what the service has to have
    needed: float  # bytes: the least limit under which the heap has room
    limited: float  # share of cycles whose goal the limit set
    kind: str  # which intervals were taken
    residual: Residual
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        """Return sentence, table and warnings as text."""
        return words.text(self)

    @property
    def repeats(self) -> bool:
        """Say whether the log's own setting, replayed, comes near the log; else nothing can be foretold from it."""
        left = self.residual
        return 1 / HOPELESS < 1 + left.num_gc < HOPELESS and abs(left.gc_cpu) < HOPELESS_CPU

    @property
    def sentence(self) -> str:
        """Return the answer in a sentence."""
        return words.sentence(self)

    def as_dict(self) -> dict[str, object]:
        """Return all of it as plain values, units in the names."""
        return words.as_dict(self)


@dataclass(frozen=True, slots=True)
class Question:
    """A log, read and fitted once for many settings."""

    source: Source
    service: Service
    own: Outcome  # the log's own setting, replayed

    @classmethod
    def of(cls, source: Source, draws: int = DRAWS) -> "Question":
        """Fit a service to the cycles of a log."""
        service = fit(source.cycles, source.setting.gogc if source.setting.memory_limit is None else None)
        return cls(source, service, replayed(service, source.setting, draws))

    @property
    def times(self) -> float:
        """Return how many times as many cycles the whole log holds as were replayed."""
        return self.source.total / len(self.source.cycles)

    @property
    def observed(self) -> Numbers:
        """Return what the log itself shows."""
        service = self.service
        return Numbers(service.peak * MIB, service.num_gc * self.times, service.gc_cpu, service.idle_cpu)

    @property
    def residual(self) -> Residual:
        """Return how far the log's own setting, replayed, misses the log."""
        service, own = self.service, self.own
        return Residual(
            own.peak / service.peak - 1,
            own.num_gc / service.num_gc - 1,
            own.paid / (service.seconds * service.procs) - service.gc_cpu,
        )

    def numbers(self, setting: Setting, draws: int = DRAWS, most_cycles: int = MOST_CYCLES) -> tuple[Numbers, Outcome]:
        """Return the numbers under a setting, and the replay's own."""
        service, own = self.service, self.own
        same = setting == self.source.setting and draws >= DRAWS
        out = own if same else replayed(service, setting, draws, most_cycles)
        capacity = service.seconds * service.procs
        before = service.gc_cpu * capacity
        each = max(out.num_gc, 1) / max(own.num_gc, 1)
        paid = before * out.paid / own.paid * each**-CHEAPER if own.paid else 0.0
        seconds = max(
            service.seconds + SLOWED * service.shares.busy * (paid - before) / service.procs, 0.3 * service.seconds
        )
        idle = service.idle_cpu * out.idle / own.idle if own.idle else 0.0
        share = paid / (seconds * service.procs)
        trust = UNCHANGED if self._unchanged(setting, out) else TRUST
        return Numbers(
            out.peak * (service.peak / own.peak) ** trust["peak"] * MIB,
            out.num_gc * (service.num_gc / max(own.num_gc, 1)) ** trust["num_gc"] * self.times,
            min(share, MOST_GC_CPU),
            min(idle * service.seconds / seconds, 1 - min(share, MOST_GC_CPU)),
        ), out

    def _unchanged(self, setting: Setting, out: Outcome) -> bool:
        """Say whether a setting is the log's own but for a limit out of reach; then the log is the best guess."""
        if setting == self.source.setting:
            return True
        above = setting.limit > self.service.peak * MIB  # below it a heap like the log's would not have fitted
        free = all(run.limited <= LIMITED * run.num_gc for run in (out, self.own))
        return above and free and setting.gogc == self.source.setting.gogc

    def needed(self) -> float:
        """Return bytes that a memory limit has to leave the service: live heap, stacks, and the runtime's own."""
        service = self.service
        stacks = COPIES * service.stacks if service.stacks > SMALL else 0.0
        beside = max(OVERHEAD + BETWEEN * service.live, OWN)
        heap = service.live + stacks + beside
        return (heap + max(1.0, 0.03 * service.live)) * MIB

    def infeasible(self, setting: Setting) -> bool:
        """Say whether a limit leaves the service too little."""
        return setting.memory_limit is not None and setting.memory_limit < self.needed()

    def kind(self, setting: Setting, numbers: Numbers, out: Outcome) -> str:
        """Return which intervals hold for an answer."""
        return kind_of(
            infeasible=self.infeasible(setting),
            limited=out.limited / max(out.num_gc, 1),
            cycles=numbers.num_gc,
            of_log=round(self.service.num_gc * self.times),
        )

    def ask(self, setting: Setting, remarks: Iterable[str] = ()) -> Prediction:
        """Return what would have happened under a setting."""
        numbers, out = self.numbers(setting)
        infeasible, kind = self.infeasible(setting), self.kind(setting, numbers, out)
        peak = estimate("peak_heap", numbers.peak_heap, kind)
        peak = replace(peak, low=max(peak.low, min(self.service.live * MIB, peak.value)))  # what is live is heap
        return Prediction(
            setting=setting,
            log_setting=self.source.setting,
            observed=self.observed,
            peak_heap=peak,
            num_gc=estimate("num_gc", numbers.num_gc, kind),
            gc_cpu=estimate("gc_cpu", numbers.gc_cpu, kind),
            gc_cpu_idle=numbers.gc_cpu_idle,
            infeasible=infeasible,
            needed=self.needed(),
            limited=out.limited / max(out.num_gc, 1),
            kind=kind,
            residual=self.residual,
            warnings=(*remarks, *self.source.warnings, *self._doubts(setting, out, infeasible=infeasible)),
        )

    def _doubts(self, setting: Setting, out: Outcome, *, infeasible: bool) -> list[str]:
        """Return what makes this answer less sure than others, or odd."""
        service = self.service
        off = service.num_gc >= words.BASIS and abs(self.residual.num_gc) > LARGE
        doubts = [
            (service.num_gc < FEW, words.SHORT.format(words.counted(service.num_gc), FEW)),
            (service.shares.assist > ASSIST_BOUND, words.ASSIST_BOUND.format(100 * service.shares.assist)),
            (service.usual < TINY, words.TINY.format(words.mib(TINY * MIB))),
            (off, words.RESIDUAL.format(100 * self.residual.num_gc)),
            (infeasible, words.INFEASIBLE.format(words.mib(self.needed()))),
            (out.throttled > 0, words.THROTTLED),
            (out.cut, words.CUT.format(MOST_CYCLES)),
            (setting.gogc == 0, words.ZERO),
            (setting.gogc < 0 and setting.memory_limit is None, words.NEVER),
            (setting.gogc >= 0 and not out.num_gc, words.NONE_NEEDED),
            (True, words.SURVIVORS),
        ]
        return [said for so, said in doubts if so]


def replayed(service: Service, setting: Setting, draws: int, most_cycles: int = MOST_CYCLES) -> Outcome:
    """Return the middle of several replays, number by number."""
    runs = [Replay(service, setting, 0, most_cycles).run()]
    if runs[0].num_gc > MANY:
        draws = min(draws, 3)  # chance has had its turns
    runs += [Replay(service, setting, seed, most_cycles).run() for seed in range(1, draws)]
    return Outcome(
        peak=median(run.peak for run in runs),
        num_gc=median(run.num_gc for run in runs),
        paid=median(run.paid for run in runs),
        idle=median(run.idle for run in runs),
        limited=round(median(run.limited for run in runs)),
        throttled=round(median(run.throttled for run in runs)),
        cut=any(run.cut for run in runs),
    )


@lru_cache(maxsize=8)
def _question(source: Source) -> Question:
    """Return a log's question, fitted once."""
    return Question.of(source)


def what_if(
    log: Given,
    gogc: int | str | None = None,
    memory_limit: int | str | None = None,
    *,
    log_gogc: int | str | None = None,
    log_memory_limit: int | str | None = None,
) -> Prediction:
    """Return what would have happened to the service that wrote a gctrace log under another setting.

    log: a path (packed, too), an open file, the text, its lines, or a parsed Log.
    gogc: percent or "off"; None leaves the log's.
    memory_limit: bytes, a text such as "900MiB", or "off"; None leaves the log's.
    log_gogc, log_memory_limit: what the log was recorded under; without them that is inferred from its goals.
    Raises MisuseError for what Go would not accept, and for a log without a single cycle.
    """
    wanted, remark = (None, None) if gogc is None else gogc_of(gogc)
    limit = limit_of(memory_limit)
    source = source_of(log, log_gogc, log_memory_limit)
    own = source.setting
    setting = Setting(own.gogc if wanted is None else wanted, own.memory_limit if memory_limit is None else limit)
    return _question(source).ask(setting, [remark] if remark else [])
