"""The what-if panel: a log by name, path, paste or upload; settings by knobs or on the map; bad logs lose nothing."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

import gomemlab
from gomemlab.gctrace import parse, shipped
from gomemlab.pacing.run import OFF
from gomemlab.panels import logsource
from gomemlab.panels.whatif import WhatIf
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import under
from gomemlab.views.whatif_html import LINES
from gomemlab.whatif.setting import MIB, Setting

SHORT = shipped.read("night_report")
pytestmark = pytest.mark.slow  # each panel works out four hundred settings


@pytest.fixture
def panel() -> Iterator[WhatIf]:
    """Return the panel with a short log, its map whole."""
    made = gomemlab.WhatIf("night_report")
    made.wait()
    yield made
    made.close()


def said(panel: WhatIf) -> str:
    """Return the headline."""
    return str(panel.plots.head.value)


def paste(panel: WhatIf, text: str) -> None:
    """Paste a text, press Read, and wait."""
    panel.logs.text.value = text
    panel.logs.press.click()
    panel.wait()


def test_the_first_question_is_double_the_gogc(panel: WhatIf) -> None:
    """A log of GOGC=100: 200 is asked about; the answer equals what_if's."""
    assert panel.setting == Setting(200)
    assert panel.prediction == gomemlab.what_if(SHORT, gogc=200)
    assert "With GOGC=200 the heap would have peaked at" in said(panel)


def test_the_map_is_whole_and_recommends(panel: WhatIf) -> None:
    """Four hundred settings, and a sentence with its risk."""
    assert len(panel.map.points) * len(panel.map.gogcs) == 400
    assert panel.advice is not None
    assert "★ Within" in panel.chart.advice.value
    assert "gm-off" in panel.progress.root._dom_classes


def test_the_memory_to_give_changes_the_recommendation(panel: WhatIf) -> None:
    """With 15 MiB it is another; what is no size is refused."""
    before = panel.advice.setting
    panel.budget.value = "15MiB"

    assert panel.advice.budget == 15 * MIB
    assert panel.advice.setting != before
    panel.budget.value = "much"
    assert "“much” is no size as Go spells it" in said(panel)


def test_knobs_and_map_are_one_setting(panel: WhatIf) -> None:
    """A click on the third cell of the second row sets both knobs; an arrow goes on by one."""
    panel._clicked(1, 2)
    shown = panel.last_map
    assert shown.here == (1, 2)
    assert panel.setting == Setting(shown.gogcs[2], shown.limits[1])

    panel.nudges[3].click()
    panel.nudges[2].click()

    assert panel.last_map.here == (2, 3)
    for _ in range(5):
        panel.nudge(-1, 0)
    assert panel.setting.memory_limit is None


def test_ask_takes_what_go_takes(panel: WhatIf) -> None:
    """off and 900MiB; None leaves the other as it is; what Go would not read is refused."""
    panel.ask("off", "900MiB")
    assert panel.setting == Setting(OFF, 900 * MIB)

    panel.ask(memory_limit="off")

    assert panel.setting == Setting(OFF, None)
    with pytest.raises(MisuseError, match="no number"):
        panel.ask("lots")
    assert panel.setting == Setting(OFF, None)


def test_the_model_beside_real_go(panel: WhatIf) -> None:
    """As in the log: the same setting, the lines of both, one under the other."""
    panel.model.click()
    panel.aligned.value = True

    assert panel.setting == Setting(100)
    assert "the log’s own setting" in panel.plots.both.value
    assert panel.plots.both.value.count("<td>Go</td>") == panel.plots.both.value.count("<td>model</td>")
    assert SHORT.splitlines()[0].split(":")[0] in panel.plots.both.value


def test_lines_are_turned_in_parts() -> None:
    """Cycles 13 to 24 of 41, then back; beyond the last part there is none."""
    panel = gomemlab.WhatIf("cache_churn")
    panel.aligned.value = True

    panel.on.click()
    assert f"Cycles {LINES + 1} to {2 * LINES}" in panel.plots.both.value
    panel.back.click()
    panel.back.click()
    assert "Cycles 1 to" in panel.plots.both.value
    for _ in range(9):
        panel.on.click()
    assert "of 41 in the log" in panel.plots.both.value
    panel.close()


def test_a_log_is_pasted(panel: WhatIf) -> None:
    """The first lines of a longer log: its cycles are on screen, the menu says that it is another."""
    paste(panel, "\n".join(shipped.read("trees").splitlines()[:20]))

    assert len(panel.question.source.cycles) == 20
    assert "the pasted log: 20 cycles under GOGC=100" in panel.logs.said.value
    assert panel.logs.menu.value == "another log"
    assert len(panel.map.points) == 20


@pytest.mark.parametrize("text", ["hello\nworld", "gc 1 @", "   "])
def test_a_bad_log_is_refused_and_loses_nothing(panel: WhatIf, text: str) -> None:
    """The parser's sentence; the answer of before, and what was pasted, stay."""
    before, points = panel.prediction, panel.map

    paste(panel, text)

    assert 'role="alert"' in said(panel)
    assert panel.prediction is before
    assert panel.map is points
    assert panel.logs.text.value == text


