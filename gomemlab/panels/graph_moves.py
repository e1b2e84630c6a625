"""What a goroutine may do next, what the mark worker would do next, and how far a schedule has been played.

A goroutine reaches its own stack, the globals, and every object to which pointers lead from there; it can store only
what it can load. The moves that a seed picks are the smallest ones: load into a stack slot, store from one, drop a
pointer, make an object.

Go: runtime/mgcmark.go, gcDrain; runtime/proc.go, schedule.
Left out: what a compiler would keep in registers.
"""

from collections.abc import Collection, Sequence
from random import Random

from gomemlab.commands import Assign, Command, GCStart, MarkDone, MarkStep, New, SweepAll
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field, Global, Place
from gomemlab.runtime.gcinfo import GCInfo
from gomemlab.views.object_graph_facts import Graph, stack_slots
from gomemlab.views.object_graph_words import listed

MOVES = {"load": 6, "store": 5, "new": 2, "drop": 1}  # what a seed picks, and how often
WORKER = 0  # the mark worker, where a goroutine would have its number


def own_slots(graph: Graph, g: int) -> list[Place]:
    """Return the slots of a goroutine's stack."""
    return [place for stack in graph.gc.stacks if stack.g == g for place, _ in stack_slots(stack)]


def places_of(graph: Graph, g: int) -> list[Place]:
    """Return the places that a goroutine can write to: its stack, the globals, the objects that it reaches."""
    fields: list[Place] = [
        Field(graph.by_number[number].address, slot)
        for number in sorted(graph.reachable_by(g))
        if not graph.by_number[number].freed
        for slot in range(len(graph.by_number[number].slots))
    ]
    return [*own_slots(graph, g), *map(Global, range(len(graph.gc.globals))), *fields]


def targets_of(graph: Graph, g: int) -> list[int]:
    """Return the numbers of the objects that a goroutine can store a pointer to."""
    return [number for number in sorted(graph.reachable_by(g)) if not graph.by_number[number].freed]


def check_write(graph: Graph, g: int, place: Place | None, number: int) -> int:
    """Return the address of an object that a goroutine is to store into a place.

    Raises MisuseError where a program could not do that.
    """
    if place is None:
        raise MisuseError("no slot is picked; click one, or choose one in the row above the graph")
    if place not in places_of(graph, g):
        raise MisuseError(f"G{g} cannot write {graph.place_name(place)}: no pointer leads it there")
    if number not in targets_of(graph, g):
        known = listed(map(str, targets_of(graph, g))) or "none"
        raise MisuseError(f"G{g} cannot reach object {number}, so it has nothing to store; it reaches: {known}")
    return graph.by_number[number].address


def random_move(graph: Graph, g: int, seed: int, tick: int) -> Command:
    """Return what a goroutine does at a tick, as a seed will have it.

    Raises MisuseError for a goroutine whose stack has no slot.
    """
    random = Random(f"{seed} {tick} {g}")
    stack = own_slots(graph, g)
    if not stack:
        raise MisuseError(f"G{g} has no stack slot to load into; call a function with slots, or step another")
    slot = random.choice(stack)
    others = [place for place in places_of(graph, g) if place != slot]
    full = [place for place in others if graph.value(place)]
    kind = random.choices(tuple(MOVES), tuple(MOVES.values()))[0]
    if kind == "store" and others and graph.value(slot):
        return Assign(random.choice(others), slot, g)
    if kind == "drop" and full:
        return Assign(random.choice(full), None, g)
    if kind == "new" or not full:
        return New(random.randint(1, 2), None, slot, g)
    return Assign(slot, random.choice(full), g)


def worker_step(gc: GCInfo) -> Command:
    """Return the mark worker's next command: begin a cycle, take a step, end marking, or sweep."""
    if not gc.marking:
        return GCStart() if gc.sweep.done else SweepAll()
    return MarkStep() if gc.jobs or gc.queue or gc.span_queue else MarkDone()


def worker_words(graph: Graph) -> str:
    """Return what the mark worker's next command does, in words."""
    gc = graph.gc
    if not gc.marking:
        barrier = "no barrier" if gc.barrier == "none" else "the barrier on"
        return f"a cycle begins: the first stop, {barrier}" if gc.sweep.done else "sweep what is left"
    if gc.jobs:
        return f"the worker scans {gc.jobs[0]}"
    if gc.queue:
        return f"the worker scans object {graph.name(gc.queue[0])}"
    if gc.span_queue:
        return f"the worker visits span {gc.span_queue[0]}"
    return "the second stop: marking ends where the barrier buffers hold nothing white"


def actors(gc: GCInfo) -> list[int]:
    """Return who can run next: the mark worker and every goroutine with a stack slot."""
    return [WORKER, *(stack.g for stack in gc.stacks if any(frame.slots for frame in stack.frames))]


def pick_actor(gc: GCInfo, seed: int, tick: int) -> int:
    """Return who runs next, as a seed will have it."""
    return Random(f"{seed} {tick}").choice(actors(gc))


def played(schedule: Sequence[Command], done: Sequence[Command], skipped: Collection[int] = ()) -> int:
    """Return how many commands of a schedule were done, in its order; others may stand between them."""
    at = 0
    for command in done:
        at = _past(at, skipped)
        if at < len(schedule) and schedule[at] == command:
            at += 1
    return min(_past(at, skipped), len(schedule))


def _past(at: int, skipped: Collection[int]) -> int:
    """Return the next place that is not skipped."""
    while at in skipped:
        at += 1
    return at
