/// Runs a command, passes on what it prints, and lets a reader see it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

/// Of a command's two streams.
enum class Stream : bool { kOutput, kError };

/// Runs the command (found by PATH) with this process's input and environment, in which the
/// sanitizers are asked for the second stack of a lock cycle and for UBSan's stacks (what the
/// caller set wins). What it writes goes on to the same stream of this process at once, and to
/// `seen`. While it runs, SIGINT and SIGQUIT are left to it.
///
/// Returns its exit status, 128 + N if signal N ended it, as shells do. Reads to the end of both
/// streams, or until the command has ended and nothing is left in them: processes that outlive it
/// are not waited for. Throws std::system_error if it cannot be started.
int watch_command(const std::vector<std::string>& command,
                  const std::function<void(Stream, std::string_view)>& seen);

}  // namespace assay
