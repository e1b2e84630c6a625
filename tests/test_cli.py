"""The commands of the terminal."""

import os
import subprocess
import sys

import pytest

import gomemlab
from gomemlab import cli


def test_no_command_prints_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """`gomemlab` alone lists its five commands."""
    status = cli.main([])

    said = capsys.readouterr().out
    assert status == 0
    assert all(f"\n  {name} " in said for name in cli.COMMANDS)


def test_version_names_the_modelled_go(capsys: pytest.CaptureFixture[str]) -> None:
    """Gomemlab 0.1.0, a model of go1.27.3."""
    assert cli.main(["--version"]) == 0
    assert gomemlab.GO_VERSION in capsys.readouterr().out


def test_an_unknown_command_is_named_and_the_known_ones_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`gomemlab mallocc` is answered with a sentence and status 2."""
    status = cli.main(["mallocc"])

    said = capsys.readouterr().err
    assert status == 2
    assert "'mallocc'" in said
    assert "lab, replay, record, explore, gctrace" in said


@pytest.mark.slow
def test_the_module_is_the_program() -> None:
    """`python -m gomemlab version` prints what `gomemlab version` prints."""
    done = subprocess.run([sys.executable, "-m", "gomemlab", "version"], capture_output=True, text=True, check=True)

    assert done.stdout.startswith(f"gomemlab {gomemlab.__version__}")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lab", "replay", "record", "explore"])
def test_each_command_explains_itself(name: str) -> None:
    """`gomemlab replay --help` ends with status 0."""
    done = subprocess.run(
        [sys.executable, "-m", "gomemlab", name, "--help"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "usage: gomemlab " + name in done.stdout


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_a_command_quietly() -> None:
    """`gomemlab replay mixed mixed | head -1`: no traceback."""
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-m", "gomemlab", "replay", "mixed", "mixed"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )

    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_name_that_the_package_lacks_is_an_attribute_error() -> None:
    """`gomemlab.Wordl` is refused as any module would refuse it."""
    with pytest.raises(AttributeError, match="no attribute 'Wordl'"):
        gomemlab.Wordl  # noqa: B018 (looking it up is the test)
