"""The gradient check: entry point, the derivatives of the whole function, and the order of the stages.

A check samples a function, takes finite differences, compares each derivative with them to a verdict, looks for hints
at the mistake, and puts all findings into a report.
"""

from __future__ import annotations

import builtins
import inspect
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import cycle
from typing import Any

import numpy as np

from autograd.checking.common_mistakes import common_mistakes, with_errors, wrong_places
from autograd.checking.consistency import (
    Departure,
    RecordedGraph,
    engine_symmetry,
    given_symmetry,
)
from autograd.checking.function import (
    AnalyticJacobian,
    FunctionAtPoint,
    Output,
    Outputs,
    RecordedFunction,
    departure_from_graph,
    find_escaped_values,
    find_nondeterminism,
    listed,
    parameters,
)
from autograd.checking.given_derivatives import Derivatives, GivenDerivatives
from autograd.checking.hints import (
    NOT_EVERYWHERE,
    add_entry_hints,
    add_rule_hints,
    at_other_point,
    small_errors,
    without_named_ratio,
)
from autograd.checking.jacobian import JacobianCheck, Matrix, Options, settle_negligible_entries
from autograd.checking.library_derivatives import (
    backward_passes,
    library_derivatives,
    library_of,
    library_remarks,
    nonlinear_pullbacks,
    require_one_type,
)
from autograd.checking.products import Product
from autograd.checking.report import Check
from autograd.checking.sampling import Restriction
from autograd.checking.verdict import DIFFERENCES, NO_VALUES_BESIDE, Difference, Finding, remarkable
from autograd.graph import if_none, unrelated
from autograd.op import TABLE, Op
from autograd.pytrees import NEEDS_NO_GRADIENT
from autograd.reals import is_real
from autograd.value import Value, topological_order

# Calling a function and recording its graph costs about ten times as much as evaluating the recorded graph.
RECORDING_COST = 10
# Characters of a point that is written out in the call that repeats a check.
MAX_POINT_LENGTH = 200
# Characters of an error that a report quotes.
MAX_ERROR_LENGTH = 200
# An argument without a name in the call that repeats a check.
NO_NAME = "…"
# Text that is made of numbers, lists and tuples only.
_NUMBERS = re.compile(r"[-+.0-9e,()\[\] ]+")


