"""Tensor programs as users write them: sigmoids three ways, a training loop, large arrays."""

from __future__ import annotations

from .race import Race, beside_torch

SIGMOID = """
class Sigmoid(t.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = 1 / (1 + t.exp(-x))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y * (1 - y)

x = t.randn(100, 100, requires_grad=True)
g = t.ones(100, 100)
ways = {"function": Sigmoid.apply, "formula": lambda x: 1 / (1 + t.exp(-x)), "built-in": lambda x: x.sigmoid()}
def run():
    x.grad = None
    way(x).backward(g)
"""

REGRESSION = """
t.manual_seed(0)
data = t.rand(512, 1) * 10
target = 2 * data + 3 + t.randn(512, 1)

def run():
    w = t.zeros(1, 1, requires_grad=True)
    b = t.zeros(1, requires_grad=True)
    for step in range(500):
        at = step % 16 * 32
        x, y = data[at:at + 32], target[at:at + 32]
        loss = ((x @ w + b - y) ** 2).mean()
        loss.backward()
        with t.no_grad():
            w -= 0.01 * w.grad
            b -= 0.01 * b.grad
            w.grad.zero_()
            b.grad.zero_()
"""

LARGE = """
x = t.rand(10_000_000, dtype=t.float64, requires_grad=True)
g = t.ones(10_000_000, dtype=t.float64)

def run():
    x.grad = None
    (x**2 * t.exp(x)).backward(g)
"""


ELEMENTS = """
x = t.randn(100, requires_grad=True)
def read():
    for i in range(100):
        x[i]

y = t.zeros(100)
def write():
    for i in range(100):
        y[i] = 1.0

def iterate():
    for row in y:
        pass
"""


def races() -> list[Race]:
    """Return the races of three sigmoids, a regression of 500 steps, ten million elements, and single ones."""
    passes = "forward and backward"
    ways = {"function": 2.5, "formula": 2.0, "built-in": 1.3}
    sigmoids = [
        beside_torch(
            f"Sigmoid of 100x100 float32, the {way}, {passes}", SIGMOID + f"way = ways[{way!r}]\n", bound, 25, 200
        )
        for way, bound in ways.items()
    ]
    # Python's share in making a view is several times C's: here torch may be ahead, and is to stay in sight.
    loops = {"read": 1 / 3, "write": 2.0, "iterate": 1 / 3}
    elements = [
        beside_torch(f"Elements of 100, {loop} in a loop", ELEMENTS + f"run = {loop}\n", bound, 25, 20)
        for loop, bound in loops.items()
    ]
    return [
        *sigmoids,
        beside_torch("Linear regression, 500 steps, batches of 32", REGRESSION, 1.0, 9),
        beside_torch(f"`x**2*exp(x)` on 10,000,000 float64, {passes}", LARGE, 2.0, 7),
        *elements,
    ]
