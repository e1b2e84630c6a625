"""Processors: rows and tiles of Ps, queues cut and counted, gates with their steps, and whose a span is."""

from itertools import pairwise

import pytest

from gomemlab.contention import LAYOUTS, NOBODY, contend, share
from gomemlab.runtime.alloc import locks
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Global
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.views import processors_html
from gomemlab.views.base import under
from gomemlab.views.processors import ProcessorsView
from gomemlab.views.processors_facts import FIRST, GUARDS, Gate, Queue, frame
from gomemlab.views.processors_lines import Run, lines_of
from gomemlab.views.processors_span import owned
from tests.worlds import end_mark


def scheduled(procs: int = 2) -> World:
    """Return a world in which G1 runs on P0."""
    world = World(procs)
    world.schedinit()
    return world


def step(world: World, name: str, *args: object, **named: object) -> tuple[Snapshot, Snapshot]:
    """Return the moments before and after one command."""
    before = world.snapshot()
    getattr(world, name)(*args, **named)
    return before, world.snapshot()


def gate(gates: tuple[Gate, ...], lock: str) -> Gate:
    """Return a gate by its lock."""
    return next(found for found in gates if found.name == GUARDS[lock][0])


def test_without_a_scheduler_nobody_is_said_to_run() -> None:
    """Two Ps; the headline says what begins it."""
    drawn = frame(World(2).snapshot())

    assert not drawn.scheduled
    assert [(row.g, row.status) for row in drawn.rows] == [(0, ""), (0, "")]
    assert drawn.sentence == "2 Ps, and no scheduler yet: any goroutine may act. After begin, Ps choose who runs."
    assert "no scheduler" in processors_html.table(drawn)
    assert "Global queue" not in processors_html.shared(drawn)


def test_a_new_goroutine_is_runnext_and_the_former_one_is_in_the_queue() -> None:
    """G1 starts G2 and G3: G3 is next, G2 in the queue, and both moved in this step."""
    world = scheduled()
    world.go(p=0)
    world.go(p=0)

    drawn = frame(world.snapshot())

    assert (drawn.rows[0].g, drawn.rows[0].runnext, drawn.rows[0].queue) == (1, 3, Queue((2,), 0))
    assert 3 in drawn.moved
    assert drawn.sentence.startswith("G3 will be next on P0 (runnext)")


def test_a_long_queue_is_cut_and_counted() -> None:
    """Of 20 the first six are listed."""
    world = scheduled()
    world.go_many(21)

    drawn = frame(world.snapshot())

    queue = drawn.rows[0].queue
    assert (len(queue.first), queue.total) == (FIRST, 20)
    assert "+ 14" in processors_html.table(drawn)


def test_those_that_wait_say_for_what() -> None:
    """G1 waits for a channel; of ten that wait eight are listed."""
    world = scheduled(1)
    world.go_many(10)
    for _ in range(10):
        world.gopark(world.sched.procs[0].current if world.sched else 0)
        world.schedule(0)

    drawn = frame(world.snapshot())

    assert drawn.waiting[0] == (1, "chan receive")
    assert (len(drawn.waiting), drawn.more_waiting) == (8, 2)
    assert "chan receive" in processors_html.shared(drawn)


def test_how_things_stand_is_said_when_the_scheduler_did_nothing() -> None:
    """A malloc after a go: one P runs; the other was woken and looks."""
    world = scheduled()
    world.go(p=0)
    world.malloc(24)

    assert frame(world.snapshot()).sentence == ("2 Ps: 1 runs, 1 looks for work; 1 goroutine can run, 0 wait.")


def test_a_gate_counts_in_all_and_in_this_step() -> None:
    """A class's first malloc takes the heap lock on P1; the second takes no lock."""
    world = World(2)
    before, after = step(world, "malloc", 24, p=1)
    first = gate(frame(after, before=before).gates, locks.HEAP)

    before, after = step(world, "malloc", 24, p=1)
    second = gate(frame(after, before=before).gates, locks.HEAP)

    assert first.step > 0
    assert first.by == (1,)
    assert (second.step, second.by, second.total) == (0, (), first.total)
    assert "not now" in processors_html.gates(frame(after, before=before))


