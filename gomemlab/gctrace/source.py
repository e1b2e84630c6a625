"""Where the lines come from: a path, packed or not, an open file, a text, or lines already parted.

Lines come in batches, because handing them over one by one would cost more than reading them. Only one block is in
memory at a time.

Go: none, this is about files.
Left out: archives and packers other than gzip.
"""

import codecs
import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from gomemlab.gctrace import shipped
from gomemlab.gctrace.problems import Problems
from gomemlab.runtime.errors import MisuseError

Source = str | bytes | os.PathLike[str] | IO[Any] | Iterable[str | bytes]
Progress = Callable[[int, int], object]  # bytes of the file read, of how many (0: not known)
BLOCK = 1 << 20  # bytes
LONGEST = 1 << 16  # characters; what has no line end for so long is parted where it is
_NAMED = 200  # characters of a path that a refusal shows
_LINES = 4_096  # of lines given one by one, a batch
_GZIP = b"\x1f\x8b"
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_BEGINS = re.compile(r"gc [0-9]+ @")


def batches(source: Source, problems: Problems, progress: Progress | None = None) -> Iterator[list[str]]:
    """Yield the lines, without their ends, some thousands at a time; what cannot be read is a problem.

    A str is the text of a log where it has a line end or a gctrace line in it, else a path.
    Raises MisuseError where there is nothing to read: no such file, a folder, something that is neither.
    """
    if isinstance(source, str) and ("\n" in source or not source or _BEGINS.search(source)):
        return _from_blocks(iter([source]), problems)
    if isinstance(source, bytes):
        return _from_blocks(_decoded(iter([source])), problems)
    if isinstance(source, str | os.PathLike):
        return _from_path(Path(source), problems, progress)
    if hasattr(source, "read"):
        return _from_blocks(_from_file(cast("IO[Any]", source), problems), problems)
    if isinstance(source, Iterable):
        return _from_lines(iter(source))
    raise MisuseError(f"{source!r} is no log; give a path, an open file, its text or its lines")


def _from_lines(lines: Iterator[str | bytes]) -> Iterator[list[str]]:
    """Yield lines that somebody else has parted."""
    while some := list(islice(lines, _LINES)):
        yield [_line(line) for line in some]


def _line(line: str | bytes) -> str:
    """Return one line without its end."""
    if isinstance(line, bytes):
        return line.decode("utf-8", "replace").rstrip("\r\n")
    if isinstance(line, str):
        return line.rstrip("\r\n")
    raise MisuseError(f"{line!r} is no line; lines are str or bytes")


def _from_path(path: Path, problems: Problems, progress: Progress | None) -> Iterator[list[str]]:
    """Yield the lines of a file, unpacked where it is packed, or of a log that came with the package."""
    try:
        if str(path) in shipped.names() and not path.exists():
            path = shipped.path(str(path))
        raw = path.open("rb")
    except (OSError, ValueError) as error:
        named = str(path) if len(str(path)) <= _NAMED else f"{str(path)[:_NAMED]}…"
        why = error.strerror if isinstance(error, OSError) else error
        raise MisuseError(f"{named!r} cannot be read: {why}; give the file that stderr went to") from error
    return _opened(raw, problems, progress)


def _opened(raw: BufferedReader, problems: Problems, progress: Progress | None) -> Iterator[list[str]]:
    """Yield the lines of an open file, which may be a pipe, and close it."""
    with raw:
        seekable, size = raw.seekable(), os.fstat(raw.fileno()).st_size
        packed = raw.peek(len(_GZIP)).startswith(_GZIP)
        file = cast("IO[Any]", gzip.GzipFile(fileobj=raw) if packed else raw)
        for batch in _from_blocks(_from_file(file, problems), problems):
            if progress and seekable:
                progress(raw.tell(), size)
            yield batch


def _from_file(file: IO[Any], problems: Problems) -> Iterator[str]:
    """Yield blocks of text of an open file, text or bytes."""
    blocks = _blocks(file, problems)
    first = next(blocks, "")
    rest = _chained(first, blocks)
    return rest if isinstance(first, str) else _decoded(rest)


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    """Yield the first block, then the rest."""
    yield first
    yield from rest


def _blocks(file: IO[Any], problems: Problems) -> Iterator[Any]:
    """Yield blocks until the file ends, or cannot be read on."""
    while True:
        try:
            block = file.read(BLOCK)
        except (OSError, EOFError, zlib.error, ValueError) as error:  # ValueError: closed, or no text
            problems.add(0, "file", f"The file cannot be read to its end: {error}.", "What came before was read.")
            return
        if not block:
            return
        yield block


def _decoded(blocks: Iterator[bytes]) -> Iterator[str]:
    """Yield text for bytes; what is no text becomes U+FFFD."""
    first = next(blocks, b"")
    encoding = next((name for mark, name in _MARKS if first.startswith(mark)), "utf-8")
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in _chained(first, blocks):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _from_blocks(blocks: Iterator[str], problems: Problems) -> Iterator[list[str]]:
    """Yield lines for blocks of text; a line may reach over two."""
    rest, done = "", 0
    for block in blocks:
        text = rest + block
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        *lines, rest = text.split("\n")
        _look(text, done, problems)
        done += len(lines)
        if len(rest) > LONGEST:
            problems.add(done + 1, "text", f"A line has more than {LONGEST:,} characters.", "It was parted.", rest)
            end = text_end(rest)
            lines.append(rest[:end])
            rest, done = rest[end:], done + 1
        yield lines
    if rest:
        yield [rest.removesuffix("\r")]


def text_end(long: str) -> int:
    """Return where to part a long line: in front of a gctrace line that may not be over."""
    begin = long.rfind("gc ", max(0, len(long) - 1_000))
    return begin if begin > 0 else len(long)


def _look(text: str, done: int, problems: Problems) -> None:
    """Note bytes that are no text, once a block."""
    at = text.find("\ufffd")
    if at >= 0:
        where, count = done + 1 + text.count("\n", 0, at), text.count("\ufffd")
        problems.add(where, "text", f"{count:,} characters from here on are no text.", "They were left as they are.")
