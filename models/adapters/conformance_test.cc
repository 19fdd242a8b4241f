// Every adapter that is linked conforms to what it declares; a new one needs no line here.
#include "properties/conformance.h"

#include <gtest/gtest.h>

#include "models/registry.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Not at start-up, as ASSAY_CONFORMANCE does: by now every adapter has registered itself.
  for (assay::Runtime* runtime : assay::runtimes()) {
    if (runtime != &assay::reference(runtime->info().model)) {
      assay::register_conformance(*runtime, __FILE__, __LINE__);
    }
  }
  return RUN_ALL_TESTS();
}
