// `assay check`: claims one by one, with their evidence.
#include "cli/measure.h"

namespace assay {
namespace {

CommandRun set_up(CLI::App& app) {
  return [options = add_options(app)](const Words& words) {
    return measure(options(), Printed::kDetails, words);
  };
}

const CommandRegistration kCheck("check",
                                 "Check the claims of these runtimes and traits, with evidence",
                                 &set_up);

}  // namespace
}  // namespace assay
