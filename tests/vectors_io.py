"""The vectors: inputs and outputs of single parts of the real runtime, as data.

They stand in tests/vectors; those under the folder that GOMEMLAB_VECTORS names, where it is set, are read as well.
"""

import gzip
import json
import os
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "vectors"


def _files(name: str) -> list[Path]:
    """Return the files of this name, .json or .json.gz, in both folders."""
    named = os.environ.get("GOMEMLAB_VECTORS")
    folders = [HERE, Path(named)] if named else [HERE]
    return [
        path for folder in folders for path in sorted([*folder.glob(f"{name}.json"), *folder.glob(f"{name}.json.gz")])
    ]


def load(name: str) -> list[Any]:
    """Return the parsed content of every file of this name; raise FileNotFoundError when there is none."""
    files = _files(name)
    if not files:
        raise FileNotFoundError(f"no {name}.json or {name}.json.gz in {HERE} nor in GOMEMLAB_VECTORS")
    texts = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files]
    return [json.loads(text) for text in texts]


def vectors(name: str, key: str = "vectors") -> list[Any]:
    """Return the list under this key, joined over every file of this name."""
    return [vector for content in load(name) for vector in content[key]]


def words(hexes: list[str]) -> int:
    """Return the bitmap that 64-bit words in hex spell, lowest word first."""
    return sum(int(word, 16) << 64 * i for i, word in enumerate(hexes))


def report(name: str, checked: int, what: str = "vectors") -> None:
    """Print how many were checked, and fail when it is none."""
    print(f"{name}: {checked} {what} checked")  # noqa: T201 - who reads a run wants to know what it stands on
    assert checked, f"{name} is empty"
