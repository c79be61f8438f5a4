"""Expressions as text: the graph they become, and what is said about mistakes in them."""

import ast
import math
import pickle
import random

import pytest
from effort import scaled
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import ops
from autograd.context import quiet
from autograd.expressions import ExpressionError, assignment, evaluate
from autograd.expressions.calls import ON_LISTS, operations
from autograd.expressions.diagnostics import ADVICE
from autograd.expressions.parser import parse
from autograd.op import TABLE
from autograd.symbolic import formula, notation
from autograd.value import topological_order

ESSAY = {"w": 0.15, "a": 0.8, "b": 0.38, "E": 1}


def structure(output):
    """The graph as plain data: what two equal graphs have in common."""
    order = topological_order(output)
    place = {id(x): i for i, x in enumerate(order)}
    return [
        (x.op, repr(x.data), x.label, x.constant, [place[id(y)] for y in x.operands], repr(x.partials)) for x in order
    ]


def same(x, y):
    return x == y or (math.isnan(x) and math.isnan(y))


# --- what an expression becomes


def test_statements_become_the_graph_that_python_would_record():
    text = "AS = dot([w], [a], b); out = sigmoid(AS)\n\nC = (out - E)**2 + 1/3;"
    w, a, b, E = (ag.Value(x, name) for name, x in ESSAY.items())
    AS = ag.dot([w], [a], b).named("AS")
    out = ag.sigmoid(AS).named("out")
    C = ((out - E) ** 2 + 1 / 3).named("C")
    output, names = evaluate(text, ESSAY)
    assert structure(output) == structure(C)
    assert {name: x.data for name, x in names.items()} == {**ESSAY, "AS": AS.data, "out": out.data, "C": C.data}
    assert names["C"] is output


def reference(tree, names):
    """What Python's own grammar makes of an expression."""
    if isinstance(tree, ast.Constant):
        return float(tree.value)
    if isinstance(tree, ast.Name):
        return names[tree.id]
    if isinstance(tree, ast.UnaryOp):
        return {ast.USub: ops.neg, ast.UAdd: ops.pos}[type(tree.op)](reference(tree.operand, names))
    if isinstance(tree, ast.Call):
        return getattr(ag, tree.func.id)(*(reference(x, names) for x in tree.args))
    table = {ast.Add: ops.add, ast.Sub: ops.sub, ast.Mult: ops.mul, ast.Div: ops.div, ast.Pow: ops.pow}
    return table[type(tree.op)](reference(tree.left, names), reference(tree.right, names))


def combined(parts):
    return st.one_of(
        st.tuples(parts, st.sampled_from([" + ", "-", "*", " /", "**"]), parts).map("".join),
        parts.map(lambda x: f"({x})"),
        parts.map(lambda x: f"-{x}"),
        parts.map(lambda x: f"+ {x}"),
        parts.map(lambda x: f"sin({x})"),
        st.tuples(parts, parts).map(lambda xs: f"maximum({xs[0]}, {xs[1]})"),
    )


@given(st.recursive(st.sampled_from(["x", "y", "2", "0.5", "1e-3", ".5", "3.", "1_0"]), combined, max_leaves=12))
@settings(max_examples=scaled(200))
def test_operators_group_as_in_python(text):
    names = {"x": ag.Value(1.5, "x"), "y": ag.Value(-0.75, "y")}
    with quiet():
        wanted = reference(ast.parse(text, mode="eval").body, names)
        output = evaluate(f"{text} + 0*x*y", names).output.operands[0]
    assert structure(output) == structure(wanted if isinstance(wanted, ag.Value) else output.__class__(wanted))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2**2", -4.0),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("2*-3", -6.0),
        ("7 - 4 - 2", 1.0),
        ("8/4/2", 1.0),
        ("--2", 2.0),
        ("2−1", 1.0),
        ("2×3·4÷8", 3.0),
        ("1e−3", 0.001),
        ("2\u00a0+\u20091", 3.0),
        ("(1 +\n 2\n) * 3", 9.0),
        ("pi/2", math.pi / 2),
        ("180/π", 180 / math.pi),
        ("tau - 2*pi + log(e)", 1.0),
        ("-inf", -math.inf),
        ("nan", math.nan),
        ("10**10**10", math.inf),
        ("1" * 300, float("1" * 300)),
        ("max(2, 3) + min(2, 3) + abs(-4) + pow(2, 3)", 17.0),
        ("S(0) + ln(1) + arctan(0)", 0.5),
        ("total([1, 2, 3]) + total(4, 5)", 15.0),
        ("dot([1, 2], [3, 4])", 11.0),
        ("dot([1, 2], [3, 4], 5)", 16.0),
        ("dot(1, 2, 3, 4, 5)", 16.0),
        ("dist([1, 1], [4, 5])", 5.0),
        ("logsumexp([1000, 1000])", 1000 + math.log(2)),
        ("softmax([0, log(3)])[1]", 0.75),
        ("softmax(1, 0, log(3))", 0.75),
        ("leaky_relu(-1) + leaky_relu(-1, 0.5)", -0.51),
        ("hypot(2, 3, 6) + hypot(1)", 8.0),
    ],
)
def test_numbers_come_out(text, value):
    output = evaluate(text).output
    assert output.constant
    assert output.data == pytest.approx(value, rel=1e-15, nan_ok=True)


