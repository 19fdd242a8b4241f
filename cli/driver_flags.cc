#include "cli/driver_flags.h"

#include <fmt/format.h>
#include <unistd.h>
#include <wordexp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include "cli/quantities.h"
#include "cli/suggest.h"
#include "models/drivers/driver.h"
#include "models/registry.h"

namespace assay {
namespace {

constexpr std::array<Model, 3> kModels{Model::kProcess, Model::kThread, Model::kCoroutine};

std::vector<std::string> words_of(const std::string& command) {
  wordexp_t words{};
  if (wordexp(command.c_str(), &words, WRDE_NOCMD | WRDE_UNDEF) != 0 || words.we_wordc == 0) {
    throw UsageError(fmt::format(
        "--driver: expected a command such as 'python3 my_driver.py', found '{}'", command));
  }
  std::vector<std::string> list(words.we_wordv, words.we_wordv + words.we_wordc);
  wordfree(&words);
  return list;
}

bool is_executable(const std::string& file) {
  std::error_code error;
  return access(file.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(file, error);
}

/// True when a shell would find it.
bool can_be_run(const std::string& program) {
  if (program.find('/') != std::string::npos) return is_executable(program);
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (is_executable(folder + "/" + program)) return true;
  }
  return false;
}

std::string remedy_for(const std::string& program) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(program, error)) return "install it, or name its path";
  return fmt::format(
      "make the file executable and name it with its folder, or name what runs it "
      "('python3 {}')",
      program);
}

/// "my_driver" for "./my-driver.py"; another name where a runtime has it.
std::string name_of(const std::string& word) {
  std::string name = std::filesystem::path(word).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  while (name.empty() || find_runtime(name) != nullptr) name += "_driver";
  return name;
}

std::optional<Model> model_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  std::vector<std::string> known;
  for (const Model model : kModels) {
    if (to_string(model) == name) return model;
    known.emplace_back(to_string(model));
  }
  throw UsageError(fmt::format("--model: unknown '{}'; {}", name, suggestion(name, known)));
}

/// What the reference of the model declares; what no driver can be asked is untested.
std::vector<Claim> claims_of(Model model) {
  std::vector<Claim> claims = reference(model).info().claims;
  for (Claim& claim : claims) {
    const bool needs_bodies =
        claim.trait == TraitId::kUseCase || claim.trait == TraitId::kUnjoinedWork ||
        claim.trait == TraitId::kScalability || claim.trait == TraitId::kUnsynchronizedRace;
    if (!needs_bodies) continue;
    claim.modality = Modality::kUntested;
    claim.reason = "a driver runs programs; this probe needs a body in C++";
  }
  return claims;
}

}  // namespace

void add_driver_flags(CLI::App& app, DriverFlags& flags) {
  constexpr const char* kGroup = "A driver of your own (docs/driver_protocol.md)";
  app.add_option("--driver", flags.command, "Observe this command, such as 'python3 my_driver.py'")
      ->group(kGroup);
  app.add_option("--model", flags.model,
                 "Hold the driver against the claims of: process, thread, coroutine")
      ->group(kGroup);
  app.add_option("--language", flags.language,
                 "Compare the driver's costs with those of runtimes of this language")
      ->group(kGroup);
  app.add_flag("--costs", flags.costs, "The driver answers requests for costs")->group(kGroup);
  app.add_flag("--resident", flags.resident, "The driver answers many programs, one by one")
      ->group(kGroup);
}

Runtime& driver_runtime(const DriverFlags& flags) {
  const std::optional<Model> model = model_named(flags.model);
  if (!flags.language.empty() && !model) {
    throw UsageError("--language: say --model as well: costs are compared with the other models");
  }
  DriverSpec spec;
  spec.command = words_of(flags.command);
  if (!can_be_run(spec.command.front())) {
    throw UsageError(fmt::format("--driver: '{}' is no program that can be run here; {}",
                                 spec.command.front(), remedy_for(spec.command.front())));
  }
  spec.info = {name_of(spec.command.back()), model.value_or(Model::kThread),
               flags.language.empty() ? "an unknown language (see --language)" : flags.language,
               "the driver " + flags.command, model ? claims_of(*model) : std::vector<Claim>()};
  spec.has_costs = flags.costs;
  spec.resident = flags.resident;
  // Both live as long as the program: the registry holds it.
  static std::vector<std::unique_ptr<DriverRuntime>> made;
  made.push_back(std::make_unique<DriverRuntime>(std::move(spec)));
  register_runtime(*made.back());
  return *made.back();
}

std::string to_string(const DriverFlags& flags) {
  std::string text = fmt::format("--driver=\"{}\"", flags.command);
  if (!flags.model.empty()) text += " --model=" + flags.model;
  if (!flags.language.empty()) text += fmt::format(" --language=\"{}\"", flags.language);
  if (flags.costs) text += " --costs";
  if (flags.resident) text += " --resident";
  return text;
}

}  // namespace assay
