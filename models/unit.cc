#include "models/unit.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <thread>

#include "models/report_log.h"
#include "models/trace.h"

namespace assay {

void ReportLog::append(std::size_t unit, std::uint64_t value) {
  const std::uint64_t place = used.fetch_add(1, std::memory_order_relaxed);
  if (place >= capacity) {
    throw std::length_error("more than " + std::to_string(capacity) +
                            " reports; raise Bodies::reports");
  }
  entries()[place].value = value;
  entries()[place].unit_plus_1.store(static_cast<std::uint32_t>(unit) + 1,
                                     std::memory_order_release);
}

std::vector<std::vector<std::uint64_t>> ReportLog::by_unit(std::size_t units) const {
  const std::uint64_t written = std::min<std::uint64_t>(used.load(), capacity);
  std::vector<std::vector<std::uint64_t>> reports(written == 0 ? 0 : units);
  for (std::uint64_t i = 0; i < written; ++i) {
    const std::uint32_t unit = entries()[i].unit_plus_1.load(std::memory_order_acquire);
    if (unit != 0 && unit <= units) reports[unit - 1].push_back(entries()[i].value);
  }
  return reports;
}

void Switching::wait_fd(int fd, short events) {
  pollfd wait{fd, events, 0};
  while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
  }
}

void Switching::suspend_for(Waiter& waiter, std::chrono::nanoseconds duration) {
  (void)duration;
  suspend(waiter);
}

void Switching::suspend_fd(Waiter& waiter, int fd, short events) {
  (void)fd;
  (void)events;
  waiter.ready = [](Waiter& self) {
    auto& awaiter = static_cast<internal::FdAwaiter&>(self);
    pollfd wait{awaiter.fd, awaiter.events, 0};
    return poll(&wait, 1, 0) != 0;
  };
  suspend(waiter);
}

void Switching::suspend_on(Waiter& waiter, Channel& channel) {
  (void)channel;
  suspend(waiter);
}

namespace {

std::string text_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace

void Run::give_up_running(std::string_view why) {
  for (std::size_t unit = 0; unit < ends.size(); ++unit) {
    if (ends.kind(unit) != EndKind::kRunning) continue;
    set_end(unit, {EndKind::kGaveUp, 0, std::string(why)});
  }
}

void Unit::report(std::uint64_t value) { run_->log->append(index(), value); }

void Unit::send(std::size_t channel, std::span<const std::byte> message) {
  Channel& to = *run_->channels.at(channel);
  to.send(message);
  if (!run_->kernel_units) run_->switching->sent(to);
}

void Unit::unlock(std::size_t index) { run_->locks[index].store(0, std::memory_order_release); }

namespace {

bool has_ended(const EndRecords& ends, std::size_t unit) {
  const EndKind kind = ends.kind(unit);
  return kind != EndKind::kNotStarted && kind != EndKind::kRunning;
}

}  // namespace

void KernelSwitching::yield() { sched_yield(); }

void KernelSwitching::sleep_for(std::chrono::nanoseconds duration) {
  std::this_thread::sleep_for(duration);
}

bool Unit::ended() const { return has_ended(run_->ends, index()); }

bool Unit::ended(std::size_t unit) const {
  return has_ended(run_->ends_elsewhere.size() > 0 ? run_->ends_elsewhere : run_->ends, unit);
}

bool Unit::yield_at_once() noexcept {
  if (run_->kernel_units) {
    sched_yield();
    return true;
  }
  if (!blocks()) return false;
  run_->switching->yield();
  return true;
}

void Unit::yield_later(Waiter& waiter) noexcept { run_->switching->suspend(waiter); }

void Unit::told_exception() {
  run_->ends.tell(index(), {EndKind::kThrew, 0, text_of_current_exception()});
  if (!run_->contains_exceptions) throw;
}

void Unit::run_to_end() {
  if (run_->task != nullptr) {
    // Every await is carried out at once here, so that one resume goes to the end. The frame is not
    // remembered: a forked child would copy the page of this unit for it.
    make_frame().resume();
    return;
  }
  run_->ends.mark(index(), EndKind::kRunning);
  BlockingUnit plain(*this);
  try {
    (*run_->blocking)(plain);
  } catch (...) {
    told_exception();
  }
  run_->told_end(index());
}

void Unit::destroy() {
  const EndKind kind = run_->ends.kind(index());
  const bool released_itself =
      kind == EndKind::kCompleted || (kind == EndKind::kThrew && run_->contains_exceptions);
  if (frame_ && !released_itself) std::exchange(frame_, nullptr).destroy();
}

Message BlockingUnit::receive(std::size_t channel) {
  Message message;
  Channel& from = *unit_->run().channels.at(channel);
  if (from.receive_blocking(message)) return message;
  while (!from.try_receive(message)) yield();
  return message;
}

void BlockingUnit::lock(std::size_t index) {
  auto& held = unit_->run().locks[index];
  while (held.exchange(1, std::memory_order_acquire) != 0) yield();
}

}  // namespace assay
