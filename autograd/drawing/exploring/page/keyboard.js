// The graph by keyboard: one stop for Tab, and from there along the edges.

function moveFrom(i, key) {
  const [forwardKey, backKey, nextKey, lastKey] = page.up ? ["ArrowUp", "ArrowDown", "ArrowRight", "ArrowLeft"]
    : ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"];
  if (key === forwardKey) return from[i][0]?.target;
  if (key === backKey) return into[i][0]?.source;
  if (key === "Home") return leaves[0];
  if (key === "End") return root;
  if (key !== nextKey && key !== lastKey) return undefined;
  const [across, along] = page.up ? [0, 1] : [1, 0];
  const level = names.map((_, x) => x).filter(x => page.boxes[x][along] === page.boxes[i][along])
    .sort((x, y) => page.boxes[x][across] - page.boxes[y][across]);
  return level[(level.indexOf(i) + (key === nextKey ? 1 : level.length - 1)) % level.length];
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const i = focused, to = moveFrom(i, event.key);
  if (to !== undefined) focusNode(to);
  else if (event.key === "Enter" || event.key === " ") pinNode(i);
  else if (event.key === "Escape") pinNode(null);
  else if (event.key === "n" || event.key === "N") follow(step + 1);
  else if (event.key === "p" || event.key === "P") follow(step - 1);
  else if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
}

function focusNode(i) {
  focused = i;
  refreshPicture();
  boxes[i].focus();
}

// Pin a node, or let it go if it is pinned already.
function pinNode(i) {
  pin = i === pin ? null : i;
  if (pin !== null) focused = pin;
  if (pin !== null) addSlider(pin);
  refresh();
}
