"""`gomemlab record`: a Go program of the user's, run under the tracer that replays read.

The program needs no change and nothing is written beside it. `go build -overlay` lets the compiler see files that are
not there: the program's own file with its main renamed, and a main of ours that surrounds it with a trace. It runs
with one P and without collections, so that a replay can predict every address; both can be asked for otherwise.

Go: runtime/trace.go, StartTrace; runtime/traceallocfree.go, traceSnapshotMemory.
Left out: programs that end in os.Exit: nobody is there to finish the trace.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from gomemlab.golang import gosource
from gomemlab.golang.toolchain import go_version, run_go
from gomemlab.runtime.errors import MisuseError

RECORDER = Path(__file__).parent / "recorder"
OPLOG = "gomemlab/oplog"
_MAIN = "gomemlabMain"
_ADDED = "gomemlab_record_main.go"
_ADDED_OPS = "gomemlab_record_ops.go"


@dataclass(frozen=True, slots=True)
class Program:
    """A Go program to record: the folder, the files that `go build` is given, and the one with main."""

    folder: Path
    files: tuple[Path, ...]  # () for the whole package in the folder
    main: Path
    renamed: str  # main's file with main renamed
    logs: bool  # whether any file imports the op log

    @property
    def name(self) -> str:
        """Return what the recording is called."""
        return self.main.stem if self.files else self.folder.name


def find_program(path: str | PathLike[str]) -> Program:
    """Return the program in a file, or in a folder as a package; MisuseError where there is none."""
    given = Path(path).resolve()
    if given.is_dir():
        files = sorted(file for file in given.glob("*.go") if not file.name.endswith("_test.go"))
    elif given.suffix == ".go" and given.is_file():
        files = [given]
    else:
        raise MisuseError(f"{path} is no Go program: give a .go file with `package main`, or a folder with such files")
    sources = {file: file.read_text(encoding="utf-8") for file in files}
    logs = any(OPLOG in gosource.imports(source) for source in sources.values())
    for file, source in sources.items():
        renamed = gosource.rename_main(source, _MAIN) if gosource.package_name(source) == "main" else None
        if renamed is not None:
            return Program(file.parent, () if given.is_dir() else (file,), file, renamed, logs)
    packages = ", ".join(sorted({gosource.package_name(source) or "none" for source in sources.values()})) or "none"
    raise MisuseError(
        f"{path} has no `func main` in `package main` (packages there: {packages}); only a program can run"
    )


def build(program: Program, work: Path) -> Path:
    """Build a program with the recorder in it, in the folder `work`; return the executable.

    Raises MisuseError with the compiler's words where it does not compile.
    """
    main = work / program.main.name
    main.write_text(program.renamed, encoding="utf-8")
    overlay = {program.main: main, program.folder / _ADDED: RECORDER / "record_main.go"}
    if program.logs:
        root = Path(run_go(["env", "GOROOT"], program.folder).strip())
        overlay[program.folder / _ADDED_OPS] = RECORDER / "record_ops.go"
        overlay[root / "src" / OPLOG / "oplog.go"] = RECORDER / "oplog" / "oplog.go"
    listed = work / "overlay.json"
    replace = {str(seen): str(really) for seen, really in overlay.items()}
    listed.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
    executable = work / "program"
    added = (program.folder / _ADDED, program.folder / _ADDED_OPS)[: 2 if program.logs else 1]
    what = [str(file) for file in (*program.files, *added)] if program.files else ["."]
    # -trimpath: a trace names the file of each function on a stack, and where they lie is nobody's business.
    run_go(["build", "-trimpath", "-overlay", str(listed), "-o", str(executable), *what], program.folder)
    return executable


def record(
    program: str | PathLike[str],
    out: str | PathLike[str] = ".",
    arguments: Sequence[str] = (),
    *,
    procs: int = 1,
    gogc: int | None = None,
) -> Path:
    """Record a Go program (a file, or a folder with a package) and return the path of its trace.

    Writes NAME.trace, NAME.memstats.json and, where the program imports gomemlab/oplog, NAME.ops into the folder `out`.
    Collections are off unless gogc is given; they begin only when the trace has begun.
    Raises MisuseError where there is no go, the program does not compile, or it ends without returning from main.
    """
    found = find_program(program)
    folder = Path(out).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / found.name
    said = path.with_name(path.name + ".memstats.json")
    said.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="gomemlab-") as work:
        executable = build(found, Path(work))
        status = subprocess.run(  # noqa: S603 - the user's own program
            [str(executable), *arguments], env=_environment(path, procs, gogc), check=False
        ).returncode
    if not said.exists():
        raise MisuseError(
            f"{program} ended with status {status} and without returning from main (os.Exit, log.Fatal, or a signal), "
            "so its trace was not finished; let main return"
        )
    return path.with_name(path.name + ".trace")


def _environment(path: Path, procs: int, gogc: int | None) -> dict[str, str]:
    """Return the environment in which a program is recorded."""
    debug = [setting for setting in os.environ.get("GODEBUG", "").split(",") if setting]
    ours = {
        "GODEBUG": ",".join([*debug, "traceallocfree=1"]),
        "GOMAXPROCS": str(procs),
        "GOGC": "off",
        "GOMEMLAB_RECORD": str(path),
        "GOMEMLAB_GOGC": "" if gogc is None else str(gogc),
    }
    return {**os.environ, **ours}


def _parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    parser = argparse.ArgumentParser(
        prog="gomemlab record", description="Run a Go program of yours and record what its allocator did."
    )
    parser.add_argument(
        "program", metavar="PROGRAM.go", help="a file with package main, or a folder with such a package"
    )
    parser.add_argument(
        "arguments", nargs="*", help="what the program is called with; put -- before options of its own"
    )
    parser.add_argument("--out", default=".", metavar="DIR", help="where the recording goes (default: here)")
    parser.add_argument(
        "--procs", type=int, default=1, metavar="N", help="GOMAXPROCS; a replay is exact with 1 (default)"
    )
    parser.add_argument("--gogc", type=int, metavar="PERCENT", help="switch collections on; by default there are none")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command; return 0, or 2 where the program cannot be recorded."""
    options = _parser().parse_intermixed_args(list(argv))
    try:
        path = record(options.program, options.out, options.arguments, procs=options.procs, gogc=options.gogc)
        version = go_version()
    except (MisuseError, OSError) as error:
        print(f"gomemlab record: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 2
    print(f"recorded {path} with {version}; now: gomemlab replay {path}")  # noqa: T201 - a command
    return 0
