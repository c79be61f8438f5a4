// Everything once more, as a table: for those who do not see the picture.

function refreshTable() {
  const box = byId("table");
  if (!box.open) return;
  const isSlope = mode !== "values";
  const heads = ["Name", "Definition", "Value", ...(isSlope ? [mode === "forward" ? `∂·/∂${names[by]}` : `∂${names[root]}/∂·`] : []), "Partials"];
  const rows = names.map((name, i) => make("tr", {}, make("th", {scope: "row"}, name),
    ...[kinds[i] ? definition(i, nameOf) : "input", shownValue(i), ...(isSlope ? [shownSlope(i)] : []),
      into[i].slice(0, 20).map(edge => `${rate(i, edge.source)} = ${shownPartial(edge)}`).join("; ") + (into[i].length > 20 ? "; …" : "")]
      .map(text => make("td", {}, text))));
  box.querySelector("div").replaceChildren(make("table", {}, make("thead", {}, make("tr", {},
    ...heads.map(text => make("th", {scope: "col"}, text)))), make("tbody", {}, ...rows)));
}
