// Inputs to drag and to type, and nudges of any node, to see what its derivative says.

const FEW_SLIDERS = 8, NUDGES = [1, 0.1, 0.01, 1e-4, 1e-6];
const sliders = new Map();

let nudge = 0.01;

function addSlider(i) {
  if (sliders.has(i) || kinds[i]) return;
  const middle = isFinite(start[i]) ? start[i] : 0, span = 2 * Math.max(1, Math.abs(middle)), id = "slider-" + i;
  const range = make("input", {type: "range", id: id, min: middle - span, max: middle + span, step: "any"});
  const box = make("input", {type: "number", step: "any", "aria-label": names[i] + ", number"});
  const grain = 10 ** Math.floor(Math.log10(span / 50));
  range.disabled = box.disabled = Boolean(page.why);
  range.addEventListener("input", () => setInput(i, +(Math.round(range.value / grain) * grain).toPrecision(12)));
  box.addEventListener("change", () => setInput(i, box.value === "" ? values[i] : +box.value));
  const row = make("div", {class: "slider"}, make("label", {for: id}, short[i]), range, box);
  row.addEventListener("dblclick", event => {
    if (event.target !== box) setInput(i, start[i]);
  });
  sliders.set(i, {range: range, box: box});
  byId("sliders").append(row);
}

function buildInputs() {
  const others = make("select", {"aria-label": "Add a slider for"}, make("option", {value: ""}, "another input …"));
  const reset = button("Reset all", () => {
    given.clear();
    recompute();
    refresh();
  });
  reset.disabled = Boolean(page.why);
  byId("inputs").append(
    make("h2", {}, "Change the inputs"),
    make("p", {class: "aside"}, page.why ? `The sliders are off: ${page.why}.` : "Double-click a slider to reset it."),
    make("div", {id: "sliders"}),
    make("p", {class: "row"}, others, reset),
  );
  if (leaves.length > FEW_SLIDERS && page.wrt >= 0) addSlider(page.wrt);
  leaves.slice(0, FEW_SLIDERS).forEach(addSlider);
  for (const i of leaves) if (!sliders.has(i)) others.append(make("option", {value: i}, names[i]));
  if (others.children.length === 1) others.remove();
  others.addEventListener("change", () => {
    if (others.value === "") return;
    addSlider(+others.value);
    refreshInputs();
    sliders.get(+others.value).range.focus();
  });
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
    const text = String(+values[i].toPrecision(6));
    if (range.value !== String(values[i])) range.value = values[i];
    if (box.value !== text) box.value = text;
    mark(range, "aria-valuetext", `${number(values[i])}, ${names[root]} = ${shownValue(root) || "not computed"}`);
  }
}

// (e(b + h) − e(b))/h beside ∂e/∂b.
function nudges(i) {
  const [output, input] = mode === "forward" ? [i, by] : [root, i];
  if (page.why || output === input || question || step < lastStep()) return [];
  const size = make("select", {"aria-label": "h"}, ...NUDGES.map(h => make("option", {value: h}, number(h))));
  const out = make("p", {class: "math", role: "status"}), [f, x] = [short[output], short[input]];
  size.value = nudge;
  const show = () => {
    nudge = +size.value;
    const moved = evaluate(new Map([...given, [input, values[input] + nudge]]));
    const quotient = number((moved[output] - values[output]) / nudge);
    out.replaceChildren(`(${f}(${x} + h) − ${f}(${x}))/h = ${quotient}, and `,
      fraction(names[output], names[input]), ` = ${number(slopeOf(i))}`);
  };
  size.addEventListener("change", show);
  const press = button(`Nudge ${x} by h`, show, {id: "nudge"});
  return [make("p", {class: "row"}, press, make("span", {}, "h = ", size)), out];
}
