"""Benchmarks of the engine and its peers: the same mathematics in one run, in alternation.

Run ``python -m benchmarks``; ``python -m benchmarks --help`` says the rest.  The mathematics is in `workloads`, what
each peer makes of it in `peers` and `matrices`, and how it is measured in `worker` and `rounds`.
"""
