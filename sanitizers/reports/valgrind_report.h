/// Of the reader's own: one report of Helgrind, DRD or Memcheck.
#pragma once

#include <string>
#include <string_view>

#include "sanitizers/reports/parser.h"

namespace assay {

class ValgrindReport : public ReportParser {
 public:
  ValgrindReport(Detector tool, std::uint64_t pid);

  LineFate line(std::string_view text, bool whole) override;
  bool complete() const override { return false; }
  void finish() override;

  /// Helgrind may describe the locks first, and what happened after them.
  bool headless() const { return report_.text.empty(); }
  void set_head(std::string_view head, const std::string& current_thread);

  void frame(Frame frame);
  bool has_frames() const { return has_frames_; }

 private:
  static void memcheck_access(std::string_view head, Access& access);
  bool approximate_access(std::string_view text);
  bool helgrind_access(std::string_view text);
  bool drd_access(std::string_view text);
  bool held(std::string_view text);
  bool order(std::string_view text);
  bool mutex(std::string_view text);
  bool address(std::string_view text);
  bool place_of_address(std::string_view text);
  bool segment(std::string_view text);
  bool known_remark(std::string_view text);
  ReportMutex& mutex_at(std::uint64_t address);

  std::uint64_t described_mutex_ = 0;  ///< Lines about an address are about this lock.
  bool has_frames_ = false;
};

/// "main" for 1, else "#2".
std::string valgrind_thread(std::uint32_t number);

}  // namespace assay
