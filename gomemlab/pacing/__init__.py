"""Hours of a service's collections in a second: the pacer, driven by a workload instead of a heap.

The stepped world computes every allocation; here a workload says in a few numbers what a program does, and the very
same GCController and CPU limiter decide when it is collected, how much is marked beside it, and who assists.

    streams     quantities that change, composed in one line
    workload    what a program does to the pacer; the menu of ready ones
    run         what came of it: cycles, samples, gctrace lines
    sharing     how the Ps of a moment are divided
    accounts    the memory that counts for the limit
    settings    GOGC and the limit, changed on the way
    moment      the clock, and the streams at it
    marking     one cycle
    simulate    a life, cycle after cycle
    scenarios   the published scenarios of the pacer's design, and their promises

Go: runtime/mgcpacer.go, runtime/mgclimit.go, runtime/mgc.go.
Left out: addresses, spans, objects; time is a cost model's.
"""

from gomemlab.pacing.run import NO_LIMIT, OFF, Change, PacedCycle, Run, Sample
from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.streams import Stream, constant, jitter, oscillate, ramp, random, spikes, step, unit
from gomemlab.pacing.workload import Growth, Overhead, Workload, menu, named, workload

__all__ = [
    "NO_LIMIT",
    "OFF",
    "Change",
    "Growth",
    "Overhead",
    "PacedCycle",
    "Run",
    "Sample",
    "Stream",
    "Workload",
    "constant",
    "jitter",
    "menu",
    "named",
    "oscillate",
    "ramp",
    "random",
    "simulate",
    "spikes",
    "step",
    "unit",
    "workload",
]