def test_a_list_of_values_is_one_operation():
    values = {"x": 1.0, "y": 2.0, "z": 3.0}
    x, y, z = (ag.Value(v, name) for name, v in values.items())
    for text, node in (
        ("total([x, y, z])", ag.total([x, y, z])),
        ("total([x]) + hypot(y) + z", ag.total([x]) + ops.hypot(y) + z),
        ("logsumexp([x, y, z])", ag.logsumexp([x, y, z])),
        ("softmax([x, y, z])[1]", ag.softmax([x, y, z])[1]),
        ("dot([x, y], [y, z], 1)", ag.dot([x, y], [y, z], 1.0)),
        ("dist([x, y], [y, z])", ag.dist([x, y], [y, z])),
    ):
        assert structure(evaluate(text, values).output) == structure(node)


def test_names_are_kept_as_they_were_typed():
    values = {"W[1,1]": 2.0, "n^2[1]": 3.0, "lambda": 4.0, "µ": 5.0, "w₁": 6.0, "重み": 7.0, "x′": 8.0, "_": 9.0}
    output, names = evaluate("*".join(values), values)
    assert output.data == math.factorial(9)
    assert [x.label for x in names.values()] == list(values)
    assert [name for name, x in names.items() if x.label != name] == []


def test_blanks_in_an_index_do_not_count():
    assert list(evaluate("W[ 1, 2 ] = 3; W[1,2] * W [1,2]").names) == ["W[1,2]"]


def test_an_assigned_number_is_a_leaf_and_a_written_one_a_constant():
    output, names = evaluate("k = 2*3; y = k*x + 5", {"x": 1.0})
    assert ag.leaves(output) == [names["k"], names["x"]]
    assert names["k"].data == 6.0


def test_a_second_name_does_not_take_the_first_away():
    output, names = evaluate("y = x; z = y; 2*z", {"x": 3.0})
    assert [names[name].label for name in "xyz"] == ["x", "y", "z"]
    assert ag.gradient(output, [names[name] for name in "xyz"]) == [2.0, 2.0, 2.0]


def test_constants_give_way_to_given_and_assigned_values():
    assert evaluate("e*pi", {"e": 2.0, "pi": 3.0}).output == 6.0
    assert evaluate("e = (a + b)*(b + 1)", {"a": 2, "b": 1}).output == 6.0


def test_a_value_that_is_given_is_used_itself():
    x = ag.Value(3.0)
    assert ag.gradient(evaluate("x**2", {"x": x}).output, x) == 6.0


def test_given_values_are_left_as_they_were():
    """Whether they have a name or not, are leaves or results, and however many names they get."""
    for seed in range(scaled(200)):
        draw = random.Random(seed)
        x = ag.Value(2.0, "x")
        given = {
            name: draw.choice([ag.Value(3.0), ag.Value(3.0, "w"), x * 1.5, (x * 1.5).named("u")]) for name in ("a", "b")
        }
        before = {name: (v.label, v.data, v.op, v.operands) for name, v in given.items()}
        known, lines = list(given), []
        for i in range(draw.randint(1, 6)):
            lines.append(f"n{i} = {draw.choice(known)}")
            known.append(f"n{i}")
        output, names = evaluate("; ".join([*lines, " + ".join(known)]), given)
        assert output.data == 3.0 * len(known)
        assert {name: (v.label, v.data, v.op, v.operands) for name, v in given.items()} == before
        assert all(names[name] is v for name, v in given.items())
        assert [names[name].label for name in known[2:]] == known[2:]
        assert sum(ag.gradient(output, [given["a"], given["b"]])) == len(known)


