#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <sstream>

#include "cli/suggest.h"
#include "models/machine.h"
#include "models/registry.h"
#include "report/json.h"

namespace assay {
namespace {

constexpr const char* kDescription =
    "Tests what processes, threads and coroutines are claimed to be, on this machine.\n"
    "Without a command it prints the comparison table with a verdict for every claim.";
constexpr const char* kFooter =
    "Exit status: 0 nothing refuted; 1 a required claim is refuted; 2 wrong usage; 3 nothing\n"
    "refuted, but something could not be measured or decided here; 130 or 143 interrupted.";

/// The flags as typed; all are checked by hand, for messages that help.
struct Typed {
  std::string runtimes, traits, units, seed = "1", duration, json;
  bool quick = false;
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
  for (const std::string& slug : text.empty() ? names_of_traits() : split(text)) {
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

void add_flags(CLI::App& app, Typed& typed) {
  app.add_option("--runtime", typed.runtimes,
                 "These, separated by commas, or all (assay list); default: one of each model");
  app.add_option("--trait", typed.traits,
                 "These, separated by commas, or all (assay list); default: one of each model");
  app.add_option("--units", typed.units, "Observe at these unit counts, such as 2,64,1000");
  app.add_option("--seed", typed.seed, "Every random choice comes from it (default 1)");
  app.add_option("--duration", typed.duration, "About how long a claim may take: 500ms, 10s, 2m");
  app.add_option("--json", typed.json, "Write results and evidence to this file as well");
  app.add_flag("--quick", typed.quick, "At most 10 s for the table, instead of 60 s");
}

std::string version_line() {
  const BuildFacts build = build_facts();
  return fmt::format("assay {} ({}, {}; results schema {})\n", build.version, build.compiler,
                     build.variant, kSchemaVersion);
}

/// The message for a word that CLI11 did not expect.
std::string unexpected(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> flags{"--help", "--version"};
  for (const char* flag :
       {"--runtime", "--trait", "--units", "--seed", "--duration", "--json", "--quick"}) {
    flags.emplace_back(flag);
  }
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  const auto known = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  for (int i = 1; i < argc; ++i) {
    const std::string word = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    if (word.substr(0, 1) == "-") {
      if (!known(flags, word)) {
        return fmt::format("unknown flag '{}'; {}", word, suggestion(word, flags));
      }
    } else if (!known(commands, word)) {
      return fmt::format("unknown command '{}'; {}", word, suggestion(word, commands));
    }
  }
  return "this command does not take these flags; see `assay --help`";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Options checked(Command command, const Typed& typed) {
  Options options;
  options.command = command;
  options.runtimes = parse_runtimes(typed.runtimes);
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

/// An empty value would read as "not given".
void refuse_empty_values(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.substr(0, 2) == "--" && word.back() == '=') {
      throw UsageError(word.substr(0, word.size() - 1) + ": expected a value, found nothing");
    }
  }
}

}  // namespace

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

Options parse_options(int argc, const char* const* argv) {
  refuse_empty_values(argc, argv);
  CLI::App app(kDescription, "assay");
  Typed typed;
  app.footer(kFooter);
  app.set_version_flag("--version", version_line());
  app.require_subcommand(0, 1);
  add_flags(app, typed);
  CLI::App* check =
      app.add_subcommand("check", "Check the claims of these runtimes and traits, with evidence");
  add_flags(*check, typed);
  const CLI::App* list = app.add_subcommand("list", "List runtimes, traits and claims");
  const CLI::App* doctor = app.add_subcommand("doctor", "Say what would spoil a run here");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    throw UsageError(unexpected(app, argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw UsageError(first_line(error.what()));
    std::ostringstream text;
    app.exit(error, text, text);
    Options options;
    options.only_print = text.str();
    return options;
  }
  Command command = Command::kTable;
  if (check->parsed()) command = Command::kCheck;
  if (list->parsed()) command = Command::kList;
  if (doctor->parsed()) command = Command::kDoctor;
  return checked(command, typed);
}

}  // namespace assay
