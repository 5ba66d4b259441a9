"""Second derivatives of many variables, most of which have nothing to do with each other."""

from __future__ import annotations

from .race import Contender, Loop, Race, installed

POINT = """
import numpy as np
x = np.linspace(-1.0, 1.0, 1000)
"""

GRADCLI = (
    POINT
    + """
from gradcli import Expression
f = Expression.parse("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)")
f.hessian(x=x, sparse=True)
def run():
    f.hessian(x=x, sparse=True)
"""
)

JAX = (
    POINT
    + """
import jax
jax.config.update("jax_enable_x64", True)
hessian = jax.jit(jax.hessian(lambda x: (100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2).sum()))
def run():
    hessian(x).block_until_ready()
run()
"""
)

CASADI = (
    POINT
    + """
import casadi
v = casadi.MX.sym("x", 1000)
hessian = casadi.Function("h", [v], [casadi.hessian(casadi.sum1(100*(v[1:] - v[:-1]**2)**2 + (1 - v[:-1])**2), v)[0]])
def run():
    hessian(x)
run()
"""
)


def races() -> list[Race]:
    """Return the race for the Hessian of Rosenbrock's function, which is dense with JAX."""
    contenders: dict[str, Contender] = {"gradcli": Loop(GRADCLI)}
    peers = {"jax": ("JAX, dense", JAX), "casadi": ("CasADi", CASADI)}
    contenders |= {name: Loop(code) for module, (name, code) in peers.items() if installed(module)}
    absent = tuple(name for module, (name, _) in peers.items() if not installed(module))
    title = "Hessian of Rosenbrock's function of 1,000 variables"
    return [Race(title, contenders, {"JAX, dense": 2.0}, rounds=15, repeat=100, absent=absent)]
