#include "stress/use_cases/hostile_stream.h"

#include <algorithm>
#include <random>

namespace assay {
namespace {

constexpr std::uint32_t kCell = 5;

/// A request: its number goes to the unit's own stack and heap, through yields, and back.
std::vector<Step> good_request(std::int64_t number) {
  return {write(Region::kStack, kCell, number), yield(2), recurse(20, number, 1),
          check_registers(number, 2), read(Region::kStack, kCell)};
}

class Stream {
 public:
  Stream(BodyRuntime& runtime, const HostileStreamOptions& options)
      : runtime_(&runtime), options_(&options), random_(options.seed) {}

  HostileStreamResult run() {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < options_->batches; ++i) {
      serve(i < kFaults ? static_cast<Fault>(i) : static_cast<Fault>(random_() % kFaults));
    }
    const auto took = std::chrono::steady_clock::now() - start;
    result_.seconds = std::chrono::duration<double>(took).count();
    return std::move(result_);
  }

 private:
  void serve(Fault fault) {
    Program program;
    program.bound_ns = options_->bound.count();
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 0; i < options_->batch; ++i) {
      numbers.push_back(static_cast<std::int64_t>(random_() >> 2));
      program.units.push_back(good_request(numbers.back()));
    }
    const std::size_t hostile = random_() % options_->batch;
    program.units[hostile] = {yield(), assay::fault(fault), yield()};
    const Trace trace = runtime_->run(program);
    ++result_.hostile;
    for (std::size_t i = 0; i < options_->batch; ++i) {
      if (i != hostile) judge(fault, trace.units.at(i), numbers[i], i);
    }
  }

  void judge(Fault fault, const UnitTrace& unit, std::int64_t number, std::size_t index) {
    ++result_.good;
    const Event* answer = unit.at(good_request(0).size() - 1);
    if (unit.end.ok() && answer != nullptr && answer->value == number) {
      ++result_.answered;
      return;
    }
    ++result_.lost.at(static_cast<std::size_t>(fault));
    if (!result_.first_loss.empty()) return;
    result_.first_loss = std::string(to_string(fault)) + ": request " + std::to_string(index) +
                         (unit.end.ok() ? " had a wrong answer" : " " + to_string(unit.end));
  }

  BodyRuntime* runtime_;
  const HostileStreamOptions* options_;
  std::mt19937_64 random_;
  HostileStreamResult result_;
};

}  // namespace

HostileStreamResult run_hostile_stream(BodyRuntime& runtime, const HostileStreamOptions& options) {
  return Stream(runtime, options).run();
}

}  // namespace assay
