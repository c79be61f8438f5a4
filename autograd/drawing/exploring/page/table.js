// Everything once more, as a table: for those who do not see the picture.

const MOST_PARTIALS = 20;

function refreshTable() {
  const box = byId("table"), slope = {reverse: `∂${bracketed(root, names)}/∂·`, forward: `∂·/∂${bracketed(by, names)}`}[mode];
  if (!box.open) return;
  const row = (tag, texts, head = "td") => texts.map((text, k) => make(k ? head : "th", k ? {} : {scope: tag}, text));
  const heads = ["Name", "Definition", "Value", ...(slope ? [slope] : []), "Partials"];
  const rows = names.map((name, i) => {
    const partials = into[i].slice(0, MOST_PARTIALS)
      .map(edge => `${rate(i, edge.source)} = ${shownPartial(edge) || "…"}`);
    if (into[i].length > MOST_PARTIALS) partials.push("…");
    const what = kinds[i] ? definition(i, operandName) : "input", slopes = slope ? [shownSlope(i)] : [];
    return make("tr", {}, ...row("row", [name, what, shownValue(i), ...slopes, partials.join("; ")]));
  });
  box.querySelector("div").replaceChildren(make("table", {},
    make("thead", {}, make("tr", {}, ...row("col", heads, "th"))), make("tbody", {}, ...rows)));
}
