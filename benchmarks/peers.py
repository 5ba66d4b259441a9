"""The same work as each library's users write it: code that defines `run()`, for two cores and data of one kind.

`x` stands for the data of a subject, in a dtype that the race fills in; everything that a library does
once (tracing, compiling, moving the data to where it wants them) is done before the clock starts.
"""

from __future__ import annotations

NEEDED = {
    "torch": ("torch",),
    "torch.compile": ("torch",),
    "JAX jit": ("jax",),
    "numexpr": ("numexpr",),
    "numba": ("numba",),
}

TWO_CORES = """
import os
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
import numpy as np
rng = np.random.default_rng(0)
"""

_TORCH = """
import torch
torch.set_num_threads(2)
"""

_JAX = """
import jax, jax.numpy as jnp
jax.config.update("jax_enable_x64", True)
"""

_OURS = """
from gradcli import Expression
"""

# x**2*exp(x) and its derivative, at each of 10,000,000 points.
POINTS = """
x = rng.uniform(-2, 2, 10_000_000).astype("DTYPE")
"""

_TRAFFIC = """
from concurrent.futures import ThreadPoolExecutor
pool, block = ThreadPoolExecutor(2), 65536
def copy(thread, outs):
    for start in range(thread*block, x.size, 2*block):
        for out in outs:
            out[start:start + block] = x[start:start + block]
"""

_TORCH_POINTS = """
def f(x): return x**2*torch.exp(x)
x = torch.tensor(x, requires_grad=True)
g = torch.ones_like(x)
def run():
    x.grad = None
    f(x).backward(g)
"""

_TORCH_SUM = """
def f(x): return (x**2*torch.exp(x)).sum()
x = torch.tensor(x, requires_grad=True)
def run():
    x.grad = None
    f(x).backward()
"""

ELEMENTWISE = {
    "gradcli": _OURS
    + """
p = Expression.parse("x**2*exp(x)").compile(threads=2)
def run(): p(x=x)
""",
    "torch": _TORCH + _TORCH_POINTS,
    "torch.compile": _TORCH + _TORCH_POINTS.replace("def f(x)", "@torch.compile\ndef f(x)"),
    "JAX jit": _JAX
    + """
@jax.jit
def f(x):
    y, vjp = jax.vjp(lambda x: x**2*jnp.exp(x), x)
    return y, vjp(jnp.ones_like(y))[0]
x = jnp.asarray(x)
def run(): jax.block_until_ready(f(x))
""",
    "numexpr": """
import numexpr
numexpr.set_num_threads(2)
def run():
    numexpr.evaluate("x**2*exp(x)")
    numexpr.evaluate("(2*x + x**2)*exp(x)")
""",
    "numba": """
from math import exp
from numba import njit, prange
@njit(parallel=True)
def f(x):
    y, g = np.empty_like(x), np.empty_like(x)
    for i in prange(x.size):
        e = exp(x[i])
        y[i] = x[i]*x[i]*e
        g[i] = 2*x[i]*e + y[i]
    return y, g
def run(): f(x)
""",
    "bare traffic": _TRAFFIC
    + """
def run():
    outs = np.empty_like(x), np.empty_like(x)
    list(pool.map(lambda thread: copy(thread, outs), (0, 1)))
""",
}

# The same into arrays that are there already.
IN_PLACE = {
    "gradcli": _OURS
    + """
p = Expression.parse("x**2*exp(x)").compile(threads=2)
out = p(x=x)
def run(): p(x=x, out=out)
""",
    "gradcli fastmath": _OURS
    + """
p = Expression.parse("x**2*exp(x)").compile(threads=2, fastmath=True)
out = p(x=x)
def run(): p(x=x, out=out)
""",
    "bare traffic": _TRAFFIC
    + """
outs = np.empty_like(x), np.empty_like(x)
def run(): list(pool.map(lambda thread: copy(thread, outs), (0, 1)))
""",
}

SUMMED = {
    "gradcli": _OURS + """
p = Expression.parse("sum(x**2*exp(x))").compile(threads=2)
def run(): p(x=x)
""",
    "torch": _TORCH + _TORCH_SUM,
    "torch.compile": _TORCH + _TORCH_SUM.replace("def f(x)", "@torch.compile\ndef f(x)"),
    "JAX jit": _JAX + """
f = jax.jit(jax.value_and_grad(lambda x: (x**2*jnp.exp(x)).sum()))
x = jnp.asarray(x)
def run(): jax.block_until_ready(f(x))
""",
    "numba": """
from math import exp
from numba import njit, prange
@njit(parallel=True)
def f(x):
    total, g = 0.0, np.empty_like(x)
    for i in prange(x.size):
        e = exp(x[i])
        y = x[i]*x[i]*e
        total += y
        g[i] = 2*x[i]*e + y
    return total, g
def run(): f(x)
""",
}  # fmt: skip

SCALAR = {
    "gradcli": _OURS
    + """
p = Expression.parse("x**2*exp(x)").compile()
def run(): p(x=1.0)
""",
    "torch": _TORCH
    + """
def run():
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    (x**2*torch.exp(x)).backward()
""",
    "JAX jit": _JAX
    + """
f = jax.jit(jax.value_and_grad(lambda x: x**2*jnp.exp(x)))
def run(): jax.block_until_ready(f(1.0))
""",
}

