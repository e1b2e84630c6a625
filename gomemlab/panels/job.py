"""Long work in small batches: counts, rate, and a way out.

A workload of a million objects takes seconds. It runs on a thread of its own, and takes the lab's lock for one batch
at a time, so that Stop and the scrubber get through between two batches. In a terminal the same work shows a tqdm bar.
Work that must first find out how much there is to do, such as reading a recording, does that on the same thread.

Go: none, this is how the lab stays usable.
Left out: running two workloads at once; one timeline has one end.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import islice
from typing import Any

import ipywidgets as ipw

from gomemlab.views.base import box, html, put
from gomemlab.views.words import thousands

BATCH = 500  # commands, about ten milliseconds
PICTURES = 0.15  # seconds between two pictures of the heap while work runs


class Job:
    """Work that can be stopped: `step` does up to n commands and returns how many it did.

    `prepare`, if there is one, is called first; it may set title, total and step.
    """

    def __init__(
        self,
        title: str,
        total: int,
        step: Callable[[int], int],
        show: Callable[["Job"], None],
        prepare: Callable[["Job"], None] | None = None,
    ) -> None:
        """Keep the work; nothing runs yet. A total of 0 is not known yet."""
        self.title = title
        self.total = total
        self.step = step
        self.show = show
        self.prepare = prepare
        self.done = 0
        self.at = -1  # the tick it last showed
        self.stopped = threading.Event()
        self.finished = False
        self.error: Exception | None = None  # what ended it
        self.shown = 0.0  # when it last showed how far it is
        self.began = time.monotonic()

    def run(self) -> int:
        """Do all batches, or those before Stop; return how many commands were done."""
        try:
            if self.prepare is not None:
                self.show(self)
                self.prepare(self)
            while self.done < self.total and not self.stopped.is_set():
                did = self.step(min(BATCH, self.total - self.done))
                self.done += did
                self.show_sometimes()
                if not did:
                    break
        except Exception as error:
            self.error = error
            raise
        finally:
            self.finished = True
            self.show(self)
        return self.done

    def show_sometimes(self) -> None:
        """Show how far it is, unless that was shown a moment ago."""
        if time.monotonic() - self.shown > PICTURES:
            self.show(self)
            self.shown = time.monotonic()

    def turn(self, title: str, total: int) -> None:
        """Begin another part of the work, with its own counts."""
        self.title, self.total, self.done, self.began = title, total, 0, time.monotonic()

    def left(self) -> str:
        """Return what is still to do, in words."""
        return f"has {thousands(self.total - self.done)} commands to go" if self.total else "is not done"

    def words(self) -> str:
        """Return counts and rate as HTML."""
        if not self.total:
            return f"{escape(self.title)} …"
        rate = self.done / max(time.monotonic() - self.began, 1e-3)
        return (
            f"{escape(self.title)}: <b>{thousands(self.done)}</b> of {thousands(self.total)} commands, "
            f"{thousands(int(rate))} a second"
        )


class Progress:
    """A line with words, Stop, and a bar; hidden while nothing runs."""

    def __init__(self, stop: Callable[[], None]) -> None:
        """Build the line, hidden; `stop` is called by its button."""
        self.words = html("", "gm-job-words")
        self.button = ipw.Button(description="Stop", tooltip="stop after this batch; what is done stays done")
        self.button.on_click(lambda _: stop())
        self.bar = ipw.IntProgress(min=0, max=1, value=0)
        self.root = box([box([self.words, self.button], "gm-row"), self.bar], "gm-job", "gm-off")

    def show(self, job: Job | None) -> None:
        """Show a job's counts; hide when there is none or it is over."""
        if job is None or job.finished:
            self.root.add_class("gm-off")
            return
        put(self.words, value=f'<span role="status">{job.words()}</span>')
        put(self.bar, max=max(job.total, 1), value=job.done)
        self.root.remove_class("gm-off")


def batches(commands: Iterable[Any]) -> Callable[[int], list[Any]]:
    """Return a function that takes the next n commands of a stream."""
    stream: Iterator[Any] = iter(commands)
    return lambda n: list(islice(stream, n))
