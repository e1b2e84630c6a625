"""The sizes that the benchmarks allocate: the same numbers for the model and for real Go."""

from gomemlab.workloads import Rng

OBJECTS = 200_000
ONE_SIZE = [24] * OBJECTS  # bytes


def log_uniform(objects: int = OBJECTS) -> list[int]:
    """Return sizes of 8 to 1023 bytes, each octave as likely as any other."""
    rng = Rng(1)
    return [rng.log_uniform(3, 10) for _ in range(objects)]
