// Coroutines that can wait for a descriptor only where its number is small, as with a table of
// fixed size.
#include <cerrno>
#include <system_error>

#include "properties/mutants/coroutines.h"

namespace assay {
namespace {

constexpr int kTable = 256;

class FewDescriptors : public MutantCoroutines {
 public:
  FewDescriptors() : MutantCoroutines("few_descriptors") {}

 private:
  class SmallTable : public Scheduler {
   public:
    void suspend_fd(Waiter& waiter, int fd, short events) override {
      if (fd >= kTable) {
        throw std::system_error(EBADF, std::generic_category(), "the table of descriptors is full");
      }
      Scheduler::suspend_fd(waiter, fd, events);
    }
  };
  std::unique_ptr<Scheduler> make_scheduler() override { return std::make_unique<SmallTable>(); }
};

FewDescriptors mutant;
const MutantRegistration kRegistered({.runtime = &mutant,
                                      .pretends = "coroutine",
                                      .breaks = "no unit can wait for a descriptor above 255",
                                      .dies = {{TraitId::kUseCase,
                                                "a server cannot serve a thousand connections"}}});

}  // namespace
}  // namespace assay
