"use strict";

// Foreign text enters the page here and nowhere else, always as a text node or as an attribute that loads nothing.

const OUTCOMES = ["reject", "unknown", "accept"];
const WORDS = { reject: "rejected", unknown: "unknown", accept: "accepted", error: "error", warning: "warning", info: "information" };

const byId = (id) => document.getElementById(id);
const island = (id) => JSON.parse(byId(`data-${id}`).textContent);
const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function shape(name, label) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("class", "shape");
  if (label) {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", label);
  } else {
    drawing.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#shape-${name}`);
  drawing.append(use);
  return drawing;
}

function small(name, className) {
  const drawing = shape(name);
  drawing.setAttribute("class", className);
  return drawing;
}

function picture(uri) {
  const image = make("img", { alt: "", decoding: "async" });
  image.src = uri;
  return image;
}

function mediaShape(type) {
  const kind = type.split("/")[0];
  return ["image", "audio", "video"].includes(kind) ? kind : "object";
}

const run = island("run");
const rows = island("rows");
const pictures = island("pictures");
const known = new Set(run.pages);

function ruleLink(name) {
  if (!known.has(name)) return make("span", { class: "mono" }, name);
  const href = `${run.page}#${encodeURIComponent(name)}`;
  return make("a", { href, target: "_blank", rel: "noreferrer noopener" }, name, small("out", "out"), make("span", { class: "hushed" }, " (opens the rule's page)"));
}

function findingCard(name, severity, unknown, message, fix, where, reason) {
  const tone = unknown ? "unknown" : severity;
  const word = unknown ? "could not tell" : WORDS[severity];
  return make("li", { class: `finding ${tone}` }, shape(tone), make("div", {},
    make("p", { class: "what" }, message),
    make("p", { class: "rule" }, make("span", { class: "severity" }, word), ruleLink(name)),
    fix ? make("p", { class: "fix" }, make("b", {}, "Fix: "), fix) : null,
    where ? make("p", { class: "where" }, "Seen at ", where) : null,
    reason ? make("p", { class: "where" }, "Ignored: ", reason) : null));
}
