/* A tape: a straight-line program on floats as a list of instructions, and its interpreter.

Each instruction is an operation of the table on registers.  A register holds the numbers of a few examples side by
side: they share the cost of reading an instruction, and the loops over them become vector instructions.
Arithmetic follows IEEE 754, as in NumPy: only functions that are called back in Python can raise. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define WIDE 8 /* examples side by side, if there are so many */
#define SECONDS_BETWEEN_SIGNALS 0.1 /* a thread may wait 5 ms for the interpreter, so not more often */
#define WORDS_BETWEEN_CHECKS (1 << 22) /* words of code times examples: 1 to 100 ms between readings of the clock */
#define WORDS_BETWEEN_CHECKS_WITH_CALLS (1 << 18) /* the same, if some instructions call back in Python */
#define MAX_REGISTERS (PY_SSIZE_T_MAX / (WIDE * (Py_ssize_t)sizeof(double)))

static double missing_power(double x, double y, double n)
{
    double power;
    if (x == 0.0 && y >= 0.0 && y < n && y == floor(y)) return 0.0;
    power = pow(x, y - n);
    /* y - n may be rounded to an even number, so the sign comes from the remainders of y and n divided by 2 */
    return x < 0.0 && fabs(fmod(y, 2.0) - fmod(n, 2.0)) == 1.0 ? -fabs(power) : power;
}

static double share(double x, double y)
{
    double length = hypot(x, y);
    if (isinf(x)) return copysign(isinf(y) ? sqrt(0.5) : 1.0, x);
    return length == 0.0 ? 0.0 : x / length;
}

static double silu(double x)
{
    double half;
    if (!(x <= -700.0)) return x / (1.0 + exp(-x));
    half = exp(0.5 * x);
    return fmax(x, -1e4) * half * half;
}

#define ROOT_HALF 0.70710678118654752440
#define HALF_TURN 3.14159265358979323846

/* The operations by their names in the table, with operands x, y and z. */
#define OPERATIONS(UNARY, BINARY, TERNARY) \
    UNARY(neg, -x) UNARY(abs, fabs(x)) UNARY(sqrt, sqrt(x)) UNARY(cbrt, cbrt(x)) \
    UNARY(exp, exp(x)) UNARY(exp2, exp2(x)) UNARY(expm1, expm1(x)) \
    UNARY(log, log(x)) UNARY(log2, log2(x)) UNARY(log10, log10(x)) UNARY(log1p, log1p(x)) \
    UNARY(sin, sin(x)) UNARY(cos, cos(x)) UNARY(tan, tan(x)) \
    UNARY(asin, asin(x)) UNARY(acos, acos(x)) UNARY(atan, atan(x)) \
    UNARY(sinh, sinh(x)) UNARY(cosh, cosh(x)) UNARY(tanh, tanh(x)) UNARY(sech, 1.0 / cosh(x)) \
    UNARY(asinh, asinh(x)) UNARY(acosh, acosh(x)) UNARY(atanh, atanh(x)) \
    UNARY(degrees, x * (180.0 / HALF_TURN)) UNARY(radians, x * (HALF_TURN / 180.0)) \
    UNARY(erf, erf(x)) UNARY(erfc, erfc(x)) UNARY(gaussian, exp(-0.5 * x * x)) \
    UNARY(normal_cdf, 0.5 * erfc(-ROOT_HALF * x)) UNARY(gelu, fmax(x, -100.0) * (0.5 * erfc(-ROOT_HALF * x))) \
    UNARY(sign, x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x == 0.0 ? 0.0 : x) UNARY(floor, floor(x)) \
    UNARY(step, x > 0.0 ? 1.0 : x <= 0.0 ? 0.0 : x) UNARY(relu, x <= 0.0 ? 0.0 : x) \
    UNARY(sigmoid, 1.0 / (1.0 + exp(-x))) UNARY(silu, silu(x)) \
    UNARY(softplus, x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x))) \
    BINARY(add, x + y) BINARY(sub, x - y) BINARY(mul, x * y) BINARY(div, x / y) BINARY(pow, pow(x, y)) \
    BINARY(shifted, x == y ? 0.0 : x - y) BINARY(shifted_log, y + log(x)) \
    BINARY(xlogy, x == 0.0 && y == y ? 0.0 : x * log(y)) \
    BINARY(hypot, hypot(x, y)) BINARY(unit, share(x, y)) BINARY(atan2, atan2(x, y)) \
    BINARY(leg, 2.0 * (sqrt(0.5 * x - 0.5 * y) * sqrt(0.5 * x + 0.5 * y))) \
    BINARY(greater, x > y ? 1.0 : x < y ? 0.0 : x == y ? 0.5 : x - y) \
    BINARY(maximum, x >= y || x != x ? x : y) BINARY(minimum, x <= y || x != x ? x : y) \
    BINARY(fmod, fmod(x, y)) BINARY(remainder, remainder(x, y)) \
    BINARY(leaky_relu, x > 0.0 ? x : y * x) BINARY(elu, x > 0.0 ? x : y * expm1(x)) \
    TERNARY(where, x != 0.0 ? y : z) TERNARY(lowered_power, missing_power(x, y, z)) \
    TERNARY(clip, (x >= y || x != x ? x : y) <= z || x != x || y != y ? (x >= y || x != x ? x : y) : z)

