"""The harness: real Go services under every setting of GOGC and the memory limit, each several times.

    python -m gomemlab.whatif.record FOLDER

builds the programs of gomemlab/data/services and runs each at GOGC 50, 100, 200 and 400, at limits of 1.2, 0.8 and 0.6
of its peak at GOGC=100, and at GOGC=off under the first of these. What is there already is not run again.

Go: runtime/extern.go (GODEBUG=gctrace=1).
Left out: quiet. Two Ps are asked for; with --first (as root) the kernel prefers them to all else that runs.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tqdm import tqdm

from gomemlab.golang.toolchain import run_go
from gomemlab.whatif.recordings import MIB, SUFFIX, Recorded, append, read

SERVICES = Path(__file__).parent.parent / "data" / "services"
REPORT = "report.go"  # joins each of the others
SETTINGS: dict[str, tuple[int, float | None]] = {  # GOGC (-1: off) and the limit as a share of the peak at GOGC=100
    "gogc100": (100, None),
    "gogc50": (50, None),
    "gogc200": (200, None),
    "gogc400": (400, None),
    "limit1.2": (100, 1.2),
    "limit0.8": (100, 0.8),
    "limit0.6": (100, 0.6),
    "off1.2": (-1, 1.2),
}
PROCS = 2
KEPT_LINES = 400  # of a run that was cut short: what a death spiral writes is soon the same
_HEAP = re.compile(r"(\d+)->(\d+)->(\d+) MB")


def peak_mb(run: Recorded) -> float:
    """Return the peak of a run's heap in MiB: the largest heap at the end of a mark, or what stood at the end."""
    ends = [int(end) for _, end, _ in _HEAP.findall(run.log)]
    return float(max([*ends, run.numbers.get("heap_alloc", 0) / MIB]))


def build(source: Path, out: Path) -> Path:
    """Compile one service and return its binary."""
    run_go(["build", "-o", str(out / source.stem), REPORT, source.name], source.parent)
    return out / source.stem


def environment(gogc: int, memory_limit: int | None) -> dict[str, str]:
    """Return the environment of a run."""
    env = {**os.environ, "GODEBUG": "gctrace=1", "GOMAXPROCS": str(PROCS), "GOGC": "off" if gogc < 0 else str(gogc)}
    env.pop("GOMEMLIMIT", None)
    return env if memory_limit is None else {**env, "GOMEMLIMIT": str(memory_limit)}


def run_once(binary: Path, setting: str, repeat: int, peak: float | None, seconds: float) -> Recorded:
    """Run a service under a setting, and return what it wrote; a run of more than so many seconds is cut short."""
    gogc, share = SETTINGS[setting]
    limit = None if share is None or peak is None else round(share * peak) * MIB
    with tempfile.TemporaryFile("w+") as errors:
        try:
            done = subprocess.run(  # noqa: S603 - a program of our own
                [str(binary)],
                env=environment(gogc, limit),
                stdout=subprocess.PIPE,
                stderr=errors,
                timeout=seconds,
                check=True,
            )
            numbers = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            numbers = {"cut_short_s": seconds}
        errors.seek(0)
        lines = errors.readlines()
    log = "".join(lines[:KEPT_LINES] if "cut_short_s" in numbers else lines)
    return Recorded(binary.name, setting, repeat, gogc, limit, numbers, log)


def record(binaries: Sequence[Path], folder: Path, repeats: int, seconds: float) -> Iterator[Recorded]:
    """Run what is not there yet, and yield each run when it is written."""
    kept = {binary.name: {run.name: run for run in read(folder / (binary.name + SUFFIX))} for binary in binaries}
    for repeat in range(1, repeats + 1):
        for setting in SETTINGS:
            for binary in binaries:
                runs = kept[binary.name]
                if (setting, repeat) in runs:
                    continue
                peaks = [peak_mb(run) for (name, _), run in runs.items() if name == "gogc100"]
                run = run_once(binary, setting, repeat, median(peaks[:1]) if peaks else None, seconds)
                append(folder / (binary.name + SUFFIX), run)
                runs[run.name] = run
                yield run


def come_first() -> None:
    """Ask the kernel to prefer this process and its children; PermissionError for who is not root."""
    os.setsid()  # autogroups share by session: being nice counts inside of one only
    Path("/proc/self/autogroup").write_text("-19", encoding="ascii")
    os.setpriority(os.PRIO_PROCESS, 0, -19)


def main(argv: Sequence[str] | None = None) -> int:
    """Record all services, or those named, into a folder."""
    parser = argparse.ArgumentParser(prog="python -m gomemlab.whatif.record", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of services; all without")
    parser.add_argument("--services", type=Path, default=SERVICES, help="the folder with the programs")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0, help="a run longer than this is cut short")
    parser.add_argument("--first", action="store_true", help="as root: the kernel prefers these runs to all else")
    asked = parser.parse_args(argv)
    if asked.first:
        come_first()
    sources = [path for path in sorted(asked.services.glob("*.go")) if path.name != REPORT]
    sources = [path for path in sources if not asked.only or path.stem in asked.only]
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as out:
        binaries = [build(path, Path(out)) for path in sources]
        total = len(binaries) * len(SETTINGS) * asked.repeats
        there = sum(
            1 for b in binaries for run in read(asked.folder / (b.name + SUFFIX)) if run.repeat <= asked.repeats
        )
        with tqdm(total=total, initial=there, unit="run", file=sys.stderr) as bar:
            for run in record(binaries, asked.folder, asked.repeats, asked.seconds):
                bar.set_postfix_str(f"{run.program} {run.setting}")
                bar.update()
    return 0


if __name__ == "__main__":
    sys.exit(main())
