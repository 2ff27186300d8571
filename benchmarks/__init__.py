"""Benchmarks of what the package promises: ``python -m benchmarks``."""
