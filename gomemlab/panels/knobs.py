"""Two knobs, GOGC and the memory limit: each a slider, a field for any value, and a button that switches it off.

The sliders stop at round values, dense where they matter; the fields take every value that Go takes, and sizes as Go
spells them: whole numbers of B, KiB, MiB, GiB and TiB. What cannot be read is refused with what to write instead, and
the setting stays.

Go: runtime/mgcpacer.go, setGCPercent, setMemoryLimit, readGOGC, readGOMEMLIMIT; runtime/string.go, parseByteCount.
Left out: thousands set apart by commas.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import ipywidgets as ipw

from gomemlab.pacing.run import NO_LIMIT, OFF
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.settings import MAX_GOGC
from gomemlab.views.base import html, put
from gomemlab.views.words import KIB, MIB, quoted
from gomemlab.whatif.setting import UNITS, limit_of, said_limit

GOGC = (
    *range(5, 100, 5), *range(100, 200, 10), *range(200, 500, 25), *range(500, 1000, 50),
    1000, 1200, 1400, 1600, 1800, 2000, 2500, 3000, 3500, 4000, 5000, 6000, 8000, 10_000,
)  # fmt: skip
LIMITS = 129  # places of the limit's slider: one more than a power of two, as a browser likes it
RANGE = (1 / 8, 4)  # of the usual peak: the ends of the limit's slider
STEPS = 40  # the limit's slider and ring stop at powers of two about this part of a limit apart
LOOSE = re.compile(r"(\d{1,20}(?:\.\d{1,9})?)([kmgt])(?:i?b)?")  # a size that Go does not read: 80MB, 1.5GiB
SPELLED = "GOMEMLIMIT as Go spells it, such as 112MiB or 2GiB"


class Knobs:
    """Both settings; `changed` hears of each change that the reader makes."""

    def __init__(
        self,
        gogc: int,
        memory_limit: int,
        usual: int,
        changed: Callable[[], None],
        guard: Callable[[Callable[[], object]], None],
    ) -> None:
        """Show two values; usual is a peak of the heap in bytes, around which limits are of interest."""
        self.gogc, self.memory_limit = gogc, memory_limit
        self._changed, self._guard, self._moving = changed, guard, False
        self._on = (gogc if gogc != OFF else 100, memory_limit if memory_limit != NO_LIMIT else usual)
        self.limits = _limits(usual)
        self.slider = ipw.IntSlider(min=0, max=len(GOGC) - 1, readout=False, tooltip="GOGC")
        self.limit_slider = ipw.IntSlider(min=0, max=LIMITS - 1, readout=False, tooltip="GOMEMLIMIT")
        self.number = ipw.Text(continuous_update=False, tooltip="GOGC in percent, or off")
        self.limit_number = ipw.Text(continuous_update=False, tooltip=f"{SPELLED}, or none")
        self.off = ipw.ToggleButton(description="off", tooltip="GOGC=off: only the limit starts cycles")
        self.none = ipw.ToggleButton(description="none", tooltip="no memory limit, as Go has it unless it is told")
        self._listen()
        self._look()
        self.show()

    def _look(self) -> None:
        """Lay the widgets out."""
        for widget in (self.slider, self.limit_slider):
            widget.add_class("gm-set-slide")
        self.number.add_class("gm-set-number")
        self.limit_number.add_class("gm-set-limit")
        self.parts: list[ipw.Widget] = [
            html('<span class="gm-name">GOGC</span>'), self.slider, self.number, self.off,
            html('<span class="gm-name">GOMEMLIMIT</span>'), self.limit_slider, self.limit_number, self.none,
        ]  # fmt: skip

    def _listen(self) -> None:
        """Hear of what the reader does."""
        self.slider.observe(self._heard(lambda new: self.set(gogc=GOGC[new])), "value")
        self.limit_slider.observe(self._heard(lambda new: self.set(memory_limit=self.limits[new])), "value")
        self.number.observe(self._heard(lambda new: self.set(gogc=read_gogc(new))), "value")
        self.limit_number.observe(self._heard(lambda new: self.set(memory_limit=read_limit(new))), "value")
        self.off.observe(self._heard(lambda new: self.set(gogc=OFF if new else self._on[0])), "value")
        self.none.observe(self._heard(lambda new: self.set(memory_limit=NO_LIMIT if new else self._on[1])), "value")

    def _heard(self, work: Callable[[Any], None]) -> Callable[[dict[str, Any]], None]:
        """Return an observer that works unless the knobs themselves moved the widget; a refusal puts the words back."""

        def heard(change: dict[str, Any]) -> None:
            if self._moving:
                return

            def done() -> None:
                try:
                    work(change["new"])
                except MisuseError:
                    self.show()
                    raise
                self._changed()

            self._guard(done)

        return heard

    def set(self, *, gogc: int | None = None, memory_limit: int | None = None) -> None:
        """Take new values; nobody is told."""
        self.gogc = self.gogc if gogc is None else gogc
        self.memory_limit = self.memory_limit if memory_limit is None else memory_limit
        on = self._on
        self._on = (self.gogc if self.gogc != OFF else on[0], self.memory_limit if self._limited else on[1])
        self.show()

    @property
    def former(self) -> int:
        """Return GOGC as it was when it was last on."""
        return self._on[0]

    @property
    def _limited(self) -> bool:
        return self.memory_limit != NO_LIMIT

    def around(self, usual: int) -> None:
        """Let the limit's slider stop around another peak."""
        self.limits = _limits(usual)
        if not self._limited:
            self._on = self._on[0], usual
        self.show()

    def show(self) -> None:
        """Let all widgets say the same."""
        self._moving = True
        try:
            # Off and none are more than anything: their handles wait at the right end.
            put(self.slider, value=len(GOGC) - 1 if self.gogc == OFF else nearest(GOGC, self.gogc))
            put(self.limit_slider, value=nearest(self.limits, self.memory_limit) if self._limited else LIMITS - 1)
            put(self.number, value="off" if self.gogc == OFF else f"{self.gogc}")
            put(self.limit_number, value=said_limit(self.memory_limit) if self._limited else "none")
            put(self.off, value=self.gogc == OFF)
            put(self.none, value=not self._limited)
        finally:
            self._moving = False


