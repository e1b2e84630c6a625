import re
from xml.etree import ElementTree as ET

import ipywidgets
import pytest

from gomemlab.runtime.alloc.sizeclasses import class_table, size_class
from gomemlab.runtime.arch import GO_1_21, GO_1_22, GO_1_27, Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.size_classes import LARGEST, SLIDER, SizeClasses, frame
from gomemlab.views.size_plots import apart, stairs
from gomemlab.views.staircase import SHOWN, land, large_step, small_steps


@pytest.mark.parametrize("go", [GO_1_21, GO_1_22, GO_1_27], ids=lambda go: go.name)
@pytest.mark.parametrize("pointers", [False, True])
def test_the_steps_leave_no_size_out(go: Go, pointers: bool) -> None:
    """From 1 B to the largest small request each size stands on one step; large objects go on from there."""
    used = [step for step in small_steps(pointers, go) if step.used]

    assert used[0].first == 1
    assert [step.last + 1 for step in used[:-1]] == [step.first for step in used[1:]]
    assert used[-1].last == go.max_small
    assert large_step(go.max_small // 8192 + 1, go).first == go.max_small + 1


@pytest.mark.parametrize("go", [GO_1_21, GO_1_22, GO_1_27], ids=lambda go: go.name)
def test_a_step_is_where_the_model_puts_the_size(go: Go) -> None:
    """At both ends of each step with pointers, size_class gives the step's class and slot."""
    for step in small_steps(True, go):
        for size in (step.first, step.last):
            landing = size_class(size, True, go)
            assert (landing.index, landing.elemsize) == (step.index, step.slot)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 15, 16, 17, 512, 513, 1025, 32760, 32761, 32768, 32769, 40961, LARGEST])
@pytest.mark.parametrize("pointers", [False, True])
def test_the_picked_step_holds_the_size(size: int, pointers: bool) -> None:
    """Whatever the size, seven steps are shown and the marked one is where it lands."""
    shown = frame(size, pointers)

    step = shown.steps[shown.pick]

    assert len(shown.steps) == SHOWN
    assert size == 0 or step.first <= size <= step.last
    assert size == 0 or step.slot == shown.landing.elemsize


def test_the_headline_is_the_one_of_the_lessons() -> None:
    """1025 B: class 33, 127 B wasted, 11.0 %."""
    assert frame(1025).headline == "1025 B without pointers: class 33, 1152 B slot, 127 B wasted, 11.0 %."


def test_pointers_move_1024_bytes_up_a_class_because_of_the_header() -> None:
    """1024 B fit class 32 exactly; with pointers and header they need 1032 B, class 33. In Go 1.21 they did not."""
    plain, header, old = frame(1024), frame(1024, pointers=True), frame(1024, pointers=True, go=GO_1_21)

    assert (plain.landing.index, header.landing.index, old.landing.index) == (32, 33, 32)
    assert "8 of them the header" in header.headline
    assert "1032 B" in plain.note


def test_a_tiny_size_lands_in_the_shared_block() -> None:
    """8 B without pointers never see class 1: they share a 16 B slot of class 2. With pointers class 1 is theirs."""
    assert land(8)[1]
    assert land(8)[0].index == 2
    assert land(8, pointers=True)[0].index == 1
    assert not small_steps(False)[0].used


def test_the_worst_waste_is_what_the_smallest_request_of_a_step_wastes() -> None:
    """Class 33 begins at 1025 B, and (1152 - 1025) / 1152 is 11.0 %."""
    step = small_steps(False)[32]

    assert step.worst == (1152 - 1025) / 1152


def test_labels_that_would_touch_are_left_out() -> None:
    """Of 3072, 3200, 3456, 4096 at a distance of 200 around a picked 3400, two are left."""
    assert apart([3072, 3200, 3456, 4096], 200, 3400) == [3072, 4096]


def test_stairs_begin_at_the_axis_and_rise_to_the_slots() -> None:
    """Two corners a step: the one before its first request and its last, both as high as the slot."""
    xs, ys = stairs(small_steps(True)[1:3], low=8)

    assert xs == [8, 16, 16, 24]
    assert ys == [16, 16, 24, 24]


