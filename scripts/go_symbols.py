"""Write the names that Go's runtime declares: `python scripts/go_symbols.py "$(go env GOROOT)"`.

The tests compare each "Go: ..." reference of a docstring with this list, so that they need no Go. Names only: a line is
a file below GOROOT/src, a tab, and what it declares there. Gofmt puts every declaration at the start of its line, so a
regular expression reads it.
"""

import gzip
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("runtime", "internal/runtime", "internal/trace", "internal/abi", "internal/goarch", "internal/sync", "sync")
OUT = Path(__file__).parent.parent / "tests" / "data"
ELSEWHERE = re.compile(  # files of other systems and processors
    r"_(aix|android|darwin|dragonfly|freebsd|illumos|ios|js|netbsd|openbsd|plan9|solaris|wasip1|wasm|windows"
    r"|386|arm|arm64|loong64|mips|mipsx|mips64|mips64x|ppc64|ppc64x|ppc64le|riscv|riscv64|s390x)\.go$"
)
FUNC = re.compile(r"func (?:\((?:\w+ )?(\*?)(\w+)(?:\[.*?\])?\) )?(\w+)")
SINGLE = re.compile(r"(?:const|var|type) (\w+)")
GROUP = re.compile(r"(?:const|var|type) \($")
BODY = re.compile(r"type (\w+)(?:\[.*?\])? (?:struct|interface) \{$")
MEMBERS = re.compile(r"\t(\w+(?:, \w+)*)(?:[ (]|$)")


def method(star: str, receiver: str | None, name: str) -> str:
    """Return a function's name as Go writes it: mallocgc, mspan.base, (*mcache).refill."""
    if receiver is None:
        return name
    return f"(*{receiver}).{name}" if star else f"{receiver}.{name}"


def declared(lines: list[str]) -> Iterator[str]:
    """Yield every name that one Go file declares at its top level, and every struct's fields as type.field."""
    prefix = None  # of the group that the current line stands in
    for line in lines:
        if line[:1] in (")", "}"):
            prefix = None
        elif prefix is not None and (found := MEMBERS.match(line)):
            yield from (prefix + name for name in found[1].split(", "))
        elif found := FUNC.match(line):
            yield method(*found.groups())
        elif GROUP.match(line):
            prefix = ""
        elif found := SINGLE.match(line):
            yield found[1]
            prefix = f"{body[1]}." if (body := BODY.match(line)) else None


def main(goroot: Path) -> None:
    """Write the list for one GOROOT."""
    version = (goroot / "VERSION").read_text(encoding="utf-8").split()[0]
    source, rows = goroot / "src", []
    for path in sorted(path for folder in FOLDERS for path in (source / folder).rglob("*.go")):
        if path.name.endswith("_test.go") or "testdata" in path.parts or ELSEWHERE.search(path.name):
            continue
        name = path.relative_to(source).as_posix()
        rows += [f"{name}\t", *(f"{name}\t{symbol}" for symbol in sorted(set(declared(path.read_text().splitlines()))))]
    out = OUT / f"{version}_symbols.txt.gz"
    out.write_bytes(gzip.compress("\n".join(rows).encode(), mtime=0))
    print(f"{out}: {len(rows)} lines, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
