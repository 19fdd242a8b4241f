#include "sanitizers/reports/explainer.h"

#include <algorithm>

#include "sanitizers/reports/own_code.h"

namespace assay {
namespace {

constexpr std::size_t kMaxProblems = 1000;

void shorten(Stack& stack, std::string_view root) {
  constexpr std::string_view kWorkspace = "/proc/self/cwd/";  // Bazel's name of it.
  for (Frame& frame : stack) {
    if (frame.file.starts_with(kWorkspace)) {
      frame.file.erase(0, kWorkspace.size());
      if (frame.file.starts_with("./")) frame.file.erase(0, 2);
    }
    const bool below = !root.empty() && frame.file.starts_with(root) &&
                       std::string_view(frame.file).substr(root.size()).starts_with('/');
    if (below) frame.file.erase(0, root.size() + 1);
  }
}

void shorten(Report& report, std::string_view root) {
  for (Access& access : report.accesses) {
    shorten(access.stack, root);
    shorten(access.until, root);
  }
  shorten(report.location.stack, root);
  shorten(report.location.freed, root);
  for (ReportThread& thread : report.threads) shorten(thread.creation, root);
  for (ReportMutex& mutex : report.mutexes) shorten(mutex.creation, root);
  for (LockEdge& edge : report.cycle) {
    shorten(edge.held_at, root);
    shorten(edge.acquired_at, root);
  }
  for (Leak& leak : report.leaks) shorten(leak.allocation, root);
  for (TitledStack& other : report.stacks) shorten(other.stack, root);
}

// The kind and the pair of places, in whichever order they were met.
std::string group_of(const Report& report) {
  std::vector<std::string> places;
  for (const Frame* frame : own_places(report)) {
    places.push_back(frame == nullptr ? "?" : place_of(*frame));
  }
  std::ranges::sort(places);
  std::string key(slug(report.kind));
  for (const std::string& place : places) key += "\n" + place;
  return key;
}

}  // namespace

ReportSink Explainer::sink() {
  return {[this](Report report) { add(std::move(report)); },
          [this](Problem problem) {
            if (problem.foreign) ++foreign_;
            if (problems_.size() < kMaxProblems) problems_.push_back(std::move(problem));
          }};
}

void Explainer::add(Report report) {
  ++read_;
  shorten(report, options_.root);
  if (options_.group) {
    const auto [known, fresh] = places_.try_emplace(group_of(report), reports_.size());
    if (!fresh) {
      ++reports_[known->second].times;
      return;
    }
  }
  ExplainedReport explained{std::move(report), {}, 1};
  explained.explanation = explain(explained.report, options_.command);
  if (at_once && !options_.group) return at_once(explained);
  reports_.push_back(std::move(explained));
}

}  // namespace assay
