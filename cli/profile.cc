// `assay profile`: what a runtime is seen to be, whatever it declares.
#include "cli/measure.h"

namespace assay {
namespace {

CommandRun set_up(CLI::App& app) {
  return [options = add_options(app)](const Words& words) {
    return measure(options(), Printed::kProfile, words);
  };
}

const CommandRegistration kProfile("profile",
                                   "Say what runtimes are observed to be, whatever they declare",
                                   &set_up);

}  // namespace
}  // namespace assay
