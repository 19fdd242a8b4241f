#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "cli/driver_flags.h"
#include "cli/suggest.h"
#include "models/machine.h"
#include "models/registry.h"

namespace assay {
namespace {

/// The flags as typed; all are checked by hand, for messages that help.
struct Typed {
  std::string runtimes, traits, units, seed = "1", duration, json;
  bool quick = false;
  DriverFlags driver;
};

std::vector<std::string> names_of_runtimes() {
  std::vector<std::string> names;
  for (const Runtime* runtime : runtimes()) names.push_back(runtime->info().name);
  return names;
}

std::vector<std::string> names_of_traits() {
  std::vector<std::string> names;
  for (const Trait& trait : traits()) names.emplace_back(trait.slug);
  return names;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  return items;
}

Options checked(const Typed& typed) {
  Options options;
  const bool driver_alone = !typed.driver.command.empty() && typed.runtimes.empty();
  if (!driver_alone) options.runtimes = parse_runtimes(typed.runtimes);
  if (!typed.driver.command.empty()) {
    options.runtimes.push_back(&driver_runtime(typed.driver));
    options.flags[options.runtimes.back()->info().name] = to_string(typed.driver);
  } else if (typed.driver.given()) {
    throw UsageError("--model, --language, --costs and --resident are of a driver: say --driver");
  }
  options.traits = parse_traits(typed.traits);
  if (!typed.units.empty()) {
    options.units = parse_units(typed.units, unit_limit(options.runtimes));
  }
  options.seed = parse_seed(typed.seed);
  if (!typed.duration.empty()) options.duration = parse_duration(typed.duration);
  options.effort = typed.quick ? Effort::kQuick : Effort::kDefault;
  options.json = typed.json;
  return options;
}

}  // namespace

std::vector<Runtime*> parse_runtimes(const std::string& text) {
  if (text == "all") return runtimes();
  if (text.empty()) {
    return {&reference(Model::kProcess), &reference(Model::kThread), &reference(Model::kCoroutine)};
  }
  std::vector<Runtime*> chosen;
  for (const std::string& name : split(text)) {
    Runtime* found = find_runtime(name);
    if (found == nullptr) {
      throw UsageError(
          fmt::format("--runtime: unknown '{}'; {}", name, suggestion(name, names_of_runtimes())));
    }
    if (std::find(chosen.begin(), chosen.end(), found) == chosen.end()) chosen.push_back(found);
  }
  return chosen;
}

std::vector<TraitId> parse_traits(const std::string& text) {
  std::vector<TraitId> chosen;
  for (const std::string& slug : text.empty() || text == "all" ? names_of_traits() : split(text)) {
    const Trait* found = find_trait(slug);
    if (found == nullptr) {
      throw UsageError(
          fmt::format("--trait: unknown '{}'; {}", slug, suggestion(slug, names_of_traits())));
    }
    if (std::find(chosen.begin(), chosen.end(), found->id) == chosen.end()) {
      chosen.push_back(found->id);
    }
  }
  return chosen;
}

UnitLimit unit_limit(const std::vector<Runtime*>& runtimes) {
  // The top of the ladder of scalability; beyond it nothing has been tried.
  UnitLimit limit{1'000'000, "Assay (its ladders end there)"};
  const Machine machine = read_machine();
  const Limit* tasks = machine.tightest(Resource::kTasks);
  for (const Runtime* runtime : runtimes) {
    if (runtime->info().model == Model::kCoroutine || tasks == nullptr) continue;
    // A margin for Assay's own processes and for everybody else on the machine.
    const std::uint64_t most = std::max<std::uint64_t>(1, tasks->left() * 9 / 10);
    if (most < limit.most) {
      limit = {most, fmt::format("{} (it is {}, of which 90% of what is free may be used)",
                                 tasks->name, tasks->value)};
    }
  }
  return limit;
}

std::function<Options()> add_options(CLI::App& app, OffersQuick offers_quick) {
  const auto typed = std::make_shared<Typed>();
  if (offers_quick == OffersQuick::kNo) {
    typed->quick = true;
    typed->duration = "50ms";
  }
  app.add_option("--runtime", typed->runtimes,
                 "These, separated by commas, or all (assay list); default: one of each model");
  app.add_option("--trait", typed->traits,
                 "These, separated by commas, or all (assay list); default: all");
  app.add_option("--units", typed->units, "Observe at these unit counts, such as 2,64,1000");
  app.add_option("--seed", typed->seed, "Every random choice comes from it (default 1)");
  app.add_option("--duration", typed->duration, "About how long a claim may take: 500ms, 10s, 2m");
  app.add_option("--json", typed->json, "Write results and evidence to this file as well");
  if (offers_quick == OffersQuick::kYes) {
    app.add_flag("--quick", typed->quick,
                 "At most 10 s for the table of three runtimes, instead of 60 s");
  }
  add_driver_flags(app, typed->driver);
  return [typed] { return checked(*typed); };
}

}  // namespace assay
