#include "stress/use_cases/http_server.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

struct HttpServer : testing::TestWithParam<BodyRuntime*> {};

INSTANTIATE_TEST_SUITE_P(All, HttpServer,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         [](const auto& info) { return info.param->info().name; });

/// Two requests, the second in two parts, by a shell that knows /dev/tcp.
constexpr const char* kTwoRequests = R"(exec bash -c '
exec 3<>/dev/tcp/127.0.0.1/$PORT
printf "GET / HTTP/1.1\r\n\r\nGET / HT" >&3
printf "TP/1.1\r\n\r\n" >&3
for i in 1 2 3 4 5 6 7 8 9 10; do read -r line <&3; echo "$line"; done'
)";

TEST_P(HttpServer, AnswersEveryRequestOfAConnection) {
  HttpOptions options;
  options.connections = 3;  // Two of them wait in vain until the client has ended.
  options.command = kTwoRequests;
  const HttpResult result = run_http_server(*GetParam(), options);
  EXPECT_EQ(result.failure, "") << result.output;
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.requests, 2U) << result.output;
  EXPECT_EQ(result.connections, 1U);
  EXPECT_NE(result.output.find("assay\nHTTP/1.1 200 OK"), std::string::npos) << result.output;
}

TEST_P(HttpServer, SatisfiesWrk) {
  if (system("command -v wrk >/dev/null") != 0) GTEST_SKIP() << "wrk is not installed (ci/setup)";
  HttpOptions options;
  options.connections = 21;
  options.command = "exec wrk -t 1 -c 20 -d 1 http://127.0.0.1:$PORT/";
  const HttpResult result = run_http_server(*GetParam(), options);
  EXPECT_EQ(result.failure, "") << result.output;
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_GE(result.connections, 20U) << result.output;
  EXPECT_GT(result.requests, 0U);
  EXPECT_NE(result.output.find("Requests/sec"), std::string::npos) << result.output;
  EXPECT_EQ(result.output.find("Socket errors"), std::string::npos) << result.output;
  EXPECT_EQ(result.output.find("Non-2xx"), std::string::npos) << result.output;
}

TEST(HttpServer, ACommandThatCannotBeRunIsSeen) {
  HttpOptions options;
  options.connections = 1;
  options.command = "exec no_such_program";
  const HttpResult result = run_http_server(coroutine(), options);
  EXPECT_EQ(WEXITSTATUS(result.status), 127);
  EXPECT_EQ(result.requests, 0U);
}

}  // namespace
}  // namespace assay
