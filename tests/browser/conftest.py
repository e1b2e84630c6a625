"""One JupyterLab for all browser tests, one Chromium for each file of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_browser import Server, Watched, find_browser, running_lab, watched_page

HELP = "no Chromium found: install it (Debian: apt-get install chromium) or name one in CHROMIUM"
HERE = Path(__file__).parent
FIRST = 5  # errors that a failure lists: the first says what went wrong, the hundredth no more


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it once more, where nobody misses it, if the browser tests could not run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if HELP in str(report.longrepr)]
    if skipped:
        terminalreporter.section("THE BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests: {HELP}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's path; without one, skip here and fail in CI."""
    path = find_browser()
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(HELP)
    return path


@pytest.fixture(scope="session")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:  # noqa: ARG001 (no browser, no server)
    """Serve a copy of the lessons."""
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


# A browser for each file, not for the session: playwright keeps an event loop running in this thread as long as it
# lives, and the notebooks that nbval runs later need one of their own.
@pytest.fixture(scope="module")
def watched(server: Server, chromium: str) -> Iterator[Watched]:
    """Return a page that remembers errors and requests off this machine."""
    with watched_page(server, chromium) as page:
        yield page


@pytest.fixture(autouse=True)
def _clean(watched: Watched) -> Iterator[None]:
    """Fail a test during which the page logged an error or asked for anything off this machine."""
    watched.errors.clear()
    watched.offsite.clear()
    yield
    assert watched.offsite == []
    assert watched.errors[:FIRST] == [], f"{len(watched.errors)} errors in the console"
