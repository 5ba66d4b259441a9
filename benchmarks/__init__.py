"""Benchmarks: gradcli side by side with its peers, in one run."""
