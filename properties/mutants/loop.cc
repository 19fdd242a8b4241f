#include "properties/mutants/loop.h"

#include <thread>

namespace assay {

void Loop::suspend(Waiter& waiter) {
  const std::lock_guard hold(mutex_);
  queue_.push_back(&waiter);
}

void Loop::suspend_for(Waiter& waiter, std::chrono::nanoseconds duration) {
  const std::lock_guard hold(mutex_);
  timers_.push_back({Clock::now() + duration, &waiter});
}

Waiter* Loop::take() {
  const std::lock_guard hold(mutex_);
  if (queue_.empty()) return nullptr;
  const auto at = queue_.begin() + static_cast<std::ptrdiff_t>(choose(queue_));
  Waiter* waiter = *at;
  queue_.erase(at);
  return waiter;
}

void Loop::wake_timers() {
  const std::lock_guard hold(mutex_);
  if (timers_.empty()) return;
  const auto now = Clock::now();
  std::erase_if(timers_, [&](const Timer& timer) {
    if (timer.due > now) return false;
    queue_.push_back(timer.waiter);
    idle_ = 0;
    return true;
  });
}

void Loop::turn() {
  Waiter* waiter = take();
  if (waiter != nullptr && resume(*waiter)) {
    idle_ = 0;
    return;
  }
  if (waiter != nullptr) suspend(*waiter);
  ++idle_;
  // Nobody can go on before a timer, or a descriptor that is asked for at every turn.
  constexpr std::size_t kPatience = 256;
  if (idle_ > queue_.size() + kPatience) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

void Loop::run(Run& run, std::span<Unit> units, std::chrono::nanoseconds bound) {
  const auto deadline = Clock::now() + bound;
  for (Unit& unit : units) starts_.push_back({unit.start()});
  for (Waiter& start : starts_) suspend(start);
  constexpr int kTurns = 64;  // Between two looks at the clock.
  while (*run.finished < units.size()) {
    wake_timers();
    if (Clock::now() >= deadline) break;
    for (int i = 0; i < kTurns && *run.finished < units.size(); ++i) turn();
  }
  for (Unit& unit : units) {
    if (unit.ended()) continue;
    run.set_end(unit.index(), {EndKind::kGaveUp, 0, "at the bound; its frame was destroyed"});
    unit.destroy();
  }
}

}  // namespace assay
