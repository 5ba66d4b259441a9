"""The page of `explore`, in a real browser: what it shows is what the engine computes, wherever sliders stand."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gradcli import Expression
from gradcli.cli import main
from gradcli.lang import parse
from gradcli.render import page
from gradcli.views import explore
from gradcli.views.recording import RecordedPoint, Run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

EXPRESSIONS = [
    ("x**2*exp(x)", {"x": 1.0}),
    ("y = w*x; y*sin(y)", {"w": 2.0, "x": 0.5}),
    ("(1-x)**2 + 100*(y-x**2)**2", {"x": 1.0, "y": 0.5}),
    ("hypot(x, y)/(1 + tanh(x)) - log1p(y**2)", {"x": 0.3, "y": -1.2}),
    ("max(x, y) + abs(x)", {"x": 0.5, "y": 0.25}),
    ("diff(sin(x)*x, x) + x", {"x": 0.7}),
]


def view(text: str, at: dict[str, Any]) -> explore.Page:
    program = parse(text)
    used = {name: at[name] for name in program.free_names(at)}
    return explore.page(Run(RecordedPoint(program, used)), at, [])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Return what opens a page about an expression, and sees that its script never fails."""
    errors: list[str] = []
    contexts: list[Any] = []

    def open_page(text: str, at: dict[str, Any], width: int = 1280, scheme: str = "light") -> Any:
        file = tmp_path / "page.html"
        file.write_text(page.draw(view(text, at)), encoding="utf-8")
        contexts.append(
            browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
        )
        made = contexts[-1].new_page()
        made.on("pageerror", lambda error: errors.append(str(error)))
        made.goto(file.as_uri())
        return made

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def shown(made: Any) -> dict[str, float]:
    """Read the result and its partials off a page."""
    return {name: float(number) for name, number in re.findall(r"(\S+) = ([^,\s]+)", made.inner_text("#result"))}


def wanted(text: str, at: dict[str, float]) -> dict[str, float]:
    value, slopes = Expression.parse(text).value_and_grad(at)
    return {"f": value, **{f"df/d{name}": slope for name, slope in slopes.items()}}


@pytest.mark.parametrize(("text", "at"), EXPRESSIONS)
def test_the_page_computes_what_the_engine_does(opened, text, at):
    made = opened(text, at)
    assert shown(made) == pytest.approx(wanted(text, at), rel=1e-14)
    for name, value in at.items():
        field = made.get_by_label(f"{name}, as a number")
        field.fill(str(value + 0.375))
        field.press("Enter")
        at = at | {name: value + 0.375}
        assert shown(made) == pytest.approx(wanted(text, at), rel=1e-13)
    moved = view(text, at)
    rows = made.locator("#table tbody tr").evaluate_all("rows => rows.map(r => [...r.cells].map(c => c.textContent))")
    for node in moved.graph.nodes:
        _, _, value, gradient = next(row for row in rows if int(row[0]) == node.id)
        assert float(value) == pytest.approx(node.value, rel=1e-13, abs=1e-15)
        if node.gradient is not None:
            assert float(gradient) == pytest.approx(node.gradient, rel=1e-13, abs=1e-15)


def test_a_slider_is_dragged(opened):
    made = opened("x**2*exp(x)", {"x": 1.0})
    box = made.get_by_label("x", exact=True).bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    made.mouse.move(*middle)
    made.mouse.down()
    made.mouse.move(middle[0] + box["width"] / 4, middle[1])
    made.mouse.up()
    x = float(made.get_by_label("x, as a number").input_value())
    assert x > 1.5
    assert shown(made) == pytest.approx(wanted("x**2*exp(x)", {"x": x}), rel=1e-13)


def test_steps_go_forward_and_back(opened):
    made = opened("x**2*exp(x)", {"x": 1.0})
    everything = view("x**2*exp(x)", {"x": 1.0})
    total = len(everything.trace.forward) + len(everything.trace.backward)
    assert made.inner_text("#step") == f"all {total} steps taken"
    made.keyboard.press("Home")
    assert made.inner_text("#step") == f"{total} steps: press next"
    assert made.locator("#graph .node.dim").count() == len(everything.graph.nodes)
    made.keyboard.press("ArrowRight")
    made.keyboard.press("ArrowRight")
    assert made.inner_text("#step") == f"2 of {total}, forward: #2 x**2"
    assert made.locator("#graph .node.now").get_attribute("data-id") == "2"
    made.keyboard.press("ArrowLeft")
    assert made.inner_text("#step") == f"1 of {total}, forward: #1 x"
    labels = made.locator("#graph text.backward")
    assert set(labels.all_text_contents()) == {""}
    made.get_by_label("To the end").click()
    assert "" not in labels.all_text_contents()


