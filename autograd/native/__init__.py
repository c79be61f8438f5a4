"""Support for the engine as machine code.

* `shims`: names of mypyc's that the engine uses, with stand-ins where the same source runs as Python.
* ``patches.py``: changes to the C that mypyc writes, applied by ``setup.py``.
* ``freeing.h``: frees graphs of any depth.  ``blocks.h``: memory for the most frequent class of nodes.
"""

from autograd.native.shims import COMPILED

__all__ = ["COMPILED"]
