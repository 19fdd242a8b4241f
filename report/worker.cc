#include "report/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "models/registry.h"
#include "report/json.h"
#include "report/pacing.h"

namespace assay {
namespace {

using Clock = Worker::Clock;
using Seconds = std::chrono::duration<double>;

void send(int fd, const Json& message) { write_line(fd, dump(message, -1)); }

Observation observe(const RunPlan& plan, const Cell& cell, const ProbeOptions& options) {
  const Trait& of = trait(cell.trait);
  const Claim claim = claim_or_none(*cell.runtime, of);
  const bool tested =
      claim.modality != Modality::kUntested && claim.modality != Modality::kUnsupported;
  if (!tested && !plan.ignores_claims) {
    return not_measured(of, claim.reason);
  }
  const auto probe = std::find_if(plan.probes.begin(), plan.probes.end(),
                                  [&](const Probe& p) { return p.trait == cell.trait; });
  if (probe == plan.probes.end()) return not_measured(of, "there is no probe of this trait");
  return observe(*probe, *cell.runtime, options);
}

void observe_cell(const RunPlan& plan, std::size_t index, Pacing& pacing,
                  std::optional<Clock::time_point> deadline, int fd) {
  const Cell& cell = plan.cells[index];
  std::optional<double> left;
  if (deadline) left = Seconds(*deadline - Clock::now()).count();
  ProbeOptions options = pacing.options_of(index, left);
  options.progress = [&](const std::string& text) { send(fd, {{"cell", index}, {"text", text}}); };
  options.progress("");
  const auto start = Clock::now();
  const Observation observation = observe(plan, cell, options);
  const double took = Seconds(Clock::now() - start).count();
  pacing.note(index, options, took);
  send(fd, {{"cell", index},
            {"observation", to_json(observation, trait(cell.trait))},
            {"quick", options.effort == Effort::kQuick},
            {"duration_ns", options.duration.count()},
            {"seconds", took}});
}

[[noreturn]] void be_worker(const RunPlan& plan, std::size_t first_cell,
                            std::optional<Clock::time_point> deadline, int fd) {
  prctl(PR_SET_NAME, "assay-worker");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  Pacing pacing(plan);
  for (std::size_t i = first_cell; i < plan.cells.size(); ++i) {
    observe_cell(plan, i, pacing, deadline, fd);
  }
  _exit(0);
}

WorkerLine message_of(const RunPlan& plan, const std::string& line) {
  const Json json = Json::parse(line);
  WorkerLine message;
  message.cell = json.at("cell");
  message.progress = json.value("text", "");
  if (!json.contains("observation")) return message;
  message.observation =
      observation_from_json(json["observation"], trait(plan.cells.at(message.cell).trait));
  message.options = plan.options;
  message.options.effort = json.at("quick") ? Effort::kQuick : Effort::kDefault;
  message.options.duration = std::chrono::nanoseconds(json.at("duration_ns").get<std::int64_t>());
  message.seconds = json.at("seconds");
  return message;
}

End end_of(int status) {
  if (WIFSIGNALED(status)) return {EndKind::kSignalled, WTERMSIG(status), ""};
  return {EndKind::kExited, WEXITSTATUS(status), ""};
}

/// Orphans come to a subreaper as children; children of children follow when those are gone.
void remove_orphans() {
  for (;;) {
    std::ifstream list("/proc/thread-self/children");
    for (pid_t pid = 0; list >> pid;) kill(pid, SIGKILL);
    if (waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
  }
}

}  // namespace

Worker::Worker(const RunPlan& plan, std::size_t first_cell,
               std::optional<Clock::time_point> deadline)
    : plan_(&plan), child_([&](int fd) { be_worker(plan, first_cell, deadline, fd); }) {}

Worker::~Worker() {
  if (child_.pid() > 0) remove();
}

std::vector<WorkerLine> Worker::receive(bool& ended) {
  std::vector<WorkerLine> messages;
  for (const std::string& line : child_.receive(ended)) {
    messages.push_back(message_of(*plan_, line));
  }
  return messages;
}

std::string Worker::remove() {
  // The end of the pipe can be seen a moment before the end of the process.
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child_.pid()), &info, WEXITED | WNOWAIT | WNOHANG);
  if (info.si_pid != child_.pid()) kill(child_.pid(), SIGKILL);
  const int status = child_.wait();
  remove_orphans();
  return to_string(end_of(status));
}

}  // namespace assay
