#include "models/drivers/driver_costs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "models/drivers/driver.h"
#include "models/drivers/driver_session.h"
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
    const auto answer = session_->ask(request.dump(), kPatience, kMostBytes);
    nlohmann::json json = nlohmann::json::parse(answer.text, nullptr, false);
    const bool good = answer.whole && json.is_object() && json.contains("seen") &&
                      json.contains("ns") && json["seen"].is_number_unsigned() &&
                      json["ns"].is_number_unsigned() &&
                      (!json.contains("cpu_ns") || json["cpu_ns"].is_number_unsigned()) &&
                      json.value("version", 0) == kJsonVersion;
    if (!good) fail(answer);
    took_ = std::chrono::nanoseconds(json["ns"].get<std::int64_t>());
    if (json.contains("cpu_ns"))
      used_ = std::chrono::nanoseconds(json["cpu_ns"].get<std::int64_t>());
    return json["seen"].get<std::uint64_t>();
  }

  [[noreturn]] void fail(const DriverSession::Answer& answer) {
    const HostResult host = session_->end(answer, kPatience);
    session_.reset();  // What it still may answer would be taken for the next.
    const std::string why =
        answer.whole || answer.unasked
            ? "expected {\"version\":1,\"seen\":N,\"ns\":N}, found '"
            : "expected an answer, but it " + to_string(host.end) + "; it had written '";
    const std::string output = host.output.empty() ? "" : "; its standard error: " + host.output;
    throw std::runtime_error("driver " + spec_->info.name + ": " + why +
                             answer.text.substr(0, std::min(kShown, answer.text.find('\n'))) + "'" +
                             output);
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
