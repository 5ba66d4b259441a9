"""The text of a program reads back as the program."""

from __future__ import annotations

import pytest

from gradcli.program.lengths import Length, Undecided
from gradcli.program.ssa import parse

TEXT = """\
inputs %0 x : f64[n], %1 w : f32[2,3]
%2 = exp %0 : f64[n]
%3 = mul 2.0 %2 : f64[n]
%4 = slice %3 {key=(slice(1, 2n+3, None), None), stop=n-1} : f64[n-2]
%5 = sum %4 {dim=(0,), keepdim=False} : f64[]
%6 = lt %5 inf : bool[]
outputs value %5, x y %3, w 0.0"""


def test_a_program_reads_back():
    assert str(parse(TEXT)) == TEXT


def test_a_line_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not an instruction: exp %0"):
        parse("exp %0")


@pytest.mark.parametrize(
    ("length", "shown", "at_ten"),
    [(Length(1, 0) - 1, "n-1", 9), (3 - Length(1, 0), "-n+3", -7), ((2 * Length(1, 0) + 4) // 2, "n+2", 12)],
)
def test_lengths_are_affine(length, shown, at_ten):
    assert (str(length), length.at(10)) == (shown, at_ten)


def test_lengths_that_cancel_are_numbers():
    assert Length(1, 3) - Length(1, 1) == 2
    assert 0 * Length(1, 3) == 0


def test_a_length_compares_where_every_n_agrees():
    n = Length(1, 0)
    assert n > 1 and n >= 2 - 1 and n - 1 > 0 and n != 1 and n - 1 < n
    with pytest.raises(Undecided, match="whether n exceeds 3 depends on n"):
        assert n > 3
    with pytest.raises(Undecided, match="n\\*n is not a multiple of n"):
        assert n * n
