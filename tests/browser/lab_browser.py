"""JupyterLab and a Chromium that looks at it, as the browser tests use them.

The server is started as `gomemlab lab` starts it, with settings of its own so that nothing of the user's is read or
written. The page remembers what it must not do: log an error, ask for anything off this machine.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import nbformat
from playwright.sync_api import ConsoleMessage, Locator, Page, Route, expect, sync_playwright

from gomemlab import labserver

ARTIFACTS = Path(__file__).parent.parent / "artifacts"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LOCAL = {"127.0.0.1", "localhost"}
SWITCHES = [
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # outputs off the screen stay in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
}
IDLE = """() => {
    const widget = window.jupyterapp.shell.currentWidget;
    const session = widget && widget.context && widget.context.sessionContext;
    return !!session && session.isReady && session.session?.kernel?.status === 'idle';
}"""
WAITING = "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].some(e => e.textContent.includes('*'))"
FITS = """e => {  // bqplot lays a figure out anew some moments after its width changed
    const area = e.querySelector('.plotarea_background').getBoundingClientRect();
    return area.right <= e.getBoundingClientRect().right - 100;
}"""
FAILED = '.jp-OutputArea-output:has-text("Traceback (most recent call last)")'


def find_browser() -> str | None:
    """Return the path of a Chromium, $CHROMIUM first, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def write_notebook(path: Path, *cells: str) -> Path:
    """Write a notebook of code cells and return its path."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}  # else JupyterLab asks
    nbformat.write(notebook, path)
    return path


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: where it listens, and the folder it shows."""

    base: str
    token: str
    folder: Path

    def api(self, path: str, method: str = "GET") -> bytes:
        """Ask the server's own interface."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.base}/api{path}", method=method, headers=headers)  # noqa: S310 (our own server)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (the same)
            return bytes(answer.read())

    def forget(self, name: str) -> None:
        """End every kernel, and take from a notebook what an autosave put into it: views of a kernel that is gone."""
        for session in json.loads(self.api("/sessions")):
            self.api(f"/sessions/{session['id']}", "DELETE")
        notebook = nbformat.read(self.folder / name, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        notebook.metadata.pop("widgets", None)
        nbformat.write(notebook, self.folder / name)


def _environment(home: Path) -> dict[str, str]:
    """Return an environment in which JupyterLab reads and writes below home only."""
    for plugin, values in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return labserver.environment() | {name: str(home / folder) for name, folder in own.items()}


def _free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the server answers; raise RuntimeError with its log if it ends or takes a minute."""
    limit = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < limit:
        with contextlib.suppress(OSError):
            server.api("")
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start\n{log.read_text()}")


