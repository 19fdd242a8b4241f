// Threads that hide what their units do from ThreadSanitizer.
#include "models/sanitized.h"
#include "properties/mutants/threads.h"

#ifdef ASSAY_TSAN
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace assay {
namespace {

class Blindfold : public MutantThreads {
 public:
  Blindfold() : MutantThreads("blindfold", UnderTsan::kKnown) {}

 private:
  void live(Unit& unit) override {
#ifdef ASSAY_TSAN
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
    unit.run_to_end();
#ifdef ASSAY_TSAN
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
#endif
  }
};

Blindfold mutant;
const MutantRegistration kRegistered(
    {.runtime = &mutant,
     .pretends = "std_thread",
     .breaks = "ThreadSanitizer is told not to look at what units read and write",
     .dies = {{TraitId::kUnsynchronizedRace, "a race that is not looked at is not reported"}}});

}  // namespace
}  // namespace assay
