// AddressSanitizer's and LeakSanitizer's reports, and the deadly signals of every sanitizer.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sanitizers/reports/frame.h"
#include "sanitizers/reports/parser.h"
#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

// Lines that say nothing which the report keeps.
bool is_decoration(std::string_view text) {
  constexpr std::array kBeginnings = {
      "Shadow byte",
      "  0x",
      "=>0x",
      "  This frame has ",
      "HINT: this may be",
      "      (",
      "  object passed to delete",
      "-----",
      "Suppress",
      "  count",
      "Objects leaked above:",
      "These globals",
      "HINT: if you don't care",
      "If you suspect a false positive",
      "    <empty stack>",
  };
  return std::ranges::any_of(kBeginnings, [&](const char* b) { return text.starts_with(b); });
}

// "  Heap left redzone:       fa", "  Partially addressable: 01 02 03 04 05 06 07 "
bool is_legend(std::string_view text) {
  if (!text.starts_with("  ") || text.size() < 4 || text[2] == ' ') return false;
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return false;
  return text.substr(colon + 1).find_first_not_of(" 0123456789abcdef") == std::string_view::npos;
}

// " rdi = 0x1  rsi = 0x2", "rax = 0x0"
bool is_registers(std::string_view text) {
  Scan scan(text);
  while (scan.eat(" ")) continue;
  std::string_view name;
  std::uint64_t value = 0;
  return scan.word(name) && name.size() <= 3 && scan.eat(" = ") && scan.hex(value);
}

class AsanParser : public ReportParser {
 public:
  AsanParser(Detector detector, std::uint64_t pid, std::string_view words) {
    report_.detector = detector;
    report_.pid = pid;
    report_.text = words;
    report_.kind = kind_of_sanitizer(words);
    // The same words of TSan mean a race.
    if (report_.kind == ReportKind::kUseAfterFreeRace) report_.kind = ReportKind::kUseAfterFree;
    if (report_.kind == ReportKind::kLeak) return;
    Access access;
    if (is_free()) access.kind = AccessKind::kFree;
    const std::size_t on = words.find(" on ");
    if (on != std::string_view::npos) {
      Scan scan(words.substr(on + 4));
      scan.eat("unknown ");
      scan.eat("address ");
      scan.hex(access.address);
    }
    access.thread = thread_in(words);
    // But for ASan they give the kernel's number there, which of the main thread is the process's.
    const bool kernels =
        detector != Detector::kAddressSanitizer && words.find("(pc 0x") != std::string_view::npos;
    if (kernels && access.thread == fmt::format("T{}", pid)) access.thread = "main";
    if (kernels && access.thread.starts_with('T')) access.thread.replace(0, 1, "tid ");
    report_.location.address = access.address;
    report_.accesses.push_back(std::move(access));
    stack_ = &report_.accesses.back().stack;
  }

  LineFate line(std::string_view text, bool whole) override {
    if (take_frame(text)) return LineFate::kTaken;
    if (text.empty()) {
      if (stack_ != nullptr && !stack_->empty()) pause_stack();
      return LineFate::kTaken;
    }
    end_pause();
    if (text.starts_with("SUMMARY: ")) return summary(text, whole);
    if (text.starts_with("==")) {
      if (text.ends_with("==ABORTING") || text.ends_with("== ABORTING")) {
        summarized_ = whole;
        return LineFate::kClosed;
      }
      if (tagged(text)) return LineFate::kTaken;
    }
    if (!room()) return LineFate::kTaken;
    if (access(text) || heap(text) || global(text) || stack_place(text) || variable(text) ||
        allocation(text) || thread(text) || leak(text) || mismatch(text) || title(text)) {
      return LineFate::kTaken;
    }
    // It comes last; with print_summary=0 there is no other end.
    if (text.starts_with("  Right alloca redzone:")) legend_ = whole;
    if (is_decoration(text) || is_legend(text) || is_registers(text) ||
        text.ends_with("Sanitizer can not provide additional info.") ||
        text.ends_with("Sanitizer:DEADLYSIGNAL")) {
      return LineFate::kTaken;
    }
    if (summarized_ || legend_) return LineFate::kEnded;
    return text.starts_with("  ") && whole ? LineFate::kUnread : LineFate::kForeign;
  }

  // The runtime ends the program on a thread joined twice, without more.
  bool complete() const override {
    return summarized_ || legend_ || report_.kind == ReportKind::kThreadMisuse;
  }

 private:
  bool is_free() const {
    return report_.kind == ReportKind::kDoubleFree || report_.kind == ReportKind::kBadFree ||
           report_.kind == ReportKind::kMismatchedFree;
  }

  // "... in thread T1:", "... (thread T0)", "... sp 0x7f T1)"
  static std::string thread_in(std::string_view words) {
    const std::size_t at = words.rfind(" T");
    if (at == std::string_view::npos) return "";
    return sanitizer_thread(name(words.substr(at + 1)));
  }

