"""A field for a whole number, in which what is typed arrives as it was typed.

A browser's field for integers makes 1 of 1.5 and of 1e9, and a bounded one takes the nearest bound; both without a
word. This one takes any number, and refuses in words what cannot be, when the number is used.

Go: none, this is about widgets.
Left out: units; a field for sizes takes text.
"""

import ipywidgets as ipw

from gomemlab.runtime.errors import MisuseError
from gomemlab.views.words import thousands


class Whole(ipw.FloatText):
    """The field; `whole` reads it."""

    def __init__(self, value: int, what: str, ends: tuple[int, int] | None = None, tooltip: str = "") -> None:
        """Show a number of `what`, such as "goroutines"; without ends who uses the number says what is too much."""
        self.what, self.ends = what, ends
        super().__init__(value=value, step=1, tooltip=tooltip)

    def whole(self) -> int:
        """Return the number; raise MisuseError for one that cannot be."""
        if not self.value.is_integer():
            raise MisuseError(f"{self.value:g} {self.what} cannot be; give a whole number")
        n = int(self.value)
        if self.ends is not None and not self.ends[0] <= n <= self.ends[1]:
            least, most = map(thousands, self.ends)
            raise MisuseError(f"{thousands(n)} {self.what} are not possible here; give {least} to {most}")
        return n
