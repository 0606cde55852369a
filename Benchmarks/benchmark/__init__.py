"""Whiplash beside other vector stores, on the same vectors and queries. Start with `Benchmarks/run --help`."""
