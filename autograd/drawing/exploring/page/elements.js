// Elements of the page.  Whatever a user wrote gets in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function byId(id) {
  return document.getElementById(id);
}

// An element with attributes and children, which are elements or texts.
function make(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

function button(text, action, attributes = {}) {
  const made = make("button", attributes, text);
  made.addEventListener("click", action);
  return made;
}

// Write only what is new: an element that is left alone costs nothing.
function write(element, text) {
  const isNew = element.textContent !== text;
  if (isNew) element.textContent = text;
  return isNew;
}

function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// ∂e/∂c as a fraction; its text is "∂e/∂c".
function fraction(of, by) {
  return make("span", {class: "fraction"}, make("span", {}, "∂" + of), make("i", {}, "/"), make("span", {}, "∂" + by));
}
