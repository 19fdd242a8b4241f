/// Becoming another program, in a process that was forked for that.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace assay {

/// Replaces this process by `command`, looked for as a shell does, with the given standard input
/// and output. Returns an error number if that is refused.
inline int become(const std::vector<std::string>& command, int input, int output) {
  if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0) return errno;
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  return errno;
}

}  // namespace assay
