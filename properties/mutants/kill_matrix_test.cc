#include "properties/mutants/kill_matrix.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "properties/embedded_race_helper.h"

namespace assay {
namespace {

std::uint64_t seed() {
  const char* given = std::getenv("TEST_RANDOM_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
}

/// The rows of this test program, printed when all tests have run.
KillMatrix& rows_so_far() {
  static KillMatrix matrix;
  return matrix;
}

/// One mutant against every probe.
class AMutant : public testing::Test {
 public:
  explicit AMutant(const Mutant& mutant) : mutant_(&mutant) {}

  void TestBody() override {
    MatrixOptions options;
    options.seed = seed();
    options.race_helper = embedded_race_helper();
    KillMatrix matrix = make_kill_matrix({mutant_}, options);
    for (const std::string& fault : faults_of(matrix, seed())) ADD_FAILURE() << fault;
    for (const std::string& cell : unmeasured_of(matrix, seed())) ADD_FAILURE() << cell;
    EXPECT_EQ(matrix.rows.front().results.size(), traits().size()) << "cells that did not run";
    std::printf("%s", to_evidence(matrix).c_str());
    rows_so_far().rows.push_back(std::move(matrix.rows.front()));
  }

 private:
  const Mutant* mutant_;
};

TEST(Mutants, BreakEveryTrait) {
  for (const Trait& trait : traits()) {
    bool broken = false;
    for (const Mutant* mutant : mutants()) broken = broken || mutant->target() == trait.id;
    EXPECT_TRUE(broken) << "no mutant is made to break " << trait.slug;
  }
}

TEST(Mutants, ListNoTraitTwice) {
  for (const Mutant* mutant : mutants()) {
    for (const Trait& trait : traits()) {
      const bool dies = Mutant::find(mutant->dies, trait.id) != nullptr;
      const bool may = Mutant::find(mutant->may, trait.id) != nullptr;
      EXPECT_FALSE(dies && may) << mutant->name() << " lists " << trait.slug << " twice";
    }
  }
}

Result refuted(TraitId trait, VerdictKind kind) {
  Result result;
  result.claim.trait = trait;
  result.verdict.kind = kind;
  result.observation.measured = kind != VerdictKind::kInconclusive;
  return result;
}

TEST(KillMatrix, AMutantThatLivesIsAFault) {
  const Mutant& mutant = *mutants().front();
  KillMatrix matrix;
  matrix.rows.push_back({&mutant, {refuted(mutant.target(), VerdictKind::kUnrefuted)}});
  const auto faults = faults_of(matrix, 7);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].find("expected refuted, because " + mutant.dies.front().because),
            std::string::npos)
      << faults[0];
  EXPECT_NE(faults[0].find("--mutant=" + mutant.name() + " --seed=7"), std::string::npos);
}

TEST(KillMatrix, ARefutationThatNothingExplainsIsAFault) {
  const Mutant& mutant = *mutants().front();
  for (const Trait& trait : traits()) {
    if (Mutant::find(mutant.dies, trait.id) != nullptr) continue;
    if (Mutant::find(mutant.may, trait.id) != nullptr) continue;
    EXPECT_EQ(fate_of(mutant, refuted(trait.id, VerdictKind::kRefuted)), Fate::kWrong);
    EXPECT_EQ(fate_of(mutant, refuted(trait.id, VerdictKind::kConfirmed)), Fate::kKept);
  }
}

TEST(KillMatrix, AMutantThatDidNotRunWasNotMeasured) {
  KillMatrix matrix;
  matrix.rows.push_back({mutants().front(), {}});
  ASSERT_EQ(unmeasured_of(matrix, 1).size(), 1U);
  EXPECT_NE(unmeasured_of(matrix, 1)[0].find("did not run"), std::string::npos);
}

TEST(KillMatrix, AMutantThatTheMachineDidNotLetRunIsNoSurvivor) {
  const Mutant& mutant = *mutants().front();
  KillMatrix matrix;
  matrix.rows.push_back({&mutant, {refuted(mutant.target(), VerdictKind::kInconclusive)}});
  matrix.rows.back().results[0].observation.reason = "Too many open files";
  EXPECT_TRUE(faults_of(matrix, 1).empty());
  const auto unmeasured = unmeasured_of(matrix, 1);
  ASSERT_EQ(unmeasured.size(), 2U) << "the cell, and the mutant";
  EXPECT_NE(unmeasured[0].find("Too many open files"), std::string::npos) << unmeasured[0];
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const assay::Mutant* mutant : assay::mutants()) {
    testing::RegisterTest("Mutant", mutant->name().c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [mutant] { return new assay::AMutant(*mutant); });
  }
  const int status = RUN_ALL_TESTS();
  std::printf("\nseed %llu\n%s", static_cast<unsigned long long>(assay::seed()),
              assay::to_table(assay::rows_so_far()).c_str());
  return status;
}