def gradcheck(
    subject: Any,
    at: Any = None,
    *further: Any,
    gradient: Any = None,
    hessian: Any = None,
    jvp: Callable[[Any, Any], Any] | None = None,
    vjp: Callable[[Any, Any], Any] | None = None,
    leaves: Sequence[Value] | None = None,
    order: int = 1,
    rtol: float = 1e-7,
    atol: float = 0.0,
    kinks: str = "pass",
    mode: str | None = None,
    noise: float | None = None,
) -> Check:
    """Check derivatives against finite differences; return a report that is true if they hold.

    For a graph, ``gradcheck(C)``, the derivative by every leaf is checked. Every recorded value and every stored
    partial is checked against its own operation, so that a wrong rule is named, and every sweep against the sum over
    the edges. For a function, ``gradcheck(f, [2.0, 5.0])``, the same is done with the graph that it records, and the
    finite differences call the function. If it returns several numbers, every entry of its Jacobian is checked. With
    ``gradient=`` the function may be any function of floats, and the given derivatives are checked. The result is the
    same every time, there is no absolute tolerance, and every `grad` is left as it was.

    With ``order=2`` the engine's gradient is differenced as well, every edge of its graph is checked, every rule is
    differentiated once more by itself, and the second derivatives must be symmetric up to rounding.

    Every derivative is differenced by itself up to 2,000 inputs. With more of them, or with ``mode="fast"``, the
    derivatives along three directions through all inputs are differenced instead, weighted so that an error of 1 % in
    one of them is found; the report says to what accuracy each is held. The same is done with a graph that is too large
    to be evaluated for each leaf. Its edges are checked all the same, and they vouch for every derivative.

    Args:
        subject: a Value, or a function that returns a number or a sequence of numbers.
        at: the point at which a function is checked. A number is one argument, and a tuple is separate arguments. A
            list or array is separate arguments if the function requires as many (``f(x, y)``), else one sequence
            (``f(p)``).
        further: must be empty. Pass several arguments of the function as one tuple, `at`.
        gradient: the derivatives to check, or a function of the same arguments that returns them: as numbers in the
            shape of the arguments; for several outputs with a row for each, or as a tuple with a block for each
            argument.
        hessian: the second derivatives to check, likewise; they are compared with finite differences of `gradient`, or
            of the engine's gradient.
        jvp: the product J·v to check, as a function of the point and a tangent v in the structure of the point. It
            returns the structure of the result. Several arguments are a tuple.
        vjp: the product uᵀ·J to check, as a function of the point and a cotangent u in the structure of the result. It
            returns the structure of the point. In mode "fast" both are called with three random vectors, otherwise
            with each unit vector.
        leaves: the nodes of a graph to differentiate by; by default all leaves except numbers in expressions.
        order: 1, or 2 to check second derivatives too.
        rtol: the relative tolerance, in addition to the error bar of the finite differences; for single operations it
            is at most 10⁻⁹.
        atol: the absolute tolerance for the derivatives of the whole function: a number passes if it is certain to be
            within `atol` of the derivative, error bar included. There is none for single operations.
        kinks: "pass" to accept a valid subgradient at a kink, "fail" to reject it.
        mode: "full" to difference every derivative by itself, "fast" to difference directions through all inputs;
            None for "full" where that is affordable.
        noise: the absolute noise of the values of the function, in their unit, such as 1e-8 for a solver with this
            tolerance or half the last digit of rounded numbers; for second derivatives also that of the gradient. None
            to estimate it: from the type of the values (float32), and from the values themselves.

    Returns:
        The findings, as an `autograd.checking.Check`; its text names what is wrong.

    Raises:
        TypeError: `subject` is neither a Value nor a function, or does not return numbers; the arguments are not one
            tuple; for order 2, it returns several numbers, or a rule takes floats only.
        ValueError: there are no leaves, or one of `leaves` is not in the graph; or `gradient` or `hessian` has another
            shape, such as a transposed or flattened one.

    >>> w, a = Value(0.15, "w"), Value(0.8, "a")
    >>> check = gradcheck(((w * a + 0.38).sigmoid() ** 2).named("C"))
    >>> bool(check), len(check.leaves), len(check.edges)
    (True, 2, 5)
    >>> bool(gradcheck(lambda x, y: x * y, [2.0, 5.0], gradient=lambda x, y: (x, y)))
    False
    >>> print(gradcheck(lambda x, y: x * y, [2.0, 5.0], order=2).symmetry)
    symmetry: H = Hᵀ exactly
    """
    if further:
        raise TypeError(_several_arguments(subject, (at, *further)))
    if kinks not in ("pass", "fail"):
        raise ValueError(f"kinks must be 'pass' or 'fail', got {kinks!r}")
    if mode not in (None, "full", "fast"):
        raise ValueError(f"mode must be 'full', 'fast' or None, got {mode!r}")
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}")
    if not 0.0 <= rtol < 1.0:
        raise ValueError(f"rtol must be a relative tolerance from 0 to 1, got {rtol!r}")
    if not 0.0 <= atol < math.inf:
        raise ValueError(
            f"atol must be an absolute tolerance from 0 on, got {atol!r}; give it in units of the derivative"
        )
    if noise is not None and (isinstance(noise, (bool, np.bool_)) or not is_real(noise) or not 0.0 < noise < math.inf):
        raise ValueError(
            f"noise must be a positive number, got {noise!r}; give the largest error of the values of the function, in "
            "their unit, or leave it out to have it estimated"
        )
    products = {name: product for name, product in (("jvp", jvp), ("vjp", vjp)) if product is not None}
    is_given = gradient is not None or hessian is not None or bool(products)
    if is_given and order == 2:
        raise TypeError(
            "order must be 1 for given derivatives, got 2; pass second derivatives as hessian=, "
            "or leave gradient= and hessian= out to check the engine's own"
        )
    tolerances = Options(rtol, atol, mode, float(noise or 0.0))
    check: Check | None = None
    with np.errstate(all="ignore"):
        if isinstance(subject, Value):
            if at is not None or is_given:
                raise TypeError(
                    "gradcheck() of a Value takes no point and no gradient, because its graph has both; "
                    "pass the function to check it elsewhere"
                )
            check = _check_graph(subject, leaves, tolerances, order)
        elif not callable(subject):
            got = f"{type(subject).__name__} {subject!r:.40}{if_none(subject)}"
            raise TypeError(f"the first argument of gradcheck() must be a Value or a function, got {got}")
        elif at is None or leaves is not None:
            raise TypeError("gradcheck() of a function takes a point and no leaves; write gradcheck(f, [2.0, 5.0])")
        else:
            function = FunctionAtPoint(subject, at)
            try:
                if gradient is not None or hessian is not None or not products:
                    check = _check_callable(function, gradient, hessian, tolerances, order)
                for name, product in products.items():
                    part = _check_product(Product(name, product, function), tolerances)
                    check = part if check is None else _joined(check, part)
            except (TypeError, IndexError) as error:
                explained = _with_remark_on_integers(error, function)
                if explained is error:
                    raise
                raise explained from error
            if check is not None and check.mode == "full":
                check.arguments = _argument_names(check.leaves, function)
    options = {
        "order": (order, 1),
        "rtol": (rtol, 1e-7),
        "atol": (atol, 0.0),
        "kinks": (kinks, "pass"),
        "mode": (mode, None),
        "noise": (noise, None),
    }
    changed = [f"{key}={value!r}" for key, (value, default) in options.items() if value != default]
    given = {"gradient": gradient, "hessian": hessian, **products, "leaves": leaves}
    assert check is not None
    check.repeat = gradcheck_call(subject, at, given, changed)
    return check if kinks == "pass" else check.strict()


