"""What every view is: a pure function from a snapshot to a frame, and widgets that take the frame's values.

A frame is a frozen dataclass of plain values, so two frames can be compared and a step sends only what changed. The
widgets are built once; a rebuilt figure would leave its old widgets in the kernel for good. `close()` follows the
traits from the root and closes every widget it meets, because closing a bqplot figure closes only the figure.

Go: none, this is how the model is shown.
Left out: drawing in Python, apart from the palette pictures of png.py.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import ipywidgets as ipw
import numpy as np

from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import Event
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import theme

F = TypeVar("F")


def put(widget: Any, **traits: Any) -> bool:
    """Set the traits that differ, in one message, and return whether any did."""
    changed = {name: value for name, value in traits.items() if not _same(getattr(widget, name), value)}
    if changed:
        with widget.hold_sync():
            for name, value in changed.items():
                setattr(widget, name, value)
    return bool(changed)


def _same(old: object, new: object) -> bool:
    """Return whether two trait values are equal; arrays are compared whole."""
    if isinstance(old, np.ndarray) or isinstance(new, np.ndarray):
        return np.array_equal(np.asarray(old), np.asarray(new))
    return type(old) is type(new) and old == new


def under(root: ipw.Widget) -> Iterator[ipw.Widget]:
    """Yield the root and every widget that can be reached from it through traits."""
    seen: set[int] = set()
    waiting: list[object] = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, ipw.Widget):
            if id(value) in seen:
                continue
            seen.add(id(value))
            yield value
            # Only traits that hold a value: reading a default would make the widget that it is.
            waiting.extend(value._trait_values.values())  # noqa: SLF001 (traitlets has no other way)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple) and len(value) < 1000:  # noqa: PLR2004 (long lists are data)
            waiting.extend(value)


def close_all(root: ipw.Widget, extra: Iterable[ipw.Widget] = ()) -> None:
    """Close a tree of widgets and the trees listed beside it."""
    for widget in [widget for tree in (root, *extra) for widget in under(tree)]:
        widget.close()


def html(text: str = "", *classes: str) -> ipw.HTML:
    """Return an HTML widget with CSS classes."""
    widget = ipw.HTML(text)
    for name in classes:
        widget.add_class(name)
    return widget


def box(children: Iterable[ipw.Widget], *classes: str) -> ipw.Box:
    """Return a box whose layout the style sheet decides."""
    widget = ipw.Box(list(children))
    for name in classes:
        widget.add_class(name)
    return widget


def headed(name: str, inner: str) -> str:
    """Return a headline: a bold name, and HTML beside it."""
    bold = f'<span class="gm-name" role="heading" aria-level="3">{escape(name)}</span>'
    return f'<div class="gm-head">{bold}{inner}</div>'


def headline(name: str, sentence: str, *, alert: bool = False) -> str:
    """Return a headline with a sentence that a screen reader speaks; a refusal is spoken at once."""
    role, look = ("alert", ' style="color:var(--gm-warn)"') if alert else ("status", "")
    return headed(name, f'<span class="gm-s" role="{role}"{look}>{escape(sentence)}</span>')


class Host(Protocol):
    """What a view may ask of the lab it belongs to; widgets' callbacks reach the world only through this."""

    @property
    def tick(self) -> int:
        """Return the moment on screen."""

    @property
    def pick(self) -> int:
        """Return the id of the picked span, or -1."""

    @property
    def following(self) -> bool:
        """Tell whether the pick goes with the newest request."""

    def choose(self, span: int) -> None:
        """Pick a span by its id; every view shows it, and it stays picked."""

    def follow(self, *, on: bool = True) -> None:
        """Let the pick go with the newest request, or not."""

    def guard(self, work: Callable[[], object]) -> None:
        """Run a callback's work under the lab's lock; an error becomes the lab's banner."""

    def settle(self) -> None:
        """Paint now what waits for its turn."""

    def recent(self, n: int) -> list[tuple[int, Event]]:
        """Return the last n (tick, event) pairs up to now, newest first."""


def button(host: Host, words: str, tip: str, work: Callable[[], object], *, icon: str = "") -> ipw.Button:
    """Return a button whose work runs under the host's guard."""
    made = ipw.Button(description=words, tooltip=tip, icon=icon)
    made.on_click(lambda _: host.guard(work))
    return made


class Alone:
    """The host of a view that belongs to no lab: it remembers the pick, and errors stay errors."""

    tick = 0
    pick = -1
    following = False

    def choose(self, span: int) -> None:
        """Remember the pick; the next update shows it."""
        self.pick = span

    def follow(self, *, on: bool = True) -> None:
        """Change nothing: there are no requests to follow."""

    def guard(self, work: Callable[[], object]) -> None:
        """Run the work."""
        work()

    def settle(self) -> None:
        """Do nothing: nothing waits."""

    def recent(self, n: int) -> list[tuple[int, Event]]:  # noqa: ARG002 (a host without a past)
        """Return nothing."""
        return []


