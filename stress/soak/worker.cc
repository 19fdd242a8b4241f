#include "stress/soak/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <random>
#include <system_error>

#include "models/shared_mapping.h"
#include "models/trace.h"
#include "stress/soak/audit.h"
#include "stress/use_cases/tree_memory.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// A round that takes longer has hung: every part of it gives up sooner.
constexpr std::chrono::seconds kBound{90};
constexpr std::chrono::milliseconds kSampled{250};
constexpr std::chrono::milliseconds kPaused{20};

/// What the worker tells, in memory that outlives it.
struct Board {
  std::atomic<bool> told;
  RoundEnd end;
  std::array<char, 1'024> text;
};

/// Another user with few processes. Children of root become it and cannot go back.
void be_another_user() {
  if (geteuid() != 0) return;
  const uid_t nobody_else = 20'000 + static_cast<uid_t>(getpid()) % 40'000;
  const rlimit limit{24, 24};
  setrlimit(RLIMIT_NPROC, &limit);
  if (setuid(nobody_else) != 0) _exit(99);
  // Both are lost with the old user: /proc/self is this user's, and the worker dies with its
  // parent.
  prctl(PR_SET_DUMPABLE, 1);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

[[noreturn]] void be_worker(const Round& round, pid_t parent, Board& board) {
  prctl(PR_SET_NAME, "assay-soak");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (round.disturbance == Disturbance::kFewProcesses) be_another_user();
  if (getppid() != parent) _exit(1);
  const RoundOutcome outcome = carry_out(round);
  board.end = outcome.end;
  strncpy(board.text.data(), outcome.text.c_str(), board.text.size() - 1);
  board.told = true;
  _exit(0);
}

void lower(pid_t worker, __rlimit_resource resource, rlim_t value) {
  for (pid_t pid : descendants_of(worker)) {
    rlimit limit{};
    if (prlimit(pid, resource, nullptr, &limit) != 0) continue;
    limit.rlim_cur = std::min(limit.rlim_max, value);
    prlimit(pid, resource, &limit, nullptr);
  }
  rlimit limit{};
  if (prlimit(worker, resource, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_max, value);
  prlimit(worker, resource, &limit, nullptr);
}

/// The addresses that a process has, in bytes.
rlim_t address_space(pid_t pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  rlim_t pages = 0;
  statm >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

class Disturber {
 public:
  Disturber(const Round& round, pid_t worker, Clock::time_point start)
      : round_(&round), worker_(worker), due_(start + round.disturbed_after), random_(round.seed) {}

  /// Until the next thing to do; nothing to do is far away.
  [[nodiscard]] Clock::time_point due() const {
    return done_ ? Clock::now() + std::chrono::hours(1) : due_;
  }
  [[nodiscard]] const std::string& done() const { return said_; }

  void act() {
    if (done_ || Clock::now() < due_) return;
    done_ = true;
    switch (round_->disturbance) {
      case Disturbance::kNone:
      case Disturbance::kFewProcesses:
        return;
      case Disturbance::kPause:
        return pause();
      case Disturbance::kKillWorker:
        return kill_one(worker_);
      case Disturbance::kKillDescendant:
        return kill_one(any_descendant());
      case Disturbance::kFewDescriptors:
        said_ = "RLIMIT_NOFILE was lowered";
        return lower(worker_, RLIMIT_NOFILE, 3 + random_() % 30);
      case Disturbance::kLittleMemory:
        said_ = "RLIMIT_AS was lowered";
        return lower(worker_, RLIMIT_AS,
                     address_space(worker_) + (rlim_t{1} << (12 + random_() % 14)));
    }
  }

  /// Ends a pause, also before its time.
  void go_on() {
    if (paused_ > 0) kill(paused_, SIGCONT);
    paused_ = -1;
  }

 private:
  pid_t any_descendant() {
    const std::vector<pid_t> below = descendants_of(worker_);
    return below.empty() ? -1 : below[random_() % below.size()];
  }

  void kill_one(pid_t pid) {
    if (pid <= 0 || kill(pid, SIGKILL) != 0) return;
    said_ = pid == worker_ ? "the worker was killed" : "one of its processes was killed";
  }

  /// Stops one process; called again for the end of its pause.
  void pause() {
    if (paused_ > 0) return go_on();
    paused_ = any_descendant();
    if (paused_ <= 0) return;
    if (kill(paused_, SIGSTOP) != 0) paused_ = -1;
    said_ = "one of its processes paused";
    due_ = Clock::now() + kPaused;
    done_ = false;
  }

  const Round* round_;
  pid_t worker_;
  Clock::time_point due_;
  std::mt19937_64 random_;
  bool done_ = false;
  pid_t paused_ = -1;
  std::string said_;
};

/// Whether what was done to a round explains that it went wrong or was ended.
bool explains(Disturbance disturbance) {
  return disturbance != Disturbance::kNone && disturbance != Disturbance::kPause;
}

class Watch {
 public:
  Watch(const Round& round, const RoundChoice& choice)
      : round_(&round), choice_(&choice), memory_(sizeof(Board)) {
    const pid_t parent = getpid();
    std::fflush(nullptr);
    worker_ = fork();
    if (worker_ == 0) be_worker(round, parent, board());
    if (worker_ < 0) {
      throw std::system_error(errno, std::generic_category(),
                              "cannot start the worker of a soak; raise RLIMIT_NPROC (ulimit -u)");
    }
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, worker_, 0));
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { close(pidfd_); }

  Watched run(const std::function<int()>& asked_to_end) {
    Disturber disturber(*round_, worker_, start_);
    Watched watched;
    auto sampled = start_;
    while (!ended()) {
      wait_until(std::min({disturber.due(), sampled + kSampled, start_ + kBound}));
      disturber.act();
      if (watched.signal == 0) {
        watched.signal = asked_to_end();
        if (watched.signal != 0) kill(worker_, SIGKILL);
      }
      if (Clock::now() >= start_ + kBound) give_up("it did not end within 90 s");
      if (Clock::now() < sampled + kSampled) continue;
      sampled = Clock::now();
      sample_memory();
    }
    disturber.go_on();
    watched.record = record(disturber.done());
    return watched;
  }

 private:
  Board& board() const { return *memory_.at<Board>(0); }

  bool ended() { return ended_ || (ended_ = waitpid(worker_, &status_, WNOHANG) == worker_); }

  void wait_until(Clock::time_point due) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now()).count();
    pollfd wait{pidfd_, POLLIN, 0};
    poll(&wait, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 250)));
  }

  void give_up(const std::string& why) {
    if (gave_up_.empty()) gave_up_ = why;
    kill(worker_, SIGKILL);
  }

  void sample_memory() {
    const std::uint64_t now = tree_pss_bytes(std::to_string(worker_), "");
    peak_bytes_ = std::max(peak_bytes_, now);
    if (now <= choice_->memory_bytes) return;
    kill(worker_, SIGKILL);
    over_memory_ = true;
  }

  RoundOutcome outcome() const {
    if (over_memory_) {
      return {RoundEnd::kRefused, "it took more memory than it may and was ended"};
    }
    if (!gave_up_.empty()) return {RoundEnd::kWrong, gave_up_};
    if (board().told) return {board().end, board().text.data()};
    const bool signalled = WIFSIGNALED(status_);
    const End end{signalled ? EndKind::kSignalled : EndKind::kExited,
                  signalled ? WTERMSIG(status_) : WEXITSTATUS(status_), ""};
    return {explains(round_->disturbance) ? RoundEnd::kCut : RoundEnd::kWrong,
            "its worker " + to_string(end)};
  }

  RoundRecord record(const std::string& done) const {
    RoundOutcome outcome = this->outcome();
    // What a process did whose sibling was killed, or who was refused a page, proves nothing.
    const bool disturbed = !done.empty() || round_->disturbance == Disturbance::kFewProcesses;
    if (outcome.end == RoundEnd::kWrong && disturbed && explains(round_->disturbance) &&
        gave_up_.empty()) {
      outcome.end = RoundEnd::kCut;
    }
    if (!done.empty()) outcome.text += "; " + done;
    return {round_->index,       round_->work,
            round_->disturbance, round_->runtime->info().name,
            round_->units,       outcome.end,
            outcome.text,        std::chrono::duration<double>(Clock::now() - start_).count(),
            peak_bytes_,         {}};
  }

  const Round* round_;
  const RoundChoice* choice_;
  SharedMapping memory_;
  Clock::time_point start_ = Clock::now();
  pid_t worker_ = -1;
  int pidfd_ = -1;
  int status_ = 0;
  bool ended_ = false;
  bool over_memory_ = false;
  std::string gave_up_;
  std::uint64_t peak_bytes_ = 0;
};

}  // namespace

Watched run_watched(const Round& round, const RoundChoice& choice,
                    const std::function<int()>& asked_to_end) {
  return Watch(round, choice).run(asked_to_end);
}

}  // namespace assay
