"""The banner: what was refused and what to do, or what went wrong in a callback, where the reader sees it.

A notebook swallows exceptions of widget callbacks. Every callback of the lab runs under `Lab.guard`, which brings the
message here; the world is unchanged.

Go: none, this is how errors reach the reader.
Left out: a history of banners; the newest is the one that counts.
"""

from collections.abc import Callable
from html import escape

import ipywidgets as ipw

from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import box, html, put


class Banner:
    """One line above the controls, hidden while there is nothing to say."""

    def __init__(self, dismissed: Callable[[], None]) -> None:
        """Build the banner, hidden; `dismissed` is called by its button."""
        self.words = html("", "gm-ban-words")
        self.button = ipw.Button(description="Dismiss", tooltip="close this message")
        self.button.on_click(lambda _: dismissed())
        self.root = box([self.words, self.button], "gm-ban", "gm-off")

    def show(self, error: Exception | None) -> None:
        """Say an error, or hide."""
        if error is None:
            self.root.add_class("gm-off")
            put(self.words, value="")
            return
        put(self.words, value=f'<span role="alert">{sentence(error)}</span>')
        self.root.remove_class("gm-off")


def sentence(error: Exception) -> str:
    """Return an error as HTML: a refusal in its own words, anything else with its kind."""
    if isinstance(error, MisuseError):
        return f"<b>✕ Not done</b> {escape(str(error))}"
    kind = type(error).__name__
    return f"<b>✕ Went wrong</b> {escape(kind)}: {escape(str(error))}; the whole story is in <code>lab.error</code>"
