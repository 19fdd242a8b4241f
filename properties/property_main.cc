// The main program of tests that put all linked runtimes through all properties.
#include <gtest/gtest.h>

#include "models/registry.h"
#include "properties/property_suite.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (assay::Runtime* runtime : assay::runtimes()) assay::register_property_tests(*runtime);
  return RUN_ALL_TESTS();
}
