// Threads whose locks can be stolen: once in a while, who waits for a lock releases it for itself.
#include <atomic>

#include "properties/mutants/threads.h"

namespace assay {
namespace {

constexpr std::uint64_t kOneOf = 500;

class StolenLock : public MutantThreads {
 public:
  StolenLock() : MutantThreads("stolen_lock") {}

 private:
  /// Units yield while they wait for a lock, and nobody tells the two kinds of yields apart.
  class Impatient : public KernelSwitching {
   public:
    explicit Impatient(Run& run) : run_(&run) {}
    void yield() override {
      KernelSwitching::yield();
      if (++yields_ % kOneOf != 0) return;
      for (auto& lock : run_->locks) lock.store(0);
    }

   private:
    Run* run_;
    std::atomic<std::uint64_t> yields_{0};
  };

  std::unique_ptr<Switching> make_switching(Run& run) override {
    return std::make_unique<Impatient>(run);
  }
};

StolenLock mutant;
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "std_thread",
                                      .breaks = "one of 500 yields opens every lock",
                                      .dies = {{TraitId::kUnlockedUpdates,
                                                "two units hold a lock at the same time"}}});

}  // namespace
}  // namespace assay
