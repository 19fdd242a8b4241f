// Charts as SVG. Series differ by shape and dash as well as by colour, and each chart has its numbers
// as a table beneath it.

const kDashes = ["", "7 4", "2 3", "10 3 2 3", "4 2", "12 4"];
const kShapes = [
  (x, y) => `M${x - 4},${y}a4,4 0 1,0 8,0a4,4 0 1,0 -8,0`,
  (x, y) => `M${x - 4},${y - 4}h8v8h-8z`,
  (x, y) => `M${x},${y - 5}l5,9h-10z`,
  (x, y) => `M${x},${y - 5}l5,5l-5,5l-5,-5z`,
  (x, y) => `M${x - 5},${y - 4}h10l-5,9z`,
  (x, y) => `M${x - 2},${y - 5}h4v3h3v4h-3v3h-4v-3h-3v-4h3z`,
];
const pointOf = (number, x, y) =>
  svg("path", { class: `point s${number % 6}`, d: kShapes[number % 6](x, y) });

// Where values stand between two pixels, and the ticks in between.
function axis(values, log, from, to) {
  const known = values.filter((v) => isNumber(v) && (!log || v > 0));
  let low = Math.min(...known);
  let high = Math.max(...known);
  if (log) {
    low = 10 ** Math.floor(Math.log10(low) + 1e-9);
    high = 10 ** Math.ceil(Math.log10(high) - 1e-9);
    if (low === high) high *= 10;
    const at = (v) => from + ((Math.log10(Math.max(v, low)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) * (to - from);
    const decades = Math.round(Math.log10(high / low));
    const every = Math.ceil(decades / 8);
    const ticks = [];
    for (let i = 0; i <= decades; i += every) ticks.push(low * 10 ** i);
    return { at, ticks };
  }
  low = Math.min(0, low);
  if (low === high) high = low + 1;
  const step = [1, 2, 2.5, 5, 10].map((m) => m * 10 ** Math.floor(Math.log10((high - low) / 5))).find((s) => (high - low) / s <= 6);
  high = Math.ceil(high / step - 1e-9) * step;
  const ticks = [];
  for (let i = 0; low + i * step <= high + step / 2; ++i) ticks.push(low + i * step);
  return { at: (v) => from + ((v - low) / (high - low)) * (to - from), ticks };
}

const asTable = (columns, rows) =>
  folded("The numbers", () => textTable(columns, rows, columns.map((_, i) => i).slice(1)));

function figureOf(title, says, picture, keys, table) {
  return el("figure", null, el("h4", null, title),
    el("div", { class: "scroll chart", tabindex: "0", role: "region", "aria-label": title }, picture), keys,
    el("figcaption", null, says), table);
}

// lines({title, says, x: {label, log, text}, y: {...}, series: [{name, points: [{x, y, low, high}]}],
//        limits: [{x, text}]})
function lines({ title, says, x, y, series, limits = [] }) {
  const [width, height, left, right, top, bottom] = [760, 340, 90, 40, 16, 48];
  const points = series.flatMap((s) => s.points);
  if (points.length === 0) return null;
  const ticks = (text) => (value) => text(Number(value.toPrecision(6)));
  const ax = axis([...points.map((p) => p.x), ...limits.map((l) => l.x)], x.log, left, width - right);
  const ay = axis(points.flatMap((p) => [p.y, p.low, p.high]), y.log, height - bottom, top);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${says}` });
  for (const tick of ay.ticks) {
    picture.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: ay.at(tick), y2: ay.at(tick) }),
      svg("text", { x: left - 8, y: ay.at(tick) + 4, "text-anchor": "end" }, ticks(y.tick ?? y.text)(tick)));
  }
  for (const tick of ax.ticks) {
    picture.append(svg("line", { class: "grid", x1: ax.at(tick), x2: ax.at(tick), y1: top, y2: height - bottom }),
      svg("text", { x: ax.at(tick), y: height - bottom + 18, "text-anchor": "middle" }, x.text(tick)));
  }
  picture.append(svg("text", { class: "faint", x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle" }, x.label));
  picture.append(svg("text", { class: "faint", x: 14, y: height / 2 - 20, "text-anchor": "middle", transform: `rotate(-90 14 ${height / 2 - 20})` }, y.label));
  limits.forEach((limit, i) => picture.append(
    svg("line", { class: "limit", x1: ax.at(limit.x), x2: ax.at(limit.x), y1: top, y2: height - bottom }),
    svg("text", { x: ax.at(limit.x) - 4, y: top + 12 + 15 * i, "text-anchor": "end" }, limit.text)));
  series.forEach((one, number) => {
    const at = one.points.map((p) => [ax.at(p.x), ay.at(p.y)]);
    picture.append(svg("polyline", { class: `line s${number % 6}`, "stroke-dasharray": kDashes[number % 6], points: at.map((p) => p.join(",")).join(" ") }));
    one.points.forEach((p, i) => {
      if (isNumber(p.low) && isNumber(p.high)) {
        picture.append(svg("line", { class: `whisker s${number % 6}`, x1: at[i][0], x2: at[i][0], y1: ay.at(p.low), y2: ay.at(p.high) }));
      }
      const dot = pointOf(number, ...at[i]);
      dot.append(svg("title", null, `${one.name}: ${x.text(p.x)}, ${y.text(p.y)}`));
      picture.append(dot);
    });
  });
  const keys = el("ul", { class: "keys" }, series.map((one, number) => el("li", null,
    svg("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" },
      svg("line", { class: `line s${number % 6}`, x1: 0, x2: 28, y1: 6, y2: 6, "stroke-dasharray": kDashes[number % 6] }),
      pointOf(number, 14, 6)), one.name)));
  const rows = series.flatMap((one) => one.points.map((p) => [one.name, x.text(p.x), y.text(p.y),
    isNumber(p.low) ? `${y.text(p.low)} to ${y.text(p.high)}` : ""]));
  return figureOf(title, says, picture, keys, asTable(["series", x.label, y.label, "95% interval"], rows));
}

// dots({title, says, rows: [{name, value, low, high}], log, text, label}): one row a thing.
function dots({ title, says, rows, log, text, tick: tickText = text, label }) {
  const known = rows.filter((r) => isNumber(r.value));
  if (known.length === 0) return null;
  const [width, left, right, row] = [760, 220, 110, 26];
  const height = known.length * row + 44;
  const ax = axis(known.flatMap((r) => [r.value, r.low, r.high]), log, left, width - right);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${known.map((r) => `${r.name}: ${text(r.value)}`).join("; ")}` });
  for (const tick of ax.ticks) {
    picture.append(svg("line", { class: "grid", x1: ax.at(tick), x2: ax.at(tick), y1: 4, y2: height - 38 }),
      svg("text", { x: ax.at(tick), y: height - 22, "text-anchor": "middle" }, tickText(tick)));
  }
  picture.append(svg("text", { class: "faint", x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, label + (log ? " (logarithmic)" : "")));
  known.forEach((r, i) => {
    const y = i * row + 18;
    const x = ax.at(r.value);
    picture.append(svg("text", { x: left - 10, y: y + 4, "text-anchor": "end" }, r.name));
    if (isNumber(r.low) && isNumber(r.high)) {
      picture.append(svg("line", { class: "whisker s0", x1: ax.at(r.low), x2: ax.at(r.high), y1: y, y2: y }),
        ...[r.low, r.high].map((v) => svg("line", { class: "whisker s0", x1: ax.at(v), x2: ax.at(v), y1: y - 4, y2: y + 4 })));
    }
    picture.append(pointOf(0, x, y), svg("text", { x: width - right + 12, y: y + 4 }, text(r.value)));
  });
  const cells = known.map((r) => [r.name, text(r.value), isNumber(r.low) ? `${text(r.low)} to ${text(r.high)}` : ""]);
  return figureOf(title, says, picture, null, asTable(["", label, "95% interval"], cells));
}

// A histogram of samples; wide ranges are shown on a logarithmic axis.
function histogram(name, samples) {
  const ordered = sorted(samples);
  if (ordered.length === 0) return null;
  const text = quantity(name);
  const [low, high] = [ordered[0], ordered.at(-1)];
  const log = low > 0 && high / low > 50;
  const f = log ? Math.log : (v) => v;
  const back = log ? Math.exp : (v) => v;
  const count = low === high ? 1 : Math.min(40, Math.ceil(Math.sqrt(ordered.length)));
  const counts = new Array(count).fill(0);
  const span = f(high) - f(low) || 1;
  for (const v of ordered) ++counts[Math.min(count - 1, Math.floor(((f(v) - f(low)) / span) * count))];
  const most = Math.max(...counts);
  const [width, height, bottom] = [640, 150, 24];
  const bar = width / count;
  const edge = (i) => back(f(low) + (span * i) / count);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Histogram of ${spaced(name)}: ${ordered.length} samples from ${text(low)} to ${text(high)}` },
    counts.map((c, i) => svg("rect", { class: "bar", x: i * bar + 1, width: Math.max(1, bar - 2), y: (height - bottom) * (1 - c / most), height: ((height - bottom) * c) / most },
      svg("title", null, `${text(edge(i))} to ${text(edge(i + 1))}: ${c}`))),
    svg("line", { class: "axis", x1: 0, x2: width, y1: height - bottom, y2: height - bottom }),
    svg("text", { x: 0, y: height - 6 }, text(low)),
    svg("text", { x: width / 2, y: height - 6, "text-anchor": "middle", class: "faint" }, log ? "logarithmic" : ""),
    svg("text", { x: width, y: height - 6, "text-anchor": "end" }, text(high)));
  const middle = medianOf(ordered);
  return el("figure", null, el("h4", null, spaced(name)), picture, el("figcaption", null,
    `${plain(ordered.length)} samples; median ${text(middle.value)} (95% interval ${text(middle.low)} to ${text(middle.high)}), `,
    `10th percentile ${text(quantile(ordered, 0.1))}, 90th ${text(quantile(ordered, 0.9))}`));
}

// Bars of counts, such as those of outcomes.
function bars(title, rows, says) {
  const all = rows.reduce((sum, r) => sum + r.count, 0);
  const most = Math.max(...rows.map((r) => r.count), 1);
  return el("figure", null, title ? el("h4", null, title) : null,
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title || says },
      el("table", null, el("thead", null, el("tr", null, ["outcome", "count", "share", "", "what it is"].map((c) => el("th", { scope: "col" }, c)))),
        el("tbody", null, rows.map((r) => el("tr", null,
          el("th", { scope: "row" }, el("code", null, r.name)),
          el("td", { class: "number" }, plain(r.count)),
          el("td", { class: "number" }, all > 0 ? `${plain((100 * r.count) / all)}%` : ""),
          el("td", { style: "width:30%" }, svg("svg", { viewBox: "0 0 200 14", preserveAspectRatio: "none", style: "height:14px", "aria-hidden": "true" },
            svg("rect", { class: "bar", width: r.count > 0 ? Math.max(1, (200 * Math.log1p(r.count)) / Math.log1p(most)) : 0, height: 14 }))),
          el("td", null, r.says ?? "")))))),
    el("figcaption", null, says));
}

// A matrix of shaded cells that say their value as text.
function heat({ title, says, rows, columns, cell }) {
  return el("figure", null, el("h4", null, title), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
    el("table", { class: "heat" },
      el("thead", null, el("tr", null, el("td", null), columns.map((c) => el("th", { scope: "col" }, el("span", { class: "tilt" }, spaced(c)))))),
      el("tbody", null, rows.map((r) => el("tr", null, el("th", { scope: "row" }, r), columns.map((c) => {
        const { text, level = 0, colour, odd, hint } = cell(r, c) ?? { text: "" };
        return el("td", { style: `--level:${level}${colour ? `;--level-colour:var(${colour})` : ""}`, class: odd ? "odd" : null, title: hint }, text);
      })))))), el("figcaption", null, says));
}
