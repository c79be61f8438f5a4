"""The command line: ``python -m autograd trace "C = (sigmoid(w*a + b) - E)**2" w=0.15 a=0.8 b=0.38 E=1 --wrt w``.

Results go to standard output, mistakes to standard error.  The exit status is 0, 1 for a check that failed, 2 for a
command or an expression that is wrong, 3 for a result that could not be written to standard output.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

from _scalar_autograd import require_scalar_autograd

try:
    require_scalar_autograd()
except ImportError as error:
    if __name__ != "__main__":
        raise
    print(f"python -m autograd: {error}", file=sys.stderr)
    sys.exit(2)

import autograd as ag
from autograd.compiling import compile_by_name
from autograd.expressions import Evaluation, ExpressionError, assignment, evaluate
from autograd.expressions.mistakes import alike, quoted
from autograd.symbolic.notation import derivative
from autograd.symbolic.typesetting import name
from autograd.value import Value

_PROGRAM = "python -m autograd"
_EXPRESSION = '"C = (sigmoid(w*a + b) - E)**2" w=0.15 a=0.8 b=0.38 E=1'
_OPTION = re.compile("-h|--|--[a-z]+(=.*)?", re.DOTALL)
_LOOKS = {
    "direction": "up (default) or right",
    "theme": "auto (default), light, dark, print or olah",
    "show": "on the nodes: reverse (default, ∂output/∂node), forward (∂node/∂name) or values",
    "detail": "how much to fold: auto (default, what could not be read), operations (nothing), neurons or layers",
}
"""Settings of `draw` that are passed on."""
_NOTATION = """\
expressions:
  + - * / ** and calls: exp(x), log(x), tanh(x), sigmoid(x), relu(x), max(x, y) and the other operations of the
  package; on lists dot([w1, w2], [x1, x2], b), total([x, y]), logsumexp([x, y]), softmax([x, y])[0].
  Names may have indices, W[1,1]; pi, e and tau are the constants unless they are given a value.
  Several statements, as in "AS = w*a + b; out = sigmoid(AS)", are separated by ; or by line ends.
  A value may be an expression of numbers: b=1/3 "x=sqrt(2)".
"""
_STATUSES = """\
exit status:
  0 if all went well, 1 if a check failed, 2 if the command, the expression or a file is wrong, 3 if standard output
  cannot be written, as on a full disk or to a closed pipe.
"""


class Outcome(NamedTuple):
    """What a command prints, and its exit status."""

    text: str
    status: int = 0


def trace(asked: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Work one derivative out by hand: each factor in names, in numbers, and its value."""
    nodes = _wrt(asked, evaluation) or _leaves(evaluation)
    if len(nodes) > 1:
        raise ValueError(f"one derivative at a time: choose it by --wrt, from {', '.join(x.label for x in nodes)}")
    solution = ag.trace(evaluation.output, nodes[0])
    if asked.svg is not None:
        _save_svg(ag.draw(evaluation.output, nodes[0]), asked.svg)
    return Outcome(getattr(solution, asked.style)())


