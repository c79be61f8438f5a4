// Inputs to drag and to type, and nudges of any node, to see what its derivative says.

const FEW_SLIDERS = 8;
const sliders = new Map();

let nudge = 0.01;

function addSlider(i) {
  if (sliders.has(i) || kinds[i]) return;
  const middle = isFinite(start[i]) ? start[i] : 0, span = 2 * Math.max(1, Math.abs(middle));
  const off = page.why ? {disabled: ""} : {};
  const range = make("input", {type: "range", id: "slider-" + i, min: middle - span, max: middle + span, step: "any", ...off});
  const box = make("input", {type: "number", step: "any", "aria-label": names[i] + ", number", ...off});
  const grain = 10 ** Math.floor(Math.log10(span / 50));
  range.addEventListener("input", () => setInput(i, +(Math.round(range.value / grain) * grain).toPrecision(12)));
  box.addEventListener("change", () => { if (box.value !== "" && isFinite(box.value)) setInput(i, +box.value); else refresh(); });
  const row = make("div", {class: "slider"}, make("label", {for: "slider-" + i}, short[i]), range, box);
  row.addEventListener("dblclick", event => { if (event.target !== box) setInput(i, start[i]); });
  sliders.set(i, {range: range, box: box});
  byId("sliders").append(row);
}

function buildInputs() {
  const others = make("select", {id: "others", "aria-label": "Add a slider for"}, make("option", {value: ""}, "another input …"));
  byId("inputs").append(make("h2", {}, "Change the inputs"), make("p", {class: "aside"},
    page.why ? `The sliders are off: ${page.why}.` : "Double-click a slider to reset it."), make("div", {id: "sliders"}), make("p", {class: "row"}, others,
    button("Reset all", () => { given.clear(); recompute(); refresh(); }, page.why ? {disabled: ""} : {})));
  const first = leaves.length > FEW_SLIDERS && page.wrt >= 0 && !kinds[page.wrt] ? [page.wrt] : [];
  for (const i of [...first, ...leaves.slice(0, FEW_SLIDERS)]) addSlider(i);
  for (const i of leaves) if (!sliders.has(i)) others.append(make("option", {value: i}, names[i]));
  if (others.children.length === 1) others.remove();
  others.addEventListener("change", () => { addSlider(+others.value); refresh(); sliders.get(+others.value)?.range.focus(); });
}

function setInput(i, x) {
  if (x === start[i]) given.delete(i);
  else given.set(i, x);
  addSlider(i);
  recompute();
  refresh();
}

function refreshInputs() {
  for (const [i, {range, box}] of sliders) {
    if (range.value !== String(values[i])) range.value = values[i];
    const text = String(+values[i].toPrecision(6));
    if (box.value !== text) box.value = text;
    mark(range, "aria-valuetext", `${number(values[i])}, ${names[root]} = ${shownValue(root) || "not computed"}`);
  }
}

// (e(b + h) − e(b))/h beside ∂e/∂b.
function nudges(i) {
  if (page.why || i === root || mode === "values" || question || step < lastStep()) return [];
  const size = make("select", {"aria-label": "h"}, ...[1, 0.1, 0.01, 1e-4, 1e-6].map(h => make("option", {value: h}, number(h))));
  const out = make("p", {class: "math", role: "status"});
  size.value = nudge;
  const show = () => {
    nudge = +size.value;
    const output = mode === "forward" ? i : root, input = mode === "forward" ? by : i;
    const moved = evaluate(new Map([...given, [input, values[input] + nudge]]));
    const [f, x] = [short[output], short[input]];
    out.replaceChildren(`(${f}(${x} + h) − ${f}(${x}))/h = ${number((moved[output] - values[output]) / nudge)}, and `,
      fraction(names[output], names[input]), ` = ${number(slopeOf(i))}`);
  };
  size.addEventListener("change", show);
  return [make("p", {class: "row"}, button(`Nudge ${short[mode === "forward" ? by : i]} by h`, show, {id: "nudge"}), make("span", {}, "h = ", size)), out];
}
