// The graph, and what is computed on it: values and partials upwards, both modes of differentiation.
// `page` is what contents.py tells of the graph, `rules` a pair of functions for each operation.

const {names, operands, shapes} = page;
const root = names.length - 1;
const kinds = page.kinds.map(k => shapes[k] || null);
const start = page.values.map(Number);
const leaves = [], results = [];
names.forEach((_, i) => (kinds[i] ? results : leaves).push(i));

// An edge for each slot that holds a node; the others hold numbers, or nodes that are not on the page.
const edges = [];
const into = names.map(() => []), from = names.map(() => []);
operands.forEach((row, target) => row.forEach((source, slot) => {
  if (Array.isArray(source)) return;
  const edge = {id: edges.length, source: source, target: target, slot: slot};
  edges.push(edge);
  into[target].push(edge);
  from[source].push(edge);
}));
const startPartials = names.map(() => []);
for (const edge of edges) startPartials[edge.target][edge.slot] = +page.partials[edge.id];
// When each result has its turn, forward and backward; leaves come before all.
const turnUp = names.map(() => -1), turnDown = names.map(() => -1);
results.forEach((i, k) => { turnUp[i] = k; });
page.downward.forEach((i, k) => { turnDown[i] = k; });

function operandValues(i, values) {
  return operands[i].map(x => Array.isArray(x) ? +x[0] : values[x]);
}

// The value of a result, given those of its operands.
function apply(i, values) {
  return rules[kinds[i][0]][0](...operandValues(i, values));
}

// Every value, with some nodes given.
function evaluate(given) {
  const values = [];
  names.forEach((_, i) => {
    values.push(given.has(i) ? given.get(i) : kinds[i] && !page.why ? apply(i, values) : start[i]);
  });
  return values;
}

function differentiate(values) {
  if (page.why) return startPartials;
  return names.map((_, i) => kinds[i] ? rules[kinds[i][0]][1](operandValues(i, values), values[i]) : []);
}

// Reverse mode: each adjoint, and how it came together; only the first `most` results pass theirs on,
// in the order of Python's backward().
function reverse(partials, most = results.length) {
  const adjoints = names.map(() => 0), sums = names.map(() => [0]);
  adjoints[root] = 1;
  for (const i of page.downward.slice(0, most)) {
    for (const edge of into[i]) {
      const partial = partials[i][edge.slot], x = edge.source;
      if (adjoints[i] === 0 || partial === 0) continue;
      adjoints[x] += adjoints[i] * partial;
      sums[x].push(adjoints[x]);
    }
  }
  return {adjoints: adjoints, sums: sums};
}

// Forward mode: the derivative of every node with respect to one.
function forward(partials, by) {
  const tangents = names.map(() => 0);
  tangents[by] = 1;
  for (const i of results) {
    if (i === by) continue;
    for (const edge of into[i]) {
      const partial = partials[i][edge.slot];
      if (tangents[edge.source] !== 0 && partial !== 0) tangents[i] += tangents[edge.source] * partial;
    }
  }
  return tangents;
}

// Nodes that depend on one.
function above(i) {
  const found = new Set([i]);
  for (const edge of edges) if (found.has(edge.source)) found.add(edge.target);
  return found;
}

// Nodes that one depends on.
function below(i) {
  const found = new Set([i]);
  for (const edge of edges.toReversed()) if (found.has(edge.target)) found.add(edge.source);
  return found;
}

function agree(x, y) {
  return x === y || (isNaN(x) && isNaN(y))
    || Math.abs(x - y) <= 1e-12 * Math.max(Math.abs(x), Math.abs(y)) || Math.abs(x - y) < 1e-321;
}

// What differs from Python.  Each operation is put to Python's operands and each sweep to Python's partials, so that
// nothing but the operation itself is judged: a difference of 1 in the last place may grow on its way up.
function disagreements() {
  const found = [];
  const compare = (what, x, y) => agree(x, y) || found.push(`${what} = ${x}, in Python ${y}`);
  const partials = differentiate(start), {adjoints} = reverse(startPartials);
  for (const i of results)
    if (!page.why) compare(names[i], apply(i, start), start[i]);
  for (const edge of edges)
    compare(rate(edge.target, edge.source), partials[edge.target][edge.slot], startPartials[edge.target][edge.slot]);
  adjoints.forEach((adjoint, i) => compare(rate(root, i), adjoint, +page.adjoints[i]));
  return found;
}

function rate(of, by) {
  return `∂${bracketed(of, names)}/∂${bracketed(by, names)}`;
}

// The name of a node as part of a formula: a label such as "x*w + b" is in parentheses.
function bracketed(i, texts) {
  return page.phrases.includes(i) ? `(${texts[i]})` : texts[i];
}
