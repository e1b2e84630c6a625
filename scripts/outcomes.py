"""Write gomemlab/data/services/outcomes.json: `python scripts/outcomes.py` (`--check` compares).

What became of the services whose logs come with the package, under every setting that was recorded: largest heap,
cycles, share of the CPU, and how long the same work took, run by run. Lesson 17 shows it beside what was foretold.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from gomemlab.gctrace import shipped  # noqa: E402 (found by the path just above)
from gomemlab.whatif.record import peak_mb  # noqa: E402 (as the line before)
from gomemlab.whatif.recordings import Recorded, read  # noqa: E402 (as the line before)

OUTCOMES = ROOT / "gomemlab" / "data" / "services" / "outcomes.json"
RECORDED = ROOT / "tests" / "data" / "services"


def outcome(runs: list[Recorded]) -> dict[str, Any]:
    """Return what all runs of one setting came to."""
    return {
        "gogc": runs[0].gogc,
        "memory_limit": runs[0].memory_limit,
        "peak_mb": [peak_mb(run) for run in runs],
        "num_gc": [run.numbers["num_gc"] for run in runs],
        "gc_cpu": [round(run.numbers["gc_cpu_fraction"], 4) for run in runs],
        "seconds": [round(run.numbers["wall_s"], 2) for run in runs],
    }


def outcomes() -> dict[str, dict[str, dict[str, Any]]]:
    """Return program → setting → outcome; runs that were cut short are left out."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for program in shipped.names():
        runs: dict[str, list[Recorded]] = {}
        for run in read(RECORDED / f"{program}.runs.gz"):
            if "num_gc" in run.numbers:
                runs.setdefault(run.setting, []).append(run)
        found[program] = {setting: outcome(of) for setting, of in runs.items()}
    return found


def text() -> str:
    """Return the file's text, a line for each setting."""
    parts = []
    for program, settings in outcomes().items():
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(found)}" for name, found in settings.items())
        parts.append(f" {json.dumps(program)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    """Write the file, or say whether it is as it would be written."""
    if "--check" in sys.argv[1:]:
        return int(OUTCOMES.read_text(encoding="utf-8") != text())
    OUTCOMES.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
