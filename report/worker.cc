#include "report/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "models/registry.h"
#include "report/json.h"
#include "report/pacing.h"

namespace assay {
namespace {

using Clock = Worker::Clock;
using Seconds = std::chrono::duration<double>;

[[noreturn]] void refuse(const char* what) {
  const int error = errno;
  rlimit limit{};
  getrlimit(RLIMIT_NPROC, &limit);
  throw std::system_error(error, std::generic_category(),
                          std::string("cannot start ") + what + ": RLIMIT_NPROC is " +
                              std::to_string(limit.rlim_cur) +
                              "; raise it (ulimit -u), or free memory, and see `assay doctor`");
}

/// Writes one line, whole. Nobody to read it: the run is over.
void send(int fd, const Json& message) {
  const std::string line = dump(message, -1) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t wrote = ::write(fd, line.data() + done, line.size() - done);
    if (wrote < 0 && errno != EINTR) _exit(1);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
}

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
  signal(SIGPIPE, SIG_IGN);
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
    : plan_(&plan) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) refuse("a worker");
  const pid_t parent = getpid();
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    close(ends[0]);
    be_worker(plan, first_cell, deadline, ends[1]);
  }
  close(ends[1]);
  fd_ = ends[0];
  if (pid_ < 0) {
    close(fd_);
    refuse("a worker process");
  }
  fcntl(fd_, F_SETFL, O_NONBLOCK);
}

Worker::~Worker() {
  if (pid_ > 0) remove();
  close(fd_);
}

std::vector<WorkerLine> Worker::receive(bool& ended) {
  std::array<char, 65536> chunk{};
  ssize_t got = 0;
  while ((got = ::read(fd_, chunk.data(), chunk.size())) > 0) {
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  ended = got == 0;
  std::vector<WorkerLine> messages;
  std::size_t from = 0;
  for (std::size_t end = 0; (end = buffer_.find('\n', from)) != std::string::npos; from = end + 1) {
    messages.push_back(message_of(*plan_, buffer_.substr(from, end - from)));
  }
  buffer_.erase(0, from);
  return messages;
}

std::string Worker::remove() {
  int status = 0;
  // The end of the pipe can be seen a moment before the end of the process.
  siginfo_t info{};
  bool ended = false;
  waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG);
  ended = info.si_pid == pid_;
  if (!ended) kill(pid_, SIGKILL);
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  remove_orphans();
  return to_string(end_of(status));
}

}  // namespace assay