def test_a_view_alone_has_no_step_to_count() -> None:
    """Without the moment before, only the sums are told."""
    world = World()
    world.malloc(24)

    found = gate(frame(world.snapshot()).gates, locks.HEAP)

    assert (found.step, found.by) == (0, ())
    assert found.total > 0


@pytest.mark.parametrize("crowd", [0, 1, 3, 64])
def test_what_a_crowd_waits_comes_from_the_cost_model(crowd: int) -> None:
    """0 means all Ps; one alone waits for nobody."""
    drawn = frame(World(4).snapshot(), crowd=crowd)

    assert drawn.crowd == (crowd or 4)
    assert gate(drawn.gates, locks.SCHED).last == contend(locks.SCHED, crowd or 4).last
    assert ("waits for nobody" in processors_html.gates(drawn)) == (crowd == 1)


def test_every_lock_has_a_gate() -> None:
    """As many gates as there are locks, each with what it guards."""
    drawn = frame(World().snapshot())

    assert [found.name for found in drawn.gates] == [GUARDS[lock][0] for lock in locks.LOCKS]
    assert all(found.guards for found in drawn.gates)


def test_a_span_in_an_mcache_is_its_ps_alone() -> None:
    """P0's and P1's 24 B spans differ; mcentral has none left."""
    world = World(3)
    for p in (0, 1):
        world.malloc(24, p=p)
    shot = world.snapshot()
    spanclass = next(i for i, span in enumerate(shot.ps[0].alloc) if span >= 0)
    mine, yours = shot.ps[0].alloc[spanclass], shot.ps[1].alloc[spanclass]

    found = owned(shot, mine)

    assert [(holder.p, holder.span) for holder in found.holders] == [(0, mine), (1, yours)]
    assert found.without == 1
    assert f"of span {mine} are P0's alone" in found.why
    assert found.why.endswith("mcentral has none, so another P takes a new span from the heap.")
    assert "1 P without one" in processors_html.owners(found)


def test_a_span_in_mcentral_is_for_whoever_comes_first() -> None:
    """P1 goes away, its cache is flushed: the span is in mcentral, and P0 may take it."""
    world = World(2)
    world.malloc(24, p=0)
    world.malloc(24, p=1)
    shot = world.snapshot()
    spanclass = next(i for i, span in enumerate(shot.ps[0].alloc) if span >= 0)
    span = shot.ps[1].alloc[spanclass]
    world.gomaxprocs(1)

    after = world.snapshot()
    found, own = owned(after, span), owned(after, after.ps[0].alloc[spanclass])

    assert found.why.startswith(f"Span {span} is in mcentral")
    assert found.central == "1 with free slots, 0 full"
    assert own.why.endswith("another P takes a span from mcentral.")


def test_spans_that_wait_for_the_sweeper_are_told() -> None:
    """After marking, the full span is unswept: whoever needs one sweeps before it takes a new one."""
    world = World(2)
    for _ in range(400):
        world.malloc(24)
    end_mark(world)
    world.malloc(24, p=1)
    shot = world.snapshot()
    central = {i: sets for i, sets in shot.central.items() if sets.full_unswept or sets.partial_unswept}
    spanclass = next(i for i, span in enumerate(shot.ps[1].alloc) if span >= 0)

    found = owned(shot, shot.ps[1].alloc[spanclass])

    assert list(central) == [spanclass]
    assert "to be swept first" in found.central
    assert found.why.endswith("or takes a new one from the heap.") == bool(central[spanclass].full_unswept)


def test_a_full_span_is_nobodys() -> None:
    """341 objects of 24 B fill a span, and the next one needs another."""
    world = World()
    world.malloc(24)
    shot = world.snapshot()
    spanclass = next(i for i, span in enumerate(shot.ps[0].alloc) if span >= 0)
    first = shot.ps[0].alloc[spanclass]
    for _ in range(400):
        world.malloc(24)

    found = owned(world.snapshot(), first)

    assert found.why.startswith(f"Span {first} is full, and no P holds it")


