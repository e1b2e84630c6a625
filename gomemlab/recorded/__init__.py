"""Recordings of real Go programs, and their comparison with the model.

Go: runtime/traceallocfree.go, traceSnapshotMemory.
"""

from gomemlab.recorded.graph import Prediction, predict
from gomemlab.recorded.recording import Recording, find, load, shipped
from gomemlab.recorded.replay import Replay, replay

__all__ = ["Prediction", "Recording", "Replay", "find", "load", "predict", "replay", "shipped"]
