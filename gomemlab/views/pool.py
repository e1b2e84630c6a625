"""Pool: what a sync.Pool has, by P: a private slot and a shared chain each, and the victim of both.

Items are numbered in the order in which the pool saw them, and travel: from the program into a shard, back again, and
when a cycle begins all of them from the shards to the victim, whose own are dropped. An item that was put back keeps
its fields, so what it still points to stays alive; the picked item says what that is.

Go: sync/pool.go, Pool, poolLocal, poolCleanup; sync/poolqueue.go, poolChain, poolDequeue.
Left out: what lies where in the heap; the span view has that.
"""

from dataclasses import dataclass, replace
from html import escape
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.runtime.poolevents import LocalMade, PoolAged
from gomemlab.runtime.poolinfo import PoolInfo
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import pool_arrows, pool_html, pool_layout, pool_svg
from gomemlab.views.base import Host, View, box, button, html, put, svg_document
from gomemlab.views.picture import figure, scales_of, tip
from gomemlab.views.pool_facts import MOST_ROWS, Item, Side, every, item, sides, within
from gomemlab.views.pool_holds import Picked, picked, stale
from gomemlab.views.pool_html import Counts
from gomemlab.views.pool_layout import BLOCK, DROPPED, HAND, LOCAL, VICTIM, WIDTH, Block
from gomemlab.views.pool_words import Deed, deed, next_gets
from gomemlab.views.words import count, thousands

NEAR = 4  # ticks between two pictures that an item may be seen to travel
OFFERED = 200  # items in the menu
NO_POOL = "No pool yet: press <b>make pool</b>, or write <code>world.pool(new=1024)</code>."
EMPTY = "Put and Get will show here where each item lies: with a P, in the victim, or with the program."
AROUND = 158  # pixels of what stands around the columns of a pool
NO_ITEM = ("no item", 0)


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw of one pool."""

    pool: int  # id; 0: there is none
    pools: tuple[str, ...]  # all pools in words
    procs: int
    p: int  # the P that the reader uses
    local: Side
    victim: Side
    out: tuple[Item, ...]  # what the program has, the newest last
    dropped: tuple[Item, ...]  # what this step dropped
    shut: bool  # nobody looks into the victim any more
    deed: Deed
    counts: Counts
    lines: tuple[str, ...]  # beside the counters
    picked: Picked
    offered: tuple[tuple[str, int], ...]  # the items that can be picked: name, number


NOTHING = Frame(
    pool=0,
    pools=(),
    procs=1,
    p=0,
    local=Side((), 0),
    victim=Side((), 0),
    out=(),
    dropped=(),
    shut=False,
    deed=Deed(),
    counts=Counts((), ()),
    lines=(),
    picked=Picked(words=""),
    offered=(NO_ITEM,),
)


def frame(snapshot: Snapshot, pool: int, chosen: int = 0, pick: int = 0, before: Snapshot | None = None) -> Frame:
    """Return what to draw of a pool; chosen is the P that the reader uses, `before` the moment before this step."""
    if not 1 <= pool <= len(snapshot.pools):
        return replace(NOTHING, procs=len(snapshot.ps))
    info = snapshot.pools[pool - 1]
    local, victim = sides(snapshot, info, chosen)
    done = deed(snapshot, info)
    lines = [f"next Gets on P{chosen}: {next_gets(info, chosen)}", stale(snapshot, info)]
    return Frame(
        pool=pool,
        pools=tuple(map(named, snapshot.pools)),
        procs=len(snapshot.ps),
        p=chosen,
        local=local,
        victim=victim,
        out=tuple(map(item, info.out)),
        dropped=_dropped(info, before),
        shut=bool(info.victim) and not info.victim_size,
        deed=done,
        counts=pool_html.counts(info, snapshot.gc.cycle, done.where),
        lines=tuple(filter(None, lines)),
        picked=picked(snapshot, info, pick),
        offered=_offered(info),
    )


def named(pool: PoolInfo) -> str:
    """Return a pool in words."""
    race = ", -race" if pool.race else ""
    return f"pool {pool.id}: {f'New, {pool.new}' if pool.new else 'no New'}{race}"


def drops(snapshot: Snapshot, pool: int) -> bool:
    """Tell whether a snapshot's step dropped items of a pool."""
    return any(
        (isinstance(event, PoolAged) and event.dropped > 0) or (isinstance(event, LocalMade) and event.lost > 0)
        for event in snapshot.events
        if getattr(event, "pool", 0) == pool
    )


