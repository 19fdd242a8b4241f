// The plots: each from what the files hold, and a plain word where they do not hold it.

const results = (files) => files.filter((f) => f.kind === "results");

// Every result of a trait with its evidence, named by runtime, and by file where there are several.
function resultsOf(files, trait) {
  const many = results(files).length > 1;
  return results(files).flatMap((f) => f.document.results
    .filter((r) => r.claim.trait === trait && r.observation.measured)
    .map((r) => ({ name: many ? `${r.runtime}, ${f.name}` : r.runtime, evidence: r.observation.evidence ?? {}, result: r })));
}

const zip = (xs, ys) => (xs ?? []).map((x, i) => ({ x, y: ys?.[i] })).filter((p) => isNumber(p.x) && isNumber(p.y));

function costs(files) {
  return [["switch_cost", "What a switch costs"], ["creation_cost", "What creating and joining a unit costs"]].map(([trait, title]) =>
    dots({
      title, log: true, label: "time an operation", text: quantity("ns"),
      says: "Median of the samples, with its 95% interval by order statistics. Samples of the runtimes were taken in turn, on one core.",
      rows: resultsOf(files, trait).map(({ name, evidence }) => ({ name, ...(medianOf(evidence.samples_ns ?? []) ?? { value: evidence.ns }) })),
    }));
}

// "kernel.pid_max = 32,768, at about 32,089 units": how many units a named limit allows, and its name.
function limitOf(text) {
  const found = /^(.*?) =.* at about ([\d,]+) units/.exec(text ?? "");
  return found ? { name: found[1], units: Number(found[2].replaceAll(",", "")) } : null;
}

function ladders(files) {
  const rungs = resultsOf(files, "scalability").filter(({ evidence }) => evidence.ladder_units?.length > 0);
  const limits = rungs.filter(({ evidence }) => evidence.next_limit).map(({ name, evidence }) => [name, String(evidence.next_limit), String(evidence.ladder_stopped ?? "")]);
  // A limit far beyond what was tried stands in the table alone.
  const most = Math.max(...rungs.flatMap(({ evidence }) => evidence.ladder_units));
  const marks = limits.map(([name, text]) => ({ name, limit: limitOf(text) })).filter((l) => l.limit && l.limit.units <= 10 * most)
    .map(({ name, limit }) => ({ x: limit.units, text: `${limit.name} (${name})` }));
  const figure = (title, key, label, text, says) => lines({
    title, says, limits: marks, x: { label: "live units (logarithmic)", log: true, text: plain }, y: { label, log: true, text, tick: key === "ladder_bytes" ? decimalBytes : text },
    series: rungs.map(({ name, evidence }) => ({ name, points: zip(evidence.ladder_units, evidence[key]).filter((p) => p.y > 0) })).filter((s) => s.points.length > 0),
  });
  const yields = resultsOf(files, "switch_cost").filter(({ evidence }) => evidence.yield_units?.length > 0);
  return [
    figure("Memory of all live units", "ladder_bytes", "bytes, all units", quantity("bytes"), "Proportional set size of all processes with kernel stacks, page tables and slab."),
    figure("Time to bring the units to life and to end them", "ladder_seconds", "seconds", (v) => scaled(v * 1e9, kTimes), "One run a rung."),
    limits.length > 0 ? textTable(["runtime", "the next limit", "where the ladder stopped"], limits) : null,
    lines({
      title: "What a yield costs when more units take turns", says: "In the generic body form; caches make it dearer.",
      x: { label: "units (logarithmic)", log: true, text: plain }, y: { label: "time a yield", log: true, text: quantity("ns") },
      series: yields.map(({ name, evidence }) => ({ name, points: zip(evidence.yield_units, evidence.yield_ns) })),
    }),
  ];
}

function memory(files) {
  return [dots({
    title: "Memory of one live unit", log: true, label: "bytes a unit", text: quantity("bytes"), tick: decimalBytes,
    says: "Between two rungs of the ladder, so that what the program itself takes does not count; median with a bootstrap interval.",
    rows: resultsOf(files, "scalability").map(({ name, evidence }) => ({ name, value: evidence.bytes_per_unit, low: evidence.bytes_per_unit_low, high: evidence.bytes_per_unit_high })),
  })];
}

// Counts of latencies below 1, 2, 4 ... us, as points of the curve of percentiles.
function percentilesOf(counts) {
  const all = counts.reduce((a, b) => a + b, 0);
  let below = 0;
  return counts.map((count, i) => {
    below += count;
    return { x: all / Math.max(all - below, 0.5), y: 2 ** i, count };
  }).filter((p) => p.count > 0);
}

