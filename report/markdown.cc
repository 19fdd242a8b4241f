#include "report/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

namespace assay {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kMarks{
    {{"confirmed", "+"},
     {"unrefuted", "~"},
     {"refuted", "**X**"},
     {"inconclusive", "?"},
     {"unsupported", "-"},
     {"untested", "."}}};

std::string_view mark_of(const std::string& kind) {
  for (const auto& [word, mark] : kMarks) {
    if (word == kind) return mark;
  }
  return ".";
}

/// One line, with nothing that Markdown or HTML would take for its own.
std::string plain(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      line += ' ';
    } else if (c == '<') {
      line += "&lt;";
    } else {
      if (std::string_view("|*`[]\\").find(c) != std::string_view::npos) line += '\\';
      line += c;
    }
  }
  return line;
}

std::string text_at(const Json& json, const char* at) {
  const Json::json_pointer pointer(at);
  return json.contains(pointer) && json.at(pointer).is_string()
             ? json.at(pointer).get<std::string>()
             : "";
}

std::vector<std::string> in_order(const Json& results, const char* at) {
  std::vector<std::string> words;
  for (const Json& result : results) {
    const std::string word = text_at(result, at);
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

const Json* find(const Json& results, const std::string& trait, const std::string& runtime) {
  for (const Json& result : results) {
    if (text_at(result, "/claim/trait") == trait && text_at(result, "/runtime") == runtime) {
      return &result;
    }
  }
  return nullptr;
}

std::string cell(const Json* result) {
  if (result == nullptr) return "";
  const std::string figure = text_at(*result, "/observation/figure");
  return fmt::format("{} {}{}", mark_of(text_at(*result, "/verdict/kind")),
                     plain(text_at(*result, "/claim/wording")),
                     figure.empty() ? "" : ": " + plain(figure));
}

std::string title_of(const Json& results, const std::string& trait) {
  for (const Json& result : results) {
    if (text_at(result, "/claim/trait") == trait) return text_at(result, "/claim/title");
  }
  return trait;
}

std::string table_of(const Json& results) {
  const std::vector<std::string> runtimes = in_order(results, "/runtime");
  std::string text = "| |";
  std::string rule = "\n|---|";
  for (const std::string& runtime : runtimes) {
    text += fmt::format(" {} |", plain(runtime));
    rule += "---|";
  }
  text += rule + "\n";
  for (const std::string& trait : in_order(results, "/claim/trait")) {
    text += fmt::format("| {} |", plain(title_of(results, trait)));
    for (const std::string& runtime : runtimes) {
      text += fmt::format(" {} |", cell(find(results, trait, runtime)));
    }
    text += "\n";
  }
  return text;
}

std::string tally_of(const Json& summary) {
  std::vector<std::string> parts;
  for (const auto& [kind, mark] : kMarks) {
    const auto found = summary.find(std::string(kind));
    if (found != summary.end() && *found != 0) {
      parts.push_back(fmt::format("{} {} {}", mark, found->dump(), kind));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string open_claims(const Json& results) {
  std::string text;
  for (const Json& result : results) {
    const std::string kind = text_at(result, "/verdict/kind");
    if (kind != "refuted" && kind != "inconclusive") continue;
    text += fmt::format("- {} {} ({}): {}\n  `{}`\n", mark_of(kind),
                        plain(text_at(result, "/claim/slug")), plain(text_at(result, "/runtime")),
                        plain(text_at(result, "/verdict/reason")), text_at(result, "/command"));
  }
  return text;
}

std::string facts_of(const Json& document) {
  return plain(fmt::format("{}, {}, {}", text_at(document, "/host/cpu"),
                           text_at(document, "/host/kernel"),
                           text_at(document, "/build/compiler")));
}

/// Claims whose verdict is not the same in all files of results.
std::string differing(const std::vector<const ReportFile*>& files) {
  std::map<std::string, std::vector<std::string>> verdicts;
  for (const ReportFile* file : files) {
    for (const Json& result : file->document["results"]) {
      verdicts[text_at(result, "/claim/slug") + " (" + text_at(result, "/runtime") + ")"].push_back(
          text_at(result, "/verdict/kind"));
    }
  }
  std::string text;
  for (const auto& [claim, kinds] : verdicts) {
    if (std::adjacent_find(kinds.begin(), kinds.end(), std::not_equal_to<>()) == kinds.end())
      continue;
    text += fmt::format("- {}: {}\n", plain(claim), fmt::join(kinds, ", then "));
  }
  return text.empty() ? "No verdict differs between the files.\n"
                      : "Verdicts that differ, in the order of the files:\n\n" + text;
}

}  // namespace

std::string to_markdown(std::span<const ReportFile> files) {
  std::vector<const ReportFile*> results;
  for (const ReportFile& file : files) {
    if (file.kind == "results") results.push_back(&file);
  }
  if (results.empty()) return "No file of results: `assay --json=FILE` writes one.\n";
  std::string text;
  for (const ReportFile* file : results) {
    const Json& document = file->document;
    text += fmt::format("### Assay: {}\n\n{}\n\n{}\n{}\n", plain(file->name), facts_of(document),
                        table_of(document["results"]), tally_of(document["summary"]));
    const std::string open = open_claims(document["results"]);
    text += (open.empty() ? "" : "\n" + open) + "\n";
  }
  return results.size() > 1 ? text + differing(results) : text;
}

}  // namespace assay
