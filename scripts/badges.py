"""Write the lesson list with its Binder badges into README.md: `python scripts/badges.py` (`--check` only compares).

The repository's public address stands in pyproject.toml, [tool.gomemlab], and nowhere else. A lesson's title is the
first heading of its notebook, its question the first line below.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BADGE = "https://mybinder.org/badge_logo.svg"
PART = re.compile(r"(<!-- lessons: .*?-->\n).*?(<!-- end of lessons -->)", re.DOTALL)


def opening(path: Path) -> tuple[str, str]:
    """Return a notebook's title and the first line of prose below it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells[:2] if cell["cell_type"] == "markdown")
    lines = [line.strip() for line in prose.splitlines() if line.strip()]
    title = next(line.lstrip("# ") for line in lines if line.startswith("#"))
    question = next((line.strip("*_> ") for line in lines if not line.startswith(("#", "<"))), "")
    return title, question


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


def main(argv: list[str]) -> int:
    """Write or compare, and return 1 if they differ and were not written."""
    old = README.read_text(encoding="utf-8")
    new = PART.sub(lambda found: found[1] + table() + found[2], old)
    if "--check" in argv:
        if old != new:
            print("README.md: the lesson list is not that of pyproject.toml and lessons/; run scripts/badges.py")
        return int(old != new)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