def _several_arguments(subject: Any, args: Sequence[Any]) -> str:
    """Return the error for arguments that are passed one by one."""
    got = f"got {len(args)} arguments after the {'Value' if isinstance(subject, Value) else 'function'}"
    if isinstance(subject, Value):
        return f"gradcheck() of a Value must have no point, {got}; its options have names, such as leaves="
    names = ", ".join(parameters(subject, args)) if callable(subject) else "x, y"
    return f"several arguments must be a tuple: gradcheck(f, ({names})), {got}; options have names, such as gradient="


def _check_graph(output: Value, leaves: Sequence[Value] | None, options: Options, order: int) -> Check:
    nodes = topological_order(output)
    wrt = [x for x in nodes if x.op is None and not x.constant] if leaves is None else list(leaves)
    if not wrt:
        raise ValueError(f"{output!r} depends on no leaf to differentiate by; compute it from a Value, or pass leaves=")
    below = set(map(id, nodes))
    for x in wrt:
        if id(x) not in below:
            raise ValueError(unrelated(output, x, "so there is no derivative to check"))
    title = output.label or "output"
    labels = [x.label or f"leaf {i}" for i, x in enumerate(wrt, 1)]
    outputs = Outputs([output], [Output(title)], wrt, labels, order)
    known = nodes if order == 1 else None
    graph = RecordedGraph(outputs.nodes, outputs.names, wrt, options.rtol, order, known)
    whole = JacobianCheck(
        graph.jacobian(labels), graph.restricted_to, graph.noises, len(graph.flat.order), options=options
    )
    return _check_recorded(title, graph, whole, outputs)


