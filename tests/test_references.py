"""Every "Go: ..." of a docstring can be looked up in Go 1.27.3."""

import ast
import gzip
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import gomemlab
from gomemlab.runtime import events, gcevents, markevents, pacerevents, poolevents, schedevents, stackevents

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "gomemlab").rglob("*.py"))
REFERENCE = re.compile(r"^\s*Go: (.*?)(?:\.\s|\.\Z|\n\s*\n|\Z)", re.DOTALL | re.MULTILINE)  # up to its full stop
MOST_LINES = 50  # of a function
NONE = re.compile(r"(none|nothing)\b")
REMARK = re.compile(r"\s+\([^)]*\)$")


@cache
def index() -> dict[str, set[str]]:
    """Return the names that each file of Go's runtime declares; see scripts/go_symbols.py."""
    packed = (ROOT / "tests" / "data" / f"{gomemlab.GO_VERSION}_symbols.txt.gz").read_bytes()
    files: dict[str, set[str]] = {}
    for line in gzip.decompress(packed).decode().splitlines():
        file, _, symbol = line.partition("\t")
        files.setdefault(file, set()).add(symbol)
    return files


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Yield the docstring of a module and of everything in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def items(docstring: str) -> list[str]:
    """Return the files and symbols of a docstring's references, without remarks in parentheses."""
    found = [text for text in REFERENCE.findall(docstring) if not NONE.match(text)]
    return [REMARK.sub("", " ".join(item.split())) for text in found for item in re.split("[;,]", text) if item.strip()]


def wrong(names: list[str]) -> list[str]:
    """Return those names that are neither a file of Go's runtime nor declared in one."""
    everywhere = set().union(*index().values()) | set(index())
    return [name for name in names if name not in everywhere]


def test_a_reference_is_read_to_its_full_stop() -> None:
    """Two files, two symbols and a remark."""
    docstring = "Idea.\n\nGo: runtime/a.go, (*b).c (once); runtime/d.go,\n    e. Left out: f.\nGo: none, really."

    assert items(docstring) == ["runtime/a.go", "(*b).c", "runtime/d.go", "e"]


def test_a_name_that_go_does_not_have_is_found() -> None:
    """(*mcache).refill is there, (*mcache).refil is not."""
    assert wrong(["runtime/mcache.go", "(*mcache).refill", "mspan.freeindex", "(*mcache).refil"]) == ["(*mcache).refil"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_go_references_name_real_files_and_symbols(path: Path) -> None:
    """`Go: runtime/mheap.go, (*mheap).allocSpan.` names a file and a method of 1.27.3."""
    names = [name for docstring in docstrings(ast.parse(path.read_text(encoding="utf-8"))) for name in items(docstring)]

    missing = wrong(names)

    assert not missing, f"not in {gomemlab.GO_VERSION}: {missing} (a remark goes in parentheses, after the name)"


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.stem[:2] != "__"], ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_module_says_what_it_models_and_what_it_leaves_out(path: Path) -> None:
    """The idea, "Go: ..." and "Left out: ..."; no function is longer than 50 lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    long = [node.name for node in functions if node.end_lineno - node.lineno >= MOST_LINES]

    assert re.search(r"^Go: ", ast.get_docstring(tree), re.MULTILINE)
    assert re.search(r"^Left out: ", ast.get_docstring(tree), re.MULTILINE)
    assert long == []


def test_events_name_real_functions() -> None:
    """The log shows (*mcache).refill beside a sentence: it exists."""
    modules = events, gcevents, markevents, pacerevents, poolevents, schedevents, stackevents
    kinds = {name: value for module in modules for name, value in vars(module).items()}
    names = {name: value.go for name, value in kinds.items() if getattr(value, "go", "") and hasattr(value, "say")}

    missing = wrong(list(names.values()))

    assert len(names) > 10
    assert not missing
