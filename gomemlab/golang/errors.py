"""What goes wrong with a trace file: always the file's fault, and always at a byte.

Go: internal/trace/batch.go, internal/trace/generation.go.
Left out: repairing one; a file that cannot be read to its end is refused whole.
"""

from gomemlab.runtime.errors import MisuseError


class TraceError(MisuseError):
    """A trace file cannot be read; `offset` is the byte (of the unpacked trace) where that shows."""

    def __init__(self, message: str, offset: int) -> None:
        """Keep the offset and say it at the end of the message."""
        super().__init__(f"{message} (byte {offset})")
        self.offset = offset
