/// What ThreadSanitizer says of a scenario: the witness (witness.cc) run in a host, its reports
/// read, explained, and shown beside the source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/trace.h"

namespace assay {

/// What is run.
struct Sanitizing {
  std::string scenario;  ///< Its name.
  std::size_t units = 2;
  std::string memory_model = "sc";  ///< Or "tso".
  /// As controlled::to_text has it. Empty: random schedules, until something is reported.
  std::string schedule;
  std::uint64_t random = 0;
};

struct Sanitized {
  enum class Verdict : std::uint8_t { kReported, kSilent, kUnavailable };
  struct Line {
    std::uint32_t number;
    std::string text;
  };
  struct Place {
    std::string what;   ///< "T2 writes 8 bytes"
    std::string where;  ///< "scenarios/lost_update.cc:16 in ..."
    std::string file;
    std::uint32_t line = 0;
    std::vector<Line> source;  ///< Lines around it; empty when they are not known.
  };
  struct Explained {
    std::string headline;
    std::string meaning;
    std::vector<std::string> missing;
    std::vector<std::string> fixes;
    std::vector<Place> places;
  };
  Verdict verdict = Verdict::kUnavailable;
  std::string schedules;  ///< What was run: "the schedule above", "up to 100 random schedules".
  std::string reason;     ///< Of kUnavailable: why, and what to do.
  std::vector<Explained> reports;
};

/// Takes some tenths of a second. Throws std::system_error when no process can be started.
Sanitized sanitize(const Sanitizing& what);

/// What the witness left, judged: for tests of what cannot be had from a program that works.
Sanitized judge_witness(const Sanitizing& what, const End& end, const std::string& output);

}  // namespace assay
