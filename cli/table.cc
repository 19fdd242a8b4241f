// `assay` without a command: the comparison table.
#include "cli/measure.h"

namespace assay {
namespace {

CommandRun set_up(CLI::App& app) {
  return [options = add_options(app)](const Words& words) {
    return measure(options(), Printed::kTable, words);
  };
}

const CommandRegistration kTable("", "Print the comparison table", &set_up);

}  // namespace
}  // namespace assay