def refused(statements, values):
    """The reason for which a program of sums is refused, or None."""
    later, assigned, missing = {target for target, _ in statements}, set(), []
    for target, operands in statements:
        for name in operands:
            if name not in values and name not in assigned:
                if name in later:
                    return f"'{name}' is used before it is assigned"
                if name != "pi":
                    missing.append(name)
        if target in values:
            return f"'{target}' is both given and assigned"
        if target in assigned:
            return f"'{target}' is assigned twice"
        if target:
            assigned.add(target)
    used = {name for _, operands in statements for name in operands} - assigned
    if missing:
        return f"'{missing[0]}' has no value"
    lost = [name for name in values if name not in used]
    return f"'{lost[0]}' is given a value, but the expression has no such name" if lost else None


def test_every_name_has_one_value_where_it_is_used():
    """Given, assigned before, assigned later, twice or never, in every order; constants give way."""
    reasons = set()
    for seed in range(scaled(2000)):
        draw = random.Random(seed)
        values = {name: 2.0 for name in ("x", "y", "pi") if draw.random() < 0.4}
        names = ["x", "y", "z", "pi"]
        statements = [(draw.choice(names), draw.choices(names, k=2)) for _ in range(draw.randint(0, 2))]
        statements.append((draw.choice([*names, ""]), draw.choices(names, k=2)))
        text = "; ".join((f"{target} = " if target else "") + " + ".join(ops) for target, ops in statements)
        reason = refused(statements, values)
        reasons.add(reason and reason.partition("' ")[2])
        if reason is None:
            known = {"pi": math.pi, **values}
            for target, (a, b) in statements:
                known[target] = known[a] + known[b]
            assert evaluate(text, values).output.data == known[statements[-1][0]], text
        else:
            with pytest.raises(ExpressionError) as caught:
                evaluate(text, values)
            assert caught.value.reason.startswith(reason), text
    assert len(reasons) == 6


def test_operations_of_the_user_can_be_called():
    ag.operation("thrice", lambda x: 3 * x, lambda x, z: 3.0)
    try:
        assert evaluate("thrice(2)").output == 6.0
    finally:
        del TABLE["thrice"]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_operation_can_be_called_by_name_and_its_rules_parse_back(name):
    op, chosen = TABLE[name], random.Random(name)
    for count in [op.arity] if op.arity is not None else [2, 3]:
        domain = op.domain * count if len(op.domain) == 1 else op.domain
        point = [chosen.uniform(max(d.low, -3.0), min(d.high, 3.0)) for d in domain]
        if name == "softmax":
            point[0] = 0.0
        value = op.value(*point)
        assert same(evaluate(f"{name}({', '.join(map(repr, point))})").output.data, value)
        names = [f"x[{i}]" for i in range(count)]
        symbols = [formula.symbol(*pair) for pair in zip(names, point, strict=True)]
        if name == "softmax":
            symbols[0] = formula.literal(0.0)
        values = dict(zip(names, point, strict=True))
        for rule in [formula.apply(op, symbols), *formula.partials(op, symbols, value)]:
            text = notation.write(rule, "plain")
            given = {label: x for label, x in values.items() if label in text}
            assert same(evaluate(text, given).output.data, rule.value), text


# --- mistakes

