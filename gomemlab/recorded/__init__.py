"""Recordings of real Go programs, and their comparison with the model.

Go: runtime/traceallocfree.go, traceSnapshotMemory.
"""

from gomemlab.recorded.recording import Recording, find, load, shipped
from gomemlab.recorded.replay import Replay, replay

__all__ = ["Recording", "Replay", "find", "load", "replay", "shipped"]
