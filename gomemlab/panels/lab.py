"""The lab: one timeline, one moment on screen, one picked span, and every view that shows them.

Data goes one way. A control calls `do` or sets `tick`, and every open view draws that moment (see stage). Long work is
in longwork, the single views are on the shelf.

Go: none, this is where the model meets the reader.
Left out: saving a lab; its commands are a list and can be kept (`lab.timeline.commands`).
"""

from typing import TYPE_CHECKING, Any

from gomemlab.panels.cells import claims
from gomemlab.panels.longwork import LongWork
from gomemlab.panels.room import ALLOCATOR, MAKERS, Room
from gomemlab.panels.shelf import Shelf
from gomemlab.panels.stage import OtherLine
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gomemlab.commands import Command


class Lab(LongWork, Shelf):
    """An allocator to play with; as the value of a cell it shows everything, its methods show single views."""

    def __init__(
        self,
        world: World | Timeline | None = None,
        procs: int = 1,
        *,
        timeline: Timeline | None = None,
        recording: str = "",
        views: "Sequence[str]" = (),
    ) -> None:
        """Make a lab over a fresh world with `procs` Ps, a given world, a timeline, or a recording that ships.

        views names what it shows, the allocator's views where none is named. Raises MisuseError for anything else.
        """
        self.room: Room | None = None
        self.names = _names(views)
        super().__init__(_line(world, procs, timeline))
        if recording:
            self.load(recording)
        else:
            self.arrive(len(self.timeline))

    def do(self, command: "Command") -> object:
        """Give a command at the moment on screen and return its result.

        At an earlier tick this begins a new line; the old one is kept. Raises MisuseError for what the world refuses.
        """
        with self.lock:
            self.refuse_while_busy()
            line = self.line_from_here()
            result = line.do(command)
            self.adopt(line)
            return result

    def do_all(self, commands: "Iterable[Command]") -> int:
        """Give several commands at once and return how many; for many thousands use `run`.

        Raises MisuseError, with nothing done, where something among them is no command.
        """
        given = list(commands) if hasattr(commands, "__iter__") else []
        wrong = [command for command in given if not callable(getattr(command, "apply", None))]
        if wrong or not hasattr(commands, "__iter__"):
            what = f"{wrong[0]!r} is no command" if wrong else f"{commands!r} is no list of commands"
            raise MisuseError(f"{what}; give some of gomemlab.commands, such as [Malloc(24)]")
        with self.lock:
            self.refuse_while_busy()
            line = self.line_from_here()
            try:
                return line.extend(given)
            finally:
                self.adopt(line)

    def other_line(self) -> None:
        """Go to the line of history that is not on screen."""
        with self.lock:
            self.refuse_while_busy()
            if self.former is None:
                raise MisuseError("there is only one line; give a command at an earlier tick to begin another")
            there = self.former
            self.former = OtherLine(self.timeline, self.tick, there.parted, newer=not there.newer)
            self.timeline = there.timeline
            self.arrive(there.tick)
            self.notify()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the whole lab for a notebook; shown again, it is built anew and the former page is closed."""
        with self.lock:
            if self.room is not None:
                self.leave(self.room)
            self.room = Room(self, self.names)
            self.views += self.room.views()
            self._paint()
            claims.claim(self.room)
            return self.room.root._repr_mimebundle_(**kwargs)


def _names(views: "Sequence[str]") -> tuple[str, ...]:
    """Return the names of the views to show; raise MisuseError for one that a lab does not have."""
    named = (views,) if isinstance(views, str) else tuple(views)
    wrong = [name for name in named if name not in MAKERS]
    if wrong:
        raise MisuseError(f"a lab has no view {wrong[0]!r}; choose some of {', '.join(MAKERS)}")
    return tuple(dict.fromkeys(named)) or ALLOCATOR


def _line(start: World | Timeline | None, procs: int, timeline: Timeline | None) -> Timeline:
    """Return the timeline that a lab is asked to show; raise MisuseError where it is none."""
    if timeline is not None and start is not None:
        raise MisuseError(f"a lab shows one history; give it {start!r} or the timeline, not both")
    given = start if timeline is None else timeline
    if isinstance(given, Timeline):
        return given
    if timeline is not None:
        raise MisuseError(f"{timeline!r} is no Timeline; give one, such as Timeline(World())")
    if given is not None and not isinstance(given, World):
        raise MisuseError(f'{given!r} is neither World nor Timeline; to load a recording write Lab(recording="seq24")')
    return Timeline(given or World(procs=procs))
