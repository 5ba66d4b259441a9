"""How long a command takes from nothing, beside what any NumPy program must take."""

from __future__ import annotations

from .race import Command, Race, installed

OURS = ("-m", "gradcli", "grad", "x**2*exp(x)", "--at", "x=1")
PEERS = {
    "torch": "import torch; x = torch.tensor(1.0, requires_grad=True); (x**2*torch.exp(x)).backward(); print(x.grad)",
    "jax": "import jax, jax.numpy as n; print(jax.grad(lambda x: x**2*n.exp(x))(1.0))",
    "sympy": "import sympy; x = sympy.Symbol('x'); print(sympy.diff(x**2*sympy.exp(x), x).subs(x, 1.0))",
}


def races() -> list[Race]:
    """Return the race of one-line derivatives."""
    contenders = {"gradcli grad": Command(*OURS), "import numpy": Command("-c", "import numpy")}
    contenders |= {name: Command("-c", code) for name, code in PEERS.items() if installed(name)}
    return [
        Race(
            'Cold start of `gradcli grad "x**2*exp(x)" --at x=1`',
            contenders,
            bounds={"import numpy": 1 / 1.75, "torch": 10.0},
            rounds=15,
            absent=tuple(name for name in PEERS if not installed(name)),
        )
    ]