def test_a_full_span_that_is_still_in_an_mcache_is_let_go_next() -> None:
    """8 KiB slots: one object fills a span, which stays P0's until the next malloc."""
    world = World()
    world.malloc(8192)
    shot = world.snapshot()
    span = next(span for span in shot.ps[0].alloc if span >= 0)

    assert owned(shot, span).why.startswith(f"Span {span} is P0's, and full")


@pytest.mark.parametrize("pick", [-1, 10_000])
def test_without_a_picked_span_the_view_says_how_to_pick(pick: int) -> None:
    """No span, or one that is gone."""
    assert owned(World().snapshot(), pick).why.startswith("Pick a span")


def test_large_spans_and_stacks_are_in_no_mcache() -> None:
    """An object of 1 MiB, and the span that G2's stack is cut from."""
    world = World()
    world.malloc(1 << 20)
    world.go()
    shot = world.snapshot()
    large = next(i for i, spanclass in enumerate(shot.spans.spanclass) if spanclass < 2 and shot.spans.state[i] == 1)
    stack = next(i for i, state in enumerate(shot.spans.state) if state != 1)

    assert "is one large object" in owned(shot, shot.spans.id[large]).why
    assert "is for stacks" in owned(shot, shot.spans.id[stack]).why


def test_what_a_p_keeps_is_told_in_words() -> None:
    """Spans and pages of its caches, items of its shards, pointers in its buffer, stacks."""
    world = World(1)
    world.go()
    pool = world.pool()
    pool.put("a")
    pool.put("b")
    one = frame(world.snapshot()).rows[0]
    world.pool().put("c")

    assert one.cache.split()[1].startswith("span")
    assert one.pools == "1 private, 1 shared"
    assert one.stacks > 0
    assert frame(world.snapshot()).rows[0].pools == "3 items of 2 pools"


def test_a_barrier_buffer_shows_how_full_it_is() -> None:
    """A store during marking puts pointers into it."""
    world = World(globals=1)
    world.new(1, into=Global(0))
    world.gc_start()
    world.new(1, into=Global(0))

    row = frame(world.snapshot()).rows[0]

    assert row.wbbuf > 0
    assert f"{row.wbbuf} / 512" in processors_html.table(frame(world.snapshot()))


@pytest.mark.parametrize(("procs", "tiles"), [(1, 0), (2, 0), (8, 0), (9, 9), (64, 64)])
def test_up_to_eight_ps_have_rows_and_more_have_tiles_and_the_chosen_ones_row(procs: int, tiles: int) -> None:
    """64 tiles, and P5's row with all fields."""
    world = scheduled(procs)
    chosen = min(5, procs - 1)

    drawn = processors_html.table(frame(world.snapshot(), p=chosen))

    assert ("gm-ptiles" in drawn) == bool(tiles)
    assert drawn.count('role="listitem"') == (tiles + 1 if tiles else procs)
    assert drawn.count("runnext") == (1 if tiles else procs)
    if tiles:
        assert f"<b>P{chosen}</b><i>tick" in drawn


def test_of_many_holders_the_picked_ones_p_is_listed() -> None:
    """64 Ps hold a span each; P40's is picked, and stands among the eight that are listed."""
    world = World(64)
    for p in range(64):
        world.malloc(24, p=p)
    shot = world.snapshot()
    spanclass = next(i for i, span in enumerate(shot.ps[0].alloc) if span >= 0)

    drawn = processors_html.owners(owned(shot, shot.ps[40].alloc[spanclass]))

    assert "<b>P40</b>" in drawn
    assert drawn.count("gm-own ") + drawn.count('gm-own"') == 8
    assert "+ 56 Ps with one each" in drawn


def test_equal_moments_are_not_drawn_twice_and_widgets_stay() -> None:
    """Update twice; nothing is new, and the view has the widgets it began with."""
    world, view = scheduled(), ProcessorsView()
    widgets = len(list(under(view.body)))

    assert view.update(world.snapshot())
    assert not view.update(world.snapshot())
    world.go(p=0)
    assert view.update(world.snapshot())

    assert len(list(under(view.body))) == widgets
    view.close()


def test_arrows_choose_a_p_and_end_at_the_last() -> None:
    """Of two Ps: on, on, back; the chosen row is marked."""
    world, view = World(2), ProcessorsView()
    view.turn(1)
    assert view.p == 0
    view.update(world.snapshot())

    for by, p in ((1, 1), (1, 1), (-1, 0), (-1, 0)):
        view.turn(by)
        assert view.p == p
    view.use(1)
    world.gomaxprocs(1)
    view.update(world.snapshot())

    assert view.p == 0
    view.close()


