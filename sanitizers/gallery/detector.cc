#include "sanitizers/gallery/detector.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace assay {
namespace {

// The full name: g++ 12's runtimes know the tool by its file name.
const std::string kLlvmSymbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer";
const std::string kSymbolizer = "external_symbolizer_path=" + kLlvmSymbolizer;
const std::string kValgrind = "/usr/bin/valgrind";

// One report does not end a program: the next may be another place of the defect, or a false alarm.
const std::vector<std::string> kTsan = {"TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1:" +
                                        kSymbolizer};

const std::vector<std::string> kAsan = {
    "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:" +
        kSymbolizer,
    "UBSAN_OPTIONS=print_stacktrace=1:" + kSymbolizer,
};

// Without fair scheduling a thread that spins may keep Valgrind's one processor for very long.
std::vector<std::string> valgrind(const std::string& tool) {
  return {
      kValgrind,
      "--tool=" + tool,
      "--fair-sched=try",
      // Nothing is inlined at -O0, and to look for it in glibc is a fifth of a run's time.
      "--read-inline-info=no",
      // Whole paths, so that a report says which program it is about.
      "--fullpath-after=",
  };
}

std::vector<std::string> helgrind() {
  std::vector<std::string> command = valgrind("helgrind");
  command.emplace_back("--free-is-write=yes");
  return command;
}

std::vector<std::string> drd() {
  std::vector<std::string> command = valgrind("drd");
  // Variables on stacks are shared as well.
  command.emplace_back("--check-stack-var=yes");
  // Where code goes on behind a jump, the place of an access may be off by the instruction before.
  command.emplace_back("--vex-guest-chase=no");
  return command;
}

const std::vector<GalleryDetector>& table() {
  static const std::vector<GalleryDetector> kTable = {
      {.name = "clang_tsan",
       .title = "TSan (clang)",
       .variant = "tsan",
       .command = {},
       .environment = kTsan,
       .needs = {kLlvmSymbolizer},
       .suppressions = "TSAN_OPTIONS"},
      {.name = "gcc_tsan",
       .title = "TSan (gcc)",
       .variant = "gcc_tsan",
       .command = {},
       .environment = kTsan,
       .needs = {kLlvmSymbolizer},
       .suppressions = "TSAN_OPTIONS"},
      {.name = "asan",
       .title = "ASan+LSan+UBSan (clang)",
       .variant = "asan",
       .command = {},
       .environment = kAsan,
       .needs = {kLlvmSymbolizer},
       .suppressions = ""},
      {.name = "helgrind",
       .title = "Helgrind",
       .variant = "plain",
       .command = helgrind(),
       .environment = {},
       .needs = {kValgrind},
       .suppressions = "--suppressions"},
      {.name = "drd",
       .title = "DRD",
       .variant = "plain",
       .command = drd(),
       .environment = {},
       .needs = {kValgrind},
       .suppressions = "--suppressions",
       .names_one_place = true,
       .names_globals = false},
  };
  return kTable;
}

}  // namespace

std::span<const GalleryDetector> gallery_detectors() { return table(); }

std::string what_it_lacks(const GalleryDetector& detector) {
  for (const std::string& program : detector.needs) {
    if (access(program.c_str(), X_OK) == 0) continue;
    return fmt::format("{} needs {}: {}", detector.name, program,
                       std::generic_category().message(errno));
  }
  return "";
}

const GalleryDetector* find_gallery_detector(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &GalleryDetector::name);
  return found == table().end() ? nullptr : &*found;
}

}  // namespace assay
