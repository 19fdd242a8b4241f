#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "ci/preflight_text.h"
#include "cli/command.h"

namespace assay {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw std::system_error(errno, std::generic_category(),
                          std::string("cannot run the preflight: ") + what);
}

/// A file without a name that holds the script, at its start.
int script_file() {
  const int fd = memfd_create("preflight", 0);
  if (fd < 0) refuse("no memory for its text");
  const std::string_view script = preflight_script();
  if (::write(fd, script.data(), script.size()) != static_cast<ssize_t>(script.size())) {
    refuse("no memory for its text");
  }
  lseek(fd, 0, SEEK_SET);
  return fd;
}

/// Prints what comes, until its end: what cannot be written is then said once.
void pass_on(int from) {
  std::array<char, 4096> text{};
  for (;;) {
    const ssize_t bytes = ::read(from, text.data(), text.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return;
    std::fwrite(text.data(), 1, static_cast<std::size_t>(bytes), stdout);
  }
}

/// The preflight of set-up (ci/preflight) for this machine, every item of it.
int doctor() {
  const int script = script_file();
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) refuse("no pipe; raise RLIMIT_NOFILE (ulimit -n)");
  std::fflush(nullptr);
  const pid_t shell = fork();
  if (shell < 0) refuse("no process for its shell; raise RLIMIT_NPROC (ulimit -u)");
  if (shell == 0) {
    dup2(script, STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    execl("/bin/sh", "sh", "-s", "--", "--all", static_cast<char*>(nullptr));
    _exit(127);
  }
  close(script);
  close(output[1]);
  pass_on(output[0]);
  close(output[0]);
  int status = 0;
  while (waitpid(shell, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 3;
}

CommandRun set_up(CLI::App&) {
  return [](const Words&) { return doctor(); };
}

const CommandRegistration kDoctor("doctor", "Say what would spoil a run here", &set_up);

}  // namespace

}  // namespace assay
