"""The dtypes, under torch's names, and how they meet: torch's promotion.

Inside, a dtype is always NumPy's. A `dtype` is what users see of one: it prints as `torch.float32`,
equals `np.float32`, and goes wherever NumPy takes a dtype.

>>> import numpy as np
>>> from gradcli.autograd.dtypes import NAMES
>>> NAMES["float"], NAMES["float"] == np.float32, np.zeros(2, NAMES["float"]).dtype
(torch.float32, True, dtype('float32'))
"""

from __future__ import annotations

from typing import Any

import numpy as np


class dtype:
    """A kind of number; there is one object for each."""

    __slots__ = ("dtype",)

    def __init__(self, name: str) -> None:
        # Under this name NumPy looks for it.
        self.dtype = np.dtype(name)

    @property
    def is_floating_point(self) -> bool:
        """Whether the numbers have a fraction, so that gradients can flow to them."""
        return self.dtype.kind == "f"

    @property
    def is_complex(self) -> bool:
        """Whether the numbers are complex: never."""
        return False

    @property
    def is_signed(self) -> bool:
        """Whether the numbers may be negative."""
        return self.dtype.kind in "if"

    @property
    def itemsize(self) -> int:
        """The bytes of one number."""
        return self.dtype.itemsize

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dtype):
            return self is other
        return isinstance(other, (type, np.dtype)) and self.dtype == other

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __reduce__(self) -> Any:
        return public, (self.dtype,)

    def __repr__(self) -> str:
        return f"torch.{self.dtype.name}"


# Torch's short names, and the word in `torch.FloatTensor`.
_SHORT = {
    "float16": ("half", "Half"), "float32": ("float", "Float"), "float64": ("double", "Double"),
    "uint8": (None, "Byte"), "int8": (None, "Char"), "int16": ("short", "Short"), "int32": ("int", "Int"),
    "int64": ("long", "Long"), "bool": (None, "Bool"),
}  # fmt: skip
NAMES: dict[str, dtype] = {name: dtype(name) for name in _SHORT}
NAMES |= {short: NAMES[name] for name, (short, _) in _SHORT.items() if short}
WORDS: dict[str, np.dtype] = {word: NAMES[name].dtype for name, (_, word) in _SHORT.items()}

_public = {each.dtype: each for each in NAMES.values()}
_words = {known: word for word, known in WORDS.items()}
_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2}
_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
_default = [_FLOAT32]


def __getattr__(name: str) -> dtype:
    if name not in NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return NAMES[name]


def public(known: np.dtype) -> dtype:
    """Return what users see of one of NumPy's dtypes."""
    return _public[known]


def word(known: np.dtype) -> str:
    """Return the word by which torch's messages name a dtype: `Float`."""
    return _words[known]


def numpy_dtype(given: Any) -> np.dtype:
    """Return NumPy's dtype of one of ours, of NumPy's, or of Python's `float`, `int` and `bool`."""
    known = given.dtype if type(given) is dtype else np.dtype(given)
    if known not in _public:
        raise TypeError(f"a Tensor cannot hold {known}; it holds {', '.join(_SHORT)}")
    return known


def get_default_dtype() -> dtype:
    """Return the dtype that Python floats get: float32 unless it was set."""
    return _public[_default[0]]


def set_default_dtype(d: Any) -> None:
    """Set the dtype that Python floats get; raise TypeError for one that is not floating."""
    if not isinstance(d, (dtype, type, np.dtype)):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    known = numpy_dtype(d)
    if known.kind != "f":
        raise TypeError("only floating-point types are supported as the default type")
    _default[0] = known


def default() -> np.dtype:
    """Return NumPy's dtype for Python floats."""
    return _default[0]


def of_number(value: Any) -> np.dtype:
    """Return the dtype that torch gives a Python number."""
    if isinstance(value, bool):
        return np.dtype(bool)
    return np.dtype(np.int64) if isinstance(value, int) else _default[0]


def result_dtype(values: tuple[Any, ...]) -> np.dtype:
    """Return the dtype in which arrays, 0-d arrays and Python numbers meet.

    The highest category (bool, integer, floating) among arrays with dimensions wins; a 0-d array
    counts only where its category is higher than theirs, a Python number where it is higher still.
    """
    ranks: list[np.dtype | None] = [None, None, None]
    for value in values:
        found = getattr(value, "dtype", None)
        rank = 2 if found is None else (0 if value.ndim else 1)
        found = of_number(value) if found is None else found
        known = ranks[rank]
        ranks[rank] = found if known is None else promote(known, found)
    result = None
    for found in ranks:
        if found is not None and (result is None or _CATEGORY[found.kind] > _CATEGORY[result.kind]):
            result = found
    assert result is not None
    return result


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """Return the dtype in which two tensors or numbers meet.

    >>> import gradcli as t
    >>> t.result_type(t.tensor([1, 2]), 1.5), t.result_type(t.tensor([1, 2], dtype=t.int32), t.tensor(1))
    (torch.float32, torch.int32)
    """
    return _public[result_dtype(tuple(getattr(each, "_data", each) for each in (tensor1, tensor2)))]


def promote_types(type1: Any, type2: Any) -> dtype:
    """Return the dtype in which tensors of two dtypes meet."""
    return _public[promote(numpy_dtype(type1), numpy_dtype(type2))]


def can_cast(from_: Any, to: Any) -> bool:
    """Tell whether numbers of one dtype may be written, in place, into a tensor of another."""
    return _CATEGORY[numpy_dtype(from_).kind] <= _CATEGORY[numpy_dtype(to).kind]


def promote(one: np.dtype, other: np.dtype) -> np.dtype:
    """Return the dtype in which two meet: as in NumPy, but a float never grows for an integer's sake."""
    if one.kind == "f" and other.kind != "f":
        return one
    if other.kind == "f" and one.kind != "f":
        return other
    return np.promote_types(one, other)


def alike(one: Any, other: Any) -> bool:
    """Tell whether an array of the commonest dtypes has met what needs no cast beside it."""
    if type(one) is not np.ndarray:
        one, other = other, one
        if type(one) is not np.ndarray:
            return False
    found, kind = one.dtype, type(other)
    return (found is _FLOAT32 or found is _FLOAT64) and (
        kind is float or kind is int or (kind is np.ndarray and other.dtype is found)
    )


def meet(*values: Any) -> tuple[Any, ...]:
    """Cast arrays to their common dtype; leave Python numbers beside floats, NumPy does the same."""
    if _agree(values):
        return values
    common = result_dtype(tuple(v for v in values if v is not None))
    return tuple(_cast(v, common) for v in values)


def meet_float(*values: Any) -> tuple[Any, ...]:
    """Cast arrays to their common dtype, or to the default one if that is not floating."""
    if _agree(values):
        return values
    common = result_dtype(tuple(v for v in values if v is not None))
    if common.kind != "f":
        common = _default[0]
    return tuple(_cast(v, common) for v in values)


def _agree(values: tuple[Any, ...]) -> bool:
    """Tell whether all arrays, if any, share one floating dtype, so that nothing has to be cast."""
    common = None
    for value in values:
        kind = type(value)
        if kind is float or kind is int or value is None:
            continue
        if kind is bool:
            return False
        if common is None:
            common = value.dtype
        elif value.dtype is not common:
            return False
    return not values or (common is not None and common.kind == "f")


def _cast(value: Any, common: np.dtype) -> Any:
    if value is None:
        return None
    if hasattr(value, "dtype"):
        return value if value.dtype == common else value.astype(common)
    return common.type(value)
