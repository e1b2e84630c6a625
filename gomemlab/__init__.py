"""The Go runtime's memory manager as a Python value that you can step, rewind and look at.

Layers, each importing only those below it:

    cli         the commands of `python -m gomemlab`
    panels      ipywidgets: buttons, sliders, the lab; they only call lab.do(command) or set lab.tick
    views       bqplot: frame(snapshot) is pure, show(frame) moves a figure that was built once
    checks      exercises and why an answer is wrong
    whatif      a service's gctrace log under another GOGC or memory limit
    recorded    recordings of real Go programs, and their comparison with the model
    golang      the real toolchain: traces, the recorder
    contention  what Ps cost one another at a lock and on a cache line (cost model)
    pacing      a service's cycles over hours: streams, workloads, the pacer without a heap
    gctrace     the lines of GODEBUG=gctrace=1: read and printed
    costs       the cost model: nanoseconds, one table
    comparing   two histories side by side: what each of them came to
    timeline    the log of commands with its checkpoints: do(command), at(tick)
    exploring   every schedule of a small world
    pairs       two programs that do the same in two ways
    workloads   named streams of commands
    commands    what a learner can ask of a world
    runtime     the model: plain data, standard library only

The names below are looked up when they are first used, so `import gomemlab.runtime` costs a few milliseconds and needs
no package at all.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gomemlab.comparing import Comparison, compare
    from gomemlab.exploring import Exploration, explore
    from gomemlab.panels.compare import Compare
    from gomemlab.panels.lab import Lab
    from gomemlab.panels.lesson import lesson
    from gomemlab.panels.pacer import Pacer
    from gomemlab.panels.whatif import WhatIf
    from gomemlab.recorded import Replay, replay
    from gomemlab.runtime.alloc.sizeclasses import SizeClass, size_class
    from gomemlab.runtime.errors import MisuseError, ThrowError
    from gomemlab.runtime.gc.roots import Field, Global, StackSlot
    from gomemlab.runtime.mstats import MemStats
    from gomemlab.runtime.snapshot import Snapshot
    from gomemlab.runtime.world import World
    from gomemlab.timeline import Timeline
    from gomemlab.whatif import what_if, what_if_map

GO_VERSION = "go1.27.3"  # the version modelled, on linux/amd64 with its default experiments
__version__ = "0.1.0"

_HOME = {
    "Compare": "gomemlab.panels.compare",
    "Comparison": "gomemlab.comparing",
    "Exploration": "gomemlab.exploring",
    "Field": "gomemlab.runtime.gc.roots",
    "Global": "gomemlab.runtime.gc.roots",
    "Lab": "gomemlab.panels.lab",
    "MemStats": "gomemlab.runtime.mstats",
    "MisuseError": "gomemlab.runtime.errors",
    "Pacer": "gomemlab.panels.pacer",
    "Replay": "gomemlab.recorded",
    "SizeClass": "gomemlab.runtime.alloc.sizeclasses",
    "Snapshot": "gomemlab.runtime.snapshot",
    "StackSlot": "gomemlab.runtime.gc.roots",
    "ThrowError": "gomemlab.runtime.errors",
    "Timeline": "gomemlab.timeline",
    "WhatIf": "gomemlab.panels.whatif",
    "World": "gomemlab.runtime.world",
    "compare": "gomemlab.comparing",
    "explore": "gomemlab.exploring",
    "lesson": "gomemlab.panels.lesson",
    "replay": "gomemlab.recorded",
    "size_class": "gomemlab.runtime.alloc.sizeclasses",
    "what_if": "gomemlab.whatif",
    "what_if_map": "gomemlab.whatif",
}

_PACKAGES = frozenset({"gctrace", "pacing"})  # gomemlab.gctrace.parse needs no import of its own

__all__ = [
    "GO_VERSION",
    "Compare",
    "Comparison",
    "Exploration",
    "Field",
    "Global",
    "Lab",
    "MemStats",
    "MisuseError",
    "Pacer",
    "Replay",
    "SizeClass",
    "Snapshot",
    "StackSlot",
    "ThrowError",
    "Timeline",
    "WhatIf",
    "World",
    "__version__",
    "compare",
    "explore",
    "lesson",
    "replay",
    "size_class",
    "what_if",
    "what_if_map",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module and keep it; raise AttributeError for any other.

    lesson_00, lesson_01 and so on are the lessons themselves, so that a notebook's cell needs one short import.
    """
    if name.startswith("lesson_") and name[7:].isdigit():
        return __getattr__("lesson")(name[7:])
    if name in _PACKAGES:
        return import_module(f"gomemlab.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, looked up or not."""
    return sorted(__all__)
