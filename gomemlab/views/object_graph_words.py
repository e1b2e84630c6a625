"""The sentence of an object graph: what is lost before what is hidden, and that before how far marking is.

Go: none, this is how the picture is told.
Left out: a list of all objects; the picture has them.
"""

from collections.abc import Iterable
from html import escape

from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.gc.roots import Field, Place, StackSlot
from gomemlab.runtime.gcinfo import BLACK, GREY, WHITE
from gomemlab.views.object_graph_events import Happened
from gomemlab.views.object_graph_facts import Graph
from gomemlab.views.words import count, thousands

NAMED = 4  # objects that a sentence names; more are counted
EMPTY = "No objects yet: a program makes one with <code>new</code>."


def sentence(graph: Graph, happened: Happened) -> str:
    """Return the headline's sentence as HTML."""
    gc = graph.gc
    if not gc.objects:
        return EMPTY
    if graph.lost:
        return _lost(graph)
    if gc.dangling:
        places = listed(graph.place_name(place) for place in gc.dangling)
        return f'<b class="gm-warn">✕ Dangling:</b> {escape(places)} led to freed memory.'
    if graph.hidden:
        return _hidden(graph)
    if happened.shaded:
        return f"Shaded in this step: {_names(graph, happened.shaded)}. {_counts(graph)}"
    return _counts(graph) if gc.marking else _idle(graph)


def _lost(graph: Graph) -> str:
    """Return who is lost, and why."""
    number = min(graph.lost)
    freed = graph.by_number[number].freed
    more = f", and {count(len(graph.lost) - 1, 'more')[:-5]} more" if len(graph.lost) > 1 else ""
    what = "was freed" if freed else "stayed white when marking ended"
    return f'<b class="gm-warn">✕ {number} is lost{more}:</b> {escape(holder(graph, number))} and it {what}.'


def _hidden(graph: Graph) -> str:
    """Return who is hidden, and who still points there."""
    number = min(graph.hidden)
    more = f" ({len(graph.hidden)} such)" if len(graph.hidden) > 1 else ""
    why = f"{escape(holder(graph, number))} and nothing grey leads there"
    return f'<b class="gm-warn">! {number} is hidden{more}:</b> {why}.'


def holder(graph: Graph, number: int) -> str:
    """Return "G1’s scanned stack points to it", for the root or the object that holds a pointer to a live object."""
    arrows = graph.into.get(number, [])
    place = next((arrow.place for arrow in arrows if not isinstance(arrow.place, Field)), None)
    if place is not None:
        return _root(graph, place)
    holders = {arrow.place.address for arrow in arrows if isinstance(arrow.place, Field)}
    live = [obj for address in holders if (obj := graph.find(address)) and obj.number in graph.reachable]
    if not live:
        return "the program uses it"
    first = min(live, key=lambda obj: obj.number)
    colour = f"{first.colour} " if graph.gc.marking else ""
    return f"{colour}{first.number} points to it"


def _root(graph: Graph, place: Place) -> str:
    """Return "G1’s scanned stack points to it"."""
    if not isinstance(place, StackSlot):
        scanned = "scanned " if graph.gc.marking and graph.gc.globals_scanned else ""
        return f"the {scanned}global {graph.place_name(place)} points to it"
    stack = next(stack for stack in graph.gc.stacks if stack.g == place.g)
    scanned = "scanned " if graph.gc.marking and stack.scanned else ""
    return f"G{place.g}’s {scanned}stack points to it"


def _counts(graph: Graph) -> str:
    """Return how many objects are of which colour, and which are grey."""
    live = [obj for obj in graph.gc.objects if not obj.freed]
    amount = {colour: sum(obj.colour == colour for obj in live) for colour in (WHITE, GREY, BLACK)}
    greys = listed(str(obj.number) for obj in live if obj.colour == GREY)
    words = f"{thousands(amount[WHITE])} white, {thousands(amount[BLACK])} black"
    return f"Grey: {greys}. {words}." if amount[GREY] else f"Nothing is grey. {words}."


def _idle(graph: Graph) -> str:
    """Return what white means when marking is over, or how many objects there are where all is swept."""
    gc = graph.gc
    if gc.sweep.unswept_spans:
        waiting = gc.sweep.unswept_spans
        waits = f"{count(waiting, 'span')} {'waits' if waiting == 1 else 'wait'} to be swept"
        return f"Marking is over: what is white and unreachable is dead, and {waits}."
    live = [obj for obj in gc.objects if not obj.freed]
    unused = sum(obj.number not in graph.reachable for obj in live)
    if not live:
        return "No cycle marks now, and no object is left."
    garbage = f", {thousands(unused)} of them unreachable" if unused else ", all reachable"
    phase = "No cycle marks now" if gc.phase is GCPhase.OFF else "The world is stopped"
    return f"{phase}: {count(len(live), 'object')}{garbage}."


def _names(graph: Graph, addresses: Iterable[int]) -> str:
    """Return the names of the objects at some addresses, in order of birth."""
    found = sorted({obj.number for address in addresses if (obj := graph.find(address))})
    return listed(map(str, found)) or "nothing that is drawn"


def listed(names: Iterable[str]) -> str:
    """Return "2, 9", and of many the first few and how many more."""
    known = list(names)
    more = f" and {thousands(len(known) - NAMED)} more" if len(known) > NAMED else ""
    return ", ".join(known[:NAMED]) + more


def ordinal(n: int) -> str:
    """Return "2nd", "3rd", "4th"."""
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n if n < 20 else n % 10, 'th') }"  # noqa: PLR2004 (11th to 13th)
