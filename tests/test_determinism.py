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


def interpreter(version: tuple[int, int]) -> str | None:
    """Return a Python of this version, ours or one on PATH or of pyenv that really starts, or None."""
    if sys.version_info[:2] == version:
        return sys.executable
    name = "{}.{}".format(*version)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [*map(Path, os.get_exec_path()), *pyenv.glob(f"versions/{name}*/bin")]
    for python in (folder / f"python{name}" for folder in folders):
        # A shim of pyenv's for a version that is not chosen is there, but does not start.
        if python.exists() and subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(python)
    return None


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
@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)], ids=lambda v: "{}.{}".format(*v))
def test_another_python_gives_the_same_world(ours: str, version: tuple[int, int]) -> None:
    """3.11 and 3.13 agree on every address and on the snapshot's digest."""
    python = interpreter(version)
    if python is None:
        pytest.skip("there is no Python {}.{} on PATH".format(*version))

    assert life(python, version, "1") == ours


@pytest.mark.slow
def test_the_addresses_are_those_that_were_recorded(ours: str) -> None:
    """Six workloads, 4,000 commands each."""
    digests = {name: addresses for name, addresses, _ in (line.rsplit(" ", 2) for line in ours.splitlines())}

    assert digests == ADDRESSES
