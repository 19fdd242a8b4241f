#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

#include "cli/quantities.h"
#include "cli/say.h"
#include "cli/suggest.h"
#include "report/json.h"

namespace assay {
namespace {

constexpr const char* kDescription =
    "Tests what processes, threads and coroutines are claimed to be, on this machine.\n"
    "Without a command it prints the comparison table with a verdict for every claim.";
constexpr const char* kFooter =
    "Exit status: 0 nothing refuted; 1 a required claim is refuted; 2 wrong usage; 3 nothing\n"
    "refuted, but something could not be measured or decided here; 130 or 143 interrupted.";

struct Registered {
  std::string summary;
  CommandSetup set_up;
};

/// By name, which is the order of the help; the empty name comes first.
std::map<std::string, Registered>& registered() {
  static std::map<std::string, Registered> commands;
  return commands;
}

std::string version_line() {
  const BuildFacts build = build_facts();
  return fmt::format("assay {} ({}, {}; results schema {})\n", build.version, build.compiler,
                     build.variant, kSchemaVersion);
}

/// An empty value would read as "not given".
std::string refuse_empty(const std::string& value) {
  return value.empty() ? "expected a value, found nothing" : "";
}

void refuse_empty_values(const Words& words) {
  for (const std::string& word : words) {
    if (word == "--") return;  // What follows is a command of somebody else.
    if (word.substr(0, 2) == "--" && word.back() == '=') {
      throw UsageError(word.substr(0, word.size() - 1) + ": " + refuse_empty(""));
    }
  }
}

CommandRun add_command(CLI::App& app, const Registered& command) {
  CommandRun run = command.set_up(app);
  for (CLI::Option* option : app.get_options()) {
    if (option->get_expected_max() > 0 && option->get_type_size() > 0) {
      option->check(&refuse_empty, "");
    }
  }
  return run;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) flags.push_back(option->get_name());
  }
  return flags;
}

/// The message for a word that CLI11 did not expect: of the chosen command, or else of `assay`.
std::string unexpected(const CLI::App& root) {
  const std::vector<CLI::App*> chosen = root.get_subcommands();
  const CLI::App& app = chosen.empty() ? root : *chosen.front();
  const std::vector<std::string> words = root.remaining(true);
  const std::string word = words.empty() ? "" : words.front().substr(0, words.front().find('='));
  if (word.substr(0, 1) == "-") {
    const std::string of = chosen.empty() ? "" : " of `assay " + app.get_name() + "`";
    return fmt::format("unknown flag '{}'{}; {}", word, of, suggestion(word, flags_of(app)));
  }
  if (!chosen.empty()) {
    return fmt::format("unexpected '{}' after `assay {}`, whose flags are: {}", word,
                       app.get_name(), fmt::join(flags_of(app), ", "));
  }
  std::vector<std::string> commands;
  for (const CLI::App* command : root.get_subcommands({})) commands.push_back(command->get_name());
  return fmt::format("unknown command '{}'; {}", word, suggestion(word, commands));
}

/// Flags before the name of a command are that command's: `assay --quick check`.
void hand_over_flags(const CLI::App& root, CLI::App& command) {
  for (const CLI::Option* option : root.get_options()) {
    if (option->count() == 0) continue;
    CLI::Option* same = command.get_option_no_throw(option->get_name());
    if (same == nullptr) {
      throw UsageError(fmt::format("unknown flag '{}' of `assay {}`; {}", option->get_name(),
                                   command.get_name(),
                                   suggestion(option->get_name(), flags_of(command))));
    }
    if (same->count() > 0) continue;
    for (const std::string& result : option->results()) same->add_result(result);
    same->run_callback();
  }
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

CommandRun printing(const std::string& text) {
  return [text](const Words&) {
    tell("{}", text);
    return 0;
  };
}

}  // namespace

CommandRegistration::CommandRegistration(std::string name, std::string summary,
                                         CommandSetup set_up) {
  if (!registered().try_emplace(name, Registered{std::move(summary), set_up}).second) {
    throw std::logic_error("a command named '" + name + "' is registered already");
  }
}

CommandRun read_command_line(const Words& words) {
  refuse_empty_values(words);
  CLI::App root(kDescription, "assay");
  root.footer(kFooter);
  root.set_version_flag("--version", version_line());
  root.require_subcommand(0, 1);
  std::map<const CLI::App*, CommandRun> runs;
  for (const auto& [name, command] : registered()) {
    CLI::App& app = name.empty() ? root : *root.add_subcommand(name, command.summary);
    runs[&app] = add_command(app, command);
  }
  try {
    // CLI11 takes the words from the back.
    root.parse(Words(words.rbegin(), words.rend()));
    const std::vector<CLI::App*> chosen = root.get_subcommands();
    if (!chosen.empty()) hand_over_flags(root, *chosen.front());
    return runs.at(chosen.empty() ? &root : chosen.front());
  } catch (const CLI::ExtrasError&) {
    throw UsageError(unexpected(root));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw UsageError(first_line(error.what()));
    std::ostringstream text;
    root.exit(error, text, text);
    return printing(text.str());
  }
}

}  // namespace assay
