#include "sanitizers/reports/advice_for_others.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sanitizers/reports/advice.h"
#include "sanitizers/reports/own_code.h"
#include "sanitizers/reports/questions.h"
#include "sanitizers/reports/usual_fixes.h"

namespace assay {
namespace {

using enum ReportKind;

constexpr std::array<std::string_view, 4> kRustRace = {
    "build the standard library with the detector too (-Zbuild-std): without it the locks and "
    "channels of std are not seen, and what they order is reported as well",
    "look at the unsafe code and at each `unsafe impl Send` or `Sync` near the two places: safe "
    "Rust has no data race",
    "put the data behind a Mutex or RwLock, or make it one of std::sync::atomic",
    "hand it over by a channel, or join the thread first",
};
constexpr std::array<std::string_view, 2> kRustMemory = {
    "look at the unsafe code that makes the pointer or the length: from_raw, from_raw_parts, "
    "set_len, get_unchecked, transmute",
    "look at what C code keeps or frees: memory goes back to the allocator that it came from",
};
constexpr std::array<std::string_view, 2> kRustUninitialized = {
    "build the standard library with the detector too (-Zbuild-std): without it what std writes "
    "counts as never written",
    "look at the unsafe code that makes memory: MaybeUninit, set_len, buffers that C code fills",
};
constexpr std::array<std::string_view, 3> kRustLeak = {
    "look for what gives an owner up: Box::leak, mem::forget, into_raw without from_raw",
    "break cycles of Rc or Arc with a Weak",
    "a thread that still runs at the end keeps what it owns: join it",
};
constexpr std::array<std::string_view, 4> kSwiftRace = {
    "give the data one owner: an actor, or a serial DispatchQueue that every access goes through",
    "guard both accesses with the same lock (NSLock, os_unfair_lock)",
    "hand over a copy: a value type, or an object that does not change any more",
    "where the two are ordered by something that the detector does not see, build that with it too",
};
constexpr std::array<std::string_view, 2> kSwiftMemory = {
    "look at the unsafe pointers: one is valid only within withUnsafe..., not after it",
    "let whoever uses the object hold a strong reference; unowned and unsafe ones end too early",
};
constexpr std::array<std::string_view, 2> kSwiftLeak = {
    "break the cycle of references: weak or unowned for one of them, [weak self] in a closure",
    "free what came from C or from Unmanaged where its owner ends",
};

bool is_of_memory(ReportKind kind) {
  constexpr std::array kKinds = {kHeapBufferOverflow,   kStackBufferOverflow,
                                 kGlobalBufferOverflow, kContainerOverflow,
                                 kOtherOverflow,        kUseAfterFree,
                                 kUseAfterReturn,       kUseAfterScope,
                                 kDoubleFree,           kBadFree,
                                 kMismatchedFree,       kSegv,
                                 kUninitializedValue,   kOverlap,
                                 kNegativeSize};
  return std::ranges::find(kKinds, kind) != kKinds.end();
}

std::vector<std::string> list(Fixes fixes) { return {fixes.begin(), fixes.end()}; }

/// `others` are those for C++.
std::vector<std::string> chosen(const Report& report, Fixes race, Fixes memory, Fixes leak,
                                std::vector<std::string> others) {
  if (is_race(report.kind)) {
    std::vector<std::string> fixes = list(race);
    if (auto missing = missing_lock(report)) fixes.insert(fixes.begin(), std::move(*missing));
    return fixes;
  }
  if (is_of_memory(report.kind)) return list(memory);
  if (report.kind == kLeak) return list(leak);
  // What names the library of C++, or a flag of its compilers, is for C++ alone.
  std::erase_if(others, [](const std::string& fix) {
    return fix.find("std::") != fix.npos || fix.find("-D_") != fix.npos;
  });
  if (others.empty()) others.emplace_back("read the places above from the innermost line outwards");
  return others;
}

bool has_ending(std::string_view file, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view end) { return file.ends_with(end); });
}

bool is_named_by_rust(std::string_view function) {
  return function.find("std::rt::lang_start") != function.npos ||
         function.find("__rust_") != function.npos || function.find("$LT$") != function.npos ||
         function.find("{{closure}}") != function.npos ||
         function.find("{closure#") != function.npos;
}

bool is_named_by_swift(std::string_view function) {
  return function.starts_with("$s") || function.starts_with("_T0") ||
         function.find("closure #") != function.npos || function.find("-[") != function.npos ||
         function.find("+[") != function.npos;
}

std::vector<const Stack*> stacks_of(const Report& report) {
  std::vector<const Stack*> stacks = places(report);
  for (const Leak& leak : report.leaks) stacks.push_back(&leak.allocation);
  for (const ReportThread& thread : report.threads) stacks.push_back(&thread.creation);
  return stacks;
}

/// kCPlusPlus: they do not tell.
Language by_names(const Report& report) {
  for (const Stack* stack : stacks_of(report)) {
    for (const Frame& frame : *stack) {
      if (frame.file.ends_with(".rs") || is_named_by_rust(frame.function)) return Language::kRust;
      if (is_named_by_swift(frame.function)) return Language::kSwift;
    }
  }
  return Language::kCPlusPlus;
}

}  // namespace

Language language_of(const Report& report) {
  std::size_t c = 0;
  std::size_t files = 0;
  for (const Frame* frame : own_places(report)) {
    if (frame == nullptr || frame->file.empty() || is_library_frame(*frame)) continue;
    if (has_ending(frame->file, {".rs"})) return Language::kRust;
    if (has_ending(frame->file, {".swift", ".m", ".mm"})) return Language::kSwift;
    ++files;
    if (has_ending(frame->file, {".c"})) ++c;
  }
  if (files == 0) return by_names(report);
  return c == files ? Language::kC : Language::kCPlusPlus;
}

std::vector<std::string> in_rust(const Report& report, std::vector<std::string> fixes) {
  if (report.kind == kUninitializedValue) return list(kRustUninitialized);
  return chosen(report, kRustRace, kRustMemory, kRustLeak, std::move(fixes));
}

std::vector<std::string> in_swift(const Report& report, std::vector<std::string> fixes) {
  return chosen(report, kSwiftRace, kSwiftMemory, kSwiftLeak, std::move(fixes));
}

std::string run_again_in(Language language, Detector detector, const std::string& program) {
  std::string_view name;
  if (detector == Detector::kThreadSanitizer) name = "thread";
  if (detector == Detector::kAddressSanitizer) name = "address";
  if (detector == Detector::kLeakSanitizer && language == Language::kRust) name = "leak";
  if (name.empty()) return "";
  if (language == Language::kRust) {
    return fmt::format(
        "run {} again, built with RUSTFLAGS=-Zsanitizer={} cargo +nightly build -Zbuild-std "
        "--target=TARGET",
        program, name);
  }
  if (language == Language::kSwift) {
    return fmt::format(
        "run {} again, built with swift build --sanitize={} (in Xcode: the scheme's Diagnostics)",
        program, name);
  }
  return "";
}

}  // namespace assay
