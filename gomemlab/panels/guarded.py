"""Callbacks whose errors are seen: a notebook swallows what a button's callback raises, so the panel says it instead.

Go: none, this is how notebooks work.
Left out: the lab's own guard, which has a banner.
"""

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as ipw

from gomemlab.views.base import put


def guarded(place: ipw.HTML, work: Callable[[], object]) -> Callable[[Any], None]:
    """Return a callback that does the work; what it raises is said in `place`, aloud for a screen reader."""

    def callback(_event: Any = None) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 (nobody else would ever see it)
            words = escape(f"That did not work: {error}")
            put(place, value=f'<div class="gm-why gm-unread" role="alert"><p>{words}</p></div>')

    return callback
