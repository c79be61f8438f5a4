// One step at a time: values upwards, then each result passes its derivative on, and it adds up.

let step = 0;
let mode = "reverse";
let by = 0;
let pin = null;
let focused = root;
let previewed = null;
let hot = new Set();
let question = null;
const given = new Map();

let values, partials, adjoints, sums, tangents;

function recompute() {
  values = evaluate(given);
  partials = differentiate(values);
  retrace();
}

function retrace() {
  ({adjoints, sums} = reverse(partials, step - results.length - 1));
  tangents = forward(partials, by);
}

// What forward mode can differentiate by.
function bases() {
  return leaves.includes(page.wrt) || page.wrt < 0 ? leaves : [...leaves, page.wrt];
}

function lastStep() {
  return results.length * (mode === "reverse" ? 2 : 1) + (mode === "reverse" ? 1 : 0);
}

// The result whose turn it is in the backward steps, -1 before.
function passing() {
  const turn = mode === "reverse" ? step - results.length - 2 : -1;
  return turn < 0 ? -1 : page.downward[turn];
}

function hasPassed(i) {
  return turnDown[i] < step - results.length - 1;
}

function isKnown(i) {
  return turnUp[i] < step;
}

// The node whose turn it is; undefined at the start.
function current() {
  if (step <= results.length) return results[step - 1];
  return step === results.length + 1 ? root : passing();
}

function isNow(i) {
  return step < lastStep() && i === current();
}

// Nodes to which something was added in this step.
function arrived() {
  const i = passing();
  return i < 0 || step === lastStep() ? [] : [...new Set(into[i].map(edge => edge.source))];
}

function isAsked(kind, i) {
  return question && question.kind === kind && question.id === i;
}

function partialOf(edge) {
  return partials[edge.target][edge.slot];
}

function shownValue(i) {
  return isAsked("value", i) ? "?" : isKnown(i) ? number(values[i]) : "";
}

function shownPartial(edge) {
  return isAsked("partial", edge.id) ? "?" : isKnown(edge.target) ? number(partialOf(edge)) : "";
}

function slopeOf(i) {
  return mode === "forward" ? tangents[i] : adjoints[i];
}

// The derivative on a node, as far as it has been computed: nothing before the reverse sweep gets there, 0 → 2 → 5
// where it is adding up, and "2 so far" while terms are missing.
function shownSlope(i) {
  if (isAsked("slope", i)) return "?";
  if (mode === "values" || !isKnown(i)) return "";
  if (mode === "forward") return number(tangents[i]);
  if (!isReached(i)) return "";
  return arrived().includes(i) ? gain(i, 16) : number(adjoints[i]) + soFar(i);
}

// Return true if the reverse sweep has put something on a node, be it 0.
function isReached(i) {
  return i === root ? step > results.length : from[i].some(edge => hasPassed(edge.target));
}

// The remark on a derivative that lacks terms.
function soFar(i) {
  return from[i].every(edge => hasPassed(edge.target)) ? "" : " so far";
}

// How a derivative added up, in at most so many characters or so: from the last two sums back.
function gain(i, most) {
  const all = sums[i].map(number);
  let first = 0;
  while (all.length - first > 2 && all.slice(first).join(" → ").length > most) first++;
  return (first ? "… → " : "") + all.slice(first).join(" → ") + soFar(i);
}

// A derivative and what is shown of it; "=" only for its final value.
function stated(rate, slope) {
  return rate + (/→|so far/.test(slope) ? ": " : " = ") + slope;
}

function rateOf(i) {
  return mode === "forward" ? rate(i, by) : rate(root, i);
}

function shortRate(i) {
  return mode === "forward" ? `∂${bracketed(i, short)}/∂${bracketed(by, short)}`
    : `∂${bracketed(root, short)}/∂${bracketed(i, short)}`;
}

// What happens in this step, in words.
function phase() {
  const count = results.length, turn = step - count - 1, i = step <= count ? results[step - 1] : passing();
  if (step === 0) return "Start: the inputs have their values";
  if (step <= count) {
    const slope = mode === "forward" ? `; ${stated(rateOf(i), shownSlope(i))}` : "";
    return `Forward ${step}/${count}: ${names[i]} = ${definition(i, operandName)} = ${shownValue(i)}${slope}`;
  }
  if (turn === 0) return `Backward 0/${count}: ${rate(root, root)} = 1`;
  const sources = [...new Set(into[i].map(edge => edge.source))];
  const gains = sources.slice(0, 4).map(x => stated(rate(root, x), isAsked("slope", x) ? "?" : gain(x, 40))).join(", ");
  return `Backward ${turn}/${count}: from ${names[i]}${gains && ", " + gains}${sources.length > 4 ? ", …" : ""}`;
}

function go(to) {
  step = Math.max(0, Math.min(to, lastStep()));
  retrace();
  refresh();
}

// Go there and bring the node whose turn it is into view.
function follow(to) {
  go(to);
  show(current() ?? leaves[0]);
}
