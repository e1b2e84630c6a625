"""Seek to random ticks of a long timeline, in a process of its own: `python seek.py WORKLOAD COMMANDS SEEKS`.

Prints one JSON object: seconds of each seek, with and without the snapshot that the views need; seconds to build; the
largest size that the process ever had, in bytes.
"""

import json
import random
import resource
import sys
from pathlib import Path
from time import perf_counter

from gomemlab import Timeline, World
from gomemlab.workloads import WORKLOADS


def peak() -> int:
    """Return the largest size this process ever had, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would count what the parent had when it forked
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def main(name: str, commands: int, seeks: int) -> None:
    """Build the timeline, seek, print."""
    workload = WORKLOADS[name]
    begin = perf_counter()
    timeline = Timeline(World(procs=workload.procs))
    timeline.extend(workload.commands(n=commands))
    built = perf_counter() - begin
    ticks = random.Random(1)
    there, drawn = [], []
    for _ in range(seeks):
        tick = ticks.randrange(commands)
        begin = perf_counter()
        world = timeline.at(tick)
        there.append(perf_counter() - begin)
        world.snapshot()
        drawn.append(perf_counter() - begin)
    print(json.dumps({"built": built, "there": there, "drawn": drawn, "peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
