/// A tiny scheduler, as a stand-in for yours: calls functions on the calling thread, in the order
/// in which they were posted or fell due. It knows nothing of Assay.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>

class TinyLoop {
 public:
  using Function = std::function<void()>;

  void post(Function function) { ready_.push_back(std::move(function)); }
  void post_after(std::chrono::nanoseconds delay, Function function);

  /// Calls functions until none is left.
  void run();

 private:
  using Clock = std::chrono::steady_clock;
  void move_due();

  std::deque<Function> ready_;
  std::multimap<Clock::time_point, Function> timers_;
};
