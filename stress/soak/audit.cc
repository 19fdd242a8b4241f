#include "stress/soak/audit.h"

#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace assay {
namespace {

/// Growth of the heap that is no leak: buffers of the C library and of the streams.
constexpr std::uint64_t kHeapSlack = 256 * 1024;

bool lies_in(const std::filesystem::path& path, const std::string& folder) {
  return path.string().starts_with(folder + "/");
}

/// Covers a folder with an empty one that only this process and its children see.
bool cover(const std::string& folder) {
  return mount("assay", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=50%") == 0;
}

/// True when the program or the current folder would be hidden.
bool is_used(const std::string& folder) {
  std::error_code gone;
  return lies_in(std::filesystem::read_symlink("/proc/self/exe", gone), folder) ||
         lies_in(std::filesystem::current_path(gone), folder);
}

bool has_own_mounts() {
  return unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

std::set<std::string> names_in(const std::vector<std::string>& folders) {
  std::set<std::string> names;
  for (const std::string& folder : folders) {
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
      names.insert(at->path());
    }
  }
  // System V objects have no folder; a line each, behind one of titles.
  for (const char* kind : {"shm", "sem", "msg"}) {
    std::ifstream list(std::string("/proc/sysvipc/") + kind);
    std::string line;
    std::getline(list, line);
    while (std::getline(list, line)) names.insert(std::string("System V ") + kind + line);
  }
  return names;
}

std::set<std::string> open_descriptors() {
  std::set<std::string> open;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    const std::filesystem::path target = std::filesystem::read_symlink(at->path(), gone);
    // The folder that is being read is one of them.
    if (!gone && !target.string().ends_with("/fd")) {
      open.insert(at->path().filename().string() + ": " + target.string());
    }
  }
  return open;
}

std::string name_of(pid_t pid) {
  std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(comm, name);
  return name + " (" + std::to_string(pid) + ")";
}

std::uint64_t heap_bytes() {
  const auto heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

/// What is in `after` and not in `before`.
void add_new(const std::set<std::string>& before, const std::set<std::string>& after,
             const std::string& what, std::vector<std::string>& left) {
  for (const std::string& one : after) {
    if (!before.contains(one)) left.push_back(what + one);
  }
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t root) {
  std::vector<pid_t> found;
  std::vector<pid_t> open{root};
  while (!open.empty()) {
    const std::string folder = "/proc/" + std::to_string(open.back()) + "/task";
    open.pop_back();
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
      std::ifstream list(at->path() / "children");
      for (pid_t pid = 0; list >> pid;) {
        found.push_back(pid);
        open.push_back(pid);
      }
    }
  }
  return found;
}

Audit::Audit(std::chrono::milliseconds grace) : grace_(grace) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const bool own = has_own_mounts();
  if (own && cover("/dev/shm")) {
    folders_.emplace_back("/dev/shm");
  } else {
    not_looked_at_.emplace_back("/dev/shm and System V objects, which others use too");
  }
  const char* set = getenv("TMPDIR");
  if (set != nullptr && std::string(set) != "/tmp") {
    folders_.emplace_back(set);
  } else if (own && !is_used("/tmp") && cover("/tmp")) {
    folders_.emplace_back("/tmp");
  } else {
    not_looked_at_.emplace_back("/tmp, which others use too (set TMPDIR to an empty folder)");
  }
  names_ = names_in(folders_);
  descriptors_ = open_descriptors();
  heap_bytes_ = heap_bytes();
}

void Audit::look_for_processes(std::vector<std::string>& left) const {
  const auto deadline = std::chrono::steady_clock::now() + grace_;
  while (waitpid(-1, nullptr, WNOHANG) >= 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      for (const pid_t pid : descendants_of(getpid())) {
        left.push_back("a process: " + name_of(pid));
        kill(pid, SIGKILL);
      }
      while (waitpid(-1, nullptr, 0) >= 0 || errno == EINTR) {
      }
      return;
    }
    poll(nullptr, 0, 1);
  }
}

void Audit::look_for_descriptors(std::vector<std::string>& left) {
  std::set<std::string> now = open_descriptors();
  add_new(descriptors_, now, "a descriptor: ", left);
  descriptors_ = std::move(now);
}

void Audit::look_for_names(std::vector<std::string>& left) {
  std::set<std::string> now = names_in(folders_);
  add_new(names_, now, "a file or named object: ", left);
  names_ = std::move(now);
}

std::vector<std::string> Audit::look() {
  std::vector<std::string> left;
  look_for_processes(left);
  look_for_descriptors(left);
  look_for_names(left);
  return left;
}

std::vector<std::string> Audit::look_at_the_end() {
  std::vector<std::string> left = look();
  if (const std::uint64_t now = heap_bytes(); now > heap_bytes_ + kHeapSlack) {
    left.push_back("memory: the heap grew from " + std::to_string(heap_bytes_) + " to " +
                   std::to_string(now) + " bytes");
  }
  return left;
}

}  // namespace assay
