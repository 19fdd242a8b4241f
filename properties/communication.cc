#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "properties/probe.h"
#include "properties/program_rounds.h"

namespace assay {
namespace {

constexpr std::uint64_t kDamaged = std::uint64_t{1} << 63;
constexpr std::int64_t kSenderFactor = 1'000'000;
constexpr std::size_t kMostInRing = 64;
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

/// Finds the first message that was not delivered exactly once, whole, and in its sender's order.
class Deliveries {
 public:
  Deliveries(const Program& program, const Trace& trace) : program_(&program), trace_(&trace) {
    for (std::size_t unit = 0; unit < program.units.size(); ++unit) {
      for (const Step& step : program.units[unit]) {
        if (step.op == Op::kSend) sent_[{step.cell, unit}].push_back(&step);
      }
    }
  }

  /// Empty when all is well. Every channel has one receiver.
  std::string first_wrong() {
    for (std::size_t unit = 0; unit < program_->units.size(); ++unit) {
      const auto& steps = program_->units[unit];
      for (std::size_t at = 0; at < steps.size(); ++at) {
        if (steps[at].op != Op::kReceive) continue;
        const std::string wrong = take(steps[at].cell, trace_->units[unit].at(at));
        if (!wrong.empty()) return "unit " + std::to_string(unit) + " " + wrong;
      }
    }
    return "";
  }

 private:
  std::string take(std::uint32_t channel, const Event* event) {
    if (event == nullptr) return "recorded no message";
    const auto sender = static_cast<std::size_t>(event->value / kSenderFactor);
    const auto& messages = sent_[{channel, sender}];
    std::size_t& next = next_[{channel, sender}];
    const std::string what = "received message " + std::to_string(event->value) + " from channel " +
                             std::to_string(channel);
    if (next >= messages.size()) return what + ", which nobody sent or which came before";
    const Step& due = *messages[next++];
    if (event->value != due.value) {
      return what + ", when " + std::to_string(due.value) + " of the same sender was due";
    }
    if ((event->aux & kDamaged) != 0) return what + " damaged";
    if (event->aux != due.count) {
      return what + " with " + std::to_string(event->aux) + " bytes instead of " +
             std::to_string(due.count);
    }
    return "";
  }

  using Place = std::pair<std::uint32_t, std::size_t>;  ///< Channel and sender.
  const Program* program_;
  const Trace* trace_;
  std::map<Place, std::vector<const Step*>> sent_;
  std::map<Place, std::size_t> next_;
};

std::int64_t name_of(std::size_t sender, std::size_t message) {
  return static_cast<std::int64_t>(sender) * kSenderFactor + static_cast<std::int64_t>(message);
}

class CommunicationProbe {
 public:
  CommunicationProbe(Runtime& runtime, const ProbeOptions& options)
      : runtime_(&runtime), rounds_(TraitId::kCommunication, runtime, options) {}

  Observation observe() {
    for (const std::size_t units : rounds_.units()) {
      if (units < 2) continue;
      look_in_place(units);
      const int programs = units > 8 ? 1 : 6;
      for (int i = 0; i < programs && (i == 0 || rounds_.go_on()); ++i) {
        send_to_one(units);
        if (units <= kMostInRing) send_around(units);
      }
    }
    if (!rounds_.failed() && rounds_.most_units() > 1) measure();
    return finish();
  }

 private:
  /// From 8 bytes to a bound that keeps the program's messages together within 16 MiB.
  std::uint32_t random_size(std::size_t messages) {
    const std::uint64_t most = rounds_.quick() ? 64 * 1024 : 1024 * 1024;
    const std::uint64_t room = std::clamp<std::uint64_t>(16 * 1024 * 1024 / messages, 8, most);
    const auto exponent = below(rounds_.random(), std::bit_width(room / 8));
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(below(rounds_.random(), 16ULL << exponent), 8, room));
  }

  void send_to_one(std::size_t units) {
    const std::size_t each = units > 64 ? 2 : units > 8 ? 4 : 20;
    Program program = program_of(units);
    program.channels = 1;
    for (std::size_t sender = 1; sender < units; ++sender) {
      for (std::size_t i = 0; i < each; ++i) {
        append(program, sender, send(0, name_of(sender, i), random_size(each * units)));
        append(program, 0, receive(0));
        if (below(rounds_.random(), 4) == 0) append(program, sender, yield());
      }
    }
    check_deliveries(program, each * (units - 1));
  }

