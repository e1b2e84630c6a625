"""A lesson's plan: its questions and its worlds, each built by a function when it is asked for.

The key of a question is the name of its function, with dashes: `request_505` is asked as "request-505". Nothing runs
before that, so a lesson opens at once however many questions it has.

Go: none, this is the order of a lesson.
Left out: the words between the questions, which stand in the notebooks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from gomemlab.checks.questions import Exercise, Prediction, Scene
from gomemlab.runtime.errors import MisuseError

T = TypeVar("T")
LESSONS = (
    "00_start_here",
    "01_size_classes",
    "02_tiny_objects",
    "03_one_malloc",
    "04_pages_and_arenas",
    "05_mcentral_span_sets",
    "06_bitmaps_and_sweeping",
    "07_tri_colour_marking",
    "08_write_barriers",
    "09_green_tea",
    "10_sync_pool",
    "11_processors_and_locks",
    "12_stacks",
    "13_pacer",
    "14_memory_limit",
    "15_giving_memory_back",
    "16_measuring",
    "17_tune_your_service",
)


class LessonError(MisuseError):
    """A lesson was asked for something it does not have; a notebook shows only the sentence."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of a traceback."""
        return [str(self)]


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions and worlds of one lesson."""

    name: str
    title: str
    predictions: tuple[Callable[[], Prediction], ...] = ()
    exercises: tuple[Callable[[], Exercise], ...] = ()
    scenes: tuple[Scene, ...] = ()

    def prediction(self, key: str) -> Prediction:
        """Return the prediction of that key; raise LessonError where there is none."""
        return self._find("prediction", self.predictions, key)()

    def exercise(self, key: str) -> Exercise:
        """Return the exercise of that key; raise LessonError where there is none."""
        return self._find("exercise", self.exercises, key)()

    def scene(self, key: str) -> Scene:
        """Return the builder of the world of that key; raise LessonError where there is none."""
        return self._find("scene", self.scenes, key)

    def number(self, key: str) -> int:
        """Return the place of an exercise in the lesson, from 1; raise LessonError where there is none."""
        return self.exercises.index(self._find("exercise", self.exercises, key)) + 1

    def _find(self, what: str, builders: tuple[Callable[[], T], ...], key: str) -> Callable[[], T]:
        """Return the builder of that key."""
        for builder in builders:
            if key_of(builder) == key:
                return builder
        known = ", ".join(f'"{key_of(builder)}"' for builder in builders) or "none"
        raise LessonError(f'Lesson {self.name} has no {what} "{key}". It has: {known}.')


def key_of(builder: Callable[[], object]) -> str:
    """Return the key under which a builder's question is asked."""
    return builder.__name__.replace("_", "-")


def plan(name: str) -> Plan:
    """Return the plan of a lesson by its name or its number; raise LessonError where there is none."""
    for lesson in LESSONS:
        if name and (lesson == name.removesuffix(".ipynb") or lesson[:2] == name):
            found = import_module(f"gomemlab.checks.lesson_{lesson[:2]}").PLAN
            assert isinstance(found, Plan)  # noqa: S101 - tells mypy what import_module cannot
            return found
    raise LessonError(f'There is no lesson "{name}". The lessons are: {", ".join(LESSONS)}.')
