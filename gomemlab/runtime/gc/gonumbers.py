"""Numbers as Go's on amd64: a uint64 wraps, and a float that fits no integer has one answer all the same.

The pacer divides by what may be 0 and converts what may be infinite; Go does not stop at either, so neither may this.

Go: internal/runtime/math/math.go; runtime/mgcpacer.go.
Left out: fused multiplication and addition, which amd64 does not use.
"""

import math
from typing import Final

MAX_UINT64: Final = (1 << 64) - 1
MAX_INT64: Final = (1 << 63) - 1
_MIN_INT64 = -(1 << 63)
_TWO_63, _TWO_64 = 2.0**63, 2.0**64


def uint64(x: float) -> int:
    """Convert a float64 as Go's uint64 does: towards zero, modulo 2^64; 2^63 for what fits in neither way."""
    if -_TWO_63 <= x < _TWO_64:  # false for NaN, too
        return int(x) & MAX_UINT64
    return 1 << 63


def int64(x: float) -> int:
    """Convert a float64 as Go's int64 does: towards zero; -2^63 for what does not fit."""
    return int(x) if -_TWO_63 <= x < _TWO_63 else _MIN_INT64


def signed(n: int) -> int:
    """Return an integer as an int64 that wraps."""
    return ((n + (1 << 63)) & MAX_UINT64) - (1 << 63)


def divide(x: float, y: float) -> float:
    """Return x / y as IEEE 754 has it, also where y is 0."""
    if y:
        return x / y
    return math.nan if not x or math.isnan(x) else math.copysign(math.inf, x) * math.copysign(1.0, y)
