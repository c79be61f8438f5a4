"""Symbolic formulas: simplification, typesetting and printing.

:mod:`.formula` applies the rules of the table to names, and simplifies by the tables of :mod:`.simplification`.
:mod:`.textbook` has the forms of a textbook, and decides rules by cases.
:mod:`.precedence` is the one table of operators, and :mod:`.printer` the base of all printers: :mod:`.text` and
:mod:`.latex` print formulas, :mod:`.javascript` prints them for the page, :mod:`.python` is the base of the printers of
generated source. :mod:`.typesetting` sets numbers and labels, :mod:`.labels` names nodes, and :mod:`.notation` writes
formulas and the chain rule in all styles. :mod:`.calculus` derives a formula by named rules, with the algebra of
:mod:`.algebra`; :mod:`.recognition` finds familiar forms, and :mod:`.derivations` prints the lines.
"""
