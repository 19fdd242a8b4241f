/// For tests: what a run that was ended from outside has left behind.
///
/// The test is the reaper of its victims' orphans: it needs no list of processes to see that none
/// is left. It waits until it has no child, and until the last holder of a pipe that every process
/// of the victim inherited is gone.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

namespace assay {

inline std::string children_now() {
  std::ifstream list("/proc/thread-self/children");
  std::string pids;
  std::getline(list, pids);
  return pids;
}

inline std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename());
  }
  return names;
}

/// Waits until no child is left; false when one stays for a minute.
inline bool all_children_end() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (waitpid(-1, nullptr, WNOHANG) >= 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// A folder for victims, the current one and that of temporary files.
struct VictimsFolder : testing::Test {
  VictimsFolder() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const char* set = getenv("TEST_TMPDIR");
    folder = std::string(set != nullptr ? set : "/tmp") + "/victim" + std::to_string(getpid());
    std::filesystem::create_directory(folder);
    setenv("TMPDIR", folder.c_str(), 1);
  }
  ~VictimsFolder() override { std::filesystem::remove_all(folder); }

  /// `held` is the other end of a pipe that every process of the victim has; `results` are the
  /// files that the victim was told to write.
  void audit(int held, const std::set<std::string>& results = {}) const {
    EXPECT_TRUE(all_children_end()) << "children that stay: " << children_now();
    pollfd wait{held, POLLIN, 0};
    ASSERT_EQ(poll(&wait, 1, 60'000), 1) << "a process of the victim stays";
    EXPECT_EQ(wait.revents, POLLHUP);
    for (const std::string& name : names_in(folder)) {
      EXPECT_TRUE(results.contains(name)) << "a file stays: " << name;
    }
  }

  std::string folder;
};

}  // namespace assay
