"""Numbers as people write them: 1 KiB, 1,152, 126 slots, 0x480, "5 pages".

A learner who knows the answer must never fail because of how it was typed. So units are read, thousands may be grouped,
and the unit's name may stand there or not. What cannot be read is refused with an example of what can.

Go: none, this is how answers are read.
Left out: decimal multiples. KB means 1024 here, as it does when Go's own sources say it.
"""

import re
from fractions import Fraction

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.phrases import thousands

count = thousands  # as questions call it
BYTES = {
    "": 1,
    "b": 1,
    "byte": 1,
    "k": 1 << 10,
    "kb": 1 << 10,
    "kib": 1 << 10,
    "m": 1 << 20,
    "mb": 1 << 20,
    "mib": 1 << 20,
    "g": 1 << 30,
    "gb": 1 << 30,
    "gib": 1 << 30,
    "page": PAGE_SIZE,
}
THINGS = {"block", "slot", "object", "span", "arena", "chunk", "malloc", "request"}
SAME = {"object", "slot"}  # each object has a slot: either word counts both
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WORDS = {"none": "0", "no": "0"} | {name: str(value) for value, name in enumerate(NAMES)}
WORD = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)
GROUPED = re.compile(r"(?<=\d)[ ,_'\u00a0\u2009\u202f](?=\d{3}(?!\d))")
NUMBER = re.compile(r"(0x[0-9a-f]+|\d+(?:\.\d+)?)\s*([a-zµ]*)", re.IGNORECASE)
GLUED = re.compile(r"(?<![0-9a-z.])(?!0x)\d[\d.]*[a-zµ]+\d[\da-zµ.]*", re.IGNORECASE)  # 1e3 is neither 1 nor 3
LONGEST = 600  # characters; nobody's answer is longer, and a paste may be


def read_one(text: str, unit: str = "") -> int:
    """Return the one number in text, in the question's unit; raise MisuseError for none or several."""
    values = read_grouped(text, unit)
    if len(values) != 1:
        raise MisuseError(f"“{_short(text)}” holds {len(values)} numbers; one is asked for, such as 40 or 1 KiB")
    return values[0]


def read_many(text: str, unit: str = "") -> tuple[int, ...]:
    """Return the numbers in text in their order; raise MisuseError where there is none."""
    return _read(text, unit)


def read_grouped(text: str, unit: str = "") -> tuple[int, ...]:
    """Return the numbers in text, where "1 000" is one and not two; raise MisuseError where there is none."""
    return _read(GROUPED.sub("", text.strip()), unit)


def how_read(text: str) -> str:
    """Return how a KB, MB or GB in text was read, "" where there is none: many people mean a thousand by k."""
    powers = {"k": "1024", "m": "1024²", "g": "1024³"}
    found = next((s.lower() for _, s in NUMBER.findall(text) if s.lower() in {"k", "kb", "m", "mb", "g", "gb"}), "")
    return f" ({found[0].upper()}B is read as {powers[found[0]]} B)" if found else ""


def _read(text: str, unit: str) -> tuple[int, ...]:
    """Return every number of text, in the question's unit."""
    if len(text) > LONGEST:
        raise MisuseError(f"an answer of {len(text)} characters is too long to be read; write only the number")
    plain = WORD.sub(lambda word: WORDS[word[0].lower()], " ".join(text.split()))
    if "-" in plain:
        raise MisuseError(f"“{_short(text)}” holds a minus sign; every answer here is 0 or more")
    if glued := GLUED.search(plain):
        raise MisuseError(f"“{_short(glued[0])}” is no number that can be read here; write it out, such as 1000")
    found = NUMBER.findall(plain)
    if not found:
        raise MisuseError(f"“{_short(text)}” holds no number; write for example 40, 1 KiB or 5 pages")
    return tuple(_value(digits, suffix.lower(), unit) for digits, suffix in found)


def _value(digits: str, suffix: str, unit: str) -> int:
    """Return one number in the question's unit; raise MisuseError where it is not a whole number of them."""
    amount = Fraction(int(digits, 16)) if digits.lower().startswith("0x") else Fraction(digits)
    typed = suffix.removesuffix("s")
    asked = unit.split(maxsplit=1)[0].lower().removesuffix("s") if unit else ""
    if asked and typed in THINGS and typed != asked and not {typed, asked} <= SAME:
        wanted = "bytes" if asked == "b" else unit
        raise MisuseError(f"{digits} {suffix} is a number of {typed}s; asked is a number of {wanted}, such as 40")
    if asked in BYTES and asked:
        # A bare number is already in the unit that is asked for, and so is a word that means nothing here.
        factor = BYTES[typed] if typed in BYTES and typed else BYTES[asked]
        amount = amount * factor / BYTES[asked]
    elif typed in ("k", "m"):
        amount *= BYTES[typed]
    elif typed in BYTES and typed:
        raise MisuseError(f"{digits} {suffix} is a size; asked is a number of {unit or 'things'}, such as 40")
    if amount.denominator != 1:
        wanted = f"whole number of {unit}" if unit else "whole number"
        raise MisuseError(f"{digits} {suffix}".rstrip() + f" is not a {wanted}; write thousands as 1152 or 1 152")
    return int(amount)


def _short(text: str) -> str:
    """Return text short enough to be quoted in a sentence."""
    limit = 24
    return text if len(text) <= limit else text[: limit - 1] + "…"
