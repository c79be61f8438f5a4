"""The reference data in tests/data, and how far a number is from what is printed there."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "data"


def load(name: str) -> dict[str, Any]:
    """The contents of the JSON file of that name; a missing file is an error, here and in every test that needs it."""
    with (_FOLDER / f"{name}.json").open(encoding="utf-8") as file:
        contents: dict[str, Any] = json.load(file)
    return contents


def ulps(number: float, reference: str) -> float:
    """The distance of `number` from a reference of many digits, in units in the last place of its nearest float.

    >>> ulps(0.1, "0.1"), ulps(1.0, "1.0")
    (0.4, 0.0)
    """
    exact = Fraction(reference)
    return float(abs(Fraction(number) - exact) / Fraction(math.ulp(float(exact))))


def units(number: float, printed: str) -> float:
    """The distance of `number` from a printed one in units of the last digit printed: up to ½ if that was rounded.

    >>> units(0.625, "0.62"), units(0.625, "6.1e-1")
    (0.5, 1.5)
    """
    unit = Fraction(10) ** int(Decimal(printed).as_tuple().exponent)
    return float(abs(Fraction(number) - Fraction(printed)) / unit)
