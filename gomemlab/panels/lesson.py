"""What a lesson's notebook calls: ask, check, show, say. A cell is then a line or two and defines nothing.

Each call names its place (a key). Calling it again, as running a cell again does, closes the widgets of the last time
and builds them anew, so nothing piles up in the kernel. Cells need nothing from one another: each imports its lesson in
its first line, so they run in any order.

Go: none, this is how a lesson is told.
Left out: the lessons' words, which stand in the notebooks, and their questions, which stand in gomemlab.checks.
"""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from gomemlab.checks.plan import LessonError, Plan, plan
from gomemlab.checks.reuse import HOLES
from gomemlab.panels.cells import Closable
from gomemlab.panels.exercise import ExercisePanel
from gomemlab.panels.holes import HolesPanel
from gomemlab.panels.predict import PredictPanel
from gomemlab.panels.rehearsal import rehearse
from gomemlab.panels.reuse import ReusePanel
from gomemlab.panels.said import Said, fill, table
from gomemlab.panels.tiny import EXAMPLES, TinyPanel
from gomemlab.runtime.alloc.sizeclasses import SizeClass, size_class
from gomemlab.runtime.arch import GO_1_27, GO_VERSIONS, MAX_TINY_SIZE, TINY_SPAN_CLASS, Go
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline
from gomemlab.workloads import WORKLOADS

if TYPE_CHECKING:
    from gomemlab.pacing.workload import Workload
    from gomemlab.panels.compare import Compare
    from gomemlab.panels.gcline import GCLinePanel
    from gomemlab.panels.pacer import Pacer
    from gomemlab.panels.replayed import ReplayPanel
    from gomemlab.panels.shapes import ShapesPanel
    from gomemlab.panels.shown import ShownLab
    from gomemlab.panels.whatif import WhatIf
    from gomemlab.views.size_classes import SizeClasses

C = TypeVar("C", bound=Closable)
Typed = str | int | Iterable[int]  # a row of numbers, as text or as what it is


