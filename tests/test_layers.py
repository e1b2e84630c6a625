"""The layers of CONTRIBUTING.md hold."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUNTIME = ROOT / "gomemlab" / "runtime"


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after one statement, beyond those of its start."""
    program = f"import sys; before = set(sys.modules)\n{statement}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stdout.split()}


def imports_of(path: Path) -> set[str]:
    """Return the top-level modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module if node.level == 0 and node.module else "gomemlab.runtime")
    return names


@pytest.mark.slow
def test_imports_go_down_only() -> None:
    """A view that imports a panel breaks a contract of pyproject.toml."""
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"

    done = subprocess.run([sys.executable, "-c", lint], capture_output=True, text=True, cwd=ROOT, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(RUNTIME.rglob("*.py")), ids=lambda p: str(p.relative_to(RUNTIME)))
def test_the_model_imports_the_standard_library_only(path: Path) -> None:
    """`import numpy` in runtime/world.py is one too many."""
    foreign = {name for name in imports_of(path) if name.partition(".")[0] not in sys.stdlib_module_names}

    assert all(name.startswith("gomemlab.runtime") for name in foreign), foreign


@pytest.mark.slow
def test_importing_the_model_loads_no_package() -> None:
    """`from gomemlab import World` brings in gomemlab and the standard library."""
    loaded = loaded_after("from gomemlab import World; World().malloc(24)")

    assert loaded <= sys.stdlib_module_names | {"gomemlab"}


@pytest.mark.slow
def test_importing_the_package_loads_nothing_else() -> None:
    """`import gomemlab` looks nothing up yet: the names are there all the same."""
    loaded = loaded_after("import gomemlab; assert 'World' in dir(gomemlab)")

    assert loaded <= sys.stdlib_module_names | {"gomemlab"}
