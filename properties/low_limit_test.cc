// Limits that are too low: they are named, and nothing that fails under them is refuted.
#include "properties/low_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/testing_limits.h"
#include "models/trait_table.h"
#include "properties/probe.h"
#include "properties/verdict.h"

namespace assay {
namespace {

/// Sanitizers reserve terabytes of addresses, and do not start without them.
constexpr bool kAddressesAreCounted = std::string_view(ASSAY_VARIANT) == "plain";

constexpr rlim_t kGiB = rlim_t{1} << 30;

/// Runs programs of few units as coroutines, and does not survive those of more.
class Frail : public Runtime {
 public:
  Frail(std::size_t most, End end) : most_(most), end_(std::move(end)) {
    info_.name = "frail";
    info_.language = "C++";
  }

  [[nodiscard]] const RuntimeInfo& info() const override { return info_; }
  Trace run(const Program& program) override {
    if (program.units.size() <= most_) return coroutine().run(program);
    Trace trace;
    trace.units.assign(program.units.size(), {{}, {EndKind::kRunning, 0, ""}});
    trace.host = end_;
    return trace;
  }

 private:
  std::size_t most_;
  End end_;
  RuntimeInfo info_;
};

End aborted() { return {EndKind::kSignalled, SIGABRT, ""}; }

ProbeOptions quick_options(std::vector<std::size_t> units = {}) {
  ProbeOptions options;
  options.effort = Effort::kQuick;
  options.units = std::move(units);
  return options;
}

VerdictKind verdict_of(const Trait& of, std::uint8_t value, const Observation& observation) {
  Claim claim;
  claim.trait = of.id;
  claim.value = value;
  return judge(claim, observation).kind;
}

/// The values of the trait that a runtime could claim and be refuted.
std::vector<std::string> refuted(const Trait& of, const Observation& observation) {
  std::vector<std::string> values;
  for (std::size_t value = 0; value < of.values.size(); ++value) {
    if (verdict_of(of, static_cast<std::uint8_t>(value), observation) == VerdictKind::kRefuted) {
      values.emplace_back(of.values[value].slug);
    }
  }
  return values;
}

std::string expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (text.find(part) == std::string::npos) return "expected '" + part + "' in '" + text + "'";
  }
  return "";
}

TEST(LowLimit, DescriptorsAreNamed) {
  const SoftLimit limit(RLIMIT_NOFILE, 100);
  EXPECT_EQ(expect_parts(low_limit(2),
                         {"RLIMIT_NOFILE is 100, which leaves ",
                          " of the 128 descriptors that 2 units may need: raise it", "ulimit -n"}),
            "");
}

