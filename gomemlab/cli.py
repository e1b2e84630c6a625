"""The commands: `gomemlab lab`, `replay`, `record`, `explore`, `version`.

This module only chooses: it knows no options of `replay`, `record` and `explore`, their own modules read those. Each
command imports what it needs and nothing else.

Go: none, these are our own commands.
Left out: everything that a notebook can do as well.
"""

import os
import sys
from collections.abc import Callable, Sequence

from gomemlab import GO_VERSION, __version__

USAGE = """\
usage: gomemlab COMMAND ...

  lab      copy the lessons to a folder of yours and open them in JupyterLab
  replay   run a recording of a real Go program through the model and compare
  record   record a Go program of yours
  gctrace  read what GODEBUG=gctrace=1 printed: a summary, a table, JSON
  whatif   what another GOGC or memory limit would have done to the service of a gctrace log
  explore  search every schedule of a small world for one that loses an object
  version  print the version, and the version of Go that is modelled

gomemlab COMMAND --help says more."""


def _lab(argv: Sequence[str]) -> int:
    """Open the lessons in JupyterLab."""
    from gomemlab import labserver

    return labserver.main(argv)


def _replay(argv: Sequence[str]) -> int:
    """Compare a recording with the model."""
    from gomemlab.recorded import report

    return report.main(list(argv))


def _record(argv: Sequence[str]) -> int:
    """Record a Go program."""
    from gomemlab.golang import record

    return record.main(list(argv))


def _explore(argv: Sequence[str]) -> int:
    """Search every schedule of a small world."""
    from gomemlab.exploring import report

    return report.main(list(argv))


def _gctrace(argv: Sequence[str]) -> int:
    """Read a log of GODEBUG=gctrace=1."""
    from gomemlab.gctrace import report

    return report.main(list(argv))


def _whatif(argv: Sequence[str]) -> int:
    """Predict a service under another setting."""
    from gomemlab.whatif import command

    return command.main(argv)


def _version(_argv: Sequence[str]) -> int:
    """Print the versions."""
    print(f"gomemlab {__version__}, a model of {GO_VERSION} linux/amd64")
    return 0


BROKEN_PIPE = 141  # what a shell says of a program that ended so

COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "lab": _lab,
    "replay": _replay,
    "record": _record,
    "explore": _explore,
    "gctrace": _gctrace,
    "whatif": _whatif,
    "version": _version,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 2 for a command that does not exist."""
    name, *rest = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in {"-h", "--help", "help"}:
        print(USAGE)
        return 0
    command = COMMANDS.get("version" if name == "--version" else name)
    if command is None:
        print(f"gomemlab: there is no command {name!r}; it is one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        status = command(rest)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("gomemlab: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # `| head` has seen enough. Python flushes once more when it ends, and that must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return status
