"""Paths, packed files, texts, bytes, lines; and files that are not what they seem."""

import gzip
import io
import os
import random
import threading
import tracemalloc
from pathlib import Path

import pytest

from gomemlab.gctrace import parse, shipped, stream
from gomemlab.gctrace.source import BLOCK, LONGEST
from gomemlab.runtime.errors import MisuseError
from tests.gctrace.logs import LINE, line

MANY = [line(number) for number in range(1, 20_001)]  # 2.6 MB: some blocks


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_of_many_blocks_is_read_whole(tmp_path: Path, end: str, packed: bool) -> None:
    """20,000 lines, from a path; progress is told."""
    path = tmp_path / "gc.log"
    data = (end.join(MANY) + end).encode()
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    told: list[tuple[int, int]] = []

    log = parse(path, progress=lambda done, total: told.append((done, total)))

    assert [cycle.number for cycle in log] == list(range(1, 20_001))
    assert not log.problems
    assert log.lines == 20_000
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_every_way_to_give_a_log_reads_the_same(tmp_path: Path) -> None:
    """A path as text, a text, bytes, files of text and of bytes, lines of both."""
    lines = MANY[:3]
    text = "\n".join(lines)
    path = tmp_path / "gc.log"
    path.write_text(text)

    ways = [
        str(path),
        text,
        text.encode(),
        io.StringIO(text),
        io.BytesIO(text.encode()),
        lines,
        (t.encode() for t in lines),
    ]

    assert all(list(parse(way)) == list(parse(lines)) for way in ways)
    assert len(parse(LINE)) == 1


def test_a_log_of_the_package_is_read_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anywhere, unless a file there has that name."""
    monkeypatch.chdir(tmp_path)

    assert list(parse("trees")) == list(parse(shipped.read("trees")))
    Path("trees").write_text(LINE, encoding="utf-8")
    assert len(parse("trees")) == 1


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    """No such file, a folder, a number."""
    for wrong in (tmp_path / "none.log", tmp_path, "no_such.log"):
        with pytest.raises(MisuseError, match="cannot be read"):
            parse(wrong)
    with pytest.raises(MisuseError, match="3 is no log"):
        parse(3)  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="7 is no line"):
        parse([LINE, 7])  # type: ignore[list-item]


def test_a_packed_file_that_ends_in_the_middle_gives_what_is_there(tmp_path: Path) -> None:
    """Half of the bytes."""
    path = tmp_path / "gc.log.gz"
    packed = gzip.compress("\n".join(f"{line(n)} {random.Random(n).random()}" for n in range(1, 60_001)).encode())
    path.write_bytes(packed[: len(packed) // 2])

    log = parse(path)

    assert len(log) > 1_000
    assert log.problems.counts["file"] >= 1


def test_a_text_file_that_cannot_be_read_on_is_a_problem() -> None:
    """The disk fails after the first block."""

    class Failing(io.StringIO):
        def read(self, size: int | None = -1, /) -> str:
            text = super().read(size)
            if not text:
                raise OSError("the disk is gone")
            return text

    log = parse(Failing(LINE + "\n"))

    assert len(log) == 1
    assert "the disk is gone" in str(log.problems[-1])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_windows_writes_is_read(encoding: str) -> None:
    """PowerShell's `2> gc.log` writes UTF-16."""
    log = parse("\r\n".join(MANY[:3]).encode(encoding))

    assert [cycle.number for cycle in log] == [1, 2, 3]
    assert not log.problems


def test_bytes_that_are_no_text_are_a_problem() -> None:
    """And the line beside them is read."""
    log = parse(b"\xff\xfa\n" + line(1).encode() + b"\n\xe2\x82")

    assert len(log) == 1
    assert log.problems.counts["text"] == 2


def test_a_line_without_end_takes_no_memory() -> None:
    """Ten blocks without a line end, and a gctrace line that lies across a cut."""
    junk = "x" * (BLOCK - 50)

    log = parse((junk + line(1) + junk * 2 + line(2) + "y" * LONGEST * 2).encode())

    assert [cycle.number for cycle in log] == [1, 2]
    assert log.problems.counts["text"] >= 1


@pytest.mark.slow
def test_a_log_of_any_size_takes_the_same_memory(tmp_path: Path) -> None:
    """Three times the lines, as a stream: no more memory at its highest."""
    peaks = []
    for many in (1, 3):
        path = tmp_path / f"{many}.log"
        path.write_text("\n".join(MANY * many))
        tracemalloc.start()
        for _ in stream(path):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.2 * peaks[0]


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    """As `<(ssh host cat gc.log)` and /dev/stdin are: it cannot be wound back, and nobody knows how long it is."""
    pipe, told = tmp_path / "pipe", list[tuple[int, int]]()
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("\n".join(MANY[:3])))
    writer.start()

    log = parse(pipe, progress=lambda *now: told.append(now))
    writer.join()

    assert len(log) == 3
    assert not told


@pytest.mark.parametrize(
    ("name", "why"), [("gc\0.log", "null byte"), ("x" * 5000, r"x{200}…' cannot be read: File name")]
)
def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(name: str, why: str) -> None:
    """Too long, or with a character that no path has."""
    with pytest.raises(MisuseError, match=why):
        parse(name)


def test_a_file_that_was_closed_is_a_problem() -> None:
    """Nothing was read, and the log says so."""
    file = io.StringIO("\n".join(MANY[:3]))
    file.close()

    log = parse(file)

    assert not len(log)
    assert "closed file" in log.problems[0].what
