"""Allocate: what to ask for, what it will get, and the button that asks.

The line below the controls says class, slot and waste before anything is pressed; the lab shows whether it came true.

Go: runtime/malloc.go, mallocgc; runtime/msize.go, roundupsize.
Left out: types; pointers or none is all that the allocator's way depends on.
"""

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.checks.numbers import read_one
from gomemlab.commands import malloc
from gomemlab.panels.notices import Notices
from gomemlab.panels.whole import Whole
from gomemlab.recorded import graph, shipped
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.arch import MAX_TINY_SIZE, PAGE_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import View, box, button, html, put
from gomemlab.views.words import count, quoted, thousands
from gomemlab.workloads import WORKLOADS

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot

AT_ONCE = 1000  # commands that need no progress bar
MOST = 1_000_000  # times; a longer line would not fit into memory
LENGTHS = {"1 000": 1_000, "10 000": 10_000, "100 000": 100_000, "1 000 000": 1_000_000}
DEFAULT_SIZE = 24
NEGATIVE = re.compile(r"-\d{1,30}")
DECIMAL = re.compile(r"\d\s*[kmgt]b\b", re.IGNORECASE)  # Go counts KiB, and a KB is a thousand to many people
RECORDING = "recording:"  # in front of a recording's name in the menu


STEPS = 302  # of the slider before sizes that round alike are joined; 256 distinct steps remain


def _sizes() -> tuple[int, ...]:
    """Return the slider's sizes in bytes: 257 from 1 B to 1 MiB, each about the same factor above the last.

    One more than a power of two: a browser's slider maps its range to percent and back, and only then is that exact.
    """
    return tuple(sorted({round(2 ** (20 * step / STEPS)) for step in range(STEPS + 1)}))


SIZES = _sizes()


@dataclass(frozen=True, slots=True)
class Frame:
    """What the controls offer at this moment."""

    procs: int


