"""Mutation testing: small changes of the sources that the tests have to notice.

    pip install -e ".[dev]"
    python -m benchmarks.mutants --seed 1 --count 20                 # 20 mutants of each area
    python -m benchmarks.mutants --seed 1 --count 60 --area drawing nn --json benchmarks/mutants.json
    python -m benchmarks.mutants --again                             # kept survivors, against the tests of today
    python -m benchmarks.mutants --page                              # the kept table into CONTRIBUTING.md

A mutant is one change of one expression or statement.  It is killed if a test fails, or needs many times its usual CPU
time, and if that test passes without the change.  Otherwise it survives: a test is missing, or the change makes no
difference.  Changes of the latter kind are listed with their reason in `equivalents.json`.

`mutations` lists the possible changes of a source, and `areas` draws a sample of them.  `tests` knows the lines that
each test executes, from one run under coverage.py that is kept in the user's cache; a mutant meets only the tests that
execute its line.  `workspace` copies the checkout, and `runner` starts pytest there with `plugin`: once, to collect all
tests and to fork for every mutant, and again in a fresh process for mutants of what runs when the modules are imported.

Why not mutmut 3.8 or cosmic-ray 8.7?  mutmut changes bodies of functions only, and the table of operations, defaults
and constants are outside; it puts a trampoline in the place of every function, draws no samples and knows no areas.
cosmic-ray writes mutants into the checkout, where a killed run leaves them, runs one command for all of them, and has
no operators for calls, keywords, statements or results.
"""
