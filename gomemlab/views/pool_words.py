"""What the last step did to a pool, in words: the headline, the steps of a Get, and what the next Gets would give.

Go: sync/pool.go, (*Pool).Get, (*Pool).getSlow, (*Pool).Put, poolCleanup.
Left out: steps of other pools; the log has them.
"""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from gomemlab.runtime.events import Event
from gomemlab.runtime.poolevents import (
    PRIVATE,
    SHARED,
    STOLEN,
    VICTIM_PRIVATE,
    VICTIM_SHARED,
    DequeueAdded,
    ItemGot,
    ItemPut,
    LocalMade,
    NewCalled,
    NilGot,
    NilPut,
    PoolAged,
    PoolMade,
    PutDropped,
    VictimEmpty,
)
from gomemlab.runtime.poolinfo import PoolInfo, ShardInfo
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.pool_facts import number_of, total
from gomemlab.views.words import count, thousands

TELLING = (ItemGot, NewCalled, NilGot, ItemPut, NilPut, PutDropped, PoolAged, PoolMade)
PLACES = (PRIVATE, SHARED, STOLEN, "victim", "New")  # where a Get looks, in order
NAMES = ("own private", "own shared", "steal", "victim", "New")
FEW = 4  # numbers of a run that are all named
RUNS = 3  # runs that are told


class Step(NamedTuple):
    """One of the things that a Get, a Put or a cycle does."""

    words: str
    state: str  # "done", "passed" or "" for not reached


class Deed(NamedTuple):
    """What the last step did."""

    who: str = ""  # "P0 Get"
    sentence: str = ""
    steps: tuple[Step, ...] = ()
    p: int = -1
    owner: int = -1  # whose shard it was
    where: str = ""  # of PLACES, or "put", or "aged"
    number: str = ""  # of the item


def deed(snapshot: Snapshot, pool: PoolInfo) -> Deed:
    """Return what the snapshot's step did to a pool."""
    events = [event for event in snapshot.events if getattr(event, "pool", 0) == pool.id]
    for event in reversed(events):
        if isinstance(event, ItemGot):
            return _got(event, pool)
        if isinstance(event, NewCalled | NilGot):
            return _missed(event, events, pool)
        if isinstance(event, ItemPut):
            return _put(event, events, pool)
        if isinstance(event, PoolAged):
            return _aged(event)
        if isinstance(event, TELLING):
            return _other(event)
    return Deed(sentence=_standing(snapshot, pool))


def _got(event: ItemGot, pool: PoolInfo) -> Deed:
    """Return a Get that found an item."""
    n = number_of(pool, event.item)
    stop = PLACES.index(event.where) if event.where in PLACES else 3
    found, where = {
        PRIVATE: (f"own private: {n}", "from its private slot, without any atomic operation"),
        SHARED: (f"head of own shared: {n}", "from the head of its shared chain, the newest there"),
        STOLEN: (f"steal from the tail of P{event.owner}’s shared: {n}", f"stolen from the tail of P{event.owner}"),
        VICTIM_PRIVATE: (f"own private of the victim: {n}", "from its private slot of the victim"),
        VICTIM_SHARED: (f"tail of P{event.owner}’s victim: {n}", f"from the tail of P{event.owner}’s victim"),
    }[event.where]
    if event.where == STOLEN and total(pool.victim):
        where += ": other Ps come before the victim"
    steps = _steps(stop, found, len(pool.local))
    who = f"P{event.p} Get"
    return Deed(who, f"{who} returned {n}, {where}.", steps, event.p, event.owner, event.where, n)


def _steps(stop: int, found: str, shards: int, victim: str = "victim: nothing for it") -> tuple[Step, ...]:
    """Return the five steps of a Get that ended at one of them."""
    others = "other Ps’ tails: empty" if shards > 1 else "no other P to steal from"
    passed = ("own private: empty", "own shared: empty", others, victim)
    done = [Step(words, "passed") for words in passed[:stop]]
    return (*done, Step(found, "done"), *(Step(name, "") for name in NAMES[stop + 1 :]))


def _missed(event: NewCalled | NilGot, events: list[Event], pool: PoolInfo) -> Deed:
    """Return a Get that found nothing."""
    who = f"P{event.p} Get"
    closed = next((e for e in events if isinstance(e, VictimEmpty)), None)
    victim = "victim: shut, items left in it" if total(pool.victim) else "victim: empty"
    if closed is not None:
        kept = f", {count(closed.missed, 'private item')} out of reach" if closed.missed else ""
        victim = f"victim: nothing for P{event.p}{kept}; now shut"
    if isinstance(event, NilGot):
        steps = _steps(4, "no New: nil", len(pool.local), victim)
        return Deed(who, f"{who} found nothing and there is no New: it returned nil.", steps, event.p, -1, "New")
    n = number_of(pool, event.item)
    steps = _steps(4, f"New made {n}", len(pool.local), victim)
    said = f"{who} found nothing, so New made {n}, call {thousands(event.call)}.{_lost(events)}"
    return Deed(who, said, steps, event.p, -1, "New", n)


