// Threads that hide what their units do from ThreadSanitizer.
#include "properties/mutants/threads.h"

#if defined(__SANITIZE_THREAD__)
#define ASSAY_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ASSAY_UNDER_TSAN 1
#endif
#endif

#ifdef ASSAY_UNDER_TSAN
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
#ifdef ASSAY_UNDER_TSAN
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
    unit.run_to_end();
#ifdef ASSAY_UNDER_TSAN
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