function latencies(files) {
  const echo = resultsOf(files, "use_case").filter(({ evidence }) => evidence.echo_counts_below_1_2_4_us?.length > 0);
  const series = echo.map(({ name, evidence }) => ({ name: `${name}, ${plain(evidence.connections_held)} connections`, points: percentilesOf(evidence.echo_counts_below_1_2_4_us) }));
  // As many nines as the odds have zeros: 99.9% is 1 in 1,000.
  const percentile = (odds) => `${(100 * (1 - 1 / odds)).toFixed(Math.max(0, Math.ceil(Math.log10(odds)) - 2))}%`;
  return [
    series.length === 0 ? null : lines({
      title: "Latency of an echo", says: "Upper bounds: latencies are counted in powers of two. The axis stretches towards 100%.",
      x: { label: "percentile", log: true, text: percentile }, y: { label: "at most", log: true, text: quantity("us") }, series,
    }),
  ];
}

// Results of Google Benchmark: families of one name, by the number in it ("shared_counter/atomic/units:4").
// Repetitions of one number are samples.
function benchmarkFamilies(files) {
  const families = new Map();
  for (const { document: d } of files.filter((f) => f.kind === "benchmark")) {
    for (const b of d.benchmarks) {
      const found = /^(.*?)\/(?:\w+:)?(\d+)(?:\/|$)/.exec(b.name);
      if (!found || b.run_type === "aggregate" || b.error_occurred) continue;
      const [, family, size] = found;
      const factor = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }[b.time_unit ?? "ns"];
      const sizes = families.get(family) ?? new Map();
      families.set(family, sizes.set(size, [...(sizes.get(size) ?? []),
        { ns: b.ns_each ?? b.real_time * factor, p50: b.p50_us, p99: b.p99_us, p999: b.p999_us, rate: b.per_s ?? b.items_per_second, bytes: b.bytes_each }]));
    }
  }
  return [...families].filter(([, sizes]) => sizes.size > 1);
}

function benchmarkSeries(families, what) {
  const series = families.map(([name, sizes]) => ({
    name,
    points: [...sizes].map(([size, runs]) => ({ x: Number(size), estimate: medianOf(runs.map((r) => r[what]).filter((v) => v > 0)) }))
      .filter((p) => p.estimate && p.x > 0).sort((a, b) => a.x - b.x)
      .map(({ x, estimate: e }) => ({ x, y: e.value, low: e.n > 5 ? e.low : null, high: e.n > 5 ? e.high : null })),
  })).filter((s) => s.points.length > 1);
  return Array.from({ length: Math.ceil(series.length / 6) }, (_, i) => series.slice(6 * i, 6 * i + 6));
}

function benchmarks(files) {
  const families = benchmarkFamilies(files);
  const contends = ([name]) => /contention|counter/i.test(name);
  const figure = (title, says, label, text) => (series) => lines({
    title, says, series, x: { label: "units (logarithmic)", log: true, text: plain }, y: { label, log: true, text, tick: text },
  });
  const free = families.filter((f) => !contends(f));
  const loaded = free.filter(([, sizes]) => [...sizes.values()].flat().some((run) => isNumber(run.p999)));
  const percentiles = [["p50", "median"], ["p99", "99th percentile"], ["p999", "99.9th percentile"]].flatMap(([key, name]) =>
    benchmarkSeries(loaded, key).map(figure(`Latency under load: ${name}`, "By the number of connections.", "latency", quantity("us"))));
  return {
    percentiles,
    contention: benchmarkSeries(families.filter(contends), "rate").map(figure("Contention: throughput of a shared counter", "Operations a second of all units together: what synchronization costs.", "operations a second", rates)),
    ladders: benchmarkSeries(free, "ns").map(figure("Benchmarks by size", "Time of one operation, or of one iteration where a benchmark does not count its own; medians of repetitions, with intervals where there are more than five.", "time", quantity("ns"))),
    memory: benchmarkSeries(free, "bytes").map(figure("Memory of a unit by the number of units", "Bytes a unit, by the benchmarks.", "bytes a unit", decimalBytes)),
  };
}

function outcomes(files) {
  return files.filter((f) => f.kind === "exploration").map(({ document: d }) => bars(
    `${d.scenario.name}: all outcomes under ${d.memory_model}`,
    d.outcomes.map((o) => ({ name: o.numbers || "(none)", count: o.executions, says: [o.reach && o.reach !== "sc" ? `[${o.reach}]` : "", o.reason].filter(Boolean).join(" ") })),
    `Executions of the explorer: ${d.coverage}. Each interleaving counts once, however seldom a machine takes it. Bars are logarithmic.`));
}