def test_parts_and_nodes_light_each_other(opened):
    made = opened("x**2*exp(x)", {"x": 1.0})
    node = next(node for node in view("x**2*exp(x)", {"x": 1.0}).graph.nodes if node.name == "exp")
    made.locator(f'#graph .node[data-id="{node.id}"] text').first.hover()
    assert made.locator("#expression .lit").all_inner_texts() == ["exp(x)"]
    made.locator(f'#expression .part[data-ids="{node.id}"]').hover(position={"x": 3, "y": 5})
    assert made.locator("#graph .node.lit").get_attribute("data-id") == str(node.id)


@pytest.mark.parametrize("width", [360, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_phones_and_projectors(opened, width, scheme):
    made = opened(*EXPRESSIONS[2], width=width, scheme=scheme)
    assert made.evaluate("document.documentElement.scrollWidth") == width
    paper = made.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper))) > 380) == (scheme == "light")
    if folder := os.environ.get("SCREENSHOTS"):
        made.screenshot(path=f"{folder}/page-{width}-{scheme}.png", full_page=True)


def test_the_plot_touches_its_tangent(opened):
    made = opened("x**3", {"x": 0.5})
    ends = [float(n) for n in re.findall(r"-?[\d.]+", made.locator("#plot .tangent").get_attribute("d"))]
    middle = [(ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2]
    circle = made.locator("#plot .at")
    assert middle == pytest.approx([float(circle.get_attribute("cx")), float(circle.get_attribute("cy"))], abs=0.2)


# What needs no browser


def test_the_numbers_are_those_of_the_graph():
    for text, at in EXPRESSIONS:
        made = view(text, at)
        drawn = page.draw(made)
        assert made.value == Expression.parse(text)(at)
        for node in made.graph.nodes:
            assert f'data-id="{node.id}"' in drawn


SAMPLES = [
    *EXPRESSIONS,
    ("sum(w*x**2)", {"x": [1.0, 2.0, 3.0], "w": 0.5}),
    ("A @ v", {"A": [[1.0, 2.0], [3.0, 4.0]], "v": [0.5, -1.0]}),
    ("sqrt(x) if x > 0 else x**2", {"x": 2.25}),
    ("log(sum(exp(x))) - x[0]", {"x": [0.1, 0.2, 0.3]}),
]


@pytest.mark.parametrize(("text", "at"), SAMPLES)
def test_the_page_holds_the_numbers_that_graph_prints(text, at, capsys):
    given = [f"{name}={value}" for name, value in at.items()]
    main(["graph", text, "--pass", "both", "--json", *(word for item in given for word in ("--at", item))])
    printed = {node["id"]: node for node in json.loads(capsys.readouterr().out)["nodes"]}
    held = json.loads(re.search(r'type="application/json">(.*?)</script>', page.draw(view(text, at)), re.DOTALL)[1])
    assert [node["id"] for node in held["nodes"]] == list(printed)
    for node in held["nodes"]:
        partner = printed[node["id"]].get("backward") or {}
        assert (node["value"], node["gradient"]) == (printed[node["id"]]["value"], partner.get("gradient"))
    inputs = [(each["id"], number, each.get("gradient")) for number, n in printed.items() for each in n["inputs"]]
    assert [(link["tail"], link["head"], link["gradient"]) for link in held["links"]] == inputs


def test_nothing_in_an_expression_becomes_markup():
    text = 'x + 1  # </script><script>alert(1)</script> <!--data--> "&'
    drawn = page.draw(view(text, {"x": 1.0}))
    assert drawn.count("</script>") == 3
    assert "<script>alert" not in drawn


@pytest.mark.parametrize(
    ("text", "at", "note"),
    [
        (
            "x if x > 0 else -x",
            {"x": 1.0},
            "sliders move the result and its gradient only: the steps depend on the values",
        ),
        ("sum(x**2)", {"x": [1.0, 2.0]}, "there are no sliders: a variable is not a number"),
    ],
)
def test_what_cannot_move_is_told(text, at, note):
    assert note in view(text, at).notes
