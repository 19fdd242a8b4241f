#include "sanitizers/reports/opening.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "sanitizers/reports/log_prefix.h"
#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace)

struct NamedDetector {
  std::string_view name;
  Detector detector;
};

constexpr NamedDetector kDetectors[] = {
    {"Thread", Detector::kThreadSanitizer},
    {"Address", Detector::kAddressSanitizer},
    {"Leak", Detector::kLeakSanitizer},
    {"UndefinedBehavior", Detector::kUndefinedBehaviorSanitizer},
    {"HWAddress", Detector::kOther},
    {"Memory", Detector::kOther},
};

// "...Thread" of "...ThreadSanitizer"; of a sanitizer that is not in the table, its name as well.
bool ends_with_detector(std::string_view text, Detector& detector, std::size_t& begin) {
  for (const NamedDetector& known : kDetectors) {
    if (!text.ends_with(known.name)) continue;
    begin = text.size() - known.name.size();
    // "HWAddress" also ends with "Address".
    if (begin > 0 && ((text[begin - 1] >= 'A' && text[begin - 1] <= 'Z'))) continue;
    detector = known.detector;
    return true;
  }
  begin = text.size();
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  return begin < text.size() && text.substr(0, begin).ends_with(": ");
}

// The number of "==12==" at the end of the text, and where it begins; 0 if there is none.
std::uint64_t pid_before(std::string_view text, std::size_t& begin) {
  begin = text.size();
  if (!text.ends_with("==")) return 0;
  std::size_t at = text.size() - 2;
  while (at > 0 && is_digit(text[at - 1])) --at;
  if (at < 2 || text.substr(at - 2, 2) != "==") return 0;
  std::uint64_t pid = 0;
  Scan(text.substr(at)).number(pid);
  begin = at - 2;
  return pid;
}

constexpr auto kSanitizer = "Sanitizer"sv;
constexpr auto kRuntimeError = "runtime error: "sv;

// What the runtimes say of themselves, or of the memory, without the word ERROR or with that alone.
bool is_failure(std::string_view words) {
  constexpr std::array kBeginnings = {
      "CHECK failed"sv,
      "failed to allocate"sv,
      "has encountered a fatal error"sv,
      "nested bug in the same thread"sv,
      "hard rss limit exhausted"sv,
  };
  return std::ranges::any_of(kBeginnings, [&](auto begin) { return words.starts_with(begin); });
}

// `at` is where "Sanitizer" begins.
Opening open_sanitizer(std::string_view line, std::size_t at) {
  Detector detector = Detector::kOther;
  std::size_t begin = 0;
  std::string_view before = line.substr(0, at);
  if (!ends_with_detector(before, detector, begin)) return {};
  const std::string_view name = before.substr(begin);
  before = before.substr(0, begin);
  // Older ones have no colon: "FATAL: ThreadSanitizer CHECK failed: a.cc:3".
  Scan after(line.substr(at + kSanitizer.size()));
  // Where the line was broken, the blank behind the colon may be gone.
  const bool names = after.eat(": ") || after.eat(" ") || (after.eat(":") && after.rest().empty());
  if (!names) return {};
  const std::string_view words = after.rest();
  const auto take = [&](std::string_view word) {
    if (!before.ends_with(word)) return false;
    before.remove_suffix(word.size());
    return true;
  };
  const bool warning = take("WARNING: ");
  const bool error = !warning && take("ERROR: ");
  const bool fatal = !warning && !error && take("FATAL: ");
  if (warning && detector == Detector::kThreadSanitizer) return {tsan_parser(words), before.size()};
  std::size_t prefix = 0;
  if (before.ends_with("== ")) before.remove_suffix(1);
  const std::uint64_t pid = pid_before(before, prefix);
  if (fatal || is_failure(words)) {
    Opening opening{failure_parser(detector, words), prefix};
    opening.parser->report().pid = pid;
    return opening;
  }
  if (!error && !(warning && detector == Detector::kOther)) return {};
  Opening opening{asan_parser(detector, pid, words), prefix};
  Report& report = opening.parser->report();
  if (detector == Detector::kOther && report.kind == ReportKind::kUnknown) {
    report.text = fmt::format("{}{}: {}", name, kSanitizer, words);
    opening.note =
        "a report of a sanitizer that is read only as far as it is like AddressSanitizer's";
  }
  return opening;
}

