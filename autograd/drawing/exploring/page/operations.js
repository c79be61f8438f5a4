// The forward functions of the table in autograd/ops.py, once each; a page holds those that it needs, and what they
// call.  Each starts at the margin, and none knows calculus: the rules of the partials are translated from the table.

function pos(x) { return x; }
function neg(x) { return -x; }
function add(x, y) { return x + y; }
function sub(x, y) { return x - y; }
function mul(x, y) { return x * y; }
function div(x, y) { return x / y; }

// IEEE 754 and Python have 1 where JavaScript has NaN: 1**NaN, (±1)**±∞.
function pow(x, y) { return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y; }

function lowered_power(x, y, n) {
  if (x === 0 && y >= 0 && y < n && y === Math.floor(y)) return 0;
  const lowered = y - n, exact = y - lowered === n && lowered + n === y;
  if (exact || n % 1 !== 0 || n > 64 || x === 0 || Math.abs(x) === Infinity || Math.abs(y) === Infinity)
    return pow(x, lowered);
  let result = pow(x, y);
  for (let k = 0; k < n; k++) result /= x;
  return result;
}

function xlogy(x, y) {
  if (x === 0 && !isNaN(y)) return 0;
  return y > 0 ? x * Math.log(y) : y !== 0 ? NaN : x < 0 ? Infinity : -Infinity;
}

function exp(x) { return Math.exp(x); }
function exp2(x) { return 2 ** x; }
function expm1(x) { return Math.expm1(x); }
function log(x) { return Math.log(x); }
function log2(x) { return Math.log2(x); }
function log10(x) { return Math.log10(x); }
function log1p(x) { return Math.log1p(x); }
function sqrt(x) { return Math.sqrt(x); }
function cbrt(x) { return Math.cbrt(x); }

function sin(x) { return Math.sin(x); }
function cos(x) { return Math.cos(x); }
function tan(x) { return Math.tan(x); }
function asin(x) { return Math.asin(x); }
function acos(x) { return Math.acos(x); }
function atan(x) { return Math.atan(x); }
function sinh(x) { return Math.sinh(x); }
function cosh(x) { return Math.cosh(x); }
function tanh(x) { return Math.tanh(x); }
function asinh(x) { return Math.asinh(x); }
function acosh(x) { return Math.acosh(x); }
function atanh(x) { return Math.atanh(x); }

function sech(x) {
  const e = Math.exp(-Math.abs(x)), square = e * e;
  if (square < 0.2) return 2 * (e - e * (square / (1 + square)));
  return 1 - Math.expm1(-Math.abs(x)) ** 2 / (1 + square);
}

function hypot(...xs) { return Math.hypot(...xs); }

function unit(x, ...others) {
  const h = Math.hypot(x, ...others);
  if (h > 1e-290 && h < Infinity) return x / h;
  if (h === 0 || isNaN(h)) return h;
  const infinite = [x, ...others].filter(y => Math.abs(y) === Infinity).length;
  if (infinite) return Math.abs(x) === Infinity ? Math.sign(x) / Math.sqrt(infinite) : 0;
  const scale = h > 1 ? 2 ** -60 : 2 ** 100;
  return scale * x / Math.hypot(scale * x, ...others.map(y => scale * y));
}

function leg(h, x) {
  const product = (h - x) * (h + x);
  if (h < 0 || product < 1e-290) return Math.sqrt(h - x) * Math.sqrt(h + x);
  if (!(product < Infinity)) return 2 * (Math.sqrt(0.5 * h - 0.5 * x) * Math.sqrt(0.5 * h + 0.5 * x));
  return Math.sqrt(product);
}

function atan2(y, x) { return Math.atan2(y, x); }
function degrees(x) { return x * (180 / Math.PI); }
function radians(x) { return x * (Math.PI / 180); }

