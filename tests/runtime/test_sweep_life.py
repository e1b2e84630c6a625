"""Random life of a world whose objects die, beside a model too simple to be wrong.

Every address, every statistic, the spans and the page caches are compared after each command, in the middle of every
sweep: what an allocation swept for its slot, for its pace and for its pages.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from gomemlab.runtime.alloc.mspan import SpanState
from tests.naive_sweep import NaiveSweep, survivors
from tests.runtime.test_world_life import FIRST_CHUNK, MANY, WorldLife, ps

PAGE = 8192
triggers = st.none() | st.integers(0, 64 << 20)


class SweepLife(WorldLife):
    """A world and its naive model, with cycles; the marks are given, not found."""

    model = NaiveSweep
    naive: NaiveSweep

    @rule(seed=st.integers(0, 1 << 16), trigger=triggers, p=ps)
    def end_mark(self, seed: int, trigger: int | None, p: int) -> None:
        """Finish the last sweep, let some objects of each span die, and begin the next sweep."""
        self.world.sweep_all(self.p(p))
        while self.naive.sweep_one(self.p(p)) is not None:
            pass
        alive = {span.page: survivors(span, seed) for span in self.naive.spans if span.spanclass >= 0}

        heap = self.world.allocator.heap
        first = heap.page_of(FIRST_CHUNK)
        spans = [span for span in heap.spans.values() if span.state is SpanState.IN_USE]
        self.world.sweep_begin(
            {span.id: sum(1 << slot for slot in alive[heap.page_of(span.base) - first]) for span in spans}, trigger
        )

        self.naive.begin_sweep(lambda span: alive[span.page], trigger)
        self.large = [address for address in self.large if alive[(address - FIRST_CHUNK) // PAGE]]

    @rule(p=ps)
    def sweep_one(self, p: int) -> None:
        """Sweep one span."""
        assert self.world.sweep_one(self.p(p)) == self.naive.sweep_one(self.p(p))

    @rule(p=ps)
    def sweep_turn(self, p: int) -> None:
        """Let the background sweeper sweep ten."""
        swept = self.world.sweep_turn(self.p(p))

        given = [self.naive.sweep_one(self.p(p)) for _ in range(10)]
        assert swept == sum(pages is not None for pages in given)

    @invariant()
    def as_it_sweeps(self) -> None:
        """Compare what is left to sweep."""
        heap = self.world.allocator.heap
        unswept = [span for span in heap.spans.values() if span.state is SpanState.IN_USE and heap.unswept(span)]
        first = heap.page_of(FIRST_CHUNK)
        assert sorted(heap.page_of(span.base) - first for span in unswept) == sorted(s.page for s in self.naive.alive)
        assert (heap.sweeping is None, heap.stats.heap_live) == (self.naive.done, self.naive.live)


SweepLife.TestCase.settings = settings(max_examples=30 * MANY, stateful_step_count=60)
test_random_life_with_sweeps_equals_the_naive_model = pytest.mark.slow(SweepLife.TestCase)
