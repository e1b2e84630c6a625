"""A lab in a lesson: the whole of it, or only the views that the lesson speaks of, one below the other.

Go: none, this is how a lesson is told.
Left out: other arrangements; `lab.path()` and its fellows give single views.
"""

from typing import Any

import ipywidgets as ipw

from gomemlab.checks.plan import LessonError
from gomemlab.panels.arrange import sections
from gomemlab.panels.lab import Lab
from gomemlab.panels.schedule import Schedule, graph_end
from gomemlab.timeline import Timeline
from gomemlab.views import theme
from gomemlab.views.base import View, close_all

ALLOCATOR = ("transport", "allocate", "path", "heap_map", "span", "size_classes", "ledger", "log")
SYSTEM = ("processors", "memory", "pacer")
COLLECTOR = ("object_graph", "work", "schedule", "phases", "span_sets", "stacks", "pool", *SYSTEM)
VIEWS = (*ALLOCATOR, *COLLECTOR)


class ShownLab:
    """A lab and the views of it that are on screen; `lab` is the lab itself."""

    def __init__(self, timeline: Timeline | None = None, views: tuple[str, ...] = (), *, play: bool = False) -> None:
        """Open the named views, or none, which shows the whole lab; to play is to begin where the graph is built."""
        unknown = [name for name in views if name not in VIEWS]
        if unknown:
            raise LessonError(f'A lab has no view "{unknown[0]}". It has: {", ".join(VIEWS)}.')
        self.lab = Lab(timeline=timeline)
        self.views: dict[str, View[Any]] = {name: getattr(self.lab, name)() for name in views}
        if play:
            self._rewind()
        self.root = ipw.VBox([theme.style(), *sections(self.views)] if views else [])
        self.root.add_class("gm")

    def _rewind(self) -> None:
        """Go to the tick at which the graph is built, and make what came after it the schedule to play."""
        commands = self.lab.timeline.commands
        self.lab.tick = graph_end(commands)
        schedule = self.views.get("schedule")
        if isinstance(schedule, Schedule):
            schedule.load(commands[self.lab.tick :])

    def close(self) -> None:
        """Close the lab and every widget of its views."""
        self.lab.close()
        if self.lab.room is not None:
            self.lab.leave(self.lab.room)
        close_all(self.root)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows when the lab is the value of a cell."""
        shown: Any = self.root if self.views else self.lab
        return shown._repr_mimebundle_(**kwargs)