def _check_callable(function: FunctionAtPoint, gradient: Any, hessian: Any, options: Options, order: int) -> Check:
    """Check derivatives of a function: given ones, or those by the library of its arrays, or the engine's."""
    library, source, notes = "", "given", function.remarks()
    if gradient is None and {"jax", "torch"} & set(sys.modules):
        library = library_of(function)
    if library:
        notes += library_remarks(library, function)
        gradient, second = library_derivatives(library, function)
        source, hessian = library, second if order == 2 else hessian
    if gradient is None and hessian is None:
        check = _check_function(function, options, order)
    else:
        try:
            check = _check_given(function, gradient, hessian, options, source)
        except RuntimeError as error:
            require_one_type(function, error)
            raise
    if library and not check.is_nondeterministic:
        check.leaves = [*check.leaves, *nonlinear_pullbacks(library, function)]
    if library and not check:
        notes += backward_passes(library, function)
    check.remarks = [*check.remarks, *notes]
    if any(x.reason == NEEDS_NO_GRADIENT for x in function.fixed):
        # Such a tensor may be left out by mistake, so the headline says which are checked.
        check.title += f" by {listed(function.leaf_names)}"
    return check


def _check_product(product: Product, options: Options) -> Check:
    """Check a product with a Jacobian: by its columns or rows or random combinations of them, and by its linearity."""
    vectors = product.vectors() if product.is_fast(options.mode) else None
    if vectors is None:
        check = _check_given(product.function, product.derivatives(), None, options, product.name)
    elif product.name == "vjp":
        check = _check_combined_outputs(product, vectors, options)
    else:
        check = _check_along(product, vectors, options)
    if not check.values:
        check.leaves = [*check.leaves, *product.nonlinearity(vectors)]
    check.remarks = [*check.remarks, *product.function.remarks()]
    return check


def _check_combined_outputs(product: Product, vectors: Matrix, options: Options) -> Check:
    """Check vjp with random cotangents, each as the gradient of one combination of the outputs."""
    combined = product.combined_outputs(vectors)
    check = _check_given(combined, product.derivatives(vectors), None, options._replace(mode="fast"), product.name)
    count, size = vectors.shape
    remark = f"vjp was called with {count} random cotangents u for all {size:,} outputs, not with each unit vector"
    return replace(check, title=product.function.title, remarks=[*check.remarks, remark])


