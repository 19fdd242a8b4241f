#include "models/drivers/driver_costs.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "models/drivers/driver.h"
#include "models/drivers/exec.h"
#include "models/program_json.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

/// Giving up: how long one request may take.
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kMostBytes = 4096;

/// A driver that answers one request after the other.
class Session {
 public:
  explicit Session(const DriverSpec& spec) : name_("driver " + spec.info.name), owner_(getpid()) {
    // A socket: writing to a driver that died is an error, not a signal.
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      fail(std::strerror(errno));
    }
    fd_ = ends[0];
    driver_ = fork();
    if (driver_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      _exit(become(spec.command, ends[1], ends[1]));
    }
    close(ends[1]);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    close(fd_);
    if (driver_ <= 0 || owner_ != getpid()) return;
    kill(driver_, SIGKILL);
    waitpid(driver_, nullptr, 0);
  }

  /// False in a process that was forked from the one that started the driver.
  [[nodiscard]] bool is_own() const { return owner_ == getpid(); }

  nlohmann::json ask(const nlohmann::json& request) {
    if (driver_ < 0) fail("cannot be started");
    const std::string line = request.dump() + "\n";
    if (::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
      fail("expected it to read a request, but it is gone");
    }
    const std::string answer = read_line();
    nlohmann::json json = nlohmann::json::parse(answer, nullptr, false);
    const bool good = json.is_object() && json.contains("seen") && json.contains("ns") &&
                      json["seen"].is_number_unsigned() && json["ns"].is_number_unsigned() &&
                      json.value("version", 0) == kJsonVersion;
    if (!good) fail("expected {\"version\":1,\"seen\":N,\"ns\":N}, found '" + answer + "'");
    return json;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(name_ + ": " + why);
  }

  std::string read_line() {
    std::string line;
    const auto deadline = Clock::now() + kPatience;
    while (line.empty() || line.back() != '\n') {
      pollfd wait{fd_, POLLIN, 0};
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0) {
        fail("expected an answer within " + std::to_string(kPatience.count()) + " s, found '" +
             line + "'");
      }
      std::array<char, 512> some{};
      const ssize_t got = ::read(fd_, some.data(), some.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail("expected an answer, but it ended; it had written '" + line + "'");
      line.append(some.data(), static_cast<std::size_t>(got));
      if (line.size() > kMostBytes) fail("expected a short line, found '" + line.substr(0, 80));
    }
    line.pop_back();
    return line;
  }

  std::string name_;
  pid_t owner_;
  pid_t driver_ = -1;
  int fd_ = -1;
};

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

 private:
  std::uint64_t ask(nlohmann::json request) {
    request["version"] = kJsonVersion;
    took_.reset();
    if (!session_ || !session_->is_own()) session_ = std::make_unique<Session>(*spec_);
    try {
      const nlohmann::json answer = session_->ask(request);
      took_ = std::chrono::nanoseconds(answer["ns"].get<std::int64_t>());
      return answer["seen"].get<std::uint64_t>();
    } catch (const std::runtime_error&) {
      session_.reset();  // What it still may answer would be taken for the next.
      throw;
    }
  }

  const DriverSpec* spec_;
  std::unique_ptr<Session> session_;
  std::optional<std::chrono::nanoseconds> took_;
};

}  // namespace

std::unique_ptr<NativeCosts> make_driver_costs(const DriverSpec& spec) {
  return std::make_unique<DriverCosts>(spec);
}

}  // namespace assay
