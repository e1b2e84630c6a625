"""Transport: every way through time ends at the right tick."""

import struct
import zlib

import numpy as np
import pytest

from gomemlab import Lab
from gomemlab.commands import GC, Malloc
from gomemlab.panels.barcode import HEIGHT, WIDTH, barcode
from gomemlab.panels.transport import RANGE, Transport, unit


def at_tick(tick: int, last: int = 20) -> tuple[Lab, Transport]:
    """Return a lab of some mallocs, at a tick, with its transport."""
    lab = Lab()
    lab.painter.pace = 0
    for _ in range(last):
        lab.do(Malloc(2048))
    lab.tick = tick
    return lab, lab.transport()


def test_step_and_back_move_by_one_and_stop_at_the_ends() -> None:
    """From 1: back to 0, and at 0 back is disabled; step goes to 1 again."""
    lab, transport = at_tick(1)

    transport.back.click()
    ends = (lab.tick, transport.back.disabled, transport.forward.disabled)
    transport.forward.click()

    assert ends == (0, True, False)
    assert lab.tick == 1


def test_the_number_goes_to_its_tick() -> None:
    """Typing 7 goes to 7; the slider stands there too."""
    lab, transport = at_tick(1)

    transport.number.value = 7

    assert lab.tick == 7
    assert transport.scrubber.value == 7 * unit(20)


@pytest.mark.parametrize("last", [1, 3, 20, 1000, 402_302, 1_000_003])
def test_every_tick_has_a_place_on_the_slider(last: int) -> None:
    """The last one is near its end, places are exact in a browser that counts in percent."""
    assert RANGE - last * unit(last) < last
    assert 100 * RANGE < 2**53
    assert RANGE & (RANGE - 1) == 0


def test_the_slider_hears_of_its_step_before_its_value() -> None:
    """Else the browser rounds the new value to the old step and sends that back."""
    _, transport = at_tick(5)

    sent = [list(transport.scrubber.get_state(keys)) for keys in (["value", "step"], ["step", "value"])]

    assert sent == [["step", "value"]] * 2


def test_an_arrow_key_is_one_tick() -> None:
    """One step of the slider from tick 5 is tick 6."""
    lab, transport = at_tick(5)

    transport.scrubber.value += transport.scrubber.step

    assert lab.tick == 6
    assert transport.scrubber.value == 6 * unit(20)


def test_page_keys_go_a_tenth() -> None:
    """A lone PageUp is five steps of the slider, and two ticks of twenty here; PageDown goes back."""
    lab, transport = at_tick(5)

    transport.scrubber.value += 5 * transport.scrubber.step
    up = lab.tick
    transport.scrubber.value -= 5 * transport.scrubber.step

    assert (up, lab.tick) == (7, 5)


def test_a_line_that_grows_at_its_end_leaves_the_handle_there() -> None:
    """Three more mallocs: no word to the slider; one key back from there is the tick before the last."""
    lab, transport = at_tick(20)
    moved: list[int] = []
    transport.scrubber.observe(lambda change: moved.append(change["new"]), "value")

    for _ in range(3):
        lab.do(Malloc(2048))
    untouched = not moved
    transport.scrubber.value -= transport.scrubber.step

    assert untouched
    assert lab.tick == 22


def test_dragging_goes_where_the_handle_is() -> None:
    """Half of the slider is half of the timeline."""
    lab, transport = at_tick(0)

    transport.scrubber.value = RANGE // 2

    assert lab.tick == 10


def test_jumps_go_to_the_next_of_a_kind() -> None:
    """2048 B, four slots a span: after tick 1 the next refill and new span are at tick 5."""
    lab, transport = at_tick(1)

    transport.jumps[1].click()

    assert lab.tick == 5


def test_a_jump_goes_to_the_next_collection() -> None:
    """The collector runs at tick 21: from tick 1 it is one click away."""
    lab, transport = at_tick(1)
    lab.tick = len(lab.timeline)
    lab.do(GC())
    lab.tick = 1

    transport.jumps[3].click()

    assert lab.tick == len(lab.timeline) == 21
    assert transport.jumps[3].disabled


