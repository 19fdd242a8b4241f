// check_schema SCHEMA FILE: holds what `assay` wrote against a schema of docs/schema, for tests of
// the command. Of a journal (.jsonl) each line is held against it. Run it from the root of the
// runfiles.
#include <fstream>
#include <iostream>
#include <iterator>

#include "report/testing_schema.h"

namespace assay {
namespace {

std::vector<std::string> documents_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::invalid_argument("expected a document in " + path + ", found no file");
  if (!path.ends_with(".jsonl")) return {std::string(std::istreambuf_iterator<char>(file), {})};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

int check(const std::string& name, const std::string& path) {
  const Json schema = schema_of(name + ".json");
  const std::vector<std::string> documents = documents_in(path);
  std::string found = documents.empty() ? "it is empty\n" : "";
  for (const std::string& document : documents) found += faults(Json::parse(document), schema);
  if (found.empty()) return 0;
  std::cerr << path << " does not hold to docs/schema/" << name << ".json:\n" << found;
  return 1;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: check_schema SCHEMA FILE\n";
    return 2;
  }
  try {
    return assay::check(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "check_schema: " << error.what() << "\n";
    return 2;
  }
}
