"""What GODEBUG=gctrace=1 prints: read it, and print it.

    cycle      one collection: what was printed, and the interval each number stands for
    grammar    the line, write by write
    torn       lines that other output split
    processes  which process of a log wrote a line
    extras     the scavenger's and the pacer's lines
    source     files, packed or not, as lines
    problems   what was wrong with a log, and what was done
    log        the cycles of a log, and their tables
    parse      reading, whole or as a stream
    fits       which GOGC and limit the goals fit
    summary    a log at a glance
    report     `gomemlab gctrace`
    line       the line that Go 1.27 prints for exact numbers
    modelled   the lines of a paced world

Go: runtime/mgc.go, gcMarkTermination; runtime/extern.go.
"""

from gomemlab.gctrace.cycle import Cycle
from gomemlab.gctrace.line import Exact, line
from gomemlab.gctrace.log import Log
from gomemlab.gctrace.parse import parse, stream
from gomemlab.gctrace.problems import Problem, Problems
from gomemlab.gctrace.summary import Summary, summarise

__all__ = ["Cycle", "Exact", "Log", "Problem", "Problems", "Summary", "line", "parse", "stream", "summarise"]
