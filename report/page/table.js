// The comparison table, and the evidence behind each of its cells.

const titleOf = (result) => `${result.claim.title}: ${result.runtime} (${result.claim.model})`;

function evidenceItem(name, value) {
  if (!Array.isArray(value)) {
    return isNumber(value) ? [spaced(name), quantity(name)(value)] : [spaced(name), value === null ? "not a number" : String(value)];
  }
  if (value.some((v) => typeof v === "string")) return [spaced(name), el("ul", null, value.map((v) => el("li", null, v)))];
  const text = quantity(name);
  if (value.length <= 8) return [spaced(name), value.map((v) => (isNumber(v) ? text(v) : "none")).join(", ")];
  return [spaced(name), folded(`${plain(value.length)} values`, () => el("pre", null, value.join(" ")))];
}

function evidenceOf(result, document) {
  const { claim, verdict, observation, runtime } = result;
  const evidence = observation.evidence ?? {};
  const samples = Object.entries(evidence).filter(([name, v]) =>
    Array.isArray(v) && v.length > 8 && v.every((x) => x === null || isNumber(x)) && !/^(ladder|echo_counts)/.test(name));
  const host = document.host ?? {};
  return [
    el("p", null, mark(verdict.kind), " ", el("strong", { class: `word ${kindOf(verdict.kind)}` }, verdict.kind),
      ` \u2014 ${kMeanings[kindOf(verdict.kind)]}`),
    verdict.reason ? el("p", null, verdict.reason) : null,
    pairs([
      ["claimed", `${claim.title}: ${claim.wording}`],
      ["which means", claim.meaning],
      ["says who", claim.source],
      ["modality", [claim.modality, claim.modality_reason].filter(Boolean).join(": ")],
      ["measured", observation.figure],
      ["tried", `${plain(observation.tries)} times`],
      ["seen", observation.reason === verdict.reason ? "" : observation.reason],
      ["values that allow it", (observation.allowed ?? []).map(spaced).join(", ") || (observation.measured ? "none" : "")],
      ["values with a witness", (observation.witnessed ?? []).map(spaced).join(", ")],
    ]),
    observation.counterexample ? [el("h3", null, "Counterexample"), el("pre", null, observation.counterexample)] : null,
    el("h3", null, "Show it again"), command(result.command),
    samples.map(([name, values]) => histogram(name, values)),
    Object.keys(evidence).length > 0 ? [el("h3", null, "Evidence"), pairs(Object.entries(evidence).map(([n, v]) => evidenceItem(n, v)))] : null,
    el("h3", null, "Where"),
    pairs([
      ["runtime", runtime],
      ["host", [host.cpu, `${host.cores} cores`, host.kernel, host.architecture].filter(Boolean).join(", ")],
      ["compiler", document.build ? `${document.build.compiler}, ${document.build.variant}` : ""],
      ["seed", document.run ? String(document.run.seed) : ""],
      ["started", document.run?.started],
      ["took", isNumber(result.seconds) ? `${plain(result.seconds)} s` : ""],
    ]),
  ];
}

function showEvidence(result, file) {
  const dialog = document.getElementById("evidence");
  dialog.replaceChildren(
    el("div", { class: "top" }, el("h2", { id: "evidence-title" }, titleOf(result)),
      el("button", { type: "button", onclick: () => dialog.close() }, "Close")),
    ...evidenceOf(result, file.document).flat(Infinity).filter(Boolean));
  dialog.showModal();
  dialog.scrollTop = 0;
}

function cellOf(result, file) {
  if (!result) return el("td", null, el("span", { class: "soft" }, "not asked"));
  const { claim, verdict, observation } = result;
  const kind = kindOf(verdict.kind);
  return el("td", { "data-column": `${result.runtime} (${claim.model})` },
    el("button", {
      type: "button", class: "cell", "data-cell": `${claim.slug}/${result.runtime}`, "aria-haspopup": "dialog",
      "aria-label": `${titleOf(result)}: claimed ${claim.wording}; ${kind}; ${observation.figure}. Show the evidence.`,
      onclick: () => showEvidence(result, file),
    }, mark(kind), " ", el("span", { class: "value" }, claim.wording), el("span", { class: "figure" }, observation.figure || kind)));
}

const unique = (values) => [...new Set(values)];

function comparisonTable(file) {
  const results = file.document.results;
  const runtimes = unique(results.map((r) => r.runtime));
  const traits = unique(results.map((r) => r.claim.trait));
  const find = (runtime, trait) => results.find((r) => r.runtime === runtime && r.claim.trait === trait);
  const modelOf = (runtime) => results.find((r) => r.runtime === runtime).claim.model;
  return el("table", { class: "comparison" },
    el("caption", { class: "soft" }, "Each cell: the claimed word with the mark of its verdict, and what was measured. A click shows the evidence."),
    el("thead", null, el("tr", null, el("th", { scope: "col" }, "feature"),
      runtimes.map((r) => el("th", { scope: "col" }, modelOf(r), el("br"), el("code", null, r))))),
    el("tbody", null, traits.map((t) => el("tr", null,
      el("th", { scope: "row" }, results.find((r) => r.claim.trait === t).claim.title),
      runtimes.map((r) => cellOf(find(r, t), file))))));
}

function tallyOf(document) {
  const counts = Object.keys(kMarks).map((k) => [k, document.summary[k] ?? 0]).filter(([, n]) => n > 0);
  return counts.map(([k, n], i) => [i > 0 ? ", " : "", mark(k), ` ${n} ${k}`]);
}

function facts(document) {
  const { host = {}, build = {}, run = {} } = document;
  return el("p", { class: "facts" }, [
    host.cpu, host.cores ? `${host.cores} core${host.cores === 1 ? "" : "s"}` : "", host.kernel,
    build.compiler ? `Assay ${build.version ?? ""} built by ${build.compiler} (${build.variant})` : "",
    run.seed !== undefined ? `seed ${run.seed}` : "", run.started, isNumber(run.seconds) ? `${plain(run.seconds)} s` : "",
  ].filter(Boolean).join(" \u00b7 "));
}

function remarks(file) {
  const open = file.document.results.filter((r) => !["confirmed", "unrefuted"].includes(r.verdict.kind));
  if (open.length === 0) return el("p", null, "No claim was refuted, and none was left open.");
  return [el("h3", null, "Refuted, or left open"), el("ul", null, open.map((r) => el("li", null,
    mark(r.verdict.kind), " ", el("strong", null, titleOf(r)), ` \u2014 ${r.verdict.kind}. `, r.verdict.reason || r.claim.modality_reason, " ",
    el("code", null, r.command))))];
}

function tableSection(files) {
  const shown = el("div");
  const show = (file) => shown.replaceChildren(...[
    el("p", null, `${file.document.results.length} claims: `, tallyOf(file.document), file.document.run?.interrupted ? " \u2014 the run was interrupted; this is what it reached." : ""),
    facts(file.document), comparisonTable(file), remarks(file)].flat(Infinity));
  show(files[0]);
  const choice = files.length < 2 ? null : el("p", null, el("label", null, "Results of ",
    el("select", { id: "file", onchange: (event) => show(files[event.target.value]) },
      files.map((f, i) => el("option", { value: i }, f.name)))));
  return section("table", "The table", [
    el("ul", { class: "legend" }, Object.entries(kMeanings).map(([k, says]) => el("li", null, mark(k), " ", el("strong", null, k), `: ${says}`))),
    choice, shown]);
}
