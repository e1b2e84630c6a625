"""The text around the pacer's plots: labels over them, and the column that looks inside one cycle.

What is written over a plot is placed in percent of its plot area, so that it follows the cell's width; only the height
is known in pixels, and keeps two labels from standing on each other.

Go: runtime/mgcpacer.go, (*gcControllerState).trigger.
Left out: clicks, which the plots below catch.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from gomemlab.pacing.run import OFF
from gomemlab.views.pacer_facts import Handle, PacerFrame, Picked
from gomemlab.views.pacer_words import amount, rule, seconds, unit_name, unit_of, why
from gomemlab.views.words import count, size, thousands

PLOT = 282  # pixels: the height of the saw-tooth's plot area
LINE = 15  # pixels that a label needs
BAR = 196  # pixels: the height of the bar inside a cycle
INFINITE = 1 << 62  # bytes: a goal from here on is none
EDGES = (14.0, 86.0)  # percent: a label beyond stands beside its place, not over it


class Tag(NamedTuple):
    """A label at the right end of a line."""

    name: str  # of its colour
    words: str
    y: float  # pixels from the top


def spread(tags: Sequence[Tag], low: float, high: float) -> list[Tag]:
    """Return labels in their order from the top, far enough from each other and between low and high."""
    placed: list[Tag] = []
    at = low - LINE
    for tag in sorted(tags, key=lambda tag: tag.y):
        at = max(at + LINE, tag.y)
        placed.append(tag._replace(y=at))
    most = high
    for i in reversed(range(len(placed))):
        placed[i] = placed[i]._replace(y=min(placed[i].y, most))
        most = placed[i].y - LINE
    return placed


def over(frame: PacerFrame, *, dragging: bool = False) -> str:
    """Return what stands over the saw-tooth: the picked cycle's band, the limit's zone, labels and signs."""
    parts = [_band(frame), _zone(frame), _since(frame), *_tags(frame), _ring_words(frame, frame.gogc_ring)]
    if not dragging:
        parts += [_sign(frame, frame.gogc_ring, "amber"), _sign(frame, frame.limit_ring, "warn")]
    return f'<div class="gm-pc-area" aria-hidden="true">{"".join(parts)}</div>'


def _x(frame: PacerFrame, at_s: float) -> float:
    """Return a time in percent of the plot's width."""
    first, last = frame.window
    return 100 * min(max((at_s - first) / ((last - first) or 1.0), 0.0), 1.0)


def _y(frame: PacerFrame, nbytes: float) -> float:
    """Return bytes in percent of the plot's height, from the top."""
    return 100 * (1 - min(max(nbytes / frame.axis.top, 0.0), 1.0))


def _band(frame: PacerFrame) -> str:
    """Return the band of the picked cycle, with its number."""
    if frame.picked is None:
        return ""
    left, right = _x(frame, frame.picked.since_s), _x(frame, frame.picked.cycle.end_s)
    number = thousands(frame.picked.cycle.number)
    return (
        f'<i class="band" style="left:{left:.2f}%;width:{max(right - left, 0.15):.2f}%"></i>'
        f'<b class="nr" style="left:{(left + right) / 2:.2f}%">{number}</b>'
    )


def _zone(frame: PacerFrame) -> str:
    """Return the zone above the limit."""
    if frame.memory_limit >= frame.axis.top:
        return ""
    return f'<i class="zone" style="height:{_y(frame, frame.memory_limit):.2f}%"></i>'


def _since(frame: PacerFrame) -> str:
    """Return the line from which on the limit sets the goal."""
    since = frame.since
    if since is None or since.number == 1:
        return ""
    at = frame.run.cycles[since.number - 2].end_s
    if not frame.window[0] < at < frame.window[1]:
        return ""
    x = _x(frame, at)
    side = "left:6px" if x < 55 else "right:6px"  # noqa: PLR2004 (the words need almost half of the width)
    return (
        f'<i class="since" style="left:{x:.2f}%;top:{_y(frame, frame.memory_limit):.2f}%">'
        f'<span style="{side}">from here the limit sets the goal</span></i>'
    )