MISTAKES = [
    ("", 1, "", "the expression is empty"),
    (" ;\n; ", 2, "", "the expression is empty"),
    ("w*a + q", 1, "w", "'w' has no value; give w=… a=… q=…"),
    ("sin*2", 1, "sin", "the operation is sin(…)"),
    ("2x", 1, "x", "expected an operator between '2' and 'x'; to multiply, write 2*x"),
    ("2(x + 1)", 1, "(", "to multiply, write 2*(…)"),
    ("(x)(y)", 1, "(y", "to multiply, write (…)*(…)"),
    ("x y", 1, "y", "to multiply, write x*y"),
    ("w(x + 1)", 1, "w", "there is no operation 'w'; to multiply, write w*(…)"),
    ("sigmiod(x)", 1, "sigmiod", "did you mean 'sigmoid'?"),
    ("sin x", 1, "x", "to call it, write sin(x)"),
    ("2*sin 2", 1, "2", "to call it, write sin(2)"),
    ("ln x", 1, "x", "to call it, write log(x)"),
    ("|x|", 1, "|", "the absolute value is written abs(x)"),
    ("foo(x)", 1, "foo", "there is no operation 'foo'; to multiply, write foo*(…)"),
    ("logistic(x)", 1, "logistic", "there is no operation 'logistic'; use sigmoid(…)"),
    ("x +", 1, "", "expected a number, a name or '(' after '+', got the end"),
    ("y = 2 +\n3", 1, "\n", "got the end of the line"),
    ("x + * y", 1, "*", "after '+', got '*'"),
    ("(x + y", 1, "(", "'(' is never closed; add ')'"),
    ("total([x, y", 1, "[x", "'[' is never closed; add ']'"),
    ("exp(", 1, "(", "'(' is never closed"),
    ("x + y)", 1, ")", "unmatched ')': no bracket is open"),
    ("(x + y]", 1, "]", "unmatched ']': '(' is open"),
    ("(1, 2)", 1, ",", "a comma separates the operands of an operation"),
    ("exp((1, 2))", 1, ", 2))", "a comma separates the operands of an operation"),
    ("-x = 3", 1, "=", "the left-hand side of = must be one name"),
    ("2*x = 3", 1, "=", "the left-hand side of = must be one name"),
    ("hypot(1,,2)", 1, ",2", "expected a number, a name or '(' after ',', got ','"),
    ("2J", 1, "2", "complex numbers are not supported"),
    ("x j", 1, "j", "expected an operator between 'x' and 'j'; to multiply, write x*j"),
    ("x 2", 1, "2", "expected an operator between 'x' and '2'; to multiply, write x*2"),
    ("(sin) 2", 1, "2", "expected an operator between ')' and '2'; to multiply, write (…)*2"),
    ("(x) + y)", 1, ")", "unmatched ')': no bracket is open"),
    ("(x))", 1, ")", "unmatched ')': no bracket is open"),
    ("((x) + y))", 1, ")", "unmatched ')': no bracket is open"),
    ("x = (1); (x))", 1, ")", "unmatched ')': no bracket is open"),
    ("x^2", 1, "^", "a power is written **"),
    ("x² + 1", 1, "²", "write **2"),
    ("√2", 1, "√", "write sqrt(…)"),
    ("x = 3; x == y", 1, "==", "comparisons are not supported"),
    ("0 < x < 1", 1, "< x", "comparisons are not supported"),
    ("x // y", 1, "//", "floor(x / y)"),
    ("x % y", 1, "%", "fmod(x, y)"),
    ("x if y else z", 1, "if", "where(condition, x, y)"),
    ("lambda x: x", 1, "x", "expected an operator"),
    ("[x for x in y]", 1, "[", "a list can only be an operand of"),
    ("{x}", 1, "{", "use round brackets"),
    ("'text'", 1, "'", "expressions have no strings"),
    ("__import__('os')", 1, "__import__", "there is no operation '__import__'"),
    ("open('f')", 1, "open", "there is no operation 'open'"),
    ("eval(x)", 1, "eval", "there is no operation 'eval'"),
    ("x.real", 1, ".", "names have no attributes"),
    ("().__class__", 1, ")", "expected a number, a name or '('"),
    ("f(x) = x**2", 1, "f", "there is no operation 'f'"),
    ("sin(x)[0]", 1, "[", "follow a name"),
    ("W[1][2]", 1, "[2", "an index must consist of names or whole numbers and follow a name, as in W[1,2]"),
    ("W[1 + 1]", 1, "[", "an index must consist of names or whole numbers"),
    ("clip(x, low=0)", 1, "=", "operands must be positional"),
    ("hypot(*x)", 1, "*", "expected a number"),
    ("clip(1, 2)", 1, "clip", "clip takes 3 operands, got 2"),
    ("exp()", 1, "exp", "exp takes 1 operand, got 0"),
    ("hypot()", 1, "hypot", "hypot takes at least 1 operand, got 0"),
    ("elu(1, 2, 3)", 1, "elu", "elu takes 1 or 2 operands, got 3"),
    ("sigmoid([1])", 1, "sigmoid", "sigmoid takes numbers, not lists"),
    ("dist(1, 2)", 1, "dist", "dist takes dist([x, …], [y, …])"),
    ("dot([1], 2)", 1, "dot", "dot takes dot([w, …], [x, …]) or dot([w, …], [x, …], bias)"),
    ("dot([1], [2, 3])", 1, "dot", "as many weights as inputs"),
    ("total([])", 1, "]", "expected a number"),
    ("total([1] + 2)", 1, "+", "expected ',' or ')' after a list, got '+'"),
    ("total(-[1])", 1, "[", "a list can only be an operand of"),
    ("softmax([1, 2])", 1, "softmax", "take one element, as in softmax([x, y])[0]"),
    ("softmax([1, 2])[2]", 1, "2]", "the index must be from 0 to 1, got 2"),
    ("softmax([1, 2])[0.5]", 1, "0.5", "the index must be from 0 to 1, got 0.5"),
    ("softmax(7, 1, 2)", 1, "softmax", ""),
    ("2j + 1", 1, "2", "complex numbers are not supported"),
    ("0,5", 1, ",", "a decimal point is '.'"),
    ("1e400", 1, "1e400", "too large for a float"),
    ("x = 1; x = 2", 1, "x = 2", "'x' is assigned twice"),
    ("y = x; x = 1", 1, "x;", "'x' is used before it is assigned"),
    ("x = x + 1", 1, "x +", "'x' is used before it is assigned"),
    ("x = y = 1", 1, "= 1", "the left-hand side of = must be one name"),
    ("1 + 2 = 3", 1, "=", "the left-hand side of = must be one name"),
    ("(x) = 3", 1, "=", "the left-hand side of = must be one name"),
    ("= 3", 1, "=", "expected a number"),
    ("x = = 3", 1, "= 3", "expected a number"),
    ("x =", 1, "", "after '=', got the end"),
    ("1 + 2; 3", 1, "1", "the value of this statement is not used"),
    ("x := 3", 1, ":", "unexpected character ':'"),
    ("x\u200b+1", 1, "\u200b", r"unexpected character '\u200b'"),
    ("½", 1, "½", "unexpected character"),
    ("\0", 1, "\0", r"unexpected character '\x00'"),
    ("\udcff", 1, "\udcff", r"unexpected character '\udcff'"),
    ("x = -1\ny = log(2*x)", 2, "log", "log(-2.0) has no real value; it needs x > 0"),
    ("x = 1; y = 0; x / y", 1, "/", "div(x = 1.0, y = 0.0) has no real value; it needs a divisor other than 0"),
    ("sqrt(0 - 1)", 1, "sqrt", "sqrt(-1.0) has no real value"),
    ("0**-1", 1, "**", "pow(0.0, -1.0) has no real value"),
]


