"""A goroutine's stack as a drawing to scale, and the old one beside it in the tick that moved it.

The high end is at the top, since a stack grows down from there. Both stacks have one scale and one top: what was copied
stands at the same height in both, and so do the two ends of every pointer into the stack.

Go: runtime/stack.go, copystack, adjustpointers.
Left out: slots that hold no pointer into the stack.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from gomemlab.views.stacks_facts import Arrow, Frame, Move, Run, Shape, guard_of
from gomemlab.views.svg import text
from gomemlab.views.theme import hatched, swatch
from gomemlab.views.words import address, count, thousands

WIDTH, TOP, HIGH = 640, 40, 340  # pixels: of the drawing, above the stacks, and the stacks' largest height
OLD, NEW, BOX = 142, 366, 114  # left edges of both stacks, and how wide they are
ARCS = 40  # pixels beside a stack for its pointers
SHORT = 22  # pixels of the lines between frames that have one label together
LINE = 13  # pixels from one label to the next
USED_PART = 0.72  # of the height, for what is in use, where that is drawn larger
EARLY = 24  # characters of a frame's label
GUARDED = ("var(--gm-amber-soft)", "var(--gm-bg)")


class Scale(NamedTuple):
    """Bytes from the high end as pixels; behind `used` they may be drawn smaller."""

    size: int  # bytes of the larger stack
    used: int  # bytes that take `part` of the height
    part: float

    def y(self, at: int) -> float:
        """Return where a place of a stack is drawn."""
        if at <= self.used:
            return TOP + HIGH * self.part * at / max(self.used, 1)
        rest = max(self.size - self.used, 1)
        return TOP + HIGH * (self.part + (1 - self.part) * (at - self.used) / rest)


def scale_of(frame: Frame, stack: Shape) -> Scale:
    """Return the scale for both stacks of a frame."""
    size = max(stack.size, frame.move.old.size if frame.move else 0)
    used = max(stack.used, frame.move.copied if frame.move else 0)
    if frame.zoom and used < USED_PART * size:
        return Scale(size, used, USED_PART)
    return Scale(size, size, 1.0)


def picture(frame: Frame) -> str:
    """Return the drawing of the picked stack."""
    label = escape(spoken(frame), quote=True)
    return (
        f'<svg class="gm-stk" width="{WIDTH}" height="{TOP + HIGH + 20}" viewBox="0 0 {WIDTH} {TOP + HIGH + 20}" '
        f'role="img" aria-label="{label}">{"".join(_parts(frame))}</svg>'
    )


def _parts(frame: Frame) -> Iterator[str]:
    stack = frame.stack
    if stack is None:
        yield _nothing(NEW, BOX, "no stack", "This goroutine is not alive at this tick.")
        return
    scale = scale_of(frame, stack)
    move = frame.move
    if move is None:
        yield _nothing(OLD, BOX, "old stack", "When the stack moves, the old one stands here.")
    else:
        yield from _old(frame, move, scale)

    yield text(NEW, 14, "New stack" if move else "Stack", "font-weight:600;font-size:12px")
    yield text(NEW, 30, f"{thousands(stack.size)} B")
    travels = f' class="gm-move" style="--dx:{OLD - NEW}px;--dy:0px"' if frame.travels and move else ""
    yield _ground(NEW, stack, scale)
    yield f"<g{travels}>{''.join(_frames(NEW, frame.runs, scale, move.copied if move else -1))}</g>"
    yield from _arcs(NEW + BOX, frame.arrows, scale, "new" if move else "now")
    yield from _links(NEW, frame.links, scale)
    yield _outline(NEW, stack, scale)
    yield from _labels(NEW + BOX + ARCS, stack, scale)
    if move is not None:
        yield from _copy(move, stack, scale)
    if scale.part < 1:
        yield _break(NEW, scale)


def _nothing(x: int, wide: int, name: str, words: str) -> str:
    """Return an empty place that says what will stand there."""
    lines = _wrapped(words, 18)
    mid = TOP + HIGH / 2 - 8 * len(lines)
    said = "".join(
        text(x + wide / 2, mid + 16 * i, line, "fill:var(--gm-ink2)", "middle") for i, line in enumerate(lines)
    )
    where = f'x="{x}" y="{TOP}" width="{wide}" height="{HIGH}"'
    head = text(x, 14, name.capitalize(), "fill:var(--gm-ink2);font-weight:600;font-size:12px")
    return f'{head}<rect {where} fill="none" stroke="var(--gm-edge)" stroke-dasharray="4 4"/>{said}'


def _wrapped(words: str, most: int) -> list[str]:
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _old(frame: Frame, move: Move, scale: Scale) -> Iterator[str]:
    """Yield the stack that was left: outlines only, since it is free."""
    old = move.old
    yield text(OLD, 14, "Old stack, free", "font-weight:600;font-size:12px")
    yield text(OLD, 30, f"{thousands(old.size)} B", "fill:var(--gm-ink2)")
    where = f'x="{OLD}" y="{TOP}" width="{BOX}" height="{max(scale.y(old.size) - TOP, 2):.1f}"'
    yield f'<rect {where} fill="var(--gm-paper)" stroke="var(--gm-edge)" stroke-dasharray="4 3"/>'
    yield from _frames(OLD, list(_cut(frame.runs, move.copied)), scale, -1, ghost=True)
    yield from _guard(OLD, old, scale)
    yield from _arcs(OLD + BOX, [a for a in frame.arrows if max(a.at, a.to) <= move.copied], scale, "old")
    yield from _labels(0, old, scale, right=OLD - 8)


def _cut(runs: Iterable[Run], used: int) -> Iterator[Run]:
    """Yield the frames that were there before the newest one."""
    for run in runs:
        frames = min((used - run.top) // run.nbytes, run.frames) if run.nbytes else 0
        if frames > 0:
            yield run._replace(frames=frames)


def _copy(move: Move, stack: Shape, scale: Scale) -> Iterator[str]:
    """Yield what leads from the old stack to the new one: the copy, and by how much each pointer changed."""
    left, right = OLD + BOX + 4, NEW - 6
    for at in (0, move.copied):
        y = scale.y(at)
        yield f'<path d="M{OLD + BOX} {y:.1f}H{NEW}" stroke="var(--gm-accent)" stroke-dasharray="2 3" fill="none"/>'
    y = TOP - 12
    yield (
        f'<path d="M{left} {y}H{right - 8}" stroke="var(--gm-accent)" stroke-width="3"/>'
        f'<path d="M{right} {y}l-10 -6v12z" fill="var(--gm-accent)"/>'
    )
    yield text(
        (left + right) / 2,
        y - 8,
        f"{thousands(move.copied)} B copied",
        "fill:var(--gm-accent);font-weight:600",
        "middle",
    )
    delta = stack.hi - move.old.hi
    sign = "+" if delta >= 0 else "−"
    said = [count(move.adjusted, "pointer"), "adjusted, each", f"{sign} {address(abs(delta))}"]
    top = min(max(scale.y(move.copied) + 20, TOP + 60), TOP + HIGH - 40)
    for i, line in enumerate(said if move.adjusted else ["no pointer", "to adjust"]):
        look = "fill:var(--gm-accent);font-weight:600;paint-order:stroke;stroke:var(--gm-bg);stroke-width:4px"
        yield text((left + right) / 2, top + 15 * i, line, look, "middle")


def _ground(x: int, stack: Shape, scale: Scale) -> str:
    """Return a stack without its frames: free, and the guard."""
    where = f'x="{x}" y="{TOP}" width="{BOX}" height="{max(scale.y(stack.size) - TOP, 2):.1f}"'
    return f'<rect {where} fill="var(--gm-bg)"/>' + "".join(_guard(x, stack, scale))


def _guard(x: int, stack: Shape, scale: Scale) -> Iterator[str]:
    """Yield the bytes below the guard."""
    top, end = scale.y(guard_of(stack)), scale.y(stack.size)
    if end - top >= 2:  # noqa: PLR2004 (a hatch needs room)
        yield hatched(x, round(top, 1), BOX, round(end - top, 1), colours=GUARDED)
    yield f'<path d="M{x} {top:.1f}h{BOX}" stroke="var(--gm-amber)" stroke-width="2" stroke-dasharray="5 3"/>'
    if end - top > 2 * LINE:
        said = f"guard, {thousands(stack.size - guard_of(stack))} B"
        yield text(x + BOX / 2, (top + end) / 2 + 4, said, "fill:var(--gm-amber)", "middle")


def _frames(x: int, runs: Sequence[Run], scale: Scale, copied: int, *, ghost: bool = False) -> Iterator[str]:
    """Yield the frames; the one that was entered after a copy has a thick edge."""
    edge, ink = ("var(--gm-edge)", "var(--gm-ink2)") if ghost else ("#111", "#111")
    ground = "var(--gm-paper)" if ghost else "var(--gm-stack)"
    for run in runs:
        top, end = scale.y(run.top), scale.y(run.end)
        where = f'x="{x}" y="{top:.1f}" width="{BOX}" height="{max(end - top, 0.8):.1f}"'
        yield f'<rect {where} style="fill:{ground};stroke:{edge};stroke-width:.6"/>'
        each = (end - top) / run.frames
        if run.frames > 1 and each >= 3:  # noqa: PLR2004 (closer lines are a grey area)
            left = x if each >= LINE - 1 else x + BOX - SHORT
            lines = "".join(f"M{left} {top + each * i:.1f}H{x + BOX}" for i in range(1, run.frames))
            yield f'<path d="{lines}" style="stroke:{edge};stroke-width:.6"/>'
        yield from _names(x, run, top, each, f"fill:{ink};paint-order:stroke;stroke:{ground};stroke-width:3px")
    newest = runs[-1] if runs else None
    if newest is not None and 0 <= copied < newest.end:
        top, end = scale.y(newest.end - newest.nbytes), scale.y(newest.end)
        inset = 3 if end - top > LINE else 1
        where = f'x="{x + 3}" y="{top + inset:.1f}" width="{BOX - 6}" height="{max(end - top - 2 * inset, 1):.1f}"'
        yield f'<rect {where} fill="none" stroke="#111" stroke-width="2"/>'


def _names(x: int, run: Run, top: float, each: float, look: str) -> Iterator[str]:
    """Yield what the frames are, each by itself where it has room, else all together."""
    if each >= LINE - 1:
        for i in range(run.frames):
            yield text(x + 7, top + each * (i + 0.5) + 4, run_words(run._replace(frames=1)), look)
    elif each * run.frames >= LINE - 1:
        yield text(x + 7, top + min(each * run.frames / 2 + 4, 3 * LINE), run_words(run), look)


def run_words(run: Run) -> str:
    """Return "f, 256 B" or "212 × f, 64 B each"."""
    name = run.name if len(run.name) <= EARLY // 2 else run.name[: EARLY // 2 - 1] + "…"
    if run.frames == 1:
        return f"{name}, {thousands(run.nbytes)} B"
    return f"{thousands(run.frames)} × {name}, {thousands(run.nbytes)} B"


def _outline(x: int, stack: Shape, scale: Scale) -> str:
    where = f'x="{x}" y="{TOP}" width="{BOX}" height="{max(scale.y(stack.size) - TOP, 2):.1f}"'
    return f'<rect {where} fill="none" stroke="var(--gm-ink)" stroke-width="1.5"/>'


def _arcs(x: int, arrows: Sequence[Arrow], scale: Scale, kind: str) -> Iterator[str]:
    """Yield the pointers that lead from one place of the stack to another."""
    colour = {"old": "var(--gm-edge)", "now": "var(--gm-ring)", "new": "var(--gm-accent)"}[kind]
    dash = ' stroke-dasharray="4 3"' if kind == "old" else ""
    for i, arrow in enumerate(arrows):
        a, b = scale.y(arrow.at), scale.y(arrow.to)
        out = x + ARCS - 12 - 7 * (len(arrows) - 1 - i)
        path = f"M{x - 5} {a:.1f}C{out} {a:.1f} {out} {b:.1f} {x + 3} {b:.1f}"
        yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        yield f'<circle cx="{x - 5}" cy="{a:.1f}" r="3" fill="{colour}"/>'
        yield f'<path d="M{x} {b:.1f}l7 -4v8z" fill="{colour}"/>'


def _links(x: int, links: Sequence[tuple[int, int]], scale: Scale) -> Iterator[str]:
    """Yield the saved frame pointers, at the left edge."""
    for at, to in links:
        a, b = scale.y(at), scale.y(to)
        yield (
            f'<path d="M{x} {a:.1f}C{x - 12} {a:.1f} {x - 12} {b:.1f} {x} {b:.1f}" fill="none" '
            f'stroke="var(--gm-ring)" stroke-width="1.2" stroke-dasharray="1.5 2"/>'
        )


def _labels(x: int, stack: Shape, scale: Scale, right: int = 0) -> Iterator[str]:
    """Yield the addresses of the stack's ends beside it, none over another."""
    names = [
        ("hi", stack.hi, 0),
        ("sp", stack.hi - stack.used, stack.used),
        ("guard", stack.hi - guard_of(stack), guard_of(stack)),
        ("lo", stack.lo, stack.size),
    ]
    wanted = [scale.y(at) for _, _, at in names]
    edge = OLD if right else NEW + BOX
    for (name, value, _), y, at in zip(names, spread(wanted), wanted, strict=True):
        words = f'<tspan style="font-weight:600">{name}</tspan> <tspan class="m">{address(value)}</tspan>'
        anchor, start = ("end", right) if right else ("start", x)
        tick = f"M{right + 2} {y:.1f}L{edge} {at:.1f}" if right else f"M{edge} {at:.1f}H{x - 12}L{x - 3} {y:.1f}"
        yield f'<path d="{tick}" stroke="var(--gm-line)" fill="none"/>'
        yield f'<text x="{start}" y="{y + 4:.1f}" text-anchor="{anchor}" style="font-size:11px">{words}</text>'