TEST(LowLimit, ProcessesOfAUserAreNamed) {
  const pid_t child = fork();
  if (child == 0) {
    limit_processes_for_good(50);
    const std::string failure =
        expect_parts(low_limit(64), {"RLIMIT_NPROC is 50, which leaves ",
                                     " of the 128 processes that 64 units may need", "ulimit -u"});
    if (!failure.empty()) std::fprintf(stderr, "%s\n", failure.c_str());
    _exit(failure.empty() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(LowLimit, MoreUnitsNeedMoreAddresses) {
  if (!kAddressesAreCounted) GTEST_SKIP() << "a sanitizer needs all addresses";
  const SoftLimit stack(RLIMIT_STACK, rlim_t{8} << 20);
  for (const auto& [resource, name] :
       {std::pair{RLIMIT_AS, "RLIMIT_AS is 8192 MiB"}, {RLIMIT_DATA, "RLIMIT_DATA is 8192 MiB"}}) {
    const std::string without = low_limit(1000);
    const SoftLimit limit(resource, 8 * kGiB);
    EXPECT_EQ(low_limit(2), without);
    EXPECT_EQ(expect_parts(low_limit(1000),
                           {name, " MiB of addresses that 1000 units may need", "unlimited)"}),
              "");
  }
}

/// A limit that is too low by itself would make these tests say nothing.
struct WithAmpleLimits : testing::Test {
  void SetUp() override {
    const std::string limit = low_limit(1000);
    if (!limit.empty()) GTEST_SKIP() << limit;
  }
};

using Refutation = WithAmpleLimits;

TEST_F(Refutation, IsOfARuntimeThatDiesWithAmpleLimits) {
  Frail runtime(0, aborted());
  int probed = 0;
  for (const Probe& probe : probes()) {
    const Trait& of = trait(probe.trait);
    const Observation seen = observe(probe, runtime, quick_options());
    if (!seen.measured) continue;
    ++probed;
    EXPECT_EQ(refuted(of, seen).size(), of.values.size()) << of.slug;
    EXPECT_EQ(expect_parts(seen.reason, {"SIGABRT"}), "") << of.slug;
  }
  EXPECT_GE(probed, 8);
}

TEST_F(Refutation, IsNoneUnderALowLimitHoweverTheRuntimeEnds) {
  const SoftLimit limit(RLIMIT_NOFILE, 100);
  for (const End& end :
       {aborted(), End{EndKind::kExited, 1, ""}, End{EndKind::kThrew, 0, "std::bad_alloc"},
        End{EndKind::kGaveUp, 0, "after 1 ms"}}) {
    Frail runtime(0, end);
    for (const Probe& probe : probes()) {
      const Trait& of = trait(probe.trait);
      const Observation seen = observe(probe, runtime, quick_options());
      EXPECT_EQ(refuted(of, seen), std::vector<std::string>()) << of.slug << ": " << seen.reason;
    }
    const Observation seen = observe(probe_of(TraitId::kMemorySpace), runtime, quick_options());
    EXPECT_EQ(expect_parts(seen.reason, {to_string(end), "RLIMIT_NOFILE is 100"}), "");
  }
}

TEST_F(Refutation, IsNoneWhereOnlyManyUnitsMeetTheLimit) {
  if (!kAddressesAreCounted) GTEST_SKIP() << "a sanitizer needs all addresses";
  const auto seen_by = [](TraitId trait) {
    Frail runtime(64, aborted());
    return observe(probe_of(trait), runtime, quick_options({2, 1000}));
  };
  for (const TraitId id : {TraitId::kMemorySpace, TraitId::kScheduling}) {
    EXPECT_EQ(refuted(trait(id), seen_by(id)).size(), trait(id).values.size());
    const SoftLimit stack(RLIMIT_STACK, rlim_t{8} << 20);
    const SoftLimit limit(RLIMIT_AS, 8 * kGiB);
    const Observation seen = seen_by(id);
    EXPECT_TRUE(seen.measured) << seen.reason;
    EXPECT_LT(refuted(trait(id), seen).size(), trait(id).values.size()) << seen.reason;
    ASSERT_NE(seen.evidence.find("limit"), nullptr);
    EXPECT_EQ(expect_parts(std::get<std::string>(*seen.evidence.find("limit")),
                           {"SIGABRT", "RLIMIT_AS is 8192 MiB"}),
              "");
  }
}

/// A probe that saw no preemption, and another that saw some.
Observation saw_none(Runtime&, const ProbeOptions&) {
  Observation seen;
  seen.allowed = {Preemption::kNo};
  seen.tries = 10;
  seen.reason = "none went on";
  return seen;
}

Observation saw_some(Runtime&, const ProbeOptions&) {
  Observation seen;
  seen.allowed = seen.witnessed = {Preemption::kYes};
  seen.tries = 10;
  seen.reason = "all went on";
  return seen;
}

TEST_F(Refutation, UnderALowLimitOnlyWhatWasWitnessedCounts) {
  const SoftLimit limit(RLIMIT_NOFILE, 100);
  const Observation none = observe({TraitId::kPreemption, &saw_none}, coroutine(), {});
  EXPECT_FALSE(none.measured);
  EXPECT_EQ(expect_parts(none.reason, {"RLIMIT_NOFILE is 100", "seen: none went on"}), "");
  const Observation some = observe({TraitId::kPreemption, &saw_some}, coroutine(), {});
  const auto verdict = [&](Preemption value) {
    return verdict_of(trait(TraitId::kPreemption), static_cast<std::uint8_t>(value), some);
  };
  EXPECT_EQ(verdict(Preemption::kYes), VerdictKind::kConfirmed);
  EXPECT_EQ(verdict(Preemption::kNo), VerdictKind::kInconclusive);
}

TEST_F(Refutation, StandsWhereALimitIsAmple) {
  const Observation none = observe({TraitId::kPreemption, &saw_none}, coroutine(), {});
  EXPECT_EQ(refuted(trait(TraitId::kPreemption), none), std::vector<std::string>{"yes"});
}

}  // namespace
}  // namespace assay
