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

function partOf(event, what) {
  const part = event.target.closest(`[data-${what}]`);
  return part ? +part.dataset[what] : null;
}

function onClick(id, action) {
  byId(id).addEventListener("click", action);
}

function wire() {
  onClick("first", () => go(0));
  onClick("back", () => go(step - 1));
  onClick("next", () => go(step + 1));
  onClick("last", () => go(lastStep()));
  onClick("smaller", () => resize(scale() / 1.25));
  onClick("fit", () => resize(0));
  onClick("larger", () => resize(scale() * 1.25));
  onClick("ask", ask);
  onClick("copy", copyLink);
  onClick("save", savePicture);
  onClick("print", () => print());
  for (const radio of document.querySelectorAll("[name=mode]"))
    radio.addEventListener("change", () => { mode = radio.value; go(lastStep()); });
  byId("by").addEventListener("change", () => { by = +byId("by").value; mode = "forward"; go(lastStep()); });
  svg.addEventListener("click", event => { const i = partOf(event, "node"); if (i !== null) pinNode(i); });
  svg.addEventListener("pointerover", event => {
    preview(partOf(event, "node"));
    const edge = partOf(event, "edge");
    if (edge !== null) light([edge]);
  });
  svg.addEventListener("pointerout", event => { if (partOf(event, "edge") !== null) light([]); });
  svg.addEventListener("pointerleave", () => preview(null));
  svg.addEventListener("focusin", event => { const i = partOf(event, "node"); if (i !== null) { focused = i; preview(i); } });
  svg.addEventListener("focusout", () => preview(null));
  svg.addEventListener("keydown", onKey);
  const panel = byId("explanation");
  for (const event of ["pointerover", "focusin"]) panel.addEventListener(event, moved => {
    const edge = partOf(moved, "edge");
    if (edge !== null) light([edge]);
  });
  for (const event of ["pointerout", "focusout"]) panel.addEventListener(event, moved => { if (partOf(moved, "edge") !== null) light([]); });
  byId("table").addEventListener("toggle", refreshTable);
  window.addEventListener("hashchange", () => { recall(); recompute(); refresh(); });
}

function begin() {
  document.head.append(make("style", {}, style));
  byId("unpacking").remove();
  document.body.insertAdjacentHTML("afterbegin", body);
  byId("note").textContent = note;
  if (byId("network")) byId("keys").after(byId("network"));
  byId("reverse").textContent = `∂${short[root]}/∂·`;
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
  const found = disagreements(), count = names.length + edges.length;
  // For the console: what comes out when some nodes, by their numbers, have other values.
  window.recomputed = some => {
    const at = evaluate(new Map(some)), slopes = differentiate(at);
    return {values: at, partials: slopes, adjoints: reverse(slopes).adjoints};
  };
  document.body.dataset.check = found.length ? "wrong" : "ok";
  byId("check").textContent = found.length ? `✗ The browser disagrees with Python: ${found.slice(0, 3).join("; ")}`
    : page.why ? "✓ The browser's derivatives agree with Python's" : `✓ The browser agrees with Python on all ${count + names.length} numbers`;
}

begin();
