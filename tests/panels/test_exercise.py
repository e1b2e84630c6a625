"""The widgets of questions, driven from Python: what is pressed, what is said, and that nothing is left behind."""

from collections.abc import Callable, Iterator

import ipywidgets as ipw
import pytest
from ipywidgets.widgets import widget

import gomemlab
from gomemlab.checks.plan import LessonError, plan
from gomemlab.checks.questions import Exercise, Prediction
from gomemlab.panels.exercise import ExercisePanel
from gomemlab.panels.holes import HolesPanel
from gomemlab.panels.lesson import Lesson, lesson
from gomemlab.panels.predict import PredictPanel
from gomemlab.panels.tiny import TinyPanel
from gomemlab.views.base import under


@pytest.fixture
def fit() -> Iterator[ExercisePanel]:
    """Return "objects-per-span" on screen."""
    panel = ExercisePanel(plan("01").exercise("objects-per-span"))
    yield panel
    panel.close()


@pytest.fixture
def guess() -> Iterator[PredictPanel]:
    """Return "request-505" on screen."""
    panel = PredictPanel(plan("03").prediction("request-505"))
    yield panel
    panel.close()


@pytest.fixture
def first() -> Iterator[Lesson]:
    """Return lesson 01, afresh."""
    own = Lesson(plan("01"))
    yield own
    own.close()


def alive() -> int:
    """Return the number of widgets in the kernel."""
    return len(widget._instances)


def answer(panel: ExercisePanel, text: str) -> str:
    """Type an answer, press Check, and return what is shown."""
    panel.field.value = text
    panel.button.click()
    return str(panel.result.value)


def test_a_wrong_answer_is_told_why_and_by_which_misconception(fit: ExercisePanel) -> None:
    """128 comes from dividing the whole span; the answer is not given away."""
    shown = answer(fit, "128")

    assert "✕ 128 is not right: it is 8192 / 64" in shown
    assert "a span holds span bytes / size objects" in shown
    assert "? slots of 64 B" in shown
    assert "126" not in shown


def test_a_right_answer_is_shown_as_right(fit: ExercisePanel) -> None:
    """126 and why."""
    shown = answer(fit, "126")

    assert "✓ 126 objects is right" in shown
    assert "gm-right" in shown


def test_an_answer_that_cannot_be_read_is_not_called_wrong(fit: ExercisePanel) -> None:
    """An empty field is told what to write."""
    shown = answer(fit, "")

    assert "I could not read that" in shown
    assert "✕" not in shown


def test_what_is_typed_is_never_taken_for_html(fit: ExercisePanel) -> None:
    """A script in the field stays text."""
    shown = answer(fit, "<script>alert(1)</script> no number here")

    assert "<script>" not in shown


def test_a_verdict_is_spoken(fit: ExercisePanel) -> None:
    """A screen reader hears the result."""
    assert 'role="status"' in answer(fit, "1")


def test_return_in_the_field_checks(fit: ExercisePanel) -> None:
    """The keyboard is enough."""
    fit.field.value = "126"
    fit.field._handle_string_msg(fit.field, {"event": "submit"}, [])

    assert fit.verdict is not None
    assert fit.verdict.state == "right"


def test_hints_open_one_by_one(fit: ExercisePanel) -> None:
    """Hint 2 can be opened after hint 1, not before; an open hint stays open."""
    one, two, three = fit.hints

    offered = [hint.button in hint.root.children for hint in fit.hints]
    one.button.click()
    one.open()

    assert offered == [True, False, False]
    assert one.text[:20] in one.words.value
    assert two.button in two.root.children
    assert three.button not in three.root.children


def test_no_answer_is_sent_to_the_browser_before_it_is_found(fit: ExercisePanel) -> None:
    """Nothing in any widget of the panel holds the answer or a closed hint."""
    sent = " ".join(
        str(one.value) for one in under(fit.root) if isinstance(one, ipw.HTML) and "<style>" not in one.value
    )

    assert "126" not in sent
    assert fit.hints[2].text not in sent


def test_a_choice_has_to_be_made_before_it_is_locked(guess: PredictPanel) -> None:
    """Lock in is off until an option is chosen."""
    off = guess.lock.disabled
    guess.options.index = 1

    assert off
    assert not guess.lock.disabled
    assert guess.verdict is None


