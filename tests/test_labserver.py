"""The lessons get to a folder of the reader's, and never over the reader's work."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gomemlab import labserver

ROOT = Path(__file__).parent.parent


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder of two lessons, one of them with a picture in a folder of its own."""
    folder = tmp_path / "source"
    (folder / "pictures").mkdir(parents=True)
    (folder / "00_start_here.ipynb").write_text("zero")
    (folder / "01_sizes.ipynb").write_text("one")
    (folder / "pictures" / "span.png").write_text("png")
    return folder


def test_lessons_are_copied_with_their_folders(source: Path, tmp_path: Path) -> None:
    """Three files, the folder made on the way."""
    copied, kept = labserver.copy_lessons(source, tmp_path / "mine")

    assert copied == ["00_start_here.ipynb", "01_sizes.ipynb", os.path.join("pictures", "span.png")]  # noqa: PTH118
    assert kept == []
    assert (tmp_path / "mine" / "pictures" / "span.png").read_text() == "png"


def test_a_changed_lesson_is_kept(source: Path, tmp_path: Path) -> None:
    """What the reader wrote into lesson 01 is there after a second start."""
    mine = tmp_path / "mine"
    labserver.copy_lessons(source, mine)
    (mine / "01_sizes.ipynb").write_text("my answers")

    copied, kept = labserver.copy_lessons(source, mine)

    assert (copied, kept) == ([], ["01_sizes.ipynb"])
    assert (mine / "01_sizes.ipynb").read_text() == "my answers"


def test_a_deleted_lesson_comes_back(source: Path, tmp_path: Path) -> None:
    """Deleting is how a reader starts a lesson afresh."""
    mine = tmp_path / "mine"
    labserver.copy_lessons(source, mine)
    (mine / "01_sizes.ipynb").unlink()

    assert labserver.copy_lessons(source, mine) == (["01_sizes.ipynb"], [])


def test_checkpoints_are_not_lessons(source: Path, tmp_path: Path) -> None:
    """What JupyterLab leaves beside a notebook stays where it is."""
    (source / ".ipynb_checkpoints").mkdir()
    (source / ".ipynb_checkpoints" / "00_start_here-checkpoint.ipynb").write_text("old")

    copied, _ = labserver.copy_lessons(source, tmp_path / "mine")

    assert not any("checkpoint" in name for name in copied)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--dir` below a file names the file and says what to do."""
    (tmp_path / "file").write_text("")

    status = labserver.main(["--copy-only", "--dir", str(tmp_path / "file" / "mine")])

    assert status == 1
    assert "try --dir" in capsys.readouterr().err


def test_our_settings_are_read_before_the_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """JUPYTER_CONFIG_PATH keeps what was in it."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/theirs")

    path = labserver.environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)

    assert path == [str(labserver.SETTINGS), "/theirs"]
    assert (labserver.SETTINGS / "jupyter_server_config.py").exists()


@pytest.mark.slow
def test_the_server_sends_small_messages_at_once(tmp_path: Path) -> None:
    """Jupyter reads our settings where `environment` puts them: its websocket opens without delay."""
    program = """
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

ServerApp().initialize(argv=["--allow-root"], find_extensions=False, new_httpserver=False)
print(KernelWebsocketHandler.open.__name__)
"""
    env = labserver.environment() | {"JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", program], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "_open_without_delay", done.stderr


def test_the_server_opens_the_first_lesson(tmp_path: Path) -> None:
    """JupyterLab is told the folder and the notebook, and gets the reader's own options."""
    line = labserver.command(tmp_path, ["--no-browser"])

    assert f"--ServerApp.root_dir={tmp_path}" in line
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in line
    assert line[-1] == "--no-browser"


@pytest.mark.slow
def test_a_wheel_brings_its_lessons(tmp_path: Path) -> None:
    """From a wheel, `gomemlab lab --copy-only` fills a folder with every lesson; no data file is missing."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    wheel = next(tmp_path.glob("gomemlab-*.whl"))
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)

    lab = [sys.executable, "-m", "gomemlab", "lab", "--copy-only", "--dir", tmp_path / "mine"]
    subprocess.run(lab, env=os.environ | {"PYTHONPATH": str(site)}, cwd=tmp_path, check=True)

    lessons = sorted(path.name for path in (ROOT / "lessons").glob("*.ipynb"))
    assert lessons[0] == labserver.FIRST
    assert sorted(path.name for path in (tmp_path / "mine").glob("*.ipynb")) == lessons
    data = {path.relative_to(ROOT) for path in (ROOT / "gomemlab").rglob("*") if path.suffix in {".css", ".gz", ".go"}}
    assert [path for path in data if not (site / path).exists()] == []


@pytest.mark.slow
def test_what_ends_the_command_ends_jupyterlab(tmp_path: Path) -> None:
    """A SIGTERM while it serves: it says so and goes, as JupyterLab does."""
    line = [sys.executable, "-m", "gomemlab", "lab", "--dir", str(tmp_path / "mine"), "--no-browser"]
    env = os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path)}
    with subprocess.Popen([*line, "--ServerApp.port=0"], env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("is running at" in said for said in process.stderr)

        process.terminate()

        said = process.stderr.read()
    assert "received signal" in said
