"""What the lessons ask, and how an answer is judged: plain data, no widget in sight.

A question holds the model's answer, computed when the question is asked; the wrong answers that a known way of
thinking leads to; and why each of them fails. The lessons' own questions are one module each, lesson_00 and on.

Go: none, this is about learning it.
Left out: widgets; gomemlab.panels has them.
"""

from gomemlab.checks.plan import Plan, plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Verdict, Wrong

__all__ = ["Exercise", "Option", "Plan", "Prediction", "Verdict", "Wrong", "plan"]
