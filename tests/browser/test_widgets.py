"""The ground the lab stands on: ipywidgets and bqplot in the installed JupyterLab."""

from lab_browser import Watched, drag_slider, write_notebook
from playwright.sync_api import expect

CELL = """\
import bqplot, ipywidgets
x = bqplot.LinearScale(min=0, max=10)
marks = bqplot.Bars(x=[1, 2, 3], y=[1, 2, 3], scales={"x": x, "y": bqplot.LinearScale(min=0, max=10)})
slider = ipywidgets.IntSlider(value=1, min=0, max=10)
slider.observe(lambda change: setattr(marks, "y", [change.new] * 3), "value")
root = ipywidgets.VBox([slider, bqplot.Figure(marks=[marks])]).add_class("ground")
root"""
ONE_HEIGHT = """() => {
    const bars = [...document.querySelectorAll('.ground rect.bar')];
    return new Set(bars.map(bar => bar.getAttribute('height'))).size === 1;
}"""


def test_a_slider_moves_a_figure(watched: Watched) -> None:
    """Three bars of different heights become equal when the slider is dragged."""
    write_notebook(watched.server.folder / "ground.ipynb", CELL)
    watched.open("ground.ipynb")
    watched.run_all()
    bars = watched.page.locator(".ground .bqplot rect.bar")
    bars.first.wait_for(state="attached")

    drag_slider(watched.page, watched.page.locator(".ground"), 0.8)

    watched.page.wait_for_function(ONE_HEIGHT)
    assert watched.failed_cells() == []


SAVE = """\
import ipywidgets
from gomemlab import Lab
from gomemlab.commands import Malloc
lab = Lab()
lab.do(Malloc(24))
heap_map, button = lab.heap_map(), ipywidgets.Button(description="save")
button.on_click(lambda _: heap_map.save("map.png"))
ipywidgets.VBox([heap_map.root, button])"""


def test_a_heap_map_is_saved_as_a_png(watched: Watched) -> None:
    """The browser draws the figure and offers it as a download."""
    write_notebook(watched.server.folder / "save.ipynb", SAVE)
    watched.open("save.ipynb")
    watched.run_all()
    watched.page.locator(".gm-map image").first.wait_for(state="attached")

    with watched.page.expect_download() as saved:
        watched.page.get_by_role("button", name="save", exact=True).click()

    assert saved.value.suggested_filename == "map.png"
    assert saved.value.path().read_bytes()[:4] == b"\x89PNG"


THREADS = """\
import threading
import ipywidgets
told = ipywidgets.HTML("not pressed").add_class("told")
button = ipywidgets.Button(description="who listens")
names = lambda: [thread.name for thread in threading.enumerate() if thread.name.startswith("subshell")]
button.on_click(lambda _: setattr(told, "value", f"{threading.current_thread().name}, besides {names()}"))
ipywidgets.VBox([button, told])"""


def test_one_thread_runs_the_cells_and_hears_the_widgets(watched: Watched) -> None:
    """JupyterLab's second shell is off: it would read a lab's widgets while a cell makes them."""
    write_notebook(watched.server.folder / "threads.ipynb", THREADS)
    watched.open("threads.ipynb")
    watched.run_all()

    watched.page.get_by_role("button", name="who listens", exact=True).click()

    expect(watched.page.locator(".told")).to_have_text("MainThread, besides []")