// The series of positive terms 2/√π·exp(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!! near 0.
function erf(x) {
  if (Math.abs(x) > 2) return Math.sign(x) * (1 - tail(Math.abs(x), 1));
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

// scale·erfc(x) for x > ½: the trapezoidal rule with step ½ and the residue of its pole, as good as exact
// (Chiarella and Reichel, Math. Comp. 22 (1968) 137).  The scale comes in before what may underflow.
function tail(x, scale) {
  if (x > 28) return 0;
  const half = Math.exp(-0.5 * x * x);
  let sum = 0.5 / (x * x);
  for (let n = 1; n < 14; n++) sum += Math.exp(-n * n / 4) / (n * n / 4 + x * x);
  return scale * x / Math.PI * sum * half * half - (x < 6 ? 2 * scale / Math.expm1(4 * Math.PI * x) : 0);
}

function erfc(x) { return x > 0.5 ? tail(x, 1) : 1 - erf(x); }
function normal_cdf(x) { return x < -0.75 ? tail(-x * Math.SQRT1_2, 0.5) : 0.5 * erfc(-x * Math.SQRT1_2); }
function gelu(x) { return x < -0.75 ? tail(-x * Math.SQRT1_2, 0.5 * x) : x * normal_cdf(x); }

function gaussian(x) {
  const half = Math.exp(-0.25 * x * x);
  return half * half;
}

function abs(x) { return Math.abs(x); }
function sign(x) { return Math.sign(x); }
function step(x) { return x > 0 ? 1 : x <= 0 ? 0 : NaN; }
function floor(x) { return Math.floor(x); }
function greater(x, y) { return x > y ? 1 : x < y ? 0 : x === y ? 0.5 : NaN; }
function maximum(x, y) { return x >= y || isNaN(x) ? x : y; }
function minimum(x, y) { return x <= y || isNaN(x) ? x : y; }
function clip(x, low, high) { return low > high ? NaN : minimum(maximum(x, low), high); }
function where(condition, x, y) { return condition !== 0 ? x : y; }
function fmod(x, y) { return x % y; }

function remainder(x, y) {
  const size = Math.abs(x), over = Math.abs(y), rest = size % over, lack = over - rest;
  if (rest < lack) return Math.sign(x) * rest;
  return Math.sign(x) * (rest > lack ? -lack : rest - 2 * (0.5 * (size - rest) % over));
}

function sigmoid(x) {
  const e = Math.exp(-Math.abs(x)), less = e / (1 + e);
  return x < 0 ? e - e * less : 1 - less;
}

function softplus(x) { return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)); }

function silu(x) {
  if (x > -700 || isNaN(x)) return x / (1 + Math.exp(-x));
  const half = Math.exp(0.5 * x);
  return half ? x * half * half : -0;
}

function relu(x) { return x <= 0 ? 0 : x; }
function leaky_relu(x, slope) { return x > 0 ? x : slope * x; }
function elu(x, scale) { return x > 0 ? x : scale * Math.expm1(x); }

// What is lost in rounding is kept in further parts: Shewchuk (1997).
function exactSum(xs) {
  const parts = [];
  for (let x of xs) {
    let kept = 0;
    for (let y of parts) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y, low = y - (high - x);
      if (low) parts[kept++] = low;
      x = high;
    }
    parts.length = kept;
    parts.push(x);
  }
  return parts.reduceRight((sum, x) => sum + x, 0);
}

function total(...xs) {
  if (!xs.every(Number.isFinite)) return xs.reduce((sum, x) => sum + x);
  const sum = exactSum(xs);
  return Number.isFinite(sum) ? sum : exactSum(xs.map(x => x * 2 ** -64)) * 2 ** 64;
}

function dot(...xs) {
  const n = xs.length >> 1;
  return total(...xs.slice(0, n).map((x, i) => x * xs[n + i]), ...xs.slice(2 * n));
}

function logsumexp(...xs) {
  const top = Math.max(...xs);
  if (!Number.isFinite(top)) return top;
  const rest = [...xs];
  rest.splice(xs.indexOf(top), 1);
  return top + Math.log1p(exactSum(rest.map(x => Math.exp(x - top))));
}

function softmax(i, ...xs) {
  const top = Math.max(...xs), share = x => Math.exp(x === top ? 0 : x - top);
  return share(xs[i]) / exactSum(xs.map(share));
}
