"""What the write barrier of a store takes, asked of Go's compiler: it is the number in the name of what is called."""

import re
from pathlib import Path

import pytest

from gomemlab.checks import barriers
from gomemlab.golang.toolchain import run_go
from tests.golang.gocommand import go_command

STORES = """package stores

type T struct {
	p, q *int
	n    int
}

var global *int

//go:noinline
func use(p *int) {}

func pointer(h *T, q *int) { h.p = q }
func null(h *T)            { h.p = nil }
func number(h *T)          { h.n = 7 }
func local(q *int)         { var p *int; use(p); p = q; use(p) }
func shared(q *int)        { global = q }
func fresh(q *int) *T      { return &T{p: q} }
func two(h *T, q, r *int)  { h.p, h.q = q, r }
func same(h *T, q *int)    { h.p, h.q = q, q }
"""
SIX = ("pointer", "null", "number", "local", "shared", "fresh")  # in the order of the lesson
FUNCTION = re.compile(r"^stores\.(\w+) STEXT", re.MULTILINE)
CALLED = re.compile(r"CALL\s+runtime\.gcWriteBarrier(\d)\(SB\)$", re.MULTILINE)


def compiled(folder: Path) -> dict[str, int]:
    """Return how many entries each function's stores make room for."""
    (folder / "stores.go").write_text(STORES)
    options = ["tool", "compile", "-S", "-p", "stores", "-o", "stores.o", "stores.go"]
    _, *parts = FUNCTION.split(run_go(options, folder, {"GOOS": "linux", "GOARCH": "amd64"}))
    return {name: sum(map(int, CALLED.findall(text))) for name, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.slow
def test_the_model_queues_what_compiled_code_makes_room_for(tmp_path: Path) -> None:
    """h.p = q calls gcWriteBarrier2, h.n = 7 calls nothing; a pointer stored twice in one statement is queued once."""
    go_command()

    entries = compiled(tmp_path)

    assert tuple(entries[name] for name in SIX) == barriers.queued()
    assert entries["two"] == barriers.two_stores()
    assert entries["same"] == entries["two"] - 1
