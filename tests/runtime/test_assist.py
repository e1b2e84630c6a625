"""Who allocates while a cycle marks pays: in credit, in work, or in time."""

import pytest

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.assist import GC_OVER_ASSIST_WORK, Assists
from gomemlab.runtime.gc.pacer import GCController

MIB = 1 << 20


def marking(work_per_byte: float = 0.5, credit: int = 0) -> GCController:
    """Return a pacer in a cycle in which a byte allocated costs so many bytes of scanning."""
    c = GCController.init()
    c.start_cycle(0, 4)
    c.assist_work_per_byte, c.assist_bytes_per_work, c.bg_scan_credit = work_per_byte, 1 / work_per_byte, credit
    return c


def owing(nbytes: int, g: int = 1) -> Assists:
    """Return the assists of a world in which goroutine g allocated so much without credit."""
    assists = Assists()
    assists.deduct(g, nbytes)
    return assists


def test_an_allocation_takes_its_bytes_off() -> None:
    """100 B of credit: 60 B are paid for, the next 60 B are not."""
    assists = Assists({1: 100})

    assert not assists.deduct(1, 60)
    assert assists.deduct(1, 60)
    assert assists.owes(1)
    assert not assists.owes(2)
    assert assists.credit == {1: -20}


def test_a_small_debt_is_paid_with_64_kib_of_work_in_advance() -> None:
    """1 KiB at half a byte of work each would be 512 B; without credit 64 KiB are to be scanned."""
    assists, c = owing(1024), marking()

    assert assists.steal(c, 1) == (GC_OVER_ASSIST_WORK, 0)
    assert not assists.pay(c, 1, GC_OVER_ASSIST_WORK)
    assert assists.credit[1] == 2 * GC_OVER_ASSIST_WORK + 1 - 1024


def test_a_large_debt_is_paid_as_it_is() -> None:
    """1 MiB costs 512 KiB of scanning."""
    assists, c = owing(MIB), marking()

    assert assists.steal(c, 1) == (MIB // 2, 0)


def test_background_credit_is_taken_first() -> None:
    """All of it where it is enough: then nothing is left to scan."""
    assists, c = owing(MIB), marking(credit=MIB)

    assert assists.steal(c, 1) == (0, MIB // 2)
    assert (assists.credit[1], c.bg_scan_credit) == (0, MIB // 2)


def test_too_little_background_credit_pays_a_part() -> None:
    """100 B of credit are worth 200 B allocated, and one more, rounded up."""
    assists, c = owing(MIB), marking(credit=100)

    assert assists.steal(c, 1) == (MIB // 2 - 100, 100)
    assert (assists.credit[1], c.bg_scan_credit) == (201 - MIB, 0)


def test_who_finds_nothing_to_scan_waits_unless_there_is_credit() -> None:
    """The queue is first in, first out; with credit, or when marking is over, nobody waits."""
    assists, c, over = owing(10), marking(), GCController.init()
    assists.deduct(2, 10)

    assert not assists.park(marking(credit=1), 1)
    assert not assists.park(over, 1)
    assert assists.park(c, 1)
    assert assists.park(c, 2)
    assert assists.queue == [1, 2]
    assert assists.wake_all() == [1, 2]
    assert not assists.queue


def test_workers_serve_those_who_wait_first() -> None:
    """100 B of work are worth 200: G1's 150 are paid, G2's 100 in part, and it goes to the end."""
    assists, c = Assists({1: -150, 2: -100, 3: -1}, [1, 2, 3]), marking()

    assert assists.flush_bg_credit(c, 100) == [1]
    assert assists.queue == [3, 2]
    assert assists.credit == {1: 0, 2: -50, 3: -1}
    assert c.bg_scan_credit == 0


def test_what_is_left_over_is_for_all() -> None:
    """Of 200 B, 150 pay G1's debt; the 50 left are 25 B of work. With nobody waiting all is for all."""
    assists, c = Assists({1: -150}, [1]), marking()

    assert assists.flush_bg_credit(c, 100) == [1]
    assert c.bg_scan_credit == 25
    assert assists.flush_bg_credit(c, 100) == []
    assert c.bg_scan_credit == 125


def test_exactly_enough_leaves_nothing() -> None:
    """200 B for a debt of 200."""
    assists, c = Assists({1: -200}, [1]), marking()

    assert assists.flush_bg_credit(c, 100) == [1]
    assert c.bg_scan_credit == 0


def test_a_goroutine_that_ends_leaves_its_credit_to_all() -> None:
    """100 B of credit are 50 B of work; a debt is forgotten, and so is credit when nothing marks."""
    assists, c, over = Assists({1: 100, 2: -7, 3: 100}), marking(), GCController.init()

    assists.goexit(c, 1)
    assists.goexit(c, 2)
    assists.goexit(over, 3)

    assert (c.bg_scan_credit, over.bg_scan_credit) == (50, 0)
    assert not assists.credit


def test_a_new_cycle_forgets_debts() -> None:
    """As gcResetMarkState does."""
    assists = owing(10)
    twin = assists.copy()

    assists.reset()

    assert not assists.credit
    assert twin.owes(1)


def test_who_owes_nothing_does_not_wait() -> None:
    """Else it would wait for ever."""
    with pytest.raises(ThrowError, match="owes nothing"):
        Assists({1: 5}, [1]).check()
    owing(10).check()
