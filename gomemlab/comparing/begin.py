"""Beginning a comparison: what can be compared, and how it is brought to a history.

Whatever is no timeline yet is run in a world of its own: a program of a pair, a workload, a list of commands.

Go: none, this is how programs are laid side by side.
Left out: more than two.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from gomemlab.commands import Command
from gomemlab.comparing.result import Comparison
from gomemlab.comparing.side import Side, readings
from gomemlab.pairs import PAIRS, Program
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline
from gomemlab.workloads import WORKLOADS, Workload

COMMANDS = 10_000  # of a workload
REQUESTS = 1000  # of a program that is in no pair
REMEDY = "give a Timeline, a Program of gomemlab.pairs, a workload, or a list of commands"

Source = Timeline | Program | Workload | Iterable[Command] | str
Given = Source | tuple[str, Source] | tuple[str, Source, World]


class Begun(NamedTuple):
    """A history, before it is read."""

    title: str
    line: Timeline
    requests: tuple[int, ...]


def compare(
    a: Given,
    b: Given | None = None,
    *,
    n: int | None = None,
    seed: int = 1,
    progress: Callable[[int], object] | None = None,
) -> Comparison:
    """Return two histories compared.

    Each is a Timeline, a Program of gomemlab.pairs, a workload or its name, or a list of commands. (title, that) names
    it, and (title, that, World(...)) says in which world it runs; the world is copied. The name of a pair stands for
    both. n is the number of requests of a Program, of commands of a workload; progress hears how many commands of a
    side were read. Raises MisuseError for what cannot be compared.
    """
    if n is not None and (type(n) is not int or n < 1):
        raise MisuseError(f"{n!r} requests cannot be compared; ask for 1 or more")
    if isinstance(a, str) and b is None:
        if a not in PAIRS:
            raise MisuseError(f"there is no pair {a!r}; choose one of {', '.join(PAIRS)}, or give two histories")
        pair = PAIRS[a]
        return compare(pair.a, pair.b, n=n or pair.requests, progress=progress)
    one, other = _begin(a, "a", n, seed), _begin(b, "b", n, seed)
    if one.line is other.line:
        raise MisuseError("both sides are the same history, so nothing can differ; give two")
    report = progress or (lambda _: None)
    return Comparison(*(Side(*begun, readings(begun.line, report)) for begun in (one, other)))


def _begin(given: Any, title: str, n: int | None, seed: int) -> Begun:
    """Return the history of what was given; raise MisuseError where it has none."""
    source, world = given, None
    if isinstance(given, tuple) and len(given) in {2, 3} and isinstance(given[0], str):
        title, source, *rest = given
        world = rest[0] if rest else None
        if rest and not isinstance(world, World):
            raise MisuseError(f"{world!r} is no World; give {title!r} one, such as World(procs=2), or none")
    source = WORKLOADS.get(source, source) if isinstance(source, str) else source
    if isinstance(source, Program | Workload):
        title = source.title if source is given or title in {"a", "b"} else title
    line, requests = _run(source, world, title, n, seed)
    if not len(line):
        raise MisuseError(f"the history of {title!r} is empty, so there is nothing to compare; give it commands first")
    return Begun(title, line, requests)


def _run(source: Any, world: World | None, title: str, n: int | None, seed: int) -> tuple[Timeline, tuple[int, ...]]:
    """Return a timeline of what was given, and where its requests end."""
    if isinstance(source, Timeline):
        if world is not None:
            raise MisuseError(f"{title!r} is a Timeline, which has its own world; give no other")
        return source, ()
    if isinstance(source, World):
        raise MisuseError(f"{title!r} is a World, and what it did is not known; {REMEDY}")
    if isinstance(source, str) or not isinstance(source, Program | Workload | Iterable):
        raise MisuseError(f"{source!r} has no history; {REMEDY}")
    procs = getattr(source, "procs", 1)
    if world is not None and len(world.ps) < procs:
        raise MisuseError(f"{title!r} needs {procs} Ps, and its world has {len(world.ps)}; give World(procs={procs})")
    line = Timeline(world.copy() if world is not None else World(procs=procs))
    if isinstance(source, Program):
        return line, play(source, line, n or REQUESTS)
    line.extend(source.commands(seed, n or COMMANDS) if isinstance(source, Workload) else _checked(source))
    return line, ()


def play(program: Program, line: Timeline, requests: int) -> tuple[int, ...]:
    """Run a program at the end of a timeline; return the tick at which each of its requests ended."""
    steps, ends, result = program.steps(line.world, requests), list[int](), None
    while True:
        try:
            command = steps.send(result)
        except StopIteration:
            return tuple(ends)
        result = None
        if command is None:
            ends.append(len(line))
        else:
            result = line.do(command)


def _checked(commands: Iterable[Any]) -> list[Command]:
    """Return a list of commands; raise MisuseError for what is none."""
    given = list(commands)
    wrong = [command for command in given if not callable(getattr(command, "apply", None))]
    if wrong:
        raise MisuseError(f"{wrong[0]!r} is no command; give some of gomemlab.commands, such as [Malloc(24)]")
    return given
