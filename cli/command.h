/// Commands of `assay`: one file adds one, with its own flags, help and exit status.
///
///     CommandRun set_up(CLI::App& app) {
///       auto count = std::make_shared<std::string>();
///       app.add_option("--count", *count, "How many (default 3)");
///       return [count](const Words&) { return count_to(*count); };
///     }
///     const CommandRegistration kCount("count", "Count to a number", &set_up);
///
/// Guarantee: wrong words and empty values are refused before `CommandRun` is called, with the
/// nearest right word of the command's own flags. A value that only the command can judge is
/// refused by throwing UsageError (cli/quantities.h) from `CommandRun`: one line, exit status 2.
/// Anything else that it throws is exit status 3. Hazard: `set_up` is called in every run, for
/// `--help`; it does nothing but add flags.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace assay {

/// The command line without the name of the program.
using Words = std::vector<std::string>;

/// Carries out a command whose flags were read; returns the exit status of the program.
using CommandRun = std::function<int(const Words& words)>;

/// Adds a command's flags (CLI11) and returns what carries it out.
using CommandSetup = CommandRun (*)(CLI::App& app);

/// Adds a command at start-up, from namespace scope in a library with `alwayslink`. An empty name
/// is `assay` without a command. Throws std::logic_error when the name is taken.
struct CommandRegistration {
  CommandRegistration(std::string name, std::string summary, CommandSetup set_up);
};

/// Reads the command line and returns the command that it asks for, ready to be called with the
/// words. Help and version are commands that print. Throws UsageError with one line that says what
/// to do.
CommandRun read_command_line(const Words& words);

}  // namespace assay
