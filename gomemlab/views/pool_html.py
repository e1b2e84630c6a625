"""The words and numbers around a pool's picture: the steps of a Get, the counters, the legend.

Go: sync/pool.go, (*Pool).Get, (*Pool).Put.
Left out: rates; a pool has no clock.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from gomemlab.runtime.poolinfo import PoolInfo
from gomemlab.views.pool_svg import tail
from gomemlab.views.pool_words import Deed
from gomemlab.views.words import count, size, thousands


class Counter(NamedTuple):
    """A number that matters."""

    number: str
    words: str
    now: bool  # this step raised it


class Counts(NamedTuple):
    """The counters of a pool, and what is said beside them."""

    counters: tuple[Counter, ...]
    lines: tuple[str, ...]


def counts(pool: PoolInfo, cycles: int, where: str) -> Counts:
    """Return the counters; where is the place of the last step's Get."""
    new = (thousands(pool.new_calls), f"made by New, {pool.new}") if pool.new else ("–", "no New: Get returns nil")
    numbers = (
        (thousands(pool.private), "from own private", "private"),
        (thousands(pool.shared), "from own shared", "shared"),
        (thousands(pool.stolen), "stolen", "stolen"),
        (thousands(pool.victim_private + pool.victim_shared), "from victim", "victim"),
        (*new, "New"),
    )
    gets = pool.hits + pool.new_calls + pool.nils
    nils = f" ({count(pool.nils, 'nil')})" if pool.nils else ""
    thrown = f" ({thousands(pool.thrown)} thrown away)" if pool.thrown else ""
    done = f"{count(pool.puts + pool.thrown, 'Put')}{thrown}, {count(gets, 'Get')}{nils}, {count(cycles, 'GC')}"
    race = " · under \u2011race" if pool.race else ""
    return Counts(
        tuple(Counter(n, words, bool(where) and where.startswith(key)) for n, words, key in numbers),
        (f"{done} · the pool itself: {size(pool.nbytes)}{race}",),
    )


def steps(deed: Deed) -> str:
    """Return the steps that were gone, and those that were not reached."""
    if not deed.steps:
        return '<div class="gm-steps"> </div>'
    items = "".join(
        f'<span class="{step.state}"><i>{i}</i>{escape(step.words)}</span>' for i, step in enumerate(deed.steps, 1)
    )
    return f'<div class="gm-steps"><b>{escape(deed.who)}</b>{items}</div>'


def counters(shown: Counts, lines: Sequence[str]) -> str:
    """Return the counters as HTML with the lines beside them."""
    cells = "".join(
        f'<div class="{"on" if cell.now else ""}"><b>{cell.number}</b>'
        f'<span class="gm-s">{escape(cell.words)}</span></div>'
        for cell in shown.counters
    )
    said = "<br>".join(map(escape, (*shown.lines, *lines)))
    return f'<div class="gm-counters">{cells}<div class="gm-s">{said}</div></div>'


def legend() -> str:
    """Return what the outlines are."""

    def sign(rest: str) -> str:
        return f'<svg viewBox="0 0 12 12" aria-hidden="true">{rest}</svg>'

    box = '<rect x="1" y="1" width="10" height="10" rx="3" fill="{}" stroke="var(--gm-{})" stroke-width="1.5"{}/>'
    dash = ' stroke-dasharray="3 2"'
    items = (
        sign(box.format("none", "ink", "")) + "put since the last GC",
        sign(box.format("none", "edge", dash)) + "lived through one GC: one more and it is gone",
        sign(box.format("var(--gm-accent)", "accent", "")) + "returned by this Get",
        sign(tail(6, 2)) + "still points to something",
        "numbers: the order in which the pool saw its items",
    )
    return '<div class="gm-leg">' + "".join(f"<span>{item}</span>" for item in items) + "</div>"