def test_the_reveal_marks_both_answers_in_words(guess: PredictPanel) -> None:
    """Mine and the model's, by sign and word, not by colour alone."""
    guess.options.index = 1
    guess.lock.click()

    shown = guess.reveal.value
    assert "✕ your answer" in shown
    assert "✓ what the model did" in shown
    assert "Your answer: mcentral" in shown
    assert guess.ask not in guess.body.children


def test_what_was_recorded_is_said_to_be_gos_doing() -> None:
    """Of a question about real programs nobody reads that the model did it."""
    panel = PredictPanel(plan("13").prediction("shorter-pauses"))
    panel.options.index = 0
    panel.lock.click()

    assert "✓ what Go did" in panel.reveal.value
    assert "Go: about the same with each" in panel.reveal.value
    assert "Misconception: <b>" in panel.reveal.value
    assert "the model" not in panel.reveal.value
    panel.close()


def test_a_right_guess_is_said_to_be_one(guess: PredictPanel) -> None:
    """The third option is what the model did."""
    guess.options.index = guess.prediction.index
    guess.lock.click()

    assert "✓ your answer, and what the model did" in guess.reveal.value
    assert guess.verdict is not None
    assert guess.verdict.state == "right"


def test_an_error_in_a_callback_is_said_in_the_panel(guess: PredictPanel) -> None:
    """A lab that cannot be opened says why, where the notebook would be silent."""
    guess.opener = lambda _timeline, _views: 1 // 0
    guess.options.index = 1
    guess.lock.click()
    guess.show_lab.click()

    assert "That did not work: integer division" in guess.reveal.value
    assert 'role="alert"' in guess.reveal.value


def test_a_locked_guess_cannot_be_changed(guess: PredictPanel) -> None:
    """A second lock changes nothing."""
    guess.options.index = 1
    guess.lock.click()
    shown = guess.reveal.value
    guess.options.index = 2
    guess.lock.click()

    assert guess.reveal.value == shown


def test_a_guess_opens_the_lab_where_it_happened() -> None:
    """Request 505 is the last tick of the lab that opens."""
    own = Lesson(plan("03"))
    panel = own.predict("request-505")
    panel.options.index = 0
    panel.lock.click()
    panel.show_lab.click()
    panel.show_lab.click()

    assert panel.opened is not None
    assert panel.opened.lab.tick == 505
    assert panel.opened.root in panel.body.children
    assert "That did not work" not in panel.reveal.value
    own.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda own: own.exercise("objects-per-span"),
        lambda own: own.predict("thirty-three-bytes"),
        lambda own: own.classes(33),
        lambda own: own.tiny("12, 8, 8"),
        lambda own: own.slots("5, 9"),
        lambda own: own.lab("transport", "path", "heap_map", "span", "log"),
        lambda own: own.lab(),
    ],
    ids=["exercise", "prediction", "size classes", "tiny", "slots", "views", "whole lab"],
)
def test_running_a_cell_again_leaves_no_widget_behind(first: Lesson, make: Callable[[Lesson], object]) -> None:
    """Two runs hold as many widgets as one, and none after the lesson is closed."""
    before = alive()
    make(first)
    once = alive()

    for _ in range(3):
        make(first)

    assert alive() == once
    first.close()
    assert alive() == before


def test_a_used_panel_is_closed_whole(first: Lesson) -> None:
    """Hints that were opened and a question that was locked are closed, too."""
    before = alive()
    panel = first.exercise("objects-per-span")
    for hint in panel.hints:
        hint.open()
    answer(panel, "128")
    guess = first.predict("thirty-three-bytes")
    guess.options.index = 0
    guess.lock.click()

    first.close()

    assert alive() == before


def test_solving_an_exercise_fills_its_dot_everywhere(first: Lesson) -> None:
    """The other exercises of the lesson show it, too; a wrong answer shows a cross."""
    one, two = first.exercise("wasted-bytes"), first.exercise("objects-per-span")

    answer(one, "127 B")
    answer(two, "128")

    assert one.head.value.count("✓") == two.head.value.count("✓") == 1
    assert "✕" in two.head.value
    assert "1 of 3 exercises solved" in two.head.value


def test_a_lesson_is_the_same_value_every_time() -> None:
    """Cells that run in any order share what is solved."""
    assert lesson("01") is lesson("01_size_classes") is gomemlab.lesson_01


