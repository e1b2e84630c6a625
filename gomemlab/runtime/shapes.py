"""Shapes: what a program may ask for, read from what a caller gave.

An object is a size in bytes and the words of it that are pointers; a frame and the globals are so many pointer slots.
Whatever cannot be is refused here, before anything changes.

Go: internal/abi/type.go, Type.
Left out: types; an object has no other layout than its pointer words.
"""

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import SupportsIndex

from gomemlab.runtime.alloc.sizeclasses import check_size, whole
from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.errors import MisuseError

MAX_SLOTS = 1 << 20  # pointer slots of one object, frame or program


def address_of(address: object) -> int:
    """Return an address as an int. Raises MisuseError for what can be none."""
    if type(address) is int:
        return address
    # Only now: what it takes to ask whether something is a number is not paid for each of many addresses.
    if isinstance(address, bool) or not isinstance(address, SupportsIndex):
        raise MisuseError(f"{address!r} is no address; give one that malloc or new returned")
    return operator.index(address)


def each_once(addresses: Iterable[object]) -> list[int]:
    """Return addresses as ints. Raises MisuseError for one that is named twice."""
    found = [address_of(address) for address in addresses]
    if len(set(found)) < len(found):
        twice, _ = Counter(found).most_common(1)[0]
        raise MisuseError(f"{twice:#x} is named twice; drop what malloc returned, once")
    return found


def check_count(n: object, what: str, least: int = 0) -> int:
    """Return how many there are of something. Raises MisuseError for a number that no program has."""
    number = whole(n, what, f"give {least} or more")
    if not least <= number <= MAX_SLOTS:
        raise MisuseError(f"{number} is no possible number of {what}; give {least} to {MAX_SLOTS}")
    return number


def pointer_words(slots: object) -> list[int]:
    """Return the words that are pointer slots, in order, where they or their number is given.

    Raises MisuseError for words that are not in order, and for one that no object has.
    """
    if isinstance(slots, Sequence) and not isinstance(slots, str):
        words = [_check_word(word) for word in slots]
        if sorted(set(words)) != words:
            raise MisuseError(f"pointer slots {words[:8]} are not in order, each once; sort them")
        return words
    return list(range(check_count(slots, "pointer slots")))


def _check_word(n: object) -> int:
    word = whole(n, "the word of a pointer slot", "count words from 0")
    if not 0 <= word < MAX_SLOTS:
        raise MisuseError(f"no pointer slot can be in word {word}; give 0 to {MAX_SLOTS - 1}")
    return word


def object_size(words: list[int], size: object) -> int:
    """Return the bytes of an object with pointer slots in some words: as asked for, or as many as they need.

    Raises MisuseError where they do not fit.
    """
    least = (words[-1] + 1) * PTR_SIZE if words else 1
    if size is None:
        return least if words else PTR_SIZE
    nbytes = check_size(size)
    if not nbytes:
        raise MisuseError("size 0 B makes no object that could be followed; ask for 1 B or more, or call malloc(0)")
    if nbytes < least:
        raise MisuseError(f"size {nbytes} B is too small for an object whose last pointer slot ends at {least} B")
    return nbytes
