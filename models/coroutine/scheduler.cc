#include "models/coroutine/scheduler.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <system_error>
#include <thread>

namespace assay {
namespace {

[[noreturn]] void refuse(int fd) {
  throw std::system_error(errno, std::generic_category(),
                          "cannot wait for descriptor " + std::to_string(fd) +
                              " (ulimit -n, fs.epoll.max_user_watches)");
}

}  // namespace

Scheduler::Scheduler() = default;

Scheduler::~Scheduler() {
  if (epoll_ >= 0) close(epoll_);
}

void Scheduler::suspend(Waiter& waiter) {
  if (waiter.ready == nullptr) return wake(waiter);
  polled_.push_back(&waiter);
}

void Scheduler::suspend_for(Waiter& waiter, std::chrono::nanoseconds duration) {
  timers_.push_back({Clock::now() + duration, timers_made_++, &waiter});
  std::push_heap(timers_.begin(), timers_.end(), std::greater<>());
}

void Scheduler::suspend_on(Waiter& waiter, Channel& channel) {
  receivers_[&channel].push_back(&waiter);
}

void Scheduler::sent(Channel& channel) {
  const auto found = receivers_.find(&channel);
  if (found == receivers_.end() || found->second.empty()) return;
  Waiter* first = found->second.front();
  // The message is handed over now, so that nobody else takes it before the receiver's turn.
  if (!first->ready(*first)) return;
  found->second.pop_front();
  wake(*first);
}

void Scheduler::suspend_fd(Waiter& waiter, int fd, short events) {
  Watched& watched = watched_[fd];
  watched.waiters.push_back({&waiter, events});
  ++fd_waiters_;
  if ((watched.armed & static_cast<unsigned>(events)) == static_cast<unsigned>(events)) {
    if (!watched.assumed) assumed_.push_back(fd);
    watched.assumed = true;
    return;
  }
  try {
    if (arm(fd, watched)) return;
  } catch (const std::system_error&) {
    // The body gets the exception, and its awaiter is gone.
    watched.waiters.pop_back();
    --fd_waiters_;
    throw;
  }
  // poll(2) reports what epoll cannot watch at once: a regular file is always ready, a descriptor
  // that is not open is an error that the next read or write tells.
  wake_ready(watched, EPOLLERR);
}

bool Scheduler::arm(int fd, Watched& watched) {
  if (epoll_ < 0) epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) refuse(fd);
  watched.armed = 0;
  watched.assumed = false;
  epoll_event event{};
  event.data.fd = fd;
  for (const FdWaiter& waiting : watched.waiters) {
    event.events |= static_cast<unsigned>(waiting.events);
  }
  // A descriptor that was closed and opened again is unknown to epoll, whatever we remember.
  const bool known = epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0;
  if (known || (errno == ENOENT && epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0)) {
    watched.armed = event.events;
    return true;
  }
  if (errno == EPERM || errno == EBADF) return false;
  refuse(fd);
}

void Scheduler::wake_ready(Watched& watched, std::uint32_t events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  fd_waiters_ -= std::erase_if(watched.waiters, [&](const FdWaiter& waiting) {
    const bool ready = broken || (events & static_cast<unsigned>(waiting.events)) != 0;
    if (ready) wake(*waiting.waiter);
    return ready;
  });
}

void Scheduler::disarm(int fd, Watched& watched) {
  watched.armed = 0;
  if (epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr) == 0) return;
  // The file is open still under another number, and cannot be named any more: epoll would report
  // it for ever. Another epoll knows nothing of it.
  close(epoll_);
  epoll_ = -1;
  for (auto& [other, each] : watched_) {
    each.armed = 0;
    if (!each.waiters.empty() && !arm(other, each)) wake_ready(each, EPOLLERR);
  }
}

void Scheduler::handle(int fd, std::uint32_t events) {
  Watched& watched = watched_[fd];
  watched.assumed = false;
  const std::size_t before = watched.waiters.size();
  wake_ready(watched, events);
  if (watched.waiters.size() < before) return;
  // Nobody wants what is reported, and it would be reported again and again.
  if (before == 0) return disarm(fd, watched);
  if (!arm(fd, watched)) wake_ready(watched, EPOLLERR);
}

void Scheduler::confirm_assumed() {
  for (const int fd : assumed_) {
    Watched& watched = watched_[fd];
    if (!watched.assumed || watched.waiters.empty()) {
      watched.assumed = false;
      continue;
    }
    if (!arm(fd, watched)) wake_ready(watched, EPOLLERR);
  }
  assumed_.clear();
}

