// A fork server that makes the process of each unit out of the one before, when that first waits,
// has given way often or has ended, and so leaks what it has in memory to the next.
#include <sys/prctl.h>
#include <unistd.h>

#include "properties/mutants/processes.h"

namespace assay {
namespace {

/// Starts the units of a run one out of the other. Chains are short: a fork of what was forked a
/// thousand times takes the kernel a thousand times as long.
class Chain {
 public:
  Chain(Run& run, std::span<Unit> units) : units_(units), processes_(run) {}

  void run(std::chrono::nanoseconds bound) {
    // Those whose parent has ended come to this process.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (std::size_t first = 0; first < units_.size(); first += kLinks) start(first);
    processes_.wait_for_all(bound, [this](std::size_t unit) {
      // It died before it made the next.
      if (has_next(unit) && processes_.of(unit + 1) == 0) start(unit + 1);
    });
  }

  /// Who gives way again and again may wait for the next unit.
  void current_gives_way() {
    constexpr int kOften = 64;
    if (++gave_way_ >= kOften) current_waits();
  }

  /// Makes the next unit, once, out of the process that calls it.
  void current_waits() {
    if (has_next(current_) && !made_next_) start(current_ + 1);
    made_next_ = true;
  }

 private:
  static constexpr std::size_t kLinks = 64;

  [[nodiscard]] bool has_next(std::size_t unit) const {
    return unit + 1 < units_.size() && (unit + 1) % kLinks != 0;
  }

  void start(std::size_t unit) {
    const pid_t pid = fork();
    if (pid > 0) processes_.of(unit) = pid;
    if (pid == 0) be(unit);
  }

  [[noreturn]] void be(std::size_t unit) noexcept {
    processes_.of(unit) = getpid();
    current_ = unit;
    made_next_ = false;
    gave_way_ = 0;
    units_[unit].run_to_end();
    current_waits();
    _exit(0);
  }

  std::span<Unit> units_;
  ProcessTable processes_;
  std::size_t current_ = 0;
  bool made_next_ = false;
  int gave_way_ = 0;
};

class ServerSwitching : public KernelSwitching {
 public:
  explicit ServerSwitching(Chain& chain) : chain_(&chain) {}
  void yield() override {
    chain_->current_gives_way();
    KernelSwitching::yield();
  }
  void sleep_for(std::chrono::nanoseconds duration) override {
    chain_->current_waits();
    KernelSwitching::sleep_for(duration);
  }
  void wait_fd(int fd, short events) override {
    chain_->current_waits();
    KernelSwitching::wait_fd(fd, events);
  }

 private:
  Chain* chain_;
};

/// Of the run; channels are made before it is known.
Chain* g_chain = nullptr;

class ServerChannel : public PipeChannel {
 public:
  /// A full pipe is a wait as well.
  void send(std::span<const std::byte> message) override {
    g_chain->current_waits();
    PipeChannel::send(message);
  }
  bool receive_blocking(Message& message) override {
    g_chain->current_waits();
    return PipeChannel::receive_blocking(message);
  }
};

class LeakyForkServer : public MutantProcesses {
 public:
  LeakyForkServer() : MutantProcesses("leaky_fork_server") {}

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<ServerChannel>(); }

  void run_units(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) override {
    Chain chain(run, units);
    ServerSwitching switching(chain);
    g_chain = &chain;
    run.switching = &switching;
    chain.run(bound);
  }
};

LeakyForkServer mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "fork",
     .breaks = "a fork server makes each process out of the one before, with all that it wrote",
     .dies = {{TraitId::kMemorySpace, "a unit reads what the one before it wrote"},
              {TraitId::kThreadLocalStorage, "thread-local variables are not fresh"},
              {TraitId::kCommunication,
               "the memory of a sender is found in the receivers that are made out of it"}},
     .may = {
         {TraitId::kUnlockedUpdates,
          "the copy of a unit holds what the one before it had added before it first waited"}}});

}  // namespace
}  // namespace assay