def grad(asked: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Print the output and its derivatives to all digits."""
    output, nodes = evaluation.output, _wrt(asked, evaluation) or _leaves(evaluation)
    title = output.label or "output"
    slopes = ag.gradient(output, nodes)
    rows = [
        (name(title), output),
        *((derivative(title, x.label), slope) for x, slope in zip(nodes, slopes, strict=True)),
    ]
    width = max(len(left) for left, _ in rows)
    return Outcome("\n".join(f"{left:{width}} = {right.data!r}" for left, right in rows))


def draw(asked: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Draw the graph, with values on its nodes and partial derivatives on its edges."""
    nodes = _wrt(asked, evaluation)
    if len(nodes) > 1:
        raise ValueError("the paths from one name at a time: give --wrt once")
    looks = {look: getattr(asked, look) for look in _LOOKS if getattr(asked, look)}
    drawing = ag.draw(evaluation.output, nodes[0] if nodes else None, open=_opened(asked, evaluation), **looks)
    if asked.svg is not None:
        _save_svg(drawing, asked.svg)
    if asked.save is not None:
        drawing.save(asked.save)
    return Outcome("" if asked.svg or asked.save else drawing.svg())


def explore(asked: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Make a page to step through the graph and to change its numbers: one file of HTML for any browser."""
    nodes = _wrt(asked, evaluation)
    if len(nodes) > 1:
        raise ValueError("the page begins with one name: give --wrt once")
    looks = {look: getattr(asked, look) for look in ("direction", "theme") if getattr(asked, look)}
    page = ag.explore(evaluation.output, nodes[0] if nodes else None, **looks)
    if asked.save is None:
        return Outcome(page.html())
    page.save(asked.save)
    return Outcome("")


def check(asked: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Check every derivative against finite differences; the exit status is 1 if one is wrong."""
    _leaves(evaluation)
    report = ag.gradcheck(evaluation.output)
    return Outcome(str(report), 0 if report else 1)


def compile(asked: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Print the program that the expression is, with its gradient: as NumPy, and as equations."""
    _leaves(evaluation)
    compiled = compile_by_name(evaluation.output)
    return Outcome(f"{compiled.source}\n\n{compiled.equations(latex=asked.latex)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv`, print what comes out, and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        asked = _asked(sys.argv[1:] if argv is None else argv)
        outcome: Outcome = asked.run(asked, evaluate(asked.expression.strip(), _given(asked.values)))
        _print(outcome.text)
    except _UnwritableError as error:
        _complain(f"error: {error}\n")
        return 3
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        _complain(f"error: {error}\n")
        return 2
    return outcome.status


def _asked(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        _PROGRAM,
        description="Derivatives of an expression: worked out, drawn, explored, checked.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="command", required=True)
    tracing = _command(commands, trace, f"{_EXPRESSION} --wrt w", "the name to differentiate by, if there are several")
    styles = tracing.add_mutually_exclusive_group()
    for style, form in (("latex", "LaTeX, for math mode"), ("markdown", "Markdown with LaTeX"), ("html", "HTML")):
        styles.add_argument(f"--{style}", dest="style", action="store_const", const=style, help=f"print {form}")
    tracing.set_defaults(style="__str__")
    _command(
        commands, grad, _EXPRESSION, "a name to differentiate by; may be repeated (default: each that has a value)"
    )
    drawing = _command(
        commands, draw, '"e = (a + b) * (b + 1)" a=2 b=1 --wrt b --save e.svg', "light the paths from this name"
    )
    drawing.add_argument(
        "--save", metavar="FILE", help="a file .svg, .png, .pdf, .dot, .tex or .mmd (default: SVG to standard output)"
    )
    for pictured in (tracing, drawing):
        pictured.add_argument("--svg", metavar="FILE", help="draw it into this file, as SVG")
    for look, choices in _LOOKS.items():
        drawing.add_argument(f"--{look}", metavar=look.upper(), help=choices)
    drawing.add_argument(
        "--open",
        action="append",
        metavar="NAME",
        help="draw this name, or this layer, in more detail than the rest; may be repeated, and '' opens nothing "
        "(default: the neuron that --wrt goes into)",
    )
    exploring = _command(
        commands, explore, '"e = (a + b) * (b + 1)" a=2 b=1 --wrt b --save e.html', "the name to begin with"
    )
    exploring.add_argument("--save", metavar="FILE", help="a file .html (default: to standard output)")
    exploring.add_argument("--direction", metavar="DIRECTION", help=_LOOKS["direction"])
    exploring.add_argument("--theme", metavar="THEME", help="auto (default), light or dark")
    _command(commands, check, _EXPRESSION)
    compiling = _command(commands, compile, _EXPRESSION)
    compiling.add_argument("--latex", action="store_true", help="write the equations in LaTeX")
    # What begins with a minus and does not look like an option is an expression; the blank makes argparse see it so.
    words = [f" {word}" if word[:1] == "-" and not _OPTION.fullmatch(word) else word for word in argv]
    if words and words[0] in commands.choices:
        command: argparse.ArgumentParser = commands.choices[words[0]]
        return command.parse_intermixed_args(words[1:])  # values may stand before and after options
    return parser.parse_args(words)


def _command(
    commands: Any, run: Callable[[argparse.Namespace, Evaluation], Outcome], example: str, wrt: str = ""
) -> argparse.ArgumentParser:
    summary = (run.__doc__ or "").partition(":")[0].rstrip(".")
    command: argparse.ArgumentParser = commands.add_parser(
        run.__name__,
        help=summary[0].lower() + summary[1:],
        description=run.__doc__,
        epilog=f"example:\n  {_PROGRAM} {run.__name__} {example}\n\n{_NOTATION}\n{_STATUSES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.set_defaults(run=run)
    command.add_argument("expression", help="an expression, or several statements")
    command.add_argument("values", nargs="*", metavar="name=number", help="a value for each name in it")
    if wrt:
        command.add_argument("--wrt", action="append", metavar="NAME", help=wrt)
    return command


def _given(words: Sequence[str]) -> dict[str, float]:
    """The values given as ``name=number``."""
    given: dict[str, float] = {}
    for word in words:
        label, x = assignment(word)
        if label in given:
            raise ExpressionError(f"{quoted(label)} is given a value twice", word, 0, len(label))
        given[label] = x
    return given


def _wrt(asked: argparse.Namespace, evaluation: Evaluation) -> list[Value]:
    """The nodes named by --wrt, each once."""
    known = evaluation.names
    labels = dict.fromkeys("".join(label.split()) for label in asked.wrt or ())
    for label in labels:
        if label not in known:
            hint = alike(label, known) or f"; there are {', '.join(map(quoted, known)) or 'none'}"
            raise ExpressionError(f"the expression has no name {quoted(label)}{hint}", f"--wrt {label}", 6, len(label))
    return [known[label] for label in labels]


def _opened(asked: argparse.Namespace, evaluation: Evaluation) -> list[str] | None:
    """What is named by --open, names as they are in the expression; [] for nothing, None where it was not asked."""
    if asked.open is None:
        return None
    labels = {text: "".join(text.split()) for text in asked.open}
    return [label if label in evaluation.names else text for text, label in labels.items() if label]


def _leaves(evaluation: Evaluation) -> list[Value]:
    leaves = ag.leaves(evaluation.output)
    if not leaves:
        raise ValueError("the expression has only numbers; to differentiate by one, give it a name")
    return leaves


def _save_svg(drawing: Any, file: str) -> None:
    if not file.lower().endswith(".svg"):
        raise ValueError(f"--svg takes a file that ends in .svg, got {file!r}; draw --save takes other kinds")
    drawing.save(file)


class _UnwritableError(Exception):
    """A result that cannot be written to standard output."""


class _Parser(argparse.ArgumentParser):
    """A parser whose messages are lost nowhere in silence; argparse passes over what it cannot write."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:
            _print(message)
        else:
            _complain(message)

    def error(self, message: str) -> NoReturn:
        """Print the usage and `message` to standard error, and exit with status 2."""
        _complain(f"{self.format_usage()}{self.prog}: error: {message}\n")
        sys.exit(2)


def _print(text: str) -> None:
    """Write `text` to standard output.

    Raises:
        _UnwritableError: it cannot be written.
    """
    if sys.stdout is None:  # closed by whoever started the program
        raise _UnwritableError("standard output must be open, got a closed one; redirect it to a file")
    try:
        print(text, end="" if text.endswith("\n") or not text else "\n", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try again when it exits
        raise _UnwritableError(
            f"standard output cannot be written: {error.strerror or error}; the output is incomplete"
        ) from error


def _complain(text: str) -> None:
    """Write `text` to standard error, if there is one: the exit status says the rest."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
