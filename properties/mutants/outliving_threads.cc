// Threads that are processes in one address space, as LinuxThreads had them, and so go on when the
// program has exited.
#include "models/thread/std_thread.h"
#include "properties/mutants/shared_memory.h"

namespace assay {
namespace {

class OutlivingThreads : public ProcessesInSharedMemory {
 public:
  OutlivingThreads() : ProcessesInSharedMemory(std_thread(), "outliving_threads") {}

 private:
  std::unique_ptr<Channel> make_channel() override { return std::make_unique<WaitingChannel>(); }
};

OutlivingThreads mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "threads are processes in one address space, which exit(2) of one does not end",
     .dies = {
         {TraitId::kUnjoinedWork, "work goes on when the program that started it has exited"}}});

}  // namespace
}  // namespace assay