@pytest.mark.parametrize(
    ("text", "marked"), [("x == 2", "=="), ("x // 2", "//"), ("1; x = = 2", "1"), ("x / / 2", "/")]
)
def test_sign_of_another_language_is_marked_whole(text, marked):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    line, carets = str(caught.value).splitlines()[1:]
    assert line[carets.index("^") : len(carets)] == marked
    if len(marked) == 2:
        assert caught.value.reason == f"there is no {marked} here; {ADVICE[marked]}"
    else:
        assert "there is no" not in caught.value.reason


@pytest.mark.parametrize("name", ["_", "_1", "_x", "x_", "x1", "x½", "é"])
def test_name_begins_with_a_letter_or_underscore(name):
    assert evaluate(f"2*{name}", {name: 3.0}).output.data == 6.0


@pytest.mark.parametrize("text", ["½", "½x", "½_", "٣", "٣x"])
def test_numeral_of_another_script_begins_no_name(text):
    with pytest.raises(ExpressionError) as caught:
        evaluate(f"2 * {text}")
    assert caught.value.reason == f"unexpected character '{text[0]}'"
    assert caught.value.column == 5


@pytest.mark.parametrize(("text", "line", "marked", "reason"), MISTAKES)
def test_a_mistake_is_shown_at_its_place(text, line, marked, reason):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    error = caught.value
    assert reason in error.reason
    shown = text.split("\n")[error.line - 1] + "\n"
    assert error.line == line
    assert shown[error.column - 1 :].startswith(marked) or (marked == "" and error.column == len(shown))
    assert (error.text, error.args[1]) == (text, text)


def test_the_picture_of_a_mistake_is_the_line_and_a_caret():
    with pytest.raises(ExpressionError) as caught:
        evaluate("C = (sigmoid(ww*a + b) - E)**2", ESSAY)
    assert str(caught.value) == (
        "'ww' has no value; give ww=…; did you mean 'w'?\n    C = (sigmoid(ww*a + b) - E)**2\n                 ^^"
    )


