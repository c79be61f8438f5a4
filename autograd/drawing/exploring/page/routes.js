// Paths from a node up to the output: how many, the largest, and the same derivative in factored form.

const MOST_ROUTES = 12, MOST_WAYS = 6n;

let routesOpen = false;

function routes(i) {
  const [lower, upper] = mode === "forward" ? [by, i] : [i, root];
  const up = above(lower), slice = new Set([...below(upper)].filter(x => up.has(x)).sort((x, y) => x - y));
  if (lower === upper || !slice.size || question) return [];
  const count = countRoutes(slice, lower, upper);
  const title = count === 1n ? "1 path, and factored" : `${separated(count)} paths, and factored`;
  const box = make("details", {id: "routes"}, make("summary", {}, title));
  const fill = () => {
    if (box.children.length === 1) box.append(...listed(slice, lower, upper, count), ...factored(slice, lower, upper));
  };
  box.addEventListener("toggle", () => {
    routesOpen = box.open;
    if (routesOpen) fill();
  });
  box.open = routesOpen;
  if (routesOpen) fill();
  return [box];
}

function separated(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

// A sum over all paths from one node of a slice to another, by one pass upwards over its edges.
function gather(slice, lower, upper, one, zero, extend) {
  const found = new Map([[lower, one]]);
  for (const x of slice) if (x > lower && x <= upper) {
    const known = into[x].filter(edge => found.has(edge.source));
    found.set(x, known.reduce((sum, edge) => extend(sum, found.get(edge.source), edge), zero));
  }
  return found.get(upper);
}

function countRoutes(slice, lower, upper) {
  return gather(slice, lower, upper, 1n, 0n, (sum, count) => sum + count);
}

function derivative(slice, lower, upper) {
  return gather(slice, lower, upper, 1, 0, (sum, tangent, edge) =>
    tangent === 0 || partialOf(edge) === 0 ? sum : sum + tangent * partialOf(edge));
}

// The routes of greatest size, greatest first, without listing the others.
function largestRoutes(slice, lower, upper) {
  return gather(slice, lower, upper, [{product: 1, edges: []}], [], (best, below, edge) => {
    const longer = below.map(route => ({product: route.product * partialOf(edge), edges: [...route.edges, edge]}));
    return [...best, ...longer].sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, MOST_ROUTES);
  });
}

// The partials along a route, from the output down.
function alongRoute(route) {
  return product(...route.edges.map(partialOf).reverse());
}

function listed(slice, lower, upper, count) {
  const found = largestRoutes(slice, lower, upper);
  const items = found.map(route => {
    const passed = [names[lower], ...route.edges.map(edge => names[edge.target])].join(" → ");
    const item = button(`${passed}: ${equation(alongRoute(route), number(route.product))}`, () => {}, {class: "term"});
    const ids = route.edges.map(edge => edge.id);
    for (const event of ["pointerenter", "focus"]) item.addEventListener(event, () => light(ids));
    for (const event of ["pointerleave", "blur"]) item.addEventListener(event, () => light([]));
    return make("li", {}, item);
  });
  const all = derivative(slice, lower, upper), rest = count - BigInt(found.length);
  const left = all - found.reduce((sum, route) => sum + route.product, 0);
  if (rest) items.push(make("li", {}, `+${separated(rest)} more, of sum ${number(left)}`));
  return [make("ul", {class: "math"}, ...items), line(fraction(names[upper], names[lower]), ` = ${number(all)}`)];
}

// Where all paths meet is a joint: between two joints is a factor, the sum over the ways from one to the other.
function factored(slice, lower, upper) {
  let reach = lower;
  const joints = [...slice].filter(x => {
    const isJoint = reach <= x;
    for (const edge of from[x]) if (slice.has(edge.target)) reach = Math.max(reach, edge.target);
    return isJoint;
  });
  const factors = joints.slice(1).map((top, k) => {
    const bottom = joints[k], ways = countRoutes(slice, bottom, top), size = derivative(slice, bottom, top);
    const terms = ways > MOST_WAYS ? [] : largestRoutes(slice, bottom, top).map(alongRoute);
    const sum = terms.map((text, n) => n && text[0] === "−" ? `(${text})` : text).join(" + ");
    const text = sum || `${number(size)}, ${separated(ways)} ways`;
    return {rate: fraction(names[top], names[bottom]), size: size, text: `(${text})`};
  }).reverse();
  const rates = factors.flatMap((part, k) => [k ? "·" : " = ", part.rate]);
  const sums = factors.map(part => part.text).join(""), sizes = product(...factors.map(part => part.size));
  const sides = equation(sums, sizes, number(derivative(slice, lower, upper)));
  return [
    make("h3", {}, "Factored"),
    line(fraction(names[upper], names[lower]), ...(factors.length > 1 ? rates : []), " = ", sides),
    make("p", {class: "aside"}, "Node by node, each edge once: so either mode finds it without listing the paths."),
  ];
}
