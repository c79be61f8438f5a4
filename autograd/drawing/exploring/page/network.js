// The diagram of the network beside the graph: what has the name of a node in its title stands for that node.

function linkNetwork() {
  const box = byId("network");
  if (!box) return;
  for (const title of box.querySelectorAll("svg g title")) {
    const i = names.indexOf(title.textContent.split(/ = |;/)[0].trim());
    if (i < 0) continue;
    const shape = title.parentNode;
    dress(shape, {"data-linked": i}, []);
    shape.addEventListener("click", () => pinNode(i));
  }
}

function refreshNetwork() {
  for (const shape of document.querySelectorAll("[data-linked]"))
    flag(shape, {linked: +shape.dataset.linked === pin});
}
