// Elements, tables, bars, and words: how anything is drawn here.

const SVG = "http://www.w3.org/2000/svg";
const GOOD = new Set(["confirmed", "paired", "trial", "published", "completed"]);
const BAD = new Set(["declined", "expired", "failed", "ended", "discarded"]);

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const number = new Intl.NumberFormat("en");

export const by = (id) => document.getElementById(id);
export const show = (id, ...nodes) => by(id).replaceChildren(...nodes.filter(Boolean));
export const count = (amount) => number.format(amount);
export const time = (text) => clock.format(new Date(text));
export const date = (text) => (text ? day.format(new Date(text)) : "");
export const words = (code) => code.replaceAll("_", " ");
export const short = (id) => id.slice(-8); // ids begin with the time: their ends tell them apart
export const plain = (perMille) => (perMille / 1000).toFixed(perMille % 1000 ? 1 : 0);
export const quiet = (text) => make("p", { class: "quiet" }, text);

export function percent(perMille) {
  return `${(perMille / 10).toFixed(perMille % 1000 && perMille < 100 ? 1 : 0)} %`;
}

export function sentence(name) {
  const apart = name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return apart[0].toUpperCase() + apart.slice(1);
}

export function hidden() {
  const why = "Too few people stand behind this number.";
  return make("span", { class: "hidden", title: why }, "hidden");
}

export function badge(code) {
  const kind = GOOD.has(code) ? "good" : BAD.has(code) ? "warn" : "";
  return make("span", { class: `state ${kind}` }, words(code));
}

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function streamButton(stream, label) {
  const ask = () => document.dispatchEvent(new CustomEvent("trace", { detail: stream }));
  const name = label ?? `${stream.split("-")[0]} ${short(stream)}`;
  return make("button", { type: "button", class: "code", title: stream, onclick: ask }, name);
}

export function drawing(width, height, label, shapes) {
  const told = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const viewBox = `0 0 ${width} ${height}`;
  const svg = shape("svg", { viewBox, preserveAspectRatio: "none", ...told });
  svg.append(...shapes.map(([tag, attributes]) => shape(tag, attributes)));
  return svg;
}

export function meter(perMille, interval = null) {
  const filled = Math.max(0, Math.min(1000, perMille ?? 0));
  const shapes = [
    ["rect", { class: "track", width: 1000, height: 10 }],
    ["rect", { class: "mentee", width: filled, height: 10 }],
  ];
  if (interval) {
    const line = { x1: interval.low, x2: interval.high, y1: 5, y2: 5 };
    shapes.push(["line", { class: "range", "vector-effect": "non-scaling-stroke", ...line }]);
  }
  return drawing(1000, 10, null, shapes);
}

export function table(caption, heads, rows, empty) {
  if (!rows.length) return quiet(empty);
  const head = heads.map(([name, kind]) => make("th", { scope: "col", class: kind }, name));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell, place) => {
    const attributes = { class: heads[place][1], ...(place ? {} : { scope: "row" }) };
    return make(place ? "td" : "th", attributes, cell ?? "");
  })));
  const list = make("table", { class: "list" },
    make("caption", { class: "unseen" }, caption),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...body));
  const around = { class: "scroll", tabindex: "0", role: "region", "aria-label": caption };
  return make("div", around, list);
}

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