def test_html_in_a_log_is_never_markup(panel: WhatIf) -> None:
    """A script between the lines, and in a name: shown with its brackets, everywhere."""
    lines = SHORT.splitlines()
    paste(panel, "\n".join([*lines[:3], "<script>alert(1)</script>", lines[3] + "<img src=x onerror=alert(1)>"]))
    panel.aligned.value = True
    panel.logs._uploaded([{"name": "<b>x", "content": SHORT.encode()}])
    panel.wait()

    values = (getattr(widget, "value", "") for widget in under(panel.root) if widget is not panel.logs.text)
    everything = "".join(value for value in values if isinstance(value, str))
    assert "<script" not in everything
    assert "<img" not in everything
    assert "&lt;b&gt;x: 6 cycles" in panel.logs.said.value


def test_a_file_is_uploaded_packed_or_not(panel: WhatIf) -> None:
    """.gz is unpacked; a packed file that is cut short is read as far as it goes."""
    packed = gzip.compress(shipped.read("trees").encode())

    panel.logs._uploaded([{"name": "service.log.gz", "content": memoryview(packed)}])
    panel.wait()
    assert len(panel.question.source.cycles) == 65
    panel.logs._uploaded([{"name": "cut.log.gz", "content": memoryview(packed[:-300])}])
    panel.wait()

    assert 1 < len(panel.question.source.cycles) < 65 or 'role="alert"' in said(panel)


def test_what_is_odd_about_a_log_is_said(panel: WhatIf) -> None:
    """A missing cycle: a gap, with its place."""
    lines = SHORT.splitlines()
    paste(panel, "\n".join([*lines[:2], *lines[3:]]))

    assert "1 place odd" in panel.logs.said.value


def test_the_logs_own_setting_can_be_said(panel: WhatIf) -> None:
    """A log recorded under GOGC 50, as its reader knows."""
    panel.logs.gogc.value = "50"
    paste(panel, SHORT)

    assert panel.question.source.setting.gogc == 50


def test_a_log_comes_by_path_text_lines_or_parsed(tmp_path: Path) -> None:
    """Four ways to one answer; a path that is not there is refused with the names that ship."""
    path = tmp_path / "gc.log"
    path.write_text(SHORT)
    ways = [path, str(path), SHORT, SHORT.splitlines(), parse(SHORT)]

    panels = [WhatIf(way) for way in ways]

    assert len({str(panel.prediction) for panel in panels}) == 1
    for panel in panels:
        panel.close()
    with pytest.raises(MisuseError, match="there is no log 'nowhere'; give a path"):
        WhatIf("nowhere")
    with pytest.raises(MisuseError, match="cannot be used"):
        WhatIf("nothing\nhere\n")


def test_read_takes_another_log_in_code(panel: WhatIf) -> None:
    """The same panel, another service; a bad one leaves it."""
    panel.read("trees")
    panel.wait()
    assert len(panel.teeth) == 65
    assert panel.logs.menu.value == "trees"

    with pytest.raises(MisuseError, match="cannot be used"):
        panel.read("nothing\nhere\n")
    assert len(panel.teeth) == 65


def test_the_menu_reads_another_log(panel: WhatIf) -> None:
    """near_limit has 43 cycles."""
    panel.logs.menu.value = "near_limit"
    panel.wait()

    assert len(panel.teeth) == 43
    assert panel.advice is not None


def test_work_can_be_stopped() -> None:
    """Stopped at once, the map has fewer rows, and there is no recommendation; the answer is there."""
    panel = WhatIf("buffers")
    panel.progress.button.click()
    panel.wait()

    assert len(panel.map.points) < len(panel.limits)
    assert panel.advice is None
    assert "With GOGC=200" in said(panel)
    panel.close()


def test_an_infeasible_limit_is_explained(panel: WhatIf) -> None:
    """A limit of 1 MiB: infeasible, in the sentence and among the warnings."""
    panel.ask(100, "1MiB")

    assert "infeasible" in said(panel)
    assert "Infeasible:" in panel.plots.beside.value


def test_no_widget_is_left_behind(panel: WhatIf) -> None:
    """Ten questions and another log make none; closed, all are closed."""
    before = len(list(under(panel.root)))
    for gogc in range(50, 150, 10):
        panel.ask(gogc)
    panel.read("near_limit")
    panel.wait()
    assert len(list(under(panel.root))) == before

    panel.close()

    assert all(widget.comm is None for widget in under(panel.root))


def test_a_large_file_is_read_from_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a size its lines are not kept: in their place stand dashes."""
    path = tmp_path / "gc.log"
    path.write_text(SHORT)
    monkeypatch.setattr(logsource, "MOST_KEPT", 10)

    panel = WhatIf(path)
    panel.aligned.value = True

    assert "<td>Go</td><td><code>–</code>" in panel.plots.both.value
    panel.close()


def test_the_name_of_a_file_is_text_and_no_markup(panel: WhatIf) -> None:
    """<img onerror=…>.log is named as it stands, while it is read and afterwards."""
    name = "<img src=x onerror=alert(1)>.log"
    shown = []
    panel.progress.words.observe(lambda change: shown.append(change["new"]), "value")

    panel.logs._uploaded([{"name": name, "content": SHORT.encode()}])
    panel.wait()

    shown += [str(panel.logs.said.value), said(panel)]
    assert "&lt;img" in shown[0]
    assert not [words for words in shown if "<img" in words]
