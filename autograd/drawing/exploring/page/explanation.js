// The panel: one node with its rule, the numbers put in, and the chain rule as a sum whose terms light their edges.

const MOST_TERMS = 10;

function explained() {
  return previewed ?? pin ?? root;
}

function refreshExplanation() {
  const i = explained(), panel = byId("explanation");
  const kept = panel.contains(document.activeElement) && document.activeElement.dataset.edge;
  panel.replaceChildren(make("h2", {}, names[i]), ...value(i), ...rulesOf(i), ...(mode === "values" ? [] : chainRule(i)), ...nudges(i), ...routes(i));
  if (kept) panel.querySelector(`[data-edge="${kept}"]`)?.focus();
}

function nameOf(x) {
  return names[x] || x;
}

function valueOf(x) {
  return typeof x === "number" ? shownValue(x) || "…" : number(+x);
}

// What a slot is in numbers; what is not on the page has its number only.
function numberAt(i, key) {
  if (key === "z") return shownValue(i) || "…";
  const x = operands[i][key];
  return Array.isArray(x) ? number(+x[0]) : valueOf(x);
}

function equation(...sides) {
  return sides.filter((side, k) => side && side !== sides[k - 1]).join(" = ");
}

function value(i) {
  const look = {class: "math", title: isAsked("value", i) ? "?" : values[i]};
  if (!kinds[i]) return [make("p", look, equation(names[i], shownValue(i)))];
  const numbers = numbered(kinds[i][1], key => numberAt(i, key));
  return [make("p", look, equation(names[i], definition(i, nameOf), numbers, shownValue(i) || "…"))];
}

// A term that lights its edge when it is pointed at or has the focus.
function term(edge, ...content) {
  const made = make("button", {class: "term" + (hot.has(edge.id) ? " hot" : ""), "data-edge": edge.id}, ...content);
  made.addEventListener("click", () => { pinNode(edge.source === explained() ? edge.target : edge.source); });
  return made;
}

function rulesOf(i) {
  if (!kinds[i]) return [];
  const [, , texts, numbers] = kinds[i], shown = into[i].slice(0, MOST_TERMS);
  const items = shown.map(edge => {
    const rule = named(texts[edge.slot], key => nameOf(operandAt(i, key)));
    const put = numbered((numbers || texts)[edge.slot], key => numberAt(i, key));
    return make("li", {}, term(edge, fraction(names[i], names[edge.source]), " = " + equation(rule, put, shownPartial(edge) || "…")));
  });
  return [make("h3", {}, "Rule"), make("ul", {class: "math"}, ...items, ...more(into[i].length - shown.length))];
}

function more(count) {
  return count > 0 ? [make("li", {}, `and ${count} more`)] : [];
}

// ∂e/∂b = ∂e/∂c·∂c/∂b + ∂e/∂d·∂d/∂b = 2·1 + 3·1 = 5, or in forward mode the same over the operands.
function chainRule(i) {
  const heading = make("h3", {}, "Chain rule"), isForward = mode === "forward";
  const [upper, lower] = isForward ? [i, by] : [root, i];
  const ends = isForward ? by === i : root === i;
  if (ends) return [heading, make("p", {class: "math"}, fraction(names[upper], names[lower]), " = 1: " + (isForward ? "forward" : "reverse") + " mode starts here")];
  const all = isForward ? into[i] : from[i];
  const slope = shownSlope(i) || "…";
  if (!all.length) return [heading, make("p", {class: "math"}, fraction(names[upper], names[lower]), ` = ${slope}: no path`)];
  const shown = all.slice(0, MOST_TERMS), symbols = [], numbers = [];
  shown.forEach((edge, k) => {
    const far = isForward ? edge.source : edge.target;
    const factors = [fraction(names[isForward ? far : root], names[isForward ? by : far]), fraction(names[edge.target], names[edge.source])];
    if (k) { symbols.push(" + "); numbers.push(" + "); }
    symbols.push(term(edge, ...(isForward ? [factors[1], "·", factors[0]] : [factors[0], "·", factors[1]])));
    const known = isForward ? isKnown(edge.target) : hasPassed(edge.target);
    const [partial, carried] = [shownPartial(edge) === "?" ? "?" : partialOf(edge), isAsked("slope", far) ? "?" : isForward ? tangents[far] : adjoints[far]];
    const text = !known ? "…" : [isForward ? partial : carried, isForward ? carried : partial].map((x, n) =>
      x === "?" ? x : (n || k) && x < 0 ? `(${number(x)})` : number(x)).join("·");
    numbers.push(term(edge, text));
  });
  if (all.length > shown.length) { symbols.push(" + …"); numbers.push(" + …"); }
  return [heading, make("p", {class: "math"}, fraction(names[upper], names[lower]), " = ", ...symbols),
    make("p", {class: "math"}, " = ", ...numbers, " = " + slope.split(" → ").pop() + (isForward || slope === "…" || all.every(edge => hasPassed(edge.target)) ? "" : " so far"))];
}

// Light edges, wherever they are shown.
function light(ids) {
  hot = new Set(ids);
  for (const element of document.querySelectorAll("[data-edge]"))
    flag(element, {hot: hot.has(+element.dataset.edge)});
}
