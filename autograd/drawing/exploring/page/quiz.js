// A number is hidden wherever it is shown; the reader works it out, and the page checks the answer.

let asked = 0;
let right = 0;

function candidates() {
  const found = results.map(i => ({kind: "value", id: i, name: names[i], answer: () => values[i]}));
  for (const edge of edges)
    found.push({kind: "partial", id: edge.id, name: rate(edge.target, edge.source), answer: () => partialOf(edge), node: edge.target});
  if (mode !== "values") names.forEach((_, i) => {
    if (i !== (mode === "forward" ? by : root) && (mode === "reverse" || above(by).has(i))) found.push({kind: "slope", id: i, name: rateOf(i), answer: () => slopeOf(i)});
  });
  // What goes by two names at once would be there to be read off.
  const uses = new Map();
  for (const x of found) uses.set(x.name, (uses.get(x.name) || 0) + 1);
  return found.filter(x => isFinite(x.answer()) && uses.get(x.name) === 1);
}

function ask() {
  step = lastStep();
  retrace();
  const all = candidates();
  if (!all.length) return byId("phase").textContent = "There is nothing to ask here";
  question = all[Math.floor(Math.random() * all.length)];
  question.tried = false;
  asked += 1;
  previewed = null;
  pin = question.node ?? (question.kind === "partial" ? null : question.id);
  const answer = make("input", {id: "answer", autocomplete: "off", inputmode: "text"}), verdict = make("p", {id: "verdict", role: "status"});
  const check = () => {
    if (!question || !answer.value.trim()) return;
    const isRight = matches(answer.value, question.answer());
    if (isRight && !question.tried) right += 1;
    question.tried = true;
    if (isRight) reveal(`Right: ${question.name} = ${number(question.answer())}. ${right} of ${asked} at once.`);
    else verdict.textContent = "Not yet. " + hint();
  };
  answer.addEventListener("keydown", event => { if (event.key === "Enter") check(); });
  byId("quiz").replaceChildren(make("h2", {}, "Quiz"), make("p", {class: "row"}, make("label", {for: "answer"}, question.name + " = "), answer,
    button("Check", check, {id: "submit"})), verdict, make("p", {class: "row"},
    button("Show", () => { if (question) { question.tried = true; reveal(`${question.name} = ${number(question.answer())}`); } }, {id: "show"}),
    button("Another", ask, {id: "another"}), button("End the quiz", endQuiz, {id: "end"})));
  byId("quiz").hidden = false;
  refresh();
  answer.focus();
}

function hint() {
  if (question.kind === "value") return "Put the numbers into its definition.";
  return question.kind === "partial" ? "Put the numbers into the rule of the operation." : "Add up the terms of the chain rule.";
}

// As good as the picture's numbers are: to 3 digits, or to as many as were typed; also a fraction, 1/3.
function matches(text, x) {
  const [above, below = 1] = text.replaceAll("−", "-").replaceAll(",", ".").split("/").map(part => part.trim() ? +part : NaN);
  const y = above / below;
  return Math.abs(y - x) <= 0.005 * Math.abs(x) || (x === 0 && y === 0);
}

function reveal(text) {
  question = null;
  refresh();
  byId("verdict").textContent = text;
}

function endQuiz() {
  question = null;
  byId("quiz").hidden = true;
  refresh();
  byId("ask").focus();
}
