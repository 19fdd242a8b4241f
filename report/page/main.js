// The page: a section for each thing that the files hold.

function section(id, title, content) {
  return el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), content);
}

function filesSection(files) {
  return section("files", "Where the numbers come from", [
    el("p", null, "Every number of this page is in the files below, which the page carries with it. Samples are rounded to six digits."),
    textTable(["file", "what it is", "version", "host", "command"], files.map((f) => {
      const { host, run, command: said, arguments: words } = f.document;
      return [f.name, f.kind, String(f.version), host ? [host.cpu, host.kernel].filter(Boolean).join(", ") : "not said",
        said ?? (run?.arguments ? `assay ${run.arguments.join(" ")}` : words ? `assay ${words.join(" ")}` : "")];
    })),
  ]);
}

function draw() {
  const files = JSON.parse(document.getElementById("data").textContent);
  const compared = results(files);
  const sections = [
    compared.length > 0 ? tableSection(compared) : section("table", "The table", [el("div", { class: "missing" }, el("p", null, "Not in the given files: ", el("code", null, "assay --json=FILE"), " writes it."))]),
    compared.length > 1 ? compareSection(compared) : null,
    plotsSection(files), lessonsSection(files), filesSection(files),
  ].filter(Boolean);
  document.getElementById("main").append(...sections);
  document.getElementById("sections").append(...sections.map((s) => el("a", { href: `#${s.id}` }, s.querySelector("h2").textContent)));
  document.getElementById("evidence").addEventListener("click", (event) => { if (event.target.id === "evidence") event.target.close(); });
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.lesson").forEach((node) => node.make()));
}

// The files stand in one script in the order of their names: what a later one defines is there by then.
document.addEventListener("DOMContentLoaded", draw);
