// The graph as it is drawn: built once, then only its texts and classes change.

const [width, height] = page.size;
const MARGIN = 14, LINE = 20;
const short = names.map(name => [...name].length > 14 ? [...name].slice(0, 13).join("") + "…" : name);
const svg = draw("svg", {
  xmlns: SVG, class: edges.length > 120 ? "many" : "", role: "graphics-document document", "aria-roledescription": "computation graph",
  "aria-label": "Graph of " + names[root], "aria-describedby": "keys",
  viewBox: [-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN].join(" "),
});

function arrowHead(id) {
  return draw("marker", {id: id, class: id, viewBox: "0 -5 9 10", markerWidth: 9, markerHeight: 10,
    markerUnits: "userSpaceOnUse", orient: "auto"}, draw("path", {d: "M0-5 9 0 0 5Z"}));
}

const paths = edges.map(edge => draw("path", {d: page.edges[edge.id][0], class: "edge", "data-edge": edge.id}));
const labels = edges.map(edge => {
  const [, x, y, over] = page.edges[edge.id];
  if (!page.labels) return null;
  const room = over ? over + 85 : 75, tall = over ? 38 : 20.5, text = draw("text", over ? {x: 12 + over - room / 2, y: 4, class: "beside"} : {y: 4.5});
  const parts = [draw("rect", {x: -room / 2, y: -tall / 2, width: room, height: tall, rx: 4}), text];
  if (over) {
    const left = 8 + over / 2 - room / 2;
    parts.push(draw("text", {x: left, y: -5}, "∂" + short[edge.target]), draw("path", {d: `M${left - over / 2} 0h${over}`}),
      draw("text", {x: left, y: 13.5}, "∂" + short[edge.source]));
  }
  return draw("g", {class: "label", "data-edge": edge.id, transform: `translate(${x} ${y})`}, ...parts);
});
const boxes = names.map((name, i) => {
  const [x, y, wide] = page.boxes[i], lines = kinds[i] ? 3 : 2, tall = LINE * lines + 12;
  const top = k => (k - (lines - 1) / 2) * LINE + 5;
  const box = draw("g", {class: "node " + (i === root ? "output" : kinds[i] ? "operation" : "input"), role: "button",
    tabindex: -1, "data-node": i, transform: `translate(${x} ${y})`},
  draw("rect", {x: -wide / 2, y: -tall / 2, width: wide, height: tall, rx: kinds[i] ? 9 : 2}));
  if (kinds[i]) box.append(draw("text", {y: top(0), class: "definition"}, draw("tspan", {class: "name"}, short[i]),
    " = " + definition(i, x => short[x] || x)));
  box.append(" ", draw("text", {y: top(lines - 2), class: "value"}), " ", draw("text", {y: top(lines - 1), class: "slope"}));
  return box;
});
const valueTexts = boxes.map(box => box.querySelector(".value"));
const slopeTexts = boxes.map(box => box.querySelector(".slope"));
const labelTexts = labels.map(label => label && label.querySelector("text"));

function build() {
  svg.append(draw("defs", {}, arrowHead("arrow"), arrowHead("arrow-lit")), ...paths, ...labels.filter(label => label), ...boxes);
  byId("graph").append(svg);
  for (const text of svg.querySelectorAll(".definition"))
    squeeze(text, page.boxes[text.parentNode.dataset.node][2] - 12);
  if (scale() < 0.55) resize(0.8);
}

// A text that is too long for its room: set closer, and cut where that would not be readable.
function squeeze(text, room) {
  text.removeAttribute("textLength");
  const long = text.getComputedTextLength();
  if (long <= room) return;
  if (long > 1.25 * room) {
    const part = text.lastChild, all = [...part.textContent];
    part.textContent = all.slice(0, Math.floor(all.length * 1.2 * room / long) - 2).join("") + "…";
  }
  if (text.getComputedTextLength() > room) dress(text, {textLength: room, lengthAdjust: "spacingAndGlyphs"}, []);
}

// The definition of a node, with something for each operand.
function definition(i, show) {
  return named(kinds[i][1], key => show(operandAt(i, key)));
}

// What is in a slot: the number of a node, or the name or the number of what is not on the page.
function operandAt(i, slot) {
  const x = operands[i][slot];
  return Array.isArray(x) ? x[1] || number(+x[0]) : x;
}

function refreshPicture() {
  const crowded = [], chosen = pin === null ? -1 : pin, {nodes, lines} = onPaths(chosen);
  names.forEach((name, i) => {
    const value = shownValue(i), slope = shownSlope(i);
    if (write(valueTexts[i], value && `${short[i]} = ${value}`)) crowded.push([valueTexts[i], i, value.length > 8]);
    if (write(slopeTexts[i], slope && `${shortRate(i)}${slope.includes("→") ? ": " : " = "}${slope}`))
      crowded.push([slopeTexts[i], i, slope.length > 8]);
    mark(boxes[i], "aria-label", [...boxes[i].querySelectorAll("text")].map(text => text.textContent).join(" "));
    mark(boxes[i], "aria-pressed", String(i === pin));
    mark(boxes[i], "tabindex", i === focused ? "0" : "-1");
    flag(boxes[i], {lit: nodes.has(i), faded: chosen >= 0 && !nodes.has(i), now: isNow(i)});
  });
  edges.forEach(edge => {
    const partial = number(partialOf(edge)), shown = shownPartial(edge);
    const state = {lit: lines(edge), faded: chosen >= 0 && !lines(edge), zero: partial === "0", hot: hot.has(edge.id)};
    flag(paths[edge.id], state);
    if (!labels[edge.id]) return;
    flag(labels[edge.id], state);
    const text = labelTexts[edge.id], wanted = shown && (page.labels === "fraction" ? "= " : "") + shown;
    if (text.textContent === wanted) return;
    text.textContent = wanted;
    if (shown.length > 8) dress(text, {textLength: 60, lengthAdjust: "spacingAndGlyphs"}, []);
    else text.removeAttribute("textLength");
  });
  // What is measured is measured after everything is written, or the browser would lay out the page each time.
  for (const [text, i, isLong] of crowded)
    if (isLong) squeeze(text, page.boxes[i][2] - 12);
    else text.removeAttribute("textLength");
}

function flag(element, states) {
  for (const name in states) if (element.classList.contains(name) !== states[name]) element.classList.toggle(name);
}

// The nodes and edges on the paths of the derivative that a pinned node stands for.
function onPaths(i) {
  if (i < 0) return {nodes: new Set(), lines: () => false};
  const up = above(mode === "forward" ? by : i), down = below(mode === "forward" ? i : root);
  const nodes = new Set([...up].filter(x => down.has(x)));
  return {nodes: nodes, lines: edge => nodes.has(edge.source) && nodes.has(edge.target)};
}
