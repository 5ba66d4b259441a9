"""What is done in one pass over memory, what is computed again for it, and how many buffers that takes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gradcli.program.executable import Executable
from gradcli.program.lowering import lower
from gradcli.program.segments import Segment, form
from gradcli.program.ssa import parse


def steps(text: str) -> list[str]:
    """Return the steps of a program: `body -> stores` of a segment, or the name of an instruction on whole values."""
    shown = []
    for step in form(lower(parse(text))):
        if isinstance(step, Segment):
            body = " ".join(ins.name for _, ins in step.body)
            shown.append(f"{body} -> {' '.join(f'%{number}' for number in step.stores)}".strip())
        else:
            shown.append(step.instruction.name)
    return shown


SOFTMAX = """
    inputs %0 x : f64[n]
    %1 = {name} %0 : f64[n]
    %2 = sum %1 {{dim=None, keepdim=False}} : f64[]
    %3 = div %1 %2 : f64[n]
    outputs value %3
"""


def test_what_is_cheap_is_computed_again_and_what_is_not_is_stored():
    assert steps(SOFTMAX.format(name="exp")) == ["exp sum ->", "exp div -> %3"]
    assert steps(SOFTMAX.format(name="sin")) == ["sin sum -> %1", "div -> %3"]


def test_scalars_and_structured_operations_stand_between():
    text = """
        inputs %0 x : f64[n], %1 s : f64[]
        %2 = exp %1 : f64[]
        %3 = index %0 {key=(slice(1, n),)} : f64[n-1]
        %4 = mul %2 %3 : f64[n-1]
        %5 = scatter %4 {shape=(n,), key=(slice(1, n),)} : f64[n]
        %6 = add %5 %0 : f64[n]
        %7 = sum %6 {dim=None, keepdim=False} : f64[]
        outputs value %7
    """
    assert steps(text) == ["exp", "index", "mul -> %4", "scatter", "add sum ->"]


def test_a_value_of_another_shape_is_stored_first():
    text = """
        inputs %0 x : f64[n], %1 y : f64[3,n]
        %2 = exp %0 : f64[n]
        %3 = mul %2 %1 : f64[3,n]
        outputs value %3
    """
    assert steps(text) == ["exp -> %2", "mul -> %3"]


def test_what_is_nobodys_result_is_not_made():
    text = """
        inputs %0 x : f64[n]
        %1 = exp %0 : f64[n]
        %2 = log %0 : f64[n]
        outputs a %1, b %1, c %0, d 1.0
    """
    assert steps(text) == ["exp copy copy -> %1 %3 %4"]


def buffers(text: str) -> int:
    return Executable(parse(text)).stats()["buffers"]


@pytest.mark.parametrize(("length", "wanted"), [(1, 0), (2, 0), (500, 0)])
def test_a_chain_lives_in_its_result(length, wanted):
    lines = [f"%{i + 1} = exp %{i} : f64[n]" for i in range(length)]
    assert buffers("\n".join(["inputs %0 x : f64[n]", *lines, f"outputs value %{length}"])) == wanted


def test_value_and_gradient_need_one_buffer():
    text = """
        inputs %0 x : f64[n]
        %1 = square %0 : f64[n]
        %2 = exp %0 : f64[n]
        %3 = mul %1 %2 : f64[n]
        %4 = mul 2.0 %0 : f64[n]
        %5 = mul %2 %4 : f64[n]
        %6 = add %5 %3 : f64[n]
        outputs value %3, x %6
    """
    stats = Executable(parse(text)).stats()
    assert (stats["buffers"], stats["segments"], stats["read"], stats["written"]) == (1, 1, 8, 16)


def test_bools_and_floats_do_not_share_buffers():
    text = """
        inputs %0 x : f64[n]
        %1 = lt %0 1.0 : bool[n]
        %2 = exp %0 : f64[n]
        %3 = where %1 %2 3.0 : f64[n]
        outputs value %3
    """
    source = Executable(parse(text)).source()
    assert re.search(r"less\(v0, 1\.0, b0\)", source)
    assert "copyto(b1_bits, b0)" in source or "copyto(b2_bits, b0)" in source


def test_the_driver_reads_as_python():
    text = """
        inputs %0 x : f32[2n+1], %1 s : f32[]
        %2 = mul %1 2.0 : f32[]
        %3 = index %0 {key=(slice(1, 2n+1),)} : f32[2n]
        %4 = mul %2 %3 : f32[2n]
        %5 = sum %4 {dim=None, keepdim=False} : f32[]
        outputs value %5, y %4, z 0.5
    """
    program = Executable(parse(text)).source().split("\n\n")[-1].strip()
    assert (
        program
        == """\
def program(v0, v1, o4=None):
    n = (v0.shape[0] - 1) // 2
    v1 = float32(v1)
    v2 = v1 * 2.0
    v3 = v0[1:2*n + 1]
    if o4 is None: o4 = empty((2*n,), float32)
    v5, = sweep_block0((2*n,), (v2, v3), (o4,))
    del v3
    return (float32(v5), o4, float64(0.5))"""
    )


def test_values_are_stored_where_they_will_stand():
    text = """
        inputs %0 x : f64[n]
        %1 = exp %0 : f64[n]
        %2 = reshape %1 {shape=(1, n)} : f64[1,n]
        %3 = reshape %0 {shape=(1, n)} : f64[1,n]
        %4 = concatenate %2 %3 {axis=0} : f64[2,n]
        %5 = log %0 : f64[n]
        %6 = scatter %5 {shape=(n+1,), key=(slice(1, n+1),)} : f64[n+1]
        outputs value %4, y %6
    """
    executable = Executable(parse(text))
    assert (
        executable.source().split("\n\n")[-1].strip()
        == """\
def program(v0):
    n = v0.shape[0]
    v3 = v0.reshape((1, n))
    v4 = empty((2, n), float64)
    o1 = v4[0:1].reshape((n,))
    v6 = zeros((n + 1,), float64)
    o5 = v6[1:n + 1]
    sweep_block0((n,), (v0,), (o1, o5))
    del o1
    v4[1:2] = v3
    del v3
    del o5
    return (v4, v6)"""
    )
    both, padded = executable.run([np.array([1.0, 2.0])])
    np.testing.assert_array_equal(both, [np.exp([1.0, 2.0]), [1.0, 2.0]])
    np.testing.assert_array_equal(padded, [0, 0, np.log(2.0)])
