"""Types that tell: public expressions have the types a reader expects, and type checkers find planted errors."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from effort import thorough

import autograd as ag
import nn
from autograd.methods import Methods

CASES = Path(__file__).parent / "typing_cases"
SIGNATURES = Path(__file__).parent / "data" / "signatures.txt"
USES, ERRORS = CASES / "uses.py", CASES / "errors.py"


def marked() -> set[int]:
    """Return the numbers of the lines with planted errors."""
    lines = ERRORS.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# error" in line}


def mypy(path: Path) -> set[int]:
    """Return the numbers of the lines that mypy complains about."""
    if find_spec("mypy") is None:
        pytest.skip("needs mypy: pip install mypy")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--follow-imports=silent",
        "--no-error-summary",
    ]
    # graphviz has no types, as setup.cfg says.
    done = subprocess.run([*command, "--ignore-missing-imports", str(path)], capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return {int(line) for line in re.findall(rf"{path.name}:(\d+): error", done.stdout)}


def pyright(path: Path) -> set[int]:
    """Return the numbers of the lines that pyright complains about."""
    program = shutil.which("pyright")
    if program is None:
        pytest.skip("needs pyright: npm install --global pyright")
    command = [program, "--outputjson", "--pythonpath", sys.executable, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {d["range"]["start"]["line"] + 1 for d in found if d["severity"] == "error"}


@thorough
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_public_expressions_have_their_types(checker: object) -> None:
    assert callable(checker)
    assert checker(USES) == set()


@thorough
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_planted_errors_are_found(checker: object) -> None:
    assert callable(checker)
    assert len(marked()) == 9
    assert checker(ERRORS) == marked()


# Operations without a method for type checkers: those behind an operator, of a sequence, and of rules alone.
WITHOUT_METHOD = {"add", "div", "mul", "neg", "pos", "sub"} | {"dot", "logsumexp", "softmax", "total"}
WITHOUT_METHOD |= {"greater", "leg", "lowered_power", "unit", "xlogy"}


def test_methods_are_those_of_the_table() -> None:
    spelled_out = {name for name in vars(Methods) if not name.startswith("_")}
    assert spelled_out == {name for name, op in ag.TABLE.items() if op.doc} - WITHOUT_METHOD
    x, y = ag.Value(0.25, "x"), ag.Value(1.5, "y")
    for name in sorted(spelled_out):
        op = ag.TABLE[name]
        rest = (y, ag.Value(2.0), ag.Value(3.0))[: 1 if op.arity is None else op.arity - 1]
        start = ag.Value(1.25, "x") if name == "acosh" else x
        applied = getattr(start, name)(*rest)
        assert (applied.op, applied.data, applied.operands) == (op, op(start, *rest).data, (start, *rest)), name
        parameters = list(inspect.signature(op).parameters.values())[1 if op.arity is not None else 0 :]
        if not ag.compiled:
            declared = list(inspect.signature(getattr(Methods, name)).parameters.values())[1:]
            assert [p.default for p in declared] == [p.default for p in parameters], name


def signatures() -> str:
    """Return the signature of every public name, and of the public methods of public classes, one a line."""
    lines: list[str] = []
    for module in (ag, nn):
        for name in sorted(module.__all__):
            thing = getattr(module, name)
            lines.append(f"{module.__name__}.{name}{signature(thing)}")
            if inspect.isclass(thing):
                ours = [base for base in thing.__mro__ if base.__module__.split(".")[0] in ("autograd", "nn")]
                for method in sorted({n for base in ours for n in vars(base) if not n.startswith("_")}):
                    attribute = inspect.getattr_static(thing, method)
                    if callable(attribute) or isinstance(attribute, (classmethod, staticmethod)):
                        lines.append(f"{module.__name__}.{name}.{method}{signature(getattr(thing, method))}")
    return "\n".join(lines) + "\n"


def signature(thing: object) -> str:
    """Return the parameters with their defaults, without types: those are for the type checkers."""
    if not callable(thing):
        return ""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):  # some classes of the standard library have none
        return "(…)"
    text = str(inspect.Signature([p.replace(annotation=p.empty) for p in parameters]))
    return re.sub(r" at 0x[0-9a-f]+", "", text)


@pytest.mark.skipif(ag.compiled, reason="the signatures of machine code are not all known to inspect")
def test_public_signatures_are_the_kept_ones() -> None:
    # If a change is meant: python tests/test_types.py, and a line in CHANGELOG.md.
    assert signatures() == SIGNATURES.read_text(encoding="utf-8")


if __name__ == "__main__":
    SIGNATURES.write_text(signatures(), encoding="utf-8")
