"""Schedule: who runs next. The reader picks, or a seed does, or a schedule that was found is played step by step.

Between two steps anything may happen, which is what makes collecting at the same time hard. Another barrier starts
over with the same graph, and keeps the steps that were taken as a schedule: the same moves, another outcome.

Go: runtime/mgcmark.go, gcDrain; runtime/mgc.go, gcStart, gcMarkDone; runtime/proc.go, schedule.
Left out: time; every step takes one tick.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets as ipw

from gomemlab.commands import GC, Command, GCStart, MarkObject, MarkRoot
from gomemlab.panels.barriers import TITLES, barrier_choice, rescan_choice
from gomemlab.panels.graph_menu import offer
from gomemlab.panels.graph_moves import WORKER, actors, pick_actor, played, random_move, worker_step, worker_words
from gomemlab.panels.notices import Notices
from gomemlab.panels.search import SearchPanel
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gcinfo import GREY
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline
from gomemlab.views.base import View, box, button, html, put
from gomemlab.views.object_graph_facts import Graph
from gomemlab.views.work import by_number

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot

IN_TURN = ""  # what the worker does when nothing else is chosen
PRIMARY = "primary"  # the style of the one button that is meant first
OFFERED = 20  # grey objects that the worker can be sent to


class Frame(NamedTuple):
    """What the row offers at this moment."""

    actors: tuple[int, ...]
    actor: int
    jobs: tuple[tuple[str, str], ...]  # words, and a job's name or an object's address
    barrier: str
    rescan: bool
    next: str  # what Step would do
    at: int  # commands of the schedule that were played
    length: int
    coming: str  # its next command


class Schedule(View[Frame]):
    """The rows of controls."""

    name = "Schedule"
    css = "gm-schedule"

    def __init__(
        self,
        lab: "Lab",
        *,
        play: Sequence[Command] = (),
        programs: Mapping[int, Sequence[Command]] | None = None,
        alone: bool = False,
    ) -> None:
        """Build the rows for a lab, with a schedule to play and with what each goroutine is to do, if that is given."""
        self.lab = lab
        self.notices = Notices.here(lab) if alone else None
        self.programs = {g: tuple(commands) for g, commands in (programs or {}).items()}
        self.schedule, self.base = tuple(play), lab.tick
        self.skipped: set[int] = set()
        self._showing = False
        super().__init__(lab)

    # The controls

    def parts(self) -> list[ipw.Widget]:
        """Return the three rows."""
        self.actor = ipw.ToggleButtons(options=[("mark worker", WORKER)], tooltip="who runs next")
        self.job = ipw.Dropdown(options=[("in turn", IN_TURN)], tooltip="what the worker does")
        self.job.add_class("gm-job-menu")
        self.barrier, self.rescan = barrier_choice(), rescan_choice()
        for control in (self.actor, self.job):
            control.observe(lambda _: self._heard(self._again), "value")
        for control in (self.barrier, self.rescan):
            control.observe(lambda _: self._heard(self._restart), "value")
        self.step_button = button(self.lab, "Run step", "let it run one step", self.step)
        self.step_button.button_style = PRIMARY
        self.seed = ipw.BoundedIntText(value=1, min=0, max=999_999, tooltip="the scheduler's seed")
        self.seed.add_class("gm-count")
        self.line = html("", "gm-line-s")
        self.search = SearchPanel(self)
        policy = [html("<b>Barrier</b>", "gm-label"), self.barrier, html("rescan stacks", "gm-s"), self.rescan]
        first = [html("<b>Next</b>", "gm-label"), self.actor, self.job, self.step_button, self._seeded()]
        rows = [box(first, "gm-row"), self.line, box(policy, "gm-row"), self.search.root, self._playing()]
        return [*([self.notices.root] if self.notices else []), *rows]

    def _seeded(self) -> ipw.Widget:
        """Return the controls with which a seed picks."""
        once = button(self.lab, "Pick one", "let the seed pick who runs, and run it", lambda: self.pick_steps(1))
        ten = button(self.lab, "Pick 10", "let the seed pick ten times", lambda: self.pick_steps(10))
        return box([html("or let seed", "gm-s"), self.seed, once, ten], "gm-row")

    def _playing(self) -> ipw.Widget:
        """Return the row that plays a schedule; it is not there as long as there is none."""
        self.words = html("")
        self.next_button = button(self.lab, "Next step", "do the schedule's next command", self.play_step)
        self.all_button = button(self.lab, "Play all", "do all that is left of the schedule", self.play_all)
        self.skip_button = button(self.lab, "Skip", "leave the next command out", self.skip)
        self.over_button = button(self.lab, "Start over", "go back to where the schedule begins", self.start_over)
        buttons = [self.next_button, self.all_button, self.skip_button, self.over_button]
        self.player = box([html("<b>Play</b>", "gm-label"), *buttons, self.words], "gm-row", "gm-player", "gm-off")
        return self.player

    def _heard(self, work: Any) -> None:
        """Do what the reader asked for; what the panel sets itself is not the reader's."""
        if not self._showing:
            self.lab.guard(work)

    # The frame

    def frame(self, snapshot: "Snapshot") -> Frame:
        """Return what can run."""
        gc = snapshot.gc
        graph = Graph(gc)
        who = actors(gc)
        actor = self.actor.value if self.actor.value in who else WORKER
        at = played(self.schedule, self._done(), self.skipped)
        coming = by_number(graph, str(self.schedule[at])) if at < len(self.schedule) else ""
        greys = [obj for obj in gc.objects if obj.colour == GREY][:OFFERED] if gc.marking else []
        jobs = [(f"scan {job}", job) for job in gc.jobs] + [(f"scan {obj.number}", str(obj.address)) for obj in greys]
        chosen = (("in turn", IN_TURN), *jobs)
        job = self.job.value if self.job.value in [value for _, value in chosen] else IN_TURN
        in_turn = actor == WORKER and job == IN_TURN
        said = worker_words(graph) if in_turn else by_number(graph, str(self._command(graph, actor, job)))
        return Frame(tuple(who), actor, chosen, gc.barrier, gc.rescan, said, at, len(self.schedule), coming)

    def _done(self) -> list[Command]:
        """Return the commands since the schedule began, up to the moment on screen."""
        return self.lab.timeline.commands[self.base : self.lab.tick]

    def _command(self, graph: Graph, actor: int, job: str) -> Command:
        """Return what an actor would do now."""
        if actor == WORKER:
            if job.isdigit():
                return MarkObject(int(job))
            return MarkRoot(job) if job else worker_step(graph.gc)
        program = self.programs.get(actor, ())
        at = played(program, self._done())
        return program[at] if at < len(program) else random_move(graph, actor, self.seed.value, self.lab.tick)

    def show(self, frame: Frame) -> None:
        """Bring the controls up to date."""
        self._showing = True
        try:
            names = [("mark worker" if g == WORKER else f"G{g}", g) for g in frame.actors]
            offer(self.actor, names, frame.actor)
            offer(self.job, list(frame.jobs), self.job.value)
            put(self.job, disabled=frame.actor != WORKER or len(frame.jobs) == 1)
            put(self.barrier, value=frame.barrier)
            put(self.rescan, value=frame.rescan)
        finally:
            self._showing = False
        put(self.line, value=f'<span class="gm-s">Run step: {escape(frame.next)}</span>')
        (self.player.remove_class if frame.length else self.player.add_class)("gm-off")
        over = frame.at >= frame.length
        for control in (self.next_button, self.all_button, self.skip_button):
            put(control, disabled=over)
        # Of the two ways to step the one that stands out is the schedule's, as long as there is something left of it.
        put(self.next_button, button_style="" if over else PRIMARY)
        put(self.step_button, button_style=PRIMARY if over else "")
        coming = "played to its end" if over else f"next: {escape(frame.coming)}"
        put(self.words, value=f'<span class="gm-s">{frame.at} of {frame.length}; {coming}</span>')

    def sentence(self, frame: Frame) -> str:
        """Return whose turn it is, and under which barrier."""
        who = "the mark worker" if frame.actor == WORKER else f"G{frame.actor}"
        again = ", stacks scanned twice" if frame.rescan else ""
        return f"Chosen: {who}. Barrier: {TITLES[frame.barrier]}{again}."

    # What the reader does

    def _again(self) -> None:
        """Show the same moment with another choice."""
        self.update(self.lab.snapshot)

    def step(self) -> None:
        """Let the chosen one run one step."""
        graph = Graph(self.lab.snapshot.gc)
        self._advance(self._command(graph, self.actor.value, self.job.value or IN_TURN))

    def pick_steps(self, n: int) -> None:
        """Let the seed pick who runs, n times."""
        for _ in range(n):
            graph = Graph(self.lab.snapshot.gc)
            self._advance(self._command(graph, pick_actor(graph.gc, self.seed.value, self.lab.tick), IN_TURN))

    def _advance(self, command: Command) -> None:
        """Do a command; where the line has just that one next, go there instead of beginning another line."""
        line, tick = self.lab.timeline, self.lab.tick
        if tick < len(line) and line.commands[tick] == command:
            self.lab.tick = tick + 1
        else:
            self.lab.do(command)

    def load(self, schedule: Sequence[Command], base: int | None = None) -> None:
        """Take a schedule to play, from a tick on (from now where none is given)."""
        self.schedule = tuple(schedule)
        self.base = self.lab.tick if base is None else base
        self.skipped = set()
        self._again()

    def play_step(self) -> None:
        """Do the schedule's next command."""
        at = played(self.schedule, self._done(), self.skipped)
        if at >= len(self.schedule):
            raise MisuseError("the schedule was played to its end; press Start over to see it again")
        self._advance(self.schedule[at])

    def play_all(self) -> None:
        """Do what is left of the schedule; a command that is refused ends it."""
        while played(self.schedule, self._done(), self.skipped) < len(self.schedule):
            self.play_step()

    def skip(self) -> None:
        """Leave the schedule's next command out: under another barrier it may have nothing to do."""
        self.skipped.add(played(self.schedule, self._done(), self.skipped))
        self._again()

    def start_over(self) -> None:
        """Go back to where the schedule begins."""
        self.skipped = set()
        self.lab.tick = self.base
        self._again()

    def _restart(self) -> None:
        """Start over with the chosen barrier; on a refusal the controls show the world's own again."""
        try:
            self.restart(self.barrier.value, rescan=self.rescan.value)
        finally:
            if self._last is not None:
                self.show(self.frame(self.lab.snapshot))

    def begin(self, start: World, schedule: Sequence[Command]) -> None:
        """Show another world at its start, with a schedule to play."""
        with self.lab.lock:
            self.lab.refuse_while_busy()
            self.schedule, self.base, self.skipped = tuple(schedule), 0, set()
            self.lab.adopt(Timeline(start.copy()))

    def restart(self, barrier: str, *, rescan: bool = False) -> None:
        """Begin a new world with another policy and the same graph; what came after the graph becomes the schedule."""
        lab = self.lab
        with lab.lock:
            lab.refuse_while_busy()
            line = lab.timeline
            cut = graph_end(line.commands[: lab.tick])
            new = Timeline(line.at(0).with_policy(barrier, rescan))
            new.extend(line.commands[:cut])
            schedule = self.schedule if self.schedule and self.base == cut else tuple(line.commands[cut:])
            self.schedule, self.base, self.skipped = schedule, cut, set()
            lab.adopt(new)
            if lab.former is not None:
                lab.former = lab.former._replace(parted=0)
                lab.notify()

    def close(self) -> None:
        """Close the rows, the notices and a running search."""
        self.search.close()
        if self.notices is not None:
            self.notices.close()
        super().close()


def graph_end(commands: Sequence[Command]) -> int:
    """Return how many commands come before the first cycle: they built the graph."""
    return next((i for i, command in enumerate(commands) if isinstance(command, GCStart | GC)), len(commands))


__all__ = ["Frame", "Schedule", "graph_end"]
