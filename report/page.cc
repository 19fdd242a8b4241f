#include "report/page.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>

#include "report/markdown.h"

namespace assay {
namespace {

std::string replaced(const std::string& text, const std::map<char, std::string>& by) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto found = by.find(c);
    if (found == by.end()) {
      result += c;
    } else {
      result += found->second;
    }
  }
  return result;
}

/// Samples; other numbers are left as they are.
void round_lists(Json& json) {
  if (json.is_number_float()) return;
  for (Json& item : json) {
    if (json.is_array() && item.is_number_float()) {
      char text[32];
      std::snprintf(text, sizeof(text), "%.6g", item.get<double>());
      item = std::strtod(text, nullptr);
    } else if (item.is_structured()) {
      round_lists(item);
    }
  }
}

/// As JSON inside of a script element, where only `<` can do harm: it stands in strings alone.
std::string data_of(std::span<const ReportFile> files) {
  Json all = Json::array();
  for (const ReportFile& file : files) {
    all.push_back({{"name", file.name}, {"kind", file.kind}, {"version", file.version}});
    all.back()["document"] = file.document;
    round_lists(all.back()["document"]);
  }
  return replaced(dump(all, -1), {{'<', "\\u003c"}});
}

/// The template with its `{{name}}` replaced; what is put in is not looked at again.
std::string filled(std::string_view page, const std::map<std::string, std::string>& values) {
  std::string result;
  for (std::size_t from = 0;;) {
    const std::size_t open = page.find("{{", from);
    const std::size_t close = page.find("}}", open);
    result += page.substr(from, open - from);
    if (open == std::string_view::npos || close == std::string_view::npos) return result;
    result += values.at(std::string(page.substr(open + 2, close - open - 2)));
    from = close + 2;
  }
}

}  // namespace

std::string to_page(std::span<const ReportFile> files) {
  std::string_view page;
  std::string style;
  std::string script;
  for (const EmbeddedFile& file : page_files()) {
    if (file.name.ends_with(".html")) page = file.text;
    if (file.name.ends_with(".css")) style += file.text;
    if (file.name.ends_with(".js")) script += file.text;
  }
  return filled(page, {{"style", style},
                       {"script", script},
                       {"text", replaced(to_markdown(files), {{'<', "&lt;"}, {'&', "&amp;"}})},
                       {"data", data_of(files)}});
}

}  // namespace assay
