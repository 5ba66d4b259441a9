"""Fitting: the parameters with which a formula comes closest to a table."""
