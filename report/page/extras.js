// What the files of `assay stress` add: outcomes on real hardware.

function outcomeRow(o) {
  const says = [`[${o.grade}]`, o.reason, o.remark].filter(Boolean).join(" ");
  const { low, high } = o.interval ?? o;  // Version 0 has it either way.
  const between = high === undefined ? "" : ` 95% interval of the share ${plain(100 * low)}% to ${plain(100 * high)}%.`;
  return { name: o.outcome || "(none)", count: o.count, says: says + between };
}

const stressed = (files) => files.filter((f) => f.kind === "stress")
  .flatMap(({ document: d }) => d.results.map((result) => ({ result, machine: d.machine ?? d.host })));

const stressFigure = ({ result, machine }) => bars(
  `${result.scenario} on ${result.place}`, result.outcomes.map(outcomeRow),
  `${plain(result.samples)} samples on ${machine?.cpu || "this machine"}; ${result.standing ?? ""}. An outcome that was not seen has an upper bound, and is not impossible. Bars are logarithmic.`);

const stressFigures = (files) => stressed(files).map(stressFigure);

// What `assay race` saw of a defect on this machine: how often, and what ThreadSanitizer says of it.
function raceParts(race) {
  const { real, sanitized, scenario } = race.defect;
  // Version 0 has "runs", and outcomes that are "wrong"; version 1 "samples", and what is "broken".
  const says = (o) => o.broken ? `wrong: ${o.broken}` : o.wrong ? "wrong" : "";
  const ends = real.no_end ? `; ${plain(real.no_end)} times units did not end` : "";
  return [
    bars(`${scenario} on ${real.runtime}`, real.outcomes.map((o) => ({ name: o.numbers || "(none)", count: o.count, says: says(o) })),
      `${plain(real.samples ?? real.runs)} ${real.samples === undefined ? "runs" : "samples"} on real ${real.runtime}${ends}${real.trouble ? `; ${real.trouble}` : ""}. Bars are logarithmic.`),
    el("h4", null, `ThreadSanitizer: ${sanitized.verdict}`), sanitized.reason ? el("p", null, sanitized.reason) : null,
    sanitized.reports.map((report) => explained({ ...report, places: report.places.map((p) => ({ ...p, where: p.source?.find((l) => l.number === p.line)?.text.trim() ?? "" })) })),
    el("p", null, `Its twin ${race.twin.scenario} is ${race.twin.silent ? "silent everywhere" : "not silent"}.`),
  ];
}

const races = (files) => files.filter((f) => f.kind === "race").map((f) => f.document);

// Races of which no exploration is given: without the steps.
const racesAlone = (files) => races(files)
  .filter((r) => !files.some((f) => f.kind === "exploration" && f.document.scenario.name === r.defect.scenario))
  .map((r) => folded(`${r.defect.scenario}: ${r.declared}`, () => [el("p", null, r.defect.title, "."), raceParts(r)].flat(Infinity).filter(Boolean), { class: "lesson", "data-lesson": r.defect.scenario }));

// How often the outcomes of a lesson came on real hardware, and what a sanitizer said, where a file says.
function lessonExtras(document, files) {
  const { name } = document.scenario;
  const found = stressed(files).filter(({ result }) => result.scenario === name).map((one) => [stressFigure(one), command(one.result.command)]);
  const raced = races(files).filter((r) => r.defect.scenario === name).map(raceParts);
  if (found.length + raced.length > 0) return [found, raced];
  return el("p", { class: "soft" }, "How often it happens on a machine, and what a sanitizer says, is not in the given files: ", el("code", null, `assay stress ${name} --json=FILE`), " and ", el("code", null, `assay race ${name} --json=FILE`), " write it.");
}
