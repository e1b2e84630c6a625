"""The panel of a pool: each button is a command or several, refusals are sentences, and the mock-up can be played."""

from collections.abc import Callable, Iterator

import pytest

from gomemlab.commands import GC, Gomaxprocs, Malloc, New
from gomemlab.panels.lab import Lab
from gomemlab.panels.pool import NEW, NIL, PoolPanel
from gomemlab.poolcommands import PoolGet, PoolNew, PoolPut
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import under
from gomemlab.views.pool import Frame


@pytest.fixture
def panel() -> Iterator[PoolPanel]:
    """Return the panel of a lab of its own, with two Ps."""
    lab = Lab(procs=2)
    yield lab.pool()
    lab.close()


def press(panel: PoolPanel, words: str) -> None:
    """Press a button by its words."""
    next(w for w in under(panel.body) if getattr(w, "description", "") == words and hasattr(w, "click")).click()


def last(panel: PoolPanel) -> Frame:
    """Return what is drawn."""
    panel.lab.settle()
    assert panel.last is not None
    return panel.last


def kinds(panel: PoolPanel) -> list[type]:
    """Return the kinds of commands so far."""
    return [type(command) for command in panel.lab.timeline.commands]


def test_ten_puts_two_cycles_and_where_each_one_went(panel: PoolPanel) -> None:
    """Ten into P0; the first GC makes them the victim, the second drops them and names them."""
    press(panel, "make pool")
    press(panel, "Put 10")
    assert last(panel).local.total == 10

    press(panel, "GC")
    assert (last(panel).local.total, last(panel).victim.total) == (0, 10)
    press(panel, "GC")

    assert last(panel).victim.total == 0
    assert sorted(item.number for item in last(panel).dropped) == list(range(1, 11))
    assert last(panel).deed.sentence == "A GC began: 10 items dropped, nothing to move."


def test_the_mock_up_is_played_with_the_buttons(panel: PoolPanel) -> None:
    """Ten from P0, GC, three from P1, and P0's Get steals 12 from P1's tail."""
    press(panel, "make pool")
    press(panel, "Put 10")
    press(panel, "GC")
    panel.seg.value = 1
    for _ in range(3):
        press(panel, "Put")
    panel.seg.value = 0

    press(panel, "Get")

    now = last(panel)
    assert now.deed.sentence.startswith("P0 Get returned 12, stolen from the tail of P1")
    assert now.lines[0] == "next Gets on P0: 13, then 1, 2, 3 … 10, then New"


def test_put_gives_back_what_get_gave_longest_ago_first(panel: PoolPanel) -> None:
    """Ten Gets of New, three Puts: items 1, 2, 3; none of them is made anew."""
    press(panel, "make pool")
    press(panel, "Get 10")
    for _ in range(3):
        press(panel, "Put")

    assert kinds(panel) == [PoolNew] + [PoolGet] * 10 + [PoolPut] * 3
    assert [item.number for item in last(panel).out] == [4, 5, 6, 7, 8, 9, 10]
    press(panel, "Put 10")
    assert kinds(panel)[14:] == [PoolPut] * 7 + [New, PoolPut] * 3


def test_put_can_be_told_what_to_put(panel: PoolPanel) -> None:
    """A new item although one is out; nil."""
    press(panel, "make pool")
    press(panel, "Get")
    panel.what.value = NEW
    press(panel, "Put")
    assert [item.number for item in last(panel).out] == [1]

    panel.what.value = NIL
    press(panel, "Put")

    assert last(panel).deed.sentence == "P0 Put nil: the pool took no notice."


def test_slices_are_boxed_at_each_put(panel: PoolPanel) -> None:
    """[]byte: a plain array and 24 B for its header, each time."""
    panel.kind.value = True
    press(panel, "make pool")
    press(panel, "Put")

    assert kinds(panel) == [PoolNew, Malloc, PoolPut]
    panel.pick(1)
    assert "its slice header was copied" in last(panel).picked.words
    press(panel, "Get")
    press(panel, "fill")
    assert "bytes without a pointer" in str(panel.lab.error)


def test_stale_items_keep_what_they_point_to(panel: PoolPanel) -> None:
    """Get, fill, Put: 4 KiB stay alive with the item; reset before the Put, and nothing does."""
    press(panel, "make pool")
    press(panel, "Get")
    press(panel, "fill")
    press(panel, "Put")
    assert last(panel).lines[1] == "1 waiting item keeps 4\u202f096 B more alive"

    press(panel, "Get")
    press(panel, "reset")
    press(panel, "Put")

    assert len(last(panel).lines) == 1


