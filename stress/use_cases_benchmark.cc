// The use cases under load: the echo server by runtime and connections, against a loop by hand; the
// HTTP variant under wrk; the speed-up of the reduction with Amdahl's fit; the stream of hostile
// requests.
//
//   bazel run --config=opt //stress:use_cases_benchmark -- --benchmark_filter=^echo/
//
// A lost connection, a wrong echo, a wrong sum, and a request of a well-behaved client that a
// process lost are errors of their benchmark and make the exit status 1.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "models/coroutine/coroutine.h"
#include "models/pinning.h"
#include "models/process/fork.h"
#include "models/thread/std_thread.h"
#include "properties/statistics.h"
#include "stress/families.h"
#include "stress/ladder.h"
#include "stress/use_cases/echo_server.h"
#include "stress/use_cases/hostile_stream.h"
#include "stress/use_cases/http_server.h"
#include "stress/use_cases/speed_up_curve.h"

namespace assay {
namespace {

constexpr std::int64_t kMostConnections = 10'000;

std::array<BodyRuntime*, 3> references() { return {&fork_runtime(), &std_thread(), &coroutine()}; }

EchoOptions echo_options(const benchmark::State& state) {
  EchoOptions options;
  options.connections = static_cast<std::size_t>(state.range(0));
  // About as many echoes at every rung.
  options.messages = std::max<std::size_t>(3, 30'000 / options.connections);
  options.bound = std::chrono::seconds(60);
  return options;
}

/// False, with the name of the limit, when the machine does not allow so many connections.
bool allowed(benchmark::State& state) {
  const auto wanted = static_cast<std::size_t>(state.range(0));
  const ConnectionLimit limit = connections_allowed(wanted);
  if (limit.connections >= wanted) return true;
  state.SkipWithError(limit.limit.c_str());
  return false;
}

void note(benchmark::State& state, const EchoResult& result) {
  const auto connections = static_cast<double>(result.connections);
  state.counters["echoes_per_s"] = result.echoes_per_s;
  state.counters["p50_us"] = result.p50_us;
  state.counters["p99_us"] = result.p99_us;
  state.counters["p999_us"] = result.p999_us;
  state.counters["bytes_each"] = result.bytes_per_connection;
  state.counters["MB"] = result.bytes_per_connection * connections / 1e6;
  state.counters["switches_each_echo"] =
      static_cast<double>(result.switches) / static_cast<double>(result.echoes);
}

void echo(benchmark::State& state, const std::function<EchoResult(const EchoOptions&)>& serve) {
  if (!allowed(state)) return;
  for (auto _ : state) {
    const EchoResult result = serve(echo_options(state));
    if (result.outcome != UseCaseOutcome::kWorked) return fail(state, result.reason);
    state.SetIterationTime(static_cast<double>(result.echoes) / result.echoes_per_s);
    note(state, result);
  }
  state.SetComplexityN(state.range(0));
  const ConnectionLimit next = connections_allowed(std::size_t{1} << 40);
  state.SetLabel("next limit: " + next.limit);
}

void add_echo(const std::string& name, const std::function<EchoResult(const EchoOptions&)>& serve) {
  BenchmarkFamily family{
      name, "connections", {}, 1, [serve](benchmark::State& state) { echo(state, serve); }};
  for (std::int64_t rung = 1; rung <= kMostConnections; rung *= 10) family.rungs.push_back(rung);
  add_family(std::move(family));
}

/// Throughput of coroutines over that of the loop by hand, in turns.
void echo_ratio(benchmark::State& state) {
  if (!allowed(state)) return;
  std::vector<double> units;
  std::vector<double> by_hand;
  const EchoOptions options = echo_options(state);
  for (auto _ : state) {
    const bool units_first = units.size() % 2 == 1;
    EchoResult hand;
    if (!units_first) hand = run_echo_by_hand(options);
    const EchoResult coroutines = run_echo_server(coroutine(), options);
    if (units_first) hand = run_echo_by_hand(options);
    for (const EchoResult* result : std::array<const EchoResult*, 2>{&hand, &coroutines}) {
      if (result->outcome != UseCaseOutcome::kWorked) return fail(state, result->reason);
    }
    by_hand.push_back(hand.echoes_per_s);
    units.push_back(coroutines.echoes_per_s);
    state.SetIterationTime(static_cast<double>(hand.wall_ns + coroutines.wall_ns) * 1e-9);
    note(state, coroutines);
  }
  const Estimate ratio = bootstrap_ratio(units, by_hand, 1);
  state.counters["throughput_x"] = ratio.value;
  state.counters["low"] = ratio.interval.low;
  state.counters["high"] = ratio.interval.high;
}

void add_echo_ratio() {
  benchmark::RegisterBenchmark("echo_ratio", &echo_ratio)
      ->Arg(100)
      ->Arg(10'000)
      ->ArgName("connections")
      ->Iterations(20)
      ->UseManualTime();
}

/// What wrk says in "Requests/sec:  1234.5".
double figure_after(const std::string& text, const std::string& words) {
  const std::size_t at = text.find(words);
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + words.size(), nullptr);
}

void http_under_wrk(benchmark::State& state, BodyRuntime& runtime) {
  if (!allowed(state)) return;
  const std::string connections = std::to_string(state.range(0));
  HttpOptions options;
  options.connections = static_cast<std::size_t>(state.range(0)) + 1;
  options.command = "exec wrk --latency -t 1 -c " + connections + " -d 2 http://127.0.0.1:$PORT/";
  for (auto _ : state) {
    const HttpResult result = run_http_server(runtime, options);
    const bool right = result.failure.empty() && result.status == 0 &&
                       result.output.find("Socket errors") == std::string::npos;
    if (!right) return fail(state, result.failure + result.output);
    state.SetIterationTime(2);
    state.counters["requests_per_s"] = figure_after(result.output, "Requests/sec:");
  }
}

void speed_up(benchmark::State& state, BodyRuntime& runtime) {
  const std::array<std::size_t, 5> units{1, 2, 3, 4, 8};
  for (auto _ : state) {
    const SpeedUpCurve curve =
        measure_speed_up(runtime, units, 12, std::chrono::milliseconds(30), 1);
    if (!curve.wrong.empty()) return fail(state, curve.wrong);
    for (const SpeedUpPoint& point : curve.points) {
      const std::string name = std::to_string(point.units) + "_units_x";
      state.counters[name] = point.speed_up.value;
      state.counters[name + "_low"] = point.speed_up.interval.low;
    }
    state.counters["serial_part"] = curve.serial_part;
    state.counters["cores"] = curve.cores;
  }
}

void hostile_stream(benchmark::State& state, BodyRuntime& runtime) {
  HostileStreamOptions options;
  options.batches = 4 * kFaults;
  options.bound = std::chrono::seconds(2);
  for (auto _ : state) {
    const HostileStreamResult result = run_hostile_stream(runtime, options);
    state.counters["good"] = static_cast<double>(result.good);
    state.counters["lost"] = static_cast<double>(result.all_lost());
    state.counters["hostile"] = static_cast<double>(result.hostile);
    const bool isolated = runtime.info().model == Model::kProcess;
    if (isolated && result.all_lost() > 0) return fail(state, result.first_loss);
  }
}

template <typename Run>
void add(const std::string& name, Run run) {
  benchmark::RegisterBenchmark(name.c_str(), run)->Iterations(1);
}

void add_echoes() {
  add_echo("echo/by_hand", &run_echo_by_hand);
  for (BodyRuntime* runtime : references()) {
    add_echo("echo/" + runtime->info().name,
             [runtime](const EchoOptions& options) { return run_echo_server(*runtime, options); });
  }
}

void add_others(BodyRuntime& runtime) {
  const std::string& name = runtime.info().name;
  benchmark::RegisterBenchmark(("http_wrk/" + name).c_str(),
                               [&](benchmark::State& state) { http_under_wrk(state, runtime); })
      ->Arg(10)
      ->Arg(100)
      ->Arg(1'000)
      ->ArgName("connections")
      ->Iterations(1)
      ->UseManualTime();
  add("speed_up/" + name, [&](benchmark::State& state) { speed_up(state, runtime); });
  add("hostile_stream/" + name, [&](benchmark::State& state) { hostile_stream(state, runtime); });
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  assay::add_echoes();
  assay::fit_families();
  assay::add_echo_ratio();
  for (assay::BodyRuntime* runtime : assay::references()) assay::add_others(*runtime);
  benchmark::RunSpecifiedBenchmarks();
  return assay::wrong_results() == 0 ? 0 : 1;
}
