#include "models/controlled/watching.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

// NOLINTNEXTLINE(readability-identifier-naming): the interface of the sanitizers' runtimes.
extern "C" [[gnu::weak]] void __sanitizer_set_report_fd(void* fd);

namespace assay::controlled {
namespace {

void report_to(int fd) {
  if (__sanitizer_set_report_fd == nullptr) return;
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::uintptr_t>(fd)));
}

}  // namespace

const Sighting* Verdicts::race() const {
  const auto found = std::find_if(tsan.begin(), tsan.end(), [](const Sighting& sighting) {
    return sighting.kind == Sighting::Kind::kDataRace;
  });
  return found == tsan.end() ? nullptr : &*found;
}

Watching::Watching() : silence_(open("/dev/null", O_WRONLY | O_CLOEXEC)) { report_to(silence_); }

Watching::~Watching() {
  report_to(STDERR_FILENO);
  close(silence_);
}

Verdicts Watching::replay(Subject& subject, const ExecutionOptions& options,
                          const std::vector<Proc>& schedule) {
  return run(subject, options, [&](const Execution& now, std::uint64_t) {
    return now.steps() < schedule.size() ? schedule[now.steps()] : kNobody;
  });
}

Verdicts Watching::verdicts() const {
  const auto sightings = execution_.sightings();
  return {execution_.race(),
          {sightings.begin(), sightings.end()},
          {execution_.schedule(), execution_.schedule() + execution_.steps()}};
}

}  // namespace assay::controlled
