// The state of the page in its address; the picture as a file.

function remember() {
  const parts = [`step=${step}`, `mode=${mode}`, `by=${by}`];
  if (pin !== null) parts.push(`pin=${pin}`);
  if (given.size) parts.push("set=" + [...given].map(([i, x]) => `${i}:${x}`).join(","));
  try { history.replaceState(null, "", "#" + parts.join("&")); } catch { /* an embedded page has no address */ }
}

// Take the state from the address, as far as it makes sense here.
function recall() {
  const said = new Map(location.hash.slice(1).split("&").map(part => part.split("=")));
  const node = text => /^\d+$/.test(text) && +text <= root ? +text : null;
  if (["reverse", "forward", "values"].includes(said.get("mode"))) mode = said.get("mode");
  if (bases().includes(node(said.get("by")))) by = +said.get("by");
  if (said.has("step")) pin = node(said.get("pin"));
  given.clear();
  for (const part of page.why ? [] : (said.get("set") || "").split(",")) {
    const [i, x] = part.split(":");
    if (leaves.includes(node(i)) && x && !isNaN(x)) { given.set(+i, +x); addSlider(+i); }
  }
  step = /^\d+$/.test(said.get("step")) ? Math.min(+said.get("step"), lastStep()) : lastStep();
}

async function copyLink() {
  remember();
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied");
  } catch {
    say(location.href);
  }
}

function say(text) {
  byId("phase").textContent = text;
}

function savePicture() {
  const copy = svg.cloneNode(true);
  dress(copy, {width: width + 2 * MARGIN}, []);
  copy.prepend(draw("style", {}, style));
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], {type: "image/svg+xml"}));
  const link = make("a", {href: url, download: "graph.svg"});
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
  say("The picture is saved as graph.svg");
}
