"""A recording in a lesson: how many addresses the model got right, and the recorded heap to play with.

The comparison takes the model a moment, since it needs no history. The time line to play with takes seconds, so it
grows while the reader looks, and can be stopped.

Go: runtime/traceallocfree.go, traceSnapshotMemory.
Left out: recordings of one's own; `python -m gomemlab replay` has them.
"""

from html import escape

from gomemlab.checks.numbers import count
from gomemlab.panels.notices import Notices
from gomemlab.panels.panel import Panel
from gomemlab.panels.shown import ShownLab
from gomemlab.panels.transport import BEAT, SPEEDS, Transport
from gomemlab.recorded import Replay, load, replay
from gomemlab.timeline import Timeline
from gomemlab.views.base import headline, html

VIEWS = ("transport", "path", "heap_map", "log")
WATCH = 12  # seconds that playing a recording may take


class ReplayPanel(Panel):
    """The comparison and, below it, a lab with the recorded requests as its timeline, at their start."""

    def __init__(self, name: str, views: tuple[str, ...] = VIEWS) -> None:
        """Replay a shipped recording; raises MisuseError, with the names there are, for an unknown one."""
        recording = load(name)
        self.replay = replay(recording)
        self.shown = ShownLab(Timeline(recording.world()), views)
        self.lab = self.shown.lab
        transport = self.shown.views.get("transport")
        if isinstance(transport, Transport):
            transport.speed.value = _speed(len(recording.plan))
        self.result = html(say(self.replay))
        self.notices = None if self.lab.notices else Notices(self.lab)  # progress and Stop; a control brings its own
        told = [self.notices.root] if self.notices else []
        super().__init__([self.result, *told, self.shown.root])
        self.lab.fill(self.replay)

    def close(self) -> None:
        """End the work, close the lab and every widget."""
        self.lab.stop()
        self.lab.wait()
        self.shown.close()
        if self.notices is not None:
            self.notices.close()
        super().close()


def say(result: Replay) -> str:
    """Return the comparison as HTML: one sentence, a table, and what cannot be promised."""
    sign = "✓" if result.ok else "✕"
    sentence = f"{sign} {count(result.exact)} of {count(result.total)} addresses equal real Go."
    rows = [("addresses", result.total, result.exact), ("spans", result.total_spans, result.exact_spans)]
    table = "".join(f"<tr><th>{name}</th><td>{count(n)}</td><td>{count(equal)}</td></tr>" for name, n, equal in rows)
    notes = "".join(f"<p>{escape(note)}</p>" for note in [_statistics(result), *result.recording.notes()] if note)
    return (
        f"{headline(f'Recording {result.recording.name}', sentence)}"
        f'<table class="gm-table"><tr><th></th><th>compared</th><th>equal</th></tr>{table}</table>'
        f'<div class="gm-say gm-s">{notes}<p>Below is the heap before the first of these requests. '
        "Press play to watch it fill, or drag the time line.</p></div>"
    )


def _statistics(result: Replay) -> str:
    """Return how the statistics compare, as a sentence; nothing where Go's were not recorded."""
    if result.actual_mstats is None:
        return ""
    if not result.mstats_differences:
        return "MemStats agree to the byte: Mallocs, Frees, HeapAlloc, HeapInuse, HeapObjects and every row of BySize."
    return f"MemStats differ: {'; '.join(map(str, result.mstats_differences))}."


def _speed(ticks: int) -> int:
    """Return the lowest playing speed at which so many ticks are over soon."""
    beats = WATCH * 1000 // BEAT
    return next((speed for speed in SPEEDS.values() if speed * beats >= ticks), max(SPEEDS.values()))
