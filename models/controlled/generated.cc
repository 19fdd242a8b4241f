#include "models/controlled/generated.h"

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <vector>

namespace assay::controlled {
namespace {

using Turns = std::vector<std::uint8_t>;

class Generated {
 public:
  Generated(Subject& subject, const ExploreOptions& options)
      : subject_(subject), options_(options), execution_(std::make_unique<Execution>()) {}

  Exploration run() {
    const auto turn = rc::gen::resize(kSizes, rc::gen::inRange<std::uint8_t>(0, 4));
    const auto turns = rc::gen::container<Turns>(turn);
    rc::Random random(options_.seed);
    while (record_.result.executions < options_.executions) {
      const int size = static_cast<int>(record_.result.executions % kSizes) + 1;
      const rc::Shrinkable<Turns> generated = turns(random.split(), size);
      once(generated.value());
      const std::vector<Failing> failures = failures_of(*execution_);
      const bool fails = !failures.empty();
      for (const Failing& failing : failures) shrink(generated, failing);
      if (fails) once(generated.value());
      record_.add(*execution_, outcome_);
      for (auto& [kind, failing] : smallest_)
        record_.result.failures.at(static_cast<std::size_t>(kind)) = failing;
      if (fails && options_.stop_at_failure) break;
    }
    return record_.take();
  }

 private:
  static constexpr int kSizes = 100;

  void once(const Turns& turns) {
    run_once(*execution_, subject_, options_.execution, outcome_,
             [&](const Execution& execution, std::uint64_t choices) {
               const std::size_t step = execution.steps();
               return pick(execution, choices, step < turns.size() ? turns[step] : 0U);
             });
  }

  static Proc pick(const Execution& execution, std::uint64_t choices, std::uint32_t turn) {
    const std::uint32_t steps = execution.steps();
    const Proc last = steps > 0 ? execution.schedule()[steps - 1] : kNobody;
    turn %= static_cast<std::uint32_t>(std::popcount(choices));
    if (last != kNobody && (choices & bit(last)) != 0) {
      if (turn == 0) return last;
      choices &= ~bit(last);
      --turn;
    }
    for (; turn > 0; --turn) choices &= choices - 1;
    return static_cast<Proc>(std::countr_zero(choices));
  }

  void shrink(const rc::Shrinkable<Turns>& generated, const Failing& failing) {
    if (smallest_.count(failing.kind) != 0) return;
    Failing smallest = failing;
    const auto fails_alike = [&](const Turns& turns) {
      once(turns);
      for (Failing& other : failures_of(*execution_)) {
        if (other.kind != failing.kind) continue;
        smallest = std::move(other);
        return true;
      }
      return false;
    };
    rc::shrinkable::findLocalMin(generated, fails_alike);
    smallest_.emplace(failing.kind, std::move(smallest));
  }

  Subject& subject_;
  ExploreOptions options_;
  std::unique_ptr<Execution> execution_;
  Outcome outcome_;
  Record record_;
  std::map<FailureKind, Failing> smallest_;
};

}  // namespace

Exploration explore_generated(Subject& subject, const ExploreOptions& options) {
  return Generated(subject, options).run();
}

}  // namespace assay::controlled
