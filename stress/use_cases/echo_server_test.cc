#include "stress/use_cases/echo_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/sanitized.h"
#include "models/shared_mapping.h"
#include "stress/use_cases/echo_client.h"
#include "stress/use_cases/wrong_runtimes.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

EchoOptions options(std::size_t connections) {
  EchoOptions options;
  options.connections = connections;
  return options;
}

struct EchoServer : testing::TestWithParam<BodyRuntime*> {};

INSTANTIATE_TEST_SUITE_P(All, EchoServer,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         [](const auto& info) { return info.param->info().name; });

TEST_P(EchoServer, HoldsEveryConnectionAndEchoesEveryMessage) {
  const std::size_t connections = kSanitized ? 50 : 300;
  const EchoResult result = run_echo_server(*GetParam(), options(connections));
  ASSERT_EQ(result.outcome, UseCaseOutcome::kWorked) << result.reason;
  EXPECT_EQ(result.held, connections);
  EXPECT_EQ(result.echoes, connections * 3);
  EXPECT_GT(result.echoes_per_s, 0);
  EXPECT_LE(result.p50_us, result.p99_us);
  EXPECT_GT(result.bytes_per_connection, 0);
}

TEST_P(EchoServer, ServesOneConnection) {
  const EchoResult result = run_echo_server(*GetParam(), options(1));
  EXPECT_EQ(result.outcome, UseCaseOutcome::kWorked) << result.reason;
}

TEST(EchoServer, ALoopByHandDoesTheSame) {
  const EchoResult result = run_echo_by_hand(options(kSanitized ? 50 : 300));
  EXPECT_EQ(result.outcome, UseCaseOutcome::kWorked) << result.reason;
  EXPECT_EQ(result.held, result.connections);
  EXPECT_GT(result.switches, 0);
}

TEST(EchoServer, CoroutinesHoldMoreConnectionsThanOneBacklog) {
  const std::size_t wanted = kSanitized ? 500 : 6'000;
  const ConnectionLimit allowed = connections_allowed(wanted);
  const EchoResult result = run_echo_server(coroutine(), options(allowed.connections));
  EXPECT_EQ(result.outcome, UseCaseOutcome::kWorked) << result.reason << " " << allowed.limit;
}

TEST(EchoServer, UnitsThatRunOneAfterTheOtherHoldOneConnection) {
  SerialThreads runtime;
  EchoOptions serial = options(8);
  serial.bound = milliseconds(3'000);
  const EchoResult result = run_echo_server(runtime, serial);
  EXPECT_EQ(result.outcome, UseCaseOutcome::kFailed);
  EXPECT_LT(result.held, 8U);
  EXPECT_NE(result.reason.find("expected 8 connections open at once"), std::string::npos)
      << result.reason;
}

TEST(EchoServer, AForgottenConnectionIsSeen) {
  ForgetfulThreads runtime;
  EchoOptions forgetful = options(8);
  forgetful.bound = milliseconds(3'000);
  const EchoResult result = run_echo_server(runtime, forgetful);
  EXPECT_EQ(result.outcome, UseCaseOutcome::kFailed) << result.reason;
}

TEST(EchoServer, LimitsAreNamed) {
  EXPECT_EQ(connections_allowed(1).limit, "");
  const ConnectionLimit allowed = connections_allowed(std::size_t{1} << 40);
  EXPECT_LT(allowed.connections, std::size_t{1} << 40);
  EXPECT_NE(allowed.limit, "");
}

/// A server by hand that treats its one connection as `serve` says.
struct OneConnection {
  explicit OneConnection(void (*serve)(int)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
    pid_ = fork();
    if (pid_ == 0) {
      serve(accept(listener_, nullptr, nullptr));
      _exit(0);
    }
    close(listener_);
  }
  OneConnection(const OneConnection&) = delete;
  OneConnection& operator=(const OneConnection&) = delete;
  ~OneConnection() { waitpid(pid_, nullptr, 0); }

  std::uint16_t port = 0;

 private:
  int listener_ = -1;
  pid_t pid_ = -1;
};

bool client_is_content(void (*serve)(int), EchoCounts& counts,
                       milliseconds bound = milliseconds(20'000)) {
  const OneConnection server(serve);
  EchoLoad load;
  load.ports = {server.port};
  load.bound = bound;
  std::vector<std::uint32_t> latencies(load.messages);
  return run_echo_client(load, counts, latencies, {});
}

void echo_until_end(int fd, void (*change)(char* bytes, ssize_t count)) {
  char bytes[kEchoBytes] = {'+'};
  ssize_t held = 1;
  while (held > 0 && send(fd, bytes, static_cast<std::size_t>(held), MSG_NOSIGNAL) == held) {
    held = recv(fd, bytes, sizeof(bytes), 0);
    if (change != nullptr) change(bytes, held);
  }
}

TEST(EchoClient, IsContentWithAnEcho) {
  EchoCounts counts{};
  EXPECT_TRUE(client_is_content([](int fd) { echo_until_end(fd, nullptr); }, counts))
      << counts.error;
  EXPECT_EQ(counts.echoes, 3U);
}

TEST(EchoClient, SeesADamagedEcho) {
  EchoCounts counts{};
  EXPECT_FALSE(client_is_content(
      [](int fd) { echo_until_end(fd, [](char* bytes, ssize_t) { bytes[7] ^= 1; }); }, counts));
  EXPECT_EQ(counts.wrong, 1U);
}

TEST(EchoClient, SeesADroppedEcho) {
  EchoCounts counts{};
  const auto drops = [](int fd) {
    char bytes[kEchoBytes] = {'+'};
    send(fd, bytes, 1, MSG_NOSIGNAL);
    while (recv(fd, bytes, sizeof(bytes), 0) > 0) {
    }
  };
  EXPECT_FALSE(client_is_content(drops, counts, milliseconds(500)));
  EXPECT_EQ(counts.error, ETIMEDOUT);
  EXPECT_EQ(counts.echoes, 0U);
}

TEST(EchoClient, SeesAClosedConnection) {
  EchoCounts counts{};
  const auto closes = [](int fd) {
    send(fd, "+", 1, MSG_NOSIGNAL);
    close(fd);
  };
  EXPECT_FALSE(client_is_content(closes, counts));
  EXPECT_EQ(counts.closed, 1U);
}

}  // namespace
}  // namespace assay