class Lesson:
    """One lesson: its plan, what it has on screen, and which exercises are solved."""

    def __init__(self, lesson: Plan) -> None:
        """Start with nothing shown and nothing solved."""
        self.plan = lesson
        self.shown: dict[str, Closable] = {}
        self.solved: set[int] = set()

    def predict(self, key: str) -> PredictPanel:
        """Ask for a prediction."""
        return self._show(f"predict {key}", PredictPanel(self.plan.prediction(key), self._open))

    def exercise(self, key: str) -> ExercisePanel:
        """Set an exercise; the dots above it show how far the lesson has got."""
        number = self.plan.number(key)
        panel = ExercisePanel(self.plan.exercise(key), number, self._dots)
        panel.solved = lambda: self._solve(number)
        return self._show(f"exercise {key}", panel)

    def lab(self, *views: str, scene: str = "", play: bool = False) -> "ShownLab":
        """Show a lab, whole or only some of its views, on a fresh world or on one of the lesson's scenes.

        To play a scene is to see its graph first, and to step through the rest.
        """
        from gomemlab.panels.shown import ShownLab  # noqa: PLC0415 (bqplot takes a second: a question need not wait)

        timeline = self.plan.scene(scene)() if scene else None
        return self._show(f"lab {scene} {views}", ShownLab(timeline, views, play=play))

    def classes(self, size: int, *, pointers: bool = False, go: str = GO_1_27.name) -> "SizeClasses":
        """Show where a size lands, with controls to change it."""
        from gomemlab.views.size_classes import SizeClasses  # noqa: PLC0415 (bqplot, too)

        view = SizeClasses(size, pointers=pointers, go=_version(go))
        return self._show(f"classes {size} {pointers} {go}", view)

    def tiny(self, sizes: Typed = EXAMPLES[0]) -> TinyPanel:
        """Show the blocks that a row of tiny objects shares, with a field to change the row."""
        return self._show("tiny", TinyPanel(_typed(sizes)))

    def slots(self, dead: Typed = HOLES) -> ReusePanel:
        """Show a full span in which some slots die, and who gets them, with a field to change which."""
        return self._show("slots", ReusePanel(_typed(dead)))

    def shapes(self, shape: str, size: int = 48) -> "ShapesPanel":
        """Show a heap of some shape as both markers go through it, with controls to change the heap."""
        from gomemlab.panels.shapes import ShapesPanel  # noqa: PLC0415 (bqplot, too)

        return self._show(f"shapes {shape} {size}", ShapesPanel(shape, size))

    def compare(self, pair: str) -> "Compare":
        """Show two programs that answer the same requests, side by side; pair is a name in gomemlab.pairs.PAIRS."""
        from gomemlab.panels.compare import Compare  # noqa: PLC0415 (bqplot, too)

        return self._show(f"compare {pair}", Compare(pair))

    def pacer(
        self, workload: "Workload | str", gogc: int | None = 100, limit: int | str | None = None, seconds: float = 14.0
    ) -> "Pacer":
        """Show a workload, or the one of the menu that begins so, under GOGC and a memory limit, to move both."""
        from gomemlab.panels.pacer import Pacer  # noqa: PLC0415 (bqplot, too)

        name = workload if isinstance(workload, str) else workload.name
        return self._show(f"pacer {name} {gogc} {limit}", Pacer(workload, gogc, limit, seconds=seconds))

    def what_if(self, log: str, gogc: int | str | None = None, limit: int | str | None = None) -> "WhatIf":
        """Show a gctrace log that ships, or one's own by its path, and what another setting would come to."""
        from gomemlab.panels.whatif import WhatIf  # noqa: PLC0415 (bqplot, too)

        return self._show(f"what_if {log} {gogc} {limit}", WhatIf(log, gogc, limit))

    def gcline(self) -> "GCLinePanel":
        """Show a gctrace line in parts, with a field for another one."""
        from gomemlab.panels.gcline import GCLinePanel  # noqa: PLC0415 (the numbers of the lesson take a moment)

        return self._show("gcline", GCLinePanel())

    def pages(self, scene: str) -> HolesPanel:
        """Show the first pages of a scene's heap, with buttons to make and to free large objects."""
        return self._show(f"pages {scene}", HolesPanel(self.plan.scene(scene)()))

    def replay(self, recording: str, *views: str) -> "ReplayPanel":
        """Compare a shipped recording of a real Go program with the model, and show its heap."""
        from gomemlab.panels.replayed import VIEWS, ReplayPanel  # noqa: PLC0415 (bqplot, too)

        return self._show(f"replay {recording}", ReplayPanel(recording, views or VIEWS))

    def say(self, text: str, **values: Any) -> Said:
        """Say a sentence; {name} in it stands for a value, {name.part} for a part of one."""
        try:
            return Said(fill(text, values))
        except (KeyError, IndexError, AttributeError, ValueError) as error:
            given = ", ".join(values) or "nothing"
            raise LessonError(f"The sentence cannot be filled ({error}); it was given {given}.") from error

    def story(self, scene: str) -> Said:
        """List what happened in the last request of a scene, and which function of Go's decided it."""
        timeline = self.plan.scene(scene)()
        events = timeline.events(len(timeline))
        return Said("\n".join(f"{i}. {event.say()} `{event.go}`" for i, event in enumerate(events, start=1)))

    def served(self, requests: int, *workloads: str) -> Said:
        """List, for each named workload, how many of its first requests each level served, as a table."""
        rows = []
        for name in workloads:
            if name not in WORKLOADS:
                raise LessonError(f'There is no workload "{name}". There are: {", ".join(WORKLOADS)}.')
            world = World(procs=WORKLOADS[name].procs)
            for command in WORKLOADS[name].commands(n=requests):
                command.apply(world)
            rows.append((WORKLOADS[name].title, *world.snapshot().served))
        return table(("workload", "requests", "mcache", "mcentral", "page cache", "mheap", "OS"), rows)

    def sizes(self, *sizes: int, pointers: bool = False, go: str = GO_1_27.name) -> Said:
        """List where requests of these sizes land, as a table."""
        slots = [size_class(size, pointers=pointers, go=_version(go)) for size in sizes]
        head = ("asked, B", "class", "slot, B", "unused, B", "span, pages", "slots in a span", "span's tail, B")
        return table(
            head, [(s.size, s.index or "large", s.elemsize, _unused(s), s.npages, s.nelems, s.tail) for s in slots]
        )

    def versions(self, size: int, *, pointers: bool = False) -> Said:
        """List what a span for this size holds in each Go version, as a table."""
        slots = [(name, size_class(size, pointers=pointers, go=go)) for name, go in GO_VERSIONS.items()]
        head = ("Go", "slot, B", "slots in a span", "inline mark bits, B", "pointer bitmap, B", "header, B")
        rows = [(name, s.elemsize, s.nelems, s.inline_mark_bits, s.heap_bits, s.header) for name, s in slots]
        return table(head, rows)

    def rehearse(self) -> str:
        """Answer every question with widgets of its own and return how many there were; nothing on screen changes."""
        return rehearse(self.plan)

    def close(self) -> None:
        """Close everything that the lesson has on screen."""
        while self.shown:
            self.shown.popitem()[1].close()

    def _show(self, place: str, panel: C) -> C:
        """Put a panel in its place, closing what was there."""
        if place in self.shown:
            self.shown[place].close()
        self.shown[place] = panel
        return panel

    def _open(self, timeline: Timeline, views: tuple[str, ...]) -> "ShownLab":
        """Return a lab on a timeline, with these views, for a panel to hold and to close."""
        from gomemlab.panels.shown import ShownLab  # noqa: PLC0415 (bqplot, too)

        return ShownLab(timeline, views)

    def _solve(self, number: int) -> None:
        """Note an exercise as solved and redraw the dots of all."""
        self.solved.add(number)
        for panel in self.shown.values():
            if isinstance(panel, ExercisePanel):
                panel.refresh()

    def _dots(self, here: int, state: str) -> str:
        """Return the lesson's progress as HTML, with one exercise in focus."""
        total = len(self.plan.exercises)
        dots = "".join(_dot(i, i in self.solved, i == here, state) for i in range(1, total + 1))
        text = f"{len(self.solved)} of {total} exercises solved"
        words = f'<span class="gm-s">{here} of {total}</span>'
        return f'{words}<span class="gm-dots" role="img" aria-label="{text}">{dots}</span>'


