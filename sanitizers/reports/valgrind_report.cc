#include "sanitizers/reports/valgrind_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sanitizers/reports/frame.h"
#include "sanitizers/reports/scan.h"

namespace assay {
namespace {

// "thread #2" and "thread 2", anywhere in the text.
std::string thread_in(std::string_view text) {
  Scan scan(text);
  while (scan.skip_past("hread ")) {
    Scan number(scan.rest());
    number.eat("#");
    std::uint32_t value = 0;
    if (number.number(value)) return valgrind_thread(value);
  }
  return "";
}

std::string_view without_indent(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

std::string lock_name(std::uint64_t address) { return fmt::format("{:#x}", address); }

}  // namespace

std::string valgrind_thread(std::uint32_t number) {
  return number == 1 ? "main" : fmt::format("#{}", number);
}

ValgrindReport::ValgrindReport(Detector tool, std::uint64_t pid) {
  report_.detector = tool;
  report_.pid = pid;
}

void ValgrindReport::set_head(std::string_view head, const std::string& current_thread) {
  report_.text = head;
  report_.kind = kind_of_valgrind(head);
  // DRD names the last owner of a mutex that nobody holds.
  const bool unheld = head.find("recursion count 0") != std::string_view::npos;
  if (report_.kind == ReportKind::kUnlockByOther && unheld) {
    report_.kind = ReportKind::kUnlockOfUnlocked;
  }
  if (helgrind_access(head) || drd_access(head)) return;
  if (report_.kind == ReportKind::kLockOrderInversion) return;
  Access access;
  access.thread = thread_in(head);
  if (access.thread.empty()) access.thread = current_thread;
  memcheck_access(head, access);
  report_.accesses.push_back(std::move(access));
  stack_ = &report_.accesses.back().stack;
}

// "Invalid write of size 4", "Invalid free() / delete / delete[] / realloc()".
void ValgrindReport::memcheck_access(std::string_view head, Access& access) {
  Scan scan(head);
  if (!scan.eat("Invalid ")) return;
  if (scan.eat("read")) access.kind = AccessKind::kRead;
  if (scan.eat("write")) access.kind = AccessKind::kWrite;
  if (scan.eat("free")) access.kind = AccessKind::kFree;
  if (scan.eat(" of size ")) scan.number(access.size);
}

// Memcheck calls an access invalid, and tells at the address what it was.
void ValgrindReport::finish() {
  if (report_.accesses.empty()) return;
  const bool freed = !report_.location.freed.empty();
  if (report_.kind == ReportKind::kBadFree && freed) report_.kind = ReportKind::kDoubleFree;
  if (report_.kind != ReportKind::kOtherOverflow) return;
  Location& where = report_.location;
  if (where.text.find(" is not stack'd") != std::string::npos) {
    report_.kind = ReportKind::kSegv;
    report_.accesses.front().address = where.address;
    where.kind = LocationKind::kUnknown;
    where.text.clear();
  } else if (where.kind == LocationKind::kHeap) {
    report_.kind = freed ? ReportKind::kUseAfterFree : ReportKind::kHeapBufferOverflow;
  }
}

void ValgrindReport::frame(Frame frame) {
  has_frames_ = true;
  add_frame(std::move(frame));
}

LineFate ValgrindReport::line(std::string_view text, bool whole) {
  if (!room()) return LineFate::kTaken;
  if (approximate_access(text) || helgrind_access(text) || held(text) || order(text) ||
      mutex(text) || address(text) || place_of_address(text) || segment(text) ||
      known_remark(text)) {
    return LineFate::kTaken;
  }
  if (text.starts_with("   with error code")) {
    report_.text.append(text.substr(2));
    return LineFate::kTaken;
  }
  if (!whole) return LineFate::kTaken;
  if (text.starts_with(' ')) begin_stack(without_indent(text));
  return LineFate::kUnread;
}

// "Possible data race during read of size 4 at 0x1FFF by thread #1",
// "This conflicts with a previous write of size 4 by thread #2"
bool ValgrindReport::helgrind_access(std::string_view text) {
  Scan scan(text);
  Access access;
  access.previous = scan.eat("This conflicts with a previous ");
  if (!access.previous && !scan.eat("Possible data race during ")) return false;
  access.atomic = scan.eat("atomic ");
  if (scan.eat("read")) access.kind = AccessKind::kRead;
  if (scan.eat("write")) access.kind = AccessKind::kWrite;
  if (scan.eat(" of size ")) scan.number(access.size);
  if (scan.eat(" at ")) scan.hex(access.address);
  if (access.previous && !report_.accesses.empty()) {
    access.address = report_.accesses.front().address;
  }
  access.thread = thread_in(scan.rest());
  report_.accesses.push_back(std::move(access));
  stack_ = &report_.accesses.back().stack;
  return true;
}

// With --history-level=approx the other access is known by the stretch that contains it: "This
// conflicts with a previous access by thread #2, after", a stack, " but before", a stack.
bool ValgrindReport::approximate_access(std::string_view text) {
  Scan scan(text);
  if (text == " but before" && !report_.accesses.empty()) {
    stack_ = &report_.accesses.back().until;
    return true;
  }
  if (!scan.eat(" This conflicts with a previous access by ")) return false;
  Access access;
  access.previous = true;
  if (!report_.accesses.empty()) access.address = report_.accesses.front().address;
  access.thread = thread_in(text);
  report_.accesses.push_back(std::move(access));
  stack_ = &report_.accesses.back().stack;
  return true;
}

// "Conflicting store by thread 3 at 0x04d99c54 size 4"
bool ValgrindReport::drd_access(std::string_view text) {
  Scan scan(text);
  if (!scan.eat("Conflicting ")) return false;
  Access access;
  if (scan.eat("load")) access.kind = AccessKind::kRead;
  if (scan.eat("store")) access.kind = AccessKind::kWrite;
  access.thread = thread_in(scan.rest());
  if (scan.skip_past(" at ")) scan.hex(access.address);
  if (scan.eat(" size ")) scan.number(access.size);
  report_.accesses.push_back(std::move(access));
  stack_ = &report_.accesses.back().stack;
  return true;
}

// "Locks held: none", "Locks held: 2, at addresses 0x1 0x2"
bool ValgrindReport::held(std::string_view text) {
  Scan scan(text);
  if (!scan.eat("Locks held: ")) return false;
  if (report_.accesses.empty()) return true;
  Access& access = report_.accesses.back();
  while (scan.skip_past(" 0x")) {
    std::uint64_t address = 0;
    const std::size_t at = text.size() - scan.rest().size() - 2;
    scan = Scan(text.substr(at));
    if (!scan.hex(address)) break;
    access.mutexes.push_back({mutex_at(address).name, true});
  }
  return true;
}

// "Observed (incorrect) order is: acquisition of lock at 0x10DA80" and
// "Required order was established by acquisition of lock at 0x10DA58", each followed by
// " followed by a later acquisition of lock at 0x10DA58".
bool ValgrindReport::order(std::string_view text) {
  if (report_.kind != ReportKind::kLockOrderInversion) return false;
  Scan scan(text);
  std::uint64_t address = 0;
  const bool observed = scan.eat("Observed (incorrect) order is: acquisition of lock at ");
  if (observed || scan.eat("Required order was established by acquisition of lock at ")) {
    if (!scan.hex(address)) return false;
    LockEdge edge;
    edge.held = mutex_at(address).name;
    if (observed) edge.thread = thread_in(report_.text);
    report_.cycle.push_back(std::move(edge));
    stack_ = &report_.cycle.back().held_at;
    return true;
  }
  if (!scan.eat(" followed by a later acquisition of lock at ") || !scan.hex(address)) return false;
  if (report_.cycle.empty()) return false;
  report_.cycle.back().acquired = mutex_at(address).name;
  stack_ = &report_.cycle.back().acquired_at;
  return true;
}

// " Lock at 0x10DA58 was first observed", "mutex 0x4d was first observed at:"
bool ValgrindReport::mutex(std::string_view text) {
  if (text.find(" was first observed") == std::string_view::npos) return false;
  Scan scan(text);
  std::uint64_t address = 0;
  if (!scan.eat(" Lock at ")) {
    std::string_view kind;
    if (!scan.word(kind) || !scan.eat(" ")) return false;
  }
  if (!scan.hex(address)) return false;
  described_mutex_ = address;
  stack_ = &mutex_at(address).creation;
  return true;
}

ReportMutex& ValgrindReport::mutex_at(std::uint64_t address) {
  const auto known = std::ranges::find(report_.mutexes, address, &ReportMutex::address);
  if (known != report_.mutexes.end()) return *known;
  ReportMutex mutex;
  mutex.name = lock_name(address);
  mutex.address = address;
  report_.mutexes.push_back(std::move(mutex));
  return report_.mutexes.back();
}

// " Address 0x10 is 0 bytes inside data symbol "counter"" and the like.
bool ValgrindReport::address(std::string_view text) {
  Scan scan(text);
  scan.eat(" ");
  std::uint64_t address = 0;
  if ((!scan.eat("Address ") && !scan.eat("Location ")) || !scan.hex(address)) return false;
  Location ignored;
  const bool of_mutex = described_mutex_ != 0 && address == described_mutex_;
  Location& where = of_mutex ? ignored : report_.location;
  where.text = without_indent(text);
  where.address = address;
  std::string_view name;
  const bool global =
      scan.skip_past(" inside data symbol \"") || scan.skip_past(" inside global var \"");
  if (global && scan.until("\"", name)) {
    where.kind = LocationKind::kGlobal;
    where.name = name;
  } else if (scan.skip_past(" inside local var \"") && scan.until("\"", name)) {
    where.kind = LocationKind::kStack;
    where.name = name;
  } else if (scan.skip_past(" a block of size ")) {  // Inside of it, before or after it.
    where.kind = LocationKind::kHeap;
    scan.number(where.size);
    const bool freed = scan.rest().find("free'd") != std::string_view::npos;
    if (!of_mutex) stack_ = freed ? &where.freed : &where.stack;
  } else if (scan.skip_past("is at offset ")) {
    where.kind = LocationKind::kHeap;
    if (scan.skip_past(" from ")) scan.hex(where.address);
    stack_ = &where.stack;
  } else if (text.ends_with("'s stack")) {
    where.kind = LocationKind::kStack;
    where.thread = thread_in(text);
  } else if (scan.skip_past("BSS segment") || scan.skip_past("Data segment")) {
    where.kind = LocationKind::kGlobal;
  } else {
    where.kind = LocationKind::kMapping;
  }
  if (of_mutex) mutex_at(address).variable = ignored.name;
  return true;
}

// More about the address: " in frame #1, created by main (a.cc:11)", " declared at a.cc:3",
// " Block was alloc'd by thread #1", "Allocation context: BSS section of /a/b".
bool ValgrindReport::place_of_address(std::string_view text) {
  Scan scan(text);
  Location& where = report_.location;
  scan.eat(" ");
  if (scan.eat("Block was alloc'd")) {
    if (scan.eat(" by ")) {
      where.thread = thread_in(text);
    } else {
      stack_ = &where.stack;
    }
    return true;
  }
  if (scan.eat("Allocation context:")) {
    where.text = text;
    if (text.find(" section of ") != std::string_view::npos) where.kind = LocationKind::kGlobal;
    stack_ = &where.stack;
    return true;
  }
  if (scan.skip_past("in frame #")) {
    if (!scan.skip_past("created by ")) return true;
    Frame frame;
    const std::string line = fmt::format("   at 0x0: {}", scan.rest());
    if (described_mutex_ == 0 && read_valgrind_frame(line, frame)) where.stack.push_back(frame);
    return true;
  }
  if (!scan.eat("declared at ")) return false;
  Frame frame;
  std::string_view place;
  if (!scan.word(place, ",")) return true;
  read_place(place, frame);
  where.file = frame.file;
  where.line = frame.line;
  return true;
}

// DRD: the other access lies between "Other segment start (thread 2)" and "Other segment end".
bool ValgrindReport::segment(std::string_view text) {
  Scan scan(text);
  if (!scan.eat("Other segment ")) return false;
  if (scan.eat("start") || report_.accesses.empty()) {
    Access other;
    other.previous = true;
    other.thread = thread_in(text);
    if (!report_.accesses.empty()) other.address = report_.accesses.front().address;
    report_.accesses.push_back(std::move(other));
    stack_ = &report_.accesses.back().stack;
  } else {
    stack_ = &report_.accesses.back().until;
  }
  return true;
}

bool ValgrindReport::known_remark(std::string_view text) {
  if (text == " Lock was previously acquired") return begin_stack(text.substr(1)), true;
  constexpr std::array kRemarks = {
      "   (thread finished, call stack no longer available)",
      "   (the start of the thread)",
      "   (the end of the thread)",
      " Access not within mapped region",
      " If you believe this happened",
      " overflow in your program",
      " possible), you can try",
      " main thread stack using",
      " The main thread stack size",
      " Bad permissions for mapped region",
      " General Protection Fault",
      " Integer divide by zero",
  };
  return std::ranges::any_of(kRemarks, [&](const char* b) { return text.starts_with(b); });
}

}  // namespace assay
