"""Pacer: a workload under a GOGC and a memory limit, to move by slider, by number, or by the rings on the chart.

Each move simulates the whole run anew and draws it: what is on screen is always one run under one setting. Moves that
come faster than pictures wait together. Of a run with very many cycles a cruder one is drawn first, and the exact one
once the reader rests. While a ring is dragged the axis stays; let go, the picture takes its room.

Go: runtime/mgcpacer.go, gcControllerState; runtime/mgclimit.go, gcCPULimiterState.
Left out: settings that change during a run; gomemlab.pacing.simulate has them.
"""

from collections.abc import Callable
from threading import RLock, Timer
from typing import Any

import ipywidgets as ipw

from gomemlab.pacing.run import NO_LIMIT, OFF, PacedCycle, Run
from gomemlab.pacing.simulate import MOMENTS, simulate
from gomemlab.pacing.workload import Workload, menu
from gomemlab.panels.cells import claims
from gomemlab.panels.knobs import Knobs, read_limit, rounded_limit
from gomemlab.panels.painter import Painter
from gomemlab.panels.panel import Panel
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import box, html, put
from gomemlab.views.pacer import PacerPlots
from gomemlab.views.pacer_facts import Axis, PacerFrame, frame, gogc_for
from gomemlab.views.words import quoted, thousands
from gomemlab.whatif.setting import limit_of

SECONDS = 14.0  # of a run, unless another length is asked for
LONGEST = 3600.0  # seconds; each move of a knob simulates all of them
PROCS = 4
LENGTHS = {"14 s": 14.0, "1 minute": 60.0, "5 minutes": 300.0}
OWN = "own workload"
MANY = 150  # cycles: a longer run is drawn as a draft first
DRAFT = 1  # moments of a cycle in a draft
REST = 0.35  # seconds without a move, after which the exact run is drawn


