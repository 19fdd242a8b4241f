#include "sanitizers/reports/damage.h"

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "sanitizers/reports/testing_reports.h"

namespace assay {
namespace {

// Byte offsets of a report in its run.
struct Extent {
  std::size_t head_end = 0;
  std::size_t end = 0;       ///< Without the last end of line.
  std::size_t said = 0;      ///< From here on the report has said all.
  bool no_end_mark = false;  ///< As of UBSan: complete at the end of any line.
};

std::vector<std::size_t> line_ends(const std::string& text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ends.push_back(i);
  }
  if (!text.ends_with('\n')) ends.push_back(text.size());
  return ends;
}

std::string_view first_line(const std::string& text, std::size_t end) {
  const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return std::string_view(text).substr(begin, end - begin);
}

Extent extent(const Report& report, const std::string& text, const std::vector<std::size_t>& ends) {
  Extent found;
  found.head_end = ends.at(report.first_line - 1);
  found.end = ends.at(report.last_line - 1);
  found.said = found.end;
  const bool memory = report.detector == Detector::kAddressSanitizer ||
                      report.detector == Detector::kLeakSanitizer ||
                      report.detector == Detector::kOther ||
                      (report.detector == Detector::kThreadSanitizer &&
                       first_line(text, found.head_end).find("(pid=") == std::string_view::npos);
  if (memory) {
    const std::size_t summary = text.find("\nSUMMARY: ", found.head_end);
    if (summary < found.end) found.said = text.find('\n', summary + 1);
  }
  found.no_end_mark = report.detector == Detector::kUndefinedBehaviorSanitizer ||
                      report.kind == ReportKind::kDetectorFailure ||
                      report.kind == ReportKind::kThreadMisuse;
  return found;
}

struct Whole {
  const std::string& text;
  std::vector<Report> reports;
  std::vector<Extent> extents;
};

// Valgrind's first lines have no mark; what follows makes them those of a report.
bool is_of_valgrind(const Report& report) {
  return report.detector == Detector::kHelgrind || report.detector == Detector::kDrd ||
         report.detector == Detector::kOther;
}

// Of several processes in one stream, the first to begin need not be the first to end.
ReadReports read_in_order(std::string_view text) {
  ReadReports read = read_reports(text);
  std::ranges::sort(read.reports, {}, &Report::first_line);
  return read;
}

// Within the first line of a report: the report, or at least a problem.
bool first_line_is_lost(const Whole& whole, std::size_t begun, std::size_t cut,
                        const ReadReports& read) {
  if (begun == whole.extents.size() || read.reports.size() > begun) return false;
  const Report& next = whole.reports[begun];
  const std::size_t head_end = whole.extents[begun].head_end;
  const std::size_t head = head_end - first_line(whole.text, head_end).size();
  const bool recognizable = next.text.size() + cut >= head_end;
  return cut > head && recognizable && !next.accesses.empty() && !is_of_valgrind(next) &&
         read.problems.empty();
}

std::string lost_at(const Whole& whole, std::size_t cut) {
  const ReadReports read = read_in_order(std::string_view(whole.text).substr(0, cut));
  std::size_t begun = 0;
  while (begun < whole.extents.size() && whole.extents[begun].head_end <= cut) ++begun;
  if (read.reports.size() < begun) return "a report is lost";
  if (read.reports.size() > begun + 1) return "a report is read twice";
  for (std::size_t i = 0; i < begun; ++i) {
    const Extent& extent = whole.extents[i];
    if (extent.end <= cut) {
      if (read.reports[i] == whole.reports[i]) continue;  // Most are, and quick to compare.
      const std::string expected = one_line("", whole.reports[i]);
      const std::string found = one_line("", read.reports[i]);
      if (expected != found) return "expected" + expected + "found" + found;
    } else if (cut < extent.said && !extent.no_end_mark && !read.reports[i].truncated) {
      return "a report is not marked as truncated";
    }
  }
  if (first_line_is_lost(whole, begun, cut, read)) return "the beginning of a report is lost";
  return "";
}

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  std::string operator()(std::string text) {
    for (std::size_t n = 1 + below(8); n > 0; --n) once(text);
    return text;
  }

 private:
  void once(std::string& text) {
    const std::size_t at = below(text.size());
    const std::size_t size = below(std::min<std::size_t>(200, text.size() - at));
    switch (below(6)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(below(256));
        return;
      case 1:
        text.erase(at, size);
        return;
      case 2:
        text.insert(at, text.substr(below(text.size()), size));
        return;
      case 3:
        text.insert(at, "output of the program\n");
        return;
      case 4:
        text.insert(at, std::string(below(3), '\n') + "    #" + std::to_string(below(100)) + " ");
        return;
      default:
        text.insert(at, "99999999999999999999999999");
    }
  }

  std::mt19937_64 random_;
};

// Counted by a search for words, another way than the reader's.
std::size_t heads(std::string_view text, std::string_view words) {
  std::size_t found = 0;
  for (std::size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
    const std::size_t begin = text.rfind('\n', at) + 1;
    // Two in one line are one report, and a line of Valgrind is none of a sanitizer.
    if (text.substr(begin, at - begin).find("Sanitizer: ") == text.npos) ++found;
  }
  return found;
}

std::size_t read_of(const ReadReports& read, Detector detector) {
  return static_cast<std::size_t>(std::ranges::count(read.reports, detector, &Report::detector));
}

}  // namespace

std::string lost_when_cut_off(const std::string& name, const std::string& text, std::size_t step) {
  Whole whole{text, read_in_order(text).reports, {}};
  const std::vector<std::size_t> ends = line_ends(text);
  for (const Report& report : whole.reports) whole.extents.push_back(extent(report, text, ends));
  for (std::size_t cut = 0; cut <= text.size(); cut += step) {
    const std::string lost = lost_at(whole, cut);
    if (!lost.empty()) return name + " cut off at byte " + std::to_string(cut) + ": " + lost;
  }
  return "";
}

std::string lost_when_changed(const std::string& name, const std::string& one,
                              const std::string& other, std::uint64_t seed) {
  const std::string text = Damage(seed)(one + other);
  const ReadReports read = read_reports(text);
  constexpr std::pair<Detector, std::string_view> kHeads[] = {
      {Detector::kThreadSanitizer, "WARNING: ThreadSanitizer: "},
      {Detector::kAddressSanitizer, "ERROR: AddressSanitizer: "},
      {Detector::kLeakSanitizer, "ERROR: LeakSanitizer: "},
  };
  for (const auto& [detector, head] : kHeads) {
    const std::size_t expected = heads(text, head);
    const std::size_t found = read_of(read, detector);
    if (found >= expected) continue;
    return name + ", changed: expected " + std::to_string(expected) + " reports of " +
           std::string(to_string(detector)) + ", found " + std::to_string(found) +
           "; again with --test_env=ASSAY_SEED=" + std::to_string(seed);
  }
  return "";
}

}  // namespace assay
