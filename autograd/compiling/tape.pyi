from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

CODES: dict[str, int]
WIDE: int

class Tape:
    def __init__(
        self,
        code: NDArray[np.int32],
        constants: NDArray[np.float64],
        shared: int,
        inputs: int,
        results: int,
        registers: int,
        functions: tuple[Callable[..., float], ...],
    ) -> None: ...
    def run(self, shared: NDArray[np.float64], rows: NDArray[np.float64], results: NDArray[np.float64]) -> None: ...