#define CODE(name, expression) OP_##name,
enum { STORE, CALL, OPERATIONS(CODE, CODE, CODE) CODES };

#define UNARY_ENTRY(name, expression) {#name, 1},
#define BINARY_ENTRY(name, expression) {#name, 2},
#define TERNARY_ENTRY(name, expression) {#name, 3},
static const struct { const char *name; int arity; } operations[] = {
    {"store", 0}, {"call", 0}, OPERATIONS(UNARY_ENTRY, BINARY_ENTRY, TERNARY_ENTRY)
};

typedef struct {
    PyObject_HEAD
    PyObject *functions; /* a tuple: the functions that are called back in Python */
    int32_t *code;       /* store: from, column; call: to, function, n, from…; an operation: to, from… */
    double *constants;
    Py_ssize_t length, constant, shared, inputs, results, registers;
} Tape;

/* Return the length of an instruction; -1 if it is none, or would read or write outside of the registers. */
static int instruction(const Tape *tape, const int32_t *at, Py_ssize_t left)
{
    Py_ssize_t first = tape->constant + tape->shared + tape->inputs; /* numbers and arguments before it are read only */
    int n, skipped;
    if (left < 3 || at[0] < 0 || at[0] >= CODES) return -1;
    if (at[0] == STORE)
        return at[1] >= 0 && at[1] < tape->registers && at[2] >= 0 && at[2] < tape->results ? 3 : -1;
    n = at[0] == CALL ? (left < 4 ? -1 : at[3]) : operations[at[0]].arity;
    skipped = at[0] == CALL ? 4 : 2;
    if (n < 1 || n > left - skipped || at[1] < first || at[1] >= tape->registers) return -1;
    if (at[0] == CALL && (at[2] < 0 || at[2] >= PyTuple_GET_SIZE(tape->functions))) return -1;
    for (int k = 0; k < n; k++) {
        int32_t operand = at[skipped + k];
        if (operand < 0 || operand >= tape->registers || operand == at[1]) return -1;
    }
    return skipped + n;
}

/* Call a Python function on the numbers of each example. */
static int called(PyObject *function, double *to, double *registers, const int32_t *operands, int n, int width)
{
    for (int j = 0; j < width; j++) {
        PyObject *result, *arguments = PyTuple_New(n);
        if (arguments == NULL) return -1;
        for (int k = 0; k < n; k++) {
            PyObject *number = PyFloat_FromDouble(registers[(Py_ssize_t)operands[k] * width + j]);
            if (number == NULL) { Py_DECREF(arguments); return -1; }
            PyTuple_SET_ITEM(arguments, k, number);
        }
        result = PyObject_CallObject(function, arguments);
        Py_DECREF(arguments);
        if (result == NULL) return -1;
        to[j] = PyFloat_AsDouble(result);
        Py_DECREF(result);
        if (to[j] == -1.0 && PyErr_Occurred()) return -1;
    }
    return 0;
}

#define UNARY_CASE(name, expression) \
    case OP_##name: { \
        double *restrict d = r + (Py_ssize_t)at[1] * width; const double *p = r + (Py_ssize_t)at[2] * width; \
        for (int j = 0; j < width; j++) { const double x = p[j]; d[j] = expression; } \
        at += 3; break; }
#define BINARY_CASE(name, expression) \
    case OP_##name: { \
        double *restrict d = r + (Py_ssize_t)at[1] * width; const double *p = r + (Py_ssize_t)at[2] * width, \
            *q = r + (Py_ssize_t)at[3] * width; \
        for (int j = 0; j < width; j++) { const double x = p[j], y = q[j]; d[j] = expression; } \
        at += 4; break; }
