// Race lessons: an interleaving that can be stepped through, its source, and how to mend it.

// What every variable holds after each step: values[n] is the state after n steps.
function statesOf(story) {
  let now = { values: { ...story.initial }, buffers: Array.from({ length: story.units }, () => []), held: {} };
  const states = [now];
  for (const step of story.steps) {
    now = structuredClone(now);
    const { operation: op, object, unit } = step;
    if (step.buffered) now.buffers[unit].push([object, step.written]);
    else if (step.by_store_buffer) now.buffers[unit].shift();
    if (step.written !== null && !step.buffered && object) now.values[object] = step.written;
    if (op === "lock" || (op === "try-lock" && !step.fails)) now.held[object] = `held by unit ${unit}`;
    if (op === "unlock") now.held[object] = "free";
    if (op === "wait" && step.mutex) now.held[step.mutex] = "free";
    if (op === "send" || op === "release") now.values[object] = (now.values[object] ?? 0) + 1;
    if (op === "receive" || op === "acquire") now.values[object] = (now.values[object] ?? 0) - 1;
    states.push(now);
  }
  return states;
}

const isLock = (story, object) => story.steps.some((s) => s.object === object && /lock/.test(s.operation));
const shownValue = (story, state, object) => (isLock(story, object) ? state.held[object] ?? "free" : String(state.values[object] ?? ""));

// Lifelines of units and of what they share; each step is an arrow.
function sequenceOf(story, title) {
  const objects = unique(story.steps.map((s) => s.object).filter(Boolean)).slice(0, 8);
  const lanes = [...Array.from({ length: story.units }, (_, i) => `unit ${i}`), ...objects];
  const [lane, row, top] = [150, 40, 46];
  const width = lanes.length * lane + 40;
  const height = top + story.steps.length * row + 16;
  const x = (i) => 40 + lane * i + lane / 2;
  const picture = svg("svg", { class: "sequence", viewBox: `0 0 ${width} ${height}`, role: "img", style: `max-width:${width}px`, "aria-label": `Sequence diagram of ${title}: ${story.steps.map((s, i) => `${i + 1}, unit ${s.unit}: ${s.text}`).join("; ")}` });
  lanes.forEach((name, i) => picture.append(
    svg("line", { class: "life", x1: x(i), x2: x(i), y1: 32, y2: height, "stroke-dasharray": i < story.units ? "" : "3 4" }),
    svg("rect", { class: "head", x: x(i) - lane / 2 + 8, y: 4, width: lane - 16, height: 28, rx: i < story.units ? 4 : 14 }),
    svg("text", { x: x(i), y: 23, "text-anchor": "middle", "font-weight": 600 }, name)));
  const steps = story.steps.map((s, i) => {
    const y = top + i * row;
    const from = x(s.unit);
    const at = objects.indexOf(s.object);
    const group = svg("g", { class: `step${s.racing ? " race" : ""}` }, svg("rect", { class: "band", x: 0, y, width, height: row }),
      svg("text", { class: "faint", x: 8, y: y + 26 }, i + 1));
    if (at >= 0) {
      const to = x(story.units + at);
      const reads = s.written === null && /read|load|await|receive/.test(s.operation);
      const [a, b] = reads ? [to, from] : [from, to];
      const tip = b + (b > a ? -3 : 3);
      group.append(svg("path", { class: "to", d: `M${a},${y + 26}H${tip}`, "stroke-dasharray": s.buffered ? "4 3" : "" }),
        svg("path", { class: "tip", d: `M${b},${y + 26}l${b > a ? -9 : 9},-5v10z` }));
    } else {
      group.append(svg("circle", { class: "tip", cx: from, cy: y + 26, r: 4 }));
    }
    const label = (s.by_store_buffer ? "buffer: " : "") + s.text + (s.racing ? "  (races)" : "");
    group.append(svg("text", { x: from + 8, y: y + 18 }, label));
    picture.append(group);
    return group;
  });
  return { picture, steps };
}

