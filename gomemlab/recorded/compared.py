"""Compared: how many of the addresses that the model chose are those that Go chose, and which is the first that is not.

Go: none, this is about comparing.
Left out: why an address differs; explain.py and misses.py say that.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray


class Compared(ABC):
    """What the objects of a recording have in common, however they were predicted."""

    @property
    @abstractmethod
    def equal(self) -> NDArray[np.bool_]:
        """Return for each object whether the model chose as Go did."""

    @property
    def total(self) -> int:
        """Return how many objects were compared."""
        return len(self.equal)

    @property
    def exact(self) -> int:
        """Return how many of them were predicted exactly."""
        return int(self.equal.sum())

    @property
    def first_miss(self) -> int | None:
        """Return the first object that the model put elsewhere, None where there is none."""
        return None if self.equal.all() else int(np.argmin(self.equal))


def of(n: int, total: int) -> str:
    """Return "n of total" with thousands parted."""
    return f"{n:,} of {total:,}"


def counted(n: int, what: str) -> str:
    """Return a number and a noun."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")
