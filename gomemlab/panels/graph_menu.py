"""Menus whose entries change with the moment, while what the reader chose stays chosen as long as it can.

Go: none, this is about controls.
Left out: entries that cannot be chosen.
"""

from typing import Any

import ipywidgets as ipw


def menu(tip: str, name: str) -> ipw.Dropdown:
    """Return a menu without entries yet."""
    made = ipw.Dropdown(options=[], tooltip=tip)
    made.add_class(name)
    return made


def offer(control: Any, options: list[tuple[str, Any]], wanted: Any) -> None:
    """Give a control its entries; choose what is wanted, or the first where that is not among them."""
    values = [value for _, value in options]
    value = wanted if wanted in values else values[0] if values else None
    if [tuple(option) for option in control.options] != options:
        with control.hold_sync():
            control.options = options
            control.value = value
    elif control.value != value:
        control.value = value
