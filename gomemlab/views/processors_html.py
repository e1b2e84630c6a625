"""Ps, queues, gates and owners as HTML: a row for each of up to eight Ps, else small tiles and the chosen P's row.

Go: runtime/runtime2.go, p.
Left out: threads.
"""

from collections.abc import Iterable
from html import escape

from gomemlab.runtime.gc.barrier import WB_BUF_ENTRIES
from gomemlab.runtime.procinfo import IDLE, LOOKING, RUNNING, SPINNING
from gomemlab.views.processors_facts import Frame, Gate, Queue, Row, fill_of
from gomemlab.views.processors_span import Holder, Owned
from gomemlab.views.words import nanoseconds, size, thousands

ROWS = 8  # Ps that have a row each
HOLDERS = 8  # Ps that are listed with their spans
STATES = {RUNNING: "runs", LOOKING: "looks for work", SPINNING: "looks, spinning", IDLE: "idle", "": "no scheduler"}
LOOKS = {RUNNING: "run", LOOKING: "look", SPINNING: "look", IDLE: "idle", "": "idle"}


def table(frame: Frame) -> str:
    """Return the Ps."""
    if len(frame.rows) <= ROWS:
        return _listed([_row(row, frame) for row in frame.rows], "gm-procs")
    tiles = _listed([_tile(row, frame) for row in frame.rows], "gm-ptiles")
    chosen = next((row for row in frame.rows if row.id == frame.p), frame.rows[0])
    return tiles + _listed([_row(chosen, frame)], "gm-procs")


def _listed(items: Iterable[str], name: str) -> str:
    return f'<div class="{name}" role="list">{"".join(items)}</div>'


def _row(row: Row, frame: Frame) -> str:
    fields = [
        ("runs", g(row.g, frame.moved, "run") if row.g else f"<em>{STATES[row.status]}</em>"),
        ("runnext", g(row.runnext, frame.moved)),
        (f"local queue: {row.queue.total}", _queue(row.queue, frame.moved)),
        ("mcache, page cache", escape(row.cache)),
        ("pool shard", escape(row.pools)),
        ("write barrier buffer", _bar(row.wbbuf)),
        ("stack cache", size(row.stacks)),
    ]
    cells = "".join(f"<div><i>{name}</i><span>{value}</span></div>" for name, value in fields)
    name = f'<div class="gm-pname"><b>P{row.id}</b><i>tick {thousands(row.tick)}</i></div>'
    chosen = " on" if row.id == frame.p else ""
    return f'<div role="listitem" class="{LOOKS[row.status]}{chosen}" aria-label="{_said(row)}">{name}{cells}</div>'


def _tile(row: Row, frame: Frame) -> str:
    runs = g(row.g, frame.moved, "run") if row.g else f"<em>{STATES[row.status]}</em>"
    rest = f"next G{row.runnext}" if row.runnext else ""
    waits = f"{row.queue.total} {'more' if rest else 'in queue'}" if row.queue.total else ""
    more = " + ".join(filter(None, (rest, waits))) or "nobody waits"
    chosen = " on" if row.id == frame.p else ""
    inner = f"<b>P{row.id}</b>{runs}<i>{more}</i>"
    return f'<div role="listitem" class="{LOOKS[row.status]}{chosen}" aria-label="{_said(row)}">{inner}</div>'


def _said(row: Row) -> str:
    """Return a P in words."""
    runs = f"runs G{row.g}" if row.g else STATES[row.status]
    return f"P{row.id} {runs}, {row.queue.total + bool(row.runnext)} wait in its queue"


def g(number: int, moved: tuple[int, ...], look: str = "") -> str:
    """Return a goroutine as a chip; one that this step moved is underlined."""
    if not number:
        return "–"
    names = " ".join(filter(None, ("gm-g", look, "now" if number in moved else "")))
    return f'<span class="{names}">G{number}</span>'


def _queue(queue: Queue, moved: tuple[int, ...]) -> str:
    chips = "".join(g(number, moved) for number in queue.first)
    more = f" + {thousands(queue.more)}" if queue.more else ""
    return chips + more or "–"


def _bar(wbbuf: int) -> str:
    fill = f'<span class="gm-pbar" aria-hidden="true"><u style="width:{fill_of(wbbuf):.1f}%"></u></span>'
    return f"{fill}{wbbuf} / {WB_BUF_ENTRIES}"


