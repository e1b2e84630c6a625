"""A gctrace line to take apart: a field for a line of yours, lines of real programs to press, and the parts.

Go: runtime/mgc.go, gcMarkTermination.
Left out: whole logs; `gomemlab gctrace` reads those.
"""

from functools import partial
from threading import RLock

import ipywidgets as ipw

from gomemlab.checks.measuring import LINE
from gomemlab.panels.guarded import guarded
from gomemlab.panels.panel import Panel
from gomemlab.views.base import box, headline, html, put
from gomemlab.views.gcline import LineFrame, draw, frame

NAME = "One line"
# Of real programs: Go 1.27.3, but for the last one.
EXAMPLES = {
    "many goroutines": LINE,
    "assists": "gc 85 @1.453s 46%: 0.073+8.4+0.004 ms clock, 0.14+11/0.20/0+0.008 ms cpu, 27->30->19 MB, 30 MB goal, "
    "0 MB stacks, 0 MB globals, 2 P",
    "runtime.GC, GOGC=off": "gc 24 @0.147s 5%: 0.037+2.1+0.001 ms clock, 0.074+0/0.028/2.0+0.003 ms cpu, "
    "52->52->52 MB, 8532210231535 MB goal, 0 MB stacks, 2 MB globals, 2 P (forced)",
    "Go 1.17": "gc 8 @0.058s 2%: 0.15+1.4+0.027 ms clock, 5.0+0.31/7.2/10+0.87 ms cpu, 22->24->14 MB, 23 MB goal, 32 P",
}


class GCLinePanel(Panel):
    """A field, examples, and the line in parts; `last` is the frame on screen."""

    def __init__(self, line: str = LINE) -> None:
        """Take a line apart at once."""
        self.lock = RLock()
        self.last = LineFrame((), "")
        self.field = ipw.Text(value=line, continuous_update=False, layout=ipw.Layout(width="100%"))
        self.field.tooltip = "A line that GODEBUG=gctrace=1 printed"
        self.head, self.picture = html(), html()
        self.examples = [ipw.Button(description=name, tooltip=f"Show a line: {name}") for name in EXAMPLES]
        for button in self.examples:
            button.on_click(guarded(self.head, partial(self.show, EXAMPLES[button.description])))
        self.field.observe(guarded(self.head, lambda: self.show(self.field.value)), names="value")
        controls = box([html('<span class="gm-s">Lines of real programs</span>'), *self.examples], "gm-row")
        super().__init__([self.head, self.field, self.picture, controls], "gm-gcline")
        self.show(line)

    def show(self, line: str) -> None:
        """Take a line apart; where there is none in the text, say so and keep the picture."""
        with self.lock:
            put(self.field, value=line)
            made = frame(line)
            put(self.head, value=headline(NAME, made.sentence, alert=not made.parts))
            if made.parts:
                self.last = made
                put(self.picture, value=draw(made))
