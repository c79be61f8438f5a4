"""Symbolic formulas: simplification, typesetting and printing."""
