"""Study of derivative checkers, ours and others', on right derivatives and on wrong ones.

Run ``python -m benchmarks.checkers``; see ``--help``.  Random functions are in `compositions`, their
derivatives to 50 digits in `reference`, functions of arrays in `hard_cases`, the tools in `tools`.  Faults
seeded into rules, recording and sweeps are in `rules`, `recordings` and `sweeps`.
"""
