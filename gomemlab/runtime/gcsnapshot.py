"""What the collector looks like at one moment, for those who look and do not touch.

Besides copying what is there, this answers two questions that only somebody outside can ask: which objects are lost
already (the program reaches them, and nothing that marking will still look at leads there), and which float (marked,
and nobody reaches them). Both take a walk over the whole graph, so they are asked of small worlds alone.

Go: runtime/mgc.go; runtime/mgcwork.go; runtime/mwbbuf.go.
Left out: objects that new made after the first thousand, stacks after the first thousand.
"""

from collections.abc import Sequence

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.arch import PTR_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.gc.checkmark import Slot, addresses, reach, reachable, slot_of, walkable
from gomemlab.runtime.gc.cycle import MAX_BIRTHS, Collector
from gomemlab.runtime.gc.rootjobs import held_addresses
from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.gc.spanqueue import span_base
from gomemlab.runtime.gcinfo import (
    BLACK,
    GREY,
    WHITE,
    FrameInfo,
    GCInfo,
    GlobalInfo,
    ObjectInfo,
    StackInfo,
    SweepInfo,
    WorkInfo,
)
from gomemlab.runtime.malloc import Allocator

MAX_STACKS = 1000  # that a picture tells of
MAX_QUEUE = 200  # waiting objects and spans that a picture shows


def gc_info(allocator: Allocator) -> GCInfo:
    """Return what there is to see of the collector."""
    collector, heap = allocator.collector, allocator.heap
    queue = _queue(collector)
    objects = _objects(allocator, queue)
    lost, floating = _lost_and_floating(collector)
    roots = collector.roots
    return GCInfo(
        phase=collector.phase,
        cycle=collector.cycles,
        stops=collector.stops,
        marker=collector.marker.name,
        barrier=collector.barrier.name,
        rescan=collector.rescan,
        stacks=tuple(
            StackInfo(stack.g, tuple(FrameInfo(f.name, tuple(f.slots)) for f in stack.frames), stack.scanned)
            for stack in roots.stacks[:MAX_STACKS]
        ),
        globals=tuple(map(GlobalInfo, roots.names, roots.globals)),
        globals_scanned=roots.globals_scanned,
        objects=objects,
        jobs=tuple(map(str, collector.jobs)),
        queue=tuple(_begin(allocator, slot) for slot in queue[:MAX_QUEUE]),
        span_queue=_span_queue(collector),
        wbbuf=tuple(tuple(wbuf.entries) for wbuf in collector.wbufs),
        marks=heap.gcmark_bits.copy(),
        inline_marks=heap.inline_marks.copy(),
        inline_scans=heap.inline_scans.copy(),
        lost=tuple(lost),
        dangling=_dangling(collector, objects),
        sweep=_sweep(allocator),
        work=_work(collector),
        floating=tuple(floating),
        linked=roots.linked.copy(),
        dropped=roots.dropped.copy(),
    )


def _queue(collector: Collector) -> list[int]:
    """Return the slots in all work buffers, the one that P0 takes next first."""
    first, *others = collector.gcws
    queue = first.queue()
    for wbuf in reversed(collector.full):
        queue += reversed(wbuf)
    return queue + [obj for gcw in others for obj in gcw.queue()]


def _span_queue(collector: Collector) -> tuple[int, ...]:
    """Return the spans that wait, those that P0 takes next first."""
    waiting = [objptr for gcw in collector.gcws for objptr in gcw.spanq.next_spans(MAX_QUEUE)]
    spans = (collector.heap.span_of(span_base(objptr)) for objptr in waiting)
    return tuple(span.id for span in spans if span is not None)


def _begin(allocator: Allocator, address: int) -> int:
    """Return where the object in the slot at an address begins, which is behind its header."""
    span = allocator.heap.span_of(address)
    return address if span is None else address + allocator.header[span.spanclass]


def _objects(allocator: Allocator, queue: Sequence[int]) -> tuple[ObjectInfo, ...]:
    collector, heap = allocator.collector, allocator.heap
    grey = collector.marker.grey(queue) if collector.marking else set()
    found = []
    for address, number in collector.births.items():
        place = _place_of(allocator, address)
        if place is None:
            found.append(ObjectInfo(number, address, -1, 0, 0, (), WHITE, freed=True))
            continue
        span, slot = heap.spans[place[0]], place[1]
        words = allocator.words_of(span)
        linked = _is_linked(collector, address)
        dead = not linked and heap.unswept(span) and span.taken_bits() >> slot & 1
        bits = collector.memory.slots(address, min(words, MAX_BIRTHS)).bit_length()
        pointers = tuple(collector.memory.load(address + i * PTR_SIZE) for i in range(bits))
        black = heap.marked(span) >> slot & 1
        colour = GREY if span.base + slot * span.elemsize in grey else BLACK if black else WHITE
        freed, header = not (linked or dead), allocator.header[span.spanclass]
        found.append(ObjectInfo(number, address, *place, span.elemsize, pointers, colour, freed, header))
    return tuple(found)


