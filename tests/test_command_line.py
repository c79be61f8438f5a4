"""The command line: what it prints, where, and with what exit status."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from effort import thorough

import autograd as ag
from autograd.__main__ import main
from autograd.expressions import assignment, evaluate

EXPRESSION = "C = (sigmoid(w*a + b) - E)**2"
STEPS = "AS = w*a + b; out = sigmoid(AS); C = (out - E)**2"
VALUES = ["w=0.15", "a=0.8", "b=0.38", "E=1"]
NEURONS = (
    "h[1] = tanh(w[1,1]*x[1] + w[1,2]*x[2] + b[1]); h[2] = tanh(w[2,1]*x[1] + w[2,2]*x[2] + b[2]); "
    "y = tanh(v[1]*h[1] + v[2]*h[2] + c); C = (y - 1)**2"
)
WEIGHTS = [
    "w[1,1]=.5",
    "w[1,2]=-.4",
    "w[2,1]=.3",
    "w[2,2]=.8",
    "x[1]=1",
    "x[2]=.5",
    "b[1]=.1",
    "b[2]=-.2",
    "v[1]=.7",
    "v[2]=-.6",
    "c=.2",
]
NUMBERS = {"w": 0.15, "a": 0.8, "b": 0.38, "E": 1.0}


@pytest.fixture
def run(capsys):
    """Run a command: its exit status, standard output and standard error."""

    def run(*words):
        try:
            status = main(words)
        except SystemExit as left:
            status = left.code
        return (status, *capsys.readouterr())

    return run


# --- trace


def test_trace_works_a_derivative_out(run):
    assert run("trace", STEPS, *VALUES, "--wrt", "w") == (
        0,
        """\
∂C/∂w = ∂C/∂out · ∂out/∂AS · ∂AS/∂w
  ∂C/∂out  = 2(out − E)        = 2(0.6225 − 1)       = −0.7551
  ∂out/∂AS = S(AS)(1 − S(AS))  = 0.6225(1 − 0.6225)  =  0.235
  ∂AS/∂w   = a                                       =  0.8
