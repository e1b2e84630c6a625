"""Damaged logs: nothing raises, and no cycle is made up."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.gctrace import Cycle, Log, parse
from tests.gctrace.logs import DATA, line

NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
MUTANTS = 5_000


def made_up(log: Log, text: str) -> list[float]:
    """Return the numbers of cycles that stand nowhere in the text."""
    there = {float(found[:60]) for found in NUMBER.findall(text)}
    # Inside a longer run, where damage has put digits together, a number stands there too.
    return [
        value
        for cycle in log
        for value in cycle[:18]
        if value is not None and float(value) not in there and f"{value:g}" not in text
    ]


def mutated(rng: random.Random, data: bytearray) -> bytes:
    """Return a log with some damage: bytes changed, cut out, doubled, put in, moved; lines parted and joined."""
    for _ in range(rng.randint(1, 12)):
        at, size = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 5, 40, 200))
        piece = bytes(data[at : at + size])
        match rng.randrange(8):
            case 0:
                data[at : at + size] = rng.randbytes(len(piece))
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = piece
            case 3:
                data[at:at] = rng.choice(
                    (b"\n", b"\r\n", b" ", b"gc ", b" @", b"0", b"->", b"%", b"<b>", b"9" * 30, b"\0")
                )
            case 4:
                to = rng.randrange(len(data) + 1)
                data[to:to] = piece
            case 5:
                data[at:at] = b"2026/11/21 20:00:00 served 12 of 40 in 0.5 ms\n"
            case 6:
                data[at : at + size] = piece.replace(b"\n", b"")
            case _:
                data[:] = data[:at] or data
        data[:] = data or b"x"
    return bytes(data)


@pytest.mark.slow
def test_five_thousand_damaged_logs() -> None:
    """Each is read to its end; whatever number a cycle has stands in the log; lines are all counted."""
    rng = random.Random(1)
    seeds = [
        (DATA / "said.log").read_bytes()[:900],
        "".join(f"Nov 21 20:00:00 h a[{n % 2}]: {line(n)}\r\n" for n in range(1, 6)).encode(),
        "".join(f'{{"log":"{line(n)}\\n"}}\n'.replace("->", "-\\u003e") for n in range(1, 5)).encode(),
        b"GC forced\n"
        + line(1).encode()
        + b" (forced)\nscav 1 KiB work (bg), 2 KiB work (eager), 3 KiB now, 4% util\n",
    ]
    read = 0
    for _ in range(MUTANTS):
        data = mutated(rng, bytearray(rng.choice(seeds)))

        log = parse(data)

        text = data.decode("utf-8", "replace")
        assert not made_up(log, text), data
        assert log.problems or len(log) or not data
        read += len(log)
    assert read > MUTANTS


@given(st.text(max_size=400), st.integers(1, 50))
def test_any_text_is_read(text: str, number: int) -> None:
    """With a gctrace line somewhere in it, too."""
    for whole in (text, text + line(number) + text, line(number)[:60] + text + "\n" + line(number)[60:]):
        log = parse([whole])

        assert all(isinstance(cycle, Cycle) for cycle in log)
        assert not made_up(log, whole)


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    """Nothing raises."""
    assert isinstance(parse(data), Log)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=30))
def test_each_cycle_is_in_one_process_and_numbers_grow_in_it(given: list[tuple[int, int]]) -> None:
    """Whatever order lines come in."""
    log = parse([line(number, at + 0.5) for number, at in given])

    parts = log.split()
    assert sum(map(len, parts)) == len(log) == len(given) - log.problems.counts["repeated"]
    for part in parts:
        numbers = [cycle.number for cycle in part]
        assert numbers == sorted(set(numbers))
