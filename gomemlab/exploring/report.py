"""`gomemlab explore`: search every schedule of a small world, and print the shortest that loses an object.

Go: nothing; a command of our own.
Left out: the rules that only a notebook sets, such as a barrier of one's own.
"""

import argparse
import re
import sys
from collections.abc import Sequence

from tqdm import tqdm

from gomemlab.exploring.result import Exploration
from gomemlab.exploring.rules import LARGEST, SHADINGS
from gomemlab.exploring.search import explore
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.barrier import BARRIERS

SAFE, LOST, REFUSED, UNKNOWN = 0, 1, 2, 3  # exit status
_ARGUMENT = re.compile(r"\b(objects|fields|goroutines|slots|max_states)[= ](?=-?\d)")  # as a function's, in a refusal


def main(argv: Sequence[str] | None = None) -> int:
    """Search as the arguments say; return 0 where none can be lost, else which other status it is."""
    args = _parser().parse_args(argv)
    options = {name: value for name, value in vars(args).items() if name != "white"}
    try:
        with tqdm(unit=" states", leave=False, disable=None) as bar:
            result = explore(
                **options, allocates_black=not args.white, progress=lambda states: bar.update(states - bar.n)
            )
    except MisuseError as refusal:
        words = _ARGUMENT.sub(lambda found: f"--{found[1].replace('_', '-')} ", str(refusal))
        print(f"gomemlab explore: {words}", file=sys.stderr)  # noqa: T201 - a command
        return REFUSED
    print(text(result))  # noqa: T201 - a command
    return UNKNOWN if not result.complete else SAFE if result.lost is None else LOST


def text(result: Exploration) -> str:
    """Return the result, and its schedule as numbered sentences."""
    said = result.said()
    if not result.complete:
        return f"{result} Go on with a larger --max-states."
    if not said:
        return str(result)
    start, *steps, end = said
    numbered = [f"{i}. {step}" for i, step in enumerate(steps, 1)]
    return "\n  ".join([str(result), start, *numbered, end])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gomemlab explore",
        description="Try every order of steps of a program and a marker in a small world; print the shortest schedule "
        "that loses an object, if there is one.",
    )
    add = parser.add_argument
    add("--barrier", choices=list(BARRIERS), default="hybrid", help="the write barrier (default: Go's)")
    add("--rescan", action="store_true", help="scan all stacks once more at the end")
    add("--snapshot", action="store_true", help="scan all stacks at once before anything else")
    for name, default, words in (
        ("objects", 2, "objects"),
        ("fields", 1, "pointer fields of each object"),
        ("goroutines", 2, "goroutines"),
        ("slots", 1, "pointer slots of each stack"),
    ):
        add(f"--{name}", type=int, default=default, metavar="N", help=f"{words} (default: {default})")
    add("--white", action="store_true", help="objects are born white")
    add("--shading", choices=SHADINGS, default="at once", help="when the marker hears of a store (default: at once)")
    for name, words in (("send", "goroutines send from stack to stack"), ("go", "a goroutine starts the last one")):
        add(f"--{name}", choices=("shaded", "unshaded"), help=f"{words}, the pointer shaded or not")
    add("--stacks-first", action="store_true", help="nothing else is scanned while a stack waits")
    add("--prune", action="store_true", help="pass over states in which nothing white can be reached: same verdict")
    add("--max-states", type=int, default=LARGEST, metavar="N", help=f"give up there (default: {LARGEST:,})")
    return parser
