"""Root jobs: the roots in parts, each of which one worker scans at a stretch.

A cycle sets them out before anything is marked, and workers take them one by one. A goroutine's stack is one job, so
stacks turn black at different moments while the program goes on.

Go: runtime/mgcmark.go, gcPrepareMarkRoots, markroot, scanstack.
Left out: the jobs for finalizers and specials; that Go cuts globals into parts of 256 KiB.
"""

from typing import NamedTuple

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.gc.roots import Roots


class RootJob(NamedTuple):
    """One part of the roots."""

    kind: str  # "dead stacks", "globals", "pools", "held" or "stack"
    g: int = 0  # whose stack

    def __str__(self) -> str:
        return f"G{self.g}'s stack" if self.kind == "stack" else self.kind


def root_jobs(heap: MHeap, roots: Roots, *, dead_stacks: bool = False) -> list[RootJob]:
    """Return the jobs of a cycle that begins now; no root is scanned any more.

    dead_stacks says whether there are any to be freed, which is a job too, though it scans nothing.
    Go: runtime/mgcmark.go, gcPrepareMarkRoots.
    """
    roots.globals_scanned = False
    for stack in roots.stacks:
        stack.scanned = False
    jobs = [RootJob("dead stacks")] if dead_stacks else []
    jobs += [RootJob("globals")] if roots.globals or roots.allgs else []
    jobs += [RootJob("pools")] if any(roots.pool_vars) else []
    if roots.got or any(roots.held(span.id, span.taken_bits()) for span in heap.spans.values()):
        jobs.append(RootJob("held"))
    return jobs + [RootJob("stack", stack.g) for stack in roots.stacks if not stack.dead]


def scan(job: RootJob, heap: MHeap, roots: Roots) -> list[int]:
    """Return the pointers in a part of the roots, which counts as scanned from now on.

    Go: runtime/mgcmark.go, markroot, scanstack.
    """
    if job.kind == "held":
        return held_addresses(heap, roots)
    if job.kind == "pools":
        return [pointer for pointer in roots.pool_vars if pointer]
    if job.kind == "globals":
        roots.globals_scanned = True
        return [pointer for pointer in (*roots.globals, roots.allgs) if pointer]
    if job.kind == "dead stacks":
        return []
    stack = roots.stacks[job.g - 1]
    stack.scanned = True
    return stack.pointers()


def held_addresses(heap: MHeap, roots: Roots) -> list[int]:
    """Return the slots of all plain objects that the program holds, and the objects that pools gave it."""
    addresses = list(roots.got)
    for span in heap.spans.values():
        bits = roots.held(span.id, span.taken_bits())
        while bits:
            low = bits & -bits
            addresses.append(span.base + (low.bit_length() - 1) * span.elemsize)
            bits ^= low
    return addresses
