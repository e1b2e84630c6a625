"""gctrace lines of a made-up service, exact where the test needs it."""

LINE = (
    "gc {number} @{at:.3f}s {cpu}%: 0.02+{mark:.1f}+0.003 ms clock, 0.04+{assist}/{background}/{idle}+0.006 ms cpu, "
    "{start}->{end}->{live} MB, {goal} MB goal, {stacks} MB stacks, 0 MB globals, 2 P{forced}"
)


def steady(count: int = 40, live: int = 40, gogc: int = 100, during: int = 4, **fields: object) -> str:
    """Return the log of a service that always reaches `live` MiB and allocates `during` while a cycle marks."""
    marked = live + during
    goal = marked + marked * gogc // 100
    start = goal - during - 1
    lines = []
    for number in range(1, count + 1):
        given: dict[str, object] = {
            "number": number, "at": 0.1 * number, "cpu": 5, "mark": 10.0, "assist": 0.1, "background": 5, "idle": 3,
            "start": start, "end": start + during, "live": marked, "goal": goal, "stacks": 0, "forced": "",
        }  # fmt: skip
        lines.append(LINE.format(**(given | fields)))
    return "\n".join(lines) + "\n"
