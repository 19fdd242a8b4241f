#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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

/// The preflight of set-up (ci/preflight) for this machine, every item of it.
int doctor() {
  const int script = script_file();
  std::fflush(nullptr);
  const pid_t shell = fork();
  if (shell < 0) refuse("no process for its shell; raise RLIMIT_NPROC (ulimit -u)");
  if (shell == 0) {
    dup2(script, STDIN_FILENO);
    execl("/bin/sh", "sh", "-s", "--", "--all", static_cast<char*>(nullptr));
    _exit(127);
  }
  close(script);
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
