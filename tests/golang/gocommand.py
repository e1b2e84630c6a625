"""The go command for tests: a laptop may be without one, CI may not."""

import os
from pathlib import Path

import pytest

from gomemlab.golang.toolchain import find_go
from gomemlab.runtime.errors import MisuseError


def go_command() -> Path:
    """Return the go command. Where there is none, the test is skipped with what to install, and fails in CI."""
    try:
        return find_go()
    except MisuseError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
