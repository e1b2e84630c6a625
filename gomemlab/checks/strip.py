"""A strip: a stretch of memory drawn to scale under an answer, so that the reason can be seen.

Go: none, this is memory as a drawing needs it.
Left out: the drawing itself, which is the panels' work; here is only what lies where.
"""

from dataclasses import dataclass
from typing import Literal

from gomemlab.runtime.errors import ThrowError

Kind = Literal["taken", "large", "free", "reserved", "chosen"]


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a strip."""

    start: int  # in the strip's unit
    length: int
    kind: Kind
    text: str = ""  # drawn in the part where there is room


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of memory and its parts, in address order."""

    length: int  # bytes or pages: what the parts are measured in
    parts: tuple[Part, ...]
    label: str  # the sentence that stands for the picture
    below: str = ""
    above: str = ""
    ticks: tuple[int, ...] = ()  # numbers to stand below, each at its place

    def __post_init__(self) -> None:
        """Raise ThrowError where a part lies outside the strip or over its neighbour."""
        end = 0
        for part in self.parts:
            if part.start < end or part.length <= 0:
                raise ThrowError(f"a part at {part.start} overlaps what ends at {end}")
            end = part.start + part.length
        if end > self.length:
            raise ThrowError(f"parts end at {end}, beyond a strip of {self.length}")
