"""Workloads and recordings in a lab: long work on a thread of its own, that can be stopped.

Go: none, this is how the lab stays usable.
Left out: two at once.
"""

import threading
from collections.abc import Callable, Iterable
from itertools import chain
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

from tqdm import tqdm

from gomemlab import recorded
from gomemlab.commands import Command, Gomaxprocs
from gomemlab.panels.job import Job, batches
from gomemlab.panels.stage import Stage
from gomemlab.recorded import graph
from gomemlab.runtime.errors import MisuseError
from gomemlab.timeline import Timeline
from gomemlab.views.words import thousands
from gomemlab.workloads import WORKLOADS

if TYPE_CHECKING:
    from gomemlab.recorded.comparison import Comparison

BAR_FROM = 40_000  # commands; fewer are done before a bar could be read


class Compared(NamedTuple):
    """A recording's comparison with real Go, and the timeline on which its requests are."""

    name: str
    line: Timeline
    result: "Comparison"

    def __repr__(self) -> str:
        """Return the comparison as a sentence, which is what a cell shows."""
        sign = "✓" if self.result.exact == self.result.total else "✕"
        equal = f"{thousands(self.result.exact)} of {thousands(self.result.total)}"
        return f"{sign} {equal} addresses equal real Go ({self.name})"


class LongWork(Stage):
    """The part of a lab that runs many commands."""

    job: Job | None = None
    worker: threading.Thread | None = None
    compared: Compared | None = None

    def run(self, workload: str, n: int = 10_000, seed: int = 1) -> int:
        """Run n commands of a named workload; return how many were done when it ended or was stopped.

        Raises MisuseError for a name that does not exist. An interrupt of the cell stops it.
        """
        self.start(workload, n, seed)
        return self.wait()

    def start(self, workload: str, n: int = 10_000, seed: int = 1) -> None:
        """Begin a named workload and return at once."""
        if workload not in list(WORKLOADS):  # a list: it may be unhashable
            raise MisuseError(f"there is no workload {workload!r}; choose one of {', '.join(WORKLOADS)}")
        if type(n) is not int or n < 1:
            raise MisuseError(f"{n!r} commands cannot be run; ask for 1 or more")
        if type(seed) is not int:
            raise MisuseError(f"seed {seed!r} is no whole number; give an int, such as 1")
        named = WORKLOADS[workload]
        commands: Iterable[Command] = named.commands(seed, n)
        with self.lock:
            few = len(self.snapshot.ps) < named.procs
        if few:
            commands = chain([Gomaxprocs(named.procs)], commands)
        self.start_all(commands, n + few, f"Running {named.title}")

    def start_all(self, commands: Iterable[Command], total: int, title: str) -> None:
        """Begin a stream of commands at the moment on screen."""
        with self.lock:
            self.refuse_while_busy()
            self.begin(self.line_from_here(), commands, total, title)

    def load(self, name: str) -> Compared:
        """Replay a recording of a real Go program in the lab; return the comparison, its `result` is the Replay.

        name is that of a recording that ships, or a path. Raises MisuseError or TraceError where it cannot be read,
        MisuseError where it was stopped before the comparison.
        """
        former = self.compared
        job = self.start_recording(name)
        self.wait()
        if job.error is not None:
            self.dismiss()  # the caller hears of it
            raise job.error
        if self.compared is None or self.compared is former:
            raise MisuseError(f"{name} was stopped before it was compared with the model; load it again")
        return self.compared

    def start_recording(self, name: str) -> Job:
        """Begin to read a recording, to compare it with the model, and to put its requests on a new timeline.

        Returns the work. Raises MisuseError where there is none of that name; what else is wrong becomes the banner.
        """

        def prepare(job: Job) -> None:
            result = compare(name, job)
            if job.stopped.is_set():
                return
            line = Timeline(result.new_world())
            with self.lock:
                self.compared = Compared(result.name, line, result)
                self.adopt(line)
                job.at = self.tick
                self._extend(job, line, result)

        with self.lock:
            self.refuse_while_busy()
            if not isinstance(name, str | PathLike):
                known = ", ".join(recorded.shipped() + graph.shipped())
                raise MisuseError(f"{name!r} is no recording; give a path, or one of {known}")
            recorded.find(name)
            job = Job(f"Reading {name}", 0, lambda _: 0, self._progressed, prepare)
            self._begin(job)
            return job

    def fill(self, result: "Comparison") -> None:
        """Begin to put a replay's requests on the lab's own line, which is at its start; the picture stays there."""
        with self.lock:
            self.refuse_while_busy()
            job = Job("", 0, lambda _: 0, self._progressed)
            self._extend(job, self.timeline, result)
            self._begin(job)

    def begin(self, line: Timeline, commands: Iterable[Command], total: int, title: str) -> None:
        """Show a line and extend it on a thread of its own."""
        with self.lock:
            self.adopt(line)
            job = Job(title, total, self._adding(line, commands), self._progressed)
            job.at = self.tick
            self._begin(job)

    def _extend(self, job: Job, line: Timeline, result: "Comparison") -> None:
        """Let a job go on with a recording's requests and collections."""
        job.turn(f"Replaying {result.name}", result.ticks)
        job.step = self._adding(line, result.commands())

    def _adding(self, line: Timeline, commands: Iterable[Command]) -> Callable[[int], int]:
        """Return a job's step that extends a line by the next n commands."""
        take = batches(commands)

        def step(n: int) -> int:
            with self.lock:
                return line.extend(take(n))

        return step

    def _begin(self, job: Job) -> None:
        """Run a job on a thread of its own."""
        self.job = job
        self.worker = threading.Thread(target=self._work, args=(job,), daemon=True)
        self.worker.start()

    def _work(self, job: Job) -> None:
        """Run a job to its end; a refusal ends it and becomes the banner."""
        try:
            job.run()
        except Exception as error:  # noqa: BLE001 (a thread has nobody to tell)
            with self.lock:
                self.fail(error)

    def _progressed(self, job: Job) -> None:
        """Show how far a job is; the picture goes along unless the reader has gone elsewhere."""
        with self.lock:
            if self.tick == job.at:
                self.arrive(len(self.timeline))
                job.at = self.tick
            else:
                self.painter.ask()  # the line is longer
            self.notify()

    def wait(self) -> int:
        """Wait for the running work and return how many commands it did; an interrupt stops it."""
        job, worker = self.job, self.worker
        if job is None or worker is None:
            return 0
        quiet = bool(self.notices) or 0 < job.total < BAR_FROM  # the page has a bar; None: a notebook that shows none
        with tqdm(total=job.total, desc=job.title, unit=" commands", disable=quiet or None, leave=False) as bar:
            try:
                while worker.is_alive():
                    worker.join(0.1)
                    bar.total = job.total
                    bar.set_description(job.title, refresh=False)
                    bar.update(job.done - bar.n)
            except KeyboardInterrupt:
                job.stopped.set()
                worker.join()
        return job.done

    def stop(self) -> None:
        """Stop the running work after its batch; what is done stays done."""
        if self.job is not None:
            self.job.stopped.set()

    def refuse_while_busy(self) -> None:
        """Raise MisuseError while work runs: one timeline has one end."""
        job = self.job
        if job is not None and not job.finished:
            raise MisuseError(f"{job.title} {job.left()}; press Stop first")


def compare(name: str | PathLike[str], job: Job) -> "Comparison":
    """Return a recording's comparison with the model; the job shows how far it is, and can be stopped.

    Of a program that logged its object graph the model foretells what dies, of others the trace tells.
    """

    def progress(done: int, _total: int) -> None:
        job.done = done
        job.show_sometimes()

    if graph.graph_of(name):
        logged = graph.load(name)
        job.turn(f"Comparing {logged.name}", len(logged.log.operations))
        return graph.predict(logged, progress, job.stopped.is_set)
    recording = recorded.load(name)
    job.turn(f"Comparing {recording.name}", len(recording.plan))
    return recorded.replay(recording, progress=progress, stop=job.stopped.is_set)
