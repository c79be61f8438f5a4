"""Patches to the C code that mypyc generates for the engine.

``setup.py`` runs this file before the package is there, so that it imports nothing of the package.

Each change goes when mypyc makes it unnecessary:

* Docstrings (`documented`): mypyc leaves them out, so that `help` would have none.  Whether it should keep them is
  discussed in https://github.com/mypyc/mypyc/issues/437.
* ``freeing.h`` replaces the trashcan (https://github.com/python/mypy/pull/9839) for classes without a header of the
  cycle collector (https://github.com/python/mypy/pull/20795), in which the trashcan keeps its links.  No upstream issue
  found.
* ``blocks.h`` replaces the allocator of `Binary`.  mypyc has free lists of one object
  (https://github.com/python/mypy/pull/19785, which names larger ones as a next step).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping

# The places for a docstring in the C code from mypyc.  The groups are the text before it, the name of its owner in C,
# and the end of a string or NULL.
DOCSTRING_SLOTS = [
    r'(CPyPy_(\w+),\s+[\w |]+, PyDoc_STR\((?:".*?\\n--\\n\\n)?)("|NULL)',  # functions and methods
    r'(CPyType_(\w+)_template_ = \{[^}]*?\.tp_doc = PyDoc_STR\(".*?\\n--\\n\\n)(")',  # classes
    r"(\(getter\)(\w+),\s+(?:\(setter\)\w+|NULL),\s+)(NULL)",  # properties
    r'("autograd\.(?:\w+\.)*(\w+)",\s+)(NULL)',  # modules
]
# The type whose allocator blocks.h replaces, by mypyc's name for it.
BLOCKS_TYPE = "CPyType_value___Binary_template_"


def documented(source: str, modules: Mapping[str, str]) -> str:
    """Insert the docstrings of Python modules into the C code that mypyc has generated for them.

    Args:
        source: the C.
        modules: the Python source of each module, by the last part of the module's name.

    Raises:
        ValueError: mypyc names the type that blocks.h extends in another way, which the C compiler would not notice.
    """
    if BLOCKS_TYPE not in source:
        raise ValueError(
            f"the C code from mypyc must define {BLOCKS_TYPE}, got another name; adapt blocks.h and BLOCKS_TYPE"
        )
    docs: dict[str, str] = {}
    for name, text in modules.items():
        docs.update(docstrings(ast.parse(text), name))
    for slot in DOCSTRING_SLOTS:
        source = re.sub(slot, lambda match: match[1] + quoted(docs.get(match[2], ""), match[3]), source)
    return source


def docstrings(tree: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, str]]:
    """Yield the docstrings of a module or a class and of its members, each after the name of its owner in C."""
    yield name, ast.get_docstring(tree) or ""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from docstrings(node, f"{name}___{node.name}")
        elif isinstance(node, ast.FunctionDef):
            separator = "_get_" if "property" in map(ast.unparse, node.decorator_list) else "___"
            yield f"{name}{separator}{node.name}", ast.get_docstring(node) or ""


def quoted(text: str, end: str) -> str:
    r"""Write `text` in C, before the end of a string or in place of NULL.

    >>> quoted("Return ∂x.", '"'), quoted("Return x.", "NULL"), quoted("", "NULL")
    ('Return ∂x."', '"Return x."', 'NULL')
    """
    inside = json.dumps(text, ensure_ascii=False)[1:-1]
    return f'"{inside}"' if end == "NULL" and text else inside + end
