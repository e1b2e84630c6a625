"""Why recorded programs were foretold badly: what their logs, under the log's setting and under the other, show.

A cause is found by looking, so these are sentences, one for a program or for a program under one kind of setting. A log
under GOGC=100 holds none of them, or they would have been mended.

Go: none, this is about errors.
Left out: programs that were foretold well.
"""

HALF_EMPTY = (
    "Entries die at random, so half-empty spans count for the limit: 16 to 26 % of the heap, of other programs' "
    "5 to 10. gctrace does not show them."
)
LATE = "No pointers, so next to nothing to mark: how late a worker came decides how far the heap went."
ASSISTS = "Assists paid for most marking; how fast it allocates without them is a guess."
CAUSES = {
    "buffers": LATE,
    "thumbnails": LATE,
    "bursts": "Cycles of GOGC=400 fell into step with the large bursts and found little alive, every time.",
    "cache_churn gogc": "The machine: in runs of the same setting marking a MiB took 0.13 or 0.25 ms.",
    "cache_churn": HALF_EMPTY,
    "near_limit": HALF_EMPTY,
    "session_server": HALF_EMPTY,
    "graph_queries": ASSISTS,
    "mail_queue": "A backlog that comes in tides: few cycles of a higher GOGC meet the tide or do not.",
    "goroutines": "Stacks that were outgrown count for the limit until a cycle ends; gctrace shows only those in use.",
    "grow_shrink": "Cycles are shorter than the looks of the log while the table grows and shrinks.",
    "strings_report": "A heap of a few MiB: whole MiB in the log are coarse, and a worker that comes late shows.",
    "weak_cache": "What is alive depends on how often Go collects, which one log cannot show.",
    "json_decode": ASSISTS,
    "trees": ASSISTS,
    "index_build": "Few cycles, and tables that double: a cycle more or less decides.",
    "night_report": "Few cycles, of 4 to 40 MiB: a cycle more or less decides.",
    "lru": "A thread was held up once in the log, and the peak with it; a repeat does not show it.",
}


def cause_of(program: str, setting: str) -> str:
    """Return why a program is missed; some have one cause under GOGC and another under a limit."""
    return CAUSES.get(f"{program} {setting[:4]}") or CAUSES.get(program, "Not known.")
