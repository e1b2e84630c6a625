"""What if: a gctrace log, another GOGC and limit, and what would have come of it; and a map of all settings.

Reading a log, and the map's four hundred settings, are worked on by a thread of their own, which can be stopped. The
answer about one setting is worked out at once. A log that cannot be read is refused in words, and loses nothing.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: two logs at once; gomemlab.what_if takes any number.
"""

import threading
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as ipw

from gomemlab.gctrace import Log, parse
from gomemlab.pacing.run import NO_LIMIT
from gomemlab.panels.cells import claims
from gomemlab.panels.job import Job, Progress
from gomemlab.panels.knobs import Knobs, read_limit, rounded_limit
from gomemlab.panels.logsource import LogSource, Source, source_of
from gomemlab.panels.painter import Painter
from gomemlab.panels.panel import Panel
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import box, html, put
from gomemlab.views.whatif import MapView, WhatIfPlots
from gomemlab.views.whatif_facts import SHOWN, MapFrame, frame, map_frame
from gomemlab.views.whatif_html import LINES
from gomemlab.views.words import thousands
from gomemlab.whatif.advice import Advice, advise
from gomemlab.whatif.grid import GOGCS, Map, limits_for, row_of
from gomemlab.whatif.logs import Given
from gomemlab.whatif.logs import source_of as read_log
from gomemlab.whatif.prediction import Question
from gomemlab.whatif.setting import Setting, gogc_of, limit_of, said_limit
from gomemlab.whatif.traced import Tooth, observed, traced

GENEROUS = 1.5  # times the log's peak: the memory that a recommendation may use, unless the reader says another
WAYS = {"left": (0, -1), "up": (-1, 0), "down": (1, 0), "right": (0, 1)}


class Work(Job):
    """Reading, then the map; `done` counts settings of the map."""

    def words(self) -> str:
        """Return how far it is."""
        title = escape(self.title)  # the name of a file may be in it
        if not self.total:
            return f"{title} …"
        each = len(GOGCS)
        return f"{title}: <b>{thousands(self.done * each)}</b> of {thousands(self.total * each)} settings"


