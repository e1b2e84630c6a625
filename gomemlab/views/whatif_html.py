"""The text of the what-if view: estimates with their intervals, warnings, the map's cells, and lines side by side.

Whatever comes from a log is escaped: a log is text, never markup.

Go: runtime/mgc.go, gcMarkTermination (the lines).
Left out: clicks, which the layer over the map catches.
"""

from collections.abc import Callable, Sequence
from html import escape

from gomemlab.runtime.gc.pacer import OFF
from gomemlab.views.pacer_html import PLOT, Tag, spread
from gomemlab.views.pacer_words import amount
from gomemlab.views.whatif_facts import BANDS, Cell, MapFrame, WhatIfFrame
from gomemlab.views.words import count, size, thousands
from gomemlab.whatif.estimate import Estimate
from gomemlab.whatif.prediction import Prediction
from gomemlab.whatif.traced import Tooth
from gomemlab.whatif.words import heap

HEAD = 92  # pixels left of the map's cells; whatif.css has them, too
ROW = 18  # pixels of a row of the map
LINES = 12  # cycles whose lines are shown at once
WIDE = 150  # pixels of an interval's drawing


def over(frame: WhatIfFrame) -> str:
    """Return the labels at the right end of the lines."""
    axis, (seen, told) = frame.axis, frame.cycles
    tags = []
    for name, words, teeth in (("heap", "the log", seen), ("live", "predicted", told)):
        if teeth:
            tags.append(Tag(name, words, _y(frame, (teeth[-1].heap_end + teeth[-1].live) / 2)))
    if told and told[-1].goal < axis.top:
        tags.append(Tag("goal", f"goal {amount(told[-1].goal, axis.unit)}", _y(frame, told[-1].goal)))
    limit = frame.prediction.setting.memory_limit
    if limit is not None:
        up = " ↑" if limit > axis.top else ""
        tags.append(Tag("limit", f"limit {size(limit)}{up}", _y(frame, limit)))
    words = "".join(
        f'<b class="tag {t.name}" style="top:{t.y:.1f}px">{escape(t.words)}</b>' for t in spread(tags, 0, PLOT)
    )
    return f'<div class="gm-pc-area" aria-hidden="true">{words}</div>'


def _y(frame: WhatIfFrame, nbytes: float) -> float:
    """Return bytes in pixels from the top of the plot."""
    return PLOT * (1 - min(max(nbytes / frame.axis.top, 0.0), 1.0))


def legend(frame: WhatIfFrame) -> str:
    """Return what the lines are."""

    def key(colour: str, dash: str, words: str) -> str:
        line = f'<line x1="0" y1="6" x2="22" y2="6" stroke="var(--gm-{colour})" stroke-width="2"{dash}/>'
        return f'<span><svg viewBox="0 0 22 12" style="width:22px" aria-hidden="true">{line}</svg>{words}</span>'

    seen, told = frame.cycles
    parts = [
        key("ink", "", f"the log, {count(len(seen), 'cycle')}"),
        key("accent", ' stroke-dasharray="6 2"', f"predicted, {count(len(told), 'cycle')} in this replay"),
        key("amber", ' stroke-dasharray="7 3"', "predicted goal"),
        key("ink2", ' stroke-dasharray="2 3"', "goal in the log"),
    ]
    return f'<div class="gm-leg">{"".join(parts)}</div>'


def beside(prediction: Prediction) -> str:
    """Return the estimates as a table, what the log's own setting comes to, and all warnings."""
    p, was = prediction, prediction.observed
    rows = [
        _row("peak heap", heap(was.peak_heap), p.peak_heap, was.peak_heap, heap),
        _row("GC cycles", thousands(round(was.num_gc)), p.num_gc, was.num_gc, lambda v: thousands(round(v))),
        _row("GC CPU", f"{100 * was.gc_cpu:.1f} %", p.gc_cpu, was.gc_cpu, lambda v: f"{100 * v:.1f} %"),
    ]
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", "in the log", "predicted"))
    left = p.residual
    check = (
        f"The log’s own setting ({escape(str(p.log_setting))}), replayed, misses the log by "
        f"{_signed(100 * left.peak_heap)} % of the peak, {_signed(100 * left.num_gc)} % of the cycles, "
        f"{_signed(100 * left.gc_cpu, 1)} points of CPU."
    )
    warnings = "".join(f"<li>{escape(words)}</li>" for words in p.warnings)
    return (
        f'<table class="gm-table gm-wi-est"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f'<p class="gm-s">Bars: the 80 % interval; ◆ predicted, ○ in the log.</p>'
        f'<p class="gm-s">{check}</p><ul class="gm-wi-warn" aria-label="warnings">{warnings}</ul>'
    )


def _signed(value: float, digits: int = 0) -> str:
    """Return a number with its sign; nothing is +0."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")


def _row(name: str, was: str, of: Estimate, seen: float, words: Callable[[float], str]) -> str:
    """Return one estimate: its name, the log's number, the predicted one; below these the interval, drawn and said."""
    between = f"{words(of.low)} … {words(of.high)}"
    return (
        f'<tr><th scope="row">{name}</th><td>{escape(was)}</td><td><b>{escape(words(of.value))}</b></td></tr>'
        f'<tr class="iv"><td>{escape(between)}</td><td colspan="2">{_interval(of, seen)}</td></tr>'
    )


