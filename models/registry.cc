#include "models/registry.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <string>

#include "models/coroutine/coroutine.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"

namespace assay {
namespace {

constexpr std::array<Model, 3> kModels{Model::kProcess, Model::kThread, Model::kCoroutine};

std::vector<Runtime*>& added() {
  static std::vector<Runtime*> list;
  return list;
}

bool well_formed(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
}

}  // namespace

Runtime& reference(Model model) {
  switch (model) {
    case Model::kProcess:
      return fork_runtime();
    case Model::kThread:
      return std_thread();
    case Model::kCoroutine:
      return coroutine();
  }
  throw std::invalid_argument("expected one of three models, found number " +
                              std::to_string(static_cast<int>(model)));
}

std::vector<Runtime*> runtimes() {
  std::vector<Runtime*> all;
  for (const Model model : kModels) all.push_back(&reference(model));
  all.insert(all.end(), added().begin(), added().end());
  return all;
}

Runtime* find_runtime(std::string_view name) {
  for (Runtime* runtime : runtimes()) {
    if (runtime->info().name == name) return runtime;
  }
  return nullptr;
}

std::vector<Runtime*> rivals_of(const Runtime& runtime) {
  const std::vector<Runtime*> all = runtimes();
  std::vector<Runtime*> rivals;
  for (const Model model : kModels) {
    if (model == runtime.info().model) continue;
    const auto rival = std::find_if(all.begin(), all.end(), [&](const Runtime* other) {
      return other->info().model == model && other->info().language == runtime.info().language;
    });
    if (rival != all.end()) rivals.push_back(*rival);
  }
  return rivals;
}

void register_runtime(Runtime& runtime) {
  const std::string& name = runtime.info().name;
  if (!well_formed(name)) {
    throw std::invalid_argument("the name of a runtime has letters, digits and underscores; '" +
                                name + "' does not");
  }
  if (find_runtime(name) != nullptr) {
    throw std::invalid_argument("a runtime named '" + name +
                                "' is registered already; give one of the two another name");
  }
  added().push_back(&runtime);
}

}  // namespace assay
