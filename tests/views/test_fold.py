"""Folding: a graph of few nodes that stands for all, loses no gradient, and has no cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.views import graph
from gradcli.views.fold import fold
from gradcli.views.graph import GraphNode

Record = Callable[..., Any]


def node(key: int, ends: list[int]) -> GraphNode:
    gradients = [float(key * 100 + end) for end in ends]
    return GraphNode(key, f"N{key}", [(end, 0) for end in ends], None, None, None, None, {}, None, gradients)


@st.composite
def graphs(draw: st.DrawFn) -> list[GraphNode]:
    """Draw a graph whose nodes can all be reached from the first: each other has a user before it."""
    count = draw(st.integers(2, 40))
    users = [draw(st.lists(st.integers(0, key - 1), min_size=1, max_size=3)) for key in range(1, count)]
    return [node(key, [end + 1 for end, of in enumerate(users) for user in of if user == key]) for key in range(count)]


def flow_into(nodes: list[GraphNode], end: int) -> float:
    return sum(edge.gradient for each in nodes for edge in each.edges if edge.to == end)


@settings(max_examples=60)
@given(graphs(), st.integers(2, 45))
def test_a_folded_graph_stands_for_the_whole(nodes: list[GraphNode], most: int) -> None:
    folded = fold(nodes, most)
    known = {each.id for each in folded}
    assert len(folded) == len(known) <= max(most, 2)
    assert sum(each.stands_for for each in folded) == len(nodes)
    assert folded[0].id == nodes[0].id
    assert {edge.to for each in folded for edge in each.edges} <= known
    if len(nodes) <= most:
        assert folded == nodes


@settings(max_examples=60)
@given(graphs(), st.integers(2, 45))
def test_no_way_leads_back(nodes: list[GraphNode], most: int) -> None:
    ends = {each.id: {edge.to for edge in each.edges} for each in fold(nodes, most)}
    while ends:
        free = {key for key in ends if not any(key in others for others in ends.values())}
        assert free, "what is left is a cycle"
        ends = {key: others for key, others in ends.items() if key not in free}


@settings(max_examples=60)
@given(graphs(), st.integers(2, 45))
def test_gradients_on_their_way_are_kept(nodes: list[GraphNode], most: int) -> None:
    """What flows into a node that is shown alone, and whose users are all outside of it, is what flowed before."""
    folded = fold(nodes, most)
    for each in folded:
        if each.stands_for == 1 and each.name:
            assert flow_into(folded, each.id) == pytest.approx(flow_into(nodes, each.id))


def test_subexpressions_are_folded_and_what_they_share_is_not(record: Record) -> None:
    run, passage = record(" + ".join(f"sin({i}*x)*y" for i in range(50)))
    folded = fold(graph.backward(run, passage, True), 9)
    assert [each.stands_for for each in folded if each.name == "AddBackward0"] == [1, 1, 1, 187]
    assert sum(each.stands_for for each in folded) == len(run.nodes)
    assert sorted(each.variable for each in folded if each.variable) == ["x", "y"]
    gradients = {each.variable: each.gradient for each in folded if each.variable}
    assert gradients == pytest.approx(run.point.grad(), rel=1e-12)


def test_many_inputs_become_one_rest(record: Record) -> None:
    run, passage = record(f"stack([{', '.join(f'x{i}**2' for i in range(30))}])")
    folded = fold(graph.backward(run, passage, True), 8)
    assert [each.stands_for for each in folded] == [1, 2, 2, 2, 2, 2, 2, 48]
    assert (folded[-1].name, folded[0].edges[-1].gradient) == ("", 24.0)
    both = fold(graph.forward(run, passage, True, both=True), 8)
    assert [each.stands_for for each in both] == [each.stands_for for each in folded]
