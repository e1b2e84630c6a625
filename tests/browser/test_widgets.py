"""The ground the lab stands on: ipywidgets and bqplot in the installed JupyterLab."""

from lab_browser import Watched, drag_slider, write_notebook

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