def _place_of(allocator: Allocator, address: int) -> Slot | None:
    """Return the slot of an object that was made at an address; None where its span is gone, or its pages another's."""
    place = slot_of(allocator.heap, address)
    if place is None:
        return None
    span = allocator.heap.spans[place[0]]
    begins = span.spanclass == TINY_SPAN_CLASS or address == allocator.object_address(span, place[1])
    return place if begins else None


def _lost_and_floating(collector: Collector) -> tuple[Sequence[int], Sequence[int]]:
    """Return the objects that are lost, and those that float."""
    heap, memory, roots = collector.heap, collector.memory, collector.roots
    lost = [address for address in collector.lost if not _is_linked(collector, address)]
    nothing = not (collector.marking or heap.gcmark_bits or heap.inline_marks)
    if nothing or not walkable(heap):
        return lost, ()
    marked = _marked(heap)
    alive = reachable(heap, memory, roots)
    if not collector.marking:
        return lost, addresses(heap, marked - alive)
    safe = marked | reach(heap, memory, _still_to_come(collector))
    return addresses(heap, alive - safe), addresses(heap, marked - alive)


def _is_linked(collector: Collector, address: int) -> bool:
    """Say whether an object that new made lives at an address, which may be another than was there once."""
    place = slot_of(collector.heap, address)
    return place is not None and bool(collector.roots.linked.get(place[0], 0) >> place[1] & 1)


def _still_to_come(collector: Collector) -> set[Slot]:
    """Return the slots that marking will still look at, whatever the program does: grey ones and unscanned roots."""
    heap, roots = collector.heap, collector.roots
    grey = collector.marker.grey(_queue(collector))
    pointers = [*grey, *(pointer for wbuf in collector.wbufs for pointer in wbuf.entries if pointer)]
    if any(job.kind == "pools" for job in collector.jobs):
        pointers += filter(None, roots.pool_vars)
    if not roots.globals_scanned:
        pointers += filter(None, (*roots.globals, roots.allgs))
    for stack in roots.stacks:
        if not stack.scanned or collector.rescan:
            pointers += stack.pointers()
    found = {slot for slot in (slot_of(heap, pointer) for pointer in pointers) if slot is not None}
    if any(job.kind == "held" for job in collector.jobs):
        found |= {slot_of(heap, address) or (-1, 0) for address in held_addresses(heap, roots)}
    return found


def _marked(heap: MHeap) -> set[Slot]:
    found = set()
    for span_id in {*heap.gcmark_bits, *heap.inline_marks}:
        bits = heap.marked(heap.spans[span_id])
        found |= {(span_id, i) for i in range(bits.bit_length()) if bits >> i & 1}
    return found


def _dangling(collector: Collector, objects: Sequence[ObjectInfo]) -> tuple[Place, ...]:
    """Return the places of roots and living named objects whose pointer leads to freed memory."""
    places: list[tuple[Place, int]] = [(Global(i), pointer) for i, pointer in enumerate(collector.roots.globals)]
    for stack in collector.roots.stacks:
        slot = 0
        for frame in stack.frames:
            if any(frame.slots):  # most of a hundred thousand stacks hold no pointer
                found = [(StackSlot(stack.g, slot + i), to) for i, to in enumerate(frame.slots)]
                places += [(place, to) for place, to in found if not stack.holds(to)]
            slot += len(frame.slots)
    for obj in objects:
        if not obj.freed and _is_linked(collector, obj.address):  # a dead one may wait for its sweep
            places += [(Field(obj.address, i), pointer) for i, pointer in enumerate(obj.slots)]
    return tuple(place for place, pointer in places if pointer and _is_free(collector, pointer))


def _is_free(collector: Collector, pointer: int) -> bool:
    place = slot_of(collector.heap, pointer)
    if place is None:
        return True
    span = collector.heap.spans[place[0]]
    return not span.taken_bits() >> place[1] & 1


def _sweep(allocator: Allocator) -> SweepInfo:
    heap, h = allocator.heap, allocator.heap.sweepgen
    if heap.sweeping is None:
        return SweepInfo(pages_swept=heap.pages_swept)
    sets = [spans for central in heap.central for spans in (central.partial_unswept(h), central.full_unswept(h))]
    index = allocator.sweeper.central_index
    unswept = sum(1 for spans in sets for span in spans if heap.unswept(span))
    return SweepInfo(done=False, unswept_spans=unswept, pages_swept=heap.pages_swept, central_index=index)


def _work(collector: Collector) -> WorkInfo:
    gcws = collector.gcws
    stats = [counts for gcw in gcws for counts in gcw.stats.values()]
    return WorkInfo(
        root_jobs=collector.jobs_done,
        objects_scanned=sum(gcw.objects_scanned for gcw in gcws),
        bytes_scanned=sum(gcw.heap_scan_work for gcw in gcws),
        objects_marked=sum(gcw.objects_marked for gcw in gcws),
        span_visits=sum(gcw.span_visits for gcw in gcws),
        span_objects=sum(counts.span_objs_sparse_scanned + counts.span_objs_dense_scanned for counts in stats),
        shaded=collector.shaded,
        wb_entries=collector.wb_entries,
        wb_flushes=collector.wb_flushes,
    )
