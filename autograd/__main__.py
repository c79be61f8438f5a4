"""The command line: ``python -m autograd trace "C = (sigmoid(w*a + b) - E)**2" w=0.15 a=0.8 b=0.38 E=1 --wrt w``.

Results go to standard output, errors to standard error. The exit status is 0 for success, 1 for a check that failed,
2 for a wrong command or expression, and 3 for a result that could not be written to standard output.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
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
from autograd.expressions.diagnostics import alike, quoted
from autograd.symbolic.notation import derivative
from autograd.symbolic.typesetting import name
from autograd.tracing import Trace
from autograd.tracing.class_sheets import ClassSheets
from autograd.value import Value

_PROGRAM = "python -m autograd"
_EXPRESSION = '"C = (sigmoid(w*a + b) - E)**2" w=0.15 a=0.8 b=0.38 E=1'
_OPTION = re.compile("-h|--|--[a-z]+(=.*)?", re.DOTALL)
# The options of `autograd.draw` that are passed on, with their help.
_LOOKS = {
    "direction": "up (default) or right",
    "theme": "auto (default), light, dark, print or olah",
    "show": "derivatives on the nodes: reverse (default, ∂output/∂node), forward (∂node/∂name), or values for none",
    "detail": "folding: auto (default, fold only a large graph), operations (fold nothing), neurons or layers",
}
_NOTATION = """\
expressions:
  + - * / ** and calls: exp(x), log(x), tanh(x), sigmoid(x), relu(x), max(x, y) and the other operations of the
  package; with lists, dot([w1, w2], [x1, x2], b), total([x, y]), logsumexp([x, y]), softmax([x, y])[0].
  Names may have indices, as in W[1,1]. pi, e and tau are constants unless you give them a value.
  Separate several statements by ; or line ends, as in "AS = w*a + b; out = sigmoid(AS)".
  A value may be an expression of numbers: b=1/3 "x=sqrt(2)".
"""
_STATUSES = """\
exit status:
  0 if all went well, 1 if a check failed, 2 if the command, the expression or a file is wrong, 3 if standard output
  cannot be written, for example to a full disk or a closed pipe.
"""


class Outcome(NamedTuple):
    """The output and the exit status of a command."""

    text: str
    status: int = 0


def trace(args: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Work out one derivative by hand: each factor as a formula, with numbers, and its value."""
    solution = _trace(args, evaluation)
    if args.svg is not None:
        _save_svg(ag.draw(evaluation.output, solution.wrt), args.svg)
    view: Any = solution
    if args.steps:
        view = solution.steps()
    elif args.why:
        view = solution.why()
    elif args.nudge is not None:
        view = solution.nudge(args.nudge)
    elif args.sweep is not None:
        view = solution.sweep(args.sweep)
    return Outcome(getattr(view, args.style)())


