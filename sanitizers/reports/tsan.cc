// ThreadSanitizer's reports, of clang and of gcc.
#include <algorithm>
#include <array>
#include <utility>

#include "sanitizers/reports/parser.h"
#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

constexpr std::string_view kSeparator = "==================";
constexpr std::string_view kSummary = "SUMMARY: ThreadSanitizer: ";

std::string_view without_indent(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// "Modifying access of Swift variable at ", "Previous read-only access of NSMutableArray at ": of
// Swift, and of libraries that tell what their functions do to an object.
bool read_access_of_object(Scan& scan, Access& access) {
  if (scan.eat("Modifying access ") || scan.eat("modifying access ")) {
    access.kind = AccessKind::kWrite;
  } else if (scan.eat("Read-only access ") || scan.eat("read-only access ")) {
    access.kind = AccessKind::kRead;
  } else {
    return false;
  }
  if (!scan.eat("at ") && !(scan.eat("of ") && scan.skip_past(" at "))) return false;
  return scan.hex(access.address) && scan.eat(" by ");
}

// "Previous atomic write of size 4 at ": what comes before the thread.
bool read_access_head(Scan& scan, Access& access) {
  access.previous = scan.eat("Previous ");
  if (read_access_of_object(scan, access)) return true;
  access.atomic = scan.eat("atomic ") || scan.eat("Atomic ");
  if (scan.eat("write") || scan.eat("Write")) {
    access.kind = AccessKind::kWrite;
  } else if (scan.eat("read") || scan.eat("Read")) {
    access.kind = AccessKind::kRead;
  } else {
    return false;
  }
  return scan.eat(" of size ") && scan.number(access.size) && scan.eat(" at ") &&
         scan.hex(access.address) && scan.eat(" by ");
}

// "write M0, read M1)"
void read_held(Scan& scan, Access& access) {
  std::string_view name;
  for (;;) {
    const bool write = scan.eat("write ");
    if (!write && !scan.eat("read ")) return;
    if (!scan.word(name, ",):")) return;
    access.mutexes.push_back({std::string(name), write});
    scan.eat(", ");
  }
}

class TsanParser : public ReportParser {
 public:
  explicit TsanParser(std::string_view words) {
    report_.detector = Detector::kThreadSanitizer;
    const std::size_t pid = words.rfind(" (pid=");
    if (pid != std::string_view::npos) {
      Scan(words.substr(pid + 6)).number(report_.pid);
      words = words.substr(0, pid);
    }
    report_.text = words;
    report_.kind = kind_of_sanitizer(words);
  }

  LineFate line(std::string_view text, bool whole) override {
    closed_ = text == kSeparator;
    if (closed_) return LineFate::kClosed;
    if (take_frame(text)) return LineFate::kTaken;
    if (text.empty()) return pause_stack(), LineFate::kTaken;
    end_pause();
    if (text.starts_with(kSummary)) {
      report_.summary = text.substr(kSummary.size());
      return LineFate::kTaken;
    }
    if (text == "    [failed to restore the stack]" || text == "    <empty stack>") {
      return LineFate::kTaken;
    }
    if (text.starts_with("    Hint: use TSAN_OPTIONS=")) return LineFate::kTaken;
    if (!room()) return LineFate::kTaken;
    // Pages and mails lose the two spaces.
    if (known_section(without_indent(text))) return LineFate::kTaken;
    if (!text.starts_with("  ") || text.starts_with("   ")) return LineFate::kForeign;
    return section(text.substr(2), whole);
  }

  bool expects(std::string_view text) const override {
    constexpr std::array<std::string_view, 9> kSections = {
        "  Write of size ", "  Read of size ", "  Atomic ",       "  Previous ", "  Location is ",
        "  Thread T",       "  Mutex M",       "  As if synchro", kSummary};
    return ReportParser::expects(text) ||
           std::ranges::any_of(kSections, [&](auto begin) { return text.starts_with(begin); });
  }

  // The rule is also what stands before a report. With print_summary=0 there is no summary.
  bool may_go_on() const override { return closed_ && report_.summary.empty(); }

  bool complete() const override { return closed_; }

  // The words are the same where one thread uses what it freed itself: that is no race.
  void finish() override {
    const bool freed_before = report_.kind == ReportKind::kUseAfterFreeRace ||
                              report_.text.starts_with("heap-use-after-free");
    if (!freed_before || report_.accesses.size() != 2) return;
    Access& freed = report_.accesses[1];
    if (freed.thread.empty() || freed.thread != report_.accesses[0].thread) return;
    report_.kind = ReportKind::kUseAfterFree;
    report_.location.kind = LocationKind::kHeap;
    report_.location.freed_by = std::move(freed.thread);
    report_.location.freed = std::move(freed.stack);
    report_.accesses.pop_back();
  }

 private:
  bool known_section(std::string_view text) {
    return access(text) || location(text) || mutex(text) || thread(text) || cycle(text);
  }

  LineFate section(std::string_view text, bool whole) {
    if (text.starts_with("Hint: use TSAN_OPTIONS=") || text.starts_with("And ")) {
      return LineFate::kTaken;
    }
    if (text.ends_with(':')) {
      text.remove_suffix(1);
      begin_stack(text);
      if (text == "As if synchronized via sleep" || text == "and" ||
          text.ends_with(" handler invoked at")) {
        return LineFate::kTaken;
      }
    }
    return whole ? LineFate::kUnread : LineFate::kTaken;
  }

  bool access(std::string_view text) {
    Scan scan(text);
    Access access;
    if (!read_access_head(scan, access)) return false;
    access.thread = sanitizer_thread(scan.rest());
    if (scan.skip_past("(mutexes: ")) read_held(scan, access);
    report_.accesses.push_back(std::move(access));
    stack_ = &report_.accesses.back().stack;
    return true;
  }

  bool location(std::string_view text) {
    Scan scan(text);
    if (!scan.eat("Location is ")) return false;
    Location& where = report_.location;
    where.text = scan.rest();
    where.stack.clear();
    stack_ = &where.stack;
    if (scan.eat("global '")) {
      global(scan);
    } else if (scan.eat("stack of ")) {
      where.kind = LocationKind::kStack;
      where.thread = sanitizer_thread(scan.rest());
    } else if (scan.eat("TLS of ")) {
      where.kind = LocationKind::kThreadLocal;
      where.thread = sanitizer_thread(scan.rest());
    } else if (scan.eat("file descriptor ")) {
      where.kind = LocationKind::kFileDescriptor;
      scan.number(where.descriptor);
      if (scan.skip_past(" by ")) where.thread = sanitizer_thread(scan.rest());
    } else if (scan.skip_past(" of size ")) {
      // "heap block of size 40 at 0x7b allocated by ...", "NSMutableArray of size 40 at ..."
      heap_block(scan);
    }
    return true;
  }

  void heap_block(Scan& scan) {
    Location& where = report_.location;
    where.kind = LocationKind::kHeap;
    scan.number(where.size);
    if (scan.eat(" at ")) scan.hex(where.address);
    if (scan.eat(" allocated by ")) where.thread = sanitizer_thread(scan.rest());
  }

  void global(Scan& scan) {
    Location& where = report_.location;
    where.kind = LocationKind::kGlobal;
    std::string_view name;
    if (!scan.until("'", name)) return;
    const bool named = name != "??" && name != "<null>";
    if (named) where.name = name;
    if (scan.eat(" of size ")) scan.number(where.size);
    if (scan.eat(" at ")) scan.hex(where.address);
    // TSan calls the main thread's stack a global of the module [stack].
    if (!named && scan.rest().find("([stack]+") != std::string_view::npos) {
      where.kind = LocationKind::kStack;
      where.thread = "main";
    }
    // And memory of mmap(2) a global of the file that is mapped, "(zero (deleted)+0x28)".
    if (!named && scan.rest().find(" (deleted)+") != std::string_view::npos) {
      where.kind = LocationKind::kMapping;
    }
  }

  ReportMutex& mutex_named(std::string_view name) {
    for (ReportMutex& known : report_.mutexes) {
      if (known.name == name) return known;
    }
    report_.mutexes.push_back({});
    report_.mutexes.back().name = name;
    return report_.mutexes.back();
  }

  bool mutex(std::string_view text) {
    Scan scan(text);
    std::string_view name;
    if (!scan.eat("Mutex ") || !scan.word(name)) return false;
    if (edge(name, scan)) return true;
    std::uint64_t address = 0;
    if (scan.eat(" (") && scan.hex(address)) scan.eat(")");
    const bool destroyed = scan.rest().find("already destroyed") != std::string_view::npos;
    if (!destroyed && !scan.eat(" created at:")) return false;
    ReportMutex& mutex = mutex_named(name);
    mutex.destroyed = destroyed;
    if (address != 0) mutex.address = address;
    stack_ = &mutex.creation;
    return true;
  }

  // "Mutex M1 acquired here while holding mutex M0 in thread T1:", then
  // "Mutex M0 previously acquired by the same thread here:"
  bool edge(std::string_view name, Scan scan) {
    if (scan.eat(" acquired here while holding mutex ")) {
      LockEdge edge;
      edge.acquired = name;
      std::string_view held;
      if (!scan.word(held)) return false;
      edge.held = held;
      if (scan.eat(" in ")) edge.thread = sanitizer_thread(scan.rest());
      report_.cycle.push_back(std::move(edge));
      stack_ = &report_.cycle.back().acquired_at;
      return true;
    }
    if (!scan.eat(" previously acquired by the same thread here:")) return false;
    if (report_.cycle.empty()) return false;
    stack_ = &report_.cycle.back().held_at;
    return true;
  }

  bool thread(std::string_view text) {
    Scan scan(text);
    if (!scan.eat("Thread ")) return false;
    ReportThread thread;
    std::string_view word;
    if (!scan.word(word)) return false;
    thread.name = sanitizer_thread(word);
    // The name that the program gave it may have any character.
    if (scan.eat(" '") && scan.until("' (tid=", word)) {
      thread.label = word;
    } else if (!scan.eat(" (tid=")) {
      return false;
    }
    if (!scan.number(thread.tid)) return false;
    if (scan.eat(", ") && scan.until(")", word)) thread.state = word;
    scan.eat(")");
    if (scan.eat(" created by ")) thread.created_by = sanitizer_thread(scan.rest());
    // macOS makes it, not the program.
    if (scan.eat(" is a GCD worker thread")) thread.state = "a worker of GCD, " + thread.state;
    report_.threads.push_back(std::move(thread));
    stack_ = &report_.threads.back().creation;
    return true;
  }

  // "Cycle in lock order graph: M0 (0x7b) => M1 (0x7c) => M0": names and addresses of the mutexes.
  bool cycle(std::string_view text) {
    Scan scan(text);
    if (!scan.eat("Cycle in lock order graph: ")) return false;
    std::string_view name;
    while (scan.word(name)) {
      std::uint64_t address = 0;
      if (scan.eat(" (") && scan.hex(address)) scan.eat(")");
      if (address != 0 && room()) mutex_named(name).address = address;
      if (!scan.eat(" => ")) break;
    }
    return true;
  }

  bool closed_ = false;
};

}  // namespace

std::unique_ptr<ReportParser> tsan_parser(std::string_view words) {
  return std::make_unique<TsanParser>(words);
}

}  // namespace assay
