"""What all benchmarks share: real Go beside the model, and the table that the run ends with."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file; the folder is no package

import real_go
from table import Row, Table, rate

ROUNDS = 15
TABLE = pytest.StashKey[Table]()

SideBySide = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    """Begin a table."""
    config.stash[TABLE] = Table()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the table."""
    table = config.stash[TABLE]
    if table.rows:
        terminalreporter.section("gomemlab benchmarks")
        for line in table.markdown():
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Table:
    """Return the table of this run."""
    return request.config.stash[TABLE]


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory, table: Table) -> real_go.RealGo:
    """Return real Go, built; where there is none the table says so."""
    built = real_go.build(tmp_path_factory.mktemp("gobench"))
    table.note(
        f"real Go: {built.version}, GOGC=off GOMAXPROCS=1, a fresh process each round; both sides in processor time"
        if built.program
        else real_go.HELP
    )
    return built


@pytest.fixture
def side_by_side(benchmark: Any, go: real_go.RealGo, table: Table) -> SideBySide:
    """Return a function that measures the model and real Go in turns, and adds a row."""

    def measure(
        what: str, sizes: Iterable[int], fresh: Callable[[], Any], work: Callable[[Any], object], goal: float = 0
    ) -> None:
        """Give `work` what `fresh` returns, as often as there are rounds, each after a round of Go's."""
        sizes = list(sizes)
        go.begin(sizes)

        def setup() -> tuple[tuple[Any], dict[str, Any]]:
            go.round()
            return (fresh(),), {}

        benchmark.pedantic(work, setup=setup, rounds=ROUNDS, warmup_rounds=1)
        mine, best = benchmark.stats["median"], benchmark.stats["min"]
        here = f"{rate(len(sizes), mine)} (best {rate(len(sizes), best)})"
        if not go.rounds:
            table.add(Row(what, here, "NO GO FOUND", "none", share(goal)))
            return
        gos, gos_best = median(go.rounds), min(go.rounds)
        ratio, best_ratio = gos / mine, gos_best / best
        benchmark.extra_info |= {"of_real_go": ratio, "best_of_best": best_ratio}
        beside = f"Go {rate(len(sizes), gos)} (best {rate(len(sizes), gos_best)})"
        both = f"{share(ratio)} (best {share(best_ratio)})"
        table.add(Row(what, here, beside, both, share(goal), ratio >= goal if goal else None))

    return measure


def share(ratio: float) -> str:
    """Return a share of real Go's rate in words, nothing for 0."""
    return f"1/{1 / ratio:.3g}" if ratio else ""
