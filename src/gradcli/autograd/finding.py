"""Where elements are, which there are and how many: functions whose results are integers, or have no gradient."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .operands import plain
from .tensor import Tensor, wrap


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return the indices of the elements that are not zero, a row for each; as a tuple, a vector for each dimension.

    >>> import gradcli as t
    >>> t.nonzero(t.tensor([[0.0, 2.0], [3.0, 0.0]]))
    tensor([[0, 1],
            [1, 0]])
    """
    if as_tuple:
        return tuple(map(wrap, np.nonzero(np.atleast_1d(input._data))))
    return wrap(np.argwhere(input._data))


def argwhere(input: Tensor) -> Tensor:
    """Return the indices of the elements that are not zero, a row for each."""
    return nonzero(input)


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """Count the elements that are not zero, of all or along dimensions."""
    return wrap(np.asarray(np.count_nonzero(input._data, dim if dim is None else tuple(np.atleast_1d(dim)))))


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """Return the elements that differ, in ascending order, or the slices along a dimension that do.

    With `return_inverse`, also the place of each element among them, with `return_counts` how often each
    occurs. No gradient flows through any.

    >>> import gradcli as t
    >>> t.unique(t.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    among: Any = np.unique  # whose overloads know no flag that is a variable
    found = among(input._data, return_inverse=return_inverse, return_counts=return_counts, axis=dim)
    return tuple(map(wrap, found)) if isinstance(found, tuple) else wrap(found)


def unique_consecutive(input: Tensor, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """Return the elements, in flat order, without those that repeat the one before."""
    row = np.ravel(input._data)
    first = np.concatenate([np.ones(min(1, row.size), bool), row[1:] != row[:-1]])
    groups = np.cumsum(first) - 1
    found = [wrap(row[first])]
    found += [wrap(np.reshape(groups, input._data.shape))] if return_inverse else []
    found += [wrap(np.bincount(groups))] if return_counts else []
    return tuple(found) if len(found) > 1 else found[0]


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Tell elementwise whether an element is among others."""
    return wrap(np.asarray(np.isin(plain(elements), plain(test_elements), assume_unique, invert)))


def searchsorted(sorted_sequence: Tensor, input: Any, *, right: bool = False, side: str | None = None) -> Tensor:
    """Return the places at which values would have to be put into an ascending vector, for it to stay ascending.

    They are before elements that are equal, or behind them with `right` or `side="right"`.
    """
    place: Literal["left", "right"] = "right" if right or side == "right" else "left"
    return wrap(np.asarray(np.searchsorted(sorted_sequence._data, np.asarray(plain(input)), place)))


def bucketize(input: Any, boundaries: Tensor, *, right: bool = False) -> Tensor:
    """Return the number of the interval between ascending boundaries into which each value falls."""
    return searchsorted(boundaries, input, right=right)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Count how often each integer from 0 on occurs, or add up the weights of its places."""
    if weights is None:
        return wrap(np.bincount(input._data, None, minlength))
    return wrap(np.bincount(input._data, weights._data, minlength).astype(weights._data.dtype))
