"""Open the lessons in JupyterLab, in a folder that belongs to the reader.

The lessons inside an installed package are the master copy; what a reader changes has to survive the next installation.
So they are copied to a folder of the reader's, file by file, and a file that is already there is never touched.
JupyterLab then starts on the first lesson, with two settings of ours: small widget messages go through at once; what
a widget asks for waits until the running cell is done. JupyterLab's default is a second thread in the kernel, but a lab
is one value that two threads must not touch (github.com/jupyterlab/jupyterlab/issues/19719).

Go: none, this is how the lessons get to the reader.
Left out: merging a newer lesson into one that was changed; whoever wants the new one removes the old.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FIRST = "00_start_here.ipynb"
PACKAGE = Path(__file__).parent
SETTINGS = PACKAGE / "jupyter"


def lessons() -> Path:
    """Return the folder of the master copies: inside an installed package, or beside it in a clone."""
    inside = PACKAGE / "lessons"
    return inside if inside.is_dir() else PACKAGE.parent / "lessons"


def _differs(mine: Path, yours: Path) -> bool:
    """Tell whether a file of the reader's is not the master copy."""
    return mine.read_bytes() != yours.read_bytes()


def copy_lessons(source: Path, target: Path) -> tuple[list[str], list[str]]:
    """Copy what is missing in target; return the names copied, and those kept because the reader's file differs."""
    copied, kept = [], []
    for mine in sorted(p for p in source.rglob("*") if p.is_file() and not p.parent.name.startswith((".", "__"))):
        name = mine.relative_to(source)
        yours = target / name
        if not yours.exists():
            yours.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(mine, yours)
            copied.append(str(name))
        elif _differs(mine, yours):
            kept.append(str(name))
    return copied, kept


def command(folder: Path, extra: Sequence[str] = ()) -> list[str]:
    """Return the command line that opens JupyterLab on the first lesson of a folder."""
    line = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    line.append(f"--LabApp.default_url=/lab/tree/{FIRST}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line.append("--allow-root")  # in a container there is nobody else; the server still asks for its token
    return [*line, *extra]


def environment() -> dict[str, str]:
    """Return the environment of the server: ours, with our settings read before the reader's."""
    path = [str(SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(path)}


def _parser() -> argparse.ArgumentParser:
    """Return the reader of the command's options."""
    parser = argparse.ArgumentParser(
        prog="gomemlab lab",
        description="Copy the lessons to a folder of yours and open JupyterLab. Your files are never overwritten.",
        epilog="Options that are not named here go to JupyterLab: gomemlab lab --no-browser --port=9999",
    )
    default = Path.home() / "gomemlab-lessons"
    parser.add_argument("--dir", type=Path, default=default, metavar="FOLDER", help=f"where to (default: {default})")
    parser.add_argument("--copy-only", action="store_true", help="copy the lessons, open nothing")
    return parser


def _prepare(folder: Path) -> None:
    """Copy the lessons into folder and say what was done."""
    copied, kept = copy_lessons(lessons(), folder)
    if copied:
        print(f"copied {len(copied)} files to {folder}")
    for name in kept:
        print(f"kept your {folder / name}; rename it and start again to get the one of this version beside it")


def main(argv: Sequence[str]) -> int:
    """Copy the lessons where they are missing, open JupyterLab, and return its exit status."""
    options, extra = _parser().parse_known_args(list(argv))
    folder = options.dir.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder != lessons().resolve():
            _prepare(folder)
    except OSError as error:
        print(f"gomemlab lab: cannot write the lessons to {folder}: {error.strerror}; try --dir", file=sys.stderr)
        return 1
    if options.copy_only:
        return 0
    return _serve(command(folder, extra))


def _serve(line: list[str]) -> int:
    """Become JupyterLab, so that what ends this process ends it, and Ctrl-C is its own; elsewhere wait for it."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(line[0], line, environment())  # noqa: S606 (arguments of our own making)
    return subprocess.call(line, env=environment())
