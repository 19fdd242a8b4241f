#include "sanitizers/reports/testing_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "sanitizers/reports/own_code.h"

namespace assay {
namespace {

const std::filesystem::path kFolder = "sanitizers/reports/testdata";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::vector<RecordedRun> recorded_runs() {
  std::vector<RecordedRun> runs;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".txt") continue;
    runs.push_back({entry.path().stem().string(), read_file(entry.path())});
  }
  if (runs.empty()) throw std::runtime_error(fmt::format("{}: no reports", kFolder.string()));
  std::ranges::sort(runs, {}, &RecordedRun::name);
  return runs;
}

std::string recorded_run(const std::string& name) { return read_file(kFolder / (name + ".txt")); }

std::string one_line(const std::string& run, const Report& report) {
  std::string line = fmt::format("{}\t{}\t{}", run, to_string(report.detector), slug(report.kind));
  for (const Frame* frame : own_places(report)) {
    const bool known = frame != nullptr && !frame->file.empty();
    line += fmt::format("\t{}", known ? fmt::format("{}:{}", frame->file, frame->line) : "?");
  }
  return line + "\n";
}

}  // namespace assay
