// The panel: one node with its rule, the numbers put in, and the chain rule as a sum whose terms light their edges.

const MOST_TERMS = 10;

function explained() {
  return previewed ?? pin ?? root;
}

function refreshExplanation() {
  const i = explained(), panel = byId("explanation");
  const kept = panel.contains(document.activeElement) && document.activeElement.dataset.edge;
  const slope = mode === "values" ? [] : [...chainRule(i), ...nudges(i), ...routes(i)];
  panel.replaceChildren(make("h2", {}, names[i]), meaning(i), ...rulesOf(i), ...slope);
  if (kept) panel.querySelector(`[data-edge="${kept}"]`)?.focus();
}

function line(...content) {
  return make("p", {class: "math"}, ...content);
}

function equation(...sides) {
  return sides.filter((side, k) => side && side !== sides[k - 1]).join(" = ");
}

// A node by its number; what is not on the page comes as a text.
function operandName(x) {
  return typeof x === "number" ? bracketed(x, names) : x;
}

function shortOf(x) {
  return typeof x === "number" ? bracketed(x, short) : x;
}

// What is in a slot, or the result for "z", as a number.
function numberAt(i, key) {
  const x = key === "z" ? i : operands[i][key];
  return Array.isArray(x) ? number(+x[0]) : shownValue(x) || "…";
}

// c = a + b = 2 + 1 = 3.
function meaning(i) {
  const sides = kinds[i] ? [definition(i, operandName), numbered(kinds[i][1], key => numberAt(i, key))] : [];
  const made = line(equation(names[i], ...sides, shownValue(i) || "…"));
  return dress(made, {title: isAsked("value", i) ? "?" : values[i]}, []);
}

// A term that lights its edge when it is pointed at or has the focus.
function term(edge, ...content) {
  const look = {class: "term" + (hot.has(edge.id) ? " hot" : ""), "data-edge": edge.id};
  return dress(button("", () => pinNode(edge.source === explained() ? edge.target : edge.source), look), {}, content);
}

// ∂C/∂out = 2(out − E) = 2(0.6 − 1) = −0.8, for each operand.
function rulesOf(i) {
  if (!kinds[i]) return [];
  const [, , texts, numbers] = kinds[i];
  const items = into[i].slice(0, MOST_TERMS).map(edge => {
    const isHidden = isAsked("partial", edge.id), isNumber = !texts[edge.slot].includes("{");
    const rule = isHidden && isNumber ? "" : named(texts[edge.slot], key => operandName(operandAt(i, key)));
    const put = isHidden ? "" : numbered((numbers || texts)[edge.slot], key => numberAt(i, key));
    const sides = " = " + equation(rule, put, shownPartial(edge) || "…");
    return make("li", {}, term(edge, fraction(names[i], names[edge.source]), sides));
  });
  if (into[i].length > MOST_TERMS) items.push(make("li", {}, `and ${into[i].length - MOST_TERMS} more`));
  return [make("h3", {}, "Rule"), make("ul", {class: "math"}, ...items)];
}

// ∂e/∂b = ∂e/∂c·∂c/∂b + ∂e/∂d·∂d/∂b = 2·1 + 3·1 = 5; in forward mode the sum is over the operands.
function chainRule(i) {
  const isForward = mode === "forward", all = isForward ? into[i] : from[i], slope = shownSlope(i) || "…";
  const heading = make("h3", {}, "Chain rule");
  const whole = isForward ? fraction(names[i], names[by]) : fraction(names[root], names[i]);
  if (i === (isForward ? by : root)) return [heading, line(whole, ` = 1: ${mode} mode starts here`)];
  if (!all.length) return [heading, line(whole, ` = ${slope}: no path`)];
  const symbols = [], numbers = [];
  all.slice(0, MOST_TERMS).forEach((edge, k) => {
    if (k) symbols.push(" + ");
    if (k) numbers.push(" + ");
    const local = fraction(names[edge.target], names[edge.source]);
    symbols.push(isForward ? term(edge, local, "·", fraction(names[edge.source], names[by]))
      : term(edge, fraction(names[root], names[edge.target]), "·", local));
    numbers.push(term(edge, contribution(edge, isForward, k)));
  });
  if (all.length > MOST_TERMS) symbols.push(" + …");
  if (all.length > MOST_TERMS) numbers.push(" + …");
  return [heading, line(whole, " = ", ...symbols), line(" = ", ...numbers, " = " + slope.split(" → ").pop())];
}

// What an edge adds, as a product in the order of the chain rule; negative factors in parentheses but for the first.
function contribution(edge, isForward, place) {
  if (!(isForward ? isKnown(edge.target) : hasPassed(edge.target))) return "…";
  const far = isForward ? edge.source : edge.target;
  const carried = isAsked("slope", far) ? "?" : number(slopeOf(far)), partial = shownPartial(edge);
  return (isForward ? [partial, carried] : [carried, partial])
    .map((text, k) => (k || place) && text[0] === "−" ? `(${text})` : text).join("·");
}

// Light edges, wherever they are shown.
function light(ids) {
  hot = new Set(ids);
  for (const element of document.querySelectorAll("[data-edge]"))
    flag(element, {hot: hot.has(+element.dataset.edge)});
}
