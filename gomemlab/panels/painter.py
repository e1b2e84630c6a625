"""Painting at the pace of the eye: any number of changes, one picture every forty milliseconds.

The first change is painted at once. Changes that follow while it is fresh wait together for one later picture, so that
fifty clicks in a second, or a loop in a cell, build no backlog in the browser.

Go: none, this is how the lab keeps up.
Left out: asking the browser whether it is done; forty milliseconds is what a full lab takes to paint.
"""

import threading
import time
from collections.abc import Callable

PACE = 0.04  # seconds


class Painter:
    """Calls `paint` now, or a little later, never more often than the pace; all under one lock."""

    def __init__(self, paint: Callable[[], None], lock: threading.RLock, pace: float = PACE) -> None:
        """Keep the function; nothing is painted yet."""
        self.paint = paint
        self.lock = lock
        self.pace = pace
        self.done_at = 0.0
        self.later: threading.Timer | None = None

    def ask(self) -> None:
        """Paint now if the last picture is old enough, else once it is."""
        with self.lock:
            if self.later is not None:
                return
            wait = self.done_at + self.pace - time.monotonic()
            if wait <= 0:
                self._paint()
            else:
                self.later = threading.Timer(wait, self.settle)
                self.later.daemon = True
                self.later.start()

    def settle(self) -> None:
        """Paint what is waiting, if anything is."""
        with self.lock:
            if self.later is not None:
                self.later.cancel()
                self._paint()

    def _paint(self) -> None:
        """Paint; what comes during it waits."""
        self.later = None
        try:
            self.paint()
        finally:
            self.done_at = time.monotonic()
