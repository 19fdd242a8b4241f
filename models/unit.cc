#include "models/unit.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

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

void set_end(UnitEnd& end, EndKind kind) {
  end.kind.store(static_cast<std::uint8_t>(kind), std::memory_order_release);
}

EndKind kind_of(const UnitEnd& end) {
  return static_cast<EndKind>(end.kind.load(std::memory_order_acquire));
}

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

void Run::refuse(std::size_t first, std::string_view why) {
  const std::span<char> room = what(first);
  std::memcpy(room.data(), why.data(), std::min(why.size(), room.size() - 1));
}

bool Run::completed(std::size_t unit) const { return kind_of(ends[unit]) == EndKind::kCompleted; }

void Run::give_up_running(std::string_view why) {
  for (std::size_t unit = 0; unit < ends.size(); ++unit) {
    if (kind_of(ends[unit]) != EndKind::kRunning) continue;
    set_end(unit, {EndKind::kGaveUp, 0, std::string(why)});
  }
}

void Run::set_end(std::size_t unit, const End& end) {
  const EndKind known = kind_of(ends[unit]);
  const bool clean_exit_of_completed = known == EndKind::kCompleted && end.ok();
  if (known == EndKind::kThrew || clean_exit_of_completed) return;
  ends[unit].code = end.code;
  const std::span<char> room = what(unit);
  if (!end.what.empty()) std::strncpy(room.data(), end.what.c_str(), room.size() - 1);
  assay::set_end(ends[unit], end.kind);
}

void Unit::report(std::uint64_t value) { run_->log->append(index_, value); }

void Unit::send(std::size_t channel, std::span<const std::byte> message) {
  Channel& to = *run_->channels.at(channel);
  to.send(message);
  run_->switching->sent(to);
}

void Unit::unlock(std::size_t index) { run_->locks[index].store(0, std::memory_order_release); }

bool Unit::ended() const {
  const EndKind kind = kind_of(run_->ends[index_]);
  return kind != EndKind::kNotStarted && kind != EndKind::kRunning;
}

void Unit::told_end() noexcept {
  UnitEnd& end = run_->ends[index_];
  if (kind_of(end) == EndKind::kRunning) set_end(end, EndKind::kCompleted);
  if (frame_) frame_ = nullptr;
  if (run_->one_task) {
    const std::uint64_t before = run_->finished->load(std::memory_order_relaxed);
    run_->finished->store(before + 1, std::memory_order_relaxed);
  } else {
    run_->finished->fetch_add(1, std::memory_order_relaxed);
  }
}

bool Unit::yield_at_once() noexcept {
  if (!blocks()) return false;
  run_->switching->yield();
  return true;
}

void Unit::yield_later(Waiter& waiter) noexcept { run_->switching->suspend(waiter); }

void Unit::told_exception() {
  const std::string text = text_of_current_exception();
  const std::span<char> room = run_->what(index_);
  std::strncpy(room.data(), text.c_str(), room.size() - 1);
  set_end(run_->ends[index_], EndKind::kThrew);
  if (!run_->contains_exceptions) throw;
}

Task::Handle Unit::make_frame() {
  set_end(run_->ends[index_], EndKind::kRunning);
  Task::Handle handle = (*run_->task)(*this).release();
  handle.promise().unit = this;
  handle.promise().ready = run_->ready;
  return handle;
}

std::coroutine_handle<> Unit::start() { return frame_ = make_frame(); }

void Unit::run_to_end() {
  if (run_->task != nullptr) {
    // Every await is carried out at once here, so that one resume goes to the end. The frame is not
    // remembered: a forked child would copy the page of this unit for it.
    make_frame().resume();
    return;
  }
  set_end(run_->ends[index_], EndKind::kRunning);
  BlockingUnit plain(*this);
  try {
    (*run_->blocking)(plain);
  } catch (...) {
    told_exception();
  }
  told_end();
}

void Unit::destroy() {
  if (frame_) std::exchange(frame_, nullptr).destroy();
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