class Allocate(View[Frame]):
    """The row of controls and the line below it."""

    name = "Allocate controls"

    def __init__(self, lab: "Lab", *, alone: bool = False) -> None:
        """Build the row for a lab; alone, it brings the lab's notices along."""
        self.lab = lab
        self.notices = Notices.here(lab) if alone else None
        super().__init__(lab)
        self.head.add_class("gm-hidden")

    def parts(self) -> list[ipw.Widget]:
        """Return the row and the line."""
        self.slider = ipw.IntSlider(min=0, max=len(SIZES) - 1, value=_step(DEFAULT_SIZE), readout=False, tooltip="size")
        # Text: a field for numbers drops what it does not know, so that "1 MiB" would arrive as 1.
        self.number = ipw.Text(value=str(DEFAULT_SIZE), continuous_update=False, tooltip="bytes to ask for")
        self.pointers = ipw.ToggleButtons(
            options=[("no pointers", False), ("pointers", True)],
            tooltips=["the collector never looks inside (noscan)", "the collector searches it (scan)"],
        )
        self.count = Whole(1, "times", tooltip="how many times")
        self.p = ipw.ToggleButtons(options=[("P0", 0)])
        self.press = ipw.Button(description="malloc", button_style="primary", tooltip="allocate (mallocgc)")
        self.line = html("", "gm-line")
        self._listen()
        for widget, name in ((self.slider, "gm-size"), (self.number, "gm-bytes"), (self.count, "gm-count")):
            widget.add_class(name)
        self._say()
        ask = [html('<span class="gm-name">Allocate</span>', "gm-label"), self.slider, self.number, html("B", "gm-s")]
        where = [self.pointers, self.count, html("times on", "gm-s"), self.p, self.press]
        row = box([*ask, *where, html("", "gm-sp"), box(self._workloads(), "gm-row")], "gm-row", "gm-allocate")
        return [self.notices.root, row, self.line] if self.notices else [row, self.line]

    def close(self) -> None:
        """Close the row and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()

    def _workloads(self) -> list[ipw.Widget]:
        """Return the menu of workloads."""
        options = [(w.title, w.name) for w in WORKLOADS.values()]
        options += [(f"real Go: {name}", RECORDING + name) for name in (*shipped(), *graph.shipped())]
        self.workload = ipw.Dropdown(options=options, tooltip="a named stream of commands")
        self.workload.add_class("gm-workload")
        self.length = ipw.Dropdown(options=list(LENGTHS.items()), value=10_000, tooltip="commands to run")
        self.length.add_class("gm-length")
        self.run = button(self.lab, "Run", "run the workload; it can be stopped", self.run_workload)
        self.workload.observe(lambda change: put(self.length, disabled=change["new"].startswith(RECORDING)), "value")
        return [html("or run", "gm-s"), self.workload, self.length, self.run]

    def _listen(self) -> None:
        """Keep slider and number in step, and the line with them."""
        self.slider.observe(self._slid, "value")
        self.number.observe(self._typed, "value")
        self.pointers.observe(lambda _: self._say(), "value")
        self.press.on_click(lambda _: self.lab.guard(self.ask))

    def _slid(self, change: dict[str, Any]) -> None:
        """Follow the slider, unless it only followed the number."""
        size = _size(self.number.value)
        if size is None or _step(size) != change["new"]:
            put(self.number, value=str(SIZES[change["new"]]))

    def _typed(self, change: dict[str, Any]) -> None:
        """Follow the number; the slider stays where no number was typed."""
        size = _size(change["new"])
        if size is not None:
            put(self.slider, value=_step(size))
        self._say()

    def _say(self) -> None:
        """Say what the request would get."""
        size = _size(self.number.value)
        said = _refused(_no_size(self.number.value)) if size is None else promise(size, self.pointers.value)
        put(self.line, value=f'<div class="gm-s" role="status">{said}</div>')

    def ask(self) -> None:
        """Allocate as the controls say."""
        size, pointers, p, times = _size(self.number.value), self.pointers.value, self.p.value, self.count.whole()
        if size is None:
            raise MisuseError(_no_size(self.number.value))
        if not 1 <= times <= MOST:
            raise MisuseError(f"{thousands(times)} times cannot be done; ask for 1 to {thousands(MOST)} times")
        command = malloc(size, pointers, p)
        if times == 1:
            self.lab.do(command)
        elif times <= AT_ONCE:
            self.lab.do_all([command] * times)
        else:
            self.lab.start_all((command for _ in range(times)), times, f"malloc({size}) {thousands(times)} times")

    def run_workload(self) -> None:
        """Run the chosen workload, or replay the chosen recording."""
        name = self.workload.value
        if name.startswith(RECORDING):
            self.lab.start_recording(name.removeprefix(RECORDING))
        else:
            self.lab.start(name, self.length.value)

    def frame(self, snapshot: "Snapshot") -> Frame:
        """Return the Ps there are."""
        return Frame(len(snapshot.ps))

    def show(self, frame: Frame) -> None:
        """Offer the Ps there are."""
        if len(self.p.options) != frame.procs:
            chosen = self.p.value
            self.p.options = [(f"P{i}", i) for i in range(frame.procs)]
            self.p.value = chosen if chosen is not None and chosen < frame.procs else 0

    def sentence(self, frame: Frame) -> str:
        """Return the Ps there are."""
        return count(frame.procs, "P")


def _size(text: str) -> int | None:
    """Return what was typed in bytes, such as 24, 1 024 or 1 MiB; None where it is no size to Go, as 1 MB is none."""
    text = text.strip()
    if DECIMAL.search(text):
        return None
    if NEGATIVE.fullmatch(text):
        return int(text)  # the allocator's own refusal says more
    try:
        return read_one(text, "B")
    except MisuseError:
        return None


def _no_size(text: str) -> str:
    """Return why something that was typed is refused."""
    return f"{quoted(text)} is no size; write bytes, such as 24 or 1 KiB"


def _refused(why: str) -> str:
    """Return a refusal as HTML."""
    return f'<span class="gm-warn">✕ {escape(why)}</span>'


def _step(size: int) -> int:
    """Return the slider's step nearest to a size."""
    return min(range(len(SIZES)), key=lambda i: abs(SIZES[i] - size))


def promise(size: int, pointers: bool) -> str:
    """Return what a request would get, as HTML; for an impossible size, why it is refused."""
    kind = "with pointers" if pointers else "without pointers"
    asked = f"{thousands(size)} B {kind} → "
    if size == 0:
        return "0 B → no memory: every such request gets the one address zerobase"
    try:
        found = size_class(size, pointers=pointers)
    except MisuseError as error:
        return _refused(str(error))
    wasted = f"{thousands(found.waste)} B wasted" if found.waste else "nothing wasted"
    if found.index == 0:
        nbytes = count(found.elemsize // PAGE_SIZE, "page")
        return f"{asked}large: a span of its own, {nbytes}, {wasted}"
    if size < MAX_TINY_SIZE and not pointers:
        return f"{asked}tiny: a share of a 16 B block · span class {TINY_SPAN_CLASS}"
    header = f", {found.header} B of it the header" if found.header else ""
    slots = f"{count(found.nelems, 'slot')} in a span of {count(found.npages, 'page')}"
    return (
        f"{asked}class {found.index}: a {thousands(found.elemsize)} B slot, {wasted}{header} "
        f"· span class {found.spanclass} · {slots}"
    )
