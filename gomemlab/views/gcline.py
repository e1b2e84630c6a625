"""One gctrace line, taken apart: what each number is, between which values the true one lay, where else it is told.

Each part can be pointed at, and reached with Tab; what it means is then said below the line. The same stands in a
table, for who rather reads it at once.

Go: runtime/mgc.go, gcMarkTermination; runtime/extern.go.
Left out: more than one line; the tables of a log are for that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from gomemlab.gctrace import Cycle, parse
from gomemlab.gctrace.grammar import TOKENS

NUMBERS = 18  # fields of a Cycle that are printed as numbers
POINT = "Point at a number, or walk through them with Tab."
HOW = "Paste one line that begins like gc 30 @2.341s."
_UNITS = {"s": "s", "ms": "ms", "mb": "MiB", "percent": "%"}

# What each number is: a sentence; and the name in runtime/metrics, where there is one.
MEANS: dict[str, tuple[str, str]] = {
    "number": ("It was cycle {number:,} of the process.", "/gc/cycles/total:gc-cycles"),
    "at_s": ("It began so long after the process did.", ""),
    "gc_cpu_percent": (
        "The collector’s share of all processors’ time since the process began, not in this cycle.",
        "/cpu/classes/gc/total:cpu-seconds",
    ),
    "clock_sweep_term_ms": ("First stop: the world stood still until marking could begin.", ""),
    "clock_mark_ms": ("Marking took so long; the program ran beside it.", ""),
    "clock_mark_term_ms": ("Second stop: the world stood still until marking was closed.", ""),
    "cpu_sweep_term_ms": ("The first stop, counted on every processor.", "/cpu/classes/gc/pause:cpu-seconds"),
    "cpu_assist_ms": (
        "Goroutines that allocated had to mark for so long: time that requests waited.",
        "/cpu/classes/gc/mark/assist:cpu-seconds",
    ),
    "cpu_background_ms": (
        "The collector’s own workers: a quarter of the processors.",
        "/cpu/classes/gc/mark/dedicated:cpu-seconds",
    ),
    "cpu_idle_ms": ("Processors with nothing else to do marked, too.", "/cpu/classes/gc/mark/idle:cpu-seconds"),
    "cpu_mark_term_ms": ("The second stop, counted on every processor.", "/cpu/classes/gc/pause:cpu-seconds"),
    "heap_start_mb": ("The heap when the cycle began: this is where the pacer triggered it.", ""),
    "heap_end_mb": ("The heap when marking was over: {grown} MiB were allocated meanwhile.", ""),
    "heap_live_mb": ("What marking found alive; the rest of the heap is garbage.", "/gc/heap/live:bytes"),
    "heap_goal_mb": ("Where the cycle was to be over, at the latest.", "/gc/heap/goal:bytes"),
    "stacks_mb": ("Stacks that had to be scanned; they count for the next goal.", "/gc/scan/stack:bytes"),
    "globals_mb": ("Globals that may hold pointers; they count, too.", "/gc/scan/globals:bytes"),
    "procs": ("GOMAXPROCS.", "/sched/gomaxprocs:threads"),
}
REMARKS = {
    " (forced)": ("forced", "The program itself called runtime.GC."),
    " (checking for goroutine leaks)": ("leak_check", "The cycle looked for leaked goroutines, too."),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the line: words, or a number with what it means."""

    text: str
    name: str = ""  # of the field; "" for words between numbers
    means: str = ""
    between: str = ""  # the values that print so
    metric: str = ""


@dataclass(frozen=True, slots=True)
class LineFrame:
    """A line taken apart; without parts where it could not be read."""

    parts: tuple[Part, ...]
    sentence: str

    @property
    def fields(self) -> tuple[Part, ...]:
        """Return the parts that mean something."""
        return tuple(part for part in self.parts if part.name)