  void send_around(std::size_t units) {
    const std::size_t laps = units > 8 ? 2 : 10;
    Program program = program_of(units);
    program.channels = static_cast<std::uint32_t>(units);
    for (std::size_t lap = 0; lap < laps; ++lap) {
      for (std::uint32_t unit = 0; unit < units; ++unit) {
        const auto to = static_cast<std::uint32_t>((unit + 1) % units);
        const Step pass = send(to, name_of(unit, lap), random_size(units * laps));
        if (unit == 0) append(program, unit, pass);
        append(program, unit, receive(unit));
        if (unit != 0) append(program, unit, pass);
      }
    }
    check_deliveries(program, laps * units);
  }

  void check_deliveries(const Program& program, std::size_t messages) {
    const auto trace = rounds_.run(program);
    if (!trace) return;
    rounds_.observation.tries += messages;
    const std::string wrong = Deliveries(program, *trace).first_wrong();
    if (!wrong.empty()) exclude_all(program, wrong);
  }

  /// Whether receivers read what the sender wrote to its heap before, and in which kernel task.
  void look_in_place(std::size_t units) {
    constexpr std::uint32_t kCell = 5;
    constexpr std::int64_t kLetter = 4711;
    Program program = program_of(units);
    append(program, 0, write(Region::kHeap, kCell, kLetter));
    add_barrier(program);
    std::vector<std::uint32_t> steps;
    for (std::size_t unit = 0; unit < units; ++unit) {
      steps.push_back(append(program, unit, read(Region::kHeap, kCell)));
      append(program, unit, record(Identity::kKernelTask));
    }
    add_barrier(program);
    const auto trace = rounds_.run(program);
    if (!trace) return;
    const auto task = value_at(*trace, 0, steps[0] + 1);
    for (std::size_t unit = 1; unit < units; ++unit) {
      const auto seen = value_at(*trace, unit, steps[unit]);
      if (seen != kLetter && seen != 0) {
        exclude_all(program, "unit " + std::to_string(unit) +
                                 " read from the sender's heap what "
                                 "nobody wrote");
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
    Program shown = program_of(2);
    append(shown, 0, send(0, 42));
    append(shown, 1, receive(0));
    rounds_.exclude(Communication::kIpc, shown,
                    "a message takes " + calls() + " system calls: it does not cross the kernel");
  }

  [[nodiscard]] std::string calls() const {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%.1f", small_ ? small_->calls : 0);
    return text.data();
  }

  void exclude_all(const Program& program, const std::string& why) {
    if (wrong_.empty()) wrong_ = why;
    rounds_.exclude(Communication::kIpc, program, why);
    rounds_.exclude(Communication::kSharedMemory, program, why);
    rounds_.exclude(Communication::kSharedState, program, why);
  }

  Observation finish() {
    Observation& observation = rounds_.observation;
    observation.evidence.set("messages_checked", observation.tries);
    observation.evidence.set("reads_in_place_that_saw_the_sender",
                             std::to_string(visible_) + " of " + std::to_string(looks_));
    observation.evidence.set("receivers_in_the_senders_kernel_task",
                             std::to_string(same_task_) + " of " + std::to_string(looks_));
    observation.figure = small_         ? calls() + " syscalls/msg"
                         : visible_ > 0 ? "read in place"
                                        : "not in place";
    if (!wrong_.empty()) return rounds_.finish(wrong_);
    std::string reason =
        std::to_string(observation.tries) + " messages came once, whole and in order; a receiver " +
        (visible_ > 0 ? "reads" : "cannot read") + " the sender's heap in place and runs in " +
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
  std::string wrong_;  ///< The first wrong delivery.
};

}  // namespace

static Observation observe_communication(Runtime& runtime, const ProbeOptions& options) {
  return CommunicationProbe(runtime, options).observe();
}

static const ProbeRegistration kRegistered(TraitId::kCommunication, &observe_communication);

}  // namespace assay
