// Processes that leave a zombie each: a child that nobody waits for.
#include <unistd.h>

#include "properties/mutants/processes.h"

namespace assay {
namespace {

class ZombieLeak : public MutantProcesses {
 public:
  ZombieLeak() : MutantProcesses("zombie_leak") {}

 private:
  pid_t make_process() override {
    if (fork() == 0) _exit(0);
    return MutantProcesses::make_process();
  }
};

ZombieLeak mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "fork",
     .breaks = "every unit leaves a zombie in the process that started it",
     .dies = {{TraitId::kScalability, "the units that there were use up the limit of processes"}}});

}  // namespace
}  // namespace assay