def _typed(row: Typed) -> str:
    """Return a row of numbers as one types it."""
    return ", ".join(map(str, row)) if isinstance(row, Iterable) and not isinstance(row, str) else str(row)


def _unused(slot: SizeClass) -> int | str:
    """Return the bytes of a slot that its request leaves; a tiny one shares it, so none are lost by themselves."""
    return "shared" if slot.spanclass == TINY_SPAN_CLASS and slot.size < MAX_TINY_SIZE else slot.waste


def _version(name: str) -> Go:
    """Return a Go version by its name; raise LessonError where there is none."""
    if name not in GO_VERSIONS:
        raise LessonError(f'There is no Go "{name}" here. There are: {", ".join(GO_VERSIONS)}.')
    return GO_VERSIONS[name]


def _dot(number: int, solved: bool, here: bool, state: str) -> str:
    """Return one dot of the progress."""
    wrong = here and not solved and state == "wrong"
    names = [("gm-done", solved), ("gm-here", here), ("gm-no", wrong)]
    classes = " ".join(["gm-dot", *(name for name, on in names if on)])
    return f'<span class="{classes}" aria-hidden="true">{"✓" if solved else "✕" if wrong else number}</span>'


@cache
def _lesson(name: str) -> Lesson:
    """Return the lesson of that full name."""
    return Lesson(plan(name))


def lesson(name: str) -> Lesson:
    """Return the lesson of that name or number, the same value every time; raise LessonError where there is none."""
    return _lesson(plan(name).name)
