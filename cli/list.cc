#include <fmt/format.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/say.h"
#include "models/registry.h"
#include "report/table.h"

namespace assay {
namespace {

void print_indented(const std::string& text, std::size_t indent) {
  for (const std::string& line : wrap(text, kTableWidth - indent)) {
    tell("{}{}\n", std::string(indent, ' '), line);
  }
}

void list_traits() {
  tell("\nTraits (--trait), with the values that a runtime may declare\n");
  for (const Trait& trait : traits()) {
    tell("  {:<21} {}\n", trait.slug, trait.title);
    for (const TraitValue& value : trait.values) {
      print_indented(fmt::format("{}: {}", value.slug, value.meaning), 6);
    }
  }
}

void list_claims(const Runtime& runtime) {
  for (const Trait& trait : traits()) {
    const Claim* claim = runtime.claim_of(trait.id);
    if (claim == nullptr) continue;
    tell("  {:<30} {:<12} {:<12} {}\n", claim->slug(), runtime.info().name,
         to_string(claim->modality), claim->word);
    print_indented(claim->source, 6);
    if (!claim->reason.empty()) print_indented(claim->reason, 6);
  }
}

int list() {
  tell("Runtimes (--runtime)\n");
  for (const Runtime* runtime : runtimes()) {
    const RuntimeInfo& info = runtime->info();
    tell("  {:<21} {}, {}\n", info.name, to_string(info.model), info.language);
    print_indented(info.summary, 6);
  }
  list_traits();
  tell("\nClaims: slug, runtime, modality, wording; then the source\n");
  for (const Runtime* runtime : runtimes()) list_claims(*runtime);
  return 0;
}

CommandRun set_up(CLI::App&) {
  return [](const Words&) { return list(); };
}

const CommandRegistration kList("list", "List runtimes, traits and claims", &set_up);

}  // namespace

}  // namespace assay