function stepper(story, title) {
  const states = statesOf(story);
  const { picture, steps } = sequenceOf(story, title);
  const objects = Object.keys(story.initial).filter((o) => story.steps.some((s) => s.object === o));
  const says = el("p", { class: "says", "aria-live": "polite" });
  const values = el("div");
  const total = story.steps.length;
  let now = 0;
  const wholeSays = () => (total === 0 ? "no step" : `${total} steps. Press Next, or the arrow keys.`);
  const button = (label, to) => el("button", { type: "button", onclick: () => show(to()) }, label);
  const [first, back, next, last] = [button("First", () => 0), button("Back", () => now - 1), button("Next", () => now + 1), button("Last", () => total)];
  const slider = el("input", { type: "range", min: 0, max: total, value: 0, "aria-label": `Step of ${title}`, oninput: (event) => show(Number(event.target.value)) });
  function valueRows() {
    const [before, after] = [states[Math.max(0, now - 1)], states[now]];
    const rows = objects.map((o) => {
      const [then, is] = [shownValue(story, before, o), shownValue(story, after, o)];
      const changed = now > 0 && then !== is;
      return el("tr", { class: changed ? "changed" : null }, el("th", { scope: "row" }, el("code", null, o)), el("td", null, is), el("td", null, changed ? `was ${then}` : ""));
    });
    after.buffers.forEach((buffer, unit) => {
      if (states.some((s) => s.buffers[unit].length > 0)) rows.push(el("tr", null, el("th", { scope: "row" }, `store buffer of unit ${unit}`), el("td", { colspan: 2 }, buffer.map(([o, v]) => `${o} := ${v}`).join(", ") || "empty")));
    });
    return el("table", null, el("caption", { class: "soft" }, now === 0 ? "before the first step" : `after step ${now}`), el("thead", null, el("tr", null, ["variable", "value", ""].map((c) => el("th", { scope: "col" }, c)))), el("tbody", null, rows));
  }
  function show(step) {
    now = Math.min(total, Math.max(0, step));
    slider.value = now;
    first.disabled = back.disabled = now === 0;
    next.disabled = last.disabled = now === total;
    steps.forEach((node, i) => { node.classList.toggle("now", i === now - 1); node.classList.toggle("later", i >= now && now > 0); });
    const s = story.steps[now - 1];
    const end = now === total && total > 0 ? ` ${[...story.failures.map((f) => `${f.kind}: ${f.text}.`), ...story.waits.map((w, i) => (w ? `unit ${i} waits: ${w}.` : ""))].filter(Boolean).join(" ")}` : "";
    says.textContent = s ? `Step ${now} of ${total}: ${s.by_store_buffer ? "the store buffer of " : ""}unit ${s.unit}: ${s.text}${s.racing ? " \u2014 one of the two accesses that race" : ""}.${end}` : wholeSays();
    values.replaceChildren(valueRows());
    node.dispatchEvent(new CustomEvent("step", { detail: s ?? null }));
  }
  const node = el("div", {
    class: "story", tabindex: "0", role: "group", "aria-label": `The interleaving of ${title}; arrow keys step`,
    onkeydown: (event) => {
      const to = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: total }[event.key];
      if (to === undefined || event.target === slider) return;
      event.preventDefault();
      show(to);
    },
  }, el("div", { class: "stepper" }, first, back, next, last, slider), says,
    el("div", { class: "lanes" }, el("div", { tabindex: "0", role: "region", "aria-label": "Sequence diagram" }, picture), values));
  node.show = () => show(0);
  return node;
}

