#include "models/drivers/driver_costs.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "models/drivers/answer_lines.h"
#include "models/drivers/driver.h"
#include "models/drivers/driver_session.h"
#include "models/printable.h"
#include "models/program_json.h"

namespace assay {
namespace {

/// Giving up: how long one request may take.
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kShown = 120;

class DriverCosts : public NativeCosts {
 public:
  explicit DriverCosts(const DriverSpec& spec) : spec_(&spec) {}

  std::uint64_t create_and_join(std::uint64_t rounds, std::uint64_t batch) override {
    return ask({{"costs", "create_and_join"}, {"rounds", rounds}, {"batch", batch}});
  }
  std::uint64_t ping_pong(std::uint64_t switches, int core_a, int core_b) override {
    return ask(
        {{"costs", "ping_pong"}, {"switches", switches}, {"core_a", core_a}, {"core_b", core_b}});
  }
  [[nodiscard]] bool runs_across_cores() const override { return spec_->runs_across_cores; }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> own_time() const override { return took_; }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> own_cpu_time() const override {
    return used_;
  }

 private:
  std::uint64_t ask(nlohmann::json request) {
    request["version"] = kJsonVersion;
    took_.reset();
    used_.reset();
    if (!session_ || !session_->is_own()) {
      session_ = std::make_unique<DriverSession>(spec_->command);
    }
    const auto asked = std::chrono::steady_clock::now();
    const auto answer = session_->ask(request.dump(), kPatience, kMostBytes);
    const std::chrono::nanoseconds elapsed = std::chrono::steady_clock::now() - asked;
    nlohmann::json json = nlohmann::json::parse(answer.text, nullptr, false);
    const bool good = answer.whole && json.is_object() && has_whole(json, "version") &&
                      json["version"] == kJsonVersion && has_whole(json, "seen") &&
                      has_whole(json, "ns") &&
                      (!json.contains("cpu_ns") || has_whole(json, "cpu_ns"));
    if (!good) {
      fail(answer, answer.whole || answer.unasked
                       ? "expected {\"version\":1,\"seen\":N,\"ns\":N}, found '"
                       : "");
    }
    const std::uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
    const bool possible = fits(json["ns"], elapsed) &&
                          (!json.contains("cpu_ns") || fits(json["cpu_ns"], elapsed * cores));
    if (!possible) {
      fail(answer, "expected no more ns than the " + std::to_string(elapsed.count()) +
                       " that it took to answer, found '");
    }
    took_ = std::chrono::nanoseconds(json["ns"].get<std::int64_t>());
    if (json.contains("cpu_ns"))
      used_ = std::chrono::nanoseconds(json["cpu_ns"].get<std::int64_t>());
    return json["seen"].get<std::uint64_t>();
  }

  /// A whole number that a duration in ns can hold.
  static bool has_whole(const nlohmann::json& json, const char* name) {
    return json.contains(name) && json[name].is_number_unsigned() &&
           std::in_range<std::int64_t>(json[name].get<std::uint64_t>());
  }

  /// Whether the ns may have been measured within this time; by another clock, which is not as
  /// fine.
  static bool fits(const nlohmann::json& ns, std::chrono::nanoseconds within) {
    constexpr std::chrono::milliseconds kSlack{100};
    return std::chrono::nanoseconds(ns.get<std::int64_t>()) <= within * 2 + kSlack;
  }

  /// `why` is empty where there was no answer.
  [[noreturn]] void fail(const DriverSession::Answer& answer, std::string why) {
    const HostResult host = session_->end(answer, kPatience);
    session_.reset();  // What it still may answer would be taken for the next.
    if (why.empty()) {
      why = "expected an answer, but it " + to_string(host.end) + "; it had written '";
    }
    const std::string output =
        host.output.empty() ? "" : "; its standard error: " + printable(host.output, kShown);
    throw std::runtime_error("driver " + spec_->info.name + ": " + why +
                             printable(lines_of(answer.text).first, kShown) + "'" + output);
  }

  const DriverSpec* spec_;
  std::unique_ptr<DriverSession> session_;
  std::optional<std::chrono::nanoseconds> took_;
  std::optional<std::chrono::nanoseconds> used_;
};

}  // namespace

std::unique_ptr<NativeCosts> make_driver_costs(const DriverSpec& spec) {
  return std::make_unique<DriverCosts>(spec);
}

}  // namespace assay
