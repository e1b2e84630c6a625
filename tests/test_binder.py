"""binder/ builds: the steps of repo2docker 2026.4 for it, replayed in an environment of its own.

repo2docker starts from a conda environment with the versions below (its lock file for Python 3.11), copies the
repository, runs `pip install -r binder/requirements.txt` in it, then binder/postBuild.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASE = [
    "ipykernel==7.0.1",
    "ipywidgets==8.1.7",
    "jupyter-offlinenotebook==0.3.2",
    "jupyter-resource-usage==1.2.0",
    "jupyter-server==2.17.0",
    "jupyterhub==5.4.0",
    "jupyterlab==4.4.9",
    "notebook==7.4.7",
]
LEFT_OUT = shutil.ignore_patterns(".*", "artifacts", "__pycache__")


def run(*line: str, cwd: Path, env: dict[str, str]) -> str:
    """Run a step and return what it printed; fail with it."""
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(line, cwd=cwd, env=env, check=False, **out)
    assert done.returncode == 0, done.stdout
    return done.stdout


def pins(path: Path) -> dict[str, list[str]]:
    """Return the versions that a requirements file pins, by name."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text(), re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


def test_binder_pins_what_the_lock_file_pins() -> None:
    """bqplot on Binder is the bqplot of `make lab`; JupyterLab is Binder's own."""
    binder, lock = pins(ROOT / "binder" / "requirements.txt"), pins(ROOT / "requirements.lock")

    assert {"bqplot", "ipywidgets", "numpy"} <= set(binder)
    assert "jupyterlab" not in binder
    assert {name: lock.get(name) for name in binder} == binder


def test_the_environment_is_that_of_the_base_image() -> None:
    """runtime.txt asks for Python 3.11, which the versions above belong to."""
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == "python-3.11"


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the base image has Python 3.11")
def test_binder_builds_and_runs_a_lesson(tmp_path: Path) -> None:
    """Base environment, clone, pip install, postBuild; then the first lesson runs from end to end."""
    bin_ = tmp_path / "env" / "bin"
    env = os.environ | {"HOME": str(tmp_path), "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": ""}
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    shutil.copytree(ROOT, tmp_path / "repo", ignore=LEFT_OUT)
    step = {"cwd": tmp_path / "repo", "env": env}

    run(f"{bin_}/pip", "install", "--quiet", *BASE, **step)
    run(f"{bin_}/pip", "install", "--quiet", "--no-cache-dir", "-r", "binder/requirements.txt", **step)
    run("./binder/postBuild", **step)

    assert "No broken requirements" in run(f"{bin_}/pip", "check", **step)
    assert run(f"{bin_}/jupyter-lab", "--version", **step).strip() == "4.4.9"
    assert (tmp_path / ".jupyter" / "jupyter_server_config.py").exists()
    assert (tmp_path / ".jupyter" / "labconfig" / "default_setting_overrides.json").exists()
    run(f"{bin_}/jupyter", "execute", "lessons/00_start_here.ipynb", **step)
