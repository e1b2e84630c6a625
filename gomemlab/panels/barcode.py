"""The barcode under the scrubber: where on the timeline spans were refilled, made, and where the heap grew.

A column is a moment or, on a long timeline, as many moments as it has to be; the bar's height says how many of them
missed the mcache. Growth is a mark at the top. It is one small picture however long the timeline is.

Go: runtime/mcache.go, (*mcache).refill; runtime/mheap.go, (*mheap).grow.
Left out: hits, which are all other moments.
"""

import numpy as np
from numpy.typing import NDArray

from gomemlab.views.png import FULL, encode
from gomemlab.views.words import CACHED

WIDTH, HEIGHT = 400, 16
MARK = 5  # pixel rows of the growth mark
ROOM = HEIGHT - MARK - 1


def barcode(slow: NDArray[np.bool_], growth: NDArray[np.bool_]) -> bytes:
    """Return the picture of two columns of flags, one entry a tick."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    picture[-1] = CACHED
    count = len(slow)
    if count:
        at = (np.arange(count) * WIDTH // count).astype(np.int64)
        per = np.maximum(np.bincount(at, minlength=WIDTH), 1)
        share = np.bincount(at, weights=slow, minlength=WIDTH) / per
        high = np.where(share > 0, np.maximum(np.ceil(np.sqrt(share) * ROOM), 2), 0)
        rows = np.arange(HEIGHT, 0, -1)[:, None]
        picture[(rows <= high[None, :]) & (rows <= ROOM)] = CACHED
        for x in np.unique(at[growth]):
            _triangle(picture, int(x))
    return encode(picture)


def _triangle(picture: NDArray[np.uint8], x: int) -> None:
    """Draw a mark that points down at column x."""
    for row in range(MARK):
        reach = (MARK - 1 - row) * 3 // 4
        picture[row, max(x - reach, 0) : x + reach + 1] = FULL
