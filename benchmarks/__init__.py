"""Benchmarks of the engine and its peers: the same mathematics in one run, in alternation.

Run ``python -m benchmarks``; see ``python -m benchmarks --help``.  The mathematics is in `workloads`, the peers are in
`peers`, `programs` and `matrices`, and the measurement is in `worker` and `rounds`.
"""
