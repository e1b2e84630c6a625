"""A real kernel, and a reader that is behind."""

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from gomemlab.views.kernel import keep_every_message

MESSAGES = 12_000
SEND = f"""
import comm
page = comm.create_comm(target_name="page")
for number in range({MESSAGES}):
    page.send({{"number": number, "words": "x" * 1000}})
"""


@pytest.fixture
def client() -> Iterator[BlockingKernelClient]:
    """Start a kernel as a notebook has it and return its client."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def sent(client: BlockingKernelClient, code: str) -> list[dict[str, Any]]:
    """Run code and return its messages, which nobody reads before the code has ended."""
    request = client.execute(code)
    client.get_shell_msg(timeout=60)
    messages = []
    while not messages or messages[-1]["content"].get("execution_state") != "idle":
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == request:
            messages.append(message)
    return messages


def test_a_reader_that_is_behind_loses_no_message(client: BlockingKernelClient) -> None:
    """Twelve thousand messages of 1,000 B wait in a kernel with the views: all come, and the cell's end."""
    sent(client, "import gomemlab.views")

    messages = sent(client, SEND)

    numbers = [message["content"]["data"]["number"] for message in messages if message["msg_type"] == "comm_msg"]
    assert numbers == list(range(MESSAGES))


def test_where_no_kernel_runs_nothing_is_asked_of_one() -> None:
    """Tests and the terminal have no kernel."""
    assert not keep_every_message()
