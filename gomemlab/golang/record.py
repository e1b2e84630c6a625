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
PACKAGES = {"gomemlab/oplog": "record_ops.go", "gomemlab/graph": "record_graph.go"}  # and what joins main for each
GRAPH = "gomemlab/graph"
_MAIN = "gomemlabMain"
_ADDED = "gomemlab_"  # to the name of each file that joins a program
_STOP_THE_WORLD = ("gcstoptheworld=2", "asyncpreemptoff=1", "gcshrinkstackoff=1")  # nothing comes between two events


@dataclass(frozen=True, slots=True)
class Program:
    """A Go program to record: the folder, the files that `go build` is given, and the one with main."""

    folder: Path
    files: tuple[Path, ...]  # () for the whole package in the folder
    main: Path
    renamed: str  # main's file with main renamed
    packages: tuple[str, ...]  # those of PACKAGES that it imports

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
    imported = {path for source in sources.values() for path in gosource.imports(source)}
    packages = tuple(package for package in PACKAGES if package in imported)
    for file, source in sources.items():
        renamed = gosource.rename_main(source, _MAIN) if gosource.package_name(source) == "main" else None
        if renamed is not None:
            return Program(file.parent, () if given.is_dir() else (file,), file, renamed, packages)
    names = ", ".join(sorted({gosource.package_name(source) or "none" for source in sources.values()})) or "none"
    raise MisuseError(f"{path} has no `func main` in `package main` (packages there: {names}); only a program can run")


def build(program: Program, work: Path) -> Path:
    """Build a program with the recorder in it, in the folder `work`; return the executable.

    Raises MisuseError with the compiler's words where it does not compile.
    """
    main = work / program.main.name
    main.write_text(program.renamed, encoding="utf-8")
    joining = ["record_main.go", *(PACKAGES[package] for package in program.packages)]
    added = [program.folder / f"{_ADDED}{name}" for name in joining]
    overlay = {program.main: main, **{path: RECORDER / name for path, name in zip(added, joining, strict=True)}}
    if program.packages:
        source = Path(run_go(["env", "GOROOT"], program.folder).strip()) / "src"
        for package in program.packages:
            name = package.rpartition("/")[2]
            overlay[source / package / f"{name}.go"] = RECORDER / name / f"{name}.go"
    listed = work / "overlay.json"
    replace = {str(seen): str(really) for seen, really in overlay.items()}
    listed.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
    executable = work / "program"
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
    stop_the_world: bool = False,
) -> Path:
    """Record a Go program (a file, or a folder with a package) and return the path of its trace.

    Writes NAME.trace and NAME.memstats.json into the folder `out`; where the program imports gomemlab/oplog also
    NAME.ops, where it imports gomemlab/graph NAME.graph. Collections are off unless gogc is given; they begin only when
    the trace has begun. With stop_the_world a collection marks and sweeps while everything else stands still, so that
    its order repeats; a program that logs its graph is always recorded so.
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
            [str(executable), *arguments],
            env=_environment(path, procs, gogc, stop_the_world=stop_the_world or GRAPH in found.packages),
            check=False,
        ).returncode
    if not said.exists():
        raise MisuseError(
            f"{program} ended with status {status} and without returning from main (os.Exit, log.Fatal, or a signal), "
            "so its trace was not finished; let main return"
        )
    return path.with_name(path.name + ".trace")


def _environment(path: Path, procs: int, gogc: int | None, *, stop_the_world: bool) -> dict[str, str]:
    """Return the environment in which a program is recorded."""
    debug = [setting for setting in os.environ.get("GODEBUG", "").split(",") if setting]
    if stop_the_world:
        debug += _STOP_THE_WORLD
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
    parser.add_argument(
        "--stop-the-world", action="store_true", help="let collections run while everything else stands still"
    )
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command; return 0, or 2 where the program cannot be recorded."""
    options = _parser().parse_intermixed_args(list(argv))
    try:
        path = record(
            options.program,
            options.out,
            options.arguments,
            procs=options.procs,
            gogc=options.gogc,
            stop_the_world=options.stop_the_world,
        )
        version = go_version()
    except (MisuseError, OSError) as error:
        print(f"gomemlab record: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 2
    print(f"recorded {path} with {version}; now: gomemlab replay {path}")  # noqa: T201 - a command
    return 0
