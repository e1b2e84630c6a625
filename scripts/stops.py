"""Write gomemlab/data/services/stops.json from the recorded services: `python scripts/stops.py` (`--check` compares).

How long the world stood in real programs, by GOGC: lesson 13 shows it. Only runs without a memory limit count; the
median is over all cycles of all their repeats, of both stops of a cycle together.
"""

import json
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from gomemlab.gctrace import parse  # noqa: E402 (found by the path just above)
from gomemlab.whatif.recordings import read  # noqa: E402 (as the line before)

STOPS = ROOT / "gomemlab" / "data" / "services" / "stops.json"
RECORDED = ROOT / "tests" / "data" / "services"
PROGRAMS = ("big_live", "cache_churn", "lru", "trees")
SETTINGS = (50, 100, 200, 400)


def rows() -> list[list[object]]:
    """Return (program, GOGC, cycles, largest heap in MiB, median of both stops in ms), settings in their order."""
    found: list[list[object]] = []
    for program in PROGRAMS:
        runs = [run for run in read(RECORDED / f"{program}.runs.gz") if run.memory_limit is None]
        for gogc in SETTINGS:
            cycles = [cycle for run in runs if run.gogc == gogc for cycle in parse(run.log.splitlines())]
            stops = median(cycle.stw_ms for cycle in cycles)
            found.append([program, gogc, len(cycles), max(cycle.heap_end_mb for cycle in cycles), f"{stops:.2f}"])
    return found


def main() -> int:
    """Write the file, or say whether it is as it would be written."""
    text = json.dumps(rows(), indent=1).replace(",\n  ", ", ").replace("[\n  ", "[").replace("\n ]", "]") + "\n"
    if "--check" in sys.argv[1:]:
        return int(STOPS.read_text(encoding="utf-8") != text)
    STOPS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
