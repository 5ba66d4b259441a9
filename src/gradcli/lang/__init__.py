"""The language: a text becomes a syntax tree with places, and is evaluated through an interpreter.

Read `grammar/expression.lark` first, then `tree`, `compiler` and `instructions`. Nothing here knows
Tensors: an `Interpreter` is handed in and computes with values of its own.
"""

from __future__ import annotations

from .functions import CONSTANTS
from .interpreter import Interpreter
from .names import split_product, suggest
from .program import Evaluation, Program, parse

__all__ = ["CONSTANTS", "Evaluation", "Interpreter", "Program", "parse", "split_product", "suggest"]