ROSENBROCK = {
    "gradcli": _OURS
    + """
p = Expression.parse("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)").compile()
x = rng.uniform(-1, 1, 1000)
def run(): p(x=x)
""",
    "torch": _TORCH
    + """
x = torch.tensor(rng.uniform(-1, 1, 1000), requires_grad=True)
def run():
    x.grad = None
    (100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2).sum().backward()
""",
    "JAX jit": _JAX
    + """
x = jnp.asarray(rng.uniform(-1, 1, 1000))
f = jax.jit(jax.value_and_grad(lambda x: (100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2).sum()))
def run(): jax.block_until_ready(f(x))
""",
    "scipy rosen_der": """
from scipy.optimize import rosen, rosen_der
x = rng.uniform(-1, 1, 1000)
def run(): rosen(x), rosen_der(x)
""",
}

# The price of a call option with delta, gamma, vega, theta and rho.
OPTIONS = """
S, K, T, r, v = (rng.uniform(low, high, 1_000_000) for low, high in
                 ((50, 150), (50, 150), (0.1, 2.0), (0.0, 0.1), (0.1, 0.5)))
"""

_TORCH_PRICE = """
def price(S, K, T, r, v):
    d = (torch.log(S/K) + (r + v**2/2)*T)/(v*torch.sqrt(T))
    N = lambda z: (1 + torch.erf(z/2**0.5))/2
    return S*N(d) - K*torch.exp(-r*T)*N(d - v*torch.sqrt(T))
"""

BLACK_SCHOLES = {
    "gradcli": _OURS
    + '''
p = Expression.parse("""
    d = (log(S/K) + (r + v**2/2)*T)/(v*sqrt(T))
    N(z) = (1 + erf(z/sqrt(2)))/2
    price = S*N(d) - K*exp(-r*T)*N(d - v*sqrt(T))
    delta = diff(price, S)
    [price, delta, diff(delta, S), diff(price, v), diff(price, T), diff(price, r)]
""").compile(order=0, threads=2)
def run(): p(S=S, K=K, T=T, r=r, v=v)
''',
    "torch": _TORCH
    + _TORCH_PRICE
    + """
S, K, T, r, v = (torch.tensor(each, requires_grad=True) for each in (S, K, T, r, v))
def run():
    value = price(S, K, T, r, v)
    slopes = torch.autograd.grad(value.sum(), (S, v, T, r), create_graph=True)
    torch.autograd.grad(slopes[0].sum(), S)
""",
    "torch.compile": _TORCH
    + _TORCH_PRICE
    + """
def total(*args): return price(*args).sum()
@torch.compile
def f(S, *rest):
    slopes, curves = torch.func.jvp(
        lambda S: torch.func.grad(total, (0, 2, 3, 4))(S, *rest), (S,), (torch.ones_like(S),))
    return price(S, *rest), slopes, curves[0]
values = [torch.tensor(each) for each in (S, K, T, r, v)]
def run(): f(*values)
""",
    "JAX jit": _JAX
    + """
from jax.scipy.special import erf
def price(S, K, T, r, v):
    d = (jnp.log(S/K) + (r + v**2/2)*T)/(v*jnp.sqrt(T))
    N = lambda z: (1 + erf(z/2**0.5))/2
    return S*N(d) - K*jnp.exp(-r*T)*N(d - v*jnp.sqrt(T))
def total(*args): return price(*args).sum()
@jax.jit
def f(S, *rest):
    slopes, curves = jax.jvp(lambda S: jax.grad(total, (0, 2, 3, 4))(S, *rest), (S,), (jnp.ones_like(S),))
    return price(S, *rest), slopes, curves[0]
values = [jnp.asarray(each) for each in (S, K, T, r, v)]
def run(): jax.block_until_ready(f(*values))
""",
}

# The mean logistic loss of 1,000,000 rows of ten features, and its gradient by the weights.
ROWS = """
X, y, w = rng.normal(size=(1_000_000, 10)), rng.choice([-1.0, 1.0], 1_000_000), rng.normal(size=10)
"""

LOGISTIC = {
    "gradcli": _OURS
    + """
p = Expression.parse("mean(log1p(exp(-y*(X @ w))))").compile(wrt=["w"], threads=2)
def run(): p(X=X, w=w, y=y)
""",
    "NumPy": """
def run():
    e = np.exp(-y*(X @ w))
    np.log1p(e).mean(), -(X.T @ (y*e/(1 + e)))/len(y)
""",
    "torch": _TORCH
    + """
X, y, w = torch.tensor(X), torch.tensor(y), torch.tensor(w, requires_grad=True)
def run():
    w.grad = None
    torch.log1p(torch.exp(-y*(X @ w))).mean().backward()
""",
    "JAX jit": _JAX
    + """
X, y, w = map(jnp.asarray, (X, y, w))
f = jax.jit(jax.value_and_grad(lambda w, X, y: jnp.log1p(jnp.exp(-y*(X @ w))).mean()))
def run(): jax.block_until_ready(f(w, X, y))
""",
}

# An expression of 1,000 operations that no one has seen before, traced, compiled and run once.
FIRST_CALLS = """
count = 0
def terms():
    global count
    count += 1
    return [(f"{count}.{i}", i) for i in range(1, 168)]
"""

FIRST_CALL = {
    "gradcli": _OURS
    + """
def run():
    text = " + ".join(f"sin({c}*x)*exp(-x/{i})" for c, i in terms())
    Expression.parse(text).compile()(x=0.5)
""",
    "JAX jit": _JAX
    + """
def run():
    pairs = [(float(c), i) for c, i in terms()]
    f = jax.jit(jax.value_and_grad(lambda x: sum(jnp.sin(c*x)*jnp.exp(-x/i) for c, i in pairs)))
    jax.block_until_ready(f(0.5))
""",
}