def _dropped(pool: PoolInfo, before: Snapshot | None) -> tuple[Item, ...]:
    """Return the items that were there before the step and are nowhere now."""
    if before is None or pool.id > len(before.pools):
        return ()
    then, now = before.pools[pool.id - 1], {info.number for info in every(pool)}
    return tuple(item(info) for info in within((*then.local, *then.victim)) if info.number not in now)


def _offered(pool: PoolInfo) -> tuple[tuple[str, int], ...]:
    """Return the items that can be picked, by number."""
    numbers = sorted({info.number for info in every(pool)})[:OFFERED]
    return (NO_ITEM, *((f"item {number}", number) for number in numbers))


class PoolView(View[Frame]):
    """Two columns over layers that catch clicks, words and counters around them."""

    name = "sync.Pool"
    css = "gm-poolview"

    def __init__(self, host: Host | None = None, pool: int = 0) -> None:
        """Build the view; without a pool's id it shows the one that was used last."""
        self.pool = pool
        self.p = 0  # the P that the reader uses
        self.number = 0  # of the picked item
        self._seen = 0  # the pool that is shown
        self._at = (0, 0)  # ticks of the last picture and of this one
        self._taken: Snapshot | None = None
        self._blocks: tuple[list[Block], list[Block]] = ([], [])
        self._offering = False
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return steps, the two columns, legend, counters and what is said of the picked item."""
        self.steps, self.below, self.told = html(), html(), html()
        self.drawings = (html(), html())
        self.touches = (self._touch(0), self._touch(1))
        columns = [
            box([drawing, layer], "gm-stack", "gm-shards")
            for drawing, (_, layer) in zip(self.drawings, self.touches, strict=True)
        ]
        self.sides = box(columns, "gm-poolsides")
        return [self.steps, self.sides, self.below, self.told]

    def _touch(self, column: int) -> tuple[Any, Any]:
        """Return the invisible layer over a column: hover tells of an item, click picks it."""
        targets = bq.Scatter(
            x=[0.0],
            y=[-99.0],
            names=[""],
            display_names=False,
            scales=scales_of(0, WIDTH, 0, 100),
            marker="square",
            default_size=BLOCK * BLOCK,
            opacities=[0],
            tooltip=tip(),
        )
        layer = figure([targets], [], WIDTH, 100)
        layer.add_class("gm-touch")
        self.extra.append(targets)
        targets.on_element_click(lambda _mark, message: self._clicked(column, message["data"]["index"]))
        return targets, layer

    def tools(self) -> list[ipw.Widget]:
        """Return the keyboard's twin of a click."""
        self.which = ipw.Dropdown(options=[NO_ITEM], value=0, tooltip="the item to pick")
        self.which.add_class("gm-which-item")
        self.which.observe(self._chose, "value")
        left, right = "chevron-left", "chevron-right"
        earlier = button(self.host, "", "pick the previous item", lambda: self.move(-1), icon=left)
        later = button(self.host, "", "pick the next item", lambda: self.move(1), icon=right)
        return [self.which, earlier, later]

    def past(self) -> Snapshot | None:
        """Return the moment before this step, where it can be had; alone, there is none."""
        return None

    def pool_of(self, snapshot: Snapshot) -> int:
        """Return the pool to show: the chosen one, or the one that was used last; 0 where there is none."""
        if self.pool:
            return self.pool
        used = [event.pool for event in snapshot.events if hasattr(event, "pool")]
        if used:
            self._seen = used[-1]
        return min(self._seen, len(snapshot.pools)) or min(1, len(snapshot.pools))

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw of the chosen pool."""
        self._taken, self._at = snapshot, (self._at[1], self.host.tick)
        return self._framed(snapshot)

    def _framed(self, snapshot: Snapshot) -> Frame:
        pool = self.pool_of(snapshot)
        before = self.past() if drops(snapshot, pool) else None
        return frame(snapshot, pool, self.p, self.number, before)

    def redraw(self) -> None:
        """Draw the same moment once more, since what is picked or chosen has changed."""
        if self._taken is not None:
            self._at = (self._at[1], self._at[1])
            self.draw(self._framed(self._taken))

    def show(self, frame: Frame) -> None:
        """Draw; items that changed place travel, unless many ticks were passed over."""
        near, last = abs(self._at[1] - self._at[0]) <= NEAR, self._last
        came: dict[int, Block] = {}
        if near and last is not None and last.pool == frame.pool:
            came = {block.item.number: block for blocks in self._blocks for block in blocks}
        wide = block_width(frame)
        self._blocks, left_out = blocks_of(frame, wide)
        looks = pool_svg.Looks(wide, frame.deed.number, frame.picked.number, came, frame.p)
        (self.sides.remove_class if frame.pool else self.sides.add_class)("none")
        put(self.steps, value=pool_html.steps(frame.deed) if frame.pool else "")
        for i, text in enumerate(columns(frame, self._blocks, left_out, looks)):
            put(self.drawings[i], value=text)
            self._aim(*self.touches[i], self._blocks[i], pool_layout.height(frame.local), wide)
        put(self.below, value=below(frame))
        put(self.told, value=f'<div class="gm-pooltold" role="status">{frame.picked.words}</div>')
        self._offer(frame)

    def _aim(self, targets: Any, layer: Any, blocks: list[Block], high: int, wide: int) -> None:
        """Lay the targets over the blocks of a column; y goes up, pixels go down."""
        put(layer.layout, height=f"{high}px")
        put(targets.scales["y"], max=float(high))
        x = [block.x + wide / 2 for block in blocks] or [0.0]
        y = [high - block.y - BLOCK / 2 for block in blocks] or [-99.0]
        put(targets, x=np.array(x), y=np.array(y), names=np.array([block.item.tip for block in blocks] or [""]))

    def _offer(self, frame: Frame) -> None:
        """Let the menu have the items there are."""
        self._offering = True
        try:
            with self.which.hold_sync():
                if tuple(self.which.options) != frame.offered:
                    self.which.options = frame.offered
                numbers = [number for _, number in frame.offered]
                put(self.which, value=frame.picked.number if frame.picked.number in numbers else 0)
        finally:
            self._offering = False

    def sentence(self, frame: Frame) -> str:
        """Return what the last step did, or how the pool stands."""
        return escape(frame.deed.sentence) if frame.pool else NO_POOL

    def title(self, frame: Frame | None) -> str:
        """Return the name, with the pool's number where there are several."""
        return self.name if frame is None or len(frame.pools) < 2 else f"{self.name} {frame.pool}"  # noqa: PLR2004 (several)

    # What the reader does

    def pick(self, number: int) -> None:
        """Pick an item by its number, 0 for none; its span is picked with it."""
        self.number = number
        self.redraw()
        span = -1 if self._last is None else self._last.picked.span
        if span >= 0:
            self.host.choose(span)

    def move(self, by: int) -> None:
        """Pick the item that is `by` places further on, by number."""
        numbers = [number for _, number in self._last.offered[1:]] if self._last is not None else []
        if numbers:
            at = numbers.index(self.number) + by if self.number in numbers else 0 if by > 0 else len(numbers) - 1
            self.pick(numbers[max(0, min(at, len(numbers) - 1))])

    def _clicked(self, column: int, at: int) -> None:
        """Pick the item under the pointer; the picked one again is let go."""
        if 0 <= at < len(self._blocks[column]) and self._blocks[column][at].where != DROPPED:
            number = self._blocks[column][at].item.number
            self.host.guard(lambda: self.pick(0 if number == self.number else number))

    def _chose(self, change: dict[str, Any]) -> None:
        """Pick what the menu says; what it is told while it gets its entries is not the reader's."""
        if not self._offering and change["new"] is not None and change["new"] != self.number:
            self.host.guard(lambda: self.pick(change["new"]))

    def figures(self) -> list[Any]:
        """Return nothing: the layers over the columns have nothing to see."""
        return []

    def svg(self) -> str:
        """Return the pool as an SVG file."""
        inner = "".join(f"<div>{drawing.value}</div>" for drawing in self.drawings)
        none = "" if (self._last or NOTHING).pool else " none"
        sides = f'<div class="gm-poolsides{none}">{inner}</div>'
        high = 300 + pool_layout.height((self._last or NOTHING).local)
        return svg_document(self.head.value + self.steps.value + sides + self.below.value + self.told.value, 1180, high)


