// `assay`: flags in, calls of the report, exit status out.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "cli/commands.h"

namespace {

constexpr int kUsage = 2;
constexpr int kNotMeasured = 3;

int run_command(const assay::Options& options, int argc, char** argv) {
  switch (options.command) {
    case assay::Command::kList:
      return assay::list();
    case assay::Command::kDoctor:
      return assay::doctor();
    case assay::Command::kTable:
    case assay::Command::kCheck:
      break;
  }
  return assay::measure(options, {argv + 1, argv + argc});
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const assay::Options options = assay::parse_options(argc, argv);
    if (!options.only_print.empty()) {
      fmt::print("{}", options.only_print);
      return 0;
    }
    return run_command(options, argc, argv);
  } catch (const assay::UsageError& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return kUsage;
  } catch (const std::system_error& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return kNotMeasured;
  } catch (const std::bad_alloc&) {
    std::fputs("assay: out of memory; free some, or raise RLIMIT_AS (ulimit -v unlimited)\n",
               stderr);
    return kNotMeasured;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return kNotMeasured;
  }
}