// "a.cc:3:4: runtime error: ..."; `at` is where the words begin. Without a place (a page cut it
// off) only what UBSan is known to say.
Opening open_undefined(std::string_view line, std::size_t at) {
  const std::string_view words = line.substr(at + kRuntimeError.size());
  std::string_view place = line.substr(0, at);
  if (place.find_first_not_of(" \t`>*") == std::string_view::npos) {
    if (kind_of_undefined(words) == ReportKind::kOtherUndefined) return {};
    return {ubsan_parser("", words), at};
  }
  if (!place.ends_with(": ")) return {};
  place.remove_suffix(2);
  if (place.empty() || (!is_digit(place.back()) && place.back() != ')' && place.back() != '>')) {
    return {};
  }
  if (is_digit(place.back()) && place.find(':') == std::string_view::npos) return {};
  const std::size_t prefix = start_of_path(place);
  return {ubsan_parser(place.substr(prefix), words), prefix};
}

}  // namespace

Opening open_report(std::string_view line) {
  if (!line.starts_with("SUMMARY: ")) {
    for (std::size_t at = line.find(kSanitizer); at != line.npos;
         at = line.find(kSanitizer, at + kSanitizer.size())) {
      Opening opening = open_sanitizer(line, at);
      if (opening.parser != nullptr) return opening;
    }
  }
  const std::size_t at = line.find(kRuntimeError);
  return at == std::string_view::npos ? Opening() : open_undefined(line, at);
}

std::string_view unreadable(std::string_view line) {
  constexpr auto kGo =
      "a report of Go's race detector, which is not read here: its form is another"sv;
  constexpr auto kXml = "Valgrind's XML, which is not read here: run it without --xml=yes"sv;
  constexpr auto kFuzzer = "a report of libFuzzer itself, which is not read here"sv;
  constexpr auto kKernel = "a report of a sanitizer of the kernel, which is not read here"sv;
  constexpr auto kGuard = "a report of GWP-ASan, which is not read here"sv;
  constexpr auto kHost = "Valgrind itself failed, and what follows is its own stack"sv;
  constexpr auto kBare =
      "a report of Valgrind without the ==PID== before its lines, which is not read here"sv;
  constexpr auto kMinimal =
      "a report of UBSan's minimal runtime, which is not read here: it has no place in the source; "
      "build without -fsanitize-minimal-runtime"sv;
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"WARNING: DATA RACE", kGo},
      {"<valgrindoutput>", kXml},
      {"ERROR: libFuzzer: ", kFuzzer},
      {"BUG: KASAN: ", kKernel},
      {"BUG: KCSAN: ", kKernel},
      {"BUG: KMSAN: ", kKernel},
      {"BUG: KFENCE: ", kKernel},
      {"UBSAN: ", kKernel},
      {"GWP-ASan detected a memory error", kGuard},
      {"host stacktrace:", kHost},
      {"Possible data race during ", kBare},
      {": lock order \"0x", kBare},
      {"Conflicting load by thread ", kBare},
      {"Conflicting store by thread ", kBare},
  };
  for (const auto& [words, why] : kWords) {
    if (line.find(words) != std::string_view::npos) return why;
  }
  // "ubsan: add-overflow by 0x000055b3cd57699d"
  const bool minimal = line.find("ubsan: ") != line.npos && line.find(" by 0x") != line.npos;
  return minimal ? kMinimal : "";
}

bool may_begin_report(std::string_view line) {
  std::uint64_t pid = 0;
  std::string_view text = line;
  Scan scan(line);
  const bool tagged = scan.eat("==") && scan.number(pid) && scan.eat("==");
  if (tagged) text = scan.rest();
  constexpr std::array kHeads = {
      "WARNING: ThreadSanitizer: "sv, "ERROR: AddressSanitizer: "sv,
      "ERROR: LeakSanitizer: "sv,     "ERROR: ThreadSanitizer: "sv,
      "FATAL: ThreadSanitizer: "sv,   "ERROR: UndefinedBehaviorSanitizer: "sv,
      "WARNING: MemorySanitizer: "sv,
  };
  for (const std::string_view head : kHeads) {
    if (!text.empty() && (tagged || text.size() >= 5) && head.starts_with(text)) return true;
  }
  constexpr auto kError = ": runtime error: "sv;
  for (std::size_t size = kError.size() - 1; size >= 2; --size) {
    if (line.ends_with(kError.substr(0, size)) && size < line.size() &&
        is_digit(line[line.size() - size - 1])) {
      return true;
    }
  }
  return false;
}

}  // namespace assay