// The lines of a source that carry out an operation on an object: `counter.read(`, `x[1].store(`.
const kCalls = { read: ["read"], write: ["write"], load: ["load"], store: ["store"], update: ["fetch_", "exchange", "compare_exchange"], await: ["until", "await", "wait"] };
function linesOf(source, step) {
  if (!step?.object) return [];
  const name = step.object.replace(/\[.*$/, "").replace(/[.*+?^${}()|\\]/g, "\\$&");
  const calls = (kCalls[step.operation] ?? [step.operation.replaceAll("-", "_")]).join("|");
  const found = new RegExp(`\\b${name}\\b[^;]*?[.>](${calls})`);
  return source.split("\n").flatMap((line, i) => (found.test(line) ? [i] : []));
}

function sourceOf(source, marked, says) {
  const code = source.text.replace(/\n$/, "").split("\n").map((line, i) => {
    const races = marked.has(i);
    return el("span", { class: `code${races ? " racing" : ""}` }, el("span", { class: "no" }, `${String(i + 1).padStart(3)} ${races ? "races>" : ""}`), line || " ");
  });
  return [el("p", { class: "soft" }, el("code", null, source.file), says), el("pre", { class: "source" }, code), code];
}

// The mending, from `if constexpr (kFixed) {A} else {B}` or `#ifdef FIXED A #else B #endif`: B goes, A comes.
function mendings(text) {
  const all = text.split("\n");
  const found = [];
  for (let i = 0; i < all.length; ++i) {
    const constexpr = /^(\s*)if constexpr \(kFixed\) \{/.exec(all[i]);
    const macro = /^\s*#ifn?def FIXED/.exec(all[i]);
    if (!constexpr && !macro) continue;
    const isEnd = constexpr ? (l) => l === `${constexpr[1]}}` : (l) => /^\s*#endif/.test(l);
    const isElse = constexpr ? (l) => l === `${constexpr[1]}} else {` : (l) => /^\s*#else/.test(l);
    const parts = [[], []];
    let part = 0;
    let at = i + 1;
    for (; at < all.length && !isEnd(all[at]); ++at) { if (isElse(all[at])) part = 1; else parts[part].push(all[at]); }
    const fixedFirst = constexpr || /ifdef/.test(all[i]);
    found.push({ line: i + 1, minus: parts[fixedFirst ? 1 : 0], plus: parts[fixedFirst ? 0 : 1], before: all.slice(Math.max(0, i - 3), i), after: all.slice(at + 1, at + 3) });
    i = at;
  }
  return found;
}

function diffOf(source) {
  const found = mendings(source.text);
  if (found.length === 0) return null;
  const line = (sign, text, kind) => el("span", { class: `code ${kind}` }, `${sign} ${text}`);
  return found.map((m) => el("pre", { class: "source" }, line("@@", `line ${m.line}`, "soft"), m.before.map((l) => line(" ", l, "")), m.minus.map((l) => line("-", l, "minus")), m.plus.map((l) => line("+", l, "plus")), m.after.map((l) => line(" ", l, ""))));
}

// What a sanitizer said, explained (assay explain).
function explained(report) {
  return [el("h4", null, report.headline), report.meaning ? el("p", null, report.meaning) : null,
    report.places?.length > 0 ? textTable(["access", "where", "file and line"], report.places.map((p) => [p.what, p.where, p.file ? `${p.file}:${p.line}` : "unknown"])) : null,
    report.missing?.length > 0 ? [el("p", null, "What is missing between them:"), el("ul", null, report.missing.map((m) => el("li", null, m)))] : null,
    report.fixes?.length > 0 ? [el("p", null, "Usual fixes, the smallest first:"), el("ol", null, report.fixes.map((f) => el("li", null, f)))] : null,
    report.text ? folded("The detector's own words", () => el("pre", null, report.text)) : null,
    command(report.reproduce)];
}

const kMemory = { sc: "sequential consistency", tso: "a store buffer each (TSO, as x86)" };

function lesson(document, others) {
  const { scenario, story } = document;
  const source = scenario.source;
  const racing = story ? story.steps.filter((s) => s.racing) : [];
  const parts = [el("p", null, scenario.title, ".")];
  parts.push(el("p", null, `${plain(document.units)} units, ${kMemory[document.memory_model] ?? document.memory_model}: ${plain(document.failing)} of ${plain(document.executions)} executions fail; ${document.coverage}.`), command(document.command));
  if (story) {
    const marked = new Set(source ? racing.flatMap((s) => linesOf(source.text, s)) : []);
    const steps = stepper(story, scenario.name);
    parts.push(el("h4", null, "The smallest interleaving that fails"), steps, command(document.replay));
    if (source) {
      const [head, pre, code] = sourceOf(source, marked, marked.size > 0 ? ": the lines marked \u201craces\u201d take the two steps that race; the line of the current step is shaded" : ": the line of the current step is shaded");
      steps.addEventListener("step", ({ detail }) => {
        const at = new Set(detail ? linesOf(source.text, detail) : []);
        code.forEach((node, i) => node.classList.toggle("now", at.has(i)));
      });
      const diff = diffOf(source);
      parts.push(el("h4", null, "The source"), head, pre, diff ? [el("h4", null, `The fix (${scenario.twin ?? "its twin"})`), diff] : null);
    }
    steps.show();
  }
  parts.push(el("h4", null, "How often"), bars("", document.outcomes.map((o) => ({ name: o.numbers || "(none)", count: o.executions, says: o.reason })), `Executions by outcome; ${document.coverage}.`), lessonExtras(document, others));
  return parts.flat(Infinity).filter(Boolean);
}

function lessonsSection(files) {
  const explorations = files.filter((f) => f.kind === "exploration");
  const ordered = [...explorations].sort((a, b) => Number(b.document.failing > 0) - Number(a.document.failing > 0));
  const reports = files.filter((f) => f.kind === "explanation");
  const content = [];
  ordered.forEach(({ document: d }, i) => {
    const node = folded(`${d.scenario.name}: ${d.failing > 0 ? d.scenario.defect ?? d.story?.failures[0]?.kind ?? "fails" : "nothing is wrong"}`, () => lesson(d, files), { class: "lesson", "data-lesson": d.scenario.name });
    if (i === 0) node.make();
    content.push(node);
  });
  content.push(...racesAlone(files));
  for (const { name, document: d } of reports) content.push(folded(`${name}: ${d.reports.length} report${d.reports.length === 1 ? "" : "s"} of sanitizers, explained`, () => d.reports.flatMap((r) => explained(r)).flat(Infinity).filter(Boolean), { class: "lesson" }));
  if (content.length === 0) {
    content.push(el("div", { class: "missing" }, el("p", null, "Not in the given files: ", el("code", null, "assay explore SCENARIO --json=FILE"), " writes a race as a lesson, and ", el("code", null, "assay explain --json=FILE"), " the reports of a sanitizer.")));
  }
  return section("lessons", "Race lessons", [el("p", null, "A race is not bad luck: the explorer takes every interleaving, and shows the smallest that fails. Step through it, forwards and backwards."), content]);
}