def _tags(frame: PacerFrame) -> list[str]:
    """Return the labels at the right end: each line's name and last value."""
    unit, last = frame.axis.unit, frame.last
    tags = []
    if not frame.no_limit:
        up = " ↑" if frame.memory_limit > frame.axis.top else ""
        tags.append(_tag(frame, "limit", f"limit {size(frame.memory_limit)}{up}", frame.memory_limit))
    else:
        tags.append(_tag(frame, "limit", "no limit", frame.axis.top))
    if last is not None:
        if last.goal < INFINITE:
            tags.append(_tag(frame, "goal", f"goal {amount(last.goal, unit)}", last.goal))
            tags.append(_tag(frame, "trigger", f"trigger {amount(last.trigger, unit)}", last.trigger))
        middle = (last.heap_start + last.live) / 2
        tags.append(_tag(frame, "heap", "heap live", middle))
        tags.append(_tag(frame, "live", f"live {amount(last.live, unit)}", last.live))
    return [
        f'<b class="tag {tag.name}" style="top:{tag.y:.1f}px">{escape(tag.words)}</b>' for tag in spread(tags, 0, PLOT)
    ]


def _tag(frame: PacerFrame, name: str, words: str, nbytes: float) -> Tag:
    return Tag(name, words, _y(frame, nbytes) * PLOT / 100)


def _ring_words(frame: PacerFrame, ring: Handle) -> str:
    """Return GOGC's words above its ring."""
    x = _x(frame, ring.x)
    side = " start" if x < EDGES[0] else " end" if x > EDGES[1] else ""
    low = " low" if _y(frame, ring.y) < 10 else ""  # noqa: PLR2004 (percent: there is no room above)
    more = " asks for more" if frame.picked is not None and _beyond(frame, frame.picked) else ""
    return (
        f'<b class="ring{side}{low}" style="left:{x:.2f}%;top:{_y(frame, ring.y):.2f}%">{escape(ring.words)}{more}</b>'
    )


def _beyond(frame: PacerFrame, picked: Picked) -> bool:
    """Tell whether GOGC asks for a goal above the picture."""
    return picked.cycle.gogc != OFF and picked.cycle.gogc_goal > frame.axis.top


def _sign(frame: PacerFrame, ring: Handle, colour: str) -> str:
    """Return the two arrows in a ring: it can be dragged up and down."""
    return (
        f'<svg class="sign" viewBox="0 0 10 12" style="left:{_x(frame, ring.x):.2f}%;top:{_y(frame, ring.y):.2f}%">'
        f'<path d="M2 4.5l3-3 3 3M2 7.5l3 3 3-3" fill="none" stroke="var(--gm-{colour})" stroke-width="1.5"/></svg>'
    )


def beside(frame: PacerFrame) -> str:
    """Return the column beside the plots: inside the picked cycle, and the totals of the run."""
    run, picked = frame.run, frame.picked
    inside = _inside(picked) if picked is not None else '<div class="gm-empty">no cycle to look into</div>'
    assists, workers = (sum(getattr(c, name) for c in run.cycles) for name in ("assist_s", "workers_s"))
    rows = [
        ("cycles", thousands(run.num_gc)),
        ("peak heap", size(run.peak_heap)),
        ("peak of what counts for the limit", size(max(run.memory_peak, run.peak_heap))),
        ("GC CPU, of all Ps", f"{100 * run.gc_cpu:.1f} %"),
        ("of it assists", f"{100 * assists / (assists + workers or 1):.0f} %"),
        ("cycles set by the limit", thousands(run.limited)),
    ]
    if frame.held_back:
        rows.append(("cycles with the limiter on", thousands(frame.held_back)))
    return f'<div class="gm-pc-in">{inside}</div>{_pairs(rows)}'


def _pairs(rows: Sequence[tuple[str, str]]) -> str:
    """Return names and numbers, two columns."""
    inner = "".join(f"<span>{escape(name)}</span><b>{escape(value)}</b>" for name, value in rows)
    return f'<div class="gm-pc-kv">{inner}</div>'


def _inside(picked: Picked) -> str:
    """Return the bar from live to goal of one cycle, and the rule that gave the goal."""
    cycle = picked.cycle
    title = f"<h4>Inside cycle {thousands(cycle.number)}</h4>"
    formula, numbers = rule(picked)
    words = (
        f'<div class="gm-s gm-pc-rule">{escape(formula)}<br><b>{escape(numbers)}</b></div>'
        f'<p class="gm-s">{escape(why(picked))}</p>'
    )
    return f'{title}<div class="gm-pc-two"><div>{_bar(picked)}</div><div>{words}</div></div>'


