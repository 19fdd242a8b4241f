// Messages between units on every reference runtime: exactly once, in order for each sender, whole.
#include "models/channel.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <system_error>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/process/pipe_channel.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

struct Channels : testing::TestWithParam<BodyRuntime*> {
  BodyRuntime& runtime() { return *GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(All, Channels,
                         testing::Values(&fork_runtime(), &std_thread(), &coroutine()),
                         [](const auto& info) { return info.param->info().name; });

Message pattern(std::size_t bytes) {
  Message message(bytes);
  for (std::size_t i = 0; i < bytes; ++i) message[i] = static_cast<std::byte>(i * 7 + bytes);
  return message;
}

TEST_P(Channels, MessagesOfAnySizeArriveWhole) {
  constexpr std::array<std::size_t, 10> kSizes{0,      1,      8,       4'088,   4'089,
                                               65'528, 65'536, 100'001, 262'144, 1'048'576};
  Bodies bodies;
  bodies.count = 2;
  bodies.channels = 1;
  bodies.reports = kSizes.size();
  bodies.task = [&](Unit& unit) -> Task {
    for (const std::size_t bytes : kSizes) {
      if (unit.index() == 0) {
        unit.send(0, pattern(bytes));
        continue;
      }
      Message message;
      co_await unit.receive(0, message);
      unit.report(message == pattern(bytes) ? 1 : 0);
    }
  };
  const BodyResult result = runtime().run_hosted(bodies);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  EXPECT_EQ(result.reports[1], std::vector<std::uint64_t>(kSizes.size(), 1));
}

/// `senders` units send `each` messages to one receiver, long ones among them.
BodyResult many_to_one(BodyRuntime& runtime, std::size_t senders, std::uint64_t each) {
  Bodies bodies;
  bodies.count = senders + 1;
  bodies.channels = 1;
  bodies.reports = senders * each;
  bodies.task = [=](Unit& unit) -> Task {
    Message message;
    for (std::uint64_t i = 0; unit.index() < senders && i < each; ++i) {
      const std::uint64_t value = unit.index() * each + i;
      message.assign(i % 10 == 9 ? 70'000 : sizeof(value), std::byte{1});
      std::memcpy(message.data(), &value, sizeof(value));
      unit.send(0, message);
      co_await unit.yield();
    }
    for (std::uint64_t i = 0; unit.index() == senders && i < senders * each; ++i) {
      co_await unit.receive(0, message);
      std::uint64_t value = 0;
      std::memcpy(&value, message.data(), sizeof(value));
      unit.report(value);
    }
  };
  return runtime.run_hosted(bodies);
}

TEST_P(Channels, ManySendersAreHeardOnceAndInOrder) {
  constexpr std::size_t kSenders = 8;
  constexpr std::uint64_t kEach = 30;
  const BodyResult result = many_to_one(runtime(), kSenders, kEach);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  const auto& received = result.reports[kSenders];
  ASSERT_EQ(received.size(), kSenders * kEach);
  std::vector<std::uint64_t> next(kSenders, 0);
  for (const std::uint64_t value : received) {
    EXPECT_EQ(value % kEach, next.at(value / kEach)++) << "of sender " << value / kEach;
  }
}

TEST_P(Channels, ManyReceiversShareTheMessages) {
  constexpr std::uint64_t kMessages = 60;
  Bodies bodies;
  bodies.count = 4;
  bodies.channels = 1;
  bodies.reports = kMessages;
  bodies.task = [](Unit& unit) -> Task {
    for (std::uint64_t i = 0; unit.index() == 0 && i < kMessages; ++i) {
      unit.send(0, std::as_bytes(std::span(&i, 1)));
    }
    for (std::uint64_t i = 0; unit.index() != 0 && i < kMessages / 3; ++i) {
      Message message;
      co_await unit.receive(0, message);
      std::uint64_t value = 0;
      std::memcpy(&value, message.data(), sizeof(value));
      unit.report(value);
    }
  };
  const BodyResult result = runtime().run_hosted(bodies);
  ASSERT_TRUE(result.completed()) << result.failure() << "\n" << result.output;
  std::vector<int> times(kMessages, 0);
  for (const auto& reports : result.reports) {
    for (const std::uint64_t value : reports) ++times.at(value);
  }
  EXPECT_EQ(times, std::vector<int>(kMessages, 1));
}

TEST(PipeChannel, HasNoMessageWhenNoneWasSent) {
  PipeChannel channel;
  Message message;
  EXPECT_FALSE(channel.try_receive(message));
  channel.send({});
  EXPECT_TRUE(channel.try_receive(message));
  EXPECT_TRUE(message.empty());
  EXPECT_FALSE(channel.try_receive(message));
}

/// Leaves a torn message in the channel: of a sender that died in the middle.
void tear(PipeChannel& channel) {
  const pid_t sender = fork();
  if (sender == 0) {
    channel.send(Message(1'000'000));  // More than a pipe holds: it waits in the middle.
    _exit(1);
  }
  // Its length is there when the pipe has bytes; then it holds the channel.
  while (!channel.has_bytes()) usleep(100);
  kill(sender, SIGKILL);
  waitpid(sender, nullptr, 0);
}

/// The error code of what `use` throws, or 0.
template <typename Use>
int error_of(const Use& use) {
  try {
    use();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

TEST(PipeChannel, ASenderThatDiesInTheMiddleIsNamedToTheNextSender) {
  PipeChannel channel;
  tear(channel);
  const auto send = [&] { channel.send(Message(100'000)); };
  EXPECT_EQ(error_of(send), EOWNERDEAD) << "a message was sent after a torn one";
  EXPECT_EQ(error_of(send), EOWNERDEAD) << "only the first sender was told";
}

TEST(PipeChannel, ASenderThatDiesInTheMiddleIsNamedToTheReceiver) {
  PipeChannel channel;
  tear(channel);
  Message message;
  EXPECT_EQ(error_of([&] { channel.receive_blocking(message); }), EOWNERDEAD)
      << "a torn message was received";
}

TEST(PipeChannel, SmallAndLargeMessagesOfOneSenderKeepTheirOrder) {
  PipeChannel channel;
  constexpr std::array<std::size_t, 5> kSizes{8, 5'000, 0, 30'000, 16};
  for (const std::size_t bytes : kSizes) channel.send(pattern(bytes));
  Message message;
  for (const std::size_t bytes : kSizes) {
    ASSERT_TRUE(channel.try_receive(message));
    EXPECT_EQ(message, pattern(bytes)) << "expected the message of " << bytes << " bytes";
  }
  EXPECT_FALSE(channel.try_receive(message));
}

TEST(QueueChannel, GivesMessagesInOrder) {
  QueueChannel channel;
  for (std::size_t bytes = 0; bytes < 5; ++bytes) channel.send(pattern(bytes));
  Message message;
  for (std::size_t bytes = 0; bytes < 5; ++bytes) {
    ASSERT_TRUE(channel.try_receive(message));
    EXPECT_EQ(message, pattern(bytes));
  }
  EXPECT_FALSE(channel.try_receive(message));
  EXPECT_FALSE(channel.receive_blocking(message));
}

}  // namespace
}  // namespace assay
