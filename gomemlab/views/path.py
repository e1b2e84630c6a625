"""Path: the way of the last request, from the goroutine to the stop that served it.

Six stops in a line. A request falls until one of them can serve it, and each further stop is shared by more threads and
costs more. The view lights the way, says at every stop why it went on or ended there, and counts where requests ended.

Go: runtime/malloc.go, mallocgc; runtime/mcache.go, (*mcache).refill, (*mcache).allocLarge;
runtime/mcentral.go, (*mcentral).cacheSpan; runtime/mheap.go, (*mheap).allocSpan, (*mheap).grow.
Left out: the locks inside a stop that no request waits for in this model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, cast

from ipywidgets import Widget

from gomemlab import costs
from gomemlab.checks.levels import LEVELS, deepest
from gomemlab.runtime import events as ev
from gomemlab.runtime.arch import PAGE_CACHE_MAX_RUN, PAGE_SIZE
from gomemlab.runtime.events import Event
from gomemlab.runtime.snapshot import Served, Snapshot
from gomemlab.views import base, words

GOROUTINE, MCACHE, MCENTRAL, PAGE_CACHE, MHEAP, OS = range(6)
NAMES = ("goroutine", *LEVELS)
KEYS = ("", "mcache", "mcentral", "page_cache", "mheap", "os")  # of Served and of the cost model
GATES = ("no lock", "lock-free pop", "no lock", "heap lock", "system call", "")  # between a stop and the next
GO_NAMES = ("mallocgc", "mcache.nextFree", "mcentral.cacheSpan", "pageCache.alloc", "pageAlloc.alloc", "mheap.grow")
OWNERS = ("", "P{p}’s own", "shared", "P{p}’s own", "shared", "the kernel")
SERVED, MISS, REFILLED, SKIPPED, NOT_ASKED = "served here", "miss", "refilled it", "skipped", "not asked"
RECORDS = "gave records"
AT_FIRST = "Nothing was asked for yet: press malloc."
BEFORE_RECORDED = "Before the first recorded request: press play."
End = ev.ZeroSized | ev.TinyAdded | ev.TinyPlaced | ev.TinyBlockTaken | ev.SlotTaken | ev.RunTaken | ev.LargeMade
ENDS = (ev.ZeroSized, ev.TinyAdded, ev.TinyPlaced, ev.TinyBlockTaken, ev.SlotTaken, ev.RunTaken, ev.LargeMade)
COST_HINT = "≈: the cost model"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the way; the words are plain text."""

    name: str
    owner: str  # whose it is, and its cost
    verdict: str  # SERVED, MISS, REFILLED, RECORDS, SKIPPED, NOT_ASKED, or "" for the goroutine
    detail: str
    count: int  # requests served here; at the goroutine all requests
    share: str  # of all requests, in words
    width: float  # of the bar, 0 to 100
    gate: str  # what lies between this stop and the next
    lit: bool  # the request went on from here


@dataclass(frozen=True, slots=True)
class PathFrame:
    """The way of one request."""

    headline: str  # plain text
    address: str  # of the object, "" where there is none
    mean: str  # what a request cost on average, by the cost model
    stops: tuple[Stop, ...]


