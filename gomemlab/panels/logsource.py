"""Where a gctrace log comes from: one that ships, a file that is uploaded, or text that is pasted.

What was pasted stays in its field, whatever comes of it. A packed file is unpacked.

Go: runtime/extern.go (GODEBUG=gctrace=1).
Left out: folders of logs; one question is about one process.
"""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

import ipywidgets as ipw

from gomemlab.gctrace import Log, shipped
from gomemlab.gctrace.parse import HOW
from gomemlab.pacing.run import NO_LIMIT
from gomemlab.panels.knobs import read_limit
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import box, html, put
from gomemlab.views.words import count
from gomemlab.whatif.logs import Given

GZIP = b"\x1f\x8b"
OWN = "another log"
MOST_KEPT = 16 << 20  # characters of a log whose lines are kept to be shown
TOLD = 3  # problems of a log that are said one by one


@dataclass(frozen=True, slots=True)
class Source:
    """A log that is yet to be read, and its name."""

    name: str
    given: Given
    text: str = ""  # where it is at hand: its lines are shown beside the model's

    @property
    def lines(self) -> Sequence[str]:
        """Return the log's lines, or none where they are not at hand."""
        return self.text.splitlines() if self.text else ()


def source_of(log: "Given | None") -> Source:
    """Return a log by the name of one that ships, a path, its text, its lines, or as it was read."""
    if log is None:
        log = "cache_churn"
    if isinstance(log, str) and log in shipped.names():
        return Source(log, shipped.read(log), shipped.read(log))
    if isinstance(log, str) and "\n" in log:
        return of_text("the text", log)
    if isinstance(log, str | PathLike):
        path = Path(log)
        if not path.is_file():
            known = ", ".join(shipped.names())
            raise MisuseError(f"there is no log {str(log)!r}; give a path, the text of a log, or one of {known}")
        small = path.stat().st_size <= MOST_KEPT
        return of_bytes(path.name, path.read_bytes()) if small else Source(path.name, path)
    if isinstance(log, Log):
        return Source("the log", log)
    return of_text("the lines", "\n".join(str(line).rstrip("\r\n") for line in log))


def of_text(name: str, text: str) -> Source:
    """Return a log for its text; a text is never taken for a path."""
    whole = text if text.endswith("\n") else text + "\n"
    return Source(name, whole, whole if len(whole) <= MOST_KEPT else "")


def of_bytes(name: str, content: bytes) -> Source:
    """Return a log for the content of a file, packed or not."""
    if content.startswith(GZIP):
        try:
            content = gzip.GzipFile(fileobj=BytesIO(content)).read()
        except (OSError, EOFError):  # cut short: the parser reads as far as it goes
            return Source(name, gzip.GzipFile(fileobj=BytesIO(content)))
    return of_text(name, content.decode("utf-8", "replace"))


class LogSource:
    """The row that chooses a log, the field to paste into, and the line that says what was read."""

    def __init__(
        self, name: str, given: Callable[[Source], None], guard: Callable[[Callable[[], object]], None]
    ) -> None:
        """Show a name; `given` hears of each log that the reader gives."""
        self._given, self._guard, self._moving = given, guard, False
        self.menu = ipw.Dropdown(options=self._options(), tooltip="logs of real Go services that come along")
        self.menu.add_class("gm-workload")
        self.upload = ipw.FileUpload(description="upload", tooltip="a file that GODEBUG=gctrace=1 wrote, .gz too")
        self.pasting = ipw.ToggleButton(description="paste", tooltip="show a field to paste a log into")
        self.text = ipw.Textarea(placeholder=HOW, tooltip="the log", continuous_update=False)
        self.press = ipw.Button(description="Read", tooltip="read the log in the field", button_style="primary")
        self.gogc = self._setting("GOGC that the log was recorded under; empty: as its goals say")
        self.limit = self._setting("GOMEMLIMIT that the log was recorded under; empty: as its goals say")
        self.said = html("", "gm-wi-read")
        self._listen()
        words = [html(f'<span class="gm-s">{word}</span>') for word in ("log", "recorded under GOGC", "limit")]
        under = [box([words[1], self.gogc], "gm-row"), box([words[2], self.limit], "gm-row")]
        self.row = box([words[0], self.menu, self.upload, self.pasting, *under, self.said], "gm-row", "gm-wi-log")
        self.field = box([self.text, self.press], "gm-row", "gm-wi-paste", "gm-off")
        self.name(name)

    @staticmethod
    def _options() -> list[tuple[str, str]]:
        """Return the menu."""
        return [*((f"{name}: {shipped.WORDS.get(name, '')}", name) for name in shipped.names()), (OWN, OWN)]

    @staticmethod
    def _setting(tip: str) -> ipw.Text:
        """Return a small field."""
        made = ipw.Text(placeholder="auto", continuous_update=False, tooltip=tip)
        made.add_class("gm-set-number")
        return made

    @property
    def settings(self) -> tuple[str | None, int | str | None]:
        """Return GOGC and the limit that the fields say, None where one is empty; MisuseError for what is no limit."""
        gogc, limit = self.gogc.value.strip(), self.limit.value.strip()
        bound = read_limit(limit) if limit else None
        return gogc or None, "off" if bound == NO_LIMIT else bound

    def _listen(self) -> None:
        """Hear of what the reader does."""
        self.menu.observe(lambda change: self._menu(change["new"]), "value")
        self.upload.observe(lambda change: self._uploaded(change["new"]), "value")
        self.pasting.observe(lambda change: self._open(on=change["new"]), "value")
        self.press.on_click(lambda _: self._guard(self.read_field))

    def _menu(self, name: str) -> None:
        if not self._moving and name != OWN:
            self._guard(lambda: self._given(source_of(name)))

    def _uploaded(self, files: Sequence[dict[str, Any]]) -> None:
        if files:
            file = files[-1]
            self._guard(lambda: self._given(of_bytes(str(file["name"]), bytes(file["content"]))))

    def _open(self, *, on: bool) -> None:
        """Show or hide the field."""
        (self.field.remove_class if on else self.field.add_class)("gm-off")

    def read_field(self) -> None:
        """Read what was pasted."""
        if not self.text.value.strip():
            raise MisuseError("the field is empty; paste what your program wrote under GODEBUG=gctrace=1")
        self._given(of_text("the pasted log", self.text.value))

    def name(self, name: str) -> None:
        """Let the menu say which log is on screen."""
        self._moving = True
        try:
            put(self.menu, value=name if name in shipped.names() else OWN)
        finally:
            self._moving = False

    def tell(self, name: str, log: Log, setting: str, cycles: int) -> None:
        """Say what was read, and what was odd about it; all of it is text."""
        odd = log.problems.counts.total()
        words = f"{name}: {count(cycles, 'cycle')} under {setting}"
        told = "".join(f"<li>{escape(str(problem))}</li>" for problem in list(log.problems)[:TOLD])
        more = f"<li>and {count(odd - TOLD, 'more place')}</li>" if odd > TOLD else ""
        tail = f"; {count(odd, 'place')} odd" if odd else ""
        listed = f'<ul class="gm-wi-warn">{told}{more}</ul>' if odd else ""
        put(self.said, value=f'<span class="gm-s" role="status">{escape(words)}{tail}</span>{listed}')
