"""Programs that run in an interpreter of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap


def under_hash_seed(seed: int, program: str) -> str:
    """What the program prints where sets of texts are in the order that `seed` says; it imports what tests import."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
