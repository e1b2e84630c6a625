"""What the lab says about itself: a refusal, work that is running, a line of history that was left, a comparison.

Go: none, this is how the lab reports.
Left out: a list of old notices.
"""

from html import escape
from typing import TYPE_CHECKING

import ipywidgets as ipw

from gomemlab import GO_VERSION
from gomemlab.panels.banner import Banner
from gomemlab.panels.cells import running_cell
from gomemlab.panels.job import Progress
from gomemlab.views.base import box, close_all, html, put
from gomemlab.views.words import thousands

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab


class Notices:
    """Banner, progress and the other line, each hidden until it has something to say."""

    def __init__(self, lab: "Lab") -> None:
        """Build them for a lab and keep them up to date until `close`."""
        self.lab = lab
        self.cell = running_cell()
        self.banner = Banner(lab.dismiss)
        self.progress = Progress(lab.stop)
        self.line = html("")
        self.swap = ipw.Button(tooltip="both lines are kept")
        self.swap.on_click(lambda _: lab.guard(lab.other_line))
        self.other = box([self.line, self.swap], "gm-note", "gm-off")
        self.compared = html("")
        self.root = ipw.VBox([self.banner.root, self.progress.root, self.other, self.compared])
        lab.notices.append(self)
        self.show()

    def show(self) -> None:
        """Say what there is to say."""
        self.banner.show(self.lab.error)
        self.progress.show(self.lab.job)
        put(self.compared, value=self._compared())
        former = self.lab.former
        if former is None:
            self.other.add_class("gm-off")
            return
        new = former.newer
        put(self.line, value=f'<span role="status">{_parted(former.parted, len(former.timeline), new=new)}</span>')
        put(self.swap, description="to the new line" if new else "back to the old line")
        self.other.remove_class("gm-off")

    @classmethod
    def here(cls, lab: "Lab") -> "Notices | None":
        """Return notices for a control that stands alone; None where the cell has the lab's notices already."""
        cell = running_cell()
        return None if any(notices.cell == cell for notices in lab.notices) else cls(lab)

    def _compared(self) -> str:
        """Return how a recording's addresses compare with real Go, while its line is on screen."""
        compared = self.lab.compared
        if compared is None or compared.line is not self.lab.timeline:
            return ""
        result = compared.result
        return against_go(compared.name, result.exact, result.total)

    def close(self) -> None:
        """Close the widgets."""
        if self in self.lab.notices:
            self.lab.notices.remove(self)
        close_all(self.root)


def _parted(tick: int, length: int, *, new: bool) -> str:
    """Return where two lines parted, and which one is not on screen."""
    other = "the new line" if new else "the old line"
    return f"Two lines of history part at tick {thousands(tick)}; {other} goes on to {thousands(length)}."


def against_go(name: str, exact: int, total: int) -> str:
    """Return "200 008 of 200 008 addresses equal real Go", as HTML, with a sign that needs no colour."""
    share = f"{thousands(exact)} of {thousands(total)}"
    real = f"addresses equal real Go {GO_VERSION.removeprefix('go')} ({escape(name)})"
    if exact == total:
        return f'<div class="gm-check" role="status"><b class="gm-right">✓ {share}</b> {real}</div>'
    differ = f": {thousands(total - exact)} differ"
    return f'<div class="gm-check" role="status"><b class="gm-warn">✕ {share}</b> {real}{differ}</div>'
