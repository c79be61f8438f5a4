// The graph as it is drawn: built once, then only its texts and classes change.

const [width, height] = page.size;
const MARGIN = 14, LINE = 20;
const short = names.map(name => [...name].length > 14 ? [...name].slice(0, 13).join("") + "…" : name);
const svg = draw("svg", {
  xmlns: SVG, class: edges.length > 120 ? "many" : "",
  role: "graphics-document document", "aria-roledescription": "computation graph",
  "aria-label": "Graph of " + names[root], "aria-describedby": "keys",
  viewBox: [-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN].join(" "),
});

function arrowHead(id) {
  return draw("marker", {id: id, class: id, viewBox: "0 -5 9 10", markerWidth: 9, markerHeight: 10,
    markerUnits: "userSpaceOnUse", orient: "auto"}, draw("path", {d: "M0-5 9 0 0 5Z"}));
}

const paths = edges.map(edge => draw("path", {d: page.edges[edge.id][0], class: "edge", "data-edge": edge.id}));
const labels = edges.map(edge => {
  if (!page.labels) return null;
  const [, x, y, over] = page.edges[edge.id], room = over ? over + 85 : 75, tall = over ? 38 : 20.5;
  const middle = 8 + over / 2 - room / 2;
  const label = draw("g", {class: "label", "data-edge": edge.id, transform: `translate(${x} ${y})`},
    draw("rect", {x: -room / 2, y: -tall / 2, width: room, height: tall, rx: 4}),
    draw("text", over ? {x: middle + over / 2 + 4, y: 4, class: "beside"} : {y: 4.5}));
  if (over) label.append(
    draw("text", {x: middle, y: -5}, "∂" + bracketed(edge.target, short)),
    draw("path", {d: `M${middle - over / 2} 0h${over}`}),
    draw("text", {x: middle, y: 13.5}, "∂" + bracketed(edge.source, short)),
  );
  return label;
});
const boxes = names.map((_, i) => {
  const [x, y, wide] = page.boxes[i], lines = kinds[i] ? 3 : 2, tall = LINE * lines + 12;
  const role = i === root ? "output" : kinds[i] ? "operation" : "input";
  const at = k => (k - (lines - 1) / 2) * LINE + 5;
  const box = draw("g",
    {class: `node ${role}`, role: "button", tabindex: -1, "data-node": i, transform: `translate(${x} ${y})`},
    draw("rect", {x: -wide / 2, y: -tall / 2, width: wide, height: tall, rx: kinds[i] ? 9 : 2}));
  if (kinds[i]) box.append(draw("text", {y: at(0), class: "definition"},
    draw("tspan", {class: "name"}, short[i]), " = " + definition(i, shortOf)));
  box.append(" ", draw("text", {y: at(lines - 2), class: "value"}));
  box.append(" ", draw("text", {y: at(lines - 1), class: "slope"}));
  return box;
});
const valueTexts = boxes.map(box => box.querySelector(".value"));
const slopeTexts = boxes.map(box => box.querySelector(".slope"));
const labelTexts = labels.map(label => label && label.querySelector("text"));

function build() {
  const heads = draw("defs", {}, arrowHead("arrow"), arrowHead("arrow-lit"));
  svg.append(heads, ...paths, ...labels.filter(label => label), ...boxes);
  byId("graph").append(svg);
  boxes.forEach((box, i) => {
    const text = box.querySelector(".definition"), room = roomIn(i);
    if (!text) return;
    const long = text.getComputedTextLength(), all = [...text.lastChild.textContent];
    if (long > 1.25 * room)
      text.lastChild.textContent = all.slice(0, Math.floor(all.length * 1.2 * room / long) - 2).join("") + "…";
    squeeze(text, room);
  });
  if (scale() < 0.55) resize(0.8);
}

function roomIn(i) {
  return page.boxes[i][2] - 12;
}

// A text that is too long for its room is set closer.
function squeeze(text, room) {
  text.removeAttribute("textLength");
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
  const {nodes, lines} = onPaths(), isPinned = pin !== null, crowded = [];
  names.forEach((name, i) => {
    const value = shownValue(i), slope = shownSlope(i);
    if (write(valueTexts[i], value && `${short[i]} = ${value}`)) crowded.push([valueTexts[i], i, value.length > 8]);
    if (write(slopeTexts[i], slope && stated(shortRate(i), slope))) crowded.push([slopeTexts[i], i, slope.length > 8]);
    mark(boxes[i], "aria-label", [...boxes[i].querySelectorAll("text")].map(text => text.textContent).join(" "));
    mark(boxes[i], "aria-pressed", String(i === pin));
    mark(boxes[i], "tabindex", i === focused ? "0" : "-1");
    flag(boxes[i], {lit: nodes.has(i), faded: isPinned && !nodes.has(i), now: isNow(i)});
  });
  for (const edge of edges) {
    const isLit = lines(edge), shown = shownPartial(edge), label = labels[edge.id];
    const state = {lit: isLit, faded: isPinned && !isLit, zero: partialOf(edge) === 0, hot: hot.has(edge.id)};
    flag(paths[edge.id], state);
    if (!label) continue;
    flag(label, state);
    if (!write(labelTexts[edge.id], shown && (page.labels === "fraction" ? "= " : "") + shown)) continue;
    if (shown.length > 8) dress(labelTexts[edge.id], {textLength: 60, lengthAdjust: "spacingAndGlyphs"}, []);
    else labelTexts[edge.id].removeAttribute("textLength");
  }
  // What is measured is measured after everything is written, or the browser would lay out the page each time.
  for (const [text, i, isLong] of crowded)
    if (isLong) squeeze(text, roomIn(i));
    else text.removeAttribute("textLength");
}

// Scroll as far as it takes to see a node whole, and no further.
function show(i) {
  boxes[i].scrollIntoView({block: "nearest", inline: "nearest"});
}

function flag(element, states) {
  for (const name in states) if (element.classList.contains(name) !== states[name]) element.classList.toggle(name);
}

// The nodes and edges on the paths of the derivative that the pinned node stands for.
function onPaths() {
  if (pin === null) return {nodes: new Set(), lines: () => false};
  const up = above(mode === "forward" ? by : pin), down = below(mode === "forward" ? pin : root);
  const nodes = new Set([...up].filter(x => down.has(x)));
  return {nodes: nodes, lines: edge => nodes.has(edge.source) && nodes.has(edge.target)};
}
