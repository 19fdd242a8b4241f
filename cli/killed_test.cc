// `assay`, ended by SIGKILL or SIGINT at random moments of all its commands: no process, no zombie
// and no file stays but the results that were asked for, and those are whole.
//
// Environment: ASSAY_MOMENTS says how many moments (24; 200 in the long form, --config=soak).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "models/testing_audit.h"

namespace assay {
namespace {

using Words = std::vector<std::string>;

/// A command that takes a while, and the files that it is told to write.
struct Victim {
  std::string command;  ///< As in the help; empty for `assay` alone.
  Words words;
  std::set<std::string> results;
};

std::string runfile(const std::string& path) {
  static const std::string kRoot = std::filesystem::current_path();
  return kRoot + "/" + path;
}

std::vector<Victim> victims() {
  const std::string programs = "--programs=" + runfile("sanitizers/gallery/programs");
  return {
      {"", {"--json=all.json"}, {"all.json"}},
      {"", {"--quick", "--json=quick.json"}, {"quick.json"}},
      {"check", {"check", "--trait=isolation,sleep", "--json=check.json"}, {"check.json"}},
      {"compare", {"compare", "old.json", "new.json"}, {"old.json", "new.json"}},
      {"doctor", {"doctor"}, {}},
      // The command is somebody else's, who is left the signals, and ends by itself.
      {"explain", {"explain", "--", "sh", "-c", "setsid sleep 0.2 & sleep 0.3"}, {}},
      {"explore", {"explore", "dining_philosophers", "--units=4"}, {}},
      {"gallery",
       {"gallery", programs, "--defect=leak,race_on_counter", "--json=gallery.json"},
       {"gallery.json"}},
      {"list", {"list"}, {}},
      {"mutants", {"mutants", "--seeds=3", "--json=mutants.json"}, {"mutants.json"}},
      {"plan", {"plan", "--frequency=0.001"}, {}},
      {"profile", {"profile", "--runtime=std_thread", "--json=profile.json"}, {"profile.json"}},
      {"race", {"race", "lost_update", "--json=race.json"}, {"race.json"}},
      {"report", {"report", "--out=page.html"}, {"page.html"}},
      {"soak", {"soak", "--duration=1m", "--out=soak.jsonl"}, {"soak.jsonl"}},
      {"stress", {"stress", "store_buffering", "--duration=1m"}, {}},
      {"sweep",
       {"sweep", "--jobs=2", "--seeds=50", "--journal=sweep.jsonl", "--json=sweep.json"},
       {"sweep.jsonl", "sweep.json"}},
  };
}

/// A process that runs `assay`, with a pipe that all of its descendants have.
struct Started {
  pid_t pid = -1;
  int held = -1;
};

Started start(const Words& words, const std::string& folder) {
  std::array<int, 2> held{};
  EXPECT_EQ(pipe(held.data()), 0);
  const std::string assay = runfile("cli/assay");
  std::vector<char*> argv{const_cast<char*>(assay.c_str())};
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    close(held[0]);
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {0, 1, 2}) dup2(nowhere, fd);
    if (chdir(folder.c_str()) == 0) execv(assay.c_str(), argv.data());
    _exit(99);
  }
  setpgid(pid, pid);
  close(held[1]);
  return {pid, held[0]};
}

/// Two files for `assay compare`, large enough to be killed over.
void write_benchmarks(const std::string& folder) {
  for (const char* name : {"old.json", "new.json"}) {
    std::ofstream file(folder + "/" + name);
    file << "{\"context\": {}, \"benchmarks\": [";
    for (int i = 0; i < 2'000; ++i) {
      file << (i == 0 ? "" : ",") << "{\"name\": \"b" << i / 10
           << "\", \"run_type\": \"iteration\", \"time_unit\": \"ns\", \"cpu_time\": "
           << 100 + i % 7 << ", \"real_time\": " << 100 + i % 7 << "}";
    }
    file << "]}\n";
  }
}

