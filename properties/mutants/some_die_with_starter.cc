// Processes of which every other one is killed when the one that started it ends.
#include <signal.h>
#include <sys/prctl.h>

#include "properties/mutants/processes.h"

namespace assay {
namespace {

class SomeDieWithStarter : public MutantProcesses {
 public:
  SomeDieWithStarter() : MutantProcesses("some_die_with_starter") {}

 private:
  void live(Unit& unit) override {
    if (unit.index() % 2 == 1) prctl(PR_SET_PDEATHSIG, SIGKILL);
    unit.run_to_end();
  }
};

SomeDieWithStarter mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "fork",
     .breaks = "every other process is killed when the one that started it ends",
     .dies = {{TraitId::kUnjoinedWork, "some units go on after the starter, and others do not"}}});

}  // namespace
}  // namespace assay
