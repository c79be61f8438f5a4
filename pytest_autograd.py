"""The pytest plugin of scalar-autograd: gradient checks as tests.

pytest loads this file in every run, so it is a module beside the package and imports the package only when a test needs
it.

The fixture ``gradcheck`` is `autograd.gradcheck`. It fails the test with the report if a derivative is wrong::

    def test_cost(gradcheck):
        gradcheck(cost, [2.0, 5.0])                           # the engine's derivatives of cost(x, y)
        gradcheck(cost, 2.0, 5.0)                             # the same
        gradcheck(cost, [2.0, 5.0], gradient=by_hand)         # derivatives of your own

The marker ``gradients`` turns a function of numbers into one test for each point. The arguments of the test are the
numbers, and the number that it returns is differentiated. Any further arguments are fixtures as usual::

    @pytest.mark.gradients(points=[(2.0, 5.0), (0.1, 3.0)])
    def test_f(x, y):
        return ag.log(x) + x * y - ag.sin(y)

    @pytest.mark.gradients(points=[2.0, 5.0], gradient=math.cos)
    def test_sin(x):
        return math.sin(x)

The tests are ``test_f[2.0,5.0]``, ``test_f[0.1,3.0]``, ``test_sin[2.0]`` and ``test_sin[5.0]``. A point is a number, a
tuple of separate arguments, a list for one argument that is a sequence, or a `pytest.param`. With
``draw=20, domain=ag.Interval(0.0, 5.0)``, or a tuple of an interval for each argument, points are drawn as well. All
other options are those of `autograd.gradcheck`.

There are two outcomes besides passed and failed. ``KINK``: there is no derivative at this point, and the number is a
valid subgradient. The test passes. ``UNDECIDED``: finite differences are inconclusive. pytest reports the test as
skipped, so it never counts as passed. Both are explained at the end of the run. With ``--gradcheck-strict`` both fail,
except kinks in a test with ``kinks="pass"``.

Drawn points are the same in every run. ``--gradcheck-seed`` draws others, and a failure shows the command that repeats
it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from importlib.util import find_spec
from shlex import quote
from textwrap import indent
from types import TracebackType
from typing import Any

import pytest

_MARKER = (
    "gradients(points=[...], draw=0, domain=..., gradient=..., order=1, rtol=..., atol=..., noise=..., mode=..., "
    "kinks=...): "
    "check the derivatives of the returned number by the arguments of the test, at each point"
)
# The outcomes that pytest reports for the two additional ones.
_OUTCOMES = {"kink": "passed", "undecided": "skipped"}
_TITLES = {
    "kink": "passed at a kink: no derivative here, and a valid subgradient",
    "undecided": "undecided: finite differences cannot tell",
}
# Explanations are stored in the user properties of a test, under this prefix and the outcome: pytest-xdist and JUnit
# reports transfer these.
_PREFIX = "gradcheck "
# Characters of the point in the name of a test.
MAX_ID_LENGTH = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("gradcheck", "gradient checks (scalar-autograd)")
    group.addoption(
        "--gradcheck-strict",
        action="store_true",
        help="fail tests at points without a derivative, and tests that finite differences cannot decide",
    )
    group.addoption(
        "--gradcheck-seed", type=int, default=0, metavar="N", help="the seed of drawn points (default: %(default)s)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, refuse a damaged installation, and set the seed."""
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
    """Return `autograd.gradcheck`, which fails the test with the report if a derivative is wrong."""

    def gradcheck(subject: Any, *points: Any, at: Any = None, **options: Any) -> Any:
        __tracebackhide__ = True
        if points and at is not None:
            raise TypeError("gradcheck() takes the point once; pass it as at=, or after the function")
        # Several arguments are passed one by one, or as a tuple.
        at = points if len(points) > 1 else points[0] if points else at
        return _check(request.node, subject, at, options)

    return gradcheck


def _check(item: pytest.Item, subject: Any, at: Any, options: dict[str, Any]) -> Any:
    """Return the check; store its explanation with the test if it is unusual, and raise if it fails."""
    __tracebackhide__ = True
    import autograd
    from autograd.testing import GradientError, outcome

    try:
        check = autograd.gradcheck(subject, at, **options)
    except Exception as error:
        _remove_own_frames(error)
        # The same error again, so that the one that it was raised in handling stays.
        raise error
    if item.config.getoption("gradcheck_strict") and "kinks" not in options:
        check = check.strict()
    result = outcome(check)
    if result == "fail" or (result == "undecided" and item.config.getoption("gradcheck_strict")):
        raise GradientError(str(check), check)
    # The test continues, because a later check in it may fail.
    _store(item, check)
    return check


def _remove_own_frames(error: BaseException) -> None:
    """Remove the frames of the package from the traceback of an error, and causes that have no others."""
    error.__traceback__ = _without_own_frames(error.__traceback__)
    if error.__cause__ is not None:
        _remove_own_frames(error.__cause__)
        if error.__cause__.__traceback__ is None:
            error.__cause__ = None


