#include "tiny_loop.h"

#include <thread>

void TinyLoop::post_after(std::chrono::nanoseconds delay, Function function) {
  timers_.emplace(Clock::now() + delay, std::move(function));
}

void TinyLoop::run() {
  while (!ready_.empty() || !timers_.empty()) {
    if (ready_.empty()) std::this_thread::sleep_until(timers_.begin()->first);
    move_due();
    // Only those of now: what they post must not keep timers from falling due.
    for (std::size_t left = ready_.size(); left > 0; --left) {
      const Function function = std::move(ready_.front());
      ready_.pop_front();
      function();
    }
  }
}

void TinyLoop::move_due() {
  const auto due = timers_.upper_bound(Clock::now());
  for (auto timer = timers_.begin(); timer != due; ++timer) post(std::move(timer->second));
  timers_.erase(timers_.begin(), due);
}