def test_the_slider_stops_at_every_byte_that_is_a_power_of_two() -> None:
    """8, 1024 and 65536 can be reached by the keyboard alone."""
    assert {2**k for k in range(17)} <= set(SLIDER)


def test_controls_and_pictures_move_together() -> None:
    """A number typed moves slider, plots, bars, table and headline, in one step."""
    view = SizeClasses(size=1025)

    view.number.value = 24

    assert SLIDER[view.slider.value] == 24
    assert "class 3, 24 B slot, nothing wasted" in view.summary
    assert view.staircase.dot.x.tolist() == [24]
    assert "▸ 3" in view.beside.value
    view.close()


def test_the_version_switch_changes_the_slots_of_a_span() -> None:
    """A page of 16 B slots without pointers held 512 until 1.25; the inline mark bits of 1.27 leave 504."""
    view = SizeClasses(size=16, go=GO_1_22)
    before = view.beside.value

    view.version.value = "1.27"

    assert "1 page, 512 slots" in before
    assert "1 page, 504 slots" in view.beside.value
    view.close()


def test_a_click_on_a_corner_picks_its_size() -> None:
    """Clicking the corner of class 34 asks for 1153 B, the smallest request it serves."""
    view = SizeClasses(size=1025)

    view.staircase._clicked(None, {"data": {"x": 1153.0, "y": 1280.0}})

    assert view.number.value == 1153
    view.close()


def test_a_dragged_dot_snaps_back_onto_its_step() -> None:
    """Dropping the dot where it came from leaves the size and puts the dot back."""
    view = SizeClasses(size=1025)
    view.staircase.dot.y = [1300.0]

    view.staircase._dragged(None, {"point": {"x": 1025.2, "y": 1300.0}})

    assert view.size == 1025
    assert view.staircase.dot.y.tolist() == [1152]
    view.close()


def test_leaving_the_zoom_puts_the_axes_back() -> None:
    """The mouse moved the axes while zoom was on; off, they begin again below class 30."""
    view = SizeClasses(size=1025)
    view.zoom.value = True
    view.staircase.x.min = 1000.0

    view.zoom.value = False

    assert view.staircase.figure.interaction is None
    assert view.staircase.x.min == frame(1025).low
    view.close()


def test_a_wrong_size_is_refused_and_changes_nothing() -> None:
    """-1 raises MisuseError; the view still shows 1025 B."""
    view = SizeClasses(size=1025)

    with pytest.raises(MisuseError, match="negative"):
        view.choose(-1)

    assert (view.size, view.last.size if view.last else None) == (1025, 1025)
    view.close()


def test_an_enormous_size_shows_the_largest_there_is() -> None:
    """Above 1 MiB everything is whole pages in the same way, so the view stops there."""
    view = SizeClasses(size=1 << 30)

    assert view.number.value == LARGEST
    view.close()


def test_the_bars_are_to_scale() -> None:
    """The slots and the tail of class 33's span fill its bar: 7 of 14.0625 %, and the tail the rest."""
    view = SizeClasses(size=1025)

    widths = [float(w) for w in re.findall(r'class="slot" style="width:([\d.]+)%', view.beside.value)]

    assert len(widths) == class_table().nelems[67]
    assert sum(widths) == pytest.approx(100 * 7 * 1152 / 8192, abs=0.01)  # widths are written with three decimals
    view.close()


@pytest.mark.parametrize("size", [0, 8, 1025, 40_000])
def test_the_exported_file_is_well_formed_and_draws_the_steps(size: int) -> None:
    """The SVG file parses as XML and has the six lines of the staircase."""
    view = SizeClasses(size=size)

    paths = [e for e in ET.fromstring(view.svg()).iter() if e.tag.endswith("path")]  # noqa: S314 (our own file)

    assert len(paths) == 6
    view.close()


def test_closing_leaves_no_widget_behind() -> None:
    """Building and closing a view ends with as many widgets as before."""
    SizeClasses().close()
    before = len(ipywidgets.widgets.widget._instances)

    SizeClasses().close()

    assert len(ipywidgets.widgets.widget._instances) == before
