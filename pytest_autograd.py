"""The pytest plugin of scalar-autograd: gradient checks as tests.

pytest loads this file in every run, so it stands beside the package and imports nothing of it before a test asks.

The fixture ``gradcheck`` is `autograd.gradcheck`, and fails the test with the report if a derivative is wrong::

    def test_cost(gradcheck):
        gradcheck(cost, [2.0, 5.0])                           # our derivatives of cost(x, y)
        gradcheck(cost, [2.0, 5.0], gradient=by_hand)         # somebody else's

The marker ``gradients`` turns a function of numbers into a test at each point.  The arguments of the test are the
numbers, and what it returns is differentiated; any arguments after these are fixtures as usual::

    @pytest.mark.gradients(points=[(2.0, 5.0), (0.1, 3.0)])
    def test_f(x, y):
        return ag.log(x) + x * y - ag.sin(y)

    @pytest.mark.gradients(points=[2.0, 5.0], gradient=math.cos)
    def test_sin(x):
        return math.sin(x)

These are ``test_f[2.0,5.0]``, ``test_f[0.1,3.0]``, ``test_sin[2.0]`` and ``test_sin[5.0]``.  A point is a number, a
tuple of separate arguments, a list for one argument that is a sequence, or a `pytest.param`.  With
``draw=20, domain=ag.Interval(0.0, 5.0)``, or a tuple of an interval for each argument, points are drawn as well.  All
other options are those of `autograd.gradcheck`.

Beside passed and failed there are two more outcomes.  ``KINK``: there is no derivative at this point, and what was
checked is a valid subgradient; the test has passed.  ``UNDECIDED``: finite differences cannot tell; to pytest the test
is skipped, so it is never one that passed.  Both are explained at the end of the run, and with ``--gradcheck-strict``
both fail, except kinks where the test says ``kinks="pass"``.

Drawn points are the same in every run; ``--gradcheck-seed`` gives others, and a failure says how to repeat it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from importlib.util import find_spec
from shlex import quote
from textwrap import indent
from typing import Any

import pytest

_MARKER = (
    "gradients(points=[...], draw=0, domain=..., gradient=..., order=1, rtol=..., kinks=...): "
    "the arguments of the test are the numbers of a point, and what it returns is differentiated and checked there"
)
_OUTCOMES = {"kink": "passed", "undecided": "skipped"}
"""What pytest counts them as."""
_TITLES = {
    "kink": "passed at a kink: no derivative here, and a valid subgradient",
    "undecided": "undecided: finite differences cannot tell",
}
_PREFIX = "gradcheck "
"""What is to be said of a test goes into its properties, under this and the outcome, and so through xdist and JUnit."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options."""
    group = parser.getgroup("gradcheck", "gradient checks (scalar-autograd)")
    group.addoption(
        "--gradcheck-strict",
        action="store_true",
        help="fail where a function is not differentiable and where finite differences cannot tell",
    )
    group.addoption(
        "--gradcheck-seed", type=int, default=0, metavar="N", help="what drawn points depend on (default: %(default)s)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, refuse a damaged installation, and draw from the seed if one is given."""
    from _scalar_autograd import refuse_hips_autograd

    try:
        refuse_hips_autograd(find_spec("autograd"))
    except ImportError as error:
        raise pytest.UsageError(str(error)) from error
    config.addinivalue_line("markers", _MARKER)
    seed = config.getoption("gradcheck_seed", 0)
    if seed:
        from autograd.testing import SEED

        token = SEED.set(seed)
        config.add_cleanup(lambda: SEED.reset(token))


@pytest.fixture
def gradcheck(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`autograd.gradcheck`, failing the test with the report if a derivative is wrong; returns the check."""

    def gradcheck(subject: Any, at: Any = None, **options: Any) -> Any:
        __tracebackhide__ = True
        return _check(request.node, subject, at, options)

    return gradcheck


def _check(item: pytest.Item, subject: Any, at: Any, options: dict[str, Any]) -> Any:
    """The check, noted with the test if it is unusual, and raised if it fails."""
    __tracebackhide__ = True
    import autograd
    from autograd.testing import GradientError, outcome

    check = autograd.gradcheck(subject, at, **options)
    if item.config.getoption("gradcheck_strict") and "kinks" not in options:
        check = check.strict()
    found = outcome(check)
    if found == "fail" or (found == "undecided" and item.config.getoption("gradcheck_strict")):
        raise GradientError(str(check), check)
    _note(item, check)  # and on with the test: what a later check finds may be worse
    return check


def _note(item: pytest.Item, check: Any) -> None:
    from autograd.testing import outcome

    found = outcome(check)
    if found in _OUTCOMES and not _noted(item, found):
        kinks = [f"{x.name}: {x.remark()}" for x in (*check.leaves, *check.edges) if x.verdict == found == "kink"]
        item.user_properties.append((_PREFIX + found, kinks[0] if kinks else str(check)))


def _noted(source: pytest.Item | pytest.TestReport, found: str) -> str:
    return str(dict(source.user_properties).get(_PREFIX + found, ""))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each point of a marked function; its mark then says which arguments the numbers are."""
    marker = metafunc.definition.get_closest_marker("gradients")
    if marker is None:
        return
    name = metafunc.function.__name__
    arguments = [x for x in inspect.signature(metafunc.function).parameters if x in metafunc.fixturenames]  # no self
    points = _points(name, arguments, *marker.args, **marker.kwargs)
    widths = {len(point.values) for point in points}
    if len(widths) != 1 or not 0 < max(widths) <= len(arguments):
        came = "points of " + " and ".join(map(str, sorted(widths))) + " arguments" if points else "no points"
        advice = "points=[(2.0, 5.0)] for (x, y), points=[2.0] for (x), points=[([2.0, 5.0],)] for one sequence"
        pytest.fail(f"{name}({', '.join(arguments)}) is marked `gradients`, with {came}; give {advice}", pytrace=False)
    numbers = arguments[: max(widths)]
    options = {key: value for key, value in marker.kwargs.items() if key not in ("points", "draw", "domain")}
    mark = pytest.mark.gradients(numbers=numbers, options=options)
    rows = [pytest.param(*x.values, marks=[*x.marks, mark], id=x.id or _shown(x.values)) for x in points]
    metafunc.parametrize(numbers, rows)


def _points(
    name: str, arguments: Sequence[str], points: Iterable[Any] = (), draw: int = 0, domain: Any = (), **options: Any
) -> list[Any]:
    """The points that a marker asks for, each a `pytest.param`."""
    found = [_point(point, len(arguments)) for point in points]
    if draw:
        from autograd.testing import draw as drawn

        width = len(domain) if isinstance(domain, tuple) and domain else len(arguments)
        found += [pytest.param(*point) for point in drawn(domain, len(found[0].values) if found else width, draw, name)]
    return found


def _point(point: Any, arguments: int) -> Any:
    """A point as a `pytest.param`; a list is one argument, unless there are as many arguments as it has numbers."""
    if hasattr(point, "marks"):
        return point
    is_spread = arguments > 1 and getattr(point, "__len__", lambda: 0)() == arguments
    return pytest.param(*(point if isinstance(point, tuple) or is_spread else (point,)))


def _shown(point: Sequence[Any]) -> str:
    """A point as it stands in the name of a test: ``2.0,5.0``."""
    parts = [part.tolist() if hasattr(part, "tolist") else part for part in point]
    text = ",".join(f"[{_shown(part)}]" if isinstance(part, (list, tuple)) else repr(part) for part in parts)
    return text if len(text) <= 60 else f"{text[:57]}..."


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Check the function that a marked test is."""
    __tracebackhide__ = True
    mark = next((x for x in pyfuncitem.iter_markers("gradients") if "numbers" in x.kwargs), None)
    if mark is None:
        return None
    function, given, names = pyfuncitem.obj, pyfuncitem.funcargs, mark.kwargs["numbers"]
    fixtures = {x: given[x] for x in inspect.signature(function).parameters if x in given and x not in names}

    def numbers_to_number(*numbers: Any) -> Any:
        result = function(**dict(zip(names, numbers, strict=True)), **fixtures)
        if result is None:
            raise TypeError(f"{function.__name__}() is marked `gradients`: it must return the number to differentiate")
        return result

    numbers_to_number.__name__ = function.__name__
    numbers_to_number.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    )
    _check(pyfuncitem, numbers_to_number, tuple(given[name] for name in names), mark.kwargs["options"])
    return True


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Tell what cannot be told from what fails, and of a failure how to repeat it."""
    result = yield
    report = result.get_result()
    testing = sys.modules.get("autograd.testing")
    if call.when != "call" or testing is None or hasattr(report, "wasxfail"):
        return
    error = call.excinfo and call.excinfo.value
    is_undecided = report.passed and _noted(item, "undecided")
    if report.failed and isinstance(error, testing.GradientError):
        if error.is_undecided and not item.config.getoption("gradcheck_strict"):
            _note(item, error.check)
            is_undecided = True
        else:
            if item.get_closest_marker("gradients"):
                report.longrepr = _without_frames(call.excinfo, item)
            if hasattr(report.longrepr, "reprcrash"):
                report.longrepr.reprcrash.message = str(error)
            seed = item.config.getoption("gradcheck_seed")
            report.sections.append(("gradcheck", f"repeat: pytest {quote(item.nodeid)} --gradcheck-seed={seed}"))
    if is_undecided:
        path, line, _ = item.location
        report.user_properties = list(item.user_properties)
        report.outcome, report.longrepr = "skipped", (path, (line or 0) + 1, "finite differences cannot tell")


def _without_frames(excinfo: Any, item: pytest.Item) -> Any:
    """An error as if it had been raised where a marked test begins: no line of the user's led to it."""
    shown = excinfo.getrepr(style="value")
    path, line, _ = item.location
    shown.reprcrash.path, shown.reprcrash.lineno = path, (line or 0) + 1
    return shown


def pytest_report_teststatus(report: Any) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """A letter and a word of their own for kinks and for what cannot be told."""
    if getattr(report, "when", "") == "call" and not hasattr(report, "wasxfail"):
        for found in ("undecided", "kink"):
            if _noted(report, found) and report.outcome == _OUTCOMES[found]:
                return found, found[0], (found.upper(), {"yellow": True})
    return None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Why a test is at a kink or undecided: neither is ever silent."""
    for found, title in _TITLES.items():
        reports = terminalreporter.stats.get(found, [])
        if reports:
            terminalreporter.section(title)
        for report in reports:
            terminalreporter.write_line(report.nodeid, yellow=True)
            terminalreporter.write_line(indent(_noted(report, found), "  "))