def test_the_carets_are_as_many_as_the_word_is_long():
    with pytest.raises(ExpressionError) as caught:
        evaluate("1 + sigmiod(x)")
    assert str(caught.value).splitlines()[1:] == ["    1 + sigmiod(x)", "        ^^^^^^^"]


def test_the_line_is_named_where_there_are_several():
    with pytest.raises(ExpressionError) as caught:
        evaluate("x = 1\n  y = x +\n")
    assert str(caught.value) == (
        "line 2, column 10: expected a number, a name or '(' after '+', got the end of the line\n"
        "      y = x +\n"
        "             ^"
    )


def test_a_caret_stands_under_its_place_after_wide_characters_and_tabs():
    with pytest.raises(ExpressionError) as caught:
        evaluate("重み\t+ x²")
    assert str(caught.value).splitlines()[1:] == ["    重み + x²", "            ^"]


@pytest.mark.parametrize("place", [0, 40, 5000, 9960, 9999])
def test_of_a_long_line_the_part_with_the_mistake_is_shown(place):
    text = "1+" * 5000
    text = text[:place] + "?" + text[place + 1 :]
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    _, line, carets = str(caught.value).splitlines()
    assert line[carets.index("^")] == "?"
    assert 76 <= len(line.strip().strip("…")) < 80
    assert caught.value.column == place + 1


@pytest.mark.parametrize("place", [0, 30, 2000, 9990])
def test_all_of_a_name_is_marked_in_a_long_line(place):
    text = "1+" * (place // 2) + "unknown" + "+1" * (5000 - place // 2)
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    _, line, carets = str(caught.value).splitlines()
    start = carets.index("^")
    assert carets[start:] == "^" * 7
    assert line[start : start + 7] == "unknown"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"x": 1, "q": 2}, "'q' is given a value, but the expression has no such name"),
        ({"x": 1, "Y": 2}, "did you mean 'y'?"),
        ({"x": 1, "y": 2}, "'y' is both given and assigned"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_mistake(values, reason):
    with pytest.raises(ExpressionError, match=r"(?s).*\^") as caught:
        evaluate("y = x**2; y + 1", values)
    assert reason in caught.value.reason


def test_a_cause_is_kept():
    with pytest.raises(ExpressionError) as caught:
        evaluate("log(x)", {"x": -1})
    assert isinstance(caught.value.__cause__, ag.DomainError)
    assert "log(x = -1.0)" in caught.value.reason


def test_a_mistake_can_be_pickled():
    with pytest.raises(ExpressionError) as caught:
        evaluate("2x")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


# --- values


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("w=0.15", "w", 0.15),
        ("W[1, 1] = -2", "W[1,1]", -2.0),
        ("x=1e-3", "x", 0.001),
        ("x=1/3", "x", 1 / 3),
        ("x=2**0.5", "x", 2**0.5),
        ("x=-pi/4", "x", -math.pi / 4),
        ("x=sqrt(2)", "x", math.sqrt(2)),
        ("e=3", "e", 3.0),
        ("x=inf", "x", math.inf),
    ],
)
def test_a_value_is_an_expression_of_numbers(text, name, value):
    assert assignment(text) == (name, value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("4", "expected one assignment, name=number"),
        ("w", "expected one assignment, name=number"),
        ("w=1; a=2", "expected one assignment, name=number"),
        ("w=a", "the value must consist of numbers, got the name 'a'"),
        ("w=", "after '=', got the end"),
        ("w=1j", "complex numbers"),
        ("w=0,15", "a decimal point is '.'"),
        ("w='1'", "expressions have no strings"),
        ("", "empty"),
    ],
)
def test_what_is_no_value_is_a_mistake(text, reason):
    with pytest.raises(ExpressionError) as caught:
        assignment(text)
    assert reason in caught.value.reason


# --- hostile texts


def mistake(text, values):
    try:
        evaluate(text, values)
    except ExpressionError as error:
        return error
    return None