def last_request(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events of the last request among them, () where nothing was requested."""
    ends = [i for i, event in enumerate(events) if isinstance(event, ENDS)]
    if not ends:
        return ()
    # A tiny block is a slot first and a block then: two ends, one request.
    if len(ends) > 1 and isinstance(events[ends[-1]], ev.TinyBlockTaken) and isinstance(events[ends[-2]], ev.SlotTaken):
        del ends[-2]
    start = ends[-2] + 1 if len(ends) > 1 else 0
    return tuple(events[start : ends[-1] + 1])


def reached(request: Sequence[Event]) -> int:
    """Return the stop that served a request: the deepest one its events name."""
    if any(isinstance(event, ev.ZeroSized) for event in request):
        return GOROUTINE
    return MCACHE + LEVELS.index(deepest(request))


def frame(snapshot: Snapshot) -> PathFrame:
    """Return the way of the snapshot's last request."""
    request = last_request(snapshot.events)
    served = snapshot.served
    counts = {key: getattr(served, key) for key in KEYS[MCACHE:]}
    rounded = float(f"{costs.mean_cost(counts):.2g}")
    mean = words.nanoseconds(rounded) if any(counts.values()) else ""
    if not request:
        at_first = BEFORE_RECORDED if served.requests or len(snapshot.spans.id) else AT_FIRST
        first = snapshot.events[0].say() if snapshot.events else at_first
        return PathFrame(first, "", mean, tuple(_stop(i, served, 0, -1, (NOT_ASKED, "")) for i in range(6)))
    end = cast("End", request[-1])
    facts = {type(event): event for event in request}
    deepest = reached(request)
    verdicts = [_verdict(i, facts, deepest) for i in range(6)]
    furthest = MHEAP if verdicts[MHEAP][0] in (REFILLED, RECORDS) else deepest
    stops = [_stop(i, served, end.p, furthest, verdicts[i]) for i in range(6)]
    address = getattr(end, "address", 0)
    return PathFrame(_headline(facts, end, deepest), words.address(address) if address else "", mean, tuple(stops))


def _stop(index: int, served: Served, p: int, furthest: int, verdict: tuple[str, str]) -> Stop:
    """Return a stop with its counters."""
    number = getattr(served, KEYS[index]) if index else served.requests
    owner = OWNERS[index].format(p=p)
    if index:
        owner += " · " + words.nanoseconds(costs.COST[KEYS[index]])
    elif furthest >= 0:
        owner = f"on P{p} · calls mallocgc"
    width = 100 * number / served.requests if index and served.requests else 0.0
    share = words.percent(number, served.requests) if index else ""
    return Stop(NAMES[index], owner, *verdict, number, share, round(width, 2), GATES[index], index < furthest)


def _verdict(index: int, facts: dict[type, Any], deepest: int) -> tuple[str, str]:
    """Return what a stop answered, and why."""
    if index == GOROUTINE:
        return (SERVED if deepest == GOROUTINE else "", _request(facts))
    if index == MHEAP and deepest == PAGE_CACHE and ev.PageCacheFilled in facts:
        return REFILLED, f"with {words.count(facts[ev.PageCacheFilled].free, 'page')}, under the heap lock"
    if index == MHEAP and deepest < MHEAP and ev.RecordsTaken in facts:
        return RECORDS, f"{words.count(facts[ev.RecordsTaken].records, 'span record')}, under the heap lock"
    if index > deepest:
        return NOT_ASKED, ""
    return (_mcache, _mcentral, _page_cache, _mheap, _os)[index - 1](facts)


def _request(facts: dict[type, Any]) -> str:
    """Return the call in words: "malloc(24), no pointers"."""
    if ev.ZeroSized in facts:
        return "malloc(0): no memory"
    if ev.LargeMade in facts:
        made = facts[ev.LargeMade]
        return f"malloc({made.size}), {'pointers' if made.pointers else 'no pointers'}"
    if ev.RunTaken in facts:
        run = facts[ev.RunTaken]
        return f"{words.count(run.nobjects, 'object')} in {run.elemsize} B slots, {_kind(run.spanclass)}"
    if ev.TinyAdded in facts:
        return "malloc(?), no pointers: tiny"
    tiny = facts.get(ev.TinyPlaced) or facts.get(ev.TinyBlockTaken)
    if tiny:
        return f"malloc({tiny.size}), no pointers: tiny"
    return f"malloc({facts[ev.SlotTaken].size}), {_kind(facts[ev.SlotTaken].spanclass)}"


def _kind(spanclass: int) -> str:
    """Return the plain words for noscan and scan."""
    return "no pointers" if spanclass & 1 else "pointers"


def _mcache(facts: dict[type, Any]) -> tuple[str, str]:
    if ev.LargeMade in facts:
        return SKIPPED, "larger than any slot"
    if ev.CacheMissed in facts:
        miss = facts[ev.CacheMissed]
        if miss.span < 0:
            return MISS, f"no span for {miss.elemsize} B, {_kind(miss.spanclass)}, yet"
        return MISS, f"span {miss.span} is full, {miss.nelems} of {miss.nelems} slots"
    if ev.TinyAdded in facts or ev.TinyPlaced in facts:
        place = f"offset {facts[ev.TinyPlaced].offset} of" if ev.TinyPlaced in facts else "in"
        return SERVED, f"{place} the tiny block, no slot"
    if ev.RunTaken in facts:
        run = facts[ev.RunTaken]
        return SERVED, f"{_slots(run)} of span {run.span}"
    slot = facts.get(ev.SlotTaken) or facts[ev.TinyBlockTaken]
    return SERVED, f"slot {slot.slot} of span {slot.span}"


def _slots(run: ev.RunTaken) -> str:
    """Return the slots of a run in words."""
    return f"slots {run.slot} to {run.slot + run.nobjects - 1}" if run.nobjects > 1 else f"slot {run.slot}"


def _mcentral(facts: dict[type, Any]) -> tuple[str, str]:
    if ev.LargeMade in facts:
        return SKIPPED, "it keeps spans of slots only"
    cached = facts.get(ev.SpanCached)
    if cached and cached.source != "new":
        return SERVED, f"span {cached.span} had {words.count(cached.nelems - cached.alloc_count, 'slot')} free"
    return MISS, "no span with a free slot"


def _page_cache(facts: dict[type, Any]) -> tuple[str, str]:
    if ev.PagesFromCache in facts:
        given = words.count(facts[ev.PagesFromCache].npages, "page")
        return SERVED, f"was empty, then gave {given}" if ev.PageCacheFilled in facts else f"gave {given}"
    if ev.PageCacheFilled in facts and not facts[ev.PageCacheFilled].free:
        return MISS, "it was empty"
    wanted = facts[ev.PagesFound].npages if ev.PagesFound in facts else PAGE_CACHE_MAX_RUN
    if wanted >= PAGE_CACHE_MAX_RUN:
        return SKIPPED, f"for runs under {PAGE_CACHE_MAX_RUN} pages only"
    return MISS, f"no run of {words.count(wanted, 'page')}"


def _mheap(facts: dict[type, Any]) -> tuple[str, str]:
    if ev.HeapGrown in facts:
        return MISS, f"no run of {words.count(facts[ev.HeapGrown].asked, 'free page')}"
    found = facts[ev.PagesFound]
    return SERVED, f"{words.count(found.npages, 'page')} free at page {words.thousands(found.page)}"


def _os(facts: dict[type, Any]) -> tuple[str, str]:
    npages = facts[ev.HeapGrown].npages
    return SERVED, f"mapped {words.count(npages, 'page')}, {words.size(npages * PAGE_SIZE)}"


def _headline(facts: dict[type, Any], end: End, deepest: int) -> str:
    """Return one sentence: what failed, who gave, what was got."""
    if isinstance(end, ev.ZeroSized):
        return "0 B take no memory: every such request gets the same address, zerobase."
    if isinstance(end, ev.TinyAdded | ev.TinyPlaced):
        who, at = "An object of unknown size", ""
        if isinstance(end, ev.TinyPlaced):
            who, at = f"{end.size} B", f" at offset {end.offset}"
        return f"{who} joined P{end.p}’s tiny block{at}; no slot was used."
    gave = (
        "",
        "had room",
        "mcentral gave a partly used one",
        "the page cache gave a new one",
        "mheap found pages for a new one",
        "the heap grew for a new one",
    )[deepest]
    if isinstance(end, ev.LargeMade):
        return f"{words.size(end.size)} are large, so {gave.replace('a new one', 'its own span')}: span {end.span}"
    slots = _slots(end) if isinstance(end, ev.RunTaken) else f"slot {end.slot}"
    where = f"{slots} of span {end.span}"
    if isinstance(end, ev.TinyBlockTaken):
        before = f"P{end.p}’s tiny block had no room for {end.size} B"
        if end.first:
            before = f"P{end.p} had no tiny block for {end.size} B"
        return f"{before}: {where}" if deepest == MCACHE else f"{before}, and {gave.replace('one', 'span')}: {where}"
    name = f"P{end.p}’s span for {end.elemsize} B"
    if deepest == MCACHE:
        return f"{name} {gave}: {where}"
    missed = facts.get(ev.CacheMissed)
    lack = f"{name} was full" if missed is None or missed.span >= 0 else f"P{end.p} had no span for {end.elemsize} B"
    return f"{lack}, so {gave}: {where}"


class PathView(base.View[PathFrame]):
    """The six stops; `update(snapshot)` moves it."""

    name = "Path"

    def parts(self) -> list[Widget]:
        """Return the one widget that holds the stops."""
        self.grid = base.html("", "gm-path-box")
        return [self.grid]

    def frame(self, snapshot: Snapshot) -> PathFrame:
        """Return the way of the snapshot's last request."""
        return frame(snapshot)

    def show(self, frame: PathFrame) -> None:
        """Draw the stops."""
        stops = "".join(_stop_html(stop, index, frame) for index, stop in enumerate(frame.stops))
        base.put(self.grid, value=f'<div class="gm-path">{stops}</div>')

    def svg(self) -> str:
        """Return the path as an SVG file."""
        return base.svg_document(self.grid.value or self.head.value, 1180, 190)

    def sentence(self, frame: PathFrame) -> str:
        """Return the headline, with the shares behind it for those who cannot see the bars."""
        where = f", at {words.code(frame.address)}" if frame.address else ""
        shares = ", ".join(f"{stop.name} {escape(stop.share)}" for stop in frame.stops[MCACHE:])
        return f'{escape(frame.headline)}{where}<span class="gm-hidden">. Served by {shares}.</span>'


# With its namespace, so that an exported file draws it too.
SVG = '<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="0 0 {} 12">'
LOCK = SVG.format(10) + '<rect x="1" y="5.5" width="8" height="6"/><path d="{}"/></svg>'
SHUT = LOCK.format("M3 5.5V3a2 2 0 0 1 4 0v2.5")
OPEN = LOCK.format("M3 5.5V3.2a2 2 0 0 1 3.8-1")
TICK = SVG.format(12) + '<path d="M2 6.5l3 3 5-7"/></svg>'


def _stop_html(stop: Stop, index: int, frame: PathFrame) -> str:
    """Return one stop as HTML."""
    asked = stop.verdict in (SERVED, MISS, REFILLED, RECORDS) or (stop.verdict == "" and stop.detail != "")
    kinds = ["gm-stop"] + ["way"] * asked + ["lit"] * stop.lit + ["served"] * (stop.verdict == SERVED)
    verdict = f"<b>{stop.verdict}</b>" if asked and stop.verdict else stop.verdict
    say = ": ".join(part for part in (verdict, escape(stop.detail)) if part)
    return (
        f'<div class="{" ".join(kinds)}" title="{escape(_tooltip(stop, index))}"><div class="trk"><span class="nd">'
        f"{TICK if stop.verdict == SERVED else ''}</span>{_gate_html(stop.gate, lit=stop.lit)}</div>"
        f'<div class="nm">{stop.name}</div><div class="own">{stop.owner}</div><div class="say">{say}</div>'
        f'<div class="cnt">{words.thousands(stop.count)} {_count_html(stop, index, frame)}</div>'
    )


def _count_html(stop: Stop, index: int, frame: PathFrame) -> str:
    """Return what stands behind and under a stop's counter, up to the end of the stop."""
    if index == GOROUTINE:
        cost = f"{frame.mean} each, cost model" if frame.mean else COST_HINT
        return f'<span>{words.noun(frame.stops[0].count, "request")}</span></div><div class="gm-t">{cost}</div>'
    return f'<span>served · {escape(stop.share)}</span></div><div class="bar"><i style="width:{stop.width}%"></i></div>'


def _gate_html(gate: str, *, lit: bool) -> str:
    """Return the line to the next stop with its gate, or nothing behind the last stop; a lock that was taken is lit."""
    if not gate:
        return ""
    locked = gate == "heap lock"
    sign = SHUT if locked else "" if gate == "system call" else OPEN
    return f'<span class="ln"></span><span class="gate{" lock" if locked and lit else ""}">{sign}{gate}</span>'


def _tooltip(stop: Stop, index: int) -> str:
    """Return the name, the numbers and one Go name of a stop."""
    share = f", {stop.share}" if stop.share else ""
    noun = "served" if index else words.noun(stop.count, "request")
    cost = f"; {words.nanoseconds(costs.COST[KEYS[index]])} (cost model)" if index else ""
    return f"{stop.name}: {words.thousands(stop.count)} {noun}{share}{cost}. Go: {GO_NAMES[index]}"
