"""What sweeping did: events of the collector's last phase, in the form of events.py.

SpanSwept says who swept: an allocation that looked for room, an mcache that was flushed late, the background sweeper,
runtime.GC, a span that paid its debt first, or the search for whole spans.

Go: runtime/mgcsweep.go, runtime/mgc.go, runtime/mheap.go.
Left out: events of marking (see markevents).
"""

from dataclasses import dataclass
from typing import ClassVar

from gomemlab.runtime.events import Event
from gomemlab.runtime.phrases import count

# Who swept a span.
ALLOCATION = "allocation"
FLUSH = "flush"
BACKGROUND = "background"
GC = "GC"
CREDIT = "credit"
RECLAIM = "reclaim"


@dataclass(frozen=True, slots=True)
class SweepBegan(Event):
    """Marking was over and sweepgen grew by 2: swept spans became unswept, though nobody touched one."""

    sweepgen: int  # the new one
    unswept: int  # spans
    pages: int  # in use, all to be swept
    go: ClassVar[str] = "gcSweep"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"sweepgen became {self.sweepgen}: {count(self.unswept, 'span')} turned unswept, untouched."


@dataclass(frozen=True, slots=True)
class SweepPaced(Event):
    """The pages to sweep for each byte allocated were set, so that the sweep ends before the next cycle begins."""

    pages: int  # still to be swept
    distance: int  # bytes that may be allocated meanwhile
    go: ClassVar[str] = "gcPaceSweeper"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"{count(self.pages, 'page')} must be swept within the next {count(self.distance, 'allocated byte')}."


@dataclass(frozen=True, slots=True)
class SpanSwept(Event):
    """A span was swept: what was not marked is free, and its marks are its new alloc_bits."""

    span: int  # id
    freed: int  # slots
    alloc_count: int  # slots still taken
    nelems: int
    home: str = ""  # partialSwept, fullSwept or heap; empty: who swept it keeps it
    by: str = ALLOCATION  # who swept it
    go: ClassVar[str] = "(*sweepLocked).sweep"

    def say(self) -> str:
        """Return the event as a sentence."""
        freed = count(self.freed, "slot")
        to = f" in {self.home}" if self.home.endswith("Swept") else ""
        what = f"Sweeping span {self.span}"
        if self.by == FLUSH:
            what += ", which its P gave back,"
        return f"{what} freed {freed}; {self.alloc_count} of {self.nelems} stay taken{to}."


@dataclass(frozen=True, slots=True)
class ZombieFound(Event):
    """A slot was marked though it was free: some pointer dangles. Go stops the program here."""

    span: int  # id
    slot: int  # the first of them
    address: int
    zombies: int  # slots
    go: ClassVar[str] = "(*mspan).reportZombies"

    def say(self) -> str:
        """Return the event as a sentence."""
        slot = f"Free slot {self.slot} of span {self.span} at {self.address:#x}"
        more = f" ({self.zombies} in all)" if self.zombies > 1 else ""
        return f"{slot} was marked{more}: found pointer to free object."


@dataclass(frozen=True, slots=True)
class SweepTurn(Event):
    """The background sweeper had its turn."""

    swept: int  # spans
    go: ClassVar[str] = "bgsweep"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The background sweeper swept {count(self.swept, 'span')} and let others run."


@dataclass(frozen=True, slots=True)
class SweepCredit(Event):
    """A span was about to be made or cached, and sweeping was behind: it was done first."""

    p: int
    target: int  # pages that should have been swept by now
    behind: int  # pages of them that were not
    spans: int  # swept for it
    go: ClassVar[str] = "deductSweepCredit"

    def say(self) -> str:
        """Return the event as a sentence."""
        behind = f"Sweeping was {count(self.behind, 'page')} behind"
        return f"{behind}: P{self.p} swept {count(self.spans, 'span')} before it allocated."


@dataclass(frozen=True, slots=True)
class SweepOwed(Event):
    """It was said what the next span to be made or cached has to wait for."""

    pages: int  # to be swept before
    go: ClassVar[str] = "deductSweepCredit"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"{count(self.pages, 'page')} will be swept before the next span is made or cached."


@dataclass(frozen=True, slots=True)
class Reclaimed(Event):
    """Before the heap gave pages to a new span, as many were to be got from spans without a marked object."""

    p: int
    npages: int  # asked for
    credit: int  # pages that others had freed and this one took
    chunks: int  # of 512 pages, looked through
    freed: int  # pages
    go: ClassVar[str] = "(*mheap).reclaim"

    def say(self) -> str:
        """Return the event as a sentence."""
        need = f"P{self.p} needed {count(self.npages, 'page')}"
        if self.chunks:
            return f"{need}, looked through {count(self.chunks, 'chunk')} and reclaimed {count(self.freed, 'page')}."
        if self.credit == self.npages:
            return f"{need}; sweeping had freed as many before."
        return f"{need}; no chunk was left to reclaim some from."


@dataclass(frozen=True, slots=True)
class SweepDone(Event):
    """No span was left to sweep."""

    sweepgen: int
    pages: int  # swept in this phase
    go: ClassVar[str] = "(*activeSweep).markDrained"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Nothing is left to sweep at sweepgen {self.sweepgen}: the sweep covered {count(self.pages, 'page')}."
