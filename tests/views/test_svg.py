"""Views as files: an SVG is XML that needs nothing beside it, and it holds the picture."""

import base64
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gomemlab.runtime.arch import GO_1_21
from gomemlab.runtime.world import World
from gomemlab.views.base import View
from gomemlab.views.heap_map import HeapMap
from gomemlab.views.ledger import LedgerView
from gomemlab.views.log import LogView
from gomemlab.views.path import PathView
from gomemlab.views.size_classes import SizeClasses
from gomemlab.views.span import SpanView
from gomemlab.views.words import THIN

SVG = "{http://www.w3.org/2000/svg}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def pictures(root: ET.Element) -> Iterator[bytes]:
    """Yield the PNGs of a file."""
    for image in root.iter(f"{SVG}image"):
        kind, _, data = image.attrib["href"].partition(",")
        assert kind == "data:image/png;base64"
        yield base64.b64decode(data)


@pytest.mark.parametrize("kind", [PathView, HeapMap, SpanView, LedgerView, LogView])
def test_a_file_is_xml_after_a_single_malloc(kind: type[View]) -> None:
    """24 B of 4 MiB are "< 0.01 %": the sign is escaped, and every drawing inside says that it is SVG."""
    world = World()
    world.malloc(24)
    view = kind()
    view.host.choose(0)
    view.update(world.snapshot())

    root = ET.fromstring(view.svg())  # noqa: S314 (our own file)

    assert root.tag == f"{SVG}svg"
    assert not list(root.iter(f"{XHTML}svg"))
    view.close()


def test_a_rare_stop_of_the_path_is_escaped() -> None:
    """20 000 requests and a growth: the OS served "< 0.01 %" of them, in the bar and for the ear."""
    world = World()
    for _ in range(20_000):
        world.malloc(8)
    view = PathView()
    view.update(world.snapshot())

    words = "".join(ET.fromstring(view.svg()).itertext())  # noqa: S314 (our own file)

    assert words.count("< 0.01 %") >= 2
    assert "< 0.01 %" not in view.summary
    view.close()


def test_a_size_that_wastes_next_to_nothing_is_escaped() -> None:
    """32 767 B without pointers in Go 1.21: one byte of 32 KiB is "< 0.01 %"."""
    view = SizeClasses(32_767, go=GO_1_21)

    words = "".join(ET.fromstring(view.svg()).itertext())  # noqa: S314 (our own file)

    assert "< 0.01 %" in words
    assert "&lt; 0.01 %" in view.summary
    view.close()


def test_the_file_of_the_heap_map_holds_the_picture() -> None:
    """The PNG on screen, the ring around the pick, the rows that are not mapped, the axis."""
    world = World()
    world.malloc(24)
    view = HeapMap()
    view.host.choose(0)
    view.update(world.snapshot())

    root = ET.fromstring(view.svg())  # noqa: S314 (our own file)

    assert list(pictures(root)) == [view.picture.now]
    assert [e.text for e in root.iter(f"{SVG}text") if e.text and e.text.isdigit()] == ["0", "16", "32", "48"]
    assert "7 680 pages reserved, not mapped: 60 MiB".replace(" ", THIN, 1) in "".join(root.itertext())
    view.close()


def test_the_file_of_the_heap_map_holds_further_arenas() -> None:
    """Two arenas: the large picture and a small one of each."""
    world = World()
    for _ in range(2):
        world.malloc(60 << 20)
    view = HeapMap()
    view.update(world.snapshot())

    shown = list(pictures(ET.fromstring(view.svg())))  # noqa: S314 (our own file)

    assert shown[0] == view.picture.now
    assert len(shown) == 3
    view.close()


def test_the_file_of_the_span_holds_its_slots() -> None:
    """The slots on screen, the outline of this request, freeindex's triangle; all fields where they are open."""
    world = World()
    world.malloc(24)
    view = SpanView()
    view.host.choose(0)
    view.update(world.snapshot())
    closed = view.svg()

    view.all.value = True

    root = ET.fromstring(closed)  # noqa: S314 (our own file)
    assert view.last is not None
    assert list(pictures(root)) == [view.last.slots.picture]
    assert "allocCache" not in closed
    assert "allocCache" in view.svg()
    view.close()


def test_a_view_that_shows_nothing_yet_is_a_file_too() -> None:
    """Before the first snapshot there is a headline only."""
    for view in (HeapMap(), SpanView(), LedgerView(), PathView()):
        root = ET.fromstring(view.svg())  # noqa: S314 (our own file)

        assert view.name in "".join(root.itertext())
        view.close()


def test_the_png_of_a_span_is_that_of_its_slots(tmp_path: Path) -> None:
    """The layer over the strip is a figure too, but an invisible one: the slots' picture is written."""
    world = World()
    world.malloc(24)
    view = SpanView()
    view.host.choose(0)
    view.update(world.snapshot())

    view.save(str(tmp_path / "slots.png"))

    assert view.last is not None
    assert (tmp_path / "slots.png").read_bytes() == view.last.slots.picture
    assert view.figures() == []
    view.close()