function detectors(files) {
  return files.filter((f) => f.kind === "gallery").map(({ document: d }) => {
    const of = new Map(d.defects.map((x) => [x.label, x.detectors]));
    return [heat({
      title: "Which detector finds which defect", rows: d.defects.map((x) => x.label), columns: d.detectors.map((x) => x.name),
      says: `Found in so many of ${d.runs} runs. A dash: expected to miss it. A red frame: not as the label of the program says. 0 of ${d.runs} is an upper bound of the rate, never safety.`,
      cell: (row, column) => {
        const c = of.get(row)?.[column];
        if (!c) return null;
        return { text: c.found > 0 || c.expected === "seen" ? `${c.found}/${c.runs}` : "\u2013", level: c.runs > 0 ? c.found / c.runs : 0, odd: c.surprises > 0, hint: c.reason || `${c.expected}; interval ${plain(c.interval.low)} to ${plain(c.interval.high)}` };
      },
    }), textTable(["detector", "recall", "precision", "twins with an alarm", "processor time", "memory"], d.detectors.map((x) => [
      x.name, `${x.found} of ${x.labelled}`, plain(x.precision), `${x.twins_with_alarm} of ${x.twins}`, `${plain(x.processor_time_ratio.median)}x`, `${plain(x.memory_ratio.median)}x`]), [1, 2, 3, 4, 5])];
  });
}

const kFates = {
  killed: ["K", 1, "--bad"], entailed: ["e", 0.6, "--bad"], possible: ["p", 0.35, "--open"], kept: ["\u00b7", 0, null],
  undecided: ["?", 0.35, "--open"], untested: ["", 0, null], survived: ["S", 1, "--open"], wrong: ["W", 1, "--open"],
};
function mutants(files) {
  return files.filter((f) => f.kind === "mutants").map(({ document: d }) => {
    const cells = new Map(d.mutants.flatMap((m) => (m.cells ?? []).map((c) => [`${m.mutant}\n${c.claim.trait}`, c])));
    const traits = unique([...cells.values()].map((c) => c.claim.trait));
    if (traits.length === 0) {
      return textTable(["mutant", "made for", "killed for", "of seeds"], d.mutants.map((m) => [m.mutant, spaced(m.made_for), m.killed, m.seeds]), [2, 3]);
    }
    return heat({
      title: "Which probe kills which mutant", rows: d.mutants.map((m) => m.mutant), columns: traits,
      says: "A mutant is a runtime that breaks one claim on purpose. K killed by the probe it is made for; e refuted too, which its fault entails; p may be refuted; \u00b7 not refuted; ? undecided; S survived; W refuted and must not be.",
      cell: (m, t) => {
        const c = cells.get(`${m}\n${t}`);
        if (!c) return null;
        const [text, level, colour] = kFates[c.fate] ?? [c.fate, 0, null];
        return { text, level, colour, odd: ["survived", "wrong"].includes(c.fate), hint: c.because || c.verdict.reason };
      },
    });
  });
}

function sweeps(files) {
  return files.filter((f) => f.kind === "sweep").map(({ name, document: d }) => [
    el("h4", null, `${name}: ${plain(d.seeds)} seeds from ${d.first_seed}`),
    textTable(["claim", ...Object.keys(kMarks), "seconds"], d.cells.map((c) => [`${spaced(c.trait)}, ${c.runtime}`, ...Object.keys(kMarks).map((k) => c[k] ?? 0), plain(c.seconds)]), [1, 2, 3, 4, 5, 6, 7]),
    d.refuted.length === 0 ? el("p", null, "No seed refuted a claim.") : el("ul", null, d.refuted.slice(0, 20).map((r) => el("li", null, `${spaced(r.trait)} of ${r.runtime}, seed ${r.seed}: ${r.reason} `, el("code", null, r.command))))]);
}

function plotsSection(files) {
  const measured = benchmarks(files);
  const groups = [
    ["Cost by runtime", costs(files), "assay --json=FILE"],
    ["Ladders of live units", [...ladders(files), ...measured.ladders], "assay --trait=scalability,switch_cost --json=FILE"],
    ["Memory of a unit", [...memory(files), ...measured.memory], "assay --trait=scalability --json=FILE"],
    ["Contention", measured.contention, "//stress:paths_benchmark --benchmark_out=FILE"],
    ["Latency", [...latencies(files), ...measured.percentiles], "assay --trait=use_case --json=FILE"],
    ["Outcomes", [...outcomes(files), ...stressFigures(files)], "assay explore SCENARIO --json=FILE or assay stress SCENARIO --json=FILE"],
    ["Detectors and defects", detectors(files), "assay gallery --json=FILE"],
    ["Mutants and traits", mutants(files), "assay mutants --json=FILE"],
    ["Many seeds", sweeps(files), "assay sweep --json=FILE"],
  ].map(([title, made, from]) => ({ title, made: made.flat(Infinity).filter(Boolean), from }));
  const absent = groups.filter((g) => g.made.length === 0);
  return section("plots", "Plots", [
    groups.filter((g) => g.made.length > 0).map((g) => [el("h3", null, g.title), g.made]),
    absent.length === 0 ? null : el("div", { class: "missing" }, el("h3", null, "Not in the given files"),
      el("ul", null, absent.map((g) => el("li", null, `${g.title}: `, el("code", null, g.from), " writes it.")))),
  ]);
}