def _lost(events: list[Event]) -> str:
    """Return what a new array of shards did to the old one's items, "" where there were none."""
    lost = sum(event.lost for event in events if isinstance(event, LocalMade))
    return f" The shards were made anew: {count(lost, 'item')} of the old ones got lost." if lost else ""


def _put(event: ItemPut, events: list[Event], pool: PoolInfo) -> Deed:
    """Return a Put."""
    n, who = number_of(pool, event.item), f"P{event.p} Put"
    if event.where == PRIVATE:
        steps = (Step(f"own private: empty, {n} went there", "done"), Step("head of own shared", ""))
        said = f"{who} {n}: into its private slot, which was empty."
    else:
        steps = (Step("own private: taken", "passed"), Step(f"head of own shared: {n}", "done"))
        ring = next((e for e in events if isinstance(e, DequeueAdded)), None)
        grown = f" A ring of {count(ring.size, 'slot')} was added." if ring is not None else ""
        said = f"{who} {n}: to the head of its shared chain, since private was taken.{grown}"
    return Deed(who, said + _lost(events), steps, event.p, event.p, "put", n)


def _aged(event: PoolAged) -> Deed:
    """Return the beginning of a cycle."""
    dropped = f"{count(event.dropped, 'item')} dropped" if event.dropped else "nothing to drop"
    moved = f"{count(event.moved, 'item')} became the victim" if event.moved else "nothing to move"
    steps = (Step(f"old victim: {dropped}", "done"), Step(f"local: {moved}", "done"))
    said = f"A GC began: {dropped}, {moved}."
    return Deed("GC", said, steps, where="aged")


def _other(event: Event) -> Deed:
    """Return what needs no picture."""
    if isinstance(event, NilPut):
        return Deed(f"P{event.p} Put", f"P{event.p} Put nil: the pool took no notice.", p=event.p)
    if isinstance(event, PutDropped):
        steps = (Step("-race: one Put in four is thrown away", "done"), Step("own private", ""), Step("own shared", ""))
        said = f"P{event.p} Put, and -race threw the item away, as it does with one Put in four."
        return Deed(f"P{event.p} Put", said, steps, event.p)
    return Deed(sentence="The pool was declared; it has no shards before the first Put or Get.")


def _standing(snapshot: Snapshot, pool: PoolInfo) -> str:
    """Return how a pool stands."""
    procs, shards = len(snapshot.ps), len(pool.local)
    if shards and procs > shards:
        one = f"P{shards}" if procs == shards + 1 else f"P{shards} or later"
        return f"GOMAXPROCS is {procs}: a Put or Get on {one} makes new shards, and the old ones’ items get lost."
    here, old = total(pool.local), total(pool.victim)
    if not here and not old:
        return "The pool is empty: the next Get calls New." if pool.new else "The pool is empty, and has no New."
    return f"The pool has {count(here, 'item')}, and {old or 'none'} in the victim."


def next_gets(pool: PoolInfo, p: int) -> str:
    """Return what the next Gets on a P would give: "13, then 1, 2, 3 … 10, then New"."""
    runs = [_run(run) for run in _runs(pool, p) if run]
    last = "New" if pool.new else "nil"
    told = [*runs[:RUNS], "…"] if len(runs) > RUNS else runs
    return ", then ".join([*told, last])


def _run(numbers: list[int]) -> str:
    """Return numbers in words, the middle of many left out."""
    if len(numbers) <= FEW:
        return ", ".join(map(str, numbers))
    return f"{', '.join(map(str, numbers[:3]))} … {numbers[-1]}"


def _runs(pool: PoolInfo, p: int) -> Iterator[list[int]]:
    """Yield the numbers that Gets on a P would give, one list for each place that they come from."""
    local, victim = pool.local, pool.victim[: pool.victim_size]
    if p < len(local):
        private = local[p].private
        yield [] if private is None else [private.number]
        yield oldest(local[p])[::-1]
        yield from (oldest(local[(p + i) % len(local)]) for i in range(1, len(local)))
    if p < len(victim):
        private = victim[p].private
        first = [] if private is None else [private.number]
        yield list(chain(first, *(oldest(victim[(p + i) % len(victim)]) for i in range(len(victim)))))


def oldest(shard: ShardInfo) -> list[int]:
    """Return the listed items of a queue by number, the oldest first."""
    return [item.number for ring in shard.shared for item in ring.items]
