"""`gomemlab whatif FILE --gogc 200 --memory-limit 1GiB`: an answer in the terminal.

Go: none, this is about the command.
Left out: the map; that is a function.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from gomemlab.runtime.errors import MisuseError
from gomemlab.whatif.prediction import what_if


def main(argv: Sequence[str]) -> int:
    """Print what would have happened to the service of a log; return 2 where log or setting cannot be read."""
    parser = argparse.ArgumentParser(
        prog="gomemlab whatif",
        description="What another GOGC or memory limit would have done to the service that wrote a gctrace log.",
    )
    parser.add_argument(
        "file",
        help="the stderr of a program under GODEBUG=gctrace=1, packed or not; - is standard input; or the name of a log"
        " that came with the package, such as cache_churn",
    )
    parser.add_argument("--gogc", help="a percentage, or off; without it the log's own")
    parser.add_argument("--memory-limit", help="such as 900MiB or 2GiB, or off; without it the log's own")
    parser.add_argument("--log-gogc", help="what the log was recorded under; inferred without it")
    parser.add_argument("--log-memory-limit", help="the same for the limit")
    parser.add_argument("--json", action="store_true", help="all numbers, units in their names")
    asked = parser.parse_args(argv)
    try:
        answer = what_if(
            sys.stdin.buffer if asked.file == "-" else Path(asked.file),
            asked.gogc,
            asked.memory_limit,
            log_gogc=asked.log_gogc,
            log_memory_limit=asked.log_memory_limit,
        )
    except MisuseError as error:
        sys.stderr.write(f"gomemlab whatif: {error}\n")
        return 2
    sys.stdout.write((json.dumps(answer.as_dict(), indent=2) if asked.json else str(answer)) + "\n")
    return 0
