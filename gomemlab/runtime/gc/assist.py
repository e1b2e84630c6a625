"""Assists: who allocates while a cycle marks pays for it by scanning.

Each goroutine has credit in bytes. An allocation takes its bytes off; a goroutine whose credit falls below 0 scans as
much as the assist ratio asks for, at least 64 KiB at once so that it need not do so each time. First it takes what
background workers have scanned for all (the background credit); what it cannot scan, since nothing is left to scan, it
waits for, in a queue that workers serve before they add to the credit of all.

Go: runtime/mgcmark.go, gcAssistAlloc, gcAssistAlloc1, gcParkAssist, gcFlushBgCredit; runtime/malloc.go,
deductAssistCredit.
Left out: preemption of a goroutine that assists; assists of goroutines of the runtime itself.
"""

from dataclasses import dataclass, field

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.pacer import GCController

GC_OVER_ASSIST_WORK = 64 << 10  # bytes that an assist scans at least
GC_CREDIT_SLACK = 2000  # bytes that a worker scans before it tells
GC_ASSIST_TIME_SLACK = 5000  # ns that a P's assists take before it tells


@dataclass(slots=True)
class Assists:
    """What each goroutine has paid and owes, in this cycle."""

    credit: dict[int, int] = field(default_factory=dict)  # by goroutine, bytes it may allocate; below 0: it owes
    queue: list[int] = field(default_factory=list)  # goroutines that wait for credit, the next first

    def reset(self) -> None:
        """Begin a cycle: nobody owes anything. Go: runtime/mgc.go, gcResetMarkState."""
        self.credit.clear()

    def owes(self, g: int) -> bool:
        """Say whether goroutine g has to pay."""
        return self.credit.get(g, 0) < 0

    def deduct(self, g: int, nbytes: int) -> bool:
        """Let goroutine g pay for bytes that it allocates; say whether it owes now.

        Go: runtime/malloc.go, deductAssistCredit.
        """
        self.credit[g] = left = self.credit.get(g, 0) - nbytes
        return left < 0

    def steal(self, c: GCController, g: int) -> tuple[int, int]:
        """Take what the background credit has for goroutine g; return (bytes left to scan, bytes taken).

        Go: runtime/mgcmark.go, gcAssistAlloc.
        """
        debt = -self.credit[g]
        work = int(c.assist_work_per_byte * debt)
        if work < GC_OVER_ASSIST_WORK:
            work = GC_OVER_ASSIST_WORK
            debt = int(c.assist_bytes_per_work * work)
        taken = min(c.bg_scan_credit, work)
        if taken > 0:
            self.credit[g] += debt if taken == work else 1 + int(c.assist_bytes_per_work * taken)
            c.bg_scan_credit -= taken
        return work - taken, taken

    def pay(self, c: GCController, g: int, scanned: int) -> bool:
        """Book that goroutine g scanned so many bytes itself; say whether it still owes.

        Go: runtime/mgcmark.go, gcAssistAlloc1.
        """
        # 1 +: so that something is booked even where a byte scanned is worth less than one allocated.
        self.credit[g] += 1 + int(c.assist_bytes_per_work * scanned)
        return self.credit[g] < 0

    def park(self, c: GCController, g: int) -> bool:
        """Let goroutine g wait; False where there is credit by now, so that it tries again, or marking is over.

        Go: runtime/mgcmark.go, gcParkAssist.
        """
        if c.bg_scan_credit > 0 or not c.marking:
            return False
        self.queue.append(g)
        return True

    def flush_bg_credit(self, c: GCController, scanned: int) -> list[int]:
        """Give what a worker scanned to those who wait, the rest to all; return who need not wait any more.

        Go: runtime/mgcmark.go, gcFlushBgCredit.
        """
        if not self.queue:
            c.bg_scan_credit += scanned
            return []
        nbytes, paid = int(scanned * c.assist_bytes_per_work), list[int]()
        while self.queue and nbytes > 0:
            g = self.queue.pop(0)
            nbytes += self.credit[g]
            if nbytes < 0:
                self.credit[g], nbytes = nbytes, 0
                self.queue.append(g)  # to the end: a large debt shall not hold up the small ones
                break
            self.credit[g] = 0
            paid.append(g)
        if nbytes > 0:
            c.bg_scan_credit += int(nbytes * c.assist_work_per_byte)
        return paid

    def wake_all(self) -> list[int]:
        """Let nobody wait any more: marking is over. Go: runtime/mgcmark.go, gcWakeAllAssists."""
        woken, self.queue = self.queue, []
        return woken

    def goexit(self, c: GCController, g: int) -> None:
        """Give what a goroutine that ends has paid too much to all. Go: runtime/proc.go, gdestroy."""
        left = self.credit.pop(g, 0)
        if left > 0 and c.marking:
            c.bg_scan_credit += int(c.assist_work_per_byte * left)

    def copy(self) -> "Assists":
        """Return an independent copy."""
        return Assists(self.credit.copy(), self.queue.copy())

    def check(self) -> None:
        """Raise ThrowError where somebody waits who owes nothing."""
        if not all(self.credit.get(g, 0) < 0 for g in self.queue):
            raise ThrowError(f"goroutines {self.queue} wait for credit, and one of them owes nothing")