class WhatIf(Panel):
    """The panel; `prediction` is the answer on screen, `map` the map as far as it is known."""

    def __init__(
        self,
        log: "Given | None" = None,
        gogc: int | str | None = None,
        memory_limit: int | str | None = None,
        *,
        log_gogc: int | str | None = None,
        log_memory_limit: int | str | None = None,
    ) -> None:
        """Ask about a log: a path, its text, its lines, a parsed Log, or the name of one that ships.

        gogc and memory_limit are what is asked about first; None is double the log's GOGC, and the log's limit.
        Raises MisuseError for a log without a cycle, and for what Go would not accept.
        """
        self.lock = threading.RLock()
        self.job: Work | None = None
        self.worker: threading.Thread | None = None
        self.source = source_of(log)
        self.first = 0  # line of both logs that is shown first
        self.log: Log
        self.question: Question
        self._adopt(*_read(self.source, log_gogc, log_memory_limit))
        own = self.question.source.setting
        first = Setting(_doubled(own.gogc), own.memory_limit)
        asked = first if gogc is None and memory_limit is None else _asked(own, gogc, memory_limit)
        self.plots, self.chart = WhatIfPlots(), MapView(self._clicked)
        self.logs = LogSource(self.source.name, self._take, self.guard)
        self.knobs = Knobs(asked.gogc, asked.limit, self._usual(), self._moved, self.guard)
        self.painter = Painter(self._paint, self.lock)
        super().__init__(self._parts(), "gm-whatif")
        self._told()
        self.show()
        self._begin_map()

    def _parts(self) -> list[ipw.Widget]:
        """Return the rows of the panel."""
        self.progress = Progress(self.stop)
        self.which = ipw.ToggleButtons(options=[(shown.title, name) for name, shown in SHOWN.items()])
        self.which.observe(lambda _: self.guard(self.show_map), "value")
        self.nudges = [self._nudge(way) for way in WAYS]
        self.budget = ipw.Text(continuous_update=False, tooltip="memory that the heap may take, such as 150MiB or 2GiB")
        self.budget.add_class("gm-set-limit")
        self.budget.observe(lambda _: self.guard(self._advise), "value")
        self.aligned = ipw.ToggleButton(description="show", tooltip="the log's lines, and under each the model's")
        self.model = ipw.Button(description="as in the log", tooltip="the log's own setting: the model against real Go")
        self.back, self.on = (
            ipw.Button(icon=f"step-{way}ward", tooltip=f"{word} lines")
            for way, word in (("back", "earlier"), ("for", "later"))
        )
        self.aligned.observe(lambda _: self.guard(lambda: self.turn(0)), "value")
        self.model.on_click(lambda _: self.guard(self.as_logged))
        self.back.on_click(lambda _: self.guard(lambda: self.turn(-LINES)))
        self.on.on_click(lambda _: self.guard(lambda: self.turn(LINES)))
        steer = [
            html('<span class="gm-name">Map</span>'), self.which, *self.nudges, html("", "gm-sp"),
            html('<span class="gm-s">memory that the heap may take</span>'), self.budget,
        ]  # fmt: skip
        settings = [*self.knobs.parts, html("", "gm-sp"), self.model]
        below = [html('<span class="gm-name">gctrace lines</span>'), self.aligned, self.back, self.on]
        above = ipw.VBox([box(settings, "gm-row")])
        above.add_class("gm-pc-set")
        return [
            self.logs.row, self.logs.field, above, self.plots.head, self.plots.all,
            box(steer, "gm-row", "gm-sec", "gm-wi-steer"), self.progress.root,
            box([self.chart.field, self.chart.advice], "gm-wi-map"),
            box(below, "gm-row", "gm-sec", "gm-wi-steer"), self.plots.both,
        ]  # fmt: skip

    def _nudge(self, way: str) -> ipw.Button:
        """Return a button that goes to the next cell of the map."""
        made = ipw.Button(icon=f"arrow-{way}", tooltip=f"go {way} on the map")
        made.on_click(lambda _: self.guard(lambda: self.nudge(*WAYS[way])))
        return made

    # What code may ask

    @property
    def setting(self) -> Setting:
        """Return the setting that is asked about."""
        limit = self.knobs.memory_limit
        return Setting(self.knobs.gogc, None if limit == NO_LIMIT else limit)

    def ask(self, gogc: int | str | None = None, memory_limit: int | str | None = None) -> None:
        """Ask about another setting; what is None stays, "off" is off."""
        with self.lock:
            asked = _asked(self.setting, gogc, memory_limit)
            self.knobs.set(gogc=asked.gogc, memory_limit=asked.limit)
            self.show()

    def as_logged(self) -> None:
        """Ask about the log's own setting: the model against real Go."""
        own = self.question.source.setting
        with self.lock:
            self.knobs.set(gogc=own.gogc, memory_limit=own.limit)
            self.show()

    def read(self, log: Given) -> None:
        """Take another log; raises MisuseError where it cannot be read, and the one before stays."""
        source = source_of(log)
        self._use(source, *_read(source, None, None))

    def nudge(self, down: int, right: int) -> None:
        """Go to a neighbour on the map."""
        with self.lock:
            row, column = self.last_map.here
            self._go(row + down, column + right)

    @property
    def last_map(self) -> MapFrame:
        """Return the map as it is drawn."""
        return self.chart.last

    def turn(self, by: int) -> None:
        """Show other lines of both logs."""
        with self.lock:
            most = max(len(self.teeth), len(self.replayed))
            self.first = min(max(self.first + by, 0), max(most - 1, 0) // LINES * LINES)
            self.show()

    # The log

    def guard(self, work: Callable[[], object]) -> None:
        """Run a callback's work under the lock; what is refused is said in the headline, and the picture stays."""
        with self.lock:
            try:
                work()
            except Exception as error:  # noqa: BLE001 (a notebook swallows it)
                self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        words = str(error) if isinstance(error, MisuseError) else f"That did not work: {error}"
        self.plots.refuse(f"{words[:1].upper()}{words[1:].rstrip('.')}.")

    def _take(self, source: Source) -> None:
        """Read a log that the reader gave, on a thread of its own."""
        gogc, limit = self.logs.settings

        def prepare(job: Job) -> None:
            found = _read(source, gogc, limit, job)
            with self.lock:
                if job is self.job and not job.stopped.is_set():
                    self._use(source, *found, job=job)

        self._start(f"Reading {source.name}", prepare)

    def _use(self, source: Source, log: Log, question: Question, job: Job | None = None) -> None:
        """Show another log, and begin its map, in the job that read it or in one of its own."""
        with self.lock:
            self.source = source
            self._adopt(log, question)
            self.knobs.around(self._usual())
            self._told()
            self.show()
            if job is None:
                self._begin_map()
            else:
                self._map_in(job)

    def _adopt(self, log: Log, question: Question) -> None:
        """Keep a log and its question; what was known of the log before is gone."""
        self.log, self.question = log, question
        self.teeth = observed(question.source.cycles, self.source.lines)
        self.replayed: tuple[Tooth, ...] = ()
        self.limits = limits_for(question)
        self.map = Map(GOGCS, self.limits, (), question.needed())
        self.advice: Advice | None = None
        self.first = 0

    def _told(self) -> None:
        """Say what was read."""
        source = self.question.source
        self.logs.name(self.source.name)
        self.logs.tell(self.source.name, self.log, str(source.setting), len(source.cycles))
        put(self.budget, value=said_limit(rounded_limit(GENEROUS * self.question.observed.peak_heap)))

    def _usual(self) -> int:
        """Return the memory around which limits are of interest."""
        return rounded_limit(max(self.question.observed.peak_heap, self.question.needed()))

    # The answer

    def _moved(self) -> None:
        self.painter.ask()

    def _paint(self) -> None:
        self.guard(self.show)

    def show(self) -> None:
        """Work out the answer and draw it."""
        with self.lock:
            self.prediction = self.question.ask(self.setting)
            self.replayed = traced(self.question.service, self.setting)
            self.plots.with_lines, self.plots.first = self.aligned.value, self.first
            for button in (self.back, self.on):
                (button.remove_class if self.aligned.value else button.add_class)("gm-off")
            self.plots.show(frame(self.prediction, self.teeth, self.replayed))
            self.show_map()

    def settle(self) -> None:
        """Draw now what waits."""
        self.painter.settle()

    # The map

    def show_map(self) -> None:
        """Draw the map as far as it is known."""
        own = self.question.source.setting
        self.chart.show(map_frame(self.map, self.setting, own, self.advice, self.which.value, len(self.limits)))

    def _clicked(self, row: int, column: int) -> None:
        self.guard(lambda: self._go(row, column))

    def _go(self, row: int, column: int) -> None:
        """Ask about a cell of the map."""
        shown = self.last_map
        row, column = (min(max(at, 0), most - 1) for at, most in ((row, len(shown.limits)), (column, len(shown.gogcs))))
        limit = shown.limits[row]
        self.knobs.set(gogc=shown.gogcs[column], memory_limit=NO_LIMIT if limit is None else limit)
        self.show()

    def _begin_map(self) -> None:
        """Begin the map of the log on screen."""
        self._start("Mapping", self._map_in)

    def _start(self, title: str, prepare: Callable[[Job], None]) -> None:
        """Begin work on a thread of its own; what ran before is stopped."""
        with self.lock:
            self.stop()
            self.job = Work(title, 0, lambda _: 0, self._progressed, prepare)
            self.worker = threading.Thread(target=self._work, args=(self.job,), daemon=True)
            self.worker.start()

    def _map_in(self, job: Job) -> None:
        """Let a job go on with the map."""
        with self.lock:
            question, limits = self.question, self.limits

        def step(_n: int) -> int:
            with self.lock:
                at = len(self.map.points)
            row = row_of(question, limits[at], GOGCS)
            with self.lock:
                if job is not self.job or job.stopped.is_set():
                    return 0
                self.map = Map(GOGCS, limits, (*self.map.points, row), question.needed())
                if len(self.map.points) == len(limits):
                    self._advise()
            return 1

        job.turn("Mapping", len(limits))
        job.step = step

    def _advise(self) -> None:
        """Recommend a setting within the memory that the reader gives, once the map is whole."""
        if len(self.map.points) == len(self.limits):
            self.advice = advise(self.map, read_limit(self.budget.value))
            self.show_map()

    def _work(self, job: Work) -> None:
        try:
            job.run()
        except Exception as error:  # noqa: BLE001 (a thread has nobody to tell)
            with self.lock:
                if job is self.job:
                    self._refuse(error)

    def _progressed(self, job: Job) -> None:
        with self.lock:
            if job is self.job and not self.closed:
                self.progress.show(job)
                self.show_map()

    def wait(self) -> None:
        """Wait until what runs is done."""
        if self.worker is not None:
            self.worker.join()

    def stop(self) -> None:
        """Stop what runs; what is known stays known."""
        if self.job is not None:
            self.job.stopped.set()

    closed = False

    def close(self) -> None:
        """Stop, and close every widget."""
        with self.lock:
            self.stop()
            self.closed = True
            super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows; the cell that shows it closes it when it is run again."""
        with self.lock:
            claims.claim(self)
            return super()._repr_mimebundle_(**kwargs)


def _read(
    source: Source, gogc: int | str | None, limit: int | str | None, job: Job | None = None
) -> tuple[Log, Question]:
    """Return a log and its question; raise MisuseError where no cycle can be read."""
    log = (
        source.given if isinstance(source.given, Log) else parse(source.given, stop=job.stopped.is_set if job else None)
    )
    if not len(log):
        said = " ".join(str(problem) for problem in list(log.problems)[-1:])
        raise MisuseError(f"{source.name} cannot be used: {said or 'there is no cycle in it'}")
    return log, Question.of(read_log(log, gogc, limit))


def _doubled(gogc: int) -> int:
    """Return the GOGC that is asked about first."""
    return 2 * gogc if gogc > 0 else 100


def _asked(setting: Setting, gogc: int | str | None, memory_limit: int | str | None) -> Setting:
    """Return a setting with what was asked for in its place."""
    return Setting(
        setting.gogc if gogc is None else gogc_of(gogc)[0],
        setting.memory_limit if memory_limit is None else limit_of(memory_limit),
    )
