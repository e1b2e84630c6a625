"""Searching every schedule: states a second until the space closes, beside the goal."""

from time import process_time

import pytest
from table import Row, Table

from gomemlab import explore

GOAL = 5_000  # states a second
WORLDS = {
    "2 objects, 1 field, 1 slot": {"barrier": "hybrid"},
    "2 objects, 2 fields, 1 slot": {"barrier": "dijkstra", "rescan": True, "fields": 2},
    "2 objects, 1 field, 2 slots": {"barrier": "hybrid", "slots": 2},
    "3 objects, 1 field, 1 slot": {"barrier": "hybrid", "objects": 3},
}


@pytest.mark.parametrize("name", WORLDS)
def test_states_a_second(table: Table, name: str) -> None:
    """Two goroutines and one global in each; nothing is pruned."""
    begin = process_time()

    found = explore(**WORLDS[name])

    rate = found.states / (process_time() - begin)
    here = f"{rate:,.0f} states/s"
    table.add(Row(f"explore, {name}", here, f"{found.states:,} states", "", f"{GOAL:,} states/s", rate >= GOAL))
    assert found.complete