def test_a_lesson_refuses_what_it_does_not_have(first: Lesson) -> None:
    """A view, a version, a scene and a question, each with what there is instead."""
    with pytest.raises(LessonError, match="heap_map"):
        first.lab("heapmap")
    with pytest.raises(LessonError, match=r"1\.27"):
        first.classes(33, go="1.4")
    with pytest.raises(LessonError, match="It has: none"):
        first.lab(scene="full")
    with pytest.raises(LessonError, match="thirty-three-bytes"):
        first.predict("33")


def test_values_in_a_sentence_are_bold_and_have_thousands(first: Lesson) -> None:
    """40960 becomes 40 960; text stays as it is."""
    said = first.say("{n} B, {who}, {x.real:.1f}.", n=40960, who="P0", x=1.25)

    assert repr(said) == "**40\u202f960** B, P0, **1.2**."


def test_sizes_are_listed_as_a_table(first: Lesson) -> None:
    """Small, large, and with pointers."""
    assert "| 33 | 5 | 48 | 15 | 1 | 168 | 128 |" in first.sizes(33).markdown
    assert "| large |" in first.sizes(40000).markdown
    assert "| 1\u202f024 | 33 | 1\u202f152 |" in first.sizes(1024, pointers=True).markdown


def test_versions_are_listed_as_a_table(first: Lesson) -> None:
    """A 512 B span with pointers lost a slot in 1.22."""
    lines = first.versions(512, pointers=True).markdown.splitlines()

    assert [line.split(" | ")[2] for line in lines[2:]] == ["16", "15", "15"]


def test_tiny_sizes_that_cannot_be_placed_leave_the_picture(first: Lesson) -> None:
    """16 B is refused in words; the blocks of before stay."""
    panel = first.tiny("12, 8, 8")
    picture = panel.picture.value

    panel.place("16")

    assert 'role="alert"' in panel.head.value
    assert "16 B is not tiny" in panel.head.value
    assert panel.picture.value == picture


def test_an_example_of_tiny_sizes_is_one_press() -> None:
    """6, 6, 6 needs two blocks."""
    panel = TinyPanel()
    next(button for button in panel.examples if button.description == "6, 6, 6").click()

    assert panel.run is not None
    assert panel.run.blocks == 2
    assert panel.field.value == "6, 6, 6"
    panel.close()


@pytest.fixture
def holes() -> Iterator[HolesPanel]:
    """Return the pages of lesson 04 on screen."""
    panel = HolesPanel(plan("04").scene("holes")())
    yield panel
    panel.close()


def test_a_large_object_is_made_in_the_lowest_hole(holes: HolesPanel) -> None:
    """20 pages go to page 60; the sentence says so."""
    holes.make.click()

    assert "began at page 60" in holes.head.value
    assert "var(--gm-accent)" in holes.strip.value


def test_an_object_is_freed_and_the_next_one_offered(holes: HolesPanel) -> None:
    """Freeing page 0 leaves page 20 chosen."""
    holes.drop.click()

    assert "20 pages from page 0 are idle again" in holes.head.value
    assert holes.victim.label == "page 20, 20 pages"


def test_the_pages_can_be_started_again(holes: HolesPanel) -> None:
    """After two requests, the strip is as at first."""
    at_first = holes.strip.value
    holes.make.click()
    holes.make.click()
    holes.again.click()

    assert holes.strip.value == at_first


def test_with_nothing_left_to_free_the_panel_says_so(holes: HolesPanel) -> None:
    """Nine objects can be freed, and then none."""
    for _ in range(10):
        holes.drop.click()

    assert "Choose an object" in holes.head.value


def test_every_question_of_a_lesson_answers_as_it_should() -> None:
    """The rehearsal counts what it asked."""
    assert lesson("01").rehearse() == "3 exercises and 3 predictions: every answer judged as it should be."


def test_questions_come_from_their_own_module() -> None:
    """What is on screen is what the plan has."""
    assert isinstance(plan("04").exercise("forty-pages"), Exercise)
    assert isinstance(plan("04").prediction("twenty-pages"), Prediction)


@pytest.mark.parametrize("text", ["", "-3", "abc", "0", "16", "1, " * 65, "x" * 300])
def test_whatever_is_no_row_of_tiny_sizes_is_told_what_is(text: str) -> None:
    """The same advice for each: the field asks for sizes, and it asks no question."""
    panel = TinyPanel()

    panel.place(text)

    assert "sizes from 1 to 15, such as 12, 8, 8" in panel.head.value
    assert "answer" not in panel.head.value
    panel.close()
