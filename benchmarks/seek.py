"""Seek to random ticks of a long timeline, in a process of its own: `python seek.py WORKLOAD COMMANDS SEEKS`.

Prints one JSON object: seconds of processor time of each seek to a world, and of each to the snapshot that the views
need; seconds to build the timeline; the largest size that the process ever had, in bytes.
"""

import json
import random
import resource
import sys
from pathlib import Path
from time import process_time

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
    begin = process_time()
    timeline = Timeline(World(procs=workload.procs))
    timeline.extend(workload.commands(n=commands))
    built = process_time() - begin
    ticks = random.Random(1)
    times: dict[str, list[float]] = {"there": [], "drawn": []}
    for _ in range(seeks):
        for how, seek in (("there", timeline.at), ("drawn", timeline.snapshot)):
            tick = ticks.randrange(commands)
            begin = process_time()
            seek(tick)
            times[how].append(process_time() - begin)
    print(json.dumps({"built": built, "peak": peak(), **times}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
