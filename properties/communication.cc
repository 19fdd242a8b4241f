#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "properties/communication_cases.h"
#include "properties/probe.h"
#include "properties/program_maker.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

/// A message crosses the kernel if it takes more calls than this; what the count itself takes is
/// far below.
constexpr double kCrosses = 0.5;

/// What a kernel task read and wrote so far, /proc/thread-self/io (proc(5)).
struct Io {
  std::int64_t bytes = 0;  ///< rchar and wchar.
  std::int64_t calls = 0;  ///< syscr and syscw: the families of read(2) and write(2).
  bool known = false;
};

Io io_so_far() {
  std::array<char, 512> text{};
  const int fd = open("/proc/thread-self/io", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t got = ::read(fd, text.data(), text.size() - 1);
  close(fd);
  if (got <= 0) return {};
  const auto number = [&](const char* name) {
    const char* found = std::strstr(text.data(), name);
    return found != nullptr ? std::atoll(found + std::strlen(name)) : 0;
  };
  return {number("rchar: ") + number("wchar: "), number("syscr: ") + number("syscw: "), true};
}

/// What the count itself costs is taken off.
Io since(const Io& start) {
  const Io end = io_so_far();
  const Io again = io_so_far();
  return {end.bytes - start.bytes - (again.bytes - end.bytes),
          end.calls - start.calls - (again.calls - end.calls), start.known && end.known};
}

/// What one size of message costs, from messages that go back and forth between two units.
struct Cost {
  double calls = 0;             ///< System calls a message, of the sender and of the receiver.
  double copies_in_kernel = 0;  ///< Bytes read and written a byte of payload.
  double ns = 0;                ///< A message, with the wake-up of its receiver.
};

/// The order in which a unit reports.
enum Report : std::size_t { kTask, kKnown, kCalls, kBytes, kNs, kReports };

Task exchange(Unit& unit, std::uint32_t bytes, std::uint32_t trips) {
  const Message sent(bytes, std::byte{42});
  Message received;
  const Io start = io_so_far();
  const auto from = std::chrono::steady_clock::now();
  for (std::uint32_t i = 0; i < trips; ++i) {
    if (unit.index() == 0) unit.send(0, sent);
    co_await unit.receive(1 - unit.index(), received);
    if (unit.index() == 1) unit.send(1, sent);
  }
  const auto ns = (std::chrono::steady_clock::now() - from) / std::chrono::nanoseconds(1);
  const Io used = since(start);
  unit.report(static_cast<std::uint64_t>(gettid()));
  unit.report(used.known ? 1 : 0);
  unit.report(static_cast<std::uint64_t>(std::max<std::int64_t>(0, used.calls)));
  unit.report(static_cast<std::uint64_t>(std::max<std::int64_t>(0, used.bytes)));
  unit.report(static_cast<std::uint64_t>(ns));
}

/// Nothing where bodies cannot be run, or the kernel does not tell.
std::optional<Cost> cost_of(Runtime& runtime, std::uint32_t bytes, std::uint32_t trips) {
  BodyRuntime* const bodies_runtime = runtime.bodies();
  Bodies bodies;
  bodies.count = 2;
  bodies.channels = 2;
  bodies.reports = 2 * kReports;
  bodies.task = [=](Unit& unit) { return exchange(unit, bytes, trips); };
  if (bodies_runtime == nullptr || bodies_runtime->refuses(bodies)) return std::nullopt;
  const BodyResult result = bodies_runtime->run_hosted(bodies);
  if (!result.completed() || result.reports.size() != 2) return std::nullopt;
  // Units in one kernel task counted the same calls: they are taken once.
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> tasks;
  for (const auto& report : result.reports) {
    if (report.size() != kReports || report[kKnown] == 0) return std::nullopt;
    auto& [calls, moved] = tasks[report[kTask]];
    calls = std::max(calls, report[kCalls]);
    moved = std::max(moved, report[kBytes]);
  }
  const double messages = 2.0 * trips;
  Cost cost;
  for (const auto& [task, used] : tasks) {
    cost.calls += static_cast<double>(used.first) / messages;
    cost.copies_in_kernel += static_cast<double>(used.second) / messages / bytes;
  }
  cost.ns = static_cast<double>(result.reports[0][kNs]) / messages;
  return cost;
}

class CommunicationProbe {
 public:
  CommunicationProbe(Runtime& runtime, const ProbeOptions& options)
      : runtime_(&runtime), rounds_(TraitId::kCommunication, runtime, options) {}

  Observation observe() {
    for (const std::size_t units : rounds_.units()) {
      if (units > 1) look_in_place(units);
    }
    rounds_.look_at_properties(rounds_.quick() ? 16 : 100);
    if (!rounds_.failed() && rounds_.most_units() > 1) measure();
    return finish();
  }

 private:
  /// Whether receivers read what the sender wrote to its heap before, and in which kernel task.
  void look_in_place(std::size_t units) {
    constexpr std::uint32_t kCell = 5;
    constexpr std::int64_t kLetter = 4711;
    ProgramMaker maker(units);
    maker.append(0, write(Region::kHeap, kCell, kLetter));
    maker.barrier();
    std::vector<std::uint32_t> steps;
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      steps.push_back(maker.append(unit, read(Region::kHeap, kCell)).step);
      maker.append(unit, record(Identity::kKernelTask));
    }
    maker.barrier();
    const Program program = maker.take();
    const auto trace = rounds_.run(program);
    if (!trace) return;
    const auto task = value_at(*trace, 0, steps[0] + 1);
    for (std::size_t unit = 1; unit < units; ++unit) {
      const auto seen = value_at(*trace, unit, steps[unit]);
      if (seen != kLetter && seen != 0) {
        exclude_all(program, "unit " + std::to_string(unit) +
                                 " read from the sender's heap what nobody wrote");
      }
      visible_ += seen == kLetter ? 1 : 0;
      same_task_ += value_at(*trace, unit, steps[unit] + 1) == task ? 1 : 0;
      ++looks_;
    }
    judge_in_place(program);
  }

  void judge_in_place(const Program& program) {
    const std::string look = "the receiver runs in " +
                             std::string(same_task_ > 0 ? "the sender's" : "another") +
                             " kernel task and its read of the sender's heap saw " +
                             (visible_ > 0 ? "the sender's write" : "nothing of it");
    if (visible_ > 0) rounds_.exclude(Communication::kIpc, program, look);
    if (visible_ == 0 || same_task_ == looks_) {
      rounds_.exclude(Communication::kSharedMemory, program, look);
    }
    if (visible_ == 0 || same_task_ == 0) {
      rounds_.exclude(Communication::kSharedState, program, look);
    }
  }

  void measure() {
    Evidence& evidence = rounds_.observation.evidence;
    small_ = cost_of(*runtime_, 8, rounds_.quick() ? 200 : 2000);
    const auto large = cost_of(*runtime_, 64 * 1024, rounds_.quick() ? 20 : 200);
    if (!small_ || !large) {
      evidence.set("system_calls", "not counted: no bodies, or no /proc/thread-self/io");
      return;
    }
    evidence.set("read_write_calls_per_8_B_message", small_->calls);
    evidence.set("read_write_calls_per_64_KiB_message", large->calls);
    evidence.set("kernel_copies_per_byte_at_64_KiB", large->copies_in_kernel);
    evidence.set("ns_per_8_B_message", small_->ns);
    evidence.set("ns_per_64_KiB_message", large->ns);
    if (visible_ > 0 || small_->calls > kCrosses) return;
    Program shown;
    shown.channels = 1;
    shown.units = {{send(0, 42)}, {receive(0)}};
    rounds_.exclude(Communication::kIpc, shown,
                    "a message takes " + calls() + " system calls: it does not cross the kernel");
  }

  [[nodiscard]] std::string calls() const {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%.1f", small_ ? small_->calls : 0);
    return text.data();
  }

  void exclude_all(const Program& program, const std::string& why) {
    rounds_.exclude(Communication::kIpc, program, why);
    rounds_.exclude(Communication::kSharedMemory, program, why);
    rounds_.exclude(Communication::kSharedState, program, why);
  }

  Observation finish() {
    Observation& observation = rounds_.observation;
    observation.evidence.set("reads_in_place_that_saw_the_sender",
                             std::to_string(visible_) + " of " + std::to_string(looks_));
    observation.evidence.set("receivers_in_the_senders_kernel_task",
                             std::to_string(same_task_) + " of " + std::to_string(looks_));
    observation.figure = small_         ? calls() + " syscalls/msg"
                         : visible_ > 0 ? "read in place"
                                        : "not in place";
    if (observation.allowed.empty()) return rounds_.finish(rounds_.last_exclusion());
    std::string reason = std::to_string(rounds_.counted(kMessagesChecked)) +
                         " messages came once, whole and in order; a receiver " +
                         (visible_ > 0 ? "reads" : "cannot read") +
                         " the sender's heap in place and runs in " +
                         (same_task_ > 0 ? "the same" : "another") + " kernel task";
    if (small_) reason += "; " + calls() + " read and write calls a message";
    return rounds_.finish(reason);
  }

  Runtime* runtime_;
  ProgramRounds rounds_;
  std::uint64_t looks_ = 0;
  std::uint64_t visible_ = 0;
  std::uint64_t same_task_ = 0;
  std::optional<Cost> small_;
};

}  // namespace

static Observation observe_communication(Runtime& runtime, const ProbeOptions& options) {
  return CommunicationProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kCommunication, &observe_communication);

}  // namespace assay
