"""What a tensor is asked about, and what it is turned into: sizes, strides, other dtypes, copies.

These are the methods that a program calls now and then; the module is imported with the first.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops import REGISTRY
from . import dtypes, making
from .generate import compiled
from .grad_mode import INFERENCE
from .graph import LEAF
from .operands import plain
from .tensor import Tensor, box, wrap

NO_GRAD_HERE = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
    "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you "
    "access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
)


def check_grad(tensor: Tensor, value: Any) -> None:
    """Refuse what cannot be the `grad` of a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
    if value is tensor:
        raise RuntimeError("can't assign Variable as its own grad")
    if value._data.dtype != tensor._data.dtype:
        raise RuntimeError(
            f"attempting to assign a gradient of dtype {value.dtype} to a tensor of dtype {tensor.dtype}: "
            "the gradient must have the dtype of the tensor"
        )
    if value._data.shape != tensor._data.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
            f"'{list(tensor.shape)}'. Please ensure that the gradient and the tensor are the same size"
        )


# Sizes and memory


def size(input: Tensor, dim: int | None = None) -> Any:
    """Return the lengths of the axes, or that of one axis."""
    shape = input.shape
    if dim is None:
        return shape
    if not -len(shape) <= dim < len(shape):
        raise IndexError(_out_of_range(len(shape), dim))
    return shape[dim]


def _out_of_range(rank: int, dim: int) -> str:
    if not rank:
        return "Dimension specified as 0 but tensor has no dimensions"
    return f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})"


def dim(input: Tensor) -> int:
    """Return the number of axes."""
    return input._data.ndim


def numel(input: Tensor) -> int:
    """Return the number of elements."""
    return input._data.size


def element_size(input: Tensor) -> int:
    """Return the bytes of one element."""
    return input._data.itemsize


def stride(input: Tensor, dim: int | None = None) -> Any:
    """Return how many elements lie between neighbours along each axis, or along one."""
    data = box(input)
    steps = tuple(n // data.itemsize for n in data.strides)
    return steps if dim is None else steps[dim]


def data_ptr(input: Tensor) -> int:
    """Return the address of the first element: tensors that share memory agree in it."""
    return box(input).__array_interface__["data"][0]


def storage_offset(input: Tensor) -> int:
    """Return how many elements lie before the first one in the memory that the tensor shares."""
    whole = input if input._base is None else input._base
    return (data_ptr(input) - data_ptr(whole)) // input._data.itemsize


def is_contiguous(input: Tensor) -> bool:
    """Tell whether the elements lie in memory in the order of their indices."""
    return bool(box(input).flags.c_contiguous)


def contiguous(input: Tensor) -> Tensor:
    """Return the tensor, or a copy if its elements do not lie in memory in order."""
    return input if is_contiguous(input) else input.clone()


def is_floating_point(input: Tensor) -> bool:
    """Tell whether the dtype is one of floats."""
    return input._data.dtype.kind == "f"


def is_signed(input: Tensor) -> bool:
    """Tell whether the dtype has negative numbers."""
    return input._data.dtype.kind in "if"


def is_nonzero(input: Tensor) -> bool:
    """Tell whether the only element is not zero."""
    return bool(input)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Tell whether two tensors have the same lengths."""
    return input._data.shape == other._data.shape


def get_device(input: Tensor) -> int:
    """Return the number of the GPU on which the tensor lives: -1, as it lives on none."""
    return -1


def is_inference(input: Tensor) -> bool:
    """Tell whether the tensor was made in inference mode."""
    return input._ver is INFERENCE


def is_tensor(obj: Any) -> bool:
    """Tell whether an object is a Tensor."""
    return isinstance(obj, Tensor)


# Comparison as a whole


def contains(input: Tensor, element: Any) -> bool:
    """Tell whether any element equals a number."""
    if not isinstance(element, (Tensor, int, float, np.generic)):
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
    return bool(np.any(np.equal(input._data, plain(element))))


def equal(input: Tensor, other: Tensor) -> bool:
    """Tell whether two tensors have the same size and the same elements."""
    return input._data.shape == other._data.shape and bool(np.all(input._data == other._data))


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Tell elementwise whether `abs(input - other) <= atol + rtol * abs(other)`."""
    return wrap(np.isclose(input._data, plain(other), rtol, atol, equal_nan))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Tell whether all elements are close, as `isclose` has it."""
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan)._data))


# Other dtypes


def cast(input: Tensor, to: np.dtype, copy: bool = False) -> Tensor:
    """Convert to a dtype; gradients flow through where both dtypes are floating."""
    if input._data.dtype == to:
        return input.clone() if copy else input
    return compiled(REGISTRY["cast"]).apply(input if to.kind == "f" else input.detach(), to)


def to(input: Tensor, *target: Any, dtype: Any = None, device: Any = None, copy: bool = False) -> Tensor:
    """Convert to a dtype, or to that of another tensor; the one device there is may be named as well."""
    for each in target:
        if isinstance(each, Tensor):
            dtype = each._data.dtype
        elif isinstance(each, (str, making.device)):
            device = each
        else:
            dtype = each
    if device is not None:
        making.device(device)
    return cast(input, input._data.dtype if dtype is None else dtypes.numpy_dtype(dtype), copy)


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """Convert to the dtype of another tensor."""
    return cast(input, other._data.dtype)


def type_(input: Tensor, dtype: Any = None) -> Any:
    """Return the name of the tensor's type, as `torch.FloatTensor`; with a dtype or such a name, convert to it."""
    if dtype is None:
        return f"torch.{dtypes.word(input._data.dtype)}Tensor"
    if isinstance(dtype, str):
        word = dtype.removeprefix("torch.").removesuffix("Tensor")
        if word not in dtypes.WORDS:
            raise ValueError(f"invalid type: '{dtype}'")
        dtype = dtypes.WORDS[word]
    return cast(input, dtype.dtype if isinstance(dtype, making.TensorType) else dtypes.numpy_dtype(dtype))


def converter(name: str) -> Callable[[Tensor], Tensor]:
    """Return the method that converts to the dtype of that name."""
    target = dtypes.WORDS[name.capitalize()] if name in ("byte", "char") else dtypes.NAMES[name].dtype

    def convert(input: Tensor) -> Tensor:
        return cast(input, target)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"Convert to {dtypes.public(target)}."
    return convert


def cpu(input: Tensor) -> Tensor:
    """Return the tensor, which is on the CPU already."""
    return input


# Copies


def detach_(input: Tensor) -> Tensor:
    """Take this tensor itself out of the graph; raise RuntimeError for a view."""
    if input._base is not None:
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    input._node, input.output_nr = None, 0
    return input


def deep_copy(input: Tensor, memo: dict[int, Any]) -> Tensor:
    """Copy a leaf with its memory and its `grad`; raise RuntimeError for any other tensor."""
    if not input.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment."
        )
    made = memo[id(input)] = wrap(box(input).copy())
    made._node = input._node
    made._grad = copy.deepcopy(input._grad, memo)
    return made


def reduce(input: Tensor, protocol: Any) -> Any:
    """Pickle the elements and whether they require a gradient; the graph stays behind."""
    return rebuilt, (box(input), input.requires_grad)


def rebuilt(data: np.ndarray, requires_grad: bool) -> Tensor:
    """Make a leaf of what was pickled."""
    made = wrap(data)
    if requires_grad:
        made._node = LEAF
    return made


# Like another


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """View the elements in the shape of another tensor."""
    return input.view(other._data.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """Reshape to the shape of another tensor."""
    return input.reshape(other._data.shape)
