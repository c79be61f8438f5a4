// Numbers and formulas in writing, as autograd/symbolic/typesetting.py and notation.py have them.

// JavaScript rounds a half up and Python to even: `exact` has the digits of `text` and more.
function evenly(text, exact) {
  const length = text.split("e")[0].length, [digits, power] = exact.split("e");
  const even = /[02468]$/.test(digits.slice(0, length)) && /^\.?50*$/.test(digits.slice(length));
  return even ? digits.slice(0, length) + (power ? "e" + power : "") : text;
}

function number(x) {
  if (isNaN(x)) return "NaN";
  const size = Math.abs(x), minus = x < 0 ? "−" : "";
  if (size === Infinity) return minus + "∞";
  if (size < 1e6 && size % 1 === 0) return minus + size;
  const [mantissa, power] = evenly(size.toExponential(3), size.toExponential(40)).split("e");
  if (power < -4 || power > 5) {
    const raised = power.replace("+", "").replace(/./g, c => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
    return minus + mantissa.replace(/\.?0+$/, "") + "×10" + raised;
  }
  const places = Math.max(3 - power, 0), text = evenly(size.toFixed(places), size.toFixed(places + 40));
  const short = text.includes(".") ? text.replace(/0+$/, "") : text;
  return minus + (short.endsWith(".") ? text : short);
}

// A template with the names of the operands for {0}, {1}, … and that of the result for {z}.
function named(template, name) {
  return template.replace(/\{(\w+)\}/g, (_, key) => name(key));
}

// A template with the numbers put in: in parentheses where a sign or a power would be misread; 3(1 − x) but 2·3.
function numbered(template, value) {
  return template.replace(/\{(\w+)\}(·(?=\())?/g, (mark, key, times, at) => {
    const text = value(key), before = template.slice(0, at), after = template[at + mark.length] || "";
    const raised = /[⁻⁰¹²³⁴⁵⁶⁷⁸⁹^]/.test(after);
    const held = text[0] === "−" ? raised || !/(^|[(|⌊]|, )$/.test(before)
      : text.includes("×") && (raised || /[/√∛^]$/.test(before));
    return (/\d$/.test(before) && !held ? "·" : "") + (held ? `(${text})${times || ""}` : text);
  });
}

// A product, negative factors in parentheses but for the first.
function product(...factors) {
  return factors.map((x, k) => k && /^−/.test(number(x)) ? `(${number(x)})` : number(x)).join("·");
}