def _interval(of: Estimate, seen: float) -> str:
    """Return an interval as a bar from 0 on."""
    top = max(of.high, seen, of.value, 1e-9) * 1.04

    def x(value: float) -> float:
        return 4 + (WIDE - 8) * min(max(value / top, 0.0), 1.0)

    at = x(of.value)
    return (
        f'<svg viewBox="0 0 {WIDE} 14" class="gm-wi-iv" aria-hidden="true">'
        f'<path d="M4 7H{WIDE - 4}" stroke="var(--gm-line)"/>'
        f'<rect x="{x(of.low):.1f}" y="3" width="{max(x(of.high) - x(of.low), 1):.1f}" height="8" '
        f'fill="var(--gm-accent-soft)" stroke="var(--gm-accent)"/>'
        f'<path d="M{at:.1f} 2l4 5-4 5-4-5z" fill="var(--gm-accent)"/>'
        f'<circle cx="{x(seen):.1f}" cy="7" r="4" fill="none" stroke="var(--gm-ink)" stroke-width="1.5"/></svg>'
    )


def grid(frame: MapFrame) -> str:
    """Return the map's cells, each with its number."""
    tops = "".join(f"<span>{'off' if gogc == OFF else gogc}</span>" for gogc in frame.gogcs)
    rows = [f'<div class="r h"><span>GOGC</span>{tops}</div>']
    for limit, row in zip(frame.limits, frame.cells, strict=True):
        name = "no limit" if limit is None else size(limit)
        cells = "".join(map(_cell, row)) or '<span class="to">…</span>' * len(frame.gogcs)
        rows.append(f'<div class="r"><span>{name}</span>{cells}</div>')
    look = f'class="gm-wi-grid" style="--n:{len(frame.gogcs)}" role="img" aria-label="{_said(frame)}"'
    return f"<div {look}>{''.join(rows)}</div>"


def _cell(cell: Cell) -> str:
    """Return one cell; one that cannot be is crossed, too."""
    return f'<span class="{"no" if cell.infeasible else f"t{cell.tint}"}">{cell.words}</span>'


def _said(frame: MapFrame) -> str:
    """Return the map in words."""
    row, column = frame.here
    limit = frame.limits[row]
    known = frame.cells[row][column].words if frame.cells[row] else "not known yet"
    where = f"GOGC {frame.gogcs[column]}, {'no limit' if limit is None else f'limit {size(limit)}'}"
    return escape(f"Map of {frame.shown.title}. You are at {where}: {known}.")


def signs(frame: MapFrame) -> str:
    """Return the signs over the map: a frame and ◆ where you are, ○ the log, ★ what is recommended."""
    parts = [_sign(frame, frame.own, "own", "○")]
    if frame.best is not None:
        parts.append(_sign(frame, frame.best, "best", "★"))
    parts.append(_sign(frame, frame.here, "here" if frame.exact else "here near", "◆"))
    return f'<div class="gm-wi-signs" aria-hidden="true">{"".join(parts)}</div>'


def _sign(frame: MapFrame, at: tuple[int, int], name: str, sign: str) -> str:
    """Return a sign over a cell."""
    row, column = at
    wide = 100 / len(frame.gogcs)
    return f'<i class="{name}" style="top:{row * ROW}px;left:{column * wide:.3f}%;width:{wide:.3f}%"><b>{sign}</b></i>'


def advice(frame: MapFrame) -> str:
    """Return the recommendation and its risk, where you are, and what the signs mean."""
    if frame.advice is None:
        said = '<p class="gm-s">The recommendation comes with the whole map.</p>'
    else:
        said = f'<p role="status">★ {escape(str(frame.advice))}</p>'
    here = "◆ here" if frame.exact else "◆ the cell nearest to here"
    tints = "".join(f'<i class="t{i}"></i>' for i in range(BANDS))
    low, high = ("smaller", "larger") if frame.shown.name == "peak_heap" else ("cheaper", "dearer")
    keys = [
        f"<span>{here}</span>", "<span>○ the log</span>", "<span>★ recommended</span>",
        '<span><i class="no"></i>infeasible</span>', f"<span>{low}{tints}{high}</span>",
    ]  # fmt: skip
    return f'{said}<div class="gm-leg gm-wi-keys">{"".join(keys)}</div>'


def lines(frame: WhatIfFrame, first: int) -> str:
    """Return gctrace lines of the log, and under each the model's of the same cycle."""
    seen, told = frame.cycles
    last = min(first + LINES, max(len(seen), len(told)))
    rows = "".join(
        f'<tbody><tr><th scope="rowgroup" rowspan="2">{thousands(i + 1)}</th><td>Go</td><td>{_line(seen, i)}</td></tr>'
        f'<tr class="model"><td>model</td><td>{_line(told, i)}</td></tr></tbody>'
        for i in range(first, last)
    )
    what = "the log’s own setting" if frame.own else escape(str(frame.prediction.setting))
    note = (
        f"Cycles {thousands(first + 1)} to {thousands(last)} of {thousands(len(seen))} in the log and "
        f"{thousands(len(told))} of the model, under {what}."
    )
    return f'<div class="gm-wi-lines"><p class="gm-s">{note}</p><table>{rows}</table></div>'


def _line(teeth: Sequence[Tooth], at: int) -> str:
    """Return a line as text; "–" where there is none."""
    return f"<code>{escape(teeth[at].line) or '–'}</code>" if at < len(teeth) else "–"
