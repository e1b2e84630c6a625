"""The notebook's kernel that a view lives in: no message on its way to the page may be lost.

A lab is some three hundred widgets, and each tells the page of itself in a message of its own. A kernel queues a
thousand messages for a reader that is behind and then drops the next ones without a word: the page never hears of a
widget, or of the end of a cell. So importing the views takes that limit away. The queue then takes memory for as long
as the reader is behind, and gives it back.

Go: none, this is how notebooks work.
Left out: kernels other than ipykernel; they are left as they are.
"""

import sys
from typing import Any


def shell() -> Any:
    """Return IPython's shell, or None where no IPython runs: a running one is among the imported modules."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def keep_every_message() -> bool:
    """Take the limit off the queue from the running kernel to its readers; return whether there is such a kernel."""
    thread: Any = getattr(getattr(shell(), "kernel", None), "iopub_thread", None)
    if not hasattr(getattr(thread, "socket", None), "setsockopt"):
        return False

    def unlimited() -> None:
        import zmq  # noqa: PLC0415 (only a kernel needs it)

        thread.socket.setsockopt(zmq.SNDHWM, 0)

    thread.schedule(unlimited)  # the socket belongs to that thread
    return True
