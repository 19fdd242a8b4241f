#include "models/adapters/round_robin.h"

#include <algorithm>

namespace assay {

void RoundRobin::yield() {
  ready_.push_back(current_);
  give_way();
}

void RoundRobin::sleep_for(std::chrono::nanoseconds duration) {
  waiting_.push_back({current_, Clock::now() + duration, -1, 0});
  give_way();
}

void RoundRobin::wait_fd(int fd, short events) {
  waiting_.push_back({current_, Clock::time_point::max(), fd, events});
  give_way();
}

void RoundRobin::give_way() {
  StackNotes& mine = notes_[current_];
  mine.leaves_for(scheduler_);
  leave();
  mine.arrived();
}

void RoundRobin::run_current() {
  StackNotes& mine = notes_[current_];
  mine.arrived_first(scheduler_);
  units_[current_].run_to_end();
  mine.leaves_for_good(scheduler_);
}

void RoundRobin::take_turns() {
  for (std::size_t i = 0; i < units_.size(); ++i) ready_.push_back(i);
  while (!ready_.empty() || !waiting_.empty()) {
    // One round: those who yield meanwhile come after those whom a timer wakes.
    for (std::size_t left = ready_.size(); left > 0; --left) {
      current_ = ready_.front();
      ready_.pop_front();
      scheduler_.leaves_for(notes_[current_]);
      enter();
      scheduler_.arrived();
    }
    if (!waiting_.empty()) wake(ready_.empty());
  }
}

void RoundRobin::wake(bool may_wait) {
  std::vector<pollfd> descriptors;
  Clock::time_point first = Clock::time_point::max();
  for (const Waiting& one : waiting_) {
    // poll(2) passes over negative descriptors.
    descriptors.push_back({one.fd, one.events, 0});
    first = std::min(first, one.due);
  }
  const auto left = std::max(first - Clock::now(), Clock::duration::zero());
  const timespec time{left / std::chrono::seconds(1), (left % std::chrono::seconds(1)).count()};
  const timespec at_once{0, 0};
  const bool for_ever = may_wait && first == Clock::time_point::max();
  ppoll(descriptors.data(), descriptors.size(),
        for_ever   ? nullptr
        : may_wait ? &time
                   : &at_once,
        nullptr);
  const auto now = Clock::now();
  std::vector<Waiting> still;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const bool wakes = waiting_[i].due <= now || descriptors[i].revents != 0;
    if (wakes) {
      ready_.push_back(waiting_[i].unit);
    } else {
      still.push_back(waiting_[i]);
    }
  }
  waiting_ = std::move(still);
}

}  // namespace assay
