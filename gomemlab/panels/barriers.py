"""Barriers as a reader chooses them: what each is called, and what it does.

Go: runtime/mbarrier.go.
Left out: barriers of one's own, which only the explorer takes.
"""

import ipywidgets as ipw

TITLES = {"none": "none", "dijkstra": "Dijkstra", "yuasa": "Yuasa", "hybrid": "hybrid", "published": "published 1.8"}
DOES = {
    "none": "a store tells the marker nothing",
    "dijkstra": "shades the pointer that is stored; Go 1.5 to 1.7, which scanned all stacks once more",
    "yuasa": "shades the pointer that is overwritten",
    "hybrid": "shades the overwritten and the stored pointer; Go since 1.8",
    "published": "the hybrid as the proposal for 1.8 had it: shades what is stored only while the stack is grey",
}


def called(barrier: str) -> str:
    """Return "Dijkstra barrier", or "no barrier"."""
    return "no barrier" if barrier == "none" else f"{TITLES[barrier]} barrier"


def barrier_choice() -> ipw.ToggleButtons:
    """Return one button for each barrier."""
    return ipw.ToggleButtons(
        options=[(title, name) for name, title in TITLES.items()],
        tooltips=[DOES[name] for name in TITLES],
        tooltip="the write barrier; a change starts over with the same graph",
    )


def rescan_choice() -> ipw.ToggleButtons:
    """Return a button for marking as it is, and one for scanning all stacks once more."""
    return ipw.ToggleButtons(
        options=[("off", False), ("on", True)],
        tooltips=["each stack is scanned once", "all stacks are scanned once more while the world stands at the end"],
        tooltip="scan stacks again at the end",
    )