def shared(frame: Frame) -> str:
    """Return what all Ps share: the global queue, and those that wait."""
    if not frame.scheduled:
        return '<div class="gm-pshared"> </div>'
    total = frame.queue.total
    first = f"<div><b>Global queue</b> {thousands(total)}: {_queue(frame.queue, frame.moved)}</div>"
    reasons = dict.fromkeys(reason for _, reason in frame.waiting)
    waits = " ".join(f"{escape(reason)}: {_those(frame, reason)}" for reason in reasons)
    more = f"+ {thousands(frame.more_waiting)}" if frame.more_waiting else ""
    return f'<div class="gm-pshared">{first}<div><b>Waiting</b> {waits + more or "nobody"}</div></div>'


def _those(frame: Frame, reason: str) -> str:
    """Return the goroutines that wait for the same."""
    return "".join(g(number, frame.moved) for number, why in frame.waiting if why == reason)


def gates(frame: Frame) -> str:
    """Return the locks."""
    crowd = f"{frame.crowd} Ps at once: what the last one waits" if frame.crowd > 1 else "1 P alone waits for nobody"
    head = f'<div class="gm-pcap"><b>Locks</b> taken in all · in this step · {crowd} (cost model)</div>'
    return head + _listed(map(_gate, frame.gates), "gm-gates")


def _gate(gate: Gate) -> str:
    who = ", ".join(f"P{p}" for p in gate.by[:3]) + (" …" if len(gate.by) > 3 else "")  # noqa: PLR2004 (a few)
    step = f"+{gate.step} now{f' by {who}' if who else ''}" if gate.step else "not now"
    waits = nanoseconds(gate.last) if gate.last else "0 ns"
    held = nanoseconds(gate.held) if gate.held else "0 ns"
    return (
        f'<div role="listitem" class="{"on" if gate.step else ""}">{_post(bool(gate.step))}'
        f"<b>{escape(gate.name)}</b><i>{escape(gate.guards)}</i>"
        f"<strong>{thousands(gate.total)}</strong><em>{step}</em>"
        f"<i>last waits {waits}; held {held} in all</i></div>"
    )


def _post(passed: bool) -> str:
    """Return a gate: open where somebody went through in this step, else shut."""
    bar = '<path d="M3 11L13 3"/>' if passed else '<path d="M3 11H17"/>'
    return (
        '<svg viewBox="0 0 20 16" aria-hidden="true" fill="none" stroke="var(--gm-edge)" stroke-width="2">'
        f'<path d="M3 15V5M17 15V5"/><g stroke="var(--gm-{"accent" if passed else "ink2"})">{bar}</g></svg>'
    )


def owners(found: Owned) -> str:
    """Return who holds which span of the picked span's class."""
    if not found.title:
        return f'<div class="gm-powned"><div class="gm-pcap">{escape(found.why)}</div></div>'
    chips = "".join(
        f'<span class="gm-own{" on" if holder.span == found.picked else ""}"><b>P{holder.p}</b> span {holder.span}, '
        f"{thousands(holder.free)} free{' (picked)' if holder.span == found.picked else ''}</span>"
        for holder in _listed_holders(found)
    )
    more = len(found.holders) - HOLDERS
    rest = f" + {more} Ps with one each" if more > 0 else ""
    none = f' <span class="gm-s">{found.without} P{"s" if found.without > 1 else ""} without one</span>'
    head = f'<div class="gm-pcap"><b>Spans of {escape(found.title)}</b> in mcaches; mcentral: {found.central}</div>'
    line = f"<div>{chips}{rest}{none if found.without else ''}</div>"
    return f'<div class="gm-powned">{head}{line}<div role="status">{escape(found.why)}</div></div>'


def _listed_holders(found: Owned) -> list[Holder]:
    """Return the Ps that are listed, that of the picked span among them."""
    shown = list(found.holders[:HOLDERS])
    own = [holder for holder in found.holders[HOLDERS:] if holder.span == found.picked]
    return [*shown[: HOLDERS - len(own)], *own]


def legend() -> str:
    """Return what the outlines are."""
    items = (
        '<span class="gm-g run">G1</span> runs',
        '<span class="gm-g">G2</span> can run, and waits',
        '<span class="gm-g now">G3</span> underlined: this step moved it',
        "runnext goes before the queue, and shares the time slice",
    )
    return '<div class="gm-leg">' + "".join(f"<span>{item}</span>" for item in items) + "</div>"
