"""GOGC and the memory limit, changed while the program runs.

Go: runtime/mgcpacer.go, setGCPercent, setMemoryLimit, gcControllerCommit.
Left out: that SetGCPercent(-1) waits for a cycle that marks.
"""

import math

from gomemlab.pacing.accounts import Accounts
from gomemlab.pacing.run import Change
from gomemlab.runtime.gc.pacer import GCController


class Settings:
    """The changes that are still to come."""

    __slots__ = ("_coming",)

    def __init__(self, changes: tuple[Change, ...]) -> None:
        self._coming = list(changes)  # in order of time

    @property
    def next_at(self) -> float:
        """Return when something is set next."""
        return self._coming[0].at_s if self._coming else math.inf

    def apply(self, now: float, pacer: GCController, accounts: Accounts, *, is_sweep_done: bool) -> None:
        """Set what is to be set by now."""
        while self.next_at <= now:
            change = self._coming.pop(0)
            if change.gogc is not None:
                pacer.set_gc_percent(change.gogc)
            if change.memory_limit is not None:
                pacer.set_memory_limit(change.memory_limit)
            accounts.book(pacer)
            pacer.commit(is_sweep_done=is_sweep_done)
            if pacer.marking:
                pacer.revise()
