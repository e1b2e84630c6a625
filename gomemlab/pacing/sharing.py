"""Who has the Ps while a cycle marks: workers, goroutines that run, goroutines that assist, idle workers.

A quarter belongs to the workers. On the rest the program runs, and each byte that it allocates owes scan work. What the
workers have scanned ahead is credit and pays first; only where that does not suffice do goroutines assist instead of
running. Ps that the program does not want mark, too. From the assist ratio and the two rates follows how a moment is
divided; nothing is tried out.

Go: runtime/mgcmark.go, gcAssistAlloc, gcFlushBgCredit; runtime/mgcpacer.go, (*gcControllerState).revise.
Left out: that a goroutine pays 64 KiB ahead, that debts are each goroutine's own, and that one waits in a queue.
"""

from typing import NamedTuple


class Demand(NamedTuple):
    """What the program and the machine are like at a moment."""

    procs: float  # Ps
    workers: float  # Ps of dedicated and fractional workers
    most_idle: float  # Ps that may mark when they have nothing to run
    wanted: float  # Ps that the program wants
    allocation: float  # bytes a CPU second
    scan: float  # bytes a CPU second


class Share(NamedTuple):
    """How the Ps are divided: these three and the workers; what remains does nothing."""

    running: float  # Ps
    assists: float
    idle: float


def share(demand: Demand, ratio: float, credit_rate: float) -> Share:
    """Return how the Ps are divided where each allocated byte owes `ratio` bytes of scanning.

    credit_rate is the credit at hand, in bytes for each second of the moment. A ratio of 0 asks nobody to assist: so it
    is while the CPU limiter limits.
    """
    procs, workers, most_idle, wanted, allocation, scan = demand
    free = procs - workers
    running = min(wanted, free)
    idle = min(free - running, most_idle)
    owed = ratio * allocation
    scanning = (owed * running - credit_rate) / scan  # Ps that would have to scan
    if scanning <= workers + idle:
        return Share(running, 0.0, idle)
    if scanning <= procs - running:
        return Share(running, scanning - workers - idle, idle)
    # Too much for all who are free: some who run must assist instead, until what they owe is what is scanned.
    assists = (owed * free - scan * workers - credit_rate) / (scan + owed)
    return Share(free - assists, assists, 0.0)
