/// Numbers as people type them, with messages that say what was expected.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace assay {

/// What is wrong with the command line, in one line that says what to do.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How many units there may be, and what says so: "RLIMIT_NPROC".
struct UnitLimit {
  std::uint64_t most;
  std::string name;
};

/// "2,64,1000": each at least 1 and at most the limit. Throws UsageError.
std::vector<std::size_t> parse_units(const std::string& text, const UnitLimit& limit);

/// From `least` to `most`. `flag` names it in the message. Throws UsageError.
std::uint64_t parse_number(const std::string& flag, const std::string& text, std::uint64_t least,
                           std::uint64_t most);

/// How often: from 1 to `most`.
std::uint64_t parse_count(const std::string& flag, const std::string& text, std::uint64_t most);

/// A number below 2^64. Throws UsageError.
std::uint64_t parse_seed(const std::string& text);

/// "500ms", "1.5s", "2m", "1h": at least a millisecond, at most `most`. Throws UsageError.
std::chrono::nanoseconds parse_duration(const std::string& text,
                                        std::chrono::nanoseconds most = std::chrono::hours(1));

/// "64M", "1.5G": at least a mebibyte, in bytes. `flag` names it in the message. Throws UsageError.
std::uint64_t parse_bytes(const std::string& flag, const std::string& text);

}  // namespace assay
