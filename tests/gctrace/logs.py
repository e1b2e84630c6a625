"""Logs that several tests read."""

from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "gctrace"
LINE = (
    "gc 4 @0.040s 5%: 0.052+17+0.009 ms clock, 0.052+0.99/0.40/2.1+0.009 ms cpu, 9->10->5 MB, 10 MB goal, "
    "1 MB stacks, 2 MB globals, 4 P"
)


def line(number: int, at_s: float = 0.0, live: int = 5, goal: int = 10) -> str:
    """Return a line of a cycle."""
    return LINE.replace("gc 4 @0.040s", f"gc {number} @{at_s or number / 10:.3f}s").replace(
        "9->10->5 MB, 10 MB goal", f"9->10->{live} MB, {goal} MB goal"
    )
