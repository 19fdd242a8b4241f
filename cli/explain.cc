// `assay explain`: the reports of sanitizers and of Valgrind, in plain words.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "cli/command.h"
#include "cli/quantities.h"
#include "cli/say.h"
#include "report/results_file.h"
#include "sanitizers/reports/explainer.h"
#include "sanitizers/reports/explanation_text.h"
#include "sanitizers/reports/watched_command.h"

namespace assay {
namespace {

constexpr int kFound = 1;
constexpr int kUndecided = 3;
constexpr int kTsanFound = 66;
constexpr const char* kFooter =
    "Exit status: 0 no report; 1 reports were found; 2 wrong usage, or FILE cannot be read; 3 no\n"
    "report, and the input is empty or not text, or has parts of reports that cannot be read.\n"
    "With a COMMAND: its own status (128 + N for signal N), or 1 if it is 0 and reports were "
    "found.";

struct Flags {
  std::vector<std::string> words;
  std::vector<std::string> sources;
  std::string json;
  std::string sarif;
  bool group = false;
  bool all_frames = false;
};

// How the input is called where it is named as a place: below the current folder without it.
std::string name_of_log(const std::string& path) {
  if (path == "-") return "standard input";
  const std::filesystem::path relative =
      std::filesystem::absolute(path).lexically_relative(std::filesystem::current_path());
  return relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

struct Input {
  std::uint64_t bytes = 0;
  bool binary = false;
};

class Session {
 public:
  Session(const Flags& flags, std::string log, std::string command, FILE* out)
      : flags_(flags),
        log_(std::move(log)),
        out_(out),
        explainer_({flags.group, std::move(command), std::filesystem::current_path().string()}),
        sources_(roots(flags)),
        keeps_(!flags.json.empty() || !flags.sarif.empty()) {
    text_.colour = isatty(fileno(out)) == 1 && std::getenv("NO_COLOR") == nullptr;
    text_.all_frames = flags.all_frames;
  }

  /// Reports are printed as they come.
  void print_at_once() {
    if (!keeps_) explainer_.at_once = [this](const ExplainedReport& report) { print(report); };
  }

  ReportSink sink() { return explainer_.sink(); }

  void finish() {
    for (const ExplainedReport& report : explainer_.reports()) print(report);
    if (!flags_.json.empty()) {
      ResultsFile(flags_.json).write(explanation_json(explainer_.reports(), explainer_.problems()));
    }
    if (!flags_.sarif.empty()) {
      ResultsFile(flags_.sarif).write(explanation_sarif(explainer_.reports(), log_));
    }
    for (const Problem& problem : explainer_.problems()) {
      if (problem.foreign) continue;
      say("assay: line {}: {}: {}\n", problem.line, problem.reason, problem.text);
    }
  }

  std::uint64_t found() const { return explainer_.read(); }

  bool has_unread() const {
    return std::ranges::any_of(explainer_.problems(),
                               [](const Problem& problem) { return !problem.foreign; });
  }

 private:
  static std::vector<std::string> roots(const Flags& flags) {
    std::vector<std::string> roots = {""};
    roots.insert(roots.end(), flags.sources.begin(), flags.sources.end());
    return roots;
  }

  void print(const ExplainedReport& explained) {
    const std::string text = explanation_text(explained.report, explained.explanation, ++number_,
                                              explained.times, sources_, text_);
    std::fwrite(text.data(), 1, text.size(), out_);
  }

  const Flags& flags_;
  std::string log_;
  FILE* out_;
  Explainer explainer_;
  SourceReader sources_;
  bool keeps_;
  TextOptions text_;
  std::size_t number_ = 0;
};

// One line that says why the file is no input.
[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw UsageError(fmt::format("{}: {}", path, why));
}

int open_input(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) refuse(path, std::generic_category().message(errno));
  struct stat status = {};
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    refuse(path, "is a directory; expected a file with the output of a sanitizer or of Valgrind");
  }
  return fd;
}

Input read_all(const std::string& path, ReportReader& reader) {
  const int fd = open_input(path);
  Input input;
  std::array<char, 262144> bytes{};
  for (;;) {
    const ssize_t size = read(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) refuse(path, std::generic_category().message(errno));
    if (size == 0) break;
    const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
    // It has the words of its detector's reports in it.
    if (input.bytes == 0 && text.starts_with("\x7f"
                                             "ELF")) {
      refuse(path, fmt::format("is a program, not what one printed; `assay explain -- {}` runs it",
                               path == "-" ? "PROGRAM" : path));
    }
    if (input.bytes == 0) input.binary = text.find('\0') != std::string_view::npos;
    input.bytes += text.size();
    reader.feed(text);
  }
  reader.finish();
  if (fd != STDIN_FILENO) close(fd);
  return input;
}

int explain_file(const Flags& flags, const std::string& path) {
  Session session(flags, name_of_log(path), "", stdout);
  session.print_at_once();
  ReportReader reader(session.sink());
  const Input input = read_all(path, reader);
  session.finish();
  if (session.found() > 0) return kFound;
  const std::string name = path == "-" ? "standard input" : path;
  if (input.bytes == 0) {
    say("assay: {} is empty\n", name);
  } else if (input.binary) {
    say("assay: {} is not text, and has no report\n", name);
  } else {
    say("assay: no report in {} ({} lines)\n", name, reader.lines());
  }
  return input.bytes == 0 || input.binary || session.has_unread() ? kUndecided : 0;
}

// The explanation goes to standard error, so that standard output is the command's alone.
int explain_command(const Flags& flags) {
  Session session(flags, "output of the command", fmt::format("{}", fmt::join(flags.words, " ")),
                  stderr);
  ReportReader output(session.sink());
  ReportReader error(session.sink());
  int status = 0;
  try {
    status = watch_command(flags.words, [&](Stream stream, std::string_view bytes) {
      (stream == Stream::kOutput ? output : error).feed(bytes);
    });
  } catch (const std::system_error& refused) {
    throw UsageError(refused.what());
  }
  output.finish();
  error.finish();
  if (session.found() > 0) say("\n");
  session.finish();
  if (session.found() == 0) {
    say("assay: no report in the output of the command{}\n",
        status == kTsanFound ? "; ThreadSanitizer ends a program with 66 where it reports: a "
                               "log_path in TSAN_OPTIONS says in which file"
                             : "");
  }
  return status == 0 && session.found() > 0 ? kFound : status;
}

CommandRun set_up(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("FILE", flags->words,
                 "The output of a run; - is standard input. Or: -- COMMAND... to run and explain");
  app.add_flag("--group", flags->group, "Merge reports of one kind at the same pair of places");
  app.add_flag("--all-frames", flags->all_frames, "Show the frames of the libraries as well");
  app.add_option("--source", flags->sources, "Also look for source files below this folder")
      ->allow_extra_args(false);
  app.add_option("--json", flags->json, "Write the explanations to this file as JSON");
  app.add_option("--sarif", flags->sarif, "Write them to this file as SARIF 2.1.0, for code hosts");
  app.footer(kFooter);
  return [flags](const Words& words) {
    if (std::ranges::find(words, "--") != words.end()) {
      if (flags->words.empty()) throw UsageError("expected a command after --, found nothing");
      return explain_command(*flags);
    }
    if (flags->words.size() > 1) {
      throw UsageError(fmt::format("expected one FILE, found {}; a command comes after --",
                                   flags->words.size()));
    }
    return explain_file(*flags, flags->words.empty() ? "-" : flags->words.front());
  };
}

const CommandRegistration kExplain("explain", "Explain the reports of sanitizers and Valgrind",
                                   &set_up);

}  // namespace
}  // namespace assay
