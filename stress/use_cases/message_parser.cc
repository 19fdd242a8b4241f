#include "stress/use_cases/message_parser.h"

#include <array>
#include <cstdlib>
#include <random>

// The mistakes must show as what they are, not as a report of a sanitizer.
#if defined(__clang__)
#define ASSAY_AS_WRITTEN __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#else
#define ASSAY_AS_WRITTEN \
  __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined, noinline))
#endif

namespace assay {
namespace {

struct Header {
  std::uint32_t length;
  MessageType type;
};

Header header_at(const std::byte* bytes) {
  std::uint32_t length = 0;
  for (int i = 0; i < 4; ++i) length = length << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return {length, static_cast<MessageType>(bytes[4])};
}

std::uint64_t mixed(std::uint64_t sum, std::byte byte) {
  return (sum ^ std::to_integer<std::uint64_t>(byte)) * 1'099'511'628'211U;
}

class Parser {
 public:
  ParseStatus read(std::span<const std::byte> input, int depth) {
    if (depth > kDeepest) return ParseStatus::kTooDeep;
    while (!input.empty()) {
      if (input.size() < kHeaderBytes) return ParseStatus::kTruncated;
      const Header header = header_at(input.data());
      input = input.subspan(kHeaderBytes);
      const std::size_t follows = header.type == MessageType::kRepeat ? 0 : header.length;
      if (follows > input.size()) return ParseStatus::kTruncated;
      const ParseStatus status = body(header, input.first(follows), depth);
      if (status != ParseStatus::kComplete) return status;
      ++parsed.messages;
      input = input.subspan(follows);
    }
    return ParseStatus::kComplete;
  }

  Parsed parsed;

 private:
  ParseStatus body(const Header& header, std::span<const std::byte> bytes, int depth) {
    switch (header.type) {
      case MessageType::kText:
        if (header.length > kLongestText) return ParseStatus::kTooLong;
        break;
      case MessageType::kNumber:
        if (header.length != 8) return ParseStatus::kUnknownType;
        break;
      case MessageType::kBatch:
        return read(bytes, depth + 1);
      case MessageType::kPadding:
        return ParseStatus::kComplete;
      case MessageType::kRepeat:
        if (header.length > kLongestRepeat) return ParseStatus::kTooLong;
        return ParseStatus::kComplete;
      default:
        return ParseStatus::kUnknownType;
    }
    for (const std::byte byte : bytes) parsed.checksum = mixed(parsed.checksum, byte);
    return ParseStatus::kComplete;
  }
};

/// Mistake 1: the length of the input is the length of the copy.
ASSAY_AS_WRITTEN std::uint64_t copy_text(const std::byte* from, std::uint32_t length,
                                         std::uint64_t checksum) {
  std::array<volatile std::byte, kLongestText> text{};
  volatile std::byte* to = text.data();
  for (std::uint32_t i = 0; i < length; ++i) to[i] = from[i];
  for (std::uint32_t i = 0; i < length; ++i) checksum = mixed(checksum, to[i]);
  return checksum;
}

/// What the vulnerable parser has taken; each block points to the one before it.
void* kept = nullptr;

/// Mistake 2: takes what the input says, does not look whether it was given, and keeps it.
ASSAY_AS_WRITTEN void repeat(std::uint32_t kibibytes) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  for (std::size_t left = std::size_t{kibibytes} << 10; left > 0;) {
    const std::size_t part = left < kBlock ? left : kBlock;
    auto* zeros = static_cast<volatile char*>(std::malloc(part));
    for (std::size_t i = 0; i < part; i += 512) zeros[i] = 0;
    *reinterpret_cast<void* volatile*>(zeros) = kept;
    kept = const_cast<char*>(zeros);
    left -= part;
  }
}

ASSAY_AS_WRITTEN void read_vulnerably(const std::byte* at, const std::byte* end, Parsed& parsed) {
  while (at < end) {
    const Header header = header_at(at);
    if (header.type == MessageType::kText || header.type == MessageType::kNumber) {
      parsed.checksum = copy_text(at + kHeaderBytes, header.length, parsed.checksum);
    } else if (header.type == MessageType::kBatch) {
      read_vulnerably(at + kHeaderBytes, at + kHeaderBytes + header.length, parsed);
    } else if (header.type == MessageType::kRepeat) {
      repeat(header.length);
    }
    ++parsed.messages;
    // Mistake 3: 32-bit arithmetic, which wraps round to no advance at all.
    const std::uint32_t follows = header.type == MessageType::kRepeat ? 0 : header.length;
    at += static_cast<std::uint32_t>(kHeaderBytes + follows);
  }
}

}  // namespace

Parsed parse_messages(std::span<const std::byte> input) {
  Parser parser;
  parser.parsed.status = parser.read(input, 0);
  return parser.parsed;
}

Parsed parse_vulnerably(std::span<const std::byte> input) {
  Parsed parsed;
  read_vulnerably(input.data(), input.data() + input.size(), parsed);
  return parsed;
}

void append_message(std::vector<std::byte>& to, MessageType type, std::uint32_t length,
                    std::span<const std::byte> body) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    to.push_back(static_cast<std::byte>(length >> shift & 0xff));
  }
  to.push_back(static_cast<std::byte>(type));
  to.insert(to.end(), body.begin(), body.end());
}

std::vector<std::byte> hostile_message(Hostile kind) {
  std::vector<std::byte> input;
  switch (kind) {
    case Hostile::kOverflow:
      append_message(input, MessageType::kText, 0x7fff'ffff, {});
      break;
    case Hostile::kEndlessLoop:
      append_message(input, MessageType::kPadding, 0U - std::uint32_t{kHeaderBytes}, {});
      break;
    case Hostile::kExhaustion:
      append_message(input, MessageType::kRepeat, 0xffff'ffff, {});
      break;
  }
  return input;
}

std::vector<std::byte> generated_input(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> input;
  std::array<std::byte, kLongestText + 16> body{};
  for (auto& byte : body) byte = static_cast<std::byte>(random());
  for (std::uint64_t left = 1 + random() % 6; left > 0; --left) {
    const auto type = static_cast<MessageType>(1 + random() % 6);
    const auto length =
        static_cast<std::uint32_t>(type == MessageType::kNumber ? 8 : random() % body.size());
    const std::size_t follows = type == MessageType::kRepeat ? 0 : length;
    append_message(input, type, length, std::span(body).first(follows));
  }
  for (std::uint64_t damaged = random() % 4; damaged > 0; --damaged) {
    input[random() % input.size()] = static_cast<std::byte>(random());
  }
  if (random() % 4 == 0) input.resize(random() % input.size());
  return input;
}

}  // namespace assay
