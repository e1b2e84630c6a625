"""A program that a seed writes: goroutines start, allocate, yield, wait, wake one another and end, on whichever P.

Each command depends on where everybody is by then, so the program is played on a copy of the world while it is
written; the lab then gets its commands. The same seed on the same world is the same program.

Go: runtime/proc.go, schedule, goschedImpl, gopark, goready, newproc.
Left out: channels; who wakes whom is drawn.
"""

import random
from collections.abc import Iterator

from gomemlab.commands import Command, Malloc
from gomemlab.runtime.world import World
from gomemlab.schedcommands import Gopark, Goready, Gosched, SchedInit, Schedule
from gomemlab.stackcommands import Go, GoExit

SIZES = (16, 24, 48, 128, 512, 1024, 8192)  # bytes
WEIGHTS = (("malloc", 8), ("go", 3), ("gosched", 2), ("park", 2), ("ready", 3), ("exit", 1))
SPARE = 6  # goroutines beyond two a P


def program(world: World, steps: int, seed: int) -> Iterator[Command]:
    """Yield so many commands, each played on a copy of the world before the next is drawn."""
    draw, copy = random.Random(seed), world.copy()
    for _ in range(steps):
        command = _next(copy, draw, seed)
        command.apply(copy)
        yield command


def _next(world: World, draw: random.Random, seed: int) -> Command:
    """Return what happens next."""
    sched = world.sched
    if sched is None:
        return SchedInit(seed)
    if sched.asleep() and sched.reasons:
        return Goready(draw.choice(sorted(sched.reasons)), -1)
    ready = [p for p in sched.procs if not p.current and not p.idle]
    running = [p for p in sched.procs if p.current]
    if not running or (ready and draw.random() < len(ready) / (len(ready) + len(running))):
        return Schedule(draw.choice(ready).id if ready else 0)
    proc = draw.choice(running)
    living = sum(not stack.dead for stack in world.collector.roots.stacks)
    return _act(proc.id, proc.current, sorted(sched.reasons), living, 2 * len(sched.procs) + SPARE, draw)


def _act(p: int, g: int, waiting: list[int], living: int, most: int, draw: random.Random) -> Command:
    """Return what a goroutine does on its P."""
    names, weights = zip(*WEIGHTS, strict=True)
    what = draw.choices(names, weights)[0]
    if what == "go" and living < most:
        return Go(p)
    if what == "gosched":
        return Gosched(g)
    if what == "park" and living > 1:
        return Gopark(g)
    if what == "ready" and waiting:
        return Goready(draw.choice(waiting), p)
    if what == "exit" and g > 1:
        return GoExit(g)
    return Malloc(draw.choice(SIZES), p=p)
