// What the files of `assay stress` add: outcomes on real hardware.

function outcomeRow(o) {
  const says = [`[${o.grade}]`, o.reason, o.remark].filter(Boolean).join(" ");
  const between = o.interval ? ` 95% interval of the share ${plain(100 * o.interval.low)}% to ${plain(100 * o.interval.high)}%.` : "";
  return { name: o.outcome || "(none)", count: o.count, says: says + between };
}

const stressed = (files) => files.filter((f) => f.kind === "stress")
  .flatMap(({ document: d }) => d.results.map((result) => ({ result, machine: d.machine ?? d.host })));

const stressFigure = ({ result, machine }) => bars(
  `${result.scenario} on ${result.place}`, result.outcomes.map(outcomeRow),
  `${plain(result.samples)} samples on ${machine?.cpu || "this machine"}; ${result.standing ?? ""}. An outcome that was not seen has an upper bound, and is not impossible. Bars are logarithmic.`);

const stressFigures = (files) => stressed(files).map(stressFigure);

// How often the outcomes of a lesson came on real hardware, where a file says.
function lessonExtras(document, files) {
  const found = stressed(files).filter(({ result }) => result.scenario === document.scenario.name);
  if (found.length === 0) return el("p", { class: "soft" }, "How often it happens on a machine is not in the given files: ", el("code", null, `assay stress ${document.scenario.name} --json=FILE`), " writes it.");
  return found.map((one) => [stressFigure(one), command(one.result.command)]);
}
