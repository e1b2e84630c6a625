"""Growing slices: how large an array append asks for when the old one is full.

A small slice doubles; from 256 elements on each step is a little less than the one before, until a large slice grows by
a quarter. The bytes are then rounded up to what the allocator would hand out anyway, and what fits is the capacity.

Go: runtime/slice.go, growslice, nextslicecap; runtime/msize.go, roundupsize.
Left out: copying the elements.
"""

from gomemlab.runtime.alloc.sizeclasses import size_class, whole
from gomemlab.runtime.arch import GO_1_27, PTR_SIZE, Go
from gomemlab.runtime.errors import MisuseError

DOUBLES = 256  # elements: a slice with fewer doubles


def growslice(old_cap: int, new_len: int, elem_size: int, pointers: bool = False, go: Go = GO_1_27) -> int:
    """Return the capacity that append gives a slice of old_cap elements which has to hold new_len.

    Raises MisuseError where nothing would have to grow, or for elements of no size. Go: runtime/slice.go, growslice.
    """
    old_cap = whole(old_cap, "old_cap", "give elements, 0 or more")
    new_len = whole(new_len, "new_len", "give elements")
    if whole(elem_size, "elem_size", "give bytes") < 1:
        raise MisuseError(f"elements of {elem_size} B take no memory; give 1 B or more")
    if not 0 <= old_cap < new_len:
        raise MisuseError(f"{new_len} elements fit into a capacity of {old_cap}; append grows what is too small")
    return roundupsize(nextslicecap(new_len, old_cap) * elem_size, pointers, go) // elem_size


def nextslicecap(new_len: int, old_cap: int) -> int:
    """Return the elements to ask for, before rounding. Go: runtime/slice.go, nextslicecap."""
    if new_len > 2 * old_cap:
        return new_len
    if old_cap < DOUBLES:
        return 2 * old_cap
    cap = old_cap
    while cap < new_len:
        cap += cap + 3 * DOUBLES >> 2  # from doubling to a quarter, smoothly
    return cap


def roundupsize(size: int, pointers: bool, go: Go = GO_1_27) -> int:
    """Return the bytes an allocation of this size can use: its slot without a header, or whole pages.

    Go: runtime/msize.go, roundupsize.
    """
    # A tiny object shares a block of 16 B, but Go's table of sizes knows 8 B.
    shape = size_class(size, pointers or size <= PTR_SIZE, go)
    return shape.elemsize - shape.header
