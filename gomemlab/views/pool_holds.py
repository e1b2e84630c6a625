"""What an item of a pool still points to, and so keeps alive: nobody clears the fields of what is put back.

Go: sync/pool.go, (*Pool).Put; runtime/mgcmark_greenteagc.go, scanObject.
Left out: pointers beyond an item's first thousand words.
"""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.poolevents import item_name
from gomemlab.runtime.poolinfo import ItemInfo, PoolInfo
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.pool_facts import every, within
from gomemlab.views.words import address, count, size

ASK = "Click an item, or choose one above, to see where it lies and what it still points to."
NAMED = 3  # objects that are named


class Picked(NamedTuple):
    """The item that the reader picked."""

    number: int = 0  # 0: none
    span: int = -1  # id
    words: str = ASK  # HTML


def picked(snapshot: Snapshot, pool: PoolInfo, number: int) -> Picked:
    """Return what there is to say of an item."""
    info = next((item for item in every(pool) if item.number == number), None)
    if info is None:
        return Picked(0, -1, f"Item {number} is in the pool no more.") if number else Picked()
    where = f"<b>Item {number}</b> {escape(place(pool, number))}"
    start = _start(info)
    span = snapshot.span_at(start) if start else None
    if span is None:
        return Picked(number, -1, f"{where} · {escape(item_name(info.value))}, a label without memory")
    what = f"{size(bytes_at(snapshot, start))} at {address(start)}, span {span.id}"
    box = f" · its slice header was copied to {address(info.box)}, 24 B" if info.box else ""
    return Picked(number, span.id, f"{where} · {what}{box}<br>{_held(snapshot, info)}")


def _start(info: ItemInfo) -> int:
    """Return where an item's object begins, 0 for a label."""
    value = info.value
    return value if isinstance(value, int) and item_name(value).startswith("0x") else 0


def place(pool: PoolInfo, number: int) -> str:
    """Return where an item is, in words."""
    if any(item.number == number for item in pool.out):
        return "is with the program"
    for name, shards in (("", pool.local), (" of the victim", pool.victim)):
        for shard in shards:
            if shard.private is not None and shard.private.number == number:
                return f"is in P{shard.p}’s private slot{name}"
            for ring in shard.shared:
                for i, item in enumerate(ring.items):
                    if item.number == number:
                        slot = ring.tail + i & ring.size - 1
                        return f"is in P{shard.p}’s shared chain{name}, slot {slot} of a ring of {ring.size}"
    return "is in the pool no more"


def bytes_at(snapshot: Snapshot, at: int) -> int:
    """Return how many bytes the slot at an address has, 0 where there is none."""
    span = snapshot.span_at(at)
    if span is None:
        return 0
    return span.elemsize if span.spanclass >> 1 else span.npages * PAGE_SIZE


def reached(snapshot: Snapshot, pointers: Iterable[int]) -> dict[int, int]:
    """Return the objects that pointers lead to, also by way of each other, with their bytes."""
    fields = {obj.address: obj.slots for obj in snapshot.gc.objects}
    found: dict[int, int] = {}
    waiting = list(pointers)
    while waiting:
        at = waiting.pop()
        nbytes = 0 if at in found else bytes_at(snapshot, at)
        if nbytes:
            found[at] = nbytes
            waiting += [pointer for pointer in fields.get(at, ()) if pointer]
    return found


def _held(snapshot: Snapshot, info: ItemInfo) -> str:
    """Return what an item keeps alive, as HTML."""
    if not info.pointers:
        return "It points to nothing: it keeps only itself alive."
    found = reached(snapshot, info.pointers)
    first = [f"{size(found.get(at, 0))} at {address(at)}" for at in info.pointers[:NAMED]]
    more = f" and {len(info.pointers) - NAMED} more" if len(info.pointers) > NAMED else ""
    alive = f"{count(len(found), 'object')}, {size(sum(found.values()))}"
    return f"It still points to {', '.join(first)}{more}: it keeps <b>{alive}</b> alive besides itself."


def stale(snapshot: Snapshot, pool: PoolInfo) -> str:
    """Return what all items that wait in a pool keep alive besides themselves, "" where that is nothing."""
    holding = [item for item in within((*pool.local, *pool.victim)) if item.pointers]
    if not holding:
        return ""
    mine = {_start(item) for item in within((*pool.local, *pool.victim))}
    found = reached(snapshot, (pointer for item in holding for pointer in item.pointers))
    nbytes = sum(n for at, n in found.items() if at not in mine)
    keeps = "keeps" if len(holding) == 1 else "keep"
    return f"{count(len(holding), 'waiting item')} {keeps} {size(nbytes)} more alive"
