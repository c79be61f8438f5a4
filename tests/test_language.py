"""The rules of language in CONTRIBUTING.md that a program can check.

Docstrings and messages are read from the sources; the forbidden words are those of the glossary in
docs/architecture.md.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pytest
from effort import thorough

import autograd
import nn

ROOT = Path(__file__).parent.parent
PACKAGES = Path(autograd.__file__).parent.parent  # of the installed package, which need not be that of the checkout
FOLDERS = {"autograd": PACKAGES, "nn": PACKAGES, "benchmarks": ROOT, "examples": ROOT}
FILES = {"pytest_autograd.py": PACKAGES, "_scalar_autograd.py": PACKAGES, "setup.py": ROOT}

# Folders and files whose language is not yet checked; "autograd" is its modules outside of subpackages.
TO_DO: set[str] = set()
# Module names that occur more than once in autograd, until they are renamed.
DUPLICATE_NAMES: set[str] = set()
# A longer module is missing a noun, unless it is a table.
MAX_LINES = 600
LONG_MODULES: set[str] = set()
# Public names without an entry in docs/reference.md.
UNDOCUMENTED: set[str] = set()

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
MIN_VERB_SHARE = 0.8
CLAUSE = re.compile(r"(?:What|Which|How|Where|Why|Whether|Who)\b")
VERBS = """
Abort Accept Add Adopt Adjust Advance Align Allow Append Apply Arrange Assert Assign Attach Average Bind Break Bring
Build Calculate Call Cancel Center Check Choose Classify Clear Clip Close Collect Color Colour Combine Compare
Compile Complete Compose Compute Connect Construct Continue Convert Copy Correct Count Cover Create Cut Decide
Declare Decode Decorate Define Delete Derive Describe Detect Determine Differentiate Discard Distinguish Distribute
Divide Draw Drop Eliminate Embed Emit Enable Encode End Ensure Enter Enumerate Escape Estimate Evaluate Exchange
Exclude Execute Expand Explain Export Express Extend Extract Extrapolate Factor Fail Fill Filter Find Finish Fit
Flatten Fold Follow Forget Format Freeze Generate Get Give Group Handle Hash Hide Highlight Hold Identify Ignore
Import Include Increment Index Infer Initialize Insert Inspect Install Integrate Invert Iterate Join Keep Label Lay
Leave Let Limit Link List Load Locate Look Lower Make Map Mark Match Measure Merge Mirror Mock Move Multiply Name
Negate Normalize Notify Number Observe Omit Open Order Parse Pass Patch Permute Pick Place Plot Position Precompute
Predict Prefix Prepare Preserve Prevent Print Process Propagate Prune Publish Pull Push Put Quote Raise Rank Read
Rebuild Receive Recompute Record Recover Reduce Refuse Register Reject Relabel Release Remember Remove Rename Render
Reorder Repeat Replace Replay Report Request Require Reset Reshape Resolve Restore Resume Retry Return Reverse
Rewrite Rotate Round Route Run Sample Save Scale Scan Search Seed Select Send Separate Serialize Set Share Shift
Shorten Show Shrink Shuffle Simplify Simulate Skip Slice Solve Sort Space Split Start State Step Stop Store Stretch
Strip Subtract Substitute Sum Suppress Swap Switch Symbolize Take Tell Terminate Test Tighten Time Toggle Track
Train Transform Translate Transpose Traverse Treat Trim Truncate Try Turn Typeset Undo Unfold Unpack Unwrap Update
Use Validate Vary Vectorize Verify Visit Wait Walk Warn Weight Wrap Write Yield Zero
"""


class Headline(NamedTuple):
    """The first line of a docstring; `is_action` for functions and methods that are not properties."""

    line: int
    text: str
    is_action: bool


class Source(NamedTuple):
    """The prose of one file: headlines, messages with their lines, and the lines of strings that are no docstrings."""

    headlines: list[Headline]
    messages: list[tuple[int, str]]
    strings: list[int]
    length: int


def group(name: str) -> str:
    """Return the entry of `TO_DO` that a file belongs to."""
    parts = name.split("/")
    return "/".join(parts[: min(2, len(parts) - 1)]) or name


def read(source: str) -> Source:
    """Return the prose in the source of a module."""
    headlines: list[Headline] = []
    messages: list[tuple[int, str]] = []
    strings: list[int] = []
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:  # only statements, as ast.walk also visits each expression, which takes ten times as long
        node = waiting.pop()
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            block = getattr(node, name, ())
            waiting += block if isinstance(block, list) else ()
            strings += [x.lineno for x in block[1:] if is_string(x)] if isinstance(block, list) else ()
        if isinstance(node, ast.Raise) and node.exc is not None:
            messages.append((node.lineno, text_of(node.exc)))
        elif isinstance(node, ast.Expr) and getattr(getattr(node.value, "func", None), "attr", "") in ("warn", "error"):
            messages.append((node.lineno, text_of(node.value)))
        docstring = ast.get_docstring(node, clean=False) if isinstance(node, DOCUMENTED) else None
        if docstring:
            headline = docstring.strip().partition("\n")[0]
            headlines.append(Headline(getattr(node, "lineno", 1), headline, is_action(node)))
    return Source(sorted(headlines), sorted(messages), sorted(strings), source.count("\n"))


def is_string(node: ast.AST) -> bool:
    """Return True for a statement that is only a string."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_action(node: ast.AST) -> bool:
    """Return True for functions and methods that are not properties."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    decorators = " ".join(map(ast.unparse, node.decorator_list))
    return "property" not in decorators and ".setter" not in decorators


def text_of(node: ast.AST) -> str:
    """Return the literal text in an expression."""
    return " ".join(x.value for x in ast.walk(node) if isinstance(x, ast.Constant) and isinstance(x.value, str))


@cache
def sources() -> dict[str, Source]:
    """Return the prose of all files, by their names."""
    roots = {
        path.relative_to(root).as_posix(): root
        for folder, root in FOLDERS.items()
        for path in sorted((root / folder).rglob("*.py"))
    }
    paths = {name: root / name for name, root in (roots | FILES).items()}
    return {name: read(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def checked() -> dict[str, Source]:
    """Return the prose of the files that are not in `TO_DO`."""
    return {name: source for name, source in sources().items() if group(name) not in TO_DO}


@cache
def forbidden() -> re.Pattern[str]:
    """Return a pattern of the words in the last column of the glossary."""
    glossary = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Glossary")[2]
    cells = [row.rstrip().rstrip("|").rpartition("|")[2] for row in glossary.splitlines() if row.startswith("|")]
    words = [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def clauses(source: Source) -> list[str]:
    """Return the headlines that are wh-clauses."""
    return [f"{headline.line}: {headline.text}" for headline in source.headlines if CLAUSE.match(headline.text)]


def actions_without_verb(source: Source) -> list[str]:
    """Return the headlines of functions that do not begin with a verb."""
    verbs = set(VERBS.split())
    actions = [headline for headline in source.headlines if headline.is_action]
    return [f"{headline.line}: {headline.text}" for headline in actions if headline.text.partition(" ")[0] not in verbs]


def forbidden_words(source: Source) -> list[str]:
    """Return the headlines and messages with a forbidden word, each after that word."""
    prose = [(headline.line, headline.text) for headline in source.headlines] + source.messages
    hits = ((line, forbidden().search(text), text) for line, text in prose)
    return [f"{line}: {hit[0]!r} in {text}" for line, hit, text in hits if hit]


def test_no_headline_is_a_wh_clause() -> None:
    assert {name: found for name, source in checked().items() if (found := clauses(source))} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_headlines_of_functions_begin_with_a_verb(folder: str) -> None:
    files = {name: source for name, source in checked().items() if name.startswith(f"{folder}/")}
    count = sum(headline.is_action for source in files.values() for headline in source.headlines)
    others = [f"{name}:{text}" for name, source in files.items() for text in actions_without_verb(source)]
    message = "rewrite some of these, or add the verb to VERBS:\n" + "\n".join(others)
    assert len(others) <= (1.0 - MIN_VERB_SHARE) * count, message


def test_no_forbidden_word_in_a_message_or_headline() -> None:
    assert {name: found for name, source in checked().items() if (found := forbidden_words(source))} == {}


def test_constants_have_comments_and_no_strings() -> None:
    """A string after a constant looks like a docstring, but no tool shows it."""
    assert {name: source.strings for name, source in checked().items() if source.strings} == {}


def test_modules_are_short() -> None:
    lengths = {name: source.length for name, source in sources().items() if source.length > MAX_LINES}
    assert lengths.keys() <= LONG_MODULES


def test_module_names_are_unique() -> None:
    package = PACKAGES / "autograd"
    modules = [path.stem for path in package.rglob("*.py") if not path.stem.startswith("__")]
    packages = [path.parent.name for path in package.rglob("__init__.py") if path.parent != package]
    repeated = {name for name, count in Counter([*modules, *packages]).items() if count > 1}
    assert repeated <= DUPLICATE_NAMES


def test_public_names_are_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^::: ((?:autograd|nn)\.\w+)$", reference, re.MULTILINE))
    documented |= {f"autograd.{name}" for name in re.findall(r"^\| `ag\.(\w+)` \|", reference, re.MULTILINE)}
    public = {f"{package.__name__}.{name}" for package in (autograd, nn) for name in package.__all__}
    assert documented >= public - UNDOCUMENTED
    assert UNDOCUMENTED & documented == set(), "remove these from UNDOCUMENTED"
    assert public >= UNDOCUMENTED


def returned_types() -> dict[str, tuple[str, str]]:
    """Return, for each public function, its class that is no public name, and the section on what it returns."""
    found = {}
    for package in (autograd, nn):
        functions = {name: getattr(package, name) for name in package.__all__}
        for name, function in functions.items():
            if not inspect.isfunction(function):
                continue
            section = re.search(r"Returns:\n(.*?)(?:\n\n|\Z)", inspect.getdoc(function) or "", re.DOTALL)
            text = section[1] if section else ""
            # `compile` is annotated as Any, for type checkers know the function that it compiles.
            annotation = "Compiled" if name == "compile" else str(inspect.signature(function).return_annotation)
            module = inspect.getmodule(function)
            for title in re.findall(r"[A-Z]\w+", annotation):
                cls = getattr(module, title, None)
                if isinstance(cls, type) and cls.__module__.startswith(("autograd", "nn")) and title not in functions:
                    found[f"{package.__name__}.{name}"] = title, text
    return found


def test_help_names_the_path_of_a_returned_type() -> None:
    """`help(ag.gradcheck)` names `autograd.checking.Check`, and this expression is the class, without other imports."""
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    returned = returned_types()
    assert len(returned) >= 14
    for function, (title, text) in returned.items():
        [path] = re.findall(rf"`((?:autograd|nn)\.[\w.]*\b{title})`", text) or [""]
        assert path, f"Returns: of {function} must name the path of {title}"
        assert attrgetter(path.partition(".")[2])(autograd if path.startswith("autograd") else nn).__name__ == title
        assert f"::: {path}\n" in reference, path


def test_a_returned_type_is_found_by_its_name() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    titles = {title for function, (title, _) in returned_types().items() if function.startswith("autograd")}
    assert titles <= autograd._RETURNED.keys()
    for title, module in autograd._RETURNED.items():
        path = f"{module}.{title}"
        assert attrgetter(path)(autograd).__name__ == title
        assert re.search(rf"^::: autograd\.{module}(\.\w+)?\.{title}$", reference, re.MULTILINE), path
        with pytest.raises(AttributeError, match=rf"has no attribute '{title}'; use ag\.{re.escape(path)}$"):
            getattr(autograd, title)


@thorough
def test_modules_of_returned_types_are_imported_by_name() -> None:
    paths = [f"ag.{module}.{title}" for title, module in autograd._RETURNED.items()]
    program = f"import sys, autograd as ag; assert 'autograd.checking' not in sys.modules; {'; '.join(reversed(paths))}"
    done = subprocess.run([sys.executable, "-c", program], cwd=PACKAGES, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_to_do_names_files_and_folders() -> None:
    groups = {group(name) for name in sources()} | FILES.keys()  # setup.py is only in a checkout
    assert groups >= TO_DO


PLANTED = '''
"""Modules of a package."""
def f():
    """What is returned."""
    raise ValueError(f"x {1} is lit")
class C:
    """How it goes."""
    x = 1
    """The number."""
    @property
    def p(self):
        """The name of it."""
    @p.setter
    def p(self, value):
        """The other name."""
def g() -> Iterator[int]:
    """The numbers."""
    warnings.warn("what comes down")
    parser.error(f"the place")
'''


def test_each_rule_finds_a_planted_violation() -> None:
    source = read(PLANTED)
    assert (source.strings, source.length) == ([9], PLANTED.count("\n"))
    assert clauses(source) == ["3: What is returned.", "6: How it goes."]
    assert actions_without_verb(source) == ["3: What is returned.", "16: The numbers."]
    hits = [text.partition(" in ")[0] for text in forbidden_words(source)]
    assert hits == ["5: 'lit'", "18: 'what comes down'", "19: 'the place'"]


def every_headline() -> Iterator[str]:
    """Yield all headlines, for `test_reading_finds_the_prose`."""
    for source in sources().values():
        yield from (headline.text for headline in source.headlines)


def test_reading_finds_the_prose() -> None:
    assert sum(1 for _ in every_headline()) > 1000
    assert sum(len(source.messages) for source in sources().values()) > 300
    assert "Train `net` on mini-batches" in " ".join(every_headline())
