// libFuzzer: any bytes, in pieces, are read without a crash, and what is read can be explained.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "sanitizers/reports/explanation.h"
#include "sanitizers/reports/reader.h"

// Recorded reports are where it begins; what it finds goes to a folder of the test's own.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static std::vector<std::string> words(*argv, *argv + *argc);
  const char* folder = std::getenv("TEST_TMPDIR");
  if (folder != nullptr) words.insert(words.begin() + 1, folder);
  static std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  *argc = static_cast<int>(words.size());
  *argv = pointers.data();
  return 0;
}

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t reports = 0;
  assay::ReportReader reader({[&](const assay::Report& report) {
                                ++reports;
                                if (report.first_line == 0) std::abort();
                                if (assay::explain(report).headline.empty()) std::abort();
                              },
                              [](const assay::Problem& problem) {
                                if (problem.line == 0) std::abort();
                              }});
  const std::size_t half = size / 2;
  reader.feed(text.substr(0, half));
  reader.feed(text.substr(half));
  reader.finish();
  // However the bytes come in, the same reports come out.
  if (assay::read_reports(text).reports.size() != reports) std::abort();
  return 0;
}