/// A document that was written is whole. Lines of a journal are judged by who goes on with them.
void expect_whole(const std::string& path) {
  if (!path.ends_with(".json")) return;
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text.substr(text.find_last_not_of('\n')), "}\n") << path << " is cut";
}

struct Killed : VictimsFolder {
  /// Ends the victim with the signal after about `us` microseconds.
  void end_at(const Victim& victim, int signal, bool group, std::uint64_t us) {
    if (victim.command == "compare") write_benchmarks(folder);
    const Started started = start(victim.words, folder);
    std::this_thread::sleep_for(std::chrono::microseconds(us));
    kill(group ? -started.pid : started.pid, signal);
    audit(started.held, victim.results);
    close(started.held);
    for (const std::string& name : victim.results) {
      if (std::filesystem::exists(folder + "/" + name)) expect_whole(folder + "/" + name);
    }
    for (const std::string& name : names_in(folder)) std::filesystem::remove(folder + "/" + name);
  }
};

std::set<std::string> commands_of_help() {
  const Started started = [] {
    std::array<int, 2> out{};
    EXPECT_EQ(pipe(out.data()), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      dup2(out[1], 1);
      execl(runfile("cli/assay").c_str(), "assay", "--help", nullptr);
      _exit(99);
    }
    close(out[1]);
    return Started{pid, out[0]};
  }();
  std::string help;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(started.held, part.data(), part.size())) > 0;) {
    help.append(part.data(), static_cast<std::size_t>(got));
  }
  close(started.held);
  waitpid(started.pid, nullptr, 0);
  std::set<std::string> names;
  const std::string commands = help.substr(help.find("Subcommands:"));
  const std::regex line("\n  ([a-z]+) ");
  for (std::sregex_iterator it(commands.begin(), commands.end(), line), end; it != end; ++it) {
    names.insert((*it)[1]);
  }
  return names;
}

TEST(KilledCommands, AreAllThatThereAre) {
  const std::set<std::string> commands = commands_of_help();
  EXPECT_GE(commands.size(), 9U);
  std::set<std::string> met;
  for (const Victim& victim : victims()) met.insert(victim.command);
  for (const std::string& command : commands) {
    EXPECT_TRUE(met.contains(command)) << "`assay " << command << "` has no victim in this test";
  }
}

TEST_F(Killed, AtAnyMomentLeavesNothingButResults) {
  const char* moments = getenv("ASSAY_MOMENTS");
  const int count = moments != nullptr ? std::atoi(moments) : 24;
  ASSERT_GT(count, 0) << "ASSAY_MOMENTS is no number: " << moments;
  const std::set<std::string> commands = commands_of_help();
  std::vector<Victim> all = victims();
  std::erase_if(all, [&](const Victim& victim) {
    return !victim.command.empty() && !commands.contains(victim.command);
  });
  const char* seed = getenv("TEST_RANDOM_SEED");
  std::mt19937_64 random(seed != nullptr ? std::strtoull(seed, nullptr, 10) : 20261125);
  std::map<std::string, int> met;
  for (int i = 0; i < count && !HasFailure(); ++i) {
    const Victim& victim = all.at(static_cast<std::size_t>(i) % all.size());
    // Short times more often: start-up has as many moments as a second of work.
    const std::uint64_t most = std::uint64_t{1'000} << random() % 11;
    const std::uint64_t us = random() % most;
    const bool interrupted = (i / static_cast<int>(all.size()) + i) % 2 == 1;
    const bool group = interrupted && random() % 2 == 0;
    SCOPED_TRACE("assay " + victim.command + (interrupted ? ", SIGINT" : ", SIGKILL") +
                 (group ? " to its group" : "") + " after " + std::to_string(us) + " us, moment " +
                 std::to_string(i));
    end_at(victim, interrupted ? SIGINT : SIGKILL, group, us);
    ++met[victim.command];
  }
  for (const auto& [command, times] : met) {
    std::printf("%3d moments of assay %s\n", times, command.c_str());
  }
}

}  // namespace
}  // namespace assay
