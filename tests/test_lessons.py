"""The notebooks: their form, and that every cell of each runs alone, so that the order of running does not matter."""

import ast
import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import pytest
from ipywidgets.widgets import widget

import gomemlab
from gomemlab.checks.plan import LESSONS, key_of, plan
from gomemlab.panels.said import Said
from gomemlab.views.base import under

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "lessons").glob("*.ipynb"))
SOURCE_ROW = re.compile(r"^\|.*\| `([^`]+\.go)` \| `([^`]+)` \|$", re.MULTILINE)
VERSION = re.compile(r"Go \d\.\d+(\.\d+)?")
GROUPED = re.compile(r"(?<=\d)[_\u202f](?=\d{3})")
names = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def empty_rooms() -> Iterator[None]:
    """Close what a test leaves on screen, so that the next one counts only its own widgets."""
    yield
    for name in LESSONS:
        gomemlab.lesson(name).close()


def cells(path: Path, kind: str = "") -> list[dict[str, Any]]:
    """Return a notebook's cells, of one kind or all."""
    found = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in found if kind in ("", cell["cell_type"])]


def source(cell: dict[str, Any]) -> str:
    """Return a cell's text."""
    return "".join(cell["source"])


def prose(path: Path) -> str:
    """Return all the words of a notebook."""
    return "\n\n".join(source(cell) for cell in cells(path, "markdown"))


def code(path: Path) -> list[str]:
    """Return the code cells a learner sees, without the one that tests the lesson."""
    return [source(cell) for cell in cells(path, "code") if "self-check" not in cell["metadata"].get("tags", [])]


def run(text: str) -> object:
    """Run a cell in a namespace of its own; return the value of its last line."""
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    space: dict[str, object] = {}
    exec(compile(tree, "cell", "exec"), space)  # noqa: S102 - that is what a notebook does
    return eval(compile(ast.Expression(last.value), "cell", "eval"), space) if last else None  # noqa: S307


def run_all(path: Path) -> None:
    """Run the cells in their order, and let every lab paint what it still has to."""
    for text in code(path):
        lab = getattr(run(text), "lab", None)
        if lab is not None:
            lab.settle()


def seen(value: object) -> str:
    """Return the words that a cell's value shows."""
    if value is None or isinstance(value, Said):
        return repr(value)
    root = getattr(value, "root", None)
    if root is None:
        return ""
    widgets = list(under(root))
    texts = [one.value for one in widgets if isinstance(one, ipw.HTML) and "<style>" not in one.value]
    texts += [str(one.options) for one in widgets if isinstance(one, ipw.ToggleButtons)]
    return " ".join(re.sub("<[^>]*>", " ", text) for text in texts)


def numbers(text: str) -> set[str]:
    """Return the whole numbers in a text that have two digits or more, thousands joined."""
    return set(re.findall(r"(?<![\w.])\d{2,}(?![\w.]*\d)", GROUPED.sub("", text)))


@cache
def symbols() -> set[tuple[str, str]]:
    """Return (file, name) of everything that Go's runtime declares."""
    packed = (ROOT / "tests" / "data" / f"{gomemlab.GO_VERSION}_symbols.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return {(file, name) for file, _, name in (line.partition("\t") for line in lines)}


def test_there_is_a_notebook_for_every_plan() -> None:
    """00 to 04, by the same names."""
    assert [path.stem for path in NOTEBOOKS] == list(LESSONS)


@names
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    """A run in between leaves no trace in the repository; cell ids are words and stay."""
    stored = cells(path)

    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(path, "code"))
    assert len({cell["id"] for cell in stored}) == len(stored)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell["id"]) for cell in stored)


@names
def test_a_lesson_is_one_idea_long(path: Path) -> None:
    """About 25 cells."""
    assert 15 <= len(cells(path)) <= 32


@names
def test_a_code_cell_is_short_and_defines_nothing(path: Path) -> None:
    """Six lines at most; functions and classes are the package's job."""
    for cell in cells(path, "code"):
        text = source(cell)
        defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

        assert len(text.splitlines()) <= 6, text
        assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, defined)], text
        assert max(map(len, text.splitlines())) <= 110, text


@names
def test_a_lesson_opens_with_a_question_and_something_to_play_with(path: Path) -> None:
    """The title asks; the first code cell asks for a prediction, or in lesson 00 shows the lab."""
    title = source(cells(path)[0]).splitlines()[0]

    assert title.startswith("# ")
    assert title.endswith("?")
    assert "lesson.predict(" in code(path)[0] or "lesson.lab()" in code(path)[0]


@names
def test_a_lesson_asks_everything_that_its_plan_has(path: Path) -> None:
    """Each exercise and each prediction once, exercises in the order of their numbers."""
    own = plan(path.stem)
    text = "\n".join(code(path))

    assert re.findall(r'lesson\.exercise\("([^"]+)"\)', text) == [key_of(build) for build in own.exercises]
    assert sorted(re.findall(r'lesson\.predict\("([^"]+)"\)', text)) == sorted(map(key_of, own.predictions))
    assert 2 <= len(own.exercises) <= 3


@names
def test_a_lesson_ends_in_gos_source(path: Path) -> None:
    """Its last words name files and symbols, and each of them is in Go 1.27.3."""
    last = source(cells(path, "markdown")[-1])
    rows = SOURCE_ROW.findall(last)

    assert last.startswith("## In Go's source")
    assert len(rows) >= 3
    assert 2 * len(rows) == last.count("| `")
    assert [row for row in rows if row not in symbols()] == []


@names
def test_links_lead_to_lessons_that_exist(path: Path) -> None:
    """A lesson links to notebooks beside it."""
    linked = re.findall(r"\]\(([^)]+)\)", prose(path))

    assert [link for link in linked if not (path.parent / link).is_file()] == []


def test_the_first_lesson_leads_to_all_others() -> None:
    """00 links to 01, 02 and so on, in their order."""
    first, *others = NOTEBOOKS
    assert re.findall(r"\]\((\d\d_\w+\.ipynb)\):", prose(first)) == [path.name for path in others]


@names
def test_words_are_plain(path: Path) -> None:
    """No exclamation marks, no figures of a machine's speed without their sign."""
    assert "!" not in prose(path)
    assert not re.findall(r"\d ?(?:ns|µs)\b", re.sub("≈ ?[^ ]+", "", prose(path)))


@names
def test_a_lesson_rehearses_itself(path: Path) -> None:
    """Its last cell drives the widgets of every question."""
    last = cells(path, "code")[-1]

    assert last is not None
    assert "self-check" in last["metadata"]["tags"]
    assert "assert lesson.rehearse()" in source(last)
    run(source(last))


@pytest.mark.slow
@names
def test_every_cell_runs_alone_and_numbers_come_from_the_model(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Backwards, each in a fresh namespace; what the words say in numbers, some cell has shown."""
    shown = [seen(run(text)) for text in reversed(code(path))]
    known = numbers(" ".join([*shown, *code(path), capsys.readouterr().out]))
    said = numbers(VERSION.sub("Go", re.sub(r"\[[^\]]*\]\([^)]*\)|[Ll]esson \d\d", "", prose(path))))

    assert sorted(said - known) == []


@pytest.mark.slow
@names
def test_running_all_cells_twice_leaves_as_many_widgets_as_once(path: Path) -> None:
    """And closing the lesson leaves none."""
    own = gomemlab.lesson(path.stem)
    own.close()
    before = len(widget._instances)
    run_all(path)
    once = len(widget._instances)
    run_all(path)

    assert len(widget._instances) == once
    own.close()
    assert len(widget._instances) == before