def frame(text: str) -> LineFrame:
    """Return a line taken apart; the first one, where there are more."""
    log = parse(text.splitlines())
    if not log:
        return LineFrame((), f"{log.problems[0].what} {HOW}")
    cycle = log[0]
    more = f" (The first of {len(log)} lines.)" if len(log) > 1 else ""
    return LineFrame(tuple(_parts(_line(cycle, text), cycle)), _sentence(cycle) + more)


def _line(cycle: Cycle, text: str) -> str:
    """Return the line of a cycle, without what stands before and behind it."""
    line = text.splitlines()[cycle.line - 1]
    return line[line.index(f"gc {cycle.number} @") :]


def _sentence(cycle: Cycle) -> str:
    """Return the line in one sentence."""
    why = ", because the program asked for it," if cycle.forced else ""
    return (
        f"Cycle {cycle.number:,}{why} stopped the world for {cycle.stw_ms:.3g} ms in all, marked for "
        f"{cycle.clock_mark_ms:g} ms, and left {cycle.heap_live_mb:,} MiB alive."
    )


def _parts(line: str, cycle: Cycle) -> Iterator[Part]:
    """Yield the writes of a line, numbers with what they mean."""
    names, end = iter(Cycle._fields[:NUMBERS]), 0
    told = iter([name for name in names if getattr(cycle, name) is not None])
    for token in TOKENS:
        match = re.compile(token.pattern).match(line, end)
        if match is None:
            continue  # a remark that is not there, or a field that an older Go does not print
        text, end = match.group(), match.end()
        if token.number:
            yield _number(text, next(told), cycle)
        elif text in REMARKS:
            yield Part(text, *REMARKS[text])
        else:
            yield Part(text)


def _number(text: str, name: str, cycle: Cycle) -> Part:
    """Return a number of the line."""
    means, metric = MEANS[name]
    low, high = cycle.interval(name)
    unit, digits = _UNITS.get(name.rsplit("_", 1)[-1], ""), len(text.partition(".")[2])
    between = text if low == high else f"{low:,.{digits}f} up to {high:,.{digits}f} {unit}"
    said = means.format(number=cycle.number, grown=cycle.heap_end_mb - cycle.heap_start_mb)
    if name == "heap_goal_mb" and cycle.no_goal:
        said, between = "There was no goal: GOGC=off, and no memory limit near.", text
    return Part(text, name, said, between, metric)


def draw(shown: LineFrame) -> str:
    """Return a frame as HTML: the line, room for what is pointed at, and the table."""
    if not shown.parts:
        return ""
    line = "".join(_span(part) for part in shown.parts)
    rows = "".join(
        f"<tr><th scope=row><code>{escape(part.text.strip())}</code></th><td>{escape(part.means)}</td>"
        f"<td>{escape(part.between)}</td><td><code>{escape(part.metric)}</code></td></tr>"
        for part in shown.fields
    )
    head = "".join(f"<th scope=col>{name}</th>" for name in ("printed", "means", "stands for", "runtime/metrics"))
    return (
        f'<div class="gm-gcl"><div class="gm-gcl-line">{line}</div><div class="gm-s gm-gcl-hint">{POINT}</div></div>'
        f"<details class=gm-gcl-all><summary>All of it as a table</summary><table><tr>{head}</tr>{rows}</table>"
        "</details>"
    )


def _span(part: Part) -> str:
    """Return a part of the line; what means something can be pointed at and focused."""
    if not part.name:
        return escape(part.text)
    stands = f"It stands for {part.between}." if part.between not in {"", part.text} else ""
    metric = f"In runtime/metrics: <code>{escape(part.metric)}</code>." if part.metric else ""
    said = " ".join(text for text in (escape(part.means), escape(stands), metric) if text)
    return (
        f'<span class="gm-gcl-part" tabindex="0">{escape(part.text)}'
        f'<span class="gm-gcl-say" role="note"><b>{escape(part.text.strip())}</b> {said}</span></span>'
    )