def test_nesting_may_be_deep_and_expressions_long():
    n = scaled(20_000)
    assert evaluate("(" * n + "x" + ")" * n, {"x": 2}).output == 2.0
    assert evaluate("-" * n + "x", {"x": 2}).output == 2.0
    assert evaluate("x**" * n + "x", {"x": 1}).output == 1.0
    assert evaluate("tanh(" * n + "x" + ")" * n, {"x": 0.0}).output == 0.0
    assert evaluate("+".join(["x"] * n), {"x": 2}).output == 2.0 * n


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 10_000 + "x" + ")" * 9_999,
        "[" * 100_000,
        "a[" * 50_000,
        "W[" + "1," * 50_000,
        "f(" * 50_000,
        "exp(" * 25_000,
        "total([" * 15_000,
        "x" * 100_000,
        "x" * 100_000 + "(1)",
        "9" * 100_000,
        "1e" * 50_000,
        "1_" * 50_000,
        "=".join("a" * 50_000),
        "a = 1;" * 15_000,
        "a^" * 50_000,
        " " * 100_000,
        "\n" * 100_000,
        "." * 100_000,
        "\\" * 100_000,
        "\0" * 100_000,
        "\ud800" * 100_000,
        "+".join(f"x{i}" for i in range(15_000)),
    ],
    ids=lambda text: ascii(text[:7]),
)
def test_long_nonsense_is_a_mistake_with_a_short_message(text):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    assert len(str(caught.value)) < 500


WORDS = [
    *sorted({*operations(), *ON_LISTS}),
    *[
        "x",
        "y",
        "W[1,1]",
        "a^3[1]",
        "0",
        "2",
        "-1",
        "0.5",
        "1e308",
        "1e-320",
        "inf",
        "nan",
        "pi",
        "1e999",
        "2j",
        "lambda",
    ],
    *["+", "-", "*", "/", "**", "(", ")", "[", "]", ",", "=", ";", "\n", " ", "^", ".", "'", '"', "′", "²", "√", "−"],
    *["(", ")", "([", "],[", "])[0]", ",", "__import__", "exec", "==", "//", ":=", "\0", "\udc80", "\t", "#", "@"],
]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join) | st.text(max_size=20), st.floats())
@settings(max_examples=scaled(700))
def test_nothing_but_an_expression_error_comes_out(text, x):
    for values in ({}, {"x": x}, {"x": x, "y": -0.5, "W[1,1]": 0.0}):
        error = mistake(text, values)
        if error is not None:
            assert 1 <= error.column <= len(error.text) + 1
            assert error.reason in str(error)


@pytest.mark.parametrize("length", [1, 10, 75, 76, 77, 78, 114, 115, 200])
def test_pictures_of_mistakes_show_76_characters_around_them(length):
    """What is left out on either side is an ellipsis, and the caret is below the mistake."""
    line = "".join(chr(97 + k % 26) for k in range(length))
    for start in range(length):
        _, shown, mark = str(ExpressionError("no", line, start)).split("\n")
        shown = shown.removeprefix("    ")
        part = shown.strip("…")
        left = line.index(part) if length <= 26 or len(part) == length else start - mark.index("^") + 4 + 1
        left = max(left, 0) if shown.startswith("…") else 0
        assert len(part) == min(length, 76)
        assert line[left : left + len(part)] == part
        assert shown.startswith("…") == (left > 0)
        assert shown.endswith("…") == (left + len(part) < length)
        assert mark == " " * (4 + (left > 0) + start - left) + "^"


@pytest.mark.parametrize(("text", "width"), [("e\u0301", 1), ("x", 1), ("日本", 4), ("ｘ", 2), ("x\u0308\u0301y", 2)])
def test_carets_are_below_wide_and_combined_characters(text, width):
    assert str(ExpressionError("no", f"{text} + q", len(text) + 3)).split("\n")[2] == " " * (4 + width + 3) + "^"
    assert str(ExpressionError("no", f"{text} + q", 0, len(text))).split("\n")[2] == "    " + "^" * width


@pytest.mark.parametrize(
    ("text", "depths"),
    [
        ("x", [1]),
        ("-x + 2*y", [1, 1, 2, 3, 2, 1]),
        ("a = 2; b = a**3; b", [1, 1, 2, 3, 2, 2, 3]),
        ("dot([x, 2], [y, z], 1)", [1, 2, 1, 2, 3, 2, 3, 1]),
        ("softmax([x, y, z])[1]", [1, 2, 3, 1, 1]),
        ("hypot(x, y, z) + exp(x)", [1, 2, 3, 1, 2, 2, 1]),
    ],
)
def test_steps_take_as_many_values_as_they_state(text, depths):
    """Each step replaces its operands on the stack by one value; an assignment keeps its value there."""
    depth, found = 0, []
    for step in parse(text):
        assert depth >= step.arity
        depth += 1 - step.arity
        found.append(depth)
    assert found == depths
