import gc

import gomemlab


def test_a_run_leaves_pythons_collector_as_it_was() -> None:
    """On stays on, and off stays off."""
    gomemlab.replay("mixed")
    on = gc.isenabled()
    gc.disable()

    try:
        gomemlab.replay("mixed")
        off = gc.isenabled()
    finally:
        gc.enable()

    assert on
    assert not off