class View(ABC, Generic[F]):
    """A picture of one moment; subclasses give `name`, `parts`, `frame`, `show` and `sentence`.

    The headline is the view's name and one sentence, which is also the text that a screen reader speaks. It travels in
    one message with the first part where that is text: each message costs the way to the browser about a millisecond.
    """

    name: str = ""
    css = ""  # a class of its own: the style sheet need not search views for what is in them (:has is slow)
    spread = False  # the first part is text whose pieces stand around the other parts; the style sheet places them

    def __init__(self, host: Host | None = None) -> None:
        """Build the widgets once; nothing is drawn before the first `update`."""
        self.host: Host = host or Alone()
        self.head = html(self._headline(None), "gm-headline")
        self.extra: list[ipw.Widget] = []  # widgets that no trait leads to, closed with the view
        self.on_close: Callable[[], None] | None = None
        self.closed = False
        self._last: F | None = None
        self._said = ""
        self._root: ipw.Widget | None = None
        below, tools = self.parts(), self.tools()
        text = below[0] if below and isinstance(below[0], ipw.HTML) else None
        self._joined = text if self.spread or not tools else None
        self._below = ""
        self.body = ipw.VBox(self._laid(below, tools))
        self.body.add_class("gm-view")
        if self.css:
            self.body.add_class(self.css)
        if self.spread:
            self.body.add_class("gm-spread")

    def _laid(self, below: list[ipw.Widget], tools: list[ipw.Widget]) -> list[ipw.Widget]:
        """Return the parts with headline and tools above them, as far as the text does not bring the headline."""
        if self._joined is None:
            return [box([self.head, *tools], "gm-headrow") if tools else self.head, *below]
        if not self.spread:
            return below
        self._joined.add_class("gm-text")
        return [self._joined, *([box(tools, "gm-headrow")] if tools else []), *below[1:]]

    @abstractmethod
    def parts(self) -> list[ipw.Widget]:
        """Return the widgets below the headline; called once, before anything is shown."""

    def tools(self) -> list[ipw.Widget]:
        """Return the controls at the right end of the headline; called once, after `parts`."""
        return []

    @abstractmethod
    def frame(self, snapshot: Snapshot) -> F:
        """Return what to draw of a snapshot; changes nothing."""

    @abstractmethod
    def show(self, frame: F) -> None:
        """Move the widgets' traits to a frame; use `put`, which sends only what changed."""

    @abstractmethod
    def sentence(self, frame: F) -> str:
        """Return the headline's sentence as HTML; it is what a screen reader hears."""

    def update(self, snapshot: Snapshot) -> bool:
        """Show a snapshot; return whether there was anything new to draw."""
        return not self.closed and self.draw(self.frame(snapshot))

    def draw(self, frame: F) -> bool:
        """Show a frame, unless it is on screen; return whether it was not."""
        if self.closed or (self._last is not None and frame == self._last):
            return False
        headline = self._headline(frame)
        if self._joined is None:
            self.show(frame)
            put(self.head, value=headline)
        else:
            with self._joined.hold_sync():
                self._joined.value = self._below
                self.show(frame)
                self._below = self._joined.value
                self._joined.value = headline + self._below
        self._last, self._said = frame, headline
        return True

    @property
    def last(self) -> F | None:
        """Return the frame on screen."""
        return self._last

    @property
    def root(self) -> ipw.Widget:
        """Return the view with its style sheet, for a cell of its own."""
        if self._root is None:
            self._root = ipw.VBox([theme.style(), self.body])
            self._root.add_class("gm")
        return self._root

    @property
    def summary(self) -> str:
        """Return the headline's HTML, the text alternative of the picture."""
        self.host.settle()
        return self._said

    def close(self) -> None:
        """Close every widget of the view."""
        if self.closed:
            return
        self.closed = True
        close_all(self._root or self.body, [self.head, *self.extra])
        if self.on_close is not None:
            self.on_close()

    def figures(self) -> list[Any]:
        """Return the bqplot figures of the view, which the front end can export."""
        return [w for w in under(self.body) if hasattr(w, "save_png")]

    def save(self, filename: str) -> None:
        """Export the picture: `.svg` is written here, `.png` of a figure comes as a download from the front end."""
        kind = Path(filename).suffix
        if kind == ".svg":
            Path(filename).write_text(self.svg(), "utf-8")
        elif kind == ".png" and self.figures():
            self.figures()[0].save_png(filename)
        else:
            can = ".svg or .png" if self.figures() else ".svg"
            raise MisuseError(f"cannot save {self.name} as {filename!r}; give a name that ends in {can}")

    def svg(self) -> str:
        """Return the view as one SVG document that carries its own style sheet."""
        inner = "".join(str(w.value) for w in under(self.body) if isinstance(w, ipw.HTML))
        return svg_document(inner, 1180, 420)

    def _headline(self, frame: F | None) -> str:
        """Return the headline's HTML."""
        sentence = "" if frame is None else self.sentence(frame)
        return headed(self.title(frame), f'<span class="gm-s" role="status">{sentence}</span>')

    def title(self, frame: F | None) -> str:  # noqa: ARG002 (for views that name what they show)
        """Return the bold words of the headline."""
        return self.name

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows when the view is the value of a cell."""
        return self.root._repr_mimebundle_(**kwargs)


def svg_document(inner: str, width: int, height: int) -> str:
    """Return HTML wrapped into an SVG file with the style sheet in it.

    A file is XML, where an SVG inside the HTML is one only if it says so.
    """
    inner = re.sub(r"<svg(?![^>]*xmlns)", '<svg xmlns="http://www.w3.org/2000/svg"', inner)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><style>{theme.css()}</style>'
        f'<foreignObject width="100%" height="100%"><div xmlns="http://www.w3.org/1999/xhtml" class="gm">'
        f'<div class="widget-html-content">{inner}</div></div>'
        "</foreignObject></svg>\n"
    )
