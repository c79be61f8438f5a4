"""Gradients of other libraries, wrapped as plain functions: right ones pass, and wrong ones of theirs are found."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import autograd as ag

RECIPES = re.findall(
    r"^<!-- needs: (\w+) -->\n```python\n(.*?)^```",
    (Path(__file__).parents[1] / "docs" / "check-your-own.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("library", "text"), RECIPES, ids=[library for library, _ in RECIPES])
@pytest.mark.filterwarnings("ignore::Warning:(sklearn|statsmodels|scipy|patsy)")
def test_recipes_run(library, text):
    """The recipes of docs/check-your-own.md print what is written below them."""
    module = pytest.importorskip(library, reason=f"pip install {library.replace('sklearn', 'scikit-learn')}")
    example = doctest.DocTestParser().get_doctest(text, {}, library, "check-your-own.md", 0)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    try:
        assert doctest.DocTestRunner(optionflags=options).run(example).failed == 0
    finally:
        if library == "jax":
            module.config.update("jax_enable_x64", False)


def test_lines_of_the_readme_run(torch, monkeypatch):
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    [lines] = re.findall(r"^<!-- needs: torch -->\n```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for factor, error in ((1.0, None), (1.5, AssertionError)):
        package = SimpleNamespace(MyFunction=scaled_square(torch, factor))
        monkeypatch.setitem(sys.modules, "my_package", package)
        space = {}
        exec(lines.replace("apply, x)", "apply, x, x)"), space)
        with pytest.raises(error) if error else nullcontext():
            space["test_my_function"](ag.assert_gradients)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning", "ignore:Sparse invariant checks:UserWarning")
def test_options_of_pytorchs_checker_have_the_counterparts_of_the_table(torch):
    def f(x):
        return torch.sin(x) * x

    x = torch.tensor([0.3, 0.7], dtype=torch.float64)
    assert ag.gradcheck(f, x, jvp=lambda x, v: torch.func.jvp(f, (x,), (v,))[1])
    assert not ag.gradcheck(f, x, jvp=lambda x, v: 2.0 * torch.func.jvp(f, (x,), (v,))[1])
    assert ag.gradcheck(torch.func.vmap(f), x[:, None])
    indices = torch.tensor([[0, 1], [1, 0]])
    check = ag.gradcheck(lambda values: f(torch.sparse_coo_tensor(indices, values, (2, 2)).to_dense()), x)
    assert check
    assert len(check.leaves) == 8


def test_every_option_of_pytorchs_checkers_is_in_the_table(torch):
    text = (Path(__file__).parents[1] / "docs" / "check-your-own.md").read_text("utf-8")
    table = [line.split("|")[1] for line in text[text.index("| option of PyTorch") :].splitlines()]
    for checker in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        for name, parameter in inspect.signature(checker).parameters.items():
            if parameter.default is parameter.empty:
                continue
            [written] = re.findall(rf"`{name}=([\w.-]+)`", "".join(table))
            # `masked` is None for one checker and False for the other.
            assert ast.literal_eval(written) == parameter.default or name == "masked", name


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_options_of_pytorchs_gradgradcheck_have_the_counterparts_of_the_table(torch):
    def f(x):
        return torch.sin(x) * x

    x, u = torch.tensor([0.3, 0.7], dtype=torch.float64), torch.tensor([1.0, 2.0], dtype=torch.float64)
    combined = ag.gradcheck(lambda x: (u * f(x)).sum(), x, order=2)
    assert combined
    assert combined.symmetry
    gradient = torch.func.grad(lambda x: f(x).sum())
    for factor in (1.0, 1.01):
        check = ag.gradcheck(
            gradient, x, jvp=lambda x, v, factor=factor: factor * torch.func.jvp(gradient, (x,), (v,))[1]
        )
        assert bool(check) is (factor == 1.0)


def test_undefined_cotangents_of_several_outputs_are_used(torch):
    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(x)
            return x**2, x**3

        @staticmethod
        def backward(ctx, g, h):
            (x,) = ctx.saved_tensors
            if careful:
                g, h = (torch.zeros_like(x) if u is None else u for u in (g, h))
            return 2.0 * g * x + 3.0 * h * x**2

    x = torch.tensor([0.3, 0.7], dtype=torch.float64)
    careful = True
    assert ag.gradcheck(Pair.apply, x)
    careful = False
    with pytest.raises(TypeError, match="NoneType"):
        ag.gradcheck(Pair.apply, x)


def test_conventions_for_complex_gradients(torch, jax):
    """PyTorch's gradient of a real loss is ∂L/∂re + i ∂L/∂im, and JAX's is its conjugate."""
    point = (1.5, -0.5)

    def loss(re, im):
        return abs((re + 1j * im) ** 3 + re) ** 2

    def by_torch(re, im):
        z = torch.tensor(complex(re, im), requires_grad=True)
        (torch.abs(z**3 + z.real) ** 2).backward()
        return float(z.grad.real), float(z.grad.imag)

    def by_jax(re, im):
        slope = jax.grad(lambda z: abs(z**3 + z.real) ** 2)(complex(re, im))
        return float(slope.real), -float(slope.imag)

    assert ag.gradcheck(loss, point, gradient=by_torch, rtol=1e-6)
    assert ag.gradcheck(loss, point, gradient=by_jax, rtol=1e-6)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="pip install torch")


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax", reason="pip install jax")
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        yield jax


def scaled_square(torch, factor):
    """Return a function w·x² of PyTorch whose rule for w is multiplied by a factor."""

    class ScaledSquare(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return w * x**2

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return 2.0 * g * w * x, factor * g * x**2

    return ScaledSquare


def test_a_function_of_pytorch_is_checked_without_a_gradient(torch):
    x = torch.tensor([[0.5, 1.2]], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([[2.0, -0.3]], dtype=torch.float64, requires_grad=True)
    assert ag.gradcheck(scaled_square(torch, 1.0).apply, (x, w))
    check = ag.gradcheck(scaled_square(torch, 1.5).apply, (x, w))
    assert {found.engine for found in check.leaves if found.verdict == "fail"} == {1.5 * 0.25, 1.5 * 1.44}
    assert check.title == "ScaledSquare"
    assert str(check).splitlines()[1].split()[1] == "PyTorch"
    assert check.repeat == ""
    assert x.grad is None
    one = ag.gradcheck(scaled_square(torch, 1.5).apply, (x, w.detach()))
    assert one.remarks == ["held fixed: w (requires_grad=False)"]
    assert str(one).startswith("ScaledSquare by x: 4 derivatives hold")
    assert len(ag.gradcheck(lambda x, w: x.sum() * w.sum(), (x.detach(), w.detach()), order=2).leaves) == 4 + 16


def normalized(torch, reduce):
    """Return a layer norm of PyTorch whose rule for x reduces a product, and a subclass that inherits all."""

    class Norm(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, weight, bias):
            mean, variance = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
            normal = (x - mean) / torch.sqrt(variance + 1e-5)
            ctx.save_for_backward(normal, weight, variance)
            return normal * weight + bias

        @staticmethod
        def backward(ctx, g):
            normal, weight, variance = ctx.saved_tensors
            by = g * weight
            by_x = by - by.mean(-1, keepdim=True) - normal * reduce(by * normal)
            return by_x / torch.sqrt(variance + 1e-5), (g * normal).sum(0), g.sum(0)

    class Heir(Norm):
        pass

    return Norm, Heir


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_sum_where_a_mean_was_taken_is_named_in_a_layer_norm(torch, precision):
    torch.manual_seed(0)
    shapes = ((3, 4), (4,), (4,))
    at = [torch.rand(shape, dtype=getattr(torch, precision), requires_grad=True) for shape in shapes]
    for function in normalized(torch, lambda x: x.sum(-1, keepdim=True)):
        check = ag.gradcheck(function.apply, tuple(at))
        title = function.__name__
        lines = str(check).splitlines()
        assert lines[0].startswith(f"{title}: ")
        assert re.match(rf"  ∂{title}\[(\d),\d\]/∂x\[\1,\d\] .* differs by ", lines[1])
        assert [line for line in lines if line.startswith(("weight", "bias"))] == [
            "weight: all 48 hold",
            "bias: all 48 hold",
        ]
        assert any(re.match(r"x: 4\d of 144 are wrong", line) for line in lines)
        remarks = [
            line for line in lines if line.startswith("the errors of x are an outer product in each of 3 groups")
        ]
        assert "; for each output they are a multiple of x − mean(x): " in remarks[0]
        code = function.backward.__code__
        backward = f"{title}.backward ({Path(__file__).name}:{code.co_firstlineno + 1})"
        limit = ["float32 limits the check: pass tensors of float64, and write module.double() for a module"]
        assert check.remarks == [*remarks, *limit * (precision == "float32"), f"written by hand: {backward}"]
    right, _ = normalized(torch, lambda x: x.mean(-1, keepdim=True))
    assert ag.gradcheck(right.apply, tuple(at))


def test_a_module_of_pytorch_is_checked_by_its_parameters_and_inputs(torch):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2), torch.nn.Tanh()).double()
    net[0].bias.requires_grad_(False)
    state = {key: x.clone() for key, x in net.state_dict().items()}
    check = ag.gradcheck(net, torch.tensor([[0.3, 0.7], [0.1, -0.4], [1.0, 0.5]], dtype=torch.float64))
    assert check, str(check)
    assert len(check.leaves) == 6 * (4 + 2 + 2 + 6)
    names = [found.name.partition("/∂")[2] for found in check.leaves]
    assert {"0.weight[1,0]", "1.bias[0]"} <= set(names)
    assert check.remarks[0] == "held fixed: 0.bias (requires_grad=False)"
    assert all(torch.equal(x, state[key]) for key, x in net.state_dict().items())


def test_mixed_types_of_pytorch_are_named(torch):
    module, x = torch.nn.Linear(2, 2, dtype=torch.float32), torch.ones((1, 2), dtype=torch.float64)
    with pytest.raises(
        TypeError, match=r"got float32 for weight, bias and float64 for input; write module\.double\(\)"
    ):
        ag.gradcheck(module, x)

    def broken(x):
        raise RuntimeError("of its own")

    with pytest.raises(RuntimeError, match="of its own"):
        ag.gradcheck(broken, x)


def test_backward_passes_below_a_module_are_named_once(torch):
    norm, _ = normalized(torch, lambda x: x.sum(-1, keepdim=True))
    of_torch = scaled_square(torch, 1.0)
    of_torch.backward.__module__ = "torch.checkpoints"

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.bias = (torch.nn.Parameter(torch.linspace(k, 2.0, 3)) for k in (0.5, 1.0))

        def forward(self, x):
            squares = of_torch.apply(x, torch.ones_like(x))
            return norm.apply(norm.apply(squares, self.weight, self.bias), self.weight, self.bias).sum()

    check = ag.gradcheck(Net().double(), torch.tensor([[0.3, 0.7, -0.2]], dtype=torch.float64, requires_grad=True))
    line = norm.backward.__code__.co_firstlineno + 1  # below the decorator
    assert check.remarks[-1] == f"written by hand: Norm.backward ({Path(__file__).name}:{line})"


def test_a_backward_pass_that_was_typed_in_has_no_line(torch):
    names = {"torch": torch}
    exec(
        "class Double(torch.autograd.Function):\n"
        "    forward = staticmethod(lambda ctx, x: 2.0 * x)\n"
        "    backward = staticmethod(lambda ctx, g: 3.0 * g)\n",
        names,
    )
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    assert ag.gradcheck(names["Double"].apply, x).remarks[-1] == "written by hand: Double.backward"


def cubed(torch, cotangent):
    """Return a function x³ of PyTorch whose rule uses a function of the cotangent."""

    class Cubed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return w * x**3

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return 3.0 * w * x**2 * cotangent(g), g * x**3

    return Cubed.apply


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
def test_a_cotangent_that_is_missing_or_squared_is_found(torch, precision):
    dtype = getattr(torch, precision)
    x, w = torch.tensor([0.7, -1.3], dtype=dtype), torch.tensor([0.5, 1.5], dtype=dtype)
    for cotangent in (torch.ones_like, torch.square, torch.abs):
        check = ag.gradcheck(cubed(torch, cotangent), (x, w), mode="full")
        [wrong] = [finding for finding in check.leaves if finding.source == "PyTorch" and finding.verdict == "fail"][
            -1:
        ]
        assert re.match(r"vjp by x\[\d\]", wrong.name)
        assert "the backward pass is not linear in its cotangent" in str(check)
        assert check.remarks[-1].startswith("written by hand: Cubed.backward")
    right = ag.gradcheck(cubed(torch, lambda g: g), (x, w), rtol=0.02 if precision == "bfloat16" else 1e-7)
    assert not any(finding.name.startswith("vjp") for finding in right.leaves)


def test_plain_numbers_for_pytorch_are_refused(torch):
    with pytest.raises(TypeError, match="the point must have tensors for PyTorch to differentiate f"):
        ag.gradcheck(lambda x: torch.sin(torch.tensor(x)), 0.5)


def test_a_tensor_holds_no_values(torch):
    with pytest.raises(TypeError, match="must be one of NumPy, got Tensor"):
        ag.grad(lambda x: x)(torch.ones(2))


def test_a_function_of_jax_is_checked_without_a_gradient(jax):
    np_ = jax.numpy

    def softplus(factor):
        @jax.custom_vjp
        def softplus(x):
            return np_.log1p(np_.exp(x))

        softplus.defvjp(lambda x: (softplus(x), x), lambda x, g: (factor * g * jax.nn.sigmoid(x),))
        return softplus

    for at in (np_.array([0.5, 1.0]), 0.5):
        assert ag.gradcheck(softplus(1.0), at)
        assert ag.gradcheck(jax.jit(softplus(1.0)), at)
        check = ag.gradcheck(softplus(1.5), at)
        assert {found.reason or found.remark() for found in check.leaves if found.engine} == {"off by a factor 1.5"}
        assert re.fullmatch(r"written by hand: <lambda> \(test_checking_other_libraries\.py:\d+\)", check.remarks[-1])
    assert ag.gradcheck(lambda x: np_.sin(x) * x, 0.5, order=2).symmetry is None
    assert ag.gradcheck(lambda x: np_.sum(np_.sin(x) * x), np.array([0.5, 1.0]), order=2).symmetry


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_cotangent_that_jax_is_not_given_is_found(jax, precision):
    @jax.custom_vjp
    def mean(x, scale):
        return jax.numpy.mean(x) * scale, jax.numpy.sum(x)

    def backward(saved, g):
        x, scale = saved
        return g[0] * scale / x.size + g[1] + 0.0 * x, jax.numpy.mean(x) * (1.0 if wrong else g[0])

    mean.defvjp(lambda x, scale: (mean(x, scale), (x, scale)), backward)
    point = jax.numpy.array([0.5, 1.0, 2.5], dtype=precision), jax.numpy.array(0.3, dtype=precision)
    for wrong in (True, False):
        check = ag.gradcheck(lambda *args: mean(*args)[0], point)
        found = [finding.name for finding in check.leaves if not finding.holds]
        assert found == (["vjp by args[1]"] if wrong else [])


def test_nested_arguments_and_results_of_jax_keep_their_order(jax):
    def f(params, x, steps, mode):
        return {"y": jax.numpy.tanh(params["w"] @ x) * steps, "b": params["b"] * 2.0}

    at = {"w": jax.numpy.ones((2, 3)), "b": 0.3}, np.array([0.1, 0.2, 0.3]), 3, "fast"
    check = ag.gradcheck(f, at)
    assert check, str(check)
    assert len(check.leaves) == 3 * (6 + 1 + 3)
    assert 'f["y"][0]/∂params["w"][1,2]' in check.leaves[5].name
    assert check.remarks == ["held fixed: steps (an integer), mode (a text)"]
    given = ag.gradcheck(f, at, gradient=lambda *args: jax.jacobian(f, (0, 1))(*args))
    assert given, str(given)


def test_jax_in_single_precision_is_said(jax):
    with jax.enable_x64(False):
        check = ag.gradcheck(lambda x: 2.0 * x, jax.numpy.array([1.0]))
        assert "jax_enable_x64" in check.remarks[0]
    assert not ag.gradcheck(lambda x: 2.0 * x, jax.numpy.array([1.0])).remarks


def test_frames_and_series_of_pandas_are_named_by_their_labels():
    pandas = pytest.importorskip("pandas", reason="pip install pandas")
    beta = pandas.Series([0.5, -1.0], index=["age", "dose"])
    frame = pandas.DataFrame({"age": [1.0, 2.0], "dose": [0.5, 0.1], "group": [1, 2], "name": ["a", "b"]})

    def f(beta, frame):
        return (frame["age"] * beta["age"] + frame["dose"] * beta["dose"]).pow(2).sum()

    def gradient(beta, frame):
        residual = frame["age"] * beta["age"] + frame["dose"] * beta["dose"]
        by_frame = frame.assign(age=2 * residual * beta["age"], dose=2 * residual * beta["dose"])
        return pandas.Series({key: 2 * (residual * frame[key]).sum() for key in beta.index}), by_frame

    check = ag.gradcheck(f, (beta, frame), gradient=gradient)
    assert check, str(check)
    assert [found.name for found in check.leaves][:3] == ['∂f/∂beta["age"]', '∂f/∂beta["dose"]', '∂f/∂frame["age"][0]']
    assert check.remarks == ['held fixed: frame["group"] (integers), frame["name"] (texts)']
    assert ag.grad(f)(beta, frame)[0].round(12).equals(gradient(beta, frame)[0].round(12))
    assert ag.gradcheck(f, (beta, frame))

    def reordered(beta, frame):
        by_beta, by_frame = gradient(beta, frame)
        return by_beta[::-1], by_frame

    assert ag.gradcheck(f, (beta, frame), gradient=reordered)
    with pytest.raises(ValueError, match="must have the labels"):
        ag.gradcheck(f, (beta, frame), gradient=lambda *args: (gradient(*args)[0].rename({"age": "height"}), frame))


def test_a_gradient_of_pytorch_is_checked(torch):
    def f(p):
        return torch.tanh(torch.tensor(p)).prod()

    def gradient(p):
        x = torch.tensor(p, requires_grad=True)
        torch.tanh(x).prod().backward()
        return x.grad

    assert ag.gradcheck(f, np.array([0.3, 0.7, 1.1]), gradient=gradient)
    assert not ag.gradcheck(f, np.array([0.3, 0.7, 1.1]), gradient=lambda p: 1.001 * gradient(p))


def test_a_jacobian_of_pytorch_is_checked_in_its_blocks(torch):
    def F(x, y):
        return torch.stack([x * y, torch.sin(x)])

    def tensors(*xs):
        return tuple(torch.tensor(x, dtype=torch.float64) for x in xs)

    check = ag.gradcheck(
        lambda x, y: F(*tensors(x, y)),
        (1.2, 0.5),
        gradient=lambda x, y: torch.autograd.functional.jacobian(F, tensors(x, y)),
    )
    assert check, str(check)


def test_pytorchs_power_at_exponent_0_is_wrong_if_it_is_special_cased(torch):
    # Seen in PyTorch 2.13 and 2.15: the slope in x is set to 0 where the exponent is 0, and so is its own slope in y.
    def tensors(*xs):
        return tuple(torch.tensor(x, dtype=torch.float64) for x in xs)

    def hessian(x, y):
        return torch.autograd.functional.hessian(torch.pow, tensors(x, y))

    check = ag.gradcheck(
        lambda x, y: torch.pow(*tensors(x, y)),
        (7.0, 0.0),
        gradient=lambda x, y: torch.autograd.functional.jacobian(torch.pow, tensors(x, y)),
        hessian=hessian,
    )
    is_special_cased = float(hessian(7.0, 0.0)[0][1]) == 0.0
    assert [found.name for found in check.leaves if found.verdict == "fail"] == ["∂²f/∂x∂y"] * is_special_cased
    assert bool(check.symmetry) is bool(check) is not is_special_cased


def test_a_jacobian_of_jax_is_checked(jax):
    def F(w, x):
        return jax.numpy.tanh(w @ x)

    at = np.arange(6.0).reshape(2, 3) / 5.0, np.array([0.1, 0.2, 0.3])
    check = ag.gradcheck(F, at, gradient=jax.jacobian(F, (0, 1)))
    assert check, str(check)
    assert len(check.leaves) == 18


def test_jaxs_hypot_on_the_diagonal_is_wrong_if_it_has_no_second_derivative_there(jax):
    # Seen in JAX 0.10: hypot is made of the greater and the lesser, whose slopes at a tie are constants.
    hypot, hessian = jax.numpy.hypot, jax.hessian(jax.numpy.hypot, (0, 1))
    check = ag.gradcheck(lambda x, y: hypot(x, y), (3.0, 3.0), gradient=jax.grad(hypot, (0, 1)), hessian=hessian)
    is_flat = abs(float(hessian(3.0, 3.0)[0][0])) < 0.1
    assert [found.verdict for found in check.leaves] == ["pass", "pass", *(["fail"] if is_flat else ["pass"]) * 4]


def test_in_single_precision_a_doubled_gradient_fails_and_a_right_one_is_never_called_wrong():
    f32 = np.float32

    def f(x):
        return float(np.sin(f32(x)) * f32(x))

    slope = np.sin(1.2) + 1.2 * np.cos(1.2)
    assert ag.gradcheck(f, 1.2, gradient=slope).leaves[0].verdict in ("pass", "undecided")
    assert ag.gradcheck(f, 1.2, gradient=2.0 * slope).leaves[0].verdict == "fail"
