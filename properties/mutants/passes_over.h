/// A scheduler of coroutines that lets one of them go on only when nobody else can, or when it was
/// passed over thousands of times.
#pragma once

#include "properties/mutants/loop.h"

namespace assay {

class PassesOver : public Loop {
 protected:
  /// The first suspension of the unit that is passed over; null where none is.
  [[nodiscard]] virtual const Waiter* victim() const = 0;

 private:
  static constexpr std::size_t kMostTimes = 5'000;

  std::size_t choose(const std::deque<Waiter*>& queue) override {
    const Waiter* const its = victim();
    const bool is_victim = its != nullptr && queue.front()->handle == its->handle;
    if (!is_victim || queue.size() == 1 || is_idle() || ++passed_over_ >= kMostTimes) {
      if (is_victim) passed_over_ = 0;
      return 0;
    }
    return 1;
  }

  std::size_t passed_over_ = 0;
};

}  // namespace assay
