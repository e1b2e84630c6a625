"""The line that Go 1.27 prints for exact numbers, cut off where Go cuts them off.

Go: runtime/mgc.go, gcMarkTermination, itoaDiv, fmtNSAsMS.
Left out: the lines behind it that gctrace=2 prints: they are about spans, not about time.
"""

from dataclasses import dataclass

from gomemlab.runtime.errors import MisuseError

_UINT64 = (1 << 64) - 1
_UNITS = ("at_ns", "heap_start", "heap_end", "heap_live", "heap_goal", "stacks", "globals", "procs", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """What Go knows when it prints the line: nanoseconds and bytes."""

    number: int  # of the cycle, from 1
    at_ns: int  # since the process began; when the world was stopped for the first time
    gc_cpu_fraction: float  # of all processors' time since the process began, 0 to 1
    clock_sweep_term_ns: int
    clock_mark_ns: int
    clock_mark_term_ns: int
    cpu_assist_ns: int
    cpu_background_ns: int  # dedicated and fractional workers
    cpu_idle_ns: int
    heap_start: int  # bytes
    heap_end: int  # bytes
    heap_live: int  # bytes
    heap_goal: int  # bytes
    stacks: int  # bytes scanned
    globals: int  # bytes
    procs: int
    forced: bool = False
    leak_check: bool = False

    def __post_init__(self) -> None:
        """Raise MisuseError for a count or a size below 0; a duration may be: clocks run back."""
        for name in _UNITS:
            if getattr(self, name) < 0:
                raise MisuseError(f"{name} is {getattr(self, name)}; it is 0 or more")

    @property
    def clocks_ns(self) -> tuple[int, int, int]:
        """Return the three phases' wall clock."""
        return self.clock_sweep_term_ns, self.clock_mark_ns, self.clock_mark_term_ns

    @property
    def cpus_ns(self) -> tuple[int, int, int, int, int]:
        """Return processor time; of a stopped world each P counts."""
        first, last = self.procs * self.clock_sweep_term_ns, self.procs * self.clock_mark_term_ns
        return first, self.cpu_assist_ns, self.cpu_background_ns, self.cpu_idle_ns, last


def line(exact: Exact) -> str:
    """Return the line, without the newline.

    Go: gcMarkTermination.
    """
    sweep, assist, background, idle, term = map(fmt_ns_as_ms, exact.cpus_ns)
    checked = " (checking for goroutine leaks)" if exact.leak_check else ""
    forced = " (forced)" if exact.forced else ""
    mb = [size >> 20 for size in (exact.heap_start, exact.heap_end, exact.heap_live, exact.heap_goal)]
    return (
        f"gc {exact.number} @{itoa_div(exact.at_ns // 1_000_000, 3)}s {int(exact.gc_cpu_fraction * 100)}%{checked}: "
        f"{'+'.join(map(fmt_ns_as_ms, exact.clocks_ns))} ms clock, {sweep}+{assist}/{background}/{idle}+{term} ms cpu, "
        f"{mb[0]}->{mb[1]}->{mb[2]} MB, {mb[3]} MB goal, "
        f"{exact.stacks >> 20} MB stacks, {exact.globals >> 20} MB globals, {exact.procs} P{forced}"
    )


def itoa_div(value: int, decimals: int) -> str:
    """Return value / 10^decimals with so many decimals.

    Go: itoaDiv.
    """
    whole, part = divmod(value, 10**decimals)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


def fmt_ns_as_ms(ns: int) -> str:
    """Return nanoseconds as milliseconds: whole from 10 on, below with two digits and at most three decimals.

    Go: fmtNSAsMS (of a uint64: a negative duration comes out huge).
    """
    ns &= _UINT64
    if ns >= 10_000_000:  # noqa: PLR2004  ten milliseconds
        return str(ns // 1_000_000)
    digits, decimals = ns // 1_000, 3
    if digits == 0:
        return "0"
    while digits >= 100:  # noqa: PLR2004  two digits are kept
        digits, decimals = digits // 10, decimals - 1
    return itoa_div(digits, decimals)