def test_race_no_new_and_sizes_are_for_the_next_pool(panel: PoolPanel) -> None:
    """Three pools: as it is, without New under -race, of 64 B; the menu names them and chooses one."""
    press(panel, "make pool")
    panel.new.value, panel.race.value = False, True
    press(panel, "make pool")
    panel.new.value, panel.race.value, panel.size.value = True, False, 64
    press(panel, "make pool")
    last(panel)

    assert [name for name, _ in panel.menu.options] == [
        "the one used last",
        "pool 1: New, objects of 1024 B",
        "pool 2: no New, -race",
        "pool 3: New, objects of 64 B",
    ]
    assert last(panel).pool == 3
    panel.menu.value = 2
    press(panel, "Get")
    assert last(panel).deed.sentence == "P0 Get found nothing and there is no New: it returned nil."
    press(panel, "make pool")
    assert last(panel).pool == 4


def test_gomaxprocs_changes_the_ps_to_choose_from(panel: PoolPanel) -> None:
    """Two are buttons, eight a menu, one is no choice; a chosen P that goes away is P0's turn."""
    panel.seg.value = 1
    for n, buttons, listed in ((8, False, True), (1, False, False), (2, True, False)):
        panel.procs.value = n
        press(panel, "set")
        last(panel)
        shown = ["gm-off" not in control._dom_classes for control in (panel.seg, panel.proc)]
        assert shown == [buttons, listed]

    assert kinds(panel) == [Gomaxprocs] * 3
    assert panel.p == 0
    panel.procs.value = 64
    press(panel, "set")
    last(panel)
    panel.proc.value = 63
    press(panel, "make pool")
    press(panel, "Get")
    assert last(panel).deed.p == 63


@pytest.mark.parametrize(
    ("prepare", "words", "said"),
    [
        (lambda _: None, "Put", "there is no pool yet; press make pool first"),
        (lambda _: None, "Get 10", "there is no pool yet"),
        (lambda panel: setattr(panel.procs, "value", 0), "set", "0 Ps are not possible here"),
        (lambda panel: setattr(panel.procs, "value", 10_000), "set", "10000 Ps are not possible here"),
        (
            lambda panel: setattr(panel.size, "value", -1),
            "make pool",
            "an item of -1 B has no room for its pointer field; give 8 B or more",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    panel: PoolPanel, prepare: Callable[[PoolPanel], None], words: str, said: str
) -> None:
    """The banner says it, and no tick was made."""
    prepare(panel)

    press(panel, words)

    assert isinstance(panel.lab.error, MisuseError)
    assert said in str(panel.lab.error)
    assert len(panel.lab.timeline) == 0


def test_with_nothing_in_hand_there_is_nothing_to_fill(panel: PoolPanel) -> None:
    """Neither to reset; and an item too small for a field cannot be made."""
    press(panel, "make pool")
    for words in ("fill", "reset"):
        press(panel, words)
        assert "the program has no item of pool 1; press Get first" in str(panel.lab.error)
    panel.size.value = 4
    press(panel, "Put")

    assert "an item of 4 B has no room for its pointer field" in str(panel.lab.error)


def test_a_pool_that_is_not_there_cannot_be_shown() -> None:
    """lab.pool(2) in a world with one pool."""
    lab = Lab()
    lab.do(PoolNew())

    assert lab.pool(1).pool == 1
    for wrong in (2, -1, "1"):
        with pytest.raises(MisuseError, match="to show; this world has 1"):
            lab.pool(wrong)  # type: ignore[arg-type]
    lab.close()


def test_going_back_shows_the_moment_and_no_banner(panel: PoolPanel) -> None:
    """Tick by tick to the start: drops are named also when one comes from later."""
    press(panel, "make pool")
    press(panel, "Put 10")
    press(panel, "GC")
    press(panel, "GC")
    ticks = len(panel.lab.timeline)
    last(panel)

    for tick in (*range(ticks, -1, -1), ticks):
        panel.lab.tick = tick
        now = last(panel)
        assert len(now.dropped) == (10 if tick == ticks else 0)

    assert panel.lab.error is None
    panel.lab.tick = 0
    panel.lab.settle()
    assert panel.last is not None
    assert panel.last.pool == 0


def test_a_pool_can_be_shown_with_other_views_and_goes_with_the_lab() -> None:
    """Lab(views=("transport", "pool", "log")): the room closes every widget."""
    lab = Lab(procs=2, views=("transport", "pool", "log"))
    lab.do(PoolNew(1024))
    lab.do(GC())
    lab._repr_mimebundle_()
    assert lab.room is not None
    shown = lab.room.shown["pool"]
    widgets = list(under(lab.room.root))

    lab.leave(lab.room)

    assert isinstance(shown, PoolPanel)
    assert shown.closed
    assert all(widget.comm is None for widget in widgets)
