#include "stress/use_cases/message_parser.h"

#include <gtest/gtest.h>

#include <array>

namespace assay {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::array kWord{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                           std::byte{5}, std::byte{6}, std::byte{7}, std::byte{8}};

Bytes message(MessageType type, std::span<const std::byte> body) {
  Bytes bytes;
  append_message(bytes, type, static_cast<std::uint32_t>(body.size()), body);
  return bytes;
}

Bytes batches(int depth) {
  Bytes bytes = message(MessageType::kText, kWord);
  for (int i = 0; i < depth; ++i) bytes = message(MessageType::kBatch, bytes);
  return bytes;
}

TEST(MessageParser, ReadsEveryType) {
  Bytes input = message(MessageType::kText, kWord);
  append_message(input, MessageType::kNumber, 8, kWord);
  append_message(input, MessageType::kPadding, 3, std::span(kWord).first(3));
  append_message(input, MessageType::kRepeat, 2, {});
  const Bytes batch = batches(1);
  input.insert(input.end(), batch.begin(), batch.end());
  const Parsed parsed = parse_messages(input);
  EXPECT_EQ(parsed.status, ParseStatus::kComplete);
  EXPECT_EQ(parsed.messages, 6U);
}

TEST(MessageParser, TheVulnerableParserAgreesOnWellFormedInput) {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    const Bytes input = generated_input(seed);
    const Parsed parsed = parse_messages(input);
    if (parsed.status == ParseStatus::kComplete) {
      EXPECT_EQ(parse_vulnerably(input), parsed) << seed;
    }
  }
}

TEST(MessageParser, GeneratedInputReachesEveryStatus) {
  std::array<int, 5> seen{};
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    // A copy of the exact size, so that AddressSanitizer sees a read behind it.
    const Bytes input = generated_input(seed);
    ++seen.at(static_cast<std::size_t>(parse_messages(input).status));
  }
  EXPECT_GT(seen[static_cast<std::size_t>(ParseStatus::kComplete)], 0);
  EXPECT_GT(seen[static_cast<std::size_t>(ParseStatus::kTruncated)], 0);
  EXPECT_GT(seen[static_cast<std::size_t>(ParseStatus::kUnknownType)], 0);
  EXPECT_GT(seen[static_cast<std::size_t>(ParseStatus::kTooLong)], 0);
}

TEST(MessageParser, NestingIsBounded) {
  EXPECT_EQ(parse_messages(batches(kDeepest)).status, ParseStatus::kComplete);
  EXPECT_EQ(parse_messages(batches(kDeepest + 1)).status, ParseStatus::kTooDeep);
}

TEST(MessageParser, EveryPrefixIsReadWithoutHarm) {
  const Bytes whole = batches(3);
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const Bytes input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(parse_messages(input).status, ParseStatus::kTruncated) << length;
  }
}

TEST(MessageParser, HostileMessagesAreRefused) {
  EXPECT_EQ(parse_messages(hostile_message(Hostile::kOverflow)).status, ParseStatus::kTruncated);
  EXPECT_EQ(parse_messages(hostile_message(Hostile::kEndlessLoop)).status, ParseStatus::kTruncated);
  EXPECT_EQ(parse_messages(hostile_message(Hostile::kExhaustion)).status, ParseStatus::kTooLong);
}

}  // namespace
}  // namespace assay