#define TERNARY_CASE(name, expression) \
    case OP_##name: { \
        double *restrict d = r + (Py_ssize_t)at[1] * width; const double *p = r + (Py_ssize_t)at[2] * width, \
            *q = r + (Py_ssize_t)at[3] * width, *s = r + (Py_ssize_t)at[4] * width; \
        for (int j = 0; j < width; j++) { const double x = p[j], y = q[j], z = s[j]; d[j] = expression; } \
        at += 5; break; }

/* Run through the tape once, for `width` examples; a copy of this is made for each width. */
static inline __attribute__((always_inline)) int
pass(const Tape *tape, double *r, const double *rows, double *results, const int width)
{
    const int32_t *at = tape->code, *end = at + tape->length;
    double *inputs = r + (tape->constant + tape->shared) * width;
    for (Py_ssize_t k = 0; k < tape->inputs; k++)
        for (int j = 0; j < width; j++) inputs[k * width + j] = rows[j * tape->inputs + k];
    while (at < end) {
        switch (at[0]) {
        case STORE:
            for (int j = 0; j < width; j++) results[j * tape->results + at[2]] = r[(Py_ssize_t)at[1] * width + j];
            at += 3;
            break;
        case CALL:
            if (called(PyTuple_GET_ITEM(tape->functions, at[2]), r + (Py_ssize_t)at[1] * width, r, at + 4, at[3], width))
                return -1;
            at += 4 + at[3];
            break;
        OPERATIONS(UNARY_CASE, BINARY_CASE, TERNARY_CASE)
        }
    }
    return 0;
}

static int pass_one(const Tape *tape, double *r, const double *rows, double *results)
{
    return pass(tape, r, rows, results, 1);
}

static int pass_wide(const Tape *tape, double *r, const double *rows, double *results)
{
    return pass(tape, r, rows, results, WIDE);
}

/* Put the constants, and the numbers that all examples share, into their registers. */
static void fill(const Tape *tape, double *r, const double *shared, int width)
{
    for (Py_ssize_t k = 0; k < tape->constant; k++)
        for (int j = 0; j < width; j++) *r++ = tape->constants[k];
    for (Py_ssize_t k = 0; k < tape->shared; k++)
        for (int j = 0; j < width; j++) *r++ = shared[k];
}

/* Handle pending signals, if the last time is long ago.  `released` is the state of this thread if others run
   meanwhile, else NULL. */
