"""How a world marks: which marker, which write barrier, and whether stacks are scanned twice.

Go has one answer for each release; a world may have another, to see what it would cost or break.

Go: runtime/mgcmark_greenteagc.go; runtime/mgcmark_nogreenteagc.go.
Left out: Go's own layout of spans without Green Tea: a world's spans stay those of its Go version.
"""

from typing import NamedTuple

from gomemlab.runtime.arch import Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.barrier import BARRIERS
from gomemlab.runtime.gc.greentea import GreenTea
from gomemlab.runtime.gc.mark import Marker

MARKERS = {marker.name: marker for marker in (GreenTea, Marker)}


class Policy(NamedTuple):
    """How a world marks."""

    marker: str = "greentea"
    barrier: str = "hybrid"
    rescan: bool = False  # stacks are scanned once more at mark termination


def check_policy(marker: object, barrier: object, rescan: object, go: Go) -> Policy:
    """Return how a world marks, the marker as the Go version has it where none is named.

    Raises MisuseError for a name that is unknown, and for Green Tea on a Go whose spans have no room for its marks.
    """
    if marker is None:
        marker = GreenTea.name if go.inline_mark_bits else Marker.name
    if marker not in MARKERS:
        raise MisuseError(f"there is no marker {marker!r}; choose one of {', '.join(MARKERS)}")
    if marker == GreenTea.name and not go.inline_mark_bits:
        raise MisuseError(f"spans of Go {go.name} keep no marks inside, so Green Tea cannot run; choose classic")
    if barrier not in BARRIERS:
        raise MisuseError(f"there is no barrier {barrier!r}; choose one of {', '.join(BARRIERS)}")
    if not isinstance(rescan, bool):
        raise MisuseError(f"rescan {rescan!r} is neither True nor False; say whether stacks are scanned again")
    return Policy(str(marker), str(barrier), rescan)
