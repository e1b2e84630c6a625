"""Pages to play with: the heap's first pages as a strip, large objects to make and to free, and where the next lands.

Go: runtime/mpagealloc.go, (*pageAlloc).find; runtime/mheap.go, (*mheap).allocSpan.
Left out: small objects, whose pages come through a P's page cache; the heap map shows them.
"""

from threading import RLock

import ipywidgets as ipw

from gomemlab.checks.strip import Kind, Part, Strip
from gomemlab.commands import Command, FreeSpan, Malloc
from gomemlab.panels.guarded import guarded
from gomemlab.panels.panel import Panel
from gomemlab.panels.strips import draw
from gomemlab.panels.whole import Whole
from gomemlab.runtime.arch import PAGE_CACHE_MAX_RUN, PAGE_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import LargeMade
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.timeline import Timeline
from gomemlab.views.base import box, headline, html, put
from gomemlab.views.words import count, thousands

LEAST = PAGE_CACHE_MAX_RUN  # pages; smaller spans are cut from the P's page cache
SHOWN = 320  # pages on the strip


class HolesPanel(Panel):
    """Buttons that make and free large objects, over a strip of pages."""

    def __init__(self, timeline: Timeline) -> None:
        """Show the timeline's last moment; going back to it is what Start again does."""
        self.lock = RLock()
        self.start = len(timeline)
        self.timeline = timeline
        self.pages = Whole(20, "pages", tooltip=f"pages of the next large object, {LEAST} to {SHOWN}")
        self.make = ipw.Button(description="malloc", tooltip="Make a large object of this many pages")
        self.make.add_class("mod-primary")
        self.victim = ipw.Dropdown(options=[], tooltip="a large object, by its first page")
        self.drop = ipw.Button(description="Free", tooltip="Free the chosen object, as sweeping would if it were dead")
        self.again = ipw.Button(description="Start again", tooltip="Go back to the pages as they were at first")
        self.head, self.strip = html(), html()
        self.make.on_click(guarded(self.head, self.malloc))
        self.drop.on_click(guarded(self.head, self.free))
        self.again.on_click(guarded(self.head, self.reset))
        words = [html(f'<span class="gm-s">{text}</span>') for text in ("pages", "object")]
        row = box([self.pages, words[0], self.make, words[1], self.victim, self.drop, self.again], "gm-row")
        super().__init__([row, self.head, self.strip], "gm-holes")
        self.show("Free pages are paper, taken ones are filled.")

    def do(self, command: Command) -> None:
        """Do a command and say what happened; a refusal is said, too, and changes nothing."""
        with self.lock:
            try:
                self.timeline.do(command)
            except MisuseError as refusal:
                self.show(f"{refusal}.")
                return
            self.show(" ".join(event.say() for event in self.timeline.events(len(self.timeline))))

    def malloc(self) -> None:
        """Make an object of the pages typed, or say why that is refused here."""
        npages = self.pages.whole()
        if npages < LEAST:
            why = f"fewer than {LEAST} are cut from the P's page cache, which this strip does not show"
            self.show(f"Not done with {thousands(npages)}: {why}. Give {LEAST} to {SHOWN} pages.")
        elif npages > SHOWN:
            why = f"more than the {SHOWN} pages of this strip"
            self.show(f"Not done with {thousands(npages)}: {why}. Give {LEAST} to {SHOWN} pages.")
        else:
            self.do(Malloc(npages * PAGE_SIZE))

    def free(self) -> None:
        """Free the chosen object, or say that one has to be chosen."""
        if self.victim.value is None:
            self.show("Choose an object from the list first.")
        else:
            self.do(FreeSpan(self.victim.value))

    def reset(self) -> None:
        """Go back to the pages as they were at first."""
        with self.lock:
            self.timeline = self.timeline.branch(self.start)
            self.show("The pages are as they were at first.")

    def show(self, sentence: str) -> None:
        """Draw the last moment and say the sentence."""
        snapshot = self.timeline.world.snapshot()
        objects = [(f"page {page}, {n} pages", snapshot.address(page)) for page, n in _objects(snapshot)]
        if list(self.victim.options) != objects:
            kept = self.victim.value or 0
            self.victim.options = objects
            self.victim.value = next((address for _, address in objects if address >= kept), None)
        put(self.head, value=headline("Pages", sentence))
        put(self.strip, value=draw(strip(snapshot)))


def strip(snapshot: Snapshot) -> Strip:
    """Return the first pages of the heap as a strip, cut at its edge; what the last command made stands out."""
    made = {event.span for event in snapshot.events if isinstance(event, LargeMade)}
    spans = snapshot.spans
    parts = [
        Part(spans.page[row], min(spans.npages[row], SHOWN - spans.page[row]), _kind(spans.id[row] in made))
        for row in range(len(spans.id))
        if spans.page[row] < SHOWN
    ]
    free = SHOWN - sum(part.length for part in parts)
    beyond = _beyond(snapshot)
    label = f"Pages 0 to {SHOWN} of the heap: {count(len(parts), 'span')}, {free} pages free."
    if beyond:
        label += f" The heap goes on behind them: {beyond}."
    return Strip(SHOWN, _with_gaps(parts), label, above=beyond or "page", ticks=tuple(range(0, SHOWN + 1, 20)))


def _kind(made: bool) -> Kind:
    """Return how to fill a span."""
    return "chosen" if made else "large"


def _beyond(snapshot: Snapshot) -> str:
    """Return what does not fit on the strip: "→ 340", and how many spans lie wholly behind its edge."""
    spans = snapshot.spans
    end = max((page + n for page, n in zip(spans.page, spans.npages, strict=True)), default=0)
    behind = sum(page >= SHOWN for page in spans.page)
    more = f", {count(behind, 'more span')}" if behind else ""
    return f"→ {thousands(end)}{more}" if end > SHOWN else ""


def _with_gaps(parts: list[Part]) -> tuple[Part, ...]:
    """Return the parts with the free stretches between them."""
    filled: list[Part] = []
    end = 0
    for part in [*parts, Part(SHOWN, 1, "free")]:
        if part.start > end:
            filled.append(Part(end, part.start - end, "free"))
        filled.append(part)
        end = part.start + part.length
    return tuple(filled[:-1])


def _objects(snapshot: Snapshot) -> list[tuple[int, int]]:
    """Return (first page, pages) of each large object, by page."""
    spans = snapshot.spans
    return [(spans.page[i], spans.npages[i]) for i in range(len(spans.id)) if spans.spanclass[i] <= 1]
