// Paths from a node up to the output: how many, the largest, and the same derivative in factored form.

const MOST_ROUTES = 12;

let routesOpen = false;

function routes(i) {
  const [lower, upper] = mode === "forward" ? [by, i] : [i, root];
  if (mode === "values" || lower === upper) return [];
  const up = above(lower), inside = [...below(upper)].filter(x => up.has(x)).sort((x, y) => x - y);
  if (!inside.length || question) return [];
  const counts = countRoutes(inside, lower), count = counts.get(upper);
  const title = count === 1n ? "1 path" : `${separated(count)} paths`;
  const box = make("details", {id: "routes"}, make("summary", {}, title + ", and factored"));
  const open = () => { if (box.children.length === 1) box.append(...listed(inside, lower, upper, count), ...factored(inside, lower, upper)); };
  box.addEventListener("toggle", () => { routesOpen = box.open; if (box.open) open(); });
  if (routesOpen) { box.open = true; open(); }
  return [box];
}

function separated(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function countRoutes(inside, lower) {
  const counts = new Map([[lower, 1n]]);
  for (const x of inside) if (x !== lower)
    counts.set(x, into[x].reduce((sum, edge) => sum + (counts.get(edge.source) || 0n), 0n));
  return counts;
}

// The routes of greatest size, greatest first, without listing the others.
function largestRoutes(inside, lower, upper) {
  const best = new Map([[lower, [{size: 1, product: 1, edges: []}]]]);
  for (const x of inside) if (x !== lower) {
    const found = into[x].flatMap(edge => (best.get(edge.source) || []).map(route => ({
      product: route.product * partialOf(edge), edges: [...route.edges, edge]})));
    best.set(x, found.sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, MOST_ROUTES));
  }
  return best.get(upper);
}

function derivative(inside, lower, upper) {
  const found = new Map([[lower, 1]]);
  for (const x of inside) if (x !== lower) found.set(x, into[x].reduce((sum, edge) =>
    found.get(edge.source) && partialOf(edge) ? sum + found.get(edge.source) * partialOf(edge) : sum, 0));
  return found.get(upper);
}

function listed(inside, lower, upper, count) {
  const found = largestRoutes(inside, lower, upper), sum = found.reduce((all, route) => all + route.product, 0);
  const items = found.map(route => {
    const passed = [names[lower], ...route.edges.map(edge => names[edge.target])].join(" → ");
    const partials = route.edges.map(partialOf).reverse();
    const line = button(`${passed}: ${equation(product(...partials), number(route.product))}`, () => {}, {class: "term"});
    for (const event of ["pointerenter", "focus"]) line.addEventListener(event, () => light(route.edges.map(edge => edge.id)));
    for (const event of ["pointerleave", "blur"]) line.addEventListener(event, () => light([]));
    return make("li", {}, line);
  });
  const all = derivative(inside, lower, upper), rest = count - BigInt(found.length);
  if (rest) items.push(make("li", {}, `+${separated(rest)} more, of sum ${number(all - sum)}`));
  return [make("ul", {class: "math"}, ...items), make("p", {class: "math"}, fraction(names[upper], names[lower]), ` = ${number(all)}`)];
}

// All paths meet in some nodes: between two of them is a factor, the sum over the ways from one to the other.
function factored(inside, lower, upper) {
  const slice = new Set(inside);
  let reach = lower;
  const joints = inside.filter(x => {
    const isJoint = reach <= x;
    for (const edge of from[x]) if (slice.has(edge.target)) reach = Math.max(reach, edge.target);
    return isJoint;
  });
  const factors = joints.slice(1).map((top, k) => {
    const bottom = joints[k], part = inside.filter(x => x >= bottom && x <= top);
    const ways = countRoutes(part, bottom).get(top), size = derivative(part, bottom, top);
    const terms = ways > 6n ? [] : largestRoutes(part, bottom, top).map(route => product(...route.edges.map(partialOf).reverse()));
    return {bottom: bottom, top: top, size: size, ways: ways,
      text: terms.length ? `(${terms.map((text, n) => n && text[0] === "−" ? `(${text})` : text).join(" + ")})` : `(${number(size)}, ${separated(ways)} ways)`};
  }).reverse();
  const symbols = factors.flatMap((part, k) => [k ? "·" : "", fraction(names[part.top], names[part.bottom])]);
  return [make("h3", {}, "Factored"),
    make("p", {class: "math"}, fraction(names[upper], names[lower]), " = ", ...(factors.length > 1 ? [...symbols, " = "] : []),
      equation(factors.map(part => part.text).join(""), product(...factors.map(part => part.size)), number(derivative(inside, lower, upper)))),
    make("p", {class: "aside"}, "Node by node, each edge once: so either mode finds it without listing the paths.")];
}