def _without_own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of the package and of this module; None if it has no others."""
    entries: list[TracebackType] = []
    while traceback is not None:
        # By the module, since the names of files of compiled modules are relative.
        if traceback.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in ("autograd", __name__):
            entries.append(traceback)
        traceback = traceback.tb_next
    kept: TracebackType | None = None
    for entry in reversed(entries):
        kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept


def _store(item: pytest.Item, check: Any) -> None:
    """Store the explanation of a kink or an undecided check with the test."""
    from autograd.testing import outcome

    result = outcome(check)
    if result in _OUTCOMES and not _stored(item, result):
        kinks = [f"{x.name}: {x.remark()}" for x in (*check.leaves, *check.edges) if x.verdict == result == "kink"]
        item.user_properties.append((_PREFIX + result, kinks[0] if kinks else str(check)))


def _stored(source: pytest.Item | pytest.TestReport, result: str) -> str:
    """Return the explanation that is stored for an outcome, or ""."""
    return str(dict(source.user_properties).get(_PREFIX + result, ""))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Generate a test for each point of a marked function; its mark then names the arguments that are numbers."""
    marker = metafunc.definition.get_closest_marker("gradients")
    if marker is None:
        return
    name = metafunc.function.__name__
    # `self` is not a fixture.
    arguments = [x for x in inspect.signature(metafunc.function).parameters if x in metafunc.fixturenames]
    points = _points(name, arguments, *marker.args, **marker.kwargs)
    widths = {len(point.values) for point in points}
    if len(widths) != 1 or not 0 < max(widths) <= len(arguments):
        got = f"points of {' and '.join(map(str, sorted(widths)))} arguments" if points else "no points"
        advice = "points=[(2.0, 5.0)] for (x, y), points=[2.0] for (x), points=[([2.0, 5.0],)] for one sequence"
        pytest.fail(f"{name}({', '.join(arguments)}) is marked `gradients`, with {got}; give {advice}", pytrace=False)
    numbers = arguments[: max(widths)]
    options = {key: value for key, value in marker.kwargs.items() if key not in ("points", "draw", "domain")}
    mark = pytest.mark.gradients(numbers=numbers, options=options)
    rows = [pytest.param(*x.values, marks=[*x.marks, mark], id=x.id or _test_id(x.values)) for x in points]
    metafunc.parametrize(numbers, rows)


def _points(
    name: str, arguments: Sequence[str], points: Iterable[Any] = (), draw: int = 0, domain: Any = (), **options: Any
) -> list[Any]:
    """Return the points of a marker, each a `pytest.param`."""
    params = [_point(point, len(arguments)) for point in points]
    if draw:
        from autograd.testing import draw as draw_points

        width = len(domain) if isinstance(domain, tuple) and domain else len(arguments)
        if params:
            width = len(params[0].values)
        params += [pytest.param(*point) for point in draw_points(domain, width, draw, name)]
    return params


def _point(point: Any, argument_count: int) -> Any:
    """Return a point as a `pytest.param`; a list is one argument unless there is an argument for each number."""
    if hasattr(point, "marks"):
        return point
    is_separate = argument_count > 1 and getattr(point, "__len__", lambda: 0)() == argument_count
    return pytest.param(*(point if isinstance(point, tuple) or is_separate else (point,)))


def _test_id(point: Sequence[Any]) -> str:
    """Return a point as it is written in the name of a test: ``2.0,5.0``."""
    entries = [x.tolist() if hasattr(x, "tolist") else x for x in point]
    text = ",".join(f"[{_test_id(x)}]" if isinstance(x, (list, tuple)) else repr(x) for x in entries)
    return text if len(text) <= MAX_ID_LENGTH else f"{text[: MAX_ID_LENGTH - 3]}..."


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    """Check the derivatives of a marked test instead of running it; a result, other than None, tells pytest so."""
    __tracebackhide__ = True
    mark = next((x for x in pyfuncitem.iter_markers("gradients") if "numbers" in x.kwargs), None)
    if mark is None:
        return None
    function, values, names = pyfuncitem.obj, pyfuncitem.funcargs, mark.kwargs["numbers"]
    fixtures = {x: values[x] for x in inspect.signature(function).parameters if x in values and x not in names}

    def differentiated(*numbers: Any) -> Any:
        result = function(**dict(zip(names, numbers, strict=True)), **fixtures)
        if result is None:
            raise TypeError(f"{function.__name__}() is marked `gradients`: it must return the number to differentiate")
        return result

    differentiated.__name__ = function.__name__
    differentiated.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    )
    return _check(pyfuncitem, differentiated, tuple(values[name] for name in names), mark.kwargs["options"])


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Report undecided tests as skipped, and add the command that repeats it to a failure."""
    result = yield
    report = result.get_result()
    testing = sys.modules.get("autograd.testing")
    if call.when != "call" or testing is None or hasattr(report, "wasxfail"):
        return
    error = call.excinfo and call.excinfo.value
    is_undecided = report.passed and _stored(item, "undecided")
    if report.failed and isinstance(error, testing.GradientError):
        if error.is_undecided and not item.config.getoption("gradcheck_strict"):
            _store(item, error.check)
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
    """Return an error located at the first line of a marked test, since no line of the test raised it."""
    representation = excinfo.getrepr(style="value")
    path, line, _ = item.location
    representation.reprcrash.path, representation.reprcrash.lineno = path, (line or 0) + 1
    return representation


def pytest_report_teststatus(report: Any) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Return the letter and the word for a kink and for an undecided test."""
    if getattr(report, "when", "") == "call" and not hasattr(report, "wasxfail"):
        for result in ("undecided", "kink"):
            if _stored(report, result) and report.outcome == _OUTCOMES[result]:
                return result, result[0], (result.upper(), {"yellow": True})
    return None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Explain every kink and every undecided test: neither is ever silent."""
    for result, title in _TITLES.items():
        reports = terminalreporter.stats.get(result, [])
        if reports:
            terminalreporter.section(title)
        for report in reports:
            terminalreporter.write_line(report.nodeid, yellow=True)
            terminalreporter.write_line(indent(_stored(report, result), "  "))
