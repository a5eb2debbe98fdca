"""Benchmarks: run by hand or by `make bench`, never a test; each prints a ratio to something of the same run."""