void Scheduler::drain() {
  while (!ready_.empty()) {
    ready_.take().resume();
    if (ready_.turn_ended()) return;
  }
}

void Scheduler::poll_waiters() {
  // A copy of the length: those who wait again come after those who wait already.
  for (std::size_t left = polled_.size(); left > 0; --left) {
    Waiter* waiter = polled_.front();
    polled_.pop_front();
    if (waiter->ready(*waiter)) {
      wake(*waiter);
    } else {
      polled_.push_back(waiter);
    }
  }
}

void Scheduler::wake_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.front().due <= now) {
    std::pop_heap(timers_.begin(), timers_.end(), std::greater<>());
    wake(*timers_.back().waiter);
    timers_.pop_back();
  }
}

void Scheduler::wait_for_descriptors(std::chrono::nanoseconds at_most) {
  // Under load there is always another event, and what was assumed is true by then; before a wait,
  // and now and then, it is made sure.
  constexpr std::uint64_t kLooks = 64;
  std::array<epoll_event, 256> events{};
  const auto ms = static_cast<int>(std::clamp<std::int64_t>(
      std::chrono::ceil<std::chrono::milliseconds>(at_most).count(), 0, 1000));
  const auto look = [&](int wait_ms) {
    return epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
  };
  int count = look(assumed_.empty() ? ms : 0);
  if (!assumed_.empty() && (count <= 0 || ++looks_ % kLooks == 0)) {
    confirm_assumed();
    if (count <= 0 && ready_.empty()) count = look(ms);
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events.at(static_cast<std::size_t>(i));
    handle(event.data.fd, event.events);
  }
}

void Scheduler::forget_waiters() {
  polled_.clear();
  timers_.clear();
  receivers_.clear();
  watched_.clear();
  assumed_.clear();
  fd_waiters_ = 0;
}

Scheduler::Outcome Scheduler::run(const std::atomic<std::uint64_t>& finished, std::uint64_t count,
                                  std::chrono::nanoseconds bound) {
  const auto deadline = Clock::now() + bound;
  for (;;) {
    drain();
    if (finished.load(std::memory_order_relaxed) == count) return Outcome::kAllEnded;
    const auto now = Clock::now();
    if (now >= deadline) return Outcome::kBound;
    if (!timers_.empty()) wake_timers();
    if (!polled_.empty()) poll_waiters();
    // Conditions change by what units do: when none can run, none will come true.
    const bool busy = !ready_.empty();
    auto idle = busy ? std::chrono::nanoseconds(0) : deadline - now;
    if (!timers_.empty())
      idle = std::min<std::chrono::nanoseconds>(idle, timers_.front().due - now);
    idle = std::max(idle, std::chrono::nanoseconds(0));
    if (fd_waiters_ > 0) {
      wait_for_descriptors(idle);
    } else if (!busy) {
      if (timers_.empty()) return Outcome::kDeadlock;
      std::this_thread::sleep_for(idle);
    }
  }
}

namespace {

void give_up(Run& run, std::span<Unit> units, Scheduler::Outcome outcome,
             std::chrono::nanoseconds bound) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(bound).count();
  const std::string why = outcome == Scheduler::Outcome::kDeadlock
                              ? "it waits for what no unit will do"
                              : "after " + std::to_string(ms) + " ms";
  for (Unit& unit : units) {
    if (unit.ended()) continue;
    run.set_end(unit.index(), {EndKind::kGaveUp, 0, why + "; its frame was destroyed"});
    unit.destroy();
  }
}

}  // namespace

void run_coroutines(Scheduler& scheduler, Run& run, std::span<Unit> units,
                    std::chrono::nanoseconds bound) {
  run.switching = &scheduler;
  run.ready = &scheduler.ready();
  run.ready->run = &run;
  // An exception stays in the promise of its coroutine.
  run.contains_exceptions = true;
  run.one_task = true;
  scheduler.ready().reserve(units.size());
  for (Unit& unit : units) scheduler.ready().push(unit.start());
  const auto outcome = scheduler.run(*run.finished, units.size(), bound);
  if (outcome == Scheduler::Outcome::kAllEnded) return;
  // What a frame's destructors do wakes nobody.
  scheduler.forget_waiters();
  give_up(run, units, outcome, bound);
}

}  // namespace assay