def block_width(frame: Frame) -> int:
    """Return how wide the blocks are."""
    return pool_layout.wide(max((number for _, number in frame.offered), default=0))


def blocks_of(frame: Frame, wide: int) -> tuple[tuple[list[Block], list[Block]], tuple[int, int]]:
    """Return the blocks of both columns, and how many of each strip have no room."""
    hand, more = pool_layout.in_strip(frame.out, HAND, wide)
    gone, lost = pool_layout.in_strip(frame.dropped, DROPPED, wide)
    local = list(pool_layout.in_side(frame.local, LOCAL, wide))
    victim = list(pool_layout.in_side(frame.victim, VICTIM, wide))
    return ([*hand, *local], [*gone, *victim]), (more, lost)


def columns(
    frame: Frame, blocks: tuple[list[Block], list[Block]], left_out: tuple[int, int], looks: pool_svg.Looks
) -> tuple[str, str]:
    """Return both columns with their captions as HTML; without a pool the left one says what would fill it."""
    if not frame.pool:
        high = pool_layout.TOP + min(frame.procs, MOST_ROWS) * pool_layout.PITCH + AROUND
        return f'<div class="gm-empty" style="height:{high}px">{EMPTY}</div>', ""
    hand = pool_svg.strip("in use", left_out[0], looks.wide, "" if frame.out else "nothing that this pool gave out")
    gone = "" if frame.dropped else "nothing in this step"
    strips = hand, pool_svg.strip("dropped", left_out[1], looks.wide, gone)
    arrows = pool_arrows.arrows(frame.local, frame.victim, frame.deed, blocks[0], looks.wide)
    made = []
    for i, (name, side, where) in enumerate((("local", frame.local, LOCAL), ("victim", frame.victim, VICTIM))):
        label = pool_svg.spoken(name, side)
        drawn = pool_svg.column(side, where, blocks[i], strips[i], looks, label, arrows[i])
        made.append(f'<div class="gm-poolcap">{_caption(frame, i)}</div>{drawn}')
    return made[0], made[1]


def _caption(frame: Frame, column: int) -> str:
    """Return what a column is."""
    if not column:
        return f"<b>local</b>put since the last GC: {count(frame.local.total, 'item')}"
    n = frame.victim.total
    if frame.shut and n:
        return f"<b>victim</b><i>! shut:</i> a Get found nothing for it here; the next GC drops these {thousands(n)}"
    if not n:
        return "<b>victim</b>lived through one GC: nothing to drop"
    return f"<b>victim</b>lived through one GC: the next one drops {'this 1' if n == 1 else f'these {thousands(n)}'}"


def below(frame: Frame) -> str:
    """Return legend and counters."""
    return pool_html.legend() + pool_html.counters(frame.counts, frame.lines) if frame.pool else ""
