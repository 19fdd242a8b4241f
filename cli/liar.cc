// For the test of the command: one more runtime, coroutines that claim to be threads.
#include "models/coroutine/coroutine.h"
#include "models/registry.h"
#include "models/thread/std_thread.h"
#include "properties/impostor.h"

namespace assay {
namespace {

Runtime& liar() {
  static Impostor impostor(coroutine(), std_thread());
  return impostor;
}

const RuntimeRegistration kLiar(liar());

}  // namespace
}  // namespace assay
