"""The background scavenger: a goroutine that gives memory back so slowly that nobody notices.

It works for a millisecond or a little more, then sleeps for so long that all its work is 1 % of one CPU. How long that
is, a PI controller finds out, since a sleep may end early: whenever a sweep is over there may be new pages to take.
When both goals are met, or nothing is left that may be taken, it parks until the next sweep ends.

Go: runtime/mgcscavenge.go, scavengerState, bgscavenge, piController.
Left out: sysmon, which would wake it up to 10 ms later; how long a call to the kernel really takes (cost model).
"""

import math
from dataclasses import dataclass, field, replace

from gomemlab.runtime.alloc.scavenging import NS_PER_PHYS_PAGE, PHYS_PAGE_SIZE, Heap, scavenge
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.memevents import BACKGROUND, ScavengeEnded, ScavengerParked, ScavengerSlept

SCAVENGE_PERCENT = 1
SCAVENGE_QUANTUM = 64 << 10  # bytes at once
STARTING_SCAV_SLEEP_RATIO = 0.001
MIN_SCAV_WORK_TIME = 1e6  # ns
COOLDOWN = 5_000_000_000  # ns without the controller, after it failed


@dataclass(slots=True)
class PIController:
    """Finds the output that makes an input what it should be: a part of the error, and of all errors so far.

    Go: runtime/mgcscavenge.go, piController.
    """

    kp: float = 0.3375  # proportional constant
    ti: float = 3.2e6  # integral time constant, ns
    tt: float = 1e9  # reset time, ns
    least: float = 0.001  # output: worked for each that it slept
    most: float = 1000.0
    err_integral: float = 0.0
    err_overflow: bool = False
    input_overflow: bool = False

    def next(self, found: float, setpoint: float, period: float) -> tuple[float, bool]:
        """Return the next output, and whether it can be trusted.

        Go: runtime/mgcscavenge.go, (*piController).next.
        """
        raw = self.kp * (setpoint - found) + self.err_integral
        if not math.isfinite(raw):
            self.err_integral, self.input_overflow = 0.0, True
            return self.least, False
        output = min(max(raw, self.least), self.most)
        if self.ti and self.tt:
            self.err_integral += self.kp * period / self.ti * (setpoint - found) + period / self.tt * (output - raw)
            if not math.isfinite(self.err_integral):
                self.err_integral, self.err_overflow = 0.0, True
                return self.least, False
        return output, True


@dataclass(slots=True)
class Scavenger:
    """What the background scavenger is doing.

    Go: runtime/mgcscavenge.go, scavengerState.
    """

    parked: bool = True  # it waits for a sweep to end
    wake_at: int = 0  # ns: when it works next, unless it is parked
    asleep_since: int = -1  # ns; -1: it did not come from a sleep
    worked: float = 0.0  # ns, before that sleep
    sleep_ratio: float = STARTING_SCAV_SLEEP_RATIO  # worked for each ns that it sleeps
    controller: PIController = field(default_factory=PIController)
    controller_cooldown: int = 0  # ns

    def wake(self, now: int) -> None:
        """Let it work now, whether it parks or sleeps. Go: runtime/mgcscavenge.go, (*scavengerState).wake."""
        self.wake_at = now if self.parked else min(self.wake_at, now)
        self.parked = False

    def until(self, heap: Heap, now: int, procs: int) -> int:
        """Let it work and sleep until a time, in ns; return the bytes it gave back."""
        total = 0
        while not self.parked and self.wake_at <= now:
            at = self.wake_at
            self._slept(at, procs)
            released, worked = self.run(heap)
            total += released
            if released:
                self._sleep(heap, at + int(worked), worked)
        return total

    def run(self, heap: Heap) -> tuple[int, float]:
        """Work once, and park where there was nothing to do; return the bytes given back, and the ns it took.

        Go: runtime/mgcscavenge.go, (*scavengerState).run, bgscavenge.
        """
        released, worked = 0, 0.0
        while worked < MIN_SCAV_WORK_TIME and not heap.scavenging.goals_met(heap):
            found = scavenge(heap, SCAVENGE_QUANTUM)
            worked += NS_PER_PHYS_PAGE * (found // PHYS_PAGE_SIZE)
            released += found
            if found < SCAVENGE_QUANTUM:
                break
        heap.scavenging.background_ns += int(worked)
        heap.scavenging.released_bg += released
        if released:
            heap.log.append((ScavengeEnded, BACKGROUND, -1, released))
        else:
            self.parked, self.asleep_since = True, -1
            heap.log.append((ScavengerParked, heap.scavenging.goals_met(heap)))
        return released, worked

    def _sleep(self, heap: Heap, now: int, worked: float) -> None:
        """Sleep as long as the ratio says. Go: runtime/mgcscavenge.go, (*scavengerState).sleep."""
        self.worked = max(worked, MIN_SCAV_WORK_TIME)
        sleep_time = int(self.worked / self.sleep_ratio)
        self.asleep_since, self.wake_at = now, now + sleep_time
        heap.log.append((ScavengerSlept, int(self.worked), sleep_time))

    def _slept(self, now: int, procs: int) -> None:
        """Learn from the sleep that ends now. Go: runtime/mgcscavenge.go, (*scavengerState).sleep."""
        if self.asleep_since < 0:
            return
        slept, self.asleep_since = max(now - self.asleep_since, 0), -1
        if self.controller_cooldown > 0:
            self.controller_cooldown = max(self.controller_cooldown - slept - int(self.worked), 0)
            return
        fraction = self.worked / ((slept + self.worked) * procs)
        self.sleep_ratio, ok = self.controller.next(fraction, SCAVENGE_PERCENT / 100.0, slept + self.worked)
        if not ok:
            self.sleep_ratio, self.controller_cooldown = STARTING_SCAV_SLEEP_RATIO, COOLDOWN

    def copy(self) -> "Scavenger":
        """Return an independent copy."""
        return replace(self, controller=replace(self.controller))

    def check(self) -> None:
        """Raise ThrowError where it parks and sleeps at once, or for a ratio beyond the controller's bounds."""
        if self.parked and self.asleep_since >= 0:
            raise ThrowError("the scavenger is parked and asleep at once")
        if not self.controller.least <= self.sleep_ratio <= self.controller.most:
            raise ThrowError(f"the scavenger's sleep ratio {self.sleep_ratio} is out of bounds")
