// Elements, numbers and text. All text of the data goes through text nodes, never through markup.

const kSvg = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) =>
  fill(document.createElementNS(kSvg, name), attributes, children);

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

// Three significant digits, with separators: 1,040 or 0.0124.
function plain(value) {
  if (!isNumber(value)) return "none";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return value.toExponential(2);
  if (size >= 1000 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

const scaled = (value, steps) => {
  const [, factor, unit] = steps.find(([least]) => Math.abs(value) >= least) ?? steps.at(-1);
  return `${plain(Number((value / factor).toPrecision(3)))} ${unit}`;
};
const kTimes = [[1e9, 1e9, "s"], [1e6, 1e6, "ms"], [1e3, 1e3, "\u00b5s"], [0, 1, "ns"]];
const rates = (value) => scaled(value, [[1e9, 1e9, "G/s"], [1e6, 1e6, "M/s"], [1e3, 1e3, "k/s"], [0, 1, "/s"]]);
// For axes, whose ticks are powers of ten.
const decimalBytes = (value) => scaled(value, [[1e9, 1e9, "GB"], [1e6, 1e6, "MB"], [1e3, 1e3, "kB"], [0, 1, "B"]]);
const kBytes = [[2 ** 30, 2 ** 30, "GiB"], [2 ** 20, 2 ** 20, "MiB"], [2 ** 10, 2 ** 10, "KiB"], [0, 1, "B"]];

// The unit stands in the name of a quantity: "switch_ns", "bytes_per_unit".
function quantity(name) {
  if (/(^|_)ns(_|$)/.test(name)) return (value) => scaled(value, kTimes);
  if (/(^|_)us(_|$)/.test(name)) return (value) => scaled(value * 1e3, kTimes);
  if (/(^|_)bytes(_|$)/.test(name)) return (value) => scaled(value, kBytes);
  return plain;
}

const spaced = (name) => name.replaceAll("_", " ");

// Statistics of samples.
const sorted = (samples) => samples.filter(isNumber).sort((a, b) => a - b);
const quantile = (ordered, p) => {
  const at = p * (ordered.length - 1);
  const low = Math.floor(at);
  return ordered[low] + (at - low) * ((ordered[low + 1] ?? ordered[low]) - ordered[low]);
};
// The median with its 95% interval by order statistics: no distribution is assumed.
function medianOf(samples) {
  const ordered = sorted(samples);
  const n = ordered.length;
  if (n === 0) return null;
  const half = 0.98 * Math.sqrt(n);
  const at = (rank) => ordered[Math.min(n - 1, Math.max(0, Math.round(rank)))];
  return { value: quantile(ordered, 0.5), low: at(n / 2 - half - 0.5), high: at(n / 2 + half - 0.5), n };
}

const kMarks = { confirmed: "+", unrefuted: "~", refuted: "X", inconclusive: "?", unsupported: "\u2212", untested: "." };
const kMeanings = {
  confirmed: "a witness was seen, or an interval excludes every other place in an order",
  unrefuted: "the claim says \u201cnever\u201d, and no try found a counterexample",
  refuted: "a counterexample was found",
  inconclusive: "what was seen allows more than one value",
  unsupported: "declared impossible, with a reason",
  untested: "nothing is declared, or no probe can observe it",
};
const kindOf = (kind) => (kind in kMarks ? kind : "untested");
const mark = (kind) => el("span", { class: `mark ${kindOf(kind)}`, "aria-hidden": "true" }, kMarks[kindOf(kind)]);

// A table of texts; `numbers` are the columns that are set to the right.
function textTable(columns, rows, numbers = []) {
  const side = (i) => (numbers.includes(i) ? "number" : null);
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": columns.join(", ") },
    el("table", null,
      el("thead", null, el("tr", null, columns.map((c, i) => el("th", { scope: "col", class: side(i) }, c)))),
      el("tbody", null, rows.map((row) => el("tr", null, row.map((cell, i) =>
        i === 0 ? el("th", { scope: "row" }, cell) : el("td", { class: side(i) }, cell)))))));
}

function pairs(items) {
  const rows = items.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return el("table", { class: "pairs" }, el("tbody", null, rows.map(([name, value]) =>
    el("tr", null, el("th", { scope: "row" }, name), el("td", null, value)))));
}

// A command that can be copied.
function command(text) {
  if (!text) return null;
  const said = el("span", { role: "status", class: "soft" });
  const copy = () => navigator.clipboard.writeText(text).then(
    () => (said.textContent = "copied"), () => (said.textContent = "select it and copy"));
  return el("div", { class: "command" }, el("pre", null, text), el("button", { type: "button", onclick: copy }, "Copy"), said);
}

// Content that is made when it is first opened.
function folded(summary, make, attributes) {
  let made = false;
  const node = el("details", attributes, el("summary", null, summary));
  const open = () => {
    if (made || !node.open) return;
    made = true;
    node.append(...[make()].flat(Infinity).filter(Boolean));
  };
  node.addEventListener("toggle", open);
  node.make = () => { node.open = true; open(); };
  return node;
}
