"""Searching every schedule of a small world: breadth first, until an object is lost or no new state is left.

A level holds the states that so many steps of the program lead to; steps of the marker are free, so all that they lead
to belongs to the level. The first loss that is met is therefore one with the fewest steps of the program. Where levels
run out, no schedule of any length loses an object in this world.

Go: nothing; Go's authors proved their barrier on paper (proposal 17503).
Left out: a state's other ways to be reached; the first one is kept.
"""

from collections.abc import Callable, Iterator
from itertools import product

from gomemlab.exploring.moves import Moves
from gomemlab.exploring.packing import STARTED, State, canonical, reached, white
from gomemlab.exploring.result import Exploration
from gomemlab.exploring.rules import LARGEST, Rules, Shape, check_rules
from gomemlab.exploring.schedule import schedule
from gomemlab.exploring.smallworld import SmallWorld
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.barrier import Barrier

Progress = Callable[[int], object]  # called with the states searched so far
Stop = Callable[[], bool]  # asked now and then; True ends the search
BATCH = 512  # states between two reports of progress
Coming = dict[State, tuple[State, State | None]]  # by what a state is known by: a state, and the one it came from


class Search:
    """One search on its way."""

    def __init__(self, shape: Shape, rules: Rules, *, renamed: bool, prune: bool) -> None:
        self.shape, self.rules, self.prune = shape, rules, prune
        self.world = SmallWorld(shape, rules)
        self.moves = Moves(shape, rules, self.world.addresses)
        self.same: Callable[[State], State] = canonical(shape) if renamed else bytes
        self.full = False  # more states came than may be kept
        self.parents: dict[State, State | None] = {}  # by what a state is known by: the state it came from first

    def starts(self) -> Iterator[State]:
        """Yield every state in which all objects there are can be reached, and are white; simple ones first."""
        shape, rules = self.shape, self.rules
        running = shape.goroutines - (rules.go is not None)
        ends = shape.goroutines * shape.slots + 1, 1 + running * shape.slots
        for born in range(1, shape.objects + 1):
            nfields = born * shape.fields
            choices = product(range(born + 1), repeat=ends[1] + nfields)
            for names in sorted(choices, key=lambda names: len(names) - names.count(0)):
                above = bytes(names[: ends[1]]) + bytes(ends[0] - ends[1])
                pointers = above + bytes(names[ends[1] :]) + bytes((shape.objects - born) * shape.fields)
                state = pointers + bytes((0, 0, 0, born, 0, running))
                if reached(state, shape) == white(state):
                    yield self._with_stacks_scanned(state) if rules.snapshot else state

    def _with_stacks_scanned(self, state: State) -> State:
        for scan in self.moves.scans[1 : 1 + state[STARTED]]:
            self.world.put(state)
            state = self.world.after(scan)
        return state

    def run(self, limit: int, progress: Progress | None, stop: Stop | None) -> tuple[State | None, int, bool]:
        """Return a state that loses an object, its level, and whether the search came to an end."""
        coming: Coming = {}
        for state in self.starts():
            coming.setdefault(self.same(state), (state, None))
        steps = 0
        while coming:
            level, coming = self._meet(coming, limit), {}
            for done, state in enumerate(level):  # which grows meanwhile
                if done % BATCH == 0:
                    if progress:
                        progress(len(self.parents))
                    if stop and stop():
                        return None, steps, False
                if self.full or len(self.parents) + len(coming) > limit:
                    return None, steps, False
                self.world.put(state)
                if self.moves.over(state) and white(state) and self.world.loses():
                    return state, steps, True
                self._expand(state, level, coming)
            steps += 1
        return None, steps, True

    def _meet(self, coming: Coming, limit: int) -> list[State]:
        """Book the states of a level that were not met in an earlier one, as many as may be; return them."""
        new = [(key, *met) for key, met in coming.items() if key not in self.parents]
        room = limit - len(self.parents)
        self.full = len(new) > room
        self.parents |= {key: parent for key, _, parent in new[:room]}
        return [state for _, state, _ in new[:room]]

    def _expand(self, state: State, level: list[State], coming: Coming) -> None:
        """Take every step from the state that the world is in: the marker's stay in the level, the program's do not."""
        after, same, parents = self.world.after, self.same, self.parents
        for command in self.moves.of_marker(state):
            new = after(command)
            if new in parents:
                continue
            key = same(new)
            if key not in parents and not self._safe(new):
                parents[key] = state
                level.append(new)
        for command in self.moves.of_program(state):
            new = after(command)
            if new in parents or new in coming:
                continue
            key = same(new)
            if key not in parents and key not in coming and not self._safe(new):
                coming[key] = new, state

    def _safe(self, state: State) -> bool:
        """Say whether to pass a state over, since every object that can be reached has a mark: none will be lost."""
        if not self.prune:
            return False
        whites = white(state)
        return not whites or not whites & reached(state, self.shape)

    def result(self, limit: int, progress: Progress | None, stop: Stop | None) -> Exploration:
        """Search at most so many states and return what was found, with the schedule of a loss."""
        end, steps, complete = self.run(limit, progress, stop)
        states = len(self.parents)
        if progress:
            progress(states)
        if end is None:
            return Exploration(states, None, None, complete, None, self.shape, self.rules)
        start, lost = schedule(self._way_to(end), self.world, self.moves)
        return Exploration(states, lost, steps, complete, start, self.shape, self.rules)

    def _way_to(self, end: State) -> list[State]:
        """Return the states that lead to one, from a start on."""
        way, parent = [end], self.parents[self.same(end)]
        while parent is not None:
            way.append(parent)
            parent = self.parents[self.same(parent)]
        return way[::-1]


def explore(
    barrier: str | Barrier = "hybrid",
    rescan: bool = False,
    snapshot: bool = False,
    objects: int = 2,
    fields: int = 1,
    goroutines: int = 2,
    slots: int = 1,
    *,
    renamed: bool = True,
    prune: bool = False,
    max_states: int = LARGEST,
    allocates_black: bool = True,
    shading: str = "at once",
    send: str | None = None,
    go: str | None = None,
    stacks_first: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Exploration:
    """Try every schedule of a small world; return the shortest that loses an object, or that there is none.

    The world has so many objects with so many pointer fields, goroutines with so many stack slots, and one global. It
    marks from the start; some objects may be there then, in any graph, and all of them are white. The barrier is a name
    or a Barrier; rescan scans the stacks once more at the end, snapshot scans them at once before anything else. A loss
    is an object that the program reaches and marking, when nothing is left to scan, has not.

    renamed: states that differ in the objects' names alone are one. prune: pass over states in which every object that
    can be reached has a mark; the verdict is the same, and `states` counts fewer. max_states: give up there, or a few
    states later, with `complete` False; a state takes about 200 bytes. The others are Rules: what Go takes care of and
    could forget. progress is called with the states so far now and then, and stop asked.
    Raises MisuseError for what does not exist, and for a world too large, with its size and what to cut.
    """
    shape = Shape(objects, fields, goroutines, slots)
    shape.check(renamed=renamed, largest=LARGEST)
    rules = check_rules(barrier, rescan, snapshot, allocates_black, shading, send, go, stacks_first)
    if whole(max_states, "max_states", f"give a number, such as {LARGEST}") < 1:
        raise MisuseError(f"max_states {max_states} leaves nothing to search; give 1 or more, such as {LARGEST}")
    if prune and not allocates_black:
        raise MisuseError("prune=True takes it that new objects are black; leave it out with allocates_black=False")
    return Search(shape, rules, renamed=renamed, prune=prune).result(max_states, progress, stop)