def _bar(picked: Picked) -> str:
    """Return the bar as SVG: what was last marked below, the goal above, and between them where marking may start."""
    cycle = picked.cycle
    low, high = cycle.live_before, max(cycle.goal, cycle.heap_end)
    if cycle.goal >= INFINITE:
        high = cycle.heap_end
    room = max(high - low, 1)
    unit = unit_of(high)
    name = unit_name(unit)

    def y(nbytes: float) -> float:
        return 12 + BAR * (1 - min(max((nbytes - low) / room, 0.0), 1.0))

    marks = [
        ("ink", "", f"trigger {amount(cycle.trigger, unit)} {name}", cycle.trigger),
        ("accent", "", f"live {amount(low, unit)} {name}, as last marked", low),
        ("ink2", "", f"ended at {amount(cycle.heap_end, unit)}", cycle.heap_end),
    ]
    first, last = picked.window
    parts = [f'<rect x="0" y="12" width="46" height="{BAR}" fill="var(--gm-paper)" stroke="var(--gm-line)"/>']
    if cycle.goal < INFINITE:
        marks.insert(0, ("amber", ' stroke-dasharray="7 3"', f"goal {amount(cycle.goal, unit)} {name}", cycle.goal))
        parts.append(_dots(y(last), y(first)))
    tags = [Tag(f"{i}", words, y(nbytes)) for i, (_, _, words, nbytes) in enumerate(marks)]
    middle = (y(first) + y(last)) / 2
    tags += [Tag("w", words, middle + 14 * i) for i, words in enumerate(_may_start(picked))]
    for tag in spread(tags, 12, 12 + BAR):
        if tag.name == "w":
            parts.append(f'<text class="d" x="64" y="{tag.y + 4:.1f}">{tag.words}</text>')
            continue
        colour, dash, words, nbytes = marks[int(tag.name)]
        parts.append(
            f'<path d="M0 {y(nbytes):.1f}H46L58 {tag.y:.1f}" fill="none" stroke="var(--gm-{colour})" '
            f'stroke-width="2.5"{dash}/><text x="64" y="{tag.y + 4:.1f}" '
            f'style="fill:var(--gm-{colour});font-weight:600">{escape(words)}</text>'
        )
    label = f"Inside cycle {cycle.number}: " + ", ".join(words for _, _, words, _ in marks)
    return (
        f'<svg class="gm-pc-bar" viewBox="0 0 270 224" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _may_start(picked: Picked) -> tuple[str, str]:
    """Return where marking may start, in two lines; a large heap keeps at most 4 MiB of runway."""
    gap = picked.cycle.goal - picked.cycle.live_before
    if picked.cycle.goal >= INFINITE or gap <= 0:
        return "no room between live", "and goal: collect at once"
    if (picked.window[1] - picked.cycle.live_before) / gap > 61 / 64:
        return "marking may start at 45/64 of", "the way up to 4 MiB below the goal"
    return "marking may start at 45/64", "to 61/64 of the way up"


def _dots(top: float, foot: float) -> str:
    """Return where marking may start: dots, all of them one dashed path, since each picture paints them anew."""
    rows = "".join(f"M2 {top + row * 4 + 2:.1f}H46" for row in range(max(int((foot - top) / 4), 0)))
    return (
        f'<rect x="0" y="{top:.1f}" width="46" height="{max(foot - top, 1):.1f}" fill="var(--gm-bg)" '
        f'stroke="var(--gm-edge)"/><path d="{rows}" fill="none" stroke="var(--gm-ink2)" stroke-width="1.6" '
        f'stroke-dasharray="1.6 2.4"/>'
    )


def legend(frame: PacerFrame) -> str:
    """Return what the looks of the lines mean, and what a tooth stands for where it is not one cycle."""
    saw = (
        '<svg viewBox="0 0 22 12" style="width:22px" aria-hidden="true"><path d="M0 11L14 3" stroke="var(--gm-ink)" '
        'stroke-width="2"/><path d="M14 3L22 0" stroke="var(--gm-ink)" stroke-width="5"/></svg>'
    )
    ring = (
        '<svg viewBox="0 0 18 18" style="width:16px;height:16px" aria-hidden="true"><circle cx="9" cy="9" r="7" '
        'fill="none" stroke="var(--gm-warn)" stroke-width="2"/></svg>'
    )
    parts = [
        f"{saw}heap live; thick while marking",
        f"{ring}drag a ring, or use the sliders",
        "click a cycle to look inside",
    ]
    if frame.each > 1:
        parts.append(f"each tooth is the highest of {count(frame.each, 'cycle')}, GC CPU their average")
    if frame.close:
        parts.append(f"close up: {seconds(frame.window[0])} to {seconds(frame.window[1])}")
    parts.append("times are of the cost model")
    return '<div class="gm-leg">' + "".join(f"<span>{part}</span>" for part in parts) + "</div>"


CPU_CAPTION = (
    '<div class="gm-cap"><b>GC CPU</b> <span class="gm-t">percent of all Ps; '
    '<i class="sw workers"></i> up to 25: mark workers; <i class="sw assists"></i> above: assists</span></div>'
)
