// `assay`: flags in, calls of the report, exit status out.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

#include "cli/command.h"
#include "cli/quantities.h"

namespace {

constexpr int kUsage = 2;
constexpr int kNotMeasured = 3;

}  // namespace

int main(int argc, char** argv) {
  try {
    const assay::Words words(argv + 1, argv + argc);
    return assay::read_command_line(words)(words);
  } catch (const assay::UsageError& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return kUsage;
  } catch (const std::bad_alloc&) {
    std::fputs("assay: out of memory; free some, or raise RLIMIT_AS (ulimit -v unlimited)\n",
               stderr);
    return kNotMeasured;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return kNotMeasured;
  }
}
