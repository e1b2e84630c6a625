"""What GODEBUG=gctrace=1 prints: read it, and print it.

    cycle      one collection: what was printed, and the interval each number stands for
    grammar    the line, write by write
    problems   what was wrong with a log, and what was done
    log        the cycles of a log, and their tables
    parse      reading, whole or as a stream
    line       the line that Go 1.27 prints for exact numbers

Go: runtime/mgc.go, gcMarkTermination; runtime/extern.go.
"""

from gomemlab.gctrace.cycle import Cycle
from gomemlab.gctrace.line import Exact, line
from gomemlab.gctrace.log import Log
from gomemlab.gctrace.parse import parse
from gomemlab.gctrace.problems import Problem, Problems

__all__ = ["Cycle", "Exact", "Log", "Problem", "Problems", "line", "parse"]
