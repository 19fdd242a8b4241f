/// Sampler: the units of `sample` (stress/outcomes.h) at work, and the memory that they share.
///
/// It is made before the host process that runs it is forked, and outlives it: tallies are in
/// shared mappings, so that what was counted is there whatever became of the host.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/shared_mapping.h"
#include "models/unit.h"
#include "scenarios/samples.h"
#include "stress/outcomes.h"
#include "stress/placement.h"

namespace assay::internal {

/// What is sampled, and how.
struct SamplerPlan {
  const Samples* samples;
  std::size_t units;
  std::size_t groups;
  bool private_memory;
  bool pins;  ///< Its units can be pinned.
  std::uint64_t seed;
  std::size_t least_batches;
  std::vector<Setting> settings;
  std::vector<Outcome> wanted;  ///< Besides all that break a requirement.
  Topology topology;
};

class Sampler {
 public:
  explicit Sampler(SamplerPlan plan);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  ~Sampler();

  /// Before each host: `attempt` makes its random choices others.
  void prepare(std::chrono::steady_clock::time_point deadline, std::uint64_t attempt);
  /// What a unit does, where units are kernel tasks that block.
  void run(Unit& self);
  /// The same where they are of any other kind; one group.
  Routine<> run_suspending(Unit& unit);
  /// When the slowest group last finished a slice: for HostOptions::bound_from_ns.
  [[nodiscard]] const std::atomic<std::int64_t>* progress_ns() const;

  [[nodiscard]] OutcomeTally tally(std::size_t setting) const;
  [[nodiscard]] double seconds(std::size_t setting) const;

 private:
  struct Next;
  struct Group;
  struct Head;
  class Leader;

  [[nodiscard]] Head& head() const;
  [[nodiscard]] Group& group(std::size_t index) const;
  [[nodiscard]] OutcomeTally& tally(std::size_t group, std::size_t unit, std::size_t setting) const;
  [[nodiscard]] std::atomic<std::uint64_t>& time_ns(std::size_t group, std::size_t setting) const;
  [[nodiscard]] Samples::Pass pass(std::size_t group, const Next& next) const;
  void make_all(std::size_t group) const;
  void place(std::size_t group, std::size_t unit, Placement placement) const;
  void collect(const Samples::Pass& pass, OutcomeTally& tally, std::size_t unit) const;

  SamplerPlan plan_;
  std::size_t most_;           ///< Instances of the largest batch.
  std::size_t bytes_a_group_;  ///< Instances, marks and batch::Shared.
  SharedMapping control_;
  std::optional<SharedMapping> shared_;
  std::byte* private_ = nullptr;
  std::byte* instances_ = nullptr;
};

}  // namespace assay::internal
