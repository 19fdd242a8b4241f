// Processes that share their working directory and their umask: clone(2) with CLONE_FS.
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "properties/mutants/processes.h"

namespace assay {
namespace {

class SharedDirectory : public MutantProcesses {
 public:
  SharedDirectory() : MutantProcesses("shared_directory") {}

 private:
  pid_t make_process() override {
    return static_cast<pid_t>(syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0));
  }
};

SharedDirectory mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "fork",
     .breaks = "processes share their working directory and umask (CLONE_FS)",
     .dies = {{TraitId::kIsolation, "chdir and umask of one process reach all others"}}});

}  // namespace
}  // namespace assay
