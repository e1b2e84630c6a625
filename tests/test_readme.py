"""The README says what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_lessons_and_comparison_are_the_present_ones() -> None:
    """A new lesson, a new public address, another result of a replay: all in the README once scripts/readme.py ran."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "readme.py", "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_every_local_link_leads_somewhere() -> None:
    """[LICENSE](LICENSE), the picture of the lab, and headings further down."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]

    assert links
    headings = {"#" + title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    assert [link for link in links if link not in headings and not (ROOT / link).exists()] == []


def test_the_commands_of_the_readme_exist() -> None:
    """`make lab` and `make test` are targets."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"^make (\w+)", README, re.MULTILINE)) == {"lab", "test"}
    assert {"lab", "test"} <= targets
