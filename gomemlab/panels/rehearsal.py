"""A rehearsal: a lesson's own widgets answer every question of it, wrongly in each known way and then rightly.

It is how a notebook checks itself. The widgets are made for the purpose and closed again; what a learner has on screen
and has solved is left alone.

Go: none, this is a test.
Left out: the browser; there a person, or a test with a browser, presses the buttons.
"""

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan, key_of
from gomemlab.checks.questions import Value
from gomemlab.panels.exercise import ExercisePanel
from gomemlab.panels.predict import PredictPanel
from gomemlab.runtime.errors import ThrowError
from gomemlab.views import words


def rehearse(plan: Plan) -> str:
    """Return how many questions were asked; raise ThrowError where an answer was judged wrongly."""
    for builder in plan.exercises:
        exercise(ExercisePanel(builder()), key_of(builder))
    for ask in plan.predictions:
        question = ask()
        for index in range(len(question.options)):
            prediction(PredictPanel(question), index, key_of(ask))
    counts = (words.count(len(plan.exercises), "exercise"), words.count(len(plan.predictions), "prediction"))
    return f"{' and '.join(counts)}: every answer judged as it should be."


def exercise(panel: ExercisePanel, key: str) -> None:
    """Type every known answer into a panel, open every hint, and close it."""
    question = panel.exercise
    answers = [("unread", "?"), *(("wrong", typed(wrong.value)) for wrong in question.wrong)]
    for state, text in [*answers, ("right", typed(question.answer))]:
        panel.field.value = text
        panel.button.click()
        if panel.verdict is None or panel.verdict.state != state:
            raise ThrowError(f'"{text}" to exercise {key} was judged {panel.verdict}, not {state}')
        if panel.verdict.heading not in panel.result.value:
            raise ThrowError(f'exercise {key} does not show what it says to "{text}"')
    for hint in panel.hints:
        if hint.button not in hint.root.children:
            raise ThrowError(f"hint {hint.index + 1} of exercise {key} cannot be opened after the one before")
        hint.button.click()
    panel.close()


def prediction(panel: PredictPanel, index: int, key: str) -> None:
    """Lock one option in, and close the panel."""
    panel.options.index = index
    panel.lock.click()
    verdict = panel.verdict
    wanted = "right" if index == panel.prediction.index else "wrong"
    if verdict is None or verdict.state != wanted or f"what {panel.prediction.who} did" not in panel.reveal.value:
        raise ThrowError(f"option {index} of prediction {key} was judged {verdict}, not {wanted}")
    panel.close()


def typed(value: Value) -> str:
    """Return an answer as a learner may type it."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else count(value)
