"""Several views on one page: controls close together, the others parted by hairlines, pairs side by side.

Go: none, this is the arrangement.
Left out: tabs.
"""

from collections.abc import Mapping
from typing import Any

import ipywidgets as ipw

from gomemlab.views.base import View, box

CONTROLS = ("transport", "allocate", "schedule")  # these stand close together, without a line between them
PAIRS = {"heap_map": ("span", "gm-two"), "object_graph": ("work", "gm-pair"), "span": ("work", "gm-twin")}


def sections(views: Mapping[str, View[Any]]) -> list[ipw.Widget]:
    """Return the views' bodies in their order."""
    waiting = dict(views)
    made: list[ipw.Widget] = []
    while waiting:
        name, view = next(iter(waiting.items()))
        del waiting[name]
        body = view.body
        other, look = PAIRS.get(name, ("", ""))
        if other in waiting:
            body = box([body, waiting.pop(other).body], look)
        made.append(body if name in CONTROLS else box([body], "gm-sec"))
    return made
