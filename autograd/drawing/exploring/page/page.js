// Wiring: what the reader does, and what follows from it.

let zoom = 0;

function refresh() {
  refreshPicture();
  refreshExplanation();
  refreshInputs();
  refreshTable();
  refreshNetwork();
  write(byId("phase"), phase());
  write(document.querySelector("h1"), equation(names[root], shownValue(root)));
  for (const radio of document.querySelectorAll("[name=mode]")) radio.checked = radio.value === mode;
  byId("by").value = by;
  byId("first").disabled = byId("back").disabled = step === 0;
  byId("next").disabled = byId("last").disabled = step === lastStep();
  remember();
}

function preview(i) {
  if (i === previewed || question) return;
  previewed = i;
  refreshExplanation();
}

// How large the picture is; 0 stands for as large as fits.
function scale() {
  return zoom || Math.min(svg.clientWidth / (width + 2 * MARGIN), svg.clientHeight / (height + 2 * MARGIN));
}

function resize(to) {
  zoom = to;
  svg.style.width = zoom ? `${(width + 2 * MARGIN) * zoom}px` : "";
}

function on(target, events, action) {
  for (const event of events) target.addEventListener(event, action);
}

function onClick(id, action) {
  on(byId(id), ["click"], action);
}

// The number of the node or of the edge that an event is on, or null.
function partOf(event, what) {
  const part = event.target.closest(`[data-${what}]`);
  return part && +part.dataset[what];
}

function onPart(target, events, what, action) {
  on(target, events, event => {
    const part = partOf(event, what);
    if (part !== null) action(part);
  });
}

function wire() {
  onClick("first", () => follow(0));
  onClick("back", () => follow(step - 1));
  onClick("next", () => follow(step + 1));
  onClick("last", () => follow(lastStep()));
  onClick("smaller", () => resize(scale() / 1.25));
  onClick("fit", () => resize(0));
  onClick("larger", () => resize(scale() * 1.25));
  onClick("ask", ask);
  onClick("copy", copyLink);
  onClick("save", savePicture);
  onClick("print", () => print());
  for (const radio of document.querySelectorAll("[name=mode]")) on(radio, ["change"], () => view(radio.value, by));
  on(byId("by"), ["change"], () => view("forward", +byId("by").value));
  onPart(svg, ["click"], "node", pinNode);
  onPart(svg, ["focusin"], "node", i => {
    focused = i;
    preview(i);
  });
  on(svg, ["pointerover"], event => preview(partOf(event, "node")));
  on(svg, ["pointerleave", "focusout"], () => preview(null));
  on(svg, ["keydown"], onKey);
  for (const place of [svg, byId("explanation")]) {
    onPart(place, ["pointerover", "focusin"], "edge", edge => light([edge]));
    onPart(place, ["pointerout", "focusout"], "edge", () => light([]));
  }
  on(byId("table"), ["toggle"], refreshTable);
  on(window, ["hashchange"], () => {
    recall();
    recompute();
    refresh();
  });
}

// Another view of the same derivative: pinned is its lower end in reverse mode, and its upper end in forward mode.
function view(chosen, base) {
  if (chosen === "forward" && (pin === base || pin === by)) pin = root;
  if (chosen === "reverse" && mode === "forward" && pin === root) pin = by;
  mode = chosen;
  by = base;
  go(lastStep());
}

function begin() {
  document.head.append(make("style", {}, style));
  byId("unpacking").remove();
  document.body.insertAdjacentHTML("afterbegin", body);
  byId("note").textContent = note;
  if (byId("network")) byId("keys").after(byId("network"));
  if (byId("derivation")) byId("table").before(byId("derivation"));
  byId("reverse").textContent = `∂${bracketed(root, short)}/∂·`;
  byId("by").append(...bases().map(i => make("option", {value: i}, names[i])));
  by = page.wrt >= 0 ? page.wrt : leaves[0];
  pin = page.wrt >= 0 ? page.wrt : null;
  focused = pin ?? root;
  build();
  buildInputs();
  linkNetwork();
  wire();
  recall();
  recompute();
  refresh();
  if (zoom) boxes[focused].scrollIntoView({block: "center", inline: "center"});
  window.scrollTo(0, 0);
  // For the console: what comes out when some nodes, by their numbers, have other values.
  window.recomputed = some => {
    const at = evaluate(new Map(some)), slopes = differentiate(at);
    return {values: at, partials: slopes, adjoints: reverse(slopes).adjoints};
  };
  const found = disagreements(), count = 2 * names.length + edges.length;
  document.body.dataset.check = found.length ? "wrong" : "ok";
  byId("check").textContent = found.length ? `✗ The browser disagrees with Python: ${found.slice(0, 3).join("; ")}`
    : page.why ? "✓ The browser's derivatives agree with Python's"
    : `✓ The browser agrees with Python on all ${count} numbers`;
}

begin();
