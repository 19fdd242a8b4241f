/// A parser of length-prefixed messages, and one with the classic mistakes.
///
/// A message is a 4-byte big-endian length, a 1-byte type and `length` bytes. `parse_messages`
/// reads any bytes within bounded time, memory and stack. `parse_vulnerably` believes what it
/// reads: it is what the sandbox is for (sandboxed_worker.h), and must run confined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay {

enum class MessageType : std::uint8_t {
  kText = 1,     ///< Bytes.
  kNumber = 2,   ///< 8 bytes, big-endian.
  kBatch = 3,    ///< Messages, to a depth of kDeepest.
  kPadding = 4,  ///< Bytes that mean nothing.
  kRepeat = 5,   ///< Its length says how many KiB of zeros it stands for; no bytes follow.
};

enum class ParseStatus : std::uint8_t {
  kComplete,
  kTruncated,    ///< A header or a body ends behind the input.
  kUnknownType,  ///< Among them a number of another length than 8.
  kTooDeep,
  kTooLong,  ///< A text above kLongestText, or a repetition above kLongestRepeat KiB.
};

inline constexpr std::uint32_t kLongestText = 64;
inline constexpr std::uint32_t kLongestRepeat = 64;
inline constexpr int kDeepest = 8;
inline constexpr std::size_t kHeaderBytes = 5;

struct Parsed {
  ParseStatus status = ParseStatus::kComplete;
  std::uint32_t messages = 0;  ///< Messages read before the end or the error.
  std::uint64_t checksum = 0;  ///< Of what they carried.

  friend bool operator==(const Parsed&, const Parsed&) = default;
};

/// Never reads outside `input`, and never throws.
Parsed parse_messages(std::span<const std::byte> input);

/// Reads well-formed input as parse_messages does, but copies without a bound, advances by what the
/// input says, and allocates what it says.
Parsed parse_vulnerably(std::span<const std::byte> input);

/// Appends one message.
void append_message(std::vector<std::byte>& to, MessageType type, std::uint32_t length,
                    std::span<const std::byte> body);

/// What each mistake of `parse_vulnerably` is attacked with.
enum class Hostile : std::uint8_t { kOverflow, kEndlessLoop, kExhaustion };
inline constexpr int kHostileKinds = 3;

/// A message on which `parse_vulnerably` crashes, loops for ever, or takes memory without end.
std::vector<std::byte> hostile_message(Hostile kind);

/// A generated input: well-formed messages, most of them with damaged bytes or lengths.
std::vector<std::byte> generated_input(std::uint64_t seed);

}  // namespace assay
