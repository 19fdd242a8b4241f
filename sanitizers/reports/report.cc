#include "sanitizers/reports/report.h"

#include <algorithm>

namespace assay {

std::string_view to_string(Detector detector) {
  switch (detector) {
    case Detector::kThreadSanitizer:
      return "ThreadSanitizer";
    case Detector::kAddressSanitizer:
      return "AddressSanitizer";
    case Detector::kLeakSanitizer:
      return "LeakSanitizer";
    case Detector::kUndefinedBehaviorSanitizer:
      return "UndefinedBehaviorSanitizer";
    case Detector::kHelgrind:
      return "Helgrind";
    case Detector::kDrd:
      return "DRD";
    case Detector::kOther:
      break;
  }
  return "another detector";
}

const ReportThread* find_thread(const Report& report, std::string_view name) {
  const auto found = std::ranges::find(report.threads, name, &ReportThread::name);
  return found == report.threads.end() ? nullptr : &*found;
}

const ReportMutex* find_mutex(const Report& report, std::string_view name) {
  const auto found = std::ranges::find(report.mutexes, name, &ReportMutex::name);
  return found == report.mutexes.end() ? nullptr : &*found;
}

std::vector<const Stack*> places(const Report& report) {
  std::vector<const Stack*> found;
  for (const Access& access : report.accesses) found.push_back(&access.stack);
  if (!found.empty()) return found;
  for (const LockEdge& edge : report.cycle) found.push_back(&edge.acquired_at);
  if (!found.empty()) return found;
  if (!report.stacks.empty()) return {&report.stacks.front().stack};
  if (!report.leaks.empty()) return {&report.leaks.front().allocation};
  if (!report.threads.empty()) return {&report.threads.front().creation};
  return {};
}

}  // namespace assay