@contextlib.contextmanager
def running_lab(home: Path) -> Iterator[Server]:
    """Copy the lessons below home and serve them until the block ends."""
    folder = home / "lessons"
    labserver.copy_lessons(labserver.lessons(), folder)
    folder.mkdir(exist_ok=True)
    port, token, log = _free_port(), secrets.token_hex(16), home / "lab.log"
    server = Server(f"http://127.0.0.1:{port}", token, folder)
    options = [
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",
    ]
    line, environment = labserver.command(folder, options), _environment(home)
    with log.open("wb") as out:
        process = subprocess.Popen(line, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        _await(server, process, log)
        yield server
    finally:
        process.terminate()  # the server ends its kernels before it goes
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Watched:
    """A page, and what it has done that it must not: `errors` logged, `offsite` addresses asked for."""

    page: Page
    server: Server
    errors: list[str] = field(default_factory=list)
    offsite: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start to watch."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.page.on("websocket", lambda socket: self._note(socket.url))
        self.page.route("**/*", self._route)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _note(self, address: str) -> bool:
        """Remember an address off this machine and return whether it is one."""
        parsed = urlparse(address)
        off = parsed.scheme in {"http", "https", "ws", "wss"} and parsed.hostname not in LOCAL
        if off:
            self.offsite.append(address)
        return off

    def _route(self, route: Route) -> None:
        if self._note(route.request.url):
            route.abort()
        else:
            route.continue_()

    def open(self, name: str) -> None:
        """Open a notebook alone on the page, with a fresh kernel that is ready."""
        self.page.goto("about:blank")
        self.server.forget(name)
        self.page.goto(f"{self.server.base}/doc/tree/{name}?token={self.server.token}&reset", wait_until="load")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=90_000)
        self.page.wait_for_function(IDLE, timeout=90_000)

    def run_all(self, timeout: float = 180_000) -> None:
        """Run every cell and wait for the last."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(f"() => !({WAITING})()", timeout=timeout)

    def failed_cells(self) -> list[str]:
        """Return the text of every traceback on the page."""
        return self.page.locator(FAILED).all_inner_texts()

    def theme(self, name: str) -> None:
        """Switch to JupyterLab's "Light" or "Dark" theme and wait until it is on."""
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(change, f"JupyterLab {name}")
        light = "true" if name == "Light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached", timeout=30_000)
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=30_000)

    def settle(self) -> None:
        """Return when two frames were painted: what was set before is on the screen."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def count(self, selector: str, number: int) -> None:
        """Wait until a selector finds exactly this many elements."""
        check = "([selector, number]) => document.querySelectorAll(selector).length === number"
        self.page.wait_for_function(check, arg=[selector, number])

    def says(self, what: Locator, words: str) -> None:
        """Wait until an element's text holds these words; spaces of every width are equal."""
        check = r"([e, words]) => e.textContent.replace(/\s/g, ' ').includes(words)"
        self.page.wait_for_function(check, arg=[what.element_handle(), words])

    def shot(self, name: str, what: Locator | None = None) -> Path:
        """Write a picture of the page, or of a part of it, to tests/artifacts and return its path."""
        path = ARTIFACTS / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.settle()
        (what or self.page).screenshot(path=path)
        return path

    def changes(self, what: Locator, act: Callable[[], object], timeout: float = 15_000) -> str:
        """Do something and return the element's new HTML; fail if it stays as it was."""
        before = what.evaluate("e => e.outerHTML")
        act()
        self.page.wait_for_function(
            "([element, before]) => element.outerHTML !== before", arg=[what.element_handle(), before], timeout=timeout
        )
        return str(what.evaluate("e => e.outerHTML"))


def press(root: Locator, words: str) -> None:
    """Press the button with these words on it."""
    root.get_by_role("button", name=words, exact=True).click()


def fill(root: Locator, name: str, value: int | str) -> None:
    """Type a value into the field of this class, and Enter."""
    field = root.locator(f".{name} input")
    field.fill(str(value))
    field.press("Enter")


def says(view: Locator, words: str) -> None:
    """Wait until a view's headline has these words; spaces of every width are equal."""
    pattern = re.compile(r"\s".join(map(re.escape, words.split(" "))))
    expect(view.get_by_role("status").first).to_contain_text(pattern)


def drag_slider(page: Page, slider: Locator, share: float) -> None:
    """Drag the handle of an ipywidgets slider to a share of its track, with the mouse."""
    handle = slider.locator(".noUi-handle").first
    handle.scroll_into_view_if_needed()
    start, track = handle.bounding_box(), slider.locator(".noUi-target").first.bounding_box()
    assert start
    assert track
    y = start["y"] + start["height"] / 2
    page.mouse.move(start["x"] + start["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * share, y, steps=8)
    page.mouse.up()


@contextlib.contextmanager
def watched_page(server: Server, browser: str, width: int = 1400, height: int = 1000) -> Iterator[Watched]:
    """Open a Chromium of our own and yield a page of it."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=SWITCHES)
        context = chromium.new_context(viewport={"width": width, "height": height}, service_workers="block")
        context.set_default_timeout(30_000)
        context.set_default_navigation_timeout(90_000)
        try:
            yield Watched(context.new_page(), server)
        finally:
            chromium.close()
