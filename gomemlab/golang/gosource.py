"""Just enough of Go's grammar to give a program's main another name and to see what it imports.

Comments, strings, raw strings and runes are skipped; what remains is words and signs. `func main` counts where no
brace or parenthesis is open.

Go: none of the runtime; the compiler has its own scanner.
Left out: everything else of the language; the compiler finds what is wrong with a program.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<skip> //[^\n]* | /\*.*?\*/ | \s+ | '(?:\\.|[^'\\\n])*' )
      | (?P<text> "(?:\\.|[^"\\\n])*" | `[^`]*` )
      | (?P<word> \w+ )
      | (?P<sign> . )""",
    re.DOTALL | re.VERBOSE,
)
_QUOTES = '"`'


class Token(NamedTuple):
    """A word, a string or a sign, and where it begins."""

    text: str
    at: int
    depth: int  # open brackets


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a Go file."""
    depth = 0
    for match in _TOKEN.finditer(source):
        if match.lastgroup == "skip":
            continue
        text = match[0]
        depth -= text in ")}]"
        yield Token(text, match.start(), depth)
        depth += text in "({["


def package_name(source: str) -> str:
    """Return the name in a file's package clause, "" where it has none."""
    words = tokens(source)
    first, second = next(words, None), next(words, None)
    return second.text if first and second and first.text == "package" else ""


def imports(source: str) -> set[str]:
    """Return the paths that a file imports."""
    found: set[str] = set()
    for token in tokens(source):
        if token.depth == 0 and token.text in {"func", "var", "const", "type"}:
            break  # imports come before every declaration
        if token.text[0] in _QUOTES:
            found.add(token.text[1:-1])
    return found


def rename_main(source: str, name: str) -> str | None:
    """Return the file with its function main called `name`, None where it has none."""
    before = before_that = Token("", 0, 0)
    for token in tokens(source):
        if token.text == "(" and before.text == "main" and before_that.text == "func" and token.depth == 0:
            return source[: before.at] + name + source[before.at + len("main") :]
        before_that, before = before, token
    return None