  static std::string_view name(std::string_view words) {
    return words.substr(0, words.find_first_of(" :.,()"));
  }

  LineFate summary(std::string_view text, bool whole) {
    Scan scan(text);
    scan.skip_past("Sanitizer: ");
    report_.summary = scan.rest();
    summarized_ = whole;
    return report_.kind == ReportKind::kLeak ? LineFate::kClosed : LineFate::kTaken;
  }

  // "==12==Hint: ...", "==12==The signal is caused by a WRITE memory access."
  bool tagged(std::string_view text) {
    Scan scan(text.substr(2));
    std::uint64_t pid = 0;
    if (!scan.number(pid) || !scan.eat("==")) return false;
    scan.eat(" ");
    if (scan.eat("The signal is caused by a ") && !report_.accesses.empty()) {
      Access& access = report_.accesses.front();
      if (scan.eat("WRITE")) access.kind = AccessKind::kWrite;
      if (scan.eat("READ")) access.kind = AccessKind::kRead;
    }
    if (scan.eat("Hint: this fault was caused by a dereference of a high value address")) {
      // The processor does not tell which; what stands for it in the report is not the address.
      report_.location.text =
          "Not known: the processor does not tell an address that no program can have";
    }
    return pid == report_.pid;
  }

  // "WRITE of size 4 at 0x50 thread T0"
  bool access(std::string_view text) {
    Scan scan(text);
    AccessKind kind = AccessKind::kUnknown;
    if (scan.eat("READ")) {
      kind = AccessKind::kRead;
    } else if (scan.eat("WRITE")) {
      kind = AccessKind::kWrite;
    } else if (!scan.eat("ACCESS")) {
      return false;
    }
    std::uint64_t size = 0;
    if (!scan.eat(" of size ") || !scan.number(size)) return false;
    if (report_.accesses.empty()) report_.accesses.push_back({});
    Access& access = report_.accesses.front();
    access.kind = kind;
    access.size = size;
    if (scan.eat(" at ")) scan.hex(access.address);
    // HWASan puts the tags before it.
    if (scan.skip_past("thread ")) access.thread = sanitizer_thread(scan.rest());
    stack_ = &access.stack;
    return true;
  }

  // "0x50 is located 3 bytes inside of 20-byte region [0x50,0x64)"
  bool heap(std::string_view text) {
    Scan scan(text);
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    if (!scan.hex(address) || !scan.eat(" is located ")) return false;
    const std::size_t region = text.find("-byte region [");
    if (region == std::string_view::npos) return false;
    std::size_t digits = region;
    while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9') --digits;
    Scan(text.substr(digits)).number(size);
    Location& where = report_.location;
    where.kind = LocationKind::kHeap;
    where.size = size;
    where.text = text;
    Scan(text.substr(region + 14)).hex(where.address);
    stack_ = nullptr;
    return true;
  }

  // "0x50 is located 0 bytes after global variable 'table' defined in 'a.cc:8:5' (0x40) of size 40"
  bool global(std::string_view text) {
    Scan scan(text);
    std::uint64_t address = 0;
    if (!scan.hex(address) || !scan.skip_past(" global variable '")) return false;
    std::string_view name;
    if (!scan.until("'", name)) return false;
    Location& where = report_.location;
    // What it is inside of, else the nearest, which comes first; a neighbour that the compiler made
    // says nothing.
    const bool inside = text.find(" bytes inside of ") != std::string_view::npos;
    const bool known = where.kind != LocationKind::kUnknown && !inside;
    if (known || name.find(".L") != std::string_view::npos) return true;
    where.kind = LocationKind::kGlobal;
    where.name = name;
    where.text = text;
    std::string_view place;
    if ((scan.eat(" defined in '") || scan.eat(" from '")) && scan.until("'", place)) {
      Frame frame;
      read_place(place, frame);
      where.file = frame.file;
      where.line = frame.line;
    }
    if (scan.eat(" (")) scan.hex(where.address);
    if (scan.skip_past(" of size ")) scan.number(where.size);
    stack_ = nullptr;
    return true;
  }

  // "Address 0x7f is located in stack of thread T0 at offset 72 in frame"
  bool stack_place(std::string_view text) {
    Scan scan(text);
    if (!scan.eat("Address ") && !scan.eat("0x")) return false;
    if (scan.skip_past(" is located in stack of ")) {
      Location& where = report_.location;
      where.kind = LocationKind::kStack;
      where.text = text;
      where.thread = sanitizer_thread(scan.rest());
      stack_ = &where.stack;
      if (!where.stack.empty()) begin_stack(text);  // A second one, of an overlap.
      return true;
    }
    if (text.find(" is a wild pointer") == std::string_view::npos &&
        text.find(" is located ") == std::string_view::npos) {
      return false;
    }
    report_.location.text = text;
    stack_ = nullptr;
    return true;
  }

