"""Send small widget messages at once.

Jupyter's server leaves Nagle's algorithm on for the websocket between browser and kernel, and a message that is smaller
than a packet then waits 10-50 ms for the last one's receipt: a slider feels like glue. `gomemlab lab` puts this folder
on JUPYTER_CONFIG_PATH; binder/postBuild copies the file.

Go: none, this is a setting of a server.
Left out: every other setting.
"""

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

_open = KernelWebsocketHandler.open


async def _open_without_delay(self: KernelWebsocketHandler, kernel_id: str) -> None:
    """Open the connection as the server does, with TCP_NODELAY set."""
    self.set_nodelay(True)
    await _open(self, kernel_id)


KernelWebsocketHandler.open = _open_without_delay
