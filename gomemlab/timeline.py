"""The timeline: a world's whole history as a log of commands, and the way back to any moment of it.

Tick t is the moment after t commands. To go there, the nearest checkpoint before it (a copy of the world) is copied
again and the commands in between are run once more; nothing is undone. Checkpoints are thinned as the log grows, so
that they stay few and the way from one to the next stays short.

Besides the commands, a byte of flags per tick says what each of them reached, and the events of every tick that did
more than take a slot are kept for the log.

Go: nothing; Go cannot go back.
Left out: undo; a command given in the past begins a new branch.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable

from gomemlab.commands import Command
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import (
    CacheMissed,
    Entry,
    Event,
    HeapGrown,
    LargeMade,
    RunTaken,
    SlotTaken,
    SpanMade,
    TinyAdded,
    TinyBlockTaken,
    TinyPlaced,
    ZeroSized,
    told,
)
from gomemlab.runtime.gcevents import SweepBegan
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World

REFILL, NEW_SPAN, GROWTH, LARGE, OTHER, COLLECTION = 1, 2, 4, 8, 16, 32
KINDS = {"refill": REFILL, "new span": NEW_SPAN, "growth": GROWTH, "large": LARGE, "collection": COLLECTION}
FLAG_OF = {CacheMissed: REFILL, SpanMade: NEW_SPAN, HeapGrown: GROWTH, LargeMade: LARGE, SweepBegan: COLLECTION}
QUIET = {SlotTaken, RunTaken, TinyAdded, TinyPlaced, TinyBlockTaken, ZeroSized}
MAX_CHECKPOINTS = 64  # a large world costs 6 MB each
FIRST_GAP = 256  # ticks between checkpoints while there are few
KEPT_TICKS = 50_000  # ticks whose events are kept
BATCH = 512  # commands between two reports of progress

Progress = Callable[[int], object]  # called with the commands done so far
Stop = Callable[[], bool]  # asked now and then; True ends the work


class Timeline:
    """A log of commands over a world, with a cursor that can be anywhere.

    The world that is given belongs to the timeline from then on.
    """

    def __init__(self, world: World) -> None:
        if not isinstance(world, World):
            raise MisuseError(f"{world!r} is no World; begin a timeline with Timeline(World())")
        self.commands: list[Command] = []
        self.flags = bytearray(1)  # by tick; [0] belongs to the start
        self.kept: dict[int, tuple[Entry, ...]] = {}  # events by tick, of those that did more than take a slot
        self._checkpoints: list[tuple[int, World]] = [(0, world.copy())]
        self._gap = FIRST_GAP
        self._end = world  # the world after the last command
        self._shown = (0, world)  # the last moment that was asked for

    def __len__(self) -> int:
        """Return the number of commands, which is the last tick."""
        return len(self.commands)

    @property
    def world(self) -> World:
        """Return the world after the last command; not to be changed."""
        return self._end

    def do(self, command: Command) -> object:
        """Apply a command at the end of the log and return its result.

        Raises MisuseError for what is no command, or where the world refuses it; the log is then as before.
        """
        if not callable(getattr(command, "apply", None)):
            raise MisuseError(f"{command!r} is no command; give one of gomemlab.commands, such as Malloc(24)")
        self._release_end()
        result = command.apply(self._end)
        self._book(command)
        return result

    def extend(self, commands: Iterable[Command], progress: Progress | None = None, stop: Stop | None = None) -> int:
        """Apply many commands; return how many were done before the stream, stop or a refusal ended it.

        A refusal raises MisuseError; what was done before stays done.
        """
        self._release_end()
        done = 0
        for command in commands:
            if done % BATCH == 0:
                if stop and stop():
                    break
                if progress:
                    progress(done)
            command.apply(self._end)
            self._book(command)
            done += 1
        if progress:
            progress(done)
        return done

    def _release_end(self) -> None:
        """Let the shown world be another one than the end, which is about to change."""
        if self._shown[1] is self._end:
            self._shown = (-1, self._end)

    def _book(self, command: Command) -> None:
        self.commands.append(command)
        log, flags = self._end.allocator.log, 0
        if len(log) > 1 or (log and log[0][0] not in QUIET):
            for entry in log:
                flags |= FLAG_OF.get(entry[0], 0)
            self._keep(self._end.allocator.entries())
            flags = flags or OTHER
        self.flags.append(flags)
        if len(self.commands) - self._checkpoints[-1][0] >= self._gap:
            self._checkpoints.append((len(self.commands), self._end.copy()))
            if len(self._checkpoints) > MAX_CHECKPOINTS:
                del self._checkpoints[1::2]
                self._gap *= 2

    def _keep(self, events: tuple[Entry, ...]) -> None:
        self.kept[len(self.commands)] = events
        if len(self.kept) > KEPT_TICKS:
            del self.kept[next(iter(self.kept))]

    def at(self, tick: int) -> World:
        """Return a world of your own in the state after tick commands.

        Raises MisuseError for a tick that is not on the timeline.
        """
        return self._moment(tick).copy()

    def snapshot(self, tick: int) -> Snapshot:
        """Return the picture of the moment after tick commands; cheaper than at(tick).snapshot().

        Raises MisuseError for a tick that is not on the timeline.
        """
        return self._moment(tick).snapshot()

    def _moment(self, tick: int) -> World:
        """Return the world after tick commands; it is the timeline's own, and the next call may move it on."""
        self._check_tick(tick)
        if tick == len(self.commands):
            self._shown = (tick, self._end)
        elif tick != self._shown[0]:
            self._shown = (tick, self._travel(tick))
        return self._shown[1]

    def _travel(self, tick: int) -> World:
        """Return a world at a tick, from the shown one where that lies before it on the way, else from a checkpoint."""
        start, world = self._checkpoints[bisect_right(self._checkpoints, tick, key=lambda point: point[0]) - 1]
        shown_tick, shown = self._shown
        if start <= shown_tick <= tick and shown is not self._end:
            start, world = shown_tick, shown
        else:
            world = world.copy()
        for command in self.commands[start:tick]:
            command.apply(world)
        return world

    def branch(self, tick: int) -> "Timeline":
        """Return a new timeline with the history up to a tick; this one stays as it is."""
        new = Timeline(self._checkpoints[0][1].copy())
        new._end = self.at(tick)
        new._shown = (tick, new._end)
        new._gap = self._gap
        new._checkpoints = [point for point in self._checkpoints if point[0] <= tick]
        new.commands = self.commands[:tick]
        new.flags = self.flags[: tick + 1]
        new.kept = {at: events for at, events in self.kept.items() if at <= tick}
        return new

    def events(self, tick: int) -> tuple[Event, ...]:
        """Return what happened in the command that led to a tick."""
        if tick == 0:
            return ()
        return told(self.kept[tick]) if tick in self.kept else self._moment(tick).events

    def next(self, kind: str, tick: int) -> int | None:
        """Return the first tick after this one at which a kind of thing happened, or None.

        kind is "refill", "new span", "growth", "large" or "collection", which is where marking ended. Raises
        MisuseError for another.
        """
        if kind not in KINDS:
            raise MisuseError(f"there is no jump to {kind!r}; choose one of {', '.join(KINDS)}")
        self._check_tick(tick)
        mask = KINDS[kind]
        return next((t for t in range(tick + 1, len(self.flags)) if self.flags[t] & mask), None)

    def recent(self, tick: int, n: int = 4) -> list[tuple[int, Event]]:
        """Return up to n (tick, event), newest first: this tick's events, then those kept of earlier ticks."""
        self._check_tick(tick)
        rows = [(tick, event) for event in reversed(self.events(tick))]
        for t in range(tick - 1, 0, -1):
            if len(rows) >= n:
                break
            if self.flags[t]:
                rows += [(t, event) for event in reversed(told(self.kept.get(t, ())))]
        return rows[:n]

    def _check_tick(self, tick: object) -> None:
        if not isinstance(tick, int) or isinstance(tick, bool) or not 0 <= tick <= len(self.commands):
            raise MisuseError(f"tick {tick!r} is not on this timeline; it goes from 0 to {len(self.commands)}")
