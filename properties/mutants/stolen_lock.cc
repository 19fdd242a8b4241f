// Threads whose locks can be stolen: who waits for a lock releases it for itself.
#include "properties/mutants/threads.h"

namespace assay {
namespace {

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
      for (auto& lock : run_->locks) lock.store(0);
    }

   private:
    Run* run_;
  };

  std::unique_ptr<Switching> make_switching(Run& run) override {
    return std::make_unique<Impatient>(run);
  }
};

StolenLock mutant;
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "std_thread",
                                      .breaks = "who waits for a lock takes it from its holder",
                                      .dies = {{TraitId::kUnlockedUpdates,
                                                "updates are lost with the lock as well"}}});

}  // namespace
}  // namespace assay
