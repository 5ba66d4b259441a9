"""Verdicts on gradients: several witnesses that share no code, and a judge that weighs what they say.

`witness` is what they have in common, `numeric` and `complex_step` look at the function alone, `symbolic`
asks SymPy, and `verdict` holds reverse mode against them all.
"""
