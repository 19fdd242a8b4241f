// `assay`: flags in, calls of the report, exit status out.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "cli/command.h"
#include "cli/quantities.h"
#include "cli/say.h"

namespace {

constexpr int kUsage = 2;
constexpr int kNotMeasured = 3;

/// Of the standard streams that the caller closed, none becomes the number of a file that is opened
/// later. Standard output stays one that cannot be written.
void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_RDWR);  // The lowest that is free.
  }
}

/// What was printed may still be in a buffer, and what cannot be written there would be lost in
/// silence.
int printed(int status) {
  assay::show_told();
  int error = assay::output_error();
  // Of words that came by another way, what went wrong is not known.
  if (error == 0 && std::ferror(stdout) != 0) error = EIO;
  if (error == 0) return status;
  assay::say("assay: cannot write to the standard output: {}\n",
             std::generic_category().message(error));
  return status == 0 ? kNotMeasured : status;
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  // A file that may not grow (ulimit -f) is an error of write, not the end of this program.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const assay::Words words(argv + 1, argv + argc);
    return printed(assay::read_command_line(words)(words));
  } catch (const assay::UsageError& error) {
    assay::say("assay: {}\n", error.what());
    return kUsage;
  } catch (const std::bad_alloc&) {
    std::fputs("assay: out of memory; free some, or raise RLIMIT_AS (ulimit -v unlimited)\n",
               stderr);
    return kNotMeasured;
  } catch (const std::exception& error) {
    assay::say("assay: {}\n", error.what());
    return kNotMeasured;
  }
}
