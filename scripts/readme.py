"""Write what README.md takes from elsewhere: `python scripts/readme.py` (`--check` only compares).

The lesson list with its Binder badges, what `gomemlab replay` and `gomemlab whatif` say of what ships with the package;
how far the pools of recorded programs are foretold, how their gctrace lines come out, and how far predictions were off.
The repository's public address stands in pyproject.toml, [tool.gomemlab], and nowhere else. A lesson's title is the
first heading of its notebook, its question what is bold below.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # for tests.pooled

from gomemlab.runtime.world import World  # noqa: E402 (as the next lines)
from gomemlab.whatif import validate  # noqa: E402
from tests import pooled  # noqa: E402 (found by the path just above)
from tests.gctrace import services  # noqa: E402 (as the line before)

README = ROOT / "README.md"
BADGE = "https://mybinder.org/badge_logo.svg"
RECORDINGS = ("seq24", "mixed", "tiny", "churn", "graph_lru", "graph_random", "graph_trees")


def opening(path: Path) -> tuple[str, str]:
    """Return a notebook's title and its question, the first bold words of its first cell."""
    text = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    title, question = re.search(r"^# (.+)$", text, re.MULTILINE), re.search(r"\*\*(.+?)\*\*", text, re.DOTALL)
    if not title or not question:
        raise SystemExit(f"{path}: a lesson opens with a heading and a question in bold")
    return title[1], " ".join(question[1].split())


def table() -> str:
    """Return the lesson list as Markdown."""
    address = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["gomemlab"]
    binder = f"https://mybinder.org/v2/gh/{address['repository']}/{address['ref']}?urlpath=lab/tree"
    rows = ["| | lesson | its question |", "|---|---|---|"]
    for path in sorted((ROOT / "lessons").glob("*.ipynb")):
        title, question = opening(path)
        name = f"lessons/{path.name}"
        rows.append(f"| [![Binder]({BADGE})]({binder}/{name}) | [{title}]({name}) | {question} |")
    return "\n".join(rows) + "\n"


def comparison() -> str:
    """Return what `gomemlab replay` prints for the shipped recordings."""
    line = [sys.executable, "-m", "gomemlab", "replay", "--quiet", *RECORDINGS]
    said = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return f"```\n$ gomemlab replay {' '.join(RECORDINGS)}\n{said}```\n"


def answer() -> str:
    """Return what `gomemlab whatif` prints of a shipped log."""
    asked = ("whatif", "cache_churn", "--gogc", "200", "--memory-limit", "512MiB")
    line = [sys.executable, "-m", "gomemlab", *asked]
    said = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return f"```\n$ gomemlab {' '.join(asked)}\n{said}```\n"


def validation() -> str:
    """Return how far predictions were from recorded services: those the model was fitted to, and two it never saw."""
    report = json.loads(validate.VALIDATION.read_text(encoding="utf-8"))
    names = " and ".join(f"`{name}`" for name in report["untouched"]["programs"])
    unseen = f"The same for {names}, which were written when the model was finished:"
    beyond = "What missed by more than 30 % of the peak, 25 % of the cycles or 10 points of CPU, with its worst log:"
    tables = validate.markdown(report), validate.beyond(report), validate.markdown(report, "untouched")
    return "{0}\n{3}\n\n{1}\n{4}\n\n{2}".format(*tables, beyond, unseen)


def equal(mine: list[int], of_go: list[int]) -> str:
    """Return how many of Go's numbers the model's are equal to, in words."""
    same = sum(a == b for a, b in zip(mine, of_go, strict=True))
    return f"{same:,} of {len(of_go):,}" if of_go else ""


def pools() -> str:
    """Return the table of recorded programs with pools."""
    head = ("a program with", "Ps", "Gets", "calls of New", "what pools made", "all other objects")
    rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for title, driven in (
        ("three pools and 24 collections", pooled.life),
        ("four handlers with one pool, and 7 collections", pooled.requests),
        ("20,000 requests and 3 collections; its Gets are not logged", pooled.server),
    ):
        done = driven()
        gets = equal(*map(list, zip(*done.got, strict=True))) if done.got else ""
        same = sum(map(min, done.new_calls, done.new_calls_of_go))
        news = f"{same:,} of {sum(done.new_calls_of_go):,}"
        cells = (title, "1", gets, news, equal(done.made, done.made_by_go), equal(done.others, done.others_of_go))
        rows.append("| " + " | ".join(cells) + " |")
    world = World(procs=2)
    gets = equal(*map(list, zip(*pooled.two_ps(world), strict=True)))
    stolen = world.snapshot().pools[0].stolen
    rows.append(f"| goroutines that put more than they get, and others | 2 | {gets}, {stolen} of them stolen | | | |")
    return "\n".join(rows) + "\n"


def gctraces() -> str:
    """Return how the gctrace logs of recorded services come out."""
    found = services.counts()
    rows = (
        (
            f"lines read, of {found.runs:,} runs of {found.programs} programs",
            f"{found.cycles:,}, {found.problems} problems",
        ),
        ("runs with as many cycles as `runtime.MemStats` counted", _of(found.counted)),
        ("printed goals that are those of GOGC, or of where a late cycle began, without a limit", _of(found.goals)),
        ("lines that come out again from the numbers they stand for", _of(found.lines)),
    )
    return (
        "\n".join(["| gctrace lines of real Go | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows)])
        + "\n"
    )


def _of(counted: tuple[int, int]) -> str:
    """Return how many of how many."""
    return f"{counted[0]:,} of {counted[1]:,}"


PARTS = {
    "whatif": answer,
    "lessons": table,
    "replay": comparison,
    "pools": pools,
    "gctrace": gctraces,
    "validation": validation,
}


def filled(text: str) -> str:
    """Return the text with each part between its two comments made anew."""
    for name, make in PARTS.items():
        head, foot = re.search(rf"<!-- {name}: .*?-->\n", text), text.index(f"<!-- end of {name} -->")
        if not head:
            raise SystemExit(f"README.md has no place for {name}")
        text = text[: head.end()] + make() + text[foot:]
    return text


def main(argv: list[str]) -> int:
    """Write or compare, and return 1 if they differ and were not written."""
    old = README.read_text(encoding="utf-8")
    new = filled(old)
    if "--check" in argv:
        if old != new:
            print("README.md is not what scripts/readme.py makes of lessons, pyproject.toml and recordings; run it")
        return int(old != new)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
