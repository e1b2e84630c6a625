"""Exploring: every schedule of a small world is tried.

Go: nothing; a runtime runs one schedule at a time.
Left out: worlds that are too large for it.
"""

from gomemlab.exploring.result import Exploration
from gomemlab.exploring.search import explore

__all__ = ["Exploration", "explore"]