class Pacer(Panel):
    """The panel; `run` is what is on screen, `gogc` and `memory_limit` can be set."""

    def __init__(
        self,
        workload: Workload | str = "ramp",
        gogc: int | str | None = 100,
        memory_limit: int | str | None = None,
        *,
        procs: int = PROCS,
        seconds: float = SECONDS,
    ) -> None:
        """Show a workload, or one of the menu by the first words of its name.

        gogc None is off, memory_limit None is none; a text such as "1GiB" is read.
        Raises MisuseError for a workload or a setting that there is not.
        """
        if seconds > LONGEST:
            raise MisuseError(
                f"{seconds:g} s are too long to follow a knob; give up to {LONGEST:g}, or call gomemlab.pacing.simulate"
            )
        self.lock = RLock()
        self.ready = dict(menu())
        self.workload = self._found(workload)
        self.procs, self.seconds = procs, seconds
        self.at_s: float | None = None  # the moment that picks a cycle
        self.held: tuple[Axis, Any] | None = None  # while a ring is dragged: the axis, and the cycle it began at
        asked = _gogc(gogc), _limit(memory_limit)
        self.run: Run = self._simulated(*asked)
        usual = self._usual()
        self.plots = PacerPlots(self.pick_at, self._dragged)
        self.knobs = Knobs(*asked, usual, self._moved, self.guard)
        self.painter = Painter(self._paint, self.lock)
        self.later: Timer | None = None  # draws the exact run
        controls = ipw.VBox([self._controls(), self._looks()])
        controls.add_class("gm-pc-set")
        super().__init__([controls, self.plots.body], "gm-pacer")
        self.show()

    def _controls(self) -> ipw.Widget:
        """Return the knobs and the menus."""
        options = [*self.ready] if self.workload.name in self.ready else [OWN, *self.ready]
        value = self.workload.name if self.workload.name in self.ready else OWN
        self.choice = ipw.Dropdown(options=options, value=value, tooltip="the workload")
        self.choice.add_class("gm-workload")
        self.choice.observe(lambda change: self.guard(lambda: self._chosen(change["new"])), "value")
        lengths = LENGTHS if self.seconds in LENGTHS.values() else {f"{self.seconds:g} s": self.seconds, **LENGTHS}
        self.length = ipw.Dropdown(options=list(lengths.items()), value=self.seconds, tooltip="how long it runs")
        self.length.add_class("gm-length")
        self.length.observe(lambda change: self.guard(lambda: self._lasting(change["new"])), "value")
        words = html('<span class="gm-s">workload</span>')
        return box([*self.knobs.parts, html("", "gm-sp"), box([words, self.choice], "gm-row")], "gm-row")

    def _looks(self) -> ipw.Widget:
        """Return what changes only the look: which cycle is picked, how close, and the table."""
        tips = ("pick the cycle before", "pick the cycle after")
        self.before, self.after = (
            ipw.Button(icon=f"step-{way}ward", tooltip=tip) for way, tip in zip(("back", "for"), tips, strict=True)
        )
        self.before.on_click(lambda _: self.guard(lambda: self.pick(self.picked_number - 1)))
        self.after.on_click(lambda _: self.guard(lambda: self.pick(self.picked_number + 1)))
        self.number = ipw.BoundedIntText(value=1, min=0, max=10_000_000, tooltip="the picked cycle")
        self.number.add_class("gm-tick")
        self.number.observe(self._typed, "value")
        self.of = html("", "gm-s")
        self.close_up = ipw.ToggleButton(description="close up", tooltip="only the picked cycle and its neighbours")
        self.listed = ipw.ToggleButton(description="table", tooltip="all cycles as a table")
        for toggle in (self.close_up, self.listed):
            toggle.observe(lambda _: self.guard(self.show), "value")
        words = [html(f'<span class="gm-s">{word}</span>') for word in ("cycle", "for")]
        ways = [words[0], self.before, self.number, self.after, self.of, self.close_up, self.listed]
        return box([*ways, html("", "gm-sp"), words[1], self.length], "gm-row", "gm-pc-looks")

    # What code may ask

    @property
    def gogc(self) -> int:
        """Return GOGC in percent, OFF (-1) for off."""
        return self.knobs.gogc

    @gogc.setter
    def gogc(self, gogc: int | str | None) -> None:
        """Set GOGC; None is off."""
        self.set(gogc=_gogc(gogc))

    @property
    def memory_limit(self) -> int:
        """Return the memory limit in bytes, NO_LIMIT for none."""
        return self.knobs.memory_limit

    @memory_limit.setter
    def memory_limit(self, limit: int | str | None) -> None:
        """Set the limit; None is none."""
        self.set(memory_limit=_limit(limit))

    def set(self, *, gogc: int | None = None, memory_limit: int | None = None) -> None:
        """Set one or both, and show the run."""
        with self.lock:
            asked = (self.gogc if gogc is None else gogc, self.memory_limit if memory_limit is None else memory_limit)
            self._forget()
            self.run = self._simulated(*asked)
            self.knobs.set(gogc=asked[0], memory_limit=asked[1])
            self.show()

    def pick(self, number: int) -> None:
        """Pick a cycle by its number, or the nearest that there is."""
        with self.lock:
            if self.run.cycles:
                number = min(max(number, 1), self.run.num_gc)
                self.pick_at(self.run.cycles[number - 1].end_s)

    def pick_at(self, at_s: float) -> None:
        """Pick the cycle to which a moment belongs, in seconds."""
        self.guard(lambda: self._pick_at(at_s))

    def _pick_at(self, at_s: float) -> None:
        self.at_s = at_s
        self.show()

    @property
    def frame(self) -> PacerFrame:
        """Return what is on screen."""
        return self.plots.last

    @property
    def picked(self) -> PacedCycle | None:
        """Return the picked cycle."""
        return self.frame.picked.cycle if self.frame.picked is not None else None

    @property
    def picked_number(self) -> int:
        """Return the number of the picked cycle, 0 where there is none."""
        return self.picked.number if self.picked is not None else 0

    # How it works

    def _found(self, workload: Workload | str) -> Workload:
        """Return a workload by the first words of its name; raise MisuseError for a name that fits none."""
        if isinstance(workload, Workload):
            return workload
        found = [name for name in self.ready if name.startswith(str(workload))]
        if not found:
            known = ", ".join(quoted(name.split(":")[0]) for name in self.ready)
            raise MisuseError(f"{workload!r} is no workload; choose one of {known}, or give a Workload")
        return self.ready[found[0]]

    def _simulated(self, gogc: int, memory_limit: int, moments: int = MOMENTS) -> Run:
        """Return the run of the workload under a setting."""
        return simulate(self.workload, gogc, memory_limit, self.procs, self.seconds, moments=moments)

    def _usual(self) -> int:
        """Return what the run takes with GOGC=100 and no limit, around which limits are of interest."""
        free = self._simulated(100, NO_LIMIT)
        return rounded_limit(max(free.memory_peak, free.peak_heap, 1 << 20))

    def guard(self, work: Callable[[], object]) -> None:
        """Run a callback's work under the lock; what is refused is said in the headline, and the picture stays."""
        with self.lock:
            try:
                work()
            except Exception as error:  # noqa: BLE001 (a notebook swallows it)
                words = str(error) if isinstance(error, MisuseError) else f"That did not work: {error}"
                self.plots.refuse(words[:1].upper() + words[1:] + ".")

    def _moved(self) -> None:
        """Show what the knobs say, as soon as there is time."""
        self.painter.ask()

    def _paint(self) -> None:
        """Simulate and draw."""
        self.guard(self.again)

    def again(self) -> None:
        """Simulate with what the knobs say, and draw: of many cycles a draft first."""
        draft = self.run.num_gc > MANY
        self._forget()
        self.run = self._simulated(self.knobs.gogc, self.knobs.memory_limit, DRAFT if draft else MOMENTS)
        self.show()
        if draft:
            self.later = Timer(REST, self.settle)
            self.later.daemon = True
            self.later.start()

    def _forget(self) -> None:
        """Draw no exact run later: another one will be."""
        if self.later is not None:
            self.later.cancel()
            self.later = None

    def settle(self) -> None:
        """Draw now what waits: a move, or the exact run after a draft."""
        with self.lock:
            self.painter.settle()
            if self.later is not None:
                self._forget()
                self.guard(self.set)

    def close(self) -> None:
        """Close every widget; nothing is drawn any more."""
        with self.lock:
            self._forget()
            super().close()

    def _chosen(self, name: str) -> None:
        """Show another workload."""
        if name in self.ready:
            self.workload = self.ready[name]
            self._begin()

    def _lasting(self, seconds: float) -> None:
        """Show a longer or a shorter run."""
        self.seconds = seconds
        self._begin()

    def _begin(self) -> None:
        """Show a run of another kind, with its own limits on the slider."""
        self.at_s = None
        self.again()
        self.knobs.around(self._usual())

    def _typed(self, change: dict[str, Any]) -> None:
        """Follow the number of the picked cycle."""
        if change["new"] != self.picked_number:
            self.guard(lambda: self.pick(change["new"]))

    def _dragged(self, ring: str, y: float) -> None:
        """Follow a ring: GOGC's is at the goal it asks for in the cycle in which it was taken."""
        with self.lock:
            if self.held is None:
                self.held = self.frame.axis, self.frame.picked
            axis, picked = self.held
            y = min(max(y, axis.top / 200), float(axis.top))
            if ring == "limit":
                self.knobs.set(memory_limit=rounded_limit(y))
            elif picked is not None:
                self.knobs.set(gogc=gogc_for(picked, y))
            elif not self.plots.dragging:
                self.knobs.set(gogc=self.knobs.former)  # off, and nothing to measure by: it was pulled down to be on
            if not self.plots.dragging:
                self.held = None
                self._paint()
            else:
                self.painter.ask()

    def show(self) -> None:
        """Draw the run, with everything that follows from which cycle is picked."""
        with self.lock:
            axis = self.held[0] if self.held is not None else None
            self.plots.with_table = self.listed.value
            shown = frame(self.run, self.at_s, close=self.close_up.value, axis=axis)
            self.plots.show(shown)
            number = shown.picked.cycle.number if shown.picked is not None else 0
            put(self.number, value=number)
            put(self.of, value=f"of {thousands(self.run.num_gc)}")
            put(self.before, disabled=number <= 1)
            put(self.after, disabled=number >= self.run.num_gc)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows; the cell that shows it closes it when it is run again."""
        with self.lock:
            claims.claim(self)
            return super()._repr_mimebundle_(**kwargs)


def _gogc(gogc: int | str | None) -> int:
    """Return GOGC as the model has it; None and "off" are off."""
    if gogc is None or gogc == "off":
        return OFF
    if isinstance(gogc, bool) or not isinstance(gogc, int):
        raise MisuseError(f"{gogc!r} is no GOGC; give a percentage such as 100, or None for off")
    return gogc


def _limit(limit: int | str | None) -> int:
    """Return a limit in bytes; None is none."""
    if isinstance(limit, str):
        return read_limit(limit)
    taken = limit_of(limit)
    return NO_LIMIT if taken is None else taken