  // "    [32, 72) 'a' (line 8) <== Memory access at offset 72 overflows this variable"
  bool variable(std::string_view text) {
    Scan scan(text);
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    if (!scan.eat("    [") || !scan.number(from) || !scan.eat(", ") || !scan.number(to)) {
      return odr(text);
    }
    std::string_view name;
    if (!scan.skip_past("'") || !scan.until("'", name)) return true;
    if (scan.rest().find("<==") == std::string_view::npos) return true;
    Location& where = report_.location;
    if (name != "<unknown>") where.name = name;
    where.size = to - from;
    if (scan.eat(" (line ")) scan.number(where.line);
    return true;
  }

  // "  [1] size=4 'x' a.cc:1:5": the definitions of an ODR violation.
  bool odr(std::string_view text) {
    Scan scan(text);
    int number = 0;
    if (!scan.eat("  [") || !scan.number(number) || !scan.eat("] size=")) return false;
    std::string_view name;
    Frame frame;
    if (scan.skip_past(" '") && scan.until("' ", name)) {
      // "a.cc:1:5 in libx.so"
      const std::string_view place = scan.rest();
      const std::size_t in = place.rfind(" in ");
      read_place(place.substr(0, in), frame);
      if (in != std::string_view::npos) frame.module = place.substr(in + 4);
    }
    report_.location.name = name;
    report_.location.kind = LocationKind::kGlobal;
    if (report_.accesses.size() < static_cast<std::size_t>(number)) report_.accesses.push_back({});
    report_.accesses.back().stack.push_back(frame);
    stack_ = nullptr;
    return true;
  }

  // "freed by thread T1 here:", "previously allocated by thread T0 here:"
  bool allocation(std::string_view text) {
    Scan scan(text);
    Location& where = report_.location;
    if (scan.eat("freed by ")) {
      where.freed_by = sanitizer_thread(scan.rest());
      stack_ = &where.freed;
      return true;
    }
    scan.eat("previously ");
    if (!scan.eat("allocated by ")) return false;
    where.thread = sanitizer_thread(scan.rest());
    stack_ = &where.stack;
    return true;
  }

  // "Thread T2 (worker) created by T0 here:"
  bool thread(std::string_view text) {
    Scan scan(text);
    std::string_view word;
    if (!scan.eat("Thread ") || !scan.word(word)) return false;
    ReportThread thread;
    thread.name = sanitizer_thread(word);
    if (scan.eat(" (") && scan.until(") created by ", word)) {
      thread.label = word;
    } else if (!scan.eat(" created by ")) {
      return false;
    }
    thread.created_by = sanitizer_thread(scan.rest());
    report_.threads.push_back(std::move(thread));
    stack_ = &report_.threads.back().creation;
    return true;
  }

  // "Direct leak of 8 byte(s) in 1 object(s) allocated from:"
  bool leak(std::string_view text) {
    Scan scan(text);
    Leak leak;
    leak.indirect = scan.eat("Indirect leak of ");
    if (!leak.indirect && !scan.eat("Direct leak of ")) return false;
    if (!scan.number(leak.bytes) || !scan.eat(" byte(s) in ") || !scan.number(leak.objects)) {
      return false;
    }
    report_.leaks.push_back(std::move(leak));
    stack_ = &report_.leaks.back().allocation;
    return true;
  }

  // "  size of the allocated type:   32 bytes;", "  size of the deallocated type: 8 bytes.", and
  // the same of alignments.
  bool mismatch(std::string_view text) {
    Scan scan(text);
    scan.skip_spaces();
    if (scan.eat("alignment of the ")) return true;
    if (!scan.eat("size of the ") || report_.accesses.empty()) return false;
    const bool freed = scan.eat("deallocated type:");
    if (!freed && !scan.eat("allocated type:")) return false;
    scan.skip_spaces();
    scan.number(freed ? report_.accesses.front().size : report_.location.size);
    return true;
  }

  bool title(std::string_view text) {
    Scan scan(text);
    scan.eat("  ");
    if (scan.rest() == "[1]:" || scan.rest() == "[2]:") {
      begin_stack(fmt::format("Definition {} was registered", scan.rest()[1]));
      return true;
    }
    constexpr std::array kTitles = {"registered at:", "Uninitialized value was ",
                                    "Memory was marked as uninitialized", "Uninitialized bytes"};
    for (const char* known : kTitles) {
      if (!scan.rest().starts_with(known)) continue;
      begin_stack(scan.rest());
      return true;
    }
    return false;
  }

  bool summarized_ = false;
  bool legend_ = false;
};

}  // namespace

std::unique_ptr<ReportParser> asan_parser(Detector detector, std::uint64_t pid,
                                          std::string_view words) {
  return std::make_unique<AsanParser>(detector, pid, words);
}

}  // namespace assay
