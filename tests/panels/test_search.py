"""Search every schedule: the verdict, Stop, and the find in the lab."""

from collections.abc import Iterator

import pytest

from gomemlab.panels.lab import Lab
from gomemlab.panels.schedule import Schedule
from gomemlab.runtime.world import World


@pytest.fixture
def panel() -> Iterator[Schedule]:
    """Return the schedule panel of a world with Dijkstra's barrier."""
    lab = Lab(World(barrier="dijkstra"))
    yield lab.schedule()
    lab.close()


def searched(panel: Schedule) -> str:
    """Search to the end and return the verdict's words."""
    panel.search.start()
    assert panel.search.worker is not None
    panel.search.worker.join()
    assert panel.lab.error is None
    return str(panel.search.verdict.value)


@pytest.mark.slow
def test_the_shortest_loss_is_found_and_plays_in_the_lab(panel: Schedule) -> None:
    """Two steps of the program under Dijkstra's barrier without a rescan."""
    words = searched(panel)

    panel.search.take()
    start = panel.lab.snapshot.gc
    panel.play_all()

    assert "<b>Dijkstra barrier</b>, 2 objects, 1 field, 1 slot: " in words
    assert "lost after 2 steps" in words
    assert "gm-off" not in panel.search.play._dom_classes
    assert (start.phase, start.lost) == (0, ())
    assert len(panel.lab.snapshot.gc.lost) == 1


@pytest.mark.slow
def test_with_a_rescan_the_whole_space_is_searched_without_a_loss(panel: Schedule) -> None:
    """All 7401 states; there is nothing to play."""
    panel.rescan.value = True

    words = searched(panel).replace("\u202f", " ")

    assert "<b>Dijkstra barrier</b>, stacks rescanned, 2 objects" in words
    assert "no schedule loses an object" in words
    assert "all 7 401 states" in words
    assert "gm-off" in panel.search.play._dom_classes


@pytest.mark.slow
def test_stacks_before_all_else_save_what_yuasa_loses(panel: Schedule) -> None:
    """One slot a stack: any order loses an object; with stacks first, none does."""
    panel.barrier.value = "yuasa"
    lost = searched(panel)

    panel.search.order.value = True
    safe = searched(panel)

    assert "lost after" in lost
    assert "<b>Yuasa barrier</b>, stacks first" in safe
    assert "no schedule loses an object" in safe


@pytest.mark.slow
def test_the_find_can_be_tried_under_another_barrier(panel: Schedule) -> None:
    """The same moves, and the hybrid keeps the object."""
    searched(panel)
    panel.search.take()
    found = panel.schedule

    panel.barrier.value = "hybrid"
    while panel.words.value and not panel.next_button.disabled:
        panel.next_button.click()
        panel.lab.settle()
        if panel.lab.error is not None:  # what the schedule wants of the worker is not left to do, or not yet
            panel.skip()
            panel.lab.settle()

    assert panel.schedule == found
    assert panel.lab.snapshot.gc.lost == ()


def test_a_search_can_be_stopped_and_says_what_it_knows(panel: Schedule) -> None:
    """Stopped at once, in the largest world that is offered."""
    panel.search.world.value = panel.search.world.options[1][1]
    panel.rescan.value = True

    panel.search.start()
    panel.search.stop()
    assert panel.search.worker is not None
    panel.search.worker.join()

    assert panel.lab.error is None
    assert "<b>stopped</b>" in panel.search.verdict.value
    assert "gm-off" in panel.search.progress.root._dom_classes


def test_progress_counts_states(panel: Schedule) -> None:
    """1 500 states, and how many a second."""
    panel.search.start()
    panel.search.stop()
    assert panel.search.job is not None
    assert panel.search.worker is not None
    panel.search.worker.join()
    panel.search.job.done = 1500

    assert "1\u202f500</b> states" in panel.search.job.words()
