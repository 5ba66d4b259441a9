"""Mapping: an expression and its derivatives for every row of a table."""