static int signalled(double *last, PyThreadState **released)
{
    struct timespec time;
    double now;
    int failed;
    timespec_get(&time, TIME_UTC);
    now = (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
    if (fabs(now - *last) < SECONDS_BETWEEN_SIGNALS) return 0;
    *last = now;
    if (*released != NULL) PyEval_RestoreThread(*released);
    failed = PyErr_CheckSignals();
    if (*released != NULL) *released = PyEval_SaveThread();
    return failed;
}

static int examples(const Tape *tape, const double *shared, const double *rows, double *results, Py_ssize_t n,
                    PyThreadState **released)
{
    Py_ssize_t wide = n / WIDE, words = 0;
    const Py_ssize_t limit = *released != NULL ? WORDS_BETWEEN_CHECKS : WORDS_BETWEEN_CHECKS_WITH_CALLS;
    double last = 0.0;
    double *r = PyMem_RawMalloc((size_t)(tape->registers + 1) * (wide ? WIDE : 1) * sizeof(double));
    int failed = 0;
    if (r == NULL) return -2;
    for (int width = WIDE; width; width = width == WIDE ? 1 : 0) {
        Py_ssize_t times = width == WIDE ? wide : n - wide * WIDE;
        if (times) fill(tape, r, shared, width);
        for (; times && !failed; times--) {
            failed = width == WIDE ? pass_wide(tape, r, rows, results) : pass_one(tape, r, rows, results);
            rows += width * tape->inputs;
            results += width * tape->results;
            words += width * tape->length;
            if (words >= limit && !failed) {
                failed = signalled(&last, released);
                words = 0;
            }
        }
    }
    PyMem_RawFree(r);
    return failed;
}

PyDoc_STRVAR(run_doc, "run(shared, rows, results)\n--\n\n"
    "Write the results for each example, a row of floats, to its row of `results`.");

static PyObject *run(Tape *tape, PyObject *arguments)
{
    Py_buffer shared, rows, results;
    PyObject *found = NULL;
    PyThreadState *released = NULL;
    int failed = 0;
    if (!PyArg_ParseTuple(arguments, "y*y*w*:run", &shared, &rows, &results)) return NULL;
    Py_ssize_t size = sizeof(double), n = tape->results ? results.len / size / tape->results : 0;
    if (shared.len != tape->shared * size || rows.len != n * tape->inputs * size || results.len != n * tape->results * size) {
        PyErr_Format(PyExc_ValueError, "shared must have %zd floats, rows %zd and results %zd for each example",
                     tape->shared, tape->inputs, tape->results);
    } else {
        if (!PyTuple_GET_SIZE(tape->functions)) released = PyEval_SaveThread();
        failed = examples(tape, shared.buf, rows.buf, results.buf, n, &released);
        if (released != NULL) PyEval_RestoreThread(released);
    }
    if (failed == -2) PyErr_NoMemory();
    if (!PyErr_Occurred()) found = Py_NewRef(Py_None);
    PyBuffer_Release(&shared);
    PyBuffer_Release(&rows);
    PyBuffer_Release(&results);
    return found;
}

static PyObject *made(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"code", "constants", "shared", "inputs", "results", "registers", "functions", NULL};
    Py_buffer code, constants;
    Tape *tape = (Tape *)type->tp_alloc(type, 0);
    Py_ssize_t at = 0;
    int n = 0;
    if (tape == NULL) return NULL;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "y*y*nnnnO!:Tape", names, &code, &constants, &tape->shared,
            &tape->inputs, &tape->results, &tape->registers, &PyTuple_Type, &tape->functions)) {
        tape->functions = NULL;
        Py_DECREF(tape);
        return NULL;
    }
    Py_INCREF(tape->functions);
    tape->length = code.len / sizeof(int32_t);
    tape->constant = constants.len / sizeof(double);
    tape->code = PyMem_RawMalloc(code.len + 1);
    tape->constants = PyMem_RawMalloc(constants.len + 1);
    if (tape->code == NULL || tape->constants == NULL) {
        PyErr_NoMemory();
    } else {
        memcpy(tape->code, code.buf, code.len);
        memcpy(tape->constants, constants.buf, constants.len);
        if (tape->shared < 0 || tape->inputs < 0 || tape->results < 0 || tape->registers >= MAX_REGISTERS ||
                tape->shared > tape->registers || tape->inputs > tape->registers - tape->shared ||
                tape->constant > tape->registers - tape->shared - tape->inputs)
            n = -1;
        while (n >= 0 && at < tape->length) at += n = instruction(tape, tape->code + at, tape->length - at);
        if (n < 0) PyErr_Format(PyExc_ValueError, "code must be instructions on registers of the tape, got none at index %zd", at - n);
    }
    PyBuffer_Release(&code);
    PyBuffer_Release(&constants);
    if (PyErr_Occurred()) { Py_DECREF(tape); return NULL; }
    return (PyObject *)tape;
}

static void freed(Tape *tape)
{
    PyTypeObject *type = Py_TYPE(tape);
    PyMem_RawFree(tape->code);
    PyMem_RawFree(tape->constants);
    Py_XDECREF(tape->functions);
    type->tp_free(tape);
    Py_DECREF(type);
}

PyDoc_STRVAR(tape_doc, "Tape(code, constants, shared, inputs, results, registers, functions)\n--\n\n"
    "A straight-line program on floats; its first registers are constants, numbers that examples share, and inputs.");

static PyMethodDef methods[] = {{"run", (PyCFunction)run, METH_VARARGS, run_doc}, {NULL}};
static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)tape_doc}, {Py_tp_new, made}, {Py_tp_dealloc, freed}, {Py_tp_methods, methods}, {0, NULL}};
static PyType_Spec spec = {"autograd.compiling.tape.Tape", sizeof(Tape), 0, Py_TPFLAGS_DEFAULT, slots};

static int filled(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&spec), *codes = PyDict_New();
    int failed = type == NULL || codes == NULL || PyModule_AddObjectRef(module, "Tape", type) ||
        PyModule_AddObjectRef(module, "CODES", codes) ||
        PyModule_AddIntConstant(module, "WIDE", WIDE);
    for (int k = 0; k < CODES && !failed; k++) {
        PyObject *code = PyLong_FromLong(k);
        failed = code == NULL || PyDict_SetItemString(codes, operations[k].name, code);
        Py_XDECREF(code);
    }
    Py_XDECREF(type);
    Py_XDECREF(codes);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot stages[] = {{Py_mod_exec, filled}, {0, NULL}};
static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "autograd.compiling.tape", "Interpreter of straight-line programs on floats, in machine code.", 0, NULL, stages};

PyMODINIT_FUNC PyInit_tape(void)
{
    return PyModuleDef_Init(&definition);
}
