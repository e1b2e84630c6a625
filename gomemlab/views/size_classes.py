"""Size classes: from a requested size to the slot it gets, what is wasted, and what the slot is cut from.

The view has its own controls: a size, pointers or not, and the Go version, whose span layouts differ. It stands alone
in a lesson (`SizeClasses(size=1025)`) or in a lab, where `choose` lets the lab's own size lead it.

Go: internal/runtime/gc/sizeclasses.go, SizeClassToSize; runtime/malloc.go, mallocgc.
Left out: which span the slot would come from; that is the path's and the heap map's story.
"""

from bisect import bisect_left
from html import escape
from typing import Any

from ipywidgets import BoundedIntText, IntSlider, ToggleButton, ToggleButtons, Widget

from gomemlab.runtime.alloc.sizeclasses import check_size
from gomemlab.runtime.arch import GO_1_27, GO_VERSIONS, Go
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import base, size_html
from gomemlab.views import svg as drawing
from gomemlab.views.size_plots import Staircase, Waste
from gomemlab.views.staircase import SizeFrame, frame

__all__ = ["SizeClasses", "SizeFrame", "frame"]

LARGEST = 1 << 20  # bytes; above, every size is whole pages in the same way
PER_OCTAVE = 24  # slider steps


def _slider_sizes() -> list[int]:
    """Return the sizes the slider stops at: every byte at first, then 24 an octave, up to 64 KiB."""
    return sorted({round(2 ** (k / PER_OCTAVE)) for k in range(16 * PER_OCTAVE + 1)})


SLIDER = _slider_sizes()


class SizeClasses(base.View[SizeFrame]):
    """The interactive view; `size`, `pointers` and `go` say what it shows."""

    name = "Size classes"
    css = "gm-sizes"

    def __init__(
        self, size: int = 1025, pointers: bool = False, go: Go = GO_1_27, host: base.Host | None = None
    ) -> None:
        """Show a size; raises MisuseError for one that Go could not be asked for."""
        self.size, self.pointers, self.go = min(check_size(size), LARGEST), pointers, go
        self._moving = False
        super().__init__(host)
        self.body.children = [self.controls, *self.body.children]
        self.draw(self._now())

    def parts(self) -> list[Widget]:
        """Return the plots and what stands beside them; the controls go above the headline."""
        self._build_controls()
        self.staircase, self.waste = Staircase(self._picked), Waste(self._picked)
        self.extra.append(self.staircase.pan_zoom)
        self.legend, self.beside = base.html("", "gm-size-legend"), base.html("", "gm-size-beside")
        caption = base.html(
            '<div class="gm-cap">Waste, all 67 classes <span class="gm-t">percent of the slot, by requested size '
            "(log scale); colours as on the heap map</span></div>"
        )
        plots = base.box([self.legend, self.staircase.figure, caption, self.waste.figure], "gm-size-plots")
        return [base.box([plots, self.beside], "gm-size-two")]

    def tools(self) -> list[Widget]:
        """Return the switch that lets the mouse zoom the staircase."""
        tip = "drag to pan and turn the wheel to zoom the staircase; off puts its axes back"
        self.zoom = ToggleButton(description="zoom", icon="search", tooltip=tip)
        self.zoom.observe(lambda change: self.host.guard(lambda: self._zoom(change["new"])), "value")
        return [self.zoom]

    def figures(self) -> list[Any]:
        """Return the staircase first: it is what an exported picture shows."""
        return [self.staircase.figure, self.waste.figure]

    def _build_controls(self) -> None:
        """Build slider, number and the two switches."""
        self.slider = IntSlider(
            min=0, max=len(SLIDER) - 1, readout=False, tooltip="requested size, 1 B to 64 KiB, log scale"
        )
        self.number = BoundedIntText(min=0, max=LARGEST, tooltip="requested size in bytes, 0 to 1 MiB")
        self.kind = ToggleButtons(options=[("no pointers", False), ("pointers", True)], value=self.pointers)
        versions = [(name.replace("-", "–"), name) for name in GO_VERSIONS]
        self.version = ToggleButtons(options=versions, value=self.go.name)
        self.slider.observe(lambda change: self._ask(SLIDER[change["new"]]), "value")
        self.number.observe(lambda change: self._ask(change["new"]), "value")
        self.kind.observe(lambda change: self._ask(pointers=change["new"]), "value")
        self.version.observe(lambda change: self._ask(go=GO_VERSIONS[change["new"]]), "value")
        self.controls = base.box(
            [
                base.html("<b>Size</b>"), self.slider, self.number, base.html('<span class="gm-s">B</span>'),
                self.kind, base.html("", "gm-sp"),
                base.box([base.html('<span class="gm-s">Go</span>'), self.version], "gm-row"),
            ],
            "gm-row", "gm-size-row",
        )  # fmt: skip

    def choose(self, size: int | None = None, pointers: bool | None = None, go: Go | None = None) -> None:
        """Show another size, kind or version; what is not given stays.

        Raises MisuseError for a size that Go could not be asked for, and then changes nothing.
        """
        wanted = self.size if size is None else min(check_size(size), LARGEST)
        self.size = wanted
        self.pointers = self.pointers if pointers is None else bool(pointers)
        self.go = go or self.go
        self.draw(self._now())

    def frame(self, snapshot: Snapshot) -> SizeFrame:  # noqa: ARG002 (the classes are the same at every moment)
        """Return what the controls ask for; a snapshot has no say in it."""
        return self._now()

    def _now(self) -> SizeFrame:
        """Return what the controls ask for."""
        return frame(self.size, self.pointers, self.go)

    def show(self, frame: SizeFrame) -> None:
        """Move the controls, the plots and the words."""
        self._moving = True
        try:
            base.put(self.slider, value=min(bisect_left(SLIDER, frame.size), len(SLIDER) - 1))
            base.put(self.number, value=frame.size)
            base.put(self.kind, value=frame.pointers)
            base.put(self.version, value=frame.go)
        finally:
            self._moving = False
        self.staircase.show(frame)
        self.waste.show(frame, self.go)
        base.put(self.legend, value=size_html.legend(frame))
        base.put(self.beside, value=size_html.beside(frame))

    def svg(self) -> str:
        """Return the view as an SVG file, with both plots drawn."""
        plots = f"<div>{self.legend.value}{drawing.staircase(frame(self.size, self.pointers, self.go))}</div>"
        both = f'<div class="gm-size-two">{plots}<div class="gm-size-beside">{self.beside.value}</div></div>'
        return base.svg_document(self.head.value + both, 1180, 470)

    def sentence(self, frame: SizeFrame) -> str:
        """Return where the size lands."""
        return escape(frame.headline)

    def _ask(self, size: int | None = None, pointers: bool | None = None, go: Go | None = None) -> None:
        """Answer a control, unless it only follows."""
        if not self._moving:
            self.host.guard(lambda: self.choose(size, pointers, go))

    def _zoom(self, on: bool) -> None:
        """Hand the mouse to the zoom, or put the axes back where the frame has them."""
        self.staircase.zoom(on)
        if self.last and not on:
            self.staircase.show(self.last)

    def _picked(self, size: int) -> None:
        """Answer a click or a drag in a plot; the same size again still puts a dragged dot back in its place."""
        self._last = None
        self._ask(min(size, LARGEST))
