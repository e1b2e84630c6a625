"""A small world: a real World that can be put into any state, take one step, and be read again.

All objects that it may ever have are made at the start; those that a state does not have yet are the last ones, which
no pointer leads to. A step is a command, and runs what the command runs behind its checks: the same stores, the same
barrier, the same marking.

Go: runtime/mbarrier.go; runtime/mgcmark.go, markroot, gcmarknewobject.
Left out: sweeping: freed memory is not used again, so that marking alone decides what is lost.
"""

from array import array
from collections.abc import Callable
from typing import Any, cast

from gomemlab.commands import Assign, Command, FlushBarrier, GoStart, MarkObject, MarkRoot, New, Send
from gomemlab.exploring.packing import BORN, GLOBALS, GREYS, MARKS, SCANNED, STARTED, WAITING, State
from gomemlab.exploring.rules import Rules, Shape
from gomemlab.runtime.arch import PAGE_SHIFT
from gomemlab.runtime.gc.memory import IN_PAGE, WORD_SHIFT
from gomemlab.runtime.gc.rootjobs import RootJob
from gomemlab.runtime.gc.roots import Field, Place
from gomemlab.runtime.world import World

Run = Callable[[Any], object]  # called with a command of its own kind


class SmallWorld(World):
    """One world for all states."""

    __slots__ = (
        "addresses",
        "all_stacks",
        "bits",
        "fields",
        "first",
        "greyed",
        "jobs",
        "name_of",
        "now",
        "page",
        "rules",
        "runs",
        "shape",
        "slots_mask",
        "span",
        "stride",
    )

    def __init__(self, shape: Shape, rules: Rules) -> None:
        super().__init__(goroutines=shape.goroutines, slots=shape.slots, marker="classic", rescan=rules.rescan)
        self.shape, self.rules = shape, rules
        follow(self, rules)
        objects = [self.new(shape.fields) for _ in range(shape.objects)]
        self.write(Field(objects[0], 0), objects[0])  # their page is in memory from now on
        self.gc_start()
        self.addresses = [0, *objects]
        self.name_of = {address: name for name, address in enumerate(self.addresses)}.__getitem__
        self.bits = {address: 1 << i for i, address in enumerate(objects)}
        self.span, _ = self._slot_at(objects[0])
        self.stride, self.slots_mask = self.allocator.words_of(self.span), (1 << shape.fields) - 1
        self.page, self.first = objects[0] >> PAGE_SHIFT, objects[0] >> WORD_SHIFT & IN_PAGE
        each = shape.fields if self.stride > shape.fields else shape.fields * shape.objects  # words without a gap
        self.fields = [
            slice(begin, begin + each)
            for begin in range(self.first, self.first + self.stride * shape.objects, max(self.stride, each))
        ]
        self.all_stacks = self.collector.roots.stacks.copy()
        self.jobs = [RootJob("globals"), *(RootJob("stack", stack.g) for stack in self.all_stacks)]  # as SCANNED's bits
        self.runs: dict[type, Run] = {
            Assign: self._assign,
            New: self._new,
            Send: self._send,
            GoStart: self._go,
            MarkRoot: self._mark_root,
            MarkObject: self._mark_object,
            FlushBarrier: self._flush,
        }

    # States

    def put(self, state: State) -> None:
        """Be in this state."""
        shape, addresses = self.shape, self.addresses
        values = [addresses[name] for name in state[: shape.pointers]]
        at = 1
        stacks = list[list[int]]()
        for _ in range(state[STARTED]):
            stacks.append(values[at : at + shape.slots])
            at += shape.slots
        words, at = array("Q", bytes(8 * self.stride * shape.objects)), 1 + shape.goroutines * shape.slots
        for begin in range(0, len(words), self.stride):
            words[begin : begin + shape.fields] = array("Q", values[at : at + shape.fields])
            at += shape.fields
        greys = [address for address, bit in self.bits.items() if state[GREYS] & bit]
        waiting = [address for address, bit in self.bits.items() if state[WAITING] & bit]
        scanned = state[SCANNED]
        jobs = [job for job in self.jobs[: 1 + state[STARTED]] if not scanned >> job.g & 1]
        self.allocator.begin()  # nobody reads what earlier steps logged
        self.now = values[0], stacks, words, state[MARKS], greys, waiting, jobs, scanned, state[BORN]
        self.restore()

    def restore(self) -> None:
        """Be in the state that was loaded last."""
        value, stacks, words, marks, greys, waiting, jobs, scanned, _ = self.now
        collector = self.collector
        roots = collector.roots
        roots.globals[0] = value
        roots.globals_scanned = bool(scanned & GLOBALS)
        roots.stacks[:] = self.all_stacks[: len(stacks)]
        for stack, values in zip(roots.stacks, stacks, strict=True):
            stack.frames[0].slots[:] = values
            stack.scanned = bool(scanned >> stack.g & 1)
        collector.memory.words[self.page][self.first : self.first + len(words)] = words
        collector.heap.gcmark_bits[self.span.id] = marks
        collector.gcws[0].wbuf1[:] = greys
        collector.wbufs[0].entries[:] = waiting
        collector.jobs[:] = jobs

    def dump(self, born: int) -> State:
        """Return the state that the world is in; so many objects are born."""
        shape, collector, bits = self.shape, self.collector, self.bits
        roots = collector.roots
        pointers = roots.globals.copy()
        scanned = int(roots.globals_scanned)
        for stack in roots.stacks:
            pointers += stack.frames[0].slots
            scanned |= stack.scanned << stack.g
        started = len(roots.stacks)
        if started < shape.goroutines:
            pointers += [0] * (shape.goroutines - started) * shape.slots
        words = collector.memory.words[self.page]
        for fields in self.fields:
            pointers += words[fields]
        marks, greys, waiting = collector.heap.gcmark_bits[self.span.id], 0, 0
        for address in collector.gcws[0].wbuf1:
            greys |= bits[address]
        for address in collector.wbufs[0].entries:
            if address:
                waiting |= bits[address] & ~marks
        return bytes([*map(self.name_of, pointers), marks, greys, waiting, born, scanned, started])

    # Steps

    def after(self, command: Command) -> State:
        """Return the state after a command; the world itself is in the loaded one again."""
        self.greyed = 0
        born = self.now[-1] + (type(command) is New)
        self.runs[type(command)](command)
        state = self.dump(born)
        self.restore()
        return state

    def _shaded(self) -> None:
        """Let the marker hear of what a store queued, if it hears of it at once."""
        if self.rules.shading == "at once":
            self.greyed = self.collector.flush(0)

    def _assign(self, command: Assign) -> None:
        source = command.source
        self._store(command.to, 0 if source is None else self._get(source), command.g)
        self._shaded()

    def _new(self, command: New) -> None:
        """Do what malloc does for the collector, and what new does; the slot is there already."""
        slot, collector = self.now[-1], self.collector
        address = self.addresses[slot + 1]
        collector.mark_new(self.span.id, self.span.elemsize, 1 << slot, 0)
        collector.memory.lay_out(address, self.stride, self.slots_mask)
        self._store(cast("Place", command.into), address, command.g)

    def _send(self, command: Send) -> None:
        self.send(command.to, command.source, command.shade)
        self._shaded()

    def _go(self, command: GoStart) -> None:
        """Do what go does for the collector; the stack is there already."""
        self.allocator.begin()
        pointers = [self._get(place) for place in command.args]
        self._start(self._new_stack(), command.slots, pointers, command.g, command.shade)
        self._shaded()

    def _mark_root(self, command: MarkRoot) -> None:
        self.collector.mark_root(next(job for job in self.collector.jobs if str(job) == command.job), 0)

    def _mark_object(self, command: MarkObject) -> None:
        self.collector.take_grey(command.address)
        self.collector.scan(command.address, 0)

    def _flush(self, _command: FlushBarrier) -> None:
        self.collector.flush(0)

    # The end

    def loses(self) -> bool:
        """Say whether an object is lost if marking ends in the loaded state, where nothing is left to scan."""
        collector = self.collector
        collector.try_end_mark()
        if self.rules.rescan:
            collector.rescan_stacks()
        lost = collector.find_lost()
        self.restore()
        return bool(lost)


def follow(world: World, rules: Rules) -> None:
    """Let a world's collector follow these rules."""
    collector = world.collector
    collector.barrier, collector.rescan = rules.barrier, rules.rescan
    collector.allocates_black, collector.flushes_at_end = rules.allocates_black, rules.flushes_at_end