def spread(wanted: Sequence[float], step: float = LINE) -> list[float]:
    """Return places in the order of those that are wanted, at least a step apart, as near as can be."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + step) if placed else y)
    over = placed[-1] - (TOP + HIGH + LINE)
    for i in range(len(placed) - 1, -1, -1):
        limit = placed[i + 1] - step if i + 1 < len(placed) else TOP + HIGH + LINE
        placed[i] = min(placed[i], limit) if over > 0 else placed[i]
    return placed


def _break(x: int, scale: Scale) -> str:
    """Return the line behind which bytes are drawn smaller."""
    y = scale.y(scale.used) + 8
    zigzag = "".join(f"l4 {4 if i % 2 else -4}" for i in range(BOX // 4))
    return (
        f'<path d="M{x} {y:.1f}{zigzag}" fill="none" stroke="var(--gm-edge)"/>'
        f"{text(x + BOX / 2, y + 18, 'drawn smaller', 'fill:var(--gm-ink2)', 'middle')}"
    )


def pointers(frame: Frame) -> str:
    """Return the pointers into the stack as a table: their names, the old and the new address, and what stays."""
    links = frame.move.adjusted - len(frame.arrows) - frame.more if frame.move else 0
    saved = f"{count(links, 'saved frame pointer')} adjusted." if links > 0 else ""
    if not frame.arrows:
        words = "No local of this stack points into it; Point writes such a pointer." if frame.stack else ""
        return f'<div class="gm-ptrs"><div class="gm-t">{words} {saved}</div></div>'
    delta = frame.stack.hi - frame.move.old.hi if frame.stack and frame.move else 0
    rows = []
    for arrow in frame.arrows:
        moved = delta and frame.move is not None and arrow.at <= frame.move.copied
        old = f"<s>{address(arrow.value - delta)}</s> → " if moved else ""
        sign = '<b class="gm-right">adjusted</b>' if moved else ""
        rows.append(
            f"<code>{escape(arrow.name)}</code><span>= &amp;<code>{escape(arrow.target)}</code></span>"
            f"<code>{old}{address(arrow.value)}</code><span>{thousands(arrow.to)} B below hi {sign}</span>"
        )
    more = f"{count(frame.more, 'more such pointer')} not shown. " if frame.more else ""
    besides = f"Besides, {saved}" if saved else ""
    return (
        f'<div class="gm-ptrs"><div class="gm-grid">{"".join(rows)}</div><div class="gm-t">{more}{besides}</div></div>'
    )


def spoken(frame: Frame) -> str:
    """Return the drawing as text for a screen reader."""
    stack = frame.stack
    if stack is None:
        return f"G{frame.g} is not alive at this tick."
    free = max(guard_of(stack) - stack.used, 0)
    said = [
        f"G{frame.g}: stack of {thousands(stack.size)} B from {address(stack.lo)} to {address(stack.hi)}",
        f"{thousands(stack.used)} B in use, {thousands(free)} B free above the guard",
        "frames, oldest first: " + ", ".join(run_words(run) for run in frame.runs[:20]),
    ]
    if frame.move is not None:
        kind = "grew" if frame.move.grew else "shrank"
        said.append(f"it {kind} from {thousands(frame.move.old.size)} B at {address(frame.move.old.lo)}")
    said += [f"{arrow.name} points to {arrow.target}" for arrow in frame.arrows]
    return "; ".join(said)


def legend() -> str:
    """Return what colours and lines mean."""

    def line(style: str, words: str) -> str:
        shown = f'<path d="M0 6h24" style="fill:none;{style}"/>'
        return f'<span><svg viewBox="0 0 24 12" style="width:24px" aria-hidden="true">{shown}</svg>{words}</span>'

    edge = '<rect x=".5" y=".5" width="11" height="11" fill="var(--gm-bg)" stroke="var(--gm-edge)"/>'
    thick = '<rect x="2" y="2" width="8" height="8" fill="none" stroke="#111" stroke-width="1.5"/>'
    parts = [
        f"<span>{swatch('var(--gm-stack)')}a frame, to scale</span>",
        f"<span>{swatch('none', edge)}free</span>",
        f"<span>{swatch('none', hatched(0, 0, 12, 12, colours=GUARDED, step=5))}below the guard</span>",
        line("stroke:var(--gm-ring);stroke-width:2", "pointer into the stack"),
        line("stroke:var(--gm-accent);stroke-width:2", "adjusted now"),
        line("stroke:var(--gm-ring);stroke-width:1.2;stroke-dasharray:1.5 2", "saved frame pointer"),
        f"<span>{swatch('var(--gm-stack)', thick)}the call that made it grow</span>",
    ]
    return f'<div class="gm-leg">{"".join(parts)}</div>'
