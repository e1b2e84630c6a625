"""Comparison: how many of the addresses that the model chose Go chose, too, and which is the first that it did not.

Go: none, this is about comparing.
Left out: why an address differs; explain.py and misses.py say that.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gomemlab.commands import Command
from gomemlab.runtime.phrases import noun
from gomemlab.runtime.world import World


class Comparison(ABC):
    """What the objects of a recording have in common, however they were predicted; in short it is one sentence."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Return the recording's name."""

    @property
    @abstractmethod
    def equal(self) -> NDArray[np.bool_]:
        """Return for each object whether the model chose as Go did."""

    @abstractmethod
    def new_world(self) -> World:
        """Return a new World in the state of the recording's start."""

    @abstractmethod
    def commands(self) -> Iterator[Command]:
        """Yield what the model was asked, as far as it came, as commands for a timeline over new_world()."""

    @property
    @abstractmethod
    def ticks(self) -> int:
        """Return how many commands those are."""

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

    def __repr__(self) -> str:
        """Return how many addresses are equal, as a sentence: the arrays behind it would fill screens."""
        return f"{self.name}: {of(self.exact, self.total)} addresses equal real Go."


def of(n: int, total: int) -> str:
    """Return "n of total" with thousands parted."""
    return f"{n:,} of {total:,}"


def counted(n: int, what: str) -> str:
    """Return a number and a noun."""
    return f"{n:,} {noun(n, what)}"