def test_a_jump_to_nothing_says_so() -> None:
    """The heap grew once, at tick 1: from there no growth is ahead, and the banner says it."""
    lab, transport = at_tick(1)

    transport.jumps[2].click()

    assert lab.tick == 1
    assert "there is no growth after tick 1" in transport.notices.banner.words.value


def test_a_jump_without_a_target_is_disabled() -> None:
    """Refills and new spans are ahead of tick 1, growth is not; behind the last of them nothing is."""
    lab, transport = at_tick(1)
    ahead = [button.disabled for button in transport.jumps]

    lab.tick = 17

    assert ahead == [False, False, True, True]
    assert [button.disabled for button in transport.jumps] == [True, True, True, True]


def test_a_banner_goes_when_something_succeeds() -> None:
    """No growth is ahead: the banner says so, until the next jump finds its refill."""
    _, transport = at_tick(1)
    transport.jumps[2].click()

    transport.jumps[0].click()

    assert transport.notices.banner.words.value == ""
    assert "gm-off" in transport.notices.banner.root._dom_classes


def test_a_player_that_stops_by_itself_ends_at_the_last_tick() -> None:
    """At 16x a browser's player stops at tick 17 of 20, since 33 would be too far; the lab goes to 20."""
    lab, transport = at_tick(1)
    transport.speed.value = 16
    transport.toggle.click()
    transport.play.value = 17

    transport.play.playing = False

    assert lab.tick == 20


def test_play_follows_the_hidden_player() -> None:
    """Play starts where we are, each beat of the player is a tick, pause stops it."""
    lab, transport = at_tick(3)

    transport.toggle.click()
    began = (transport.play.value, transport.play.max, transport.play.playing, transport.toggle.icon)
    transport.play.value = 4
    transport.toggle.click()

    assert began == (3, 20, True, "pause")
    assert lab.tick == 4
    assert (transport.play.playing, transport.toggle.icon) == (False, "play")


def test_speed_is_ticks_a_picture() -> None:
    """At 64× the player goes by 64."""
    _, transport = at_tick(0)

    transport.speed.value = 64

    assert transport.play.step == 64


def test_an_empty_timeline_has_nowhere_to_go() -> None:
    """Every control that would move is disabled, and nothing breaks."""
    transport = Lab().transport()

    assert transport.back.disabled
    assert transport.forward.disabled
    assert transport.toggle.disabled
    assert "Tick 0 of 0." in transport.summary


def rows(picture: bytes) -> np.ndarray:
    """Return a barcode's pixels."""
    start = picture.index(b"IDAT")
    raw = np.frombuffer(zlib.decompress(picture[start + 4 :]), np.uint8)
    assert struct.unpack(">II", picture[16:24]) == (WIDTH, HEIGHT)
    return raw.reshape(HEIGHT, WIDTH + 1)[:, 1:]


def test_the_barcode_marks_what_happened_where() -> None:
    """A miss at the first of four ticks fills the first quarter's left edge; growth points down in the last."""
    slow, growth = np.array([1, 0, 0, 0], bool), np.array([0, 0, 0, 1], bool)

    picture = rows(barcode(slow, growth))

    assert picture[HEIGHT - 3, 0]
    assert not picture[:-1, 150].any()
    assert picture[0, 300]


def test_a_long_timeline_fits_the_same_picture() -> None:
    """100 000 ticks, one miss in a hundred: every column has a low bar."""
    slow = np.arange(100_000) % 100 == 0

    picture = rows(barcode(slow, np.zeros(100_000, bool)))

    assert picture[HEIGHT - 2].all()
    assert not picture[2].any()


def test_a_mark_that_the_last_column_shows_already_is_not_sent_again() -> None:
    """At 10,000 ticks a column is 25 of them: a second new span in it sends no barcode, a growth does."""
    lab = Lab()
    lab.do_all([Malloc(24)] * 10_000)
    view = lab.transport()
    lab.do(Malloc(8192))
    lab.settle()
    shown = view.last.picture

    lab.do(Malloc(8192))
    lab.settle()

    assert view.last.picture is shown
    lab.do(Malloc(64 << 20))
    lab.settle()
    assert view.last.picture != shown
    view.close()
