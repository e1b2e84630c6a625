"""Views: one message for what changed, and no widget left behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from gomemlab.runtime.errors import MisuseError
from gomemlab.views import theme, words
from gomemlab.views.base import View, put, under
from gomemlab.views.picture import Picture, figure, scales_of


@dataclass(frozen=True)
class Frame:
    """A number to show."""

    number: int


class Numbered(View[Frame]):
    """A view of a number: a figure, and a count of how often it was shown."""

    name = "Number"
    shown = 0

    def parts(self) -> list[ipw.Widget]:
        """Return a figure with a picture and a line."""
        scales = scales_of(0, 1, 0, 1)
        self.picture = Picture([0, 1], [0, 1], scales)
        self.extra += self.picture.pair
        return [figure([self.picture.mark, bq.Lines(x=[0, 1], y=[0, 1], scales=scales)], [], 100, 100)]

    def frame(self, snapshot: Any) -> Frame:
        """Return the number."""
        return Frame(snapshot)

    def show(self, frame: Frame) -> None:
        """Count, and keep the number."""
        self.shown += 1
        self.number = frame.number

    def sentence(self, frame: Frame) -> str:
        """Return the number in words."""
        return f"the number is {frame.number}"


def test_put_sends_only_what_changed() -> None:
    """A slider at 3 that is put to 3 hears nothing; at 4 it hears one change."""
    slider, heard = ipw.IntSlider(value=3), []
    slider.observe(heard.append, "value")

    changed = [put(slider, value=3), put(slider, value=4)]

    assert changed == [False, True]
    assert len(heard) == 1


def test_put_compares_arrays_whole() -> None:
    """The same three points as a new array are no change."""
    lines = bq.Lines(x=np.arange(3), y=np.arange(3), scales=scales_of(0, 1, 0, 1))

    assert not put(lines, x=np.arange(3))
    assert put(lines, x=[0, 1, 5])


def test_an_equal_frame_is_not_shown_twice() -> None:
    """Seven, seven, eight: shown twice."""
    view = Numbered()

    drawn = [view.update(7), view.update(7), view.update(8)]

    assert drawn == [True, False, True]
    assert view.shown == 2


def test_the_summary_is_the_sentence_with_a_status_role() -> None:
    """A screen reader hears "the number is 7"."""
    view = Numbered()

    view.update(7)

    assert 'role="status">the number is 7' in view.summary


def test_close_leaves_no_widget_behind() -> None:
    """Building, showing and closing ten views changes the number of widgets by nothing."""
    before = len(_instances)

    for number in range(10):
        view = Numbered()
        view.update(number)
        assert view.root in under(view.root)
        view.close()

    assert len(_instances) == before


def test_a_closed_view_ignores_updates() -> None:
    """After close, a late snapshot draws nothing and a second close does nothing."""
    view, closed = Numbered(), []
    view.on_close = lambda: closed.append(1)

    view.close()
    view.close()

    assert not view.update(7)
    assert closed == [1]


def test_a_picture_alternates_two_images() -> None:
    """bqplot sees a new image only when the reference changes; the same bytes change nothing."""
    picture = Picture([0, 1], [0, 1], scales_of(0, 1, 0, 1))
    first = picture.mark.image

    picture.show(b"one")
    second = picture.mark.image
    picture.show(b"one")

    assert second is not first
    assert picture.mark.image is second
    assert second.value == b"one"


def test_svg_export_carries_the_style_sheet(tmp_path: Path) -> None:
    """The file opens without the notebook: it has the tokens and the sentence."""
    view = Numbered()
    view.update(7)

    view.save(str(tmp_path / "number.svg"))

    text = (tmp_path / "number.svg").read_text("utf-8")
    assert text.startswith("<svg")
    assert "--gm-accent" in text
    assert "the number is 7" in text


def test_an_unknown_picture_format_is_refused() -> None:
    """A .gif is answered with the endings that work."""
    with pytest.raises(MisuseError, match=r"\.svg or \.png"):
        Numbered().save("number.gif")


def test_the_style_sheet_searches_no_view_for_what_is_in_it() -> None:
    """A browser would have to do so after each change of the page; a tooltip, which is small, may be asked."""
    asked = [line for line in theme.css().splitlines() if ":has(" in line]

    assert [line.partition(" {")[0] for line in asked] == [".bqplot_mark_tooltip:has(> .gm-tip)"]


def test_the_style_sheet_never_closes_itself() -> None:
    """No closing style tag inside, tokens first, every sheet in it."""
    sheet = theme.css()

    assert "</style" not in sheet
    assert sheet.index("--gm-bg:") < sheet.index(".gm-head")
    assert ".gm-transport" in sheet


@pytest.mark.parametrize(
    ("nbytes", "said"),
    [
        (0, "0 B"),
        (8192, "8 192 B"),
        (58_720_256, "56 MiB"),
        (757_000, "739 KiB"),
        (40_475_034, "38.6 MiB"),
        (-8, "−8 B"),
    ],
)
def test_sizes_are_said_in_bytes_then_kib_then_mib(nbytes: int, said: str) -> None:
    """8 192 B stays bytes, 58 720 256 B is 56 MiB."""
    assert words.size(nbytes).replace(words.THIN, " ") == said


def test_a_rare_share_is_not_shown_as_never() -> None:
    """14 of 254 308 is under a hundredth of a percent; all is 100 %, nearly all is not."""
    shares = [
        words.percent(14, 254_308),
        words.percent(2450, 254_308),
        words.percent(7, 7),
        words.percent(9999, 10_000),
    ]

    assert shares == ["< 0.01 %", "0.96 %", "100 %", "99.9 %"]


def test_each_slot_size_has_one_family() -> None:
    """The borders are 16, 128, 512 and 8192 B; span classes 0 and 1 are large."""
    small = [words.family_of(size, 7) for size in (8, 16, 24, 128, 144, 512, 576, 8192, 9472, 32768)]

    assert small == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert words.family_of(40960, 1) == words.LARGE
    assert words.family_of(0, 0, manual=True) == words.STACKS
