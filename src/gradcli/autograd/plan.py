"""The plan of an operation's generated functions: what its rules ask for, and so what a node saves.

>>> from gradcli.ops import REGISTRY
>>> Plan(REGISTRY["mul"]).asked
{'other': ['input'], 'input': ['other']}
>>> Plan(REGISTRY["sum"]).kinds
{'input_shape': 'shape', 'dim': 'attribute', 'keepdim': 'attribute'}
"""

from __future__ import annotations

from ..ops import Op


class Plan:
    """What an operation's rules ask for: `asked` maps a name to the arguments whose rules need it."""

    def __init__(self, op: Op) -> None:
        self.op = op
        self.differentiable = tuple(name for name in op.tensors if name in op.rules)
        self.gradients = tuple(f"g_{name}" for name in op.outputs) or ("g",)
        # The rules as they are run on arrays: with by-products of the forward, where those are saved.
        self.rules = {argument: op.rules[argument].shortcut or op.rules[argument] for argument in self.differentiable}
        self.plain = {need for rule in self.rules.values() for need in rule.needs}
        self.asked: dict[str, list[str]] = {}
        for argument, rule in self.rules.items():
            for need in dict.fromkeys((*rule.needs, *op.rules[argument].needs)):
                if need not in self.gradients:
                    self.asked.setdefault(need, []).append(argument)
        self.kinds = {need: self._kind(need) for need in self.asked}

    def held(self, need: str) -> str | None:
        """Return the condition on which a saved value is let go of after backward, on a variable of its name."""
        kind = self.kinds[need]
        if kind == "tensor" and isinstance(self.op.node, tuple) and need in self.op.node:
            return f"type(node.s_{need}) is Tensor"  # torch keeps a plain number there
        if kind in ("tensor", "result", "sequence", "byproduct"):
            return f"{need} is not None"
        return f"has_arrays({need})" if kind == "selection" else None

    def _kind(self, need: str) -> str:
        op = self.op
        if need in op.tensors:
            return "sequence" if need == op.sequence else "tensor"
        if need in op.results:
            return "result"
        if need in op.byproducts:
            return "byproduct"
        if need in op.attributes:
            return "selection" if op.forward.__annotations__.get(need) == "Any" else "attribute"
        argument, _, what = need.rpartition("_")
        if argument in op.tensors and what in ("shape", "dtype"):
            return what
        raise TypeError(f"a rule of {op.name} asks for {need!r}, which is no argument, result or shape of it")
