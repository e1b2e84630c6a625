"""Two thousand damaged traces: each replays or gives one clear error."""

import gzip
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from gomemlab.golang import batches
from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import parse
from gomemlab.recorded.plan import make_plan
from gomemlab.recorded.recording import SHIPPED, Recording
from gomemlab.recorded.replay import replay
from gomemlab.recorded.report import text
from gomemlab.recorded.start import find_start
from gomemlab.runtime.errors import MisuseError

# An undamaged trace takes 0.3 s, and the largest heap that a damaged number can ask for 2 s; the rest is for a machine
# that does five things at once.
SECONDS = 10
MEMORY = 256 << 20  # bytes: 50 MiB for Python and numpy, 160 for two columns of that largest heap's 8 Mi pages

OURS = Path(__file__).parent.parent / "data" / "recordings"


def originals() -> list[bytes]:
    """Return three real traces; only their beginnings, so that damage hits what matters."""
    paths = [OURS / "words.trace.gz", OURS / "shapes.trace.gz", SHIPPED / "mixed.trace.gz"]
    return [gzip.decompress(path.read_bytes()) for path in paths]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return the trace cut off, garbled, with bytes missing, added or repeated, or with other numbers in it."""
    work = bytearray(data)
    at = rng.randrange(16, min(len(work), 30_000))
    match rng.randrange(6):
        case 0:
            del work[rng.randrange(len(work)) :]
        case 1:
            for _ in range(rng.randrange(1, 6)):
                work[rng.randrange(len(work))] = rng.randrange(256)
        case 2:
            del work[at : at + rng.randrange(1, 50)]
        case 3:
            work[at:at] = rng.randbytes(rng.randrange(1, 50))
        case 4:
            work[at : at + 500] = work[: rng.randrange(500)]
        case _:
            for _ in range(rng.randrange(1, 4)):
                at = rng.randrange(16, min(len(work), 30_000))
                work[at] = work[at] & 0x80 | rng.randrange(128)
    if rng.random() < 0.1:
        packed = gzip.compress(bytes(work), 1)
        return packed[: rng.randrange(len(packed)) + 1] if rng.random() < 0.5 else packed
    return bytes(work)


def outcomes(n: int) -> Iterator[tuple[str, float]]:
    """Yield for each of n damaged traces what became of it, and the seconds that took."""
    rng, sources = random.Random(27), originals()
    for _ in range(n):
        damaged = mutated(rng.choice(sources), rng)
        begun = time.perf_counter()
        try:
            trace = parse(batches.unpack(damaged))
            start = find_start(trace)
            result = replay(Recording(Path("x.trace"), trace, start, make_plan(trace, start, None), None))
            assert text(result)
            outcome = "replayed"
        except TraceError as error:
            outcome = "byte offset" if error.offset >= 0 else "no offset"
        except MisuseError:
            outcome = "refused"
        yield outcome, time.perf_counter() - begun


def measured(n: int) -> tuple[list[tuple[str, float]], int]:
    """Return the outcomes and the most bytes of memory that this process ever had."""
    results = list(outcomes(n))
    return results, peak()


def peak() -> int:
    """Return the most memory in bytes that this program has held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Not ru_maxrss: a new process inherits there what the one that started it held.
    return next(int(line.split()[1]) << 10 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


@pytest.mark.slow
def test_two_thousand_damaged_traces_replay_or_say_where() -> None:
    """None hangs, none eats the memory, none fails in another way; each error names a byte."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as another:
        results, memory = another.submit(measured, 2000).result()

    counts, slowest = Counter(outcome for outcome, _ in results), max(seconds for _, seconds in results)
    print(dict(counts), f"slowest {slowest:.1f} s, {memory >> 20} MiB")  # noqa: T201 - how much was checked
    assert counts["replayed"] > 50
    assert counts["byte offset"] > 500
    assert counts["replayed"] + counts["byte offset"] == 2000
    assert counts["refused"] == counts["no offset"] == 0
    assert slowest < SECONDS
    assert memory < MEMORY
