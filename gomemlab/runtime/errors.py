"""The two ways in which a call can fail: the caller was wrong, or the model is.

Go: runtime/panic.go, throw.
Left out: Go's own panics; a learner's mistake is a MisuseError, whatever Go would have done.
"""


class MisuseError(ValueError):
    """The caller asked for something impossible; the message gives the value and says what would be right."""


class ThrowError(RuntimeError):
    """The model broke one of its own invariants, where Go would throw; a defect of gomemlab, never caught."""
