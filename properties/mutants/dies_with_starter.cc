// Processes that end with the process that started them: prctl(2) with PR_SET_PDEATHSIG.
#include <signal.h>
#include <sys/prctl.h>

#include "properties/mutants/processes.h"

namespace assay {
namespace {

class DiesWithStarter : public MutantProcesses {
 public:
  DiesWithStarter() : MutantProcesses("dies_with_starter") {}

 private:
  void live(Unit& unit) override {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    unit.run_to_end();
  }
};

DiesWithStarter mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "fork",
     .breaks = "a process is killed when the one that started it ends",
     .dies = {{TraitId::kUnjoinedWork, "nothing of it goes on after the starter"}}});

}  // namespace
}  // namespace assay
