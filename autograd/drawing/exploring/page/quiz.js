// A number is hidden wherever it is shown; the reader works it out, and the page checks the answer.

let asked = 0;
let right = 0;

// What can be asked: results, partials, and derivatives that have a path.
function candidates() {
  const found = results.map(i => ({kind: "value", id: i, node: i, name: names[i], answer: () => values[i]}));
  for (const {id, source, target} of edges)
    found.push({kind: "partial", id: id, node: target, name: rate(target, source), answer: () => partialOf(edges[id])});
  const reached = mode === "forward" ? above(by) : mode === "reverse" ? below(root) : [];
  for (const i of reached) if (i !== (mode === "forward" ? by : root))
    found.push({kind: "slope", id: i, node: i, name: rateOf(i), answer: () => slopeOf(i)});
  // What goes by two names at once would be there to be read off.
  const uses = new Map();
  for (const x of found) uses.set(x.name, (uses.get(x.name) || 0) + 1);
  return found.filter(x => isFinite(x.answer()) && uses.get(x.name) === 1);
}

function ask() {
  go(lastStep());
  const all = candidates();
  if (!all.length) return say("There is nothing to ask here");
  question = all[Math.floor(Math.random() * all.length)];
  asked += 1;
  pin = question.node;
  previewed = null;
  const answer = make("input", {id: "answer", autocomplete: "off"});
  answer.addEventListener("keydown", event => {
    if (event.key === "Enter") judge(answer.value);
  });
  byId("quiz").replaceChildren(
    make("h2", {}, "Quiz"),
    make("p", {class: "row"}, make("label", {for: "answer"}, question.name + " = "), answer,
      button("Check", () => judge(answer.value), {id: "submit"})),
    make("p", {id: "verdict", role: "status"}),
    make("p", {class: "row"}, button("Show", () => question && reveal(""), {id: "show"}),
      button("Another", ask, {id: "another"}), button("End the quiz", endQuiz, {id: "end"})),
  );
  byId("quiz").hidden = false;
  refresh();
  answer.focus();
}

function judge(text) {
  if (!question || !text.trim()) return;
  const isRight = matches(text, question.answer());
  if (isRight && !question.tried) right += 1;
  question.tried = true;
  if (isRight) reveal("Right: ");
  else byId("verdict").textContent = "Not yet. " + hint();
}

function reveal(verdict) {
  const text = `${verdict}${question.name} = ${number(question.answer())}`;
  question = null;
  refresh();
  byId("verdict").textContent = verdict ? `${text}. ${right} of ${asked} at once.` : text;
}

function hint() {
  if (question.kind === "value") return "Put the numbers into its definition.";
  if (question.kind === "partial") return "Put the numbers into the rule of the operation.";
  return "Add up the terms of the chain rule.";
}

// As good as the picture's numbers are, to 3 digits; also a fraction, 1/3, and a decimal comma.
function matches(text, x) {
  const parts = text.replaceAll("−", "-").replaceAll(",", ".").split("/").map(part => part.trim() ? +part : NaN);
  const y = parts.reduce((over, under) => over / under);
  return Math.abs(y - x) <= 0.005 * Math.abs(x) || (x === 0 && y === 0);
}

function endQuiz() {
  question = null;
  byId("quiz").hidden = true;
  refresh();
  byId("ask").focus();
}