def _check_along(product: Product, vectors: Matrix, options: Options) -> Check:
    """Check jvp with random tangents, each against differences of the function in this direction."""
    along, (count, size) = product.along(vectors), vectors.shape
    given = product.derivatives(vectors)
    derivatives = Derivatives(lambda _: given.at(product.function.arguments_with([], [])))
    check = _check_given(along, derivatives, None, options._replace(mode="full"), product.name)
    outputs = [x.name.rpartition("/")[0].removeprefix("∂") for x in check.leaves]
    findings = [
        replace(x, label=f"{output} along direction {k % count + 1} of {count} through all {size:,} numbers", hint="")
        for k, (x, output) in enumerate(zip(check.leaves, outputs, strict=True))
    ]
    findings = [replace(x, is_direction=True) for x in findings]
    failing = [k for k, x in enumerate(findings) if x.verdict == "fail"]
    wrong = product.wrong_entries(failing[0] // count, vectors[failing[0] % count], options.rtol) if failing else ()
    largest = max((x.accuracy for x in findings if x.holds), default=0.0)
    remark = f"jvp was called with {count} random tangents for all {size:,} numbers, not with each unit vector"
    return replace(
        check,
        leaves=[*findings, *wrong],
        mode="fast",
        derivative_count=len(findings) // count * size,
        direction_count=count,
        resolution=f"their weighted sums to {largest:.1g}",
        remarks=[*check.remarks, remark],
    )


def _argument_names(findings: Sequence[Finding], function: FunctionAtPoint) -> list[str]:
    """Return the name of the argument of each derivative, row by row; "" for a nonlinearity."""
    names = cycle(function.argument_names())
    return [next(names, "") if x.against == DIFFERENCES else "" for x in findings]


def _joined(first: Check, second: Check) -> Check:
    remarks = [*first.remarks, *(x for x in second.remarks if x not in first.remarks)]
    return replace(first, leaves=first.leaves + second.leaves, remarks=remarks)


def _check_function(function: FunctionAtPoint, options: Options, order: int) -> Check:
    recorded = RecordedFunction(function, function.args, order, keep_lines=True)
    outputs, wrt = recorded.outputs, recorded.variables
    graph = RecordedGraph(outputs.nodes, outputs.names, wrt, options.rtol, order)
    noises = graph.noises()

    def restrict(keys: Sequence[int]) -> Restriction:
        return lambda numbers: RecordedFunction(function, function.arguments_with(keys, numbers), order)

    def departure(i: int, keys: Sequence[int]) -> str:
        return departure_from_graph(restrict(keys), graph.restricted_to(keys), i, [function.point[k] for k in keys])

    again = RecordedFunction(function, function.args, 1)
    first, second = _data(outputs.nodes), _data(again.outputs.nodes)
    graph.values.extend(find_nondeterminism(function.title, first, second, options.noise))
    cost = RECORDING_COST * len(graph.flat.order)
    whole = JacobianCheck(graph.jacobian(function.labels), restrict, lambda keys: noises, cost, recorded, options)
    check = _check_recorded(function.title, graph, whole, outputs, departure)
    if not all(x.holds for x in check.leaves) and all(
        x.holds for x in (*check.values, *remarkable(check.edges), *check.sweeps)
    ):
        # The graph is consistent and its derivatives are wrong, so it is not the graph of the function.
        check.values.extend(find_escaped_values(function, recorded, graph.flat.positions))
    return check


def _random_derivatives(first: GivenDerivatives, second: GivenDerivatives) -> list[str]:
    """Return a remark if the derivatives differ between two calls at the same point."""
    pairs = zip(first.jacobian.rows, second.jacobian.rows, strict=True)
    gaps = [abs(x.derivative - y.derivative) for row, again in pairs for x, y in zip(row, again, strict=True)]
    largest = max(gaps, default=0.0)
    if not largest > 0.0:
        return []
    return [
        f"the derivatives are not deterministic: two calls differ by up to {largest:.2g}; seed their random numbers"
    ]


def _data(nodes: Sequence[Value]) -> list[float]:
    return [node.data for node in nodes]


def _check_given(function: FunctionAtPoint, gradient: Any, hessian: Any, options: Options, source: str) -> Check:
    given = GivenDerivatives(function, gradient, hessian, source)
    here = given.restricted_to([])([])
    again = [here[i][0] for i in range(len(given.results))]
    differing = list(find_nondeterminism(function.title, given.results, again, options.noise))
    if differing:
        unchecked = _unchecked(given.jacobian, "the function is not deterministic")
        return Check(function.title, unchecked, values=differing)
    whole = JacobianCheck(given.jacobian, given.restricted_to, here=here, options=options, unit=given.unit)
    findings = [finding for _, _, finding in whole.findings(options.rtol)]
    if whole.is_entrywise:
        values = [here[i][0] for i in range(len(given.jacobian.outputs))]
        findings = settle_negligible_entries(findings, values, whole)
    mistakes: list[str] = []
    # Hints are sought only if an entry fails, so a passing check never enters their modules.
    if whole.is_entrywise and any(finding.verdict == "fail" for finding in findings):
        elsewhere = _findings_elsewhere(function, gradient, hessian, options)
        findings = add_entry_hints(findings, function, given.first_order_count, elsewhere)
        mistakes = _random_derivatives(given, GivenDerivatives(function, gradient, hessian, source))
        if len(findings) > 1:
            there = partial(at_other_point, elsewhere)
            mistakes += common_mistakes(findings, function, given.first_order_count, there)
            findings = with_errors(findings, function, given.first_order_count, there)
            if not mistakes:
                names = [output.name for output in given.jacobian.outputs]
                mistakes += wrong_places(findings, function, given.first_order_count, names)
        if not mistakes and not options.noise:
            mistakes += small_errors(findings)
    symmetry = given_symmetry(given, findings, options.rtol)
    mistakes += _remarks_beside(function.title, whole, findings)
    check = Check(function.title, findings, note=whole.note, symmetry=symmetry, remarks=mistakes, **whole.scope())
    if gradient is not None:
        return check
    # Only the Hessian was given, and it was compared with the engine's gradient: check that as well.
    own = _check_function(function, options, 1)
    return replace(own, leaves=own.leaves + findings, symmetry=symmetry, remarks=mistakes)


def _findings_elsewhere(
    function: FunctionAtPoint, gradient: Any, hessian: Any, options: Options
) -> Callable[[int], Finding] | None:
    """Return a function from the index of an entry to its finding at another point; None if numbers were given."""
    options = Options(options.rtol, noise=options.noise)
    is_known = [x is None or isinstance(x, Derivatives) or callable(x) for x in (gradient, hessian)]
    if not all(is_known):
        return None

    @cache
    def whole() -> JacobianCheck:
        given = GivenDerivatives(function.moved(), gradient, hessian, "given")
        here = given.restricted_to([])([])
        return JacobianCheck(given.jacobian, given.restricted_to, here=here, options=options, unit=given.unit)

    @cache
    def finding(index: int) -> Finding:
        i, k = divmod(index, len(function.point))
        return whole().entry(i, k, options.rtol)

    return finding


def _check_recorded(
    title: str, graph: RecordedGraph, whole: JacobianCheck, outputs: Outputs, departure: Departure | None = None
) -> Check:
    """Return the check of a recorded graph, from the findings on its nodes and those on the whole."""
    if graph.values:
        # Derivatives of other values than the recorded ones say nothing.
        findings = _unchecked(whole.jacobian, "the recorded values do not hold")
    else:
        findings = graph.settle(whole.findings(graph.rtol), departure)
    edges = graph.edges
    if any(edge.verdict == "fail" for edge in remarkable(edges)):
        edges = add_rule_hints(edges)
        if any(edge.reason.endswith(NOT_EVERYWHERE) for edge in edges):
            findings = [without_named_ratio(x) if x.verdict == "fail" else x for x in findings]
    return Check(
        title,
        findings,
        edges,
        graph.values,
        graph.count,
        whole.note,
        graph.sweeps,
        graph.curvatures,
        None if graph.values else engine_symmetry(outputs, whole.jacobian.rows),
        outputs=outputs.nodes,
        remarks=_remarks_beside(title, whole, findings),
        **whole.scope(),
    )


def _remarks_beside(title: str, whole: JacobianCheck, findings: Sequence[Finding]) -> list[str]:
    """Return remarks on derivatives that are undecided because the function raises errors all around the point."""
    isolated = [i for i, x in enumerate(findings) if x.difference.reason == NO_VALUES_BESIDE]
    if not isolated or not whole.errors:
        return []
    error = whole.errors[0]
    message = f"{type(error).__name__}: {error}".removesuffix(": ").splitlines()[0]
    remarks = [f"beside this point, {title} raised {message:.{MAX_ERROR_LENGTH}}"]
    if whole.is_entrywise:
        point, labels = whole.jacobian.point.tolist(), whole.jacobian.labels
        inputs = sorted({i % len(point) for i in isolated})
        integers = [k for k in inputs if point[k].is_integer()]
        remarks += [_remark_on_integers([labels[k] for k in integers], point[k]) for k in integers[-1:]]
    return remarks


def _remark_on_integers(names: Sequence[str], x: float) -> str:
    """Return the remedy for floats that must be integers, `x` for one; every float of a point is a variable."""
    return f"if {' or '.join(names)} must be an integer, pass it as one, {x:.0f} instead of {x:.1f}: it is held fixed"


def _with_remark_on_integers(error: TypeError | IndexError, function: FunctionAtPoint) -> TypeError | IndexError:
    """Return an error that an integer is missing, with the remedy; the error itself if it is another one."""
    if "integer" not in str(error):
        return error
    leaves = zip(function.inputs.leaves(), function.leaf_names, strict=True)
    numbers = {label: float(function.numbers[leaf.slice.start]) for leaf, label in leaves if leaf.shape == ()}
    whole = {label: x for label, x in numbers.items() if x.is_integer()}
    return type(error)(f"{error}; {_remark_on_integers([*whole], [*whole.values()][-1])}") if whole else error


def _unchecked(jacobian: AnalyticJacobian, reason: str) -> list[Finding]:
    """Return an undecided finding for each derivative."""
    nothing = Difference(math.nan, math.inf, reason=reason)
    entries = (entry for row in jacobian.rows for entry in row)
    return [
        Finding(entry.derivative, nothing, "undecided", label=label, source=jacobian.source)
        for entry, label in zip(entries, jacobian.names(), strict=True)
    ]


def gradcheck_call(subject: Any, at: Any, given: Mapping[str, Any], options: Sequence[str] = ()) -> str:
    """Return the call that repeats a check; "" if an argument has no name and cannot be written out.

    Args:
        subject: the function or the graph.
        at: the point; None for a graph.
        given: further arguments by name; None for one that was not passed.
        options: the remaining arguments in source form.

    >>> gradcheck_call(math.hypot, (2.0, 5.0), {"gradient": math.atan2}, ["rtol=0.1"])
    'ag.gradcheck(math.hypot, (2.0, 5.0), gradient=math.atan2, rtol=0.1)'
    >>> gradcheck_call(lambda x: x, 2.0, {})
    ''
    """
    args = [_source(subject), *([] if at is None else [_source(at)])]
    args += [f"{name}={_source(x)}" for name, x in given.items() if x is not None]
    # A call with a gap cannot be run.
    return "" if any(NO_NAME in x for x in args) else f"ag.gradcheck({', '.join([*args, *options])})"


def _source(arg: Any) -> str:
    """Return the source of short numbers, and the names of functions and Values; else "…"."""
    if isinstance(arg, (list, tuple)) and arg and all(isinstance(x, Value) for x in arg):
        names = [_name_of(x) for x in arg]
        return NO_NAME if NO_NAME in names else f"[{', '.join(names)}]"
    if isinstance(arg, Value) or callable(arg):
        return _name_of(arg)
    is_array = isinstance(arg, np.ndarray)
    text = repr(arg.tolist() if is_array else arg)
    if len(text) > MAX_POINT_LENGTH or not _NUMBERS.fullmatch(text):
        return NO_NAME
    return f"np.array({text})" if is_array else text


def _name_of(x: Any) -> str:
    """Return the name by which the user's code knows a function or a Value, as far as that can be told."""
    if isinstance(x, Op):
        is_known = TABLE.get(x.name) is x
        # The functions of the package with these names take a list of numbers.
        written = f"ag.{x.name}" if x.arity is not None else f"ag.TABLE[{x.name!r}]"
        return written if is_known else NO_NAME
    title = x.label if isinstance(x, Value) else getattr(x, "__name__", "")
    if not title.isidentifier():
        return NO_NAME
    owner = getattr(x, "__self__", None) if not isinstance(x, Value) else None
    if inspect.ismodule(owner):
        return title if owner is builtins else f"{owner.__name__}.{title}"
    if isinstance(owner, type):
        return f"{owner.__name__}.{title}"
    # A method is known by the name of its object, which the object does not know.
    return NO_NAME if owner is not None else str(title)
