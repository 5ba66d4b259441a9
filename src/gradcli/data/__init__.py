"""Expressions over data: uncertainties carried through, models fitted, tables mapped."""
