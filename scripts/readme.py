"""Write what README.md takes from elsewhere: `python scripts/readme.py` (`--check` only compares).

The lesson list with its Binder badges, and what `gomemlab replay` says of the recordings that ship with the package.
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


PARTS = {"lessons": table, "replay": comparison}


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
