"""Search every schedule: the explorer on a thread of its own, with counts, Stop, and its find ready to be played.

Go: none, this is how a proof by exhaustion is asked for.
Left out: worlds that the explorer refuses as too large.
"""

import threading
import time
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.panels.barriers import called
from gomemlab.panels.job import Job, Progress
from gomemlab.views.base import box, button, close_all, html, put
from gomemlab.views.words import count, thousands

if TYPE_CHECKING:
    from gomemlab.panels.schedule import Schedule

WORLDS = {  # objects, fields of each, goroutines, slots of each
    "2 objects, 1 field, 2 goroutines, 1 slot": (2, 1, 2, 1),
    "2 objects, 2 fields, 2 goroutines, 1 slot": (2, 2, 2, 1),
    "2 objects, 1 field, 2 goroutines, 2 slots": (2, 1, 2, 2),
}

ORDERS = {"any order": False, "stacks first": True}


class Search(Job):
    """A search; `done` counts states."""

    def words(self) -> str:
        """Return how many states were searched, and how fast."""
        rate = self.done / max(time.monotonic() - self.began, 1e-3)
        return f"{self.title}: <b>{thousands(self.done)}</b> states, {thousands(int(rate))} a second"


class SearchPanel:
    """The button, the choice of a world, the progress, and the verdict."""

    def __init__(self, schedule: "Schedule") -> None:
        """Build the widgets for a schedule panel, which plays what is found."""
        self.schedule, self.lab = schedule, schedule.lab
        self.job: Search | None = None
        self.worker: threading.Thread | None = None
        self.found: Any = None
        self.world = ipw.Dropdown(options=list(WORLDS.items()), tooltip="the world that is searched")
        self.world.add_class("gm-world")
        self.order = ipw.ToggleButtons(options=list(ORDERS.items()), tooltip="what the marker scans first")
        search = button(self.lab, "Search every schedule", "try every order of steps in a small world", self.start)
        self.progress = Progress(self.stop)
        self.verdict = html("", "gm-verdict")
        self.play = button(self.lab, "Play the shortest loss", "a new world, with the schedule to step", self.take)
        self.play.add_class("gm-off")
        label = html("<b>Search</b>", "gm-label")
        asked = box([label, self.world, self.order, search, self.verdict, self.play], "gm-row")
        self.root = ipw.VBox([asked, self.progress.root])

    def start(self) -> None:
        """Begin to search under the barrier on screen; a search that runs is stopped first."""
        from gomemlab import explore  # noqa: PLC0415 (only this button needs it)

        self.stop()
        if self.worker is not None:
            self.worker.join()
        gc = self.lab.snapshot.gc
        objects, fields, goroutines, slots = self.world.value
        stacks_first = self.order.value

        def prepare(job: Job) -> None:
            def progress(states: int) -> None:
                job.done = states
                job.show_sometimes()

            result = explore(
                gc.barrier,
                rescan=gc.rescan,
                objects=objects,
                fields=fields,
                goroutines=goroutines,
                slots=slots,
                stacks_first=stacks_first,
                progress=progress,
                stop=job.stopped.is_set,
            )
            job.done = 0
            with self.lab.lock:
                self._found(result)

        put(self.verdict, value="")
        self.play.add_class("gm-off")
        self.job = Search(f"Searching: {called(gc.barrier)}", 0, lambda _: 0, self._progressed, prepare)
        self.worker = threading.Thread(target=self._work, args=(self.job,), daemon=True)
        self.worker.start()

    def _work(self, job: Job) -> None:
        """Run a search to its end; what goes wrong becomes the banner."""
        try:
            job.run()
        except Exception as error:  # noqa: BLE001 (a thread has nobody to tell)
            with self.lab.lock:
                self.lab.fail(error)

    def _progressed(self, job: Job) -> None:
        with self.lab.lock:
            self.progress.show(job)

    def stop(self) -> None:
        """Stop the search; what is known so far stays known."""
        if self.job is not None:
            self.job.stopped.set()

    def _found(self, result: Any) -> None:
        """Say what was found."""
        self.found = result
        put(self.verdict, value=f'<span role="status">{verdict(result)}</span>')
        (self.play.add_class if result.lost is None else self.play.remove_class)("gm-off")

    def take(self) -> None:
        """Show the world in which an object is lost, with the schedule that loses it."""
        self.schedule.begin(self.found.start, self.found.lost)

    def close(self) -> None:
        """Stop, and close the widgets."""
        self.stop()
        close_all(self.root)


def verdict(result: Any) -> str:
    """Return a search's result as HTML: with a sign that needs no colour, and of which barrier and world it speaks."""
    of = f"<b>{called(result.rules.barrier.name)}</b>, {_asked(result.rules, result.shape)}:"
    states = f"{count(result.states, 'state')} were searched"
    if result.lost is not None:
        steps = count(result.steps, "step")
        return f'<b class="gm-warn">✕</b> {of} <b class="gm-warn">lost after {steps}</b> of the program; {states}.'
    if result.complete:
        return f'<b class="gm-right">✓</b> {of} <b class="gm-right">no schedule loses an object</b>; all {states}.'
    return f"{of} <b>stopped</b>. {states} without a loss; there are more."


def _asked(rules: Any, shape: Any) -> str:
    """Return what else was asked for, in words."""
    words = ["stacks rescanned"] * rules.rescan + ["stacks first"] * rules.stacks_first
    counted = ((shape.objects, "object"), (shape.fields, "field"), (shape.slots, "slot"))
    return ", ".join([*words, *(count(n, what) for n, what in counted)])
