"""The same commands give the same world: in every process, on every Python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
import sys
from hashlib import sha256
from gomemlab.runtime.world import World
from gomemlab.workloads import WORKLOADS

assert sys.version_info[:2] == {version}
for name, workload in WORKLOADS.items():
    world, addresses = World(procs=workload.procs), sha256()
    for command in workload.commands(seed=1, n=4000):
        addresses.update(b"%x " % command.apply(world))
    print(name, addresses.hexdigest()[:16], world.digest())
"""
# Of all addresses, in order. They are Go's to choose: they change only if a workload does.
ADDRESSES = {
    "one size": "5c0419e2ca4fce92",
    "small objects": "92eed21028f5d9ec",
    "log-uniform": "d1cd7cf4c3015908",
    "tiny strings": "afcd3e9faa893ed4",
    "big buffers": "8e3b04070f2858ec",
    "two Ps": "29c9b3256f9b7423",
}


VERSIONS = [(3, minor) for minor in range(11, 15)]


def others() -> dict[tuple[int, int], str]:
    """Return a Python of each other version, on PATH or of pyenv, that really starts."""
    found: dict[tuple[int, int], str] = {}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in VERSIONS:
        name = "{}.{}".format(*version)
        folders = [*map(Path, os.get_exec_path()), *sorted(pyenv.glob(f"versions/{name}*/bin"))]
        pythons = [folder / f"python{name}" for folder in folders]
        # A shim of pyenv's for a version that is not chosen is there, but does not start.
        starts = (str(python) for python in pythons if python.exists() and _starts(python))
        if version != sys.version_info[:2] and (python := next(starts, None)):
            found[version] = python
    return found


def _starts(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def life(python: str, version: tuple[int, int], hashseed: str) -> str:
    """Live every workload in a process of its own and return the digests that it prints."""
    env = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hashseed}
    line = [python, "-S", "-c", PROGRAM.format(version=version)]  # -S: no packages, the model needs none
    return subprocess.run(line, env=env, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def ours() -> str:
    """Return the digests of this Python."""
    return life(sys.executable, sys.version_info[:2], "1")


@pytest.mark.slow
def test_another_process_gives_the_same_world(ours: str) -> None:
    """Another hash seed changes the order of sets, and nothing else."""
    assert life(sys.executable, sys.version_info[:2], "2") == ours


@pytest.mark.slow
def test_every_other_python_here_gives_the_same_world(ours: str) -> None:
    """3.11 and 3.13 agree on every address and on the snapshot's digest. Where there is no other, the record stands."""
    pythons = others()

    lives = {version: life(python, version, "1") for version, python in pythons.items()}

    names = ["{}.{}".format(*version) for version in lives]
    print(f"compared with {', '.join(names) or 'no other Python'}")  # noqa: T201 - how much was checked
    assert [version for version, lived in lives.items() if lived != ours] == []


@pytest.mark.slow
def test_the_addresses_are_those_that_were_recorded(ours: str) -> None:
    """Six workloads, 4,000 commands each: the record holds on every machine, whichever Python it has."""
    digests = {name: addresses for name, addresses, _ in (line.rsplit(" ", 2) for line in ours.splitlines())}

    assert digests == ADDRESSES