∂C/∂w = −0.7551 · 0.235 · 0.8                        = −0.142
""",
        "",
    )


def test_words_are_those_of_the_process_where_none_are_given(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["autograd", "grad", "x*y", "x=2", "y=3"])
    assert main() == 0
    assert "= 6.0" in capsys.readouterr().out


@pytest.mark.parametrize("style", ["latex", "markdown", "html"])
def test_trace_prints_other_styles(run, style):
    C, names = evaluate(STEPS, NUMBERS)
    solution = getattr(ag.trace(C, names["w"]), style)()
    assert run("trace", STEPS, *VALUES, "--wrt", "w", f"--{style}") == (0, solution.rstrip("\n") + "\n", "")


@pytest.mark.parametrize("style", ["", "latex", "markdown", "html"])
def test_trace_prints_steps(run, style):
    status, output, errors = run("trace", STEPS, *VALUES, "--wrt", "w", "--steps", *([f"--{style}"] if style else []))
    values = {name: ag.Value(x, name) for name, x in NUMBERS.items()}
    AS = (values["w"] * values["a"] + values["b"]).named("AS")
    out = ag.sigmoid(AS).named("out")
    steps = ag.trace(((out - values["E"]) ** 2).named("C"), values["w"]).steps()
    assert (status, errors) == (0, "")
    assert output.rstrip("\n") == (getattr(steps, style)() if style else str(steps)).rstrip("\n")
    assert "chain rule" in output


@pytest.mark.parametrize("style", ["", "latex", "markdown", "html"])
@pytest.mark.parametrize(
    ("words", "view"),
    [
        (["--why"], lambda trace: trace.why()),
        (["--nudge", "-0.1"], lambda trace: trace.nudge(-0.1)),
        (["--sweep", "reverse"], lambda trace: trace.sweep("reverse")),
        (["--sweep", "forward"], lambda trace: trace.sweep("forward")),
    ],
)
def test_trace_prints_another_view(run, words, view, style):
    C, names = evaluate(EXPRESSION, NUMBERS)
    expected = view(ag.trace(C, names["w"]))
    status, output, errors = run("trace", EXPRESSION, *VALUES, "--wrt", "w", *words, *([f"--{style}"] if style else []))
    assert (status, errors) == (0, "")
    assert output.rstrip("\n") == (getattr(expected, style)() if style else str(expected)).rstrip("\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nudge", "0"], "error: step must be a finite number other than 0, got 0.0"),
        (["--nudge", "x"], "argument --nudge: invalid float value: 'x'"),
        (["--sweep", "up"], "error: direction must be 'forward' or 'reverse', got 'up'"),
        (["--why", "--steps"], "argument --steps: not allowed with argument --why"),
    ],
)
def test_views_of_a_trace_are_refused(run, words, message):
    status, output, errors = run("trace", EXPRESSION, *VALUES, "--wrt", "w", *words)
    assert (status, output) == (2, "")
    assert message in errors


def test_a_power_of_e_reads_as_in_a_textbook(run):
    assert run("trace", "y = e**(2*x)", "x=1")[1] == "∂y/∂x = 2e^(2x) = 2·7.389 = 14.78\n"
    assert (
        run("trace", "y = e**(2*x)", "x=1", "--latex")[1]
        .splitlines()[1]
        .endswith(r"= 2 e^{2 x} = 2 \cdot 7.389 = 14.78")
    )
    assert "= e^(2x) · ∂/∂x (2x)  chain rule, derivative of e^x" in run("trace", "e**(2*x)", "x=1", "--steps")[1]


def test_trace_takes_the_only_leaf_and_asks_for_one_of_several(run):
    assert run("trace", "y = x**2", "x=3") == run("trace", "y = x**2", "x=3", "--wrt", "x")
    status, output, error = run("trace", EXPRESSION, *VALUES)
    assert (status, output) == (2, "")
    assert "--wrt must name one variable, got 4; choose one of w, a, b, E" in error
    assert run("trace", EXPRESSION, *VALUES, "--wrt", "w", "--wrt", "a")[0] == 2


def test_trace_can_be_with_respect_to_a_step(run):
    assert run("trace", STEPS, *VALUES, "--wrt", "AS")[1].startswith("∂C/∂AS = ∂C/∂out · ∂out/∂AS\n")


# --- grad


def test_grad_prints_every_derivative_to_all_digits(run):
    C, names = evaluate(EXPRESSION, NUMBERS)
    C.backward()
    lines = [f"C     = {C.data!r}", *(f"∂C/∂{name} = {names[name].grad!r}" for name in NUMBERS)]
    assert run("grad", EXPRESSION, *VALUES) == (0, "\n".join(lines) + "\n", "")


def test_grad_prints_the_names_asked_for_once_each_and_in_that_order(run):
    status, output, _ = run("grad", STEPS, "--wrt", "out", *VALUES, "--wrt", "w", "--wrt", "out")
    assert status == 0
    assert [line.split(" ")[0] for line in output.splitlines()] == ["C", "∂C/∂out", "∂C/∂w"]


def test_indexed_names_are_given_and_asked_for_as_they_are_written(run):
    words = ["grad", "W[1,1]*a[1]", "W[1, 1]=1/3", "a[1]=-pi/4", "--wrt", "W[1, 1]"]
    assert run(*words)[1].splitlines()[1] == f"∂output/∂W₁,₁ = {-0.7853981633974483!r}"


def test_numbers_assigned_in_the_expression_need_not_be_given(run):
    assert run("grad", "a = 2; b = 1; e = (a + b)*(b + 1)")[1] == "e     = 6.0\n∂e/∂a = 2.0\n∂e/∂b = 5.0\n"


@pytest.mark.parametrize("expression", ["-x**2", "--x*x*-1", "-(x*x)", "---x*x", "- x*x", "-h*h"])
def test_an_expression_may_begin_with_a_minus(run, expression):
    name = "h" if "h" in expression else "x"
    assert run("grad", expression, f"{name}=3")[:2] == (0, f"output     = -9.0\n∂output/∂{name} = -6.0\n")


# --- draw and check


def test_draw_prints_svg(run):
    C, names = evaluate(STEPS, NUMBERS)
    assert run("draw", STEPS, *VALUES) == (0, ag.draw(C).svg().rstrip("\n") + "\n", "")
    assert run("draw", STEPS, *VALUES, "--wrt", "w")[1].strip() == ag.draw(C, wrt=names["w"]).svg().strip()


def test_draw_passes_its_settings_on(run):
    C, names = evaluate(STEPS, NUMBERS)
    drawing = ag.draw(C, wrt=names["w"], direction="right", theme="olah", show="forward")
    words = ["--direction", "right", "--theme", "olah", "--show", "forward"]
    assert run("draw", STEPS, *VALUES, "--wrt", "w", *words)[1].strip() == drawing.svg().strip()
    assert run("draw", STEPS, *VALUES, "--theme", "pink")[:2] == (2, "")
    assert run("draw", STEPS, *VALUES, "--wrt", "w", "--wrt", "a")[:2] == (2, "")


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        (["--detail", "neurons"], {"detail": "neurons"}),
        (["--detail", "layers"], {"detail": "layers"}),
        (["--detail", "neurons", "--open", "y"], {"detail": "neurons", "open": "y"}),
        (["--detail", "neurons", "--open", "h[ 2 ]", "--open", "y"], {"detail": "neurons", "open": ["h[2]", "y"]}),
        (["--detail", "layers", "--open", "h"], {"detail": "layers", "open": "h"}),
        (["--detail", "neurons", "--wrt", "w[1,1]"], {"detail": "neurons", "wrt": "w[1,1]"}),
        (["--detail", "neurons", "--wrt", "w[1,1]", "--open="], {"detail": "neurons", "wrt": "w[1,1]", "open": ()}),
    ],
)
def test_draw_folds_neurons_and_layers_and_opens_what_is_named(run, words, settings):
    C, names = evaluate(NEURONS, dict(assignment(word) for word in WEIGHTS))
    drawing = ag.draw(C, **{**settings, "wrt": names.get(settings.get("wrt"))})
    assert drawing.picture.is_folded
    assert run("draw", NEURONS, *WEIGHTS, *words) == (0, drawing.svg(), "")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--detail", "neuron"], "detail must be one of 'auto', 'operations', 'neurons', 'layers', got 'neuron'"),
        (
            ["--open", "layer 9"],
            "open must be a node of the graph or the name of a box, got 'layer 9'; use one of: h, y, C",
        ),
        (
            ["--wrt", "w[1,1]", "--open", "h[2]"],
            "open must be a node between w₁,₁ and C or the name of a box, got 'h[2]'; use one of: h₁, y, C",
        ),
    ],
)
def test_draw_says_what_there_is_to_fold_and_to_open(run, tmp_path, words, reason):
    path = tmp_path / "c.svg"
    assert run("draw", NEURONS, *WEIGHTS, *words, "--save", str(path)) == (2, "", f"error: {reason}\n")
    assert not path.exists()


@pytest.mark.parametrize("suffix", ["svg", "dot"])
def test_draw_saves_to_a_file_and_says_so(run, tmp_path, suffix):
    C, names = evaluate(STEPS, NUMBERS)
    path = tmp_path / f"c.{suffix}"
    assert run("draw", STEPS, *VALUES, "--wrt", "w", "--save", str(path)) == (0, "", f"wrote {path}\n")
    ag.draw(C, wrt=names["w"]).save(tmp_path / f"wanted.{suffix}")
    assert path.read_bytes() == (tmp_path / f"wanted.{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["w*"], "c.svg"),
        (["w*x", "w=1"], "c.svg"),
        (["log(w)", "w=-1"], "c.svg"),
        (["w", "w=1", "--wrt", "q"], "c.svg"),
        (["w", "w=1"], "c.nonsense"),
        (["w", "w=1"], "c"),
    ],
)
def test_nothing_is_written_when_anything_failed(run, tmp_path, words, name):
    status, output, error = run("draw", *words, "--save", str(tmp_path / name))
    assert (status, output) == (2, "")
    assert error.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


def test_draw_says_that_a_folder_does_not_exist(run, tmp_path):
    status, output, error = run("draw", "x**2", "x=3", "--save", str(tmp_path / "none" / "c.svg"))
    assert (status, output) == (2, "")
    assert "none" in error


# --- explore


def test_explore_writes_a_page_into_a_file_or_prints_it(run, tmp_path):
    C, names = evaluate(EXPRESSION, NUMBERS)
    page = ag.explore(C, names["w"], direction="right", theme="dark").html()
    words = ("explore", EXPRESSION, *VALUES, "--wrt", "w", "--direction", "right", "--theme", "dark")
    assert run(*words) == (0, page, "")
    assert run(*words, "--save", str(tmp_path / "page.html")) == (0, "", f"wrote {tmp_path / 'page.html'}\n")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page


def test_explore_adds_steps(run):
    page = run("explore", EXPRESSION, *VALUES, "--wrt", "w", "--steps")[1]
    assert '<details id="derivation">' in page
    assert '<details id="derivation">' not in run("explore", EXPRESSION, *VALUES, "--wrt", "w")[1]
    status, output, error = run("explore", EXPRESSION, *VALUES, "--steps")
    assert (status, output) == (2, "")
    assert "--steps must be given with --wrt" in error


def test_explore_takes_one_name_and_a_file_of_html(run, tmp_path):
    assert run("explore", EXPRESSION, *VALUES, "--wrt", "w", "--wrt", "a")[2] == (
        "error: --wrt must be given at most once, got 2; the page highlights one derivative\n"
    )
    status, _, error = run("explore", EXPRESSION, *VALUES, "--save", str(tmp_path / "page.svg"))
    assert (status, "path must end in .html, got 'page.svg'" in error) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_check_reports_and_succeeds_where_derivatives_hold(run):
    status, output, error = run("check", EXPRESSION, *VALUES)
    assert (status, error) == (0, "")
    assert output == str(ag.gradcheck(evaluate(EXPRESSION, NUMBERS).output)).rstrip("\n") + "\n"


def test_check_fails_where_a_rule_is_wrong(run):
    ag.operation("wrong_square", lambda x: x * x, lambda x, z: 3 * x)
    try:
        status, output, error = run("check", "wrong_square(w)", "w=2")
    finally:
        del ag.TABLE["wrong_square"]
    assert (status, error) == (1, "")
    assert "wrong_square" in output


# --- mistakes


@pytest.mark.parametrize("command", ["trace", "grad", "draw", "check"])
@pytest.mark.parametrize(
    ("words", "reason", "picture"),
    [
        (["C = w*", "w=1"], "expected a number, a name or '(' after '*', got the end", ["C = w*", "      ^"]),
        (["2*q", "w=1"], "'q' has no value; give q=…", ["2*q", "  ^"]),
        (["2*w", "w=1", "q=3"], "'q' is given a value, but the expression has no such name", ["q=3.0", "^"]),
        (["2*w", "w=1", "w=2"], "'w' is given a value twice", ["w=2", "^"]),
        (["w = 2", "w=1"], "'w' is both given and assigned; remove one of them", ["w = 2", "^"]),
        (["2*w", "w=a"], "the value must consist of numbers, got the name 'a'", ["w=a", "  ^"]),
        (["2*w", "w"], "expected one assignment, name=number", ["w", "^"]),
        (["2*w", "w=log(-1)"], "log(-1.0) has no real value; it needs x > 0", ["w=log(-1)", "  ^^^"]),
        (["log(2*w)", "w=-1"], "log(-2.0) has no real value; it needs x > 0", ["log(2*w)", "^^^"]),
        ([" "], "the expression is empty; write one, such as w*a + b", ["", "^"]),
    ],
)
def test_a_mistake_goes_to_standard_error_with_its_place(run, command, words, reason, picture):
    expected = "".join(f"{line}\n" for line in (f"error: {reason}", *(f"    {line}" for line in picture)))
    assert run(command, *words) == (2, "", expected)


@pytest.mark.parametrize("command", ["trace", "grad", "draw"])
def test_a_name_to_differentiate_by_must_exist(run, command):
    picture = "    --wrt OUT\n          ^^^\n"
    assert run(command, STEPS, *VALUES, "--wrt", "OUT") == (
        2,
        "",
        f"error: the expression has no name 'OUT'; did you mean 'out'?\n{picture}",
    )


@pytest.mark.parametrize("command", ["trace", "grad", "check"])
def test_without_a_name_there_is_nothing_to_differentiate_by(run, command):
    status, output, error = run(command, "1 + 2")
    assert (status, output) == (2, "")
    assert "the expression has only numbers" in error


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["trace"],
        ["grad", "x", "x=1", "--nonsense"],
        ["check", "x", "x=1", "--wrt", "x"],
        ["grad", "x", "x=1", "--latex"],
        ["trace", "x", "x=1", "--latex", "--html"],
        ["draw", "x", "x=1", "--save"],
    ],
)
def test_a_wrong_command_is_met_with_its_usage(run, words):
    status, output, error = run(*words)
    assert (status, output) == (2, "")
    assert error.startswith("usage: python -m autograd")


@pytest.mark.parametrize("command", ["trace", "grad", "draw", "check", "compile"])
def test_help_has_an_example_that_works(run, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, output, _ = run(command, "--help")
    assert status == 0
    lines = output.splitlines()
    (example,) = [line for before, line in pairwise(lines) if before == "example:"]
    before, expression, after = example.split('"')
    assert before.split() == ["python", "-m", "autograd", command]
    assert run(command, expression, *after.split())[0] == 0


@pytest.mark.parametrize("command", ["trace", "grad", "draw", "explore", "check", "compile"])
def test_help_explains_each_argument(run, command):
    status, output, _ = run(command, "--help")
    assert status == 0
    assert "an expression, or several statements" in output
    assert "a value for each name in the expression" in output
    arguments = output.partition("options:")[2].partition("example:")[0].splitlines()
    # An option without a text would be alone on its line, and the next line would not be indented further.
    for line, after in pairwise(arguments):
        if line.startswith("  -"):
            assert "  " in line.strip() or after.startswith("   "), line
    summary = next(line for line in run("--help")[1].splitlines() if line.split()[:1] == [command])
    description = " ".join(output.partition("\n\n")[2].split())
    assert len(summary.split()) > 2
    assert description.lower().startswith(" ".join(summary.split()[1:4]))


OPTIONS = {
    "trace": [
        "--wrt NAME",
        "--latex",
        "--markdown",
        "--html",
        "--steps",
        "--why",
        "--nudge DELTA",
        "--sweep MODE",
        "--svg FILE",
    ],
    "grad": ["--wrt NAME"],
    "draw": [
        *("--wrt NAME", "--save FILE", "--svg FILE", "--direction DIRECTION", "--theme THEME", "--show SHOW"),
        *("--detail DETAIL", "--open NAME"),
    ],
    "explore": ["--wrt NAME", "--save FILE", "--steps", "--direction DIRECTION", "--theme THEME"],
    "check": [],
    "compile": ["--latex"],
}


@pytest.mark.parametrize("command", OPTIONS)
def test_help_names_options_and_their_values(run, command):
    _, output, _ = run(command, "--help")
    usage, _, rest = output.partition("\n\n")
    words = " ".join(usage.split())
    assert words.startswith(f"usage: python -m autograd {command} [-h] ")
    assert words.endswith(" expression [name=number ...]")
    given = [" ".join(x.split()) for x in re.findall(r"^  (--\w+(?: [A-Z]+)?)(?:  |$)", rest, re.MULTILINE)]
    assert given == OPTIONS[command]
    for option in given:
        assert option in words
        name = option.split()[0]
        assert run(command, "x", "x=1", name[:-1], "up")[0] == 2, "options are not abbreviated"
    assert ("[--latex | --markdown | --html]" in words) == (command == "trace")
    # The lines of the example and of the notation are as they were typed.
    assert "\n\nexample:\n  python -m autograd " in output
    assert '\n  Separate several statements by ; or line ends, as in "AS = w*a + b; out = sigmoid(AS)".\n' in output


def test_command_is_required(run):
    assert " ".join(run("--help")[1].split()).startswith(
        "usage: python -m autograd [-h] command ... Work out, draw, explore and check the derivatives of an expression."
    )
    error = "python -m autograd: error: the following arguments are required: command\n"
    assert run() == (2, "", f"usage: python -m autograd [-h] command ...\n{error}")


def test_help_lists_the_commands(run):
    status, output, _ = run("--help")
    assert status == 0
    assert [line.split()[0] for line in output.splitlines() if line.startswith("    ") and line[4] != " "] == [
        "trace",
        "worksheet",
        "grad",
        "draw",
        "explore",
        "check",
        "compile",
    ]


# --- as a process of its own


def process(*words, stdout=subprocess.PIPE, **settings):
    env = {**os.environ, "PYTHONUNBUFFERED": "", **settings}
    words = [sys.executable, "-m", "autograd", *words]
    return subprocess.run(words, stdout=stdout, stderr=subprocess.PIPE, env=env, timeout=60)


def test_it_runs_as_a_module_and_writes_utf_8_wherever_it_runs():
    done = process("trace", "y = x**2", "x=3", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith("∂y/∂x = ")


UNWRITABLE = [["grad", "x**2", "x=3"], ["--help"]]
ALSO_UNWRITABLE = [pytest.param(words, marks=thorough) for words in (["check", "x**2", "x=3"], ["trace", "--help"])]
# Each of the first two with a buffer and without: the quick profile puts one half to a pipe, the other half to a disk.
HALVES = [[(UNWRITABLE[0], ""), (UNWRITABLE[1], "1")], [(UNWRITABLE[0], "1"), (UNWRITABLE[1], "")]]
THOROUGH_HALVES = [
    [pytest.param(*case, marks=thorough) for case in half]
    + [pytest.param(*words.values, unbuffered, marks=thorough) for words in ALSO_UNWRITABLE for unbuffered in ("", "1")]
    for half in HALVES
]


@pytest.mark.parametrize(("words", "unbuffered"), [*HALVES[0], *THOROUGH_HALVES[1]])
def test_a_closed_pipe_has_a_status_of_its_own(words, unbuffered):
    reading, writing = os.pipe()
    os.close(reading)
    done = process(*words, stdout=writing, PYTHONUNBUFFERED=unbuffered)
    os.close(writing)
    assert done.returncode == 3
    assert done.stderr == b"error: standard output cannot be written: Broken pipe; the output is incomplete\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(("words", "unbuffered"), [*HALVES[1], *THOROUGH_HALVES[0]])
def test_a_full_disk_has_a_status_of_its_own(words, unbuffered):
    with Path("/dev/full").open("wb") as full:
        done = process(*words, stdout=full, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 3
    assert done.stderr.startswith(b"error: standard output cannot be written: No space left on device")
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes descriptors")
@pytest.mark.parametrize("words", [*UNWRITABLE, *ALSO_UNWRITABLE], ids=" ".join)
def test_a_closed_output_has_a_status_of_its_own(words):
    command = shlex.join([sys.executable, "-m", "autograd", *words])
    done = subprocess.run(f"{command} >&-", shell=True, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 3
    assert done.stderr == b"error: standard output must be open, got a closed one; redirect it to a file\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize(
    "words",
    [["grad", "x**", "x=3"], ["grad", "--no-such"], pytest.param(["nothing"], marks=thorough)],
    ids=" ".join,
)
def test_errors_that_cannot_be_written_keep_their_status(words, redirected):
    command = shlex.join([sys.executable, "-m", "autograd", *words])
    done = subprocess.run(f"{command} {redirected}", shell=True, stdout=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"]], ids=" ".join)
def test_the_help_lists_the_exit_statuses(run, words):
    status, output, _ = run(*words)
    assert status == 0
    assert "exit status:\n  0 if all went well, 1 if a check failed, 2 if" in output
    assert "3 if standard output\n  cannot be written" in output


@pytest.mark.parametrize("command", ["trace", "draw"])
def test_svg_draws_into_the_file_that_it_names(run, tmp_path, command):
    path = tmp_path / "c.svg"
    status, output, error = run(command, STEPS, *VALUES, "--wrt", "w", "--svg", str(path))
    assert (status, error) == (0, f"wrote {path}\n")
    assert path.read_text(encoding="utf-8").startswith("<svg")
    assert ("∂C/∂w" in output) == (command == "trace")


def test_svg_takes_no_other_suffix_and_writes_nothing_then(run, tmp_path):
    status, output, error = run("trace", "x**2", "x=3", "--svg", str(tmp_path / "c.png"))
    assert (status, output) == (2, "")
    assert "--svg must be a file that ends in .svg" in error
    assert not list(tmp_path.iterdir())


# --- compile


def test_worksheet_prints_that_of_the_trace(run):
    words = ("worksheet", "y = (3*x + 1)**4", "x=2")
    trace = ag.trace(*evaluated_power())
    assert run(*words) == (0, str(trace.worksheet()), "")
    options = ("--seed", "3", "--vary", "--difficulty", "hard")
    assert run(*words, *options)[1] == str(trace.worksheet(3, vary=True, difficulty="hard"))
    assert run(*words, "--wrt", "x", "--latex")[1] == trace.worksheet().latex()
    assert run(*words, "--markdown")[1] == trace.worksheet().markdown()
    per_class = ag.worksheets(trace, students=3, seed=5, difficulty="easy")
    assert run(*words, "--students", "3", "--seed", "5", "--difficulty", "easy", "--latex")[1] == per_class.latex()
    product, names = evaluate("z = x*y", {"x": 3.0, "y": 2.5})
    both = [ag.trace(product, names[label]) for label in ("y", "x")]
    words = ("worksheet", "z = x*y", "x=3", "y=2.5", "--wrt", "y", "--wrt", "x")
    assert run(*words)[1] == str(ag.worksheets(both, vary=False))
    assert run(*words, "--vary", "--latex")[1] == ag.worksheets(both).latex()
    assert run(*words, "--students", "2", "--seed", "4")[1] == str(ag.worksheets(both, students=2, seed=4))
    assert run(*words, "--students", "0")[0] == 2
    status, printed, errors = run("worksheet", "x*y", "x=1", "y=2")
    assert (status, printed) == (2, "")
    assert errors.startswith("error: --wrt must name one variable, got 2; choose one of x, y")


def test_worksheet_marks_a_file_of_answers(run, tmp_path):
    """The table to fill in and the marks are those of the sheets that the same words print."""
    words = ("worksheet", "z = x*y", "x=3", "y=2.5", "--wrt", "y", "--wrt", "x", "--students", "2")
    form = tmp_path / "form.csv"
    assert run(*words, "--csv", str(form)) == (0, "", "")
    assert re.fullmatch(r"sheet \(\w{4}\),1\.1(,\d\.\d)*\n1,+\n2,+\n", form.read_text("utf-8"))
    product, names = evaluate("z = x*y", {"x": 3.0, "y": 2.5})
    sheets = ag.worksheets([ag.trace(product, names[label]) for label in ("y", "x")], students=2)
    answer = sheets.sheets[1][1].answers[0]
    path = tmp_path / "answers.csv"
    path.write_text(f"sheet;2.1\n2;{answer.text}\n", encoding="utf-8")
    status, printed, errors = run(*words, "--mark", str(path))
    assert (status, errors) == (0, "")
    assert printed.startswith(str(sheets.mark({2: {"2.1": answer.text}})))
    assert "Sheet 2\n" in printed
    assert "(2.1) right" in printed


def test_worksheet_marks_the_only_sheet(run, tmp_path):
    words = ("worksheet", "y = (3*x + 1)**4", "x=2", "--vary", "--seed", "3")
    path = tmp_path / "answers.csv"
    sheet = ag.trace(*evaluated_power()).worksheet(3, vary=True)
    assert run(*words, "--csv", str(path)) == (0, "", "")
    header = path.read_text("utf-8").splitlines()[0]
    # A file with answers is not overwritten.
    assert run(*words, "--csv", str(path))[0] == 2
    path.write_text(f"{header}\n1,{','.join(answer.text for answer in sheet.answers)}\n", encoding="utf-8")
    assert f"{sheet.points} of {sheet.points} points" in run(*words, "--mark", str(path))[1]
    assert "error" in run(*words[:-1], "4", "--mark", str(path))[2]
    status, printed, errors = run(*words, "--mark", str(path), "--latex")
    assert (status, printed) == (2, "")
    assert "not allowed with argument" in errors
    missing = run(*words, "--mark", "nothing.csv")
    assert missing[0] == 2
    assert "nothing.csv" in missing[2]


def evaluated_power():
    C, names = evaluate("y = (3*x + 1)**4", {"x": 2.0})
    return C, names["x"]


def test_compile_prints_a_program_that_runs_and_its_equations(run):
    status, printed, errors = run("compile", EXPRESSION, *VALUES)
    assert (status, errors) == (0, "")
    source, _, equations = printed.rpartition("\n\n\n")
    assert equations == "C = (S(w a + b) − E)²\n"
    space = {}
    exec(source, space)
    C, names = evaluate(EXPRESSION, NUMBERS)
    C.backward()
    assert space["C"](**NUMBERS) == pytest.approx((C.data, *(names[x].grad for x in "wabE")), rel=1e-13)
    latex = run("compile", EXPRESSION, *VALUES, "--latex")[1]
    assert "C &= \\left(S(w a + b) - E\\right)^{2}" in latex


@pytest.mark.parametrize("name", ["__main__", "autograd.__main__"])
def test_another_package_of_the_name_is_a_wrong_command(name, monkeypatch, capsys):
    """As a program it has the status of a wrong command; an import raises."""

    def refuse():
        raise ImportError("autograd must be the package of scalar-autograd, got another")

    monkeypatch.setattr("_scalar_autograd.require_scalar_autograd", refuse)
    with pytest.raises(SystemExit if name == "__main__" else ImportError) as caught:
        runpy.run_path(str(Path(ag.__file__).with_name("__main__.py")), run_name=name)
    error = "python -m autograd: autograd must be the package of scalar-autograd, got another\n"
    assert capsys.readouterr() == ("", error if name == "__main__" else "")
    assert getattr(caught.value, "code", 2) == 2


def test_run_as_a_program_exits_with_its_status(monkeypatch, capsys):
    for words, status in ((["grad", "x*x", "x=3"], 0), (["grad", "x*"], 2)):
        monkeypatch.setattr(sys, "argv", ["autograd", *words])
        with pytest.raises(SystemExit) as caught:
            runpy.run_path(str(Path(ag.__file__).with_name("__main__.py")), run_name="__main__")
        assert caught.value.code == status
    assert capsys.readouterr().out == "output     = 9.0\n∂output/∂x = 6.0\n"
