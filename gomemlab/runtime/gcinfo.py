"""What views see of the collector: the phase, the roots, the objects with their colours, and who waits to be scanned.

These are the types alone; the snapshot fills them. Addresses stand for objects throughout, since an address says where
the object is and its number only when it was born.

Go: runtime/mgc.go, gcphase; runtime/mgcwork.go, gcWork; runtime/mwbbuf.go, wbBuf; runtime/mheap.go, mspan.gcmarkBits.
Left out: objects beyond the first thousand made with `new`, which no picture could show.
"""

from typing import NamedTuple

from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.gc.roots import Place

WHITE, GREY, BLACK = "white", "grey", "black"
MAX_OBJECTS = 1000  # that a snapshot tells of


class FrameInfo(NamedTuple):
    """What one call of a function keeps on the stack."""

    name: str
    slots: tuple[int, ...]  # addresses, 0 for nil


class StackInfo(NamedTuple):
    """One goroutine's stack."""

    g: int  # the goroutine's number, from 1
    frames: tuple[FrameInfo, ...]  # oldest first
    scanned: bool  # in this cycle: the stack is black


class GlobalInfo(NamedTuple):
    """One global variable that holds a pointer."""

    name: str
    pointer: int  # address, 0 for nil


class ObjectInfo(NamedTuple):
    """One object made with `new`."""

    number: int  # order of birth, from 1
    address: int  # where it begins
    span: int  # id
    slot: int  # in the span
    size: int  # bytes that the slot has
    slots: tuple[int, ...]  # its pointers, 0 for nil; the index is that of Field
    colour: str  # WHITE, GREY or BLACK
    freed: bool  # swept away; something may still point to it
    header: int = 0  # bytes of the slot before the object


class SweepInfo(NamedTuple):
    """How far the sweep is."""

    done: bool = True
    unswept_spans: int = 0
    pages_swept: int = 0  # in this cycle
    central_index: int = 0  # the set the background sweeper takes from next. Go: sweepdata.centralIndex


class WorkInfo(NamedTuple):
    """What marking did in this cycle, counted."""

    root_jobs: int = 0  # done
    objects_scanned: int = 0
    bytes_scanned: int = 0
    objects_marked: int = 0
    span_visits: int = 0  # spans taken from the span queue
    span_objects: int = 0  # objects scanned in those visits
    shaded: int = 0  # pointers that a flushed write barrier buffer made grey
    wb_entries: int = 0  # pointers that the write barrier queued
    wb_flushes: int = 0


class GCInfo(NamedTuple):
    """The collector at one moment."""

    phase: GCPhase = GCPhase.OFF
    cycle: int = 0  # cycles begun
    stops: int = 0  # times that the collector stopped the world so far
    marker: str = "greentea"
    barrier: str = "hybrid"
    rescan: bool = False  # stacks are scanned again at mark termination
    stacks: tuple[StackInfo, ...] = ()
    globals: tuple[GlobalInfo, ...] = ()
    globals_scanned: bool = False
    objects: tuple[ObjectInfo, ...] = ()  # by number
    jobs: tuple[str, ...] = ()  # names of the root jobs left, next first
    queue: tuple[int, ...] = ()  # addresses of grey objects, next first
    span_queue: tuple[int, ...] = ()  # ids of the spans that wait, next first
    wbbuf: tuple[tuple[int, ...], ...] = ()  # by P: pointers that wait in the write barrier buffer, oldest first
    marks: dict[int, int] = {}  # noqa: RUF012 (never changed) - by span id: bit i set: slot i is marked
    inline_marks: dict[int, int] = {}  # noqa: RUF012 (the same) - Green Tea's, until the span is swept
    inline_scans: dict[int, int] = {}  # noqa: RUF012 (the same)
    lost: tuple[int, ...] = ()  # addresses: reachable, and freed, or white when marking is over
    dangling: tuple[Place, ...] = ()  # places that point to freed memory
    sweep: SweepInfo = SweepInfo()
    work: WorkInfo = WorkInfo()
    floating: tuple[int, ...] = ()  # addresses: unreachable, yet marked or made black in this cycle
    linked: dict[int, int] = {}  # noqa: RUF012 (the same) - by span id: slots whose objects live by pointers alone
    dropped: dict[int, int] = {}  # noqa: RUF012 (the same) - slots whose plain objects nobody holds any more

    @property
    def marking(self) -> bool:
        """Tell whether a cycle marks, so that colours and barrier mean something."""
        return self.phase is not GCPhase.OFF