def test_a_button_goes_from_p_to_p_through_the_spans_of_a_class() -> None:
    """P0's and P1's span in turns, from one that nobody holds to the first; where nobody holds any, it is refused."""
    world, view = World(2), ProcessorsView()
    view.update(world.snapshot())
    with pytest.raises(MisuseError, match="no P holds a span"):
        view.pick_next()
    for p in (0, 1):
        world.malloc(8192, p=p)
    former = world.snapshot().ps[0].alloc
    world.malloc(8192)
    shot = world.snapshot()
    spanclass = next(i for i, span in enumerate(shot.ps[0].alloc) if span >= 0)
    mine, yours = shot.ps[0].alloc[spanclass], shot.ps[1].alloc[spanclass]
    view.host.choose(former[spanclass])
    view.update(shot)

    for span in (mine, yours, mine):
        view.pick_next()
        assert view.host.pick == span
    view.close()


def test_the_crowd_is_chosen() -> None:
    """Eight at once on a world of two Ps."""
    view = ProcessorsView()
    view.update(World(2).snapshot())

    view.crowd.value = 8

    assert view.last is not None
    assert view.last.crowd == 8
    assert "8 Ps at once" in view.gates.value
    view.close()


def test_the_view_is_one_file() -> None:
    """An SVG with Ps and gates."""
    view = ProcessorsView()
    view.update(scheduled().snapshot())

    drawn = view.svg()

    assert drawn.startswith("<svg")
    assert "mheap.lock" in drawn
    assert "P1" in drawn
    view.close()


def test_gates_never_count_backwards() -> None:
    """Over a run of commands each sum is what the sum before and the step make."""
    world = scheduled(2)
    shots = [world.snapshot()]
    for size in (16, 24, 4096, 40_000):
        world.malloc(size)
        shots.append(world.snapshot())

    for before, after in pairwise(shots):
        then = {found.name: found.total for found in frame(before).gates}
        for found in frame(after, before=before).gates:
            assert then[found.name] + found.step == found.total


def test_false_sharing_is_drawn_word_by_word() -> None:
    """Eight counters of 8 B: one line that all write, or eight lines, each with one word and seven of padding."""
    bare, wide = lines_of("counter", 8).sides

    assert [strip.runs for strip in bare.strips] == [tuple(Run(p, 1) for p in range(8))]
    assert bare.strips[0].said == "8 Ps: ≈ 60 ns a write"
    assert wide.strips[3].runs == (Run(3, 1), Run(NOBODY, 7))
    assert wide.strips[3].said == "P3 alone: ≈ 1 ns a write"
    assert (len(wide.strips), wide.more) == (6, 2)
    assert lines_of("counter", 8).sentence == (
        "1 line is written by several of 8 Ps: ≈ 0.48 µs for a write of each; padded ≈ 8 ns, for 448 B more."
    )


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("ps", [1, 2, 64])
def test_the_picture_says_what_the_cost_model_says(name: str, ps: int) -> None:
    """Shared lines, bytes and cost of both layouts; with one P nothing is shared."""
    drawn = lines_of(name, ps)

    for side, padding in zip(drawn.sides, (False, True), strict=True):
        found = share(LAYOUTS[name], ps, padding=padding)
        assert (side.shared, side.nbytes, side.ns) == (found.shared, found.nbytes, found.ns)
        assert len(side.strips) + side.more == len(found.writers)
    assert drawn.sides[1].shared == 0
    assert ("shares no line" in drawn.sentence) == (ps == 1)


def test_the_array_is_chosen() -> None:
    """Shards of a pool for two Ps, with a line of padding between them; in words, too."""
    view = ProcessorsView()
    view.update(World(2).snapshot())

    view.array.value = "poolLocal"

    assert "P0 4 words, P1 4 words; 2 Ps" in view.lines.value
    assert "line 1: nobody 8 words; padding" in view.lines.value
    assert "as in Go" in view.svg()
    view.close()
