"""The map, here and on other processes."""

from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from gomemlab.runtime.errors import MisuseError
from gomemlab.whatif import what_if_map
from gomemlab.whatif.grid import GOGCS, Map
from tests.whatif_logs import steady

LIMITS = ("60MiB", "90MiB", None)


def small(executor: Executor | None = None) -> Map:
    """Return a map of nine points."""
    return what_if_map(steady(), (50, 100, 200), LIMITS, executor=executor)


def test_a_map_has_a_row_for_each_limit() -> None:
    """Three limits, three GOGCs."""
    found = small()

    peaks = found.column("peak_heap")
    assert [len(row) for row in peaks] == [3, 3, 3]
    assert peaks[2][0] < peaks[2][1] < peaks[2][2]  # without a limit GOGC decides
    assert peaks[0][2] < peaks[2][2]  # a limit holds it down
    assert found.memory_limits == (60 << 20, 90 << 20, None)


def test_a_map_chooses_limits_from_hopeless_to_idle() -> None:
    """400 points: the lowest limit is below what is needed, the last is none."""
    found = what_if_map(steady(10))

    assert len(found.gogcs) * len(found.memory_limits) == 400
    assert found.gogcs == GOGCS
    assert found.infeasible(0)
    assert not found.infeasible(len(found.memory_limits) - 1)


def test_a_map_without_points_is_refused() -> None:
    """No GOGC asked about."""
    with pytest.raises(MisuseError, match="at least one"):
        what_if_map(steady(), ())


class Here(Executor):
    """Runs a task where it is handed in."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN201
        """Return a future that is done."""
        done: Future[object] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def test_any_executor_computes_the_same_map() -> None:
    """One that does it at once."""
    assert small(Here()) == small()


@pytest.mark.slow
def test_processes_compute_the_same_map() -> None:
    """Two processes: rows travel there and back."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert small(pool) == small()


@pytest.mark.slow
def test_a_dask_cluster_computes_the_same_map() -> None:
    """Two workers of a local cluster, as processes."""
    import distributed  # noqa: PLC0415  half a second, for one test

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert small(client.get_executor()) == small()