def grad(args: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Print the output and its derivatives with all digits."""
    output, nodes = evaluation.output, _wrt(args, evaluation) or _leaves(evaluation)
    title = output.label or "output"
    derivatives = ag.gradient(output, nodes)
    rows = [
        (name(title), output),
        *((derivative(title, x.label), value) for x, value in zip(nodes, derivatives, strict=True)),
    ]
    width = max(len(label) for label, _ in rows)
    return Outcome("\n".join(f"{label:{width}} = {value.data!r}" for label, value in rows))


def draw(args: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Draw the graph, with values on its nodes and partial derivatives on its edges."""
    nodes = _wrt(args, evaluation)
    if len(nodes) > 1:
        raise ValueError(f"--wrt must be given at most once, got {len(nodes)}; paths are highlighted from one name")
    looks = {look: getattr(args, look) for look in _LOOKS if getattr(args, look)}
    drawing = ag.draw(evaluation.output, nodes[0] if nodes else None, open=_opened(args, evaluation), **looks)
    if args.svg is not None:
        _save_svg(drawing, args.svg)
    if args.save is not None:
        _save(drawing, args.save)
    return Outcome("" if args.svg or args.save else drawing.svg())


def explore(args: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Create a page to step through the graph and change its numbers: one self-contained HTML file."""
    nodes = _wrt(args, evaluation)
    if len(nodes) > 1:
        raise ValueError(f"--wrt must be given at most once, got {len(nodes)}; the page highlights one derivative")
    looks = {look: getattr(args, look) for look in ("direction", "theme") if getattr(args, look)}
    if args.steps and not nodes:
        raise ValueError("--steps must be given with --wrt; add the name to differentiate by")
    steps = ag.trace(evaluation.output, nodes[0]).steps() if args.steps else None
    page = ag.explore(evaluation.output, nodes[0] if nodes else None, steps=steps, **looks)
    if args.save is None:
        return Outcome(page.html())
    _save(page, args.save)
    return Outcome("")


def check(args: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Check every derivative against finite differences; the exit status is 1 if one is wrong."""
    _leaves(evaluation)
    report = ag.gradcheck(evaluation.output)
    return Outcome(str(report), 0 if report else 1)


def worksheet(args: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Make an exercise with numbered blanks and its answer key: from one derivative of the expression."""
    options: dict[str, Any] = {"seed": args.seed, "difficulty": args.difficulty}
    nodes = _wrt(args, evaluation)
    if args.students is None and len(nodes) < 2:
        sheets = ClassSheets([[_trace(args, evaluation).worksheet(vary=args.vary, **options)]])
    else:
        solutions = [ag.trace(evaluation.output, node) for node in nodes] or [_trace(args, evaluation)]
        if args.students is None and not args.vary:
            options["vary"] = False
        sheets = ag.worksheets(solutions, students=1 if args.students is None else args.students, **options)
    if args.csv is not None:
        # An existing file may have answers.
        with Path(args.csv).open("x", encoding="utf-8") as file:
            file.write(sheets.answer_form())
        return Outcome("")
    if args.mark is not None:
        marks = sheets.mark(args.mark)
        return Outcome("\n\n".join([str(marks), *(f"Sheet {i}\n{of_sheet}" for i, of_sheet in marks.items())]))
    (first, *further), *others = sheets.sheets
    is_single = args.students is None and not further and not others
    return Outcome(getattr(first if is_single else sheets, args.style)())


def compile(args: argparse.Namespace, evaluation: Evaluation) -> Outcome:
    """Print the expression and its gradient as an array program: as NumPy source, and as equations."""
    _leaves(evaluation)
    compiled = compile_by_name(evaluation.output)
    return Outcome(f"{compiled.source}\n\n{compiled.equations(latex=args.latex)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv`, print its output, and return the exit status.

    Args:
        argv: the arguments; by default those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        args = _parse(sys.argv[1:] if argv is None else argv)
        outcome: Outcome = args.run(args, evaluate(args.expression.strip(), _values(args.values)))
        _print(outcome.text)
    except _UnwritableError as error:
        _report(f"error: {error}\n")
        return 3
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        _report(f"error: {error}\n")
        return 2
    return outcome.status


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        _PROGRAM,
        description="Work out, draw, explore and check the derivatives of an expression.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="command", required=True)
    tracing = _command(
        commands, trace, f"{_EXPRESSION} --wrt w", "the name to differentiate by, needed if there are several"
    )
    _styles(tracing, latex="LaTeX, for math mode", markdown="Markdown with LaTeX", html="HTML")
    views = tracing.add_mutually_exclusive_group()
    views.add_argument("--steps", action="store_true", help="derive each factor, with the name of each rule")
    views.add_argument("--why", action="store_true", help="explain the size of the derivative in words")
    views.add_argument(
        "--nudge",
        type=float,
        metavar="DELTA",
        help="add DELTA to the name, and compare the real change with the predicted",
    )
    views.add_argument("--sweep", metavar="MODE", help="state a whole sweep line by line: reverse or forward")
    sheets = _command(
        commands,
        worksheet,
        '"y = (3*x + 1)**4" x=2 --seed 3 --latex',
        "the name to differentiate by, needed if there are several; repeat it for an exercise for each",
    )
    outputs = _styles(sheets, latex="a LaTeX document", markdown="Markdown with LaTeX")
    outputs.add_argument("--csv", metavar="FILE", help="write a CSV table to fill in with the answers, to a new file")
    outputs.add_argument("--mark", metavar="FILE", help="mark the answers in a CSV file that began as that table")
    sheets.add_argument("--seed", type=int, default=0, help="seed of the blanks and of other numbers (default: 0)")
    sheets.add_argument("--vary", action="store_true", help="draw other numbers for the names")
    sheets.add_argument("--students", type=int, metavar="N", help="make N sheets with other numbers, and their keys")
    sheets.add_argument(
        "--difficulty",
        default="medium",
        metavar="DIFFICULTY",
        help="easy, medium (default) or hard: the share of blanks",
    )
    _command(
        commands, grad, _EXPRESSION, "a name to differentiate by; may be repeated (default: every name with a value)"
    )
    drawing = _command(
        commands, draw, '"e = (a + b) * (b + 1)" a=2 b=1 --wrt b --save e.svg', "highlight the paths from this name"
    )
    drawing.add_argument(
        "--save",
        metavar="FILE",
        help="write a .svg, .png, .pdf, .dot, .tex or .mmd file (default: SVG on standard output)",
    )
    for pictured in (tracing, drawing):
        pictured.add_argument("--svg", metavar="FILE", help="write the drawing to this .svg file")
    for look, choices in _LOOKS.items():
        drawing.add_argument(f"--{look}", help=choices)
    drawing.add_argument(
        "--open",
        action="append",
        metavar="NAME",
        help="unfold this name or layer; may be repeated, and '' unfolds nothing (default: the neuron that uses --wrt)",
    )
    exploring = _command(
        commands, explore, '"e = (a + b) * (b + 1)" a=2 b=1 --wrt b --save e.html', "the name to start with"
    )
    exploring.add_argument("--save", metavar="FILE", help="write a .html file (default: standard output)")
    exploring.add_argument("--steps", action="store_true", help="add the derivation of each factor to the page")
    exploring.add_argument("--direction", help=_LOOKS["direction"])
    exploring.add_argument("--theme", help="auto (default), light or dark")
    _command(commands, check, _EXPRESSION)
    compiling = _command(commands, compile, _EXPRESSION)
    compiling.add_argument("--latex", action="store_true", help="write the equations in LaTeX")
    # An argument that begins with a minus and does not look like an option is an expression. A blank before the minus
    # keeps argparse from reading it as an option.
    words = [f" {word}" if word[:1] == "-" and not _OPTION.fullmatch(word) else word for word in argv]
    if words and words[0] in commands.choices:
        command: argparse.ArgumentParser = commands.choices[words[0]]
        # Values may be before and after options.
        return command.parse_intermixed_args(words[1:])
    return parser.parse_args(words)


def _styles(command: argparse.ArgumentParser, **forms: str) -> Any:
    """Add an option for each form in which a command prints its output; return the group, which excludes others."""
    styles = command.add_mutually_exclusive_group()
    for style, form in forms.items():
        styles.add_argument(f"--{style}", dest="style", action="store_const", const=style, help=f"print {form}")
    command.set_defaults(style="__str__")
    return styles


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
    command.add_argument("values", nargs="*", metavar="name=number", help="a value for each name in the expression")
    if wrt:
        command.add_argument("--wrt", action="append", metavar="NAME", help=wrt)
    return command


def _trace(args: argparse.Namespace, evaluation: Evaluation) -> Trace:
    """Return the trace by the one variable that ``--wrt`` names, or that the expression has."""
    nodes = _wrt(args, evaluation) or _leaves(evaluation)
    if len(nodes) > 1:
        names = ", ".join(x.label for x in nodes)
        raise ValueError(f"--wrt must name one variable, got {len(nodes)}; choose one of {names}")
    return ag.trace(evaluation.output, nodes[0])


def _values(words: Sequence[str]) -> dict[str, float]:
    """Return the values that are given as ``name=number``."""
    values: dict[str, float] = {}
    for word in words:
        label, x = assignment(word)
        if label in values:
            raise ExpressionError(f"{quoted(label)} is given a value twice", word, 0, len(label))
        values[label] = x
    return values


def _wrt(args: argparse.Namespace, evaluation: Evaluation) -> list[Value]:
    """Return the nodes that --wrt names, each once."""
    known = evaluation.names
    labels = dict.fromkeys("".join(label.split()) for label in args.wrt or ())
    for label in labels:
        if label not in known:
            hint = alike(label, known) or f"; there are {', '.join(map(quoted, known)) or 'none'}"
            raise ExpressionError(f"the expression has no name {quoted(label)}{hint}", f"--wrt {label}", 6, len(label))
    return [known[label] for label in labels]


def _opened(args: argparse.Namespace, evaluation: Evaluation) -> list[str] | None:
    """Return the names that --open gives, as in the expression; [] to unfold nothing, None without the option."""
    if args.open is None:
        return None
    labels = {text: "".join(text.split()) for text in args.open}
    return [label if label in evaluation.names else text for text, label in labels.items() if label]


def _leaves(evaluation: Evaluation) -> list[Value]:
    leaves = ag.leaves(evaluation.output)
    if not leaves:
        raise ValueError("the expression has only numbers; to differentiate by one, give it a name")
    return leaves


def _save_svg(drawing: Any, file: str) -> None:
    if not file.lower().endswith(".svg"):
        raise ValueError(f"--svg must be a file that ends in .svg, got {file!r}; draw --save writes other formats")
    _save(drawing, file)


def _save(view: Any, file: str) -> None:
    view.save(file)
    _report(f"wrote {file}\n")


class _UnwritableError(Exception):
    """Standard output that cannot be written."""


class _Parser(argparse.ArgumentParser):
    """Argument parser that raises an error if it cannot write a message; argparse ignores that."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:
            _print(message)
        else:
            _report(message)

    def error(self, message: str) -> NoReturn:
        """Print the usage and `message` to standard error, and exit with status 2."""
        _report(f"{self.format_usage()}{self.prog}: error: {message}\n")
        sys.exit(2)


def _print(text: str) -> None:
    """Write `text` to standard output.

    Raises:
        _UnwritableError: it cannot be written.
    """
    # The parent process may have closed it.
    if sys.stdout is None:
        raise _UnwritableError("standard output must be open, got a closed one; redirect it to a file")
    try:
        print(text, end="" if text.endswith("\n") or not text else "\n", flush=True)
    except OSError as error:
        # Otherwise Python would try to write again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _UnwritableError(
            f"standard output cannot be written: {error.strerror or error}; the output is incomplete"
        ) from error


def _report(text: str) -> None:
    """Write `text` to standard error if that is possible; the exit status reports an error in any case."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
