#!/bin/bash
# The benchmarks: each runs, with JSON that says what it should, and fails where a result is wrong.
# Nothing is timed here.
set -uo pipefail
failures=0
json=$TEST_TMPDIR/benchmark.json

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# run STATUS PROGRAM FILTER [DESCRIPTORS]: runs the benchmarks, with so many descriptors; their JSON is in $json.
run() {
  local expected=$1 program=$2 filter=$3 descriptors=${4:-} status
  (
    [ -z "$descriptors" ] || ulimit -n "$descriptors"
    exec "stress/$program" "--benchmark_filter=$filter" "--benchmark_out=$json" --benchmark_out_format=json
  ) >"$TEST_TMPDIR/out.txt" 2>&1
  status=$?
  [ "$status" -eq "$expected" ] ||
    fail "expected exit status $expected of $program $filter, found $status: $(cat "$TEST_TMPDIR/out.txt")"
}

run 0 paths_benchmark '/(fork|std_thread|coroutine|boost_fiber)/units:10/'
python3 - "$json" <<'END' || fail "the paths are not all in the JSON"
import json, sys
runs = {b["name"]: b for b in json.load(open(sys.argv[1]))["benchmarks"]}
paths = ["create_join", "switch", "channel_round_trip", "channel_throughput", "lock_uncontended",
         "lock_contended", "wake_up", "fan_out_in", "spawn_tree", "timers"]
for runtime in ["fork", "std_thread", "coroutine", "boost_fiber"]:
    for path in paths:
        run = next(b for name, b in runs.items() if name.startswith(f"{path}/{runtime}/units:10/"))
        assert not run.get("error_occurred") and run["ns_each"] > 0, run
    memory = next(b for name, b in runs.items() if name.startswith(f"memory/{runtime}/"))
    assert not memory.get("error_occurred") and "bytes_each" in memory, memory
END

run 0 paths_benchmark '^shared_counter/(atomic|unshared)/same_core/units:2/'
grep -q '"per_s"' "$json" || fail "expected a rate of the shared counter"

# The last of ten units never runs.
run 1 paths_benchmark_with_forgetful '^(create_join|switch|lock_contended)/forgetful_threads/units:10/'
[ "$(grep -c '"error_message": "expected' "$json")" -eq 3 ] ||
  fail "expected three wrong results, found: $(cat "$json")"

# errors_but_for NAME FAMILY ERRORS: the family has so many errors and no fit, and the benchmark was measured.
errors_but_for() {
  python3 - "$json" "$@" <<'END' || fail "expected $3 errors of $2, and $1 behind them, found: $(cat "$json")"
import json, sys
_, file, name, family, errors = sys.argv
runs = json.load(open(file))["benchmarks"]
of_family = [run for run in runs if run["name"].startswith(family)]
assert len(of_family) == int(errors), [run["name"] for run in of_family]
assert all(run["error_message"] for run in of_family), of_family
later = next(run for run in runs if run["name"].startswith(name))
assert not later.get("error_occurred") and later["iterations"] > 0, later
END
}

# A fit where rungs can be compared.
run 0 paths_benchmark '^create_join/std_thread/units:10?0?/'
grep -q '"name": "create_join/std_thread/.*_BigO"' "$json" || fail "expected a fit, found: $(cat "$json")"

# Families of which no run gives a result: by a wrong runtime, and by a limit.
run 1 paths_benchmark_with_forgetful '^(lock_contended/forgetful_threads/units:10+|shared_counter/unshared/same_core/units:2)/'
errors_but_for shared_counter/unshared lock_contended/forgetful_threads 4
run 0 use_cases_benchmark '^(echo/coroutine/|speed_up/coroutine)' 12
errors_but_for speed_up/coroutine echo/coroutine 5

run 0 use_cases_benchmark '^(echo/(by_hand|coroutine)/connections:10/|speed_up/std_thread)'
for counter in echoes_per_s p999_us switches_each_echo serial_part; do
  grep -q "\"$counter\"" "$json" || fail "expected $counter in the JSON"
done

exit "$((failures > 0))"