def nearest(values: tuple[int, ...], wanted: float) -> int:
    """Return the index of the value nearest to one."""
    return min(range(len(values)), key=lambda i: abs(values[i] - wanted))


def _limits(usual: int) -> tuple[int, ...]:
    """Return where the limit's slider stops: each a little more, at values that are short to write."""
    low, high = RANGE[0] * usual, RANGE[1] * usual
    return tuple(rounded_limit(low * (high / low) ** (i / (LIMITS - 1))) for i in range(LIMITS))


def rounded_limit(nbytes: float) -> int:
    """Return a limit rounded to whole MiB, or, where that is coarse, to a power of two of KiB."""
    unit = 1 << max(int(nbytes / STEPS).bit_length() - 1, 0)
    unit = min(max(unit, KIB), MIB)
    return max(round(nbytes / unit), 1) * unit


def read_gogc(text: str) -> int:
    """Return a GOGC that was typed; off is OFF. Raises MisuseError for what Go could not be told."""
    word = text.strip().lower().removesuffix("%").strip()
    if word in {"off", "-1"}:
        return OFF
    if not re.fullmatch(r"\d{1,12}", word) or int(word) > MAX_GOGC:
        raise MisuseError(f"{quoted(text)} is no GOGC; write a percentage from 0 to {MAX_GOGC}, or off")
    return int(word)


def read_limit(text: str) -> int:
    """Return a memory limit that was typed, in bytes, NO_LIMIT for none; MisuseError says what to write instead."""
    word = text.strip()
    if word.lower() == "none":
        return NO_LIMIT
    if re.fullmatch(r"[1-9][0-9]{0,6}", word) and int(word) < MIB:
        raise MisuseError(f"{quoted(text)} is {int(word)} B, as Go reads it; write {int(word)}MiB, or {int(word)}B")
    try:
        limit = limit_of(word)
    except MisuseError as refusal:
        raise MisuseError(f"{quoted(text)} is no size as Go spells it; write {_instead(word)}, or none") from refusal
    return NO_LIMIT if limit is None else limit


def _instead(word: str) -> str:
    """Return how Go spells a size, as far as it can be guessed."""
    found = LOOSE.fullmatch(word.lower())
    if found is None:
        return "a size such as 112MiB or 2GiB"
    unit = next(unit for name, unit in UNITS.items() if name[0].lower() == found[2])
    return said_limit(round(Fraction(found[1]) * unit))
