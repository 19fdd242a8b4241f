// Two or more files of results side by side, with what differs beyond noise.

// The quantities of a result that have an interval: [name, {value, low, high}].
function estimatesOf(result) {
  const evidence = result.observation.evidence ?? {};
  const found = [];
  for (const [name, value] of Object.entries(evidence)) {
    if (name === "samples_ns" && Array.isArray(value)) found.push(["ns", medianOf(value)]);
    const [low, high] = [evidence[`${name}_low`], evidence[`${name}_high`]];
    if (isNumber(value) && isNumber(low) && isNumber(high)) found.push([name, { value, low, high }]);
  }
  return found.filter(([, estimate]) => estimate);
}

const apart = (a, b) => a.low > b.high || b.low > a.high;

// The quantities by which a result differs from the same result of the first file.
function differences(first, other) {
  const before = new Map(estimatesOf(first));
  return estimatesOf(other).flatMap(([name, after]) => {
    const then = before.get(name);
    return then && apart(then, after) ? [{ name, then, after }] : [];
  });
}

function compareSection(files) {
  const key = (r) => `${r.claim.slug}\n${r.runtime}`;
  const all = files.map((f) => new Map(f.document.results.map((r) => [key(r), r])));
  const keys = unique(files.flatMap((f) => f.document.results.map(key)));
  let differing = 0;
  const rows = keys.map((k) => {
    const results = all.map((m) => m.get(k));
    const first = results.find(Boolean);
    const verdicts = unique(results.filter(Boolean).map((r) => r.verdict.kind));
    const beyond = results.slice(1).flatMap((r, i) => (r && results[0] ? differences(results[0], r).map((d) => ({ ...d, file: files[i + 1].name })) : []));
    const says = [
      verdicts.length > 1 ? "the verdicts differ" : "",
      results.includes(undefined) ? "not in all files" : "",
      ...beyond.map((d) => `${spaced(d.name)}: ${quantity(d.name)(d.then.value)}, in ${d.file} ${quantity(d.name)(d.after.value)} (${plain(d.after.value / d.then.value)}x; the intervals do not meet)`),
    ].filter(Boolean);
    if (says.length > 0) ++differing;
    return el("tr", { class: says.length > 0 ? "changed" : "same" },
      el("th", { scope: "row" }, `${first.claim.title}, ${first.runtime}`),
      results.map((r, i) => (r ? cellOf(r, files[i]) : el("td", null, "\u2014"))),
      el("td", null, says.length > 0 ? el("ul", null, says.map((s) => el("li", null, s))) : "no difference beyond noise"));
  });
  const body = el("tbody", null, rows);
  const only = el("input", { type: "checkbox", onchange: (event) => rows.forEach((row) => (row.hidden = event.target.checked && row.className === "same")) });
  return section("compare", "Side by side", [
    el("p", null, `${differing} of ${keys.length} claims differ beyond noise: another verdict, or 95% intervals that do not meet. `,
      "The intervals are those within each run; what changes from run to run on a busy machine comes on top."),
    files.map((f) => [el("p", null, el("strong", null, f.name)), facts(f.document)]),
    el("p", null, el("label", null, only, " only what differs")),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Side by side" }, el("table", null,
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "claim"), files.map((f) => el("th", { scope: "col" }, f.name)), el("th", { scope: "col" }, "what differs from the first"))),
      body))]);
}
