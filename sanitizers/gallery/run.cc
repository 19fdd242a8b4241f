#include "sanitizers/gallery/run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

std::system_error error_of(const std::string& what, int error) {
  return std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts a command in a process group of its own, with both outputs into `output`.
pid_t start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
            int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // Whatever its caller holds back, a program of the gallery begins without.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int error = posix_spawn(&child, command.front().c_str(), &actions, &attributes,
                                pointers(command).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw error_of(command.front(), error);
  return child;
}

/// Reads until all who have the other end are gone. false: the bound came first.
bool read_all(int input, Clock::time_point bound, std::string& output) {
  std::array<char, 65536> buffer;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(bound - Clock::now()).count();
    if (left <= 0) return false;
    pollfd readable{.fd = input, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t n = read(input, buffer.data(), buffer.size());
    if (n == 0) return true;
    if (n > 0) output.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

/// Nothing of the caller's environment: its sanitizers' options are not the program's.
std::vector<std::string> with_path(std::vector<std::string> environment) {
  environment.emplace_back("PATH=/usr/bin:/bin");
  return environment;
}

ProgramRun run(const std::vector<std::string>& command, const std::vector<std::string>& environment,
               std::chrono::seconds bound) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw error_of("pipe2", errno);
  ProgramRun result;
  result.command = joined(environment) + (environment.empty() ? "" : " ") + joined(command);
  pid_t child = 0;
  try {
    child = start(command, with_path(environment), ends[1]);
  } catch (...) {
    close(ends[0]);
    close(ends[1]);
    throw;
  }
  close(ends[1]);
  result.gave_up = !read_all(ends[0], Clock::now() + bound, result.output);
  close(ends[0]);
  if (result.gave_up) kill(-child, SIGKILL);
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  result.peak_kib = usage.ru_maxrss;
  return result;
}

std::string program(const Gallery& gallery, std::string_view variant, const std::string& label,
                    bool twin) {
  return gallery.programs / variant / (label + (twin ? "_fixed" : ""));
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream input(file);
  std::ostringstream text;
  text << input.rdbuf();
  if (!input) throw error_of(file, errno);
  return text.str();
}

}  // namespace

std::vector<Label> read_labels(const Gallery& gallery) {
  std::vector<Label> labels;
  for (const auto& entry : std::filesystem::directory_iterator(gallery.sources)) {
    const std::filesystem::path& file = entry.path();
    if (file.extension() == ".cc") labels.push_back(parse_label(file.stem(), text_of(file)));
  }
  std::ranges::sort(labels, {}, &Label::name);
  return labels;
}

ProgramRun run_under(const Gallery& gallery, const std::string& label, bool twin,
                     const GalleryDetector& detector, const std::filesystem::path& suppressions,
                     std::chrono::seconds bound) {
  std::vector<std::string> command = detector.command;
  std::vector<std::string> environment = detector.environment;
  if (!suppressions.empty()) {
    if (detector.suppressions.starts_with("--")) {
      command.push_back(std::string(detector.suppressions) + "=" + suppressions.string());
    } else {
      for (std::string& variable : environment) {
        if (variable.starts_with(detector.suppressions)) {
          variable += ":suppressions=" + suppressions.string();
        }
      }
    }
  }
  command.push_back(program(gallery, detector.variant, label, twin));
  return run(command, environment, bound);
}

ProgramRun run_plain(const Gallery& gallery, const std::string& label, bool twin,
                     std::chrono::seconds bound) {
  return run({program(gallery, "plain", label, twin)}, {}, bound);
}

}  // namespace assay
