#!/bin/bash
# Builds and runs examples/own_runtime with a Bazel of its own, as its user would, and shows that its
# tests can fail: with a claim that is wrong one names the claim and what was observed, without a lock
# the other shows the schedule, and its replay command shows it again.
set -euo pipefail

source_file=$(readlink -f "${BASH_SOURCE[0]}")
root=$(cd "$(dirname "$source_file")/.." && pwd)
home=$(getent passwd "$(id -u)" | cut -d: -f6)
cache=${XDG_CACHE_HOME:-$home/.cache}/assay-bazel
work=$TEST_TMPDIR/own
mkdir -p "$work"

# --batch leaves no server behind.
run_tests() {
  (cd "$1" && HOME=$home bazel --batch --output_base="$work/base" test "--disk_cache=$cache" \
    --jobs=2 --color=no --curses=no --noshow_progress --keep_going \
    "${@:3}") >"$2" 2>&1
}

fail() {
  echo "own_runtime_test: expected $1; this was printed:" >&2
  cat "$2" >&2
  exit 1
}

# The folder of the example, but the path of Assay is absolute, as in a repository elsewhere.
example=$work/example
mkdir "$example"
cp "$root"/examples/own_runtime/* "$root/examples/own_runtime/.bazelversion" "$example"
sed "s|\"\.\./\.\.\"|\"$root\"|" "$root/examples/own_runtime/WORKSPACE" >"$example/WORKSPACE"
sed "s|%workspace%/\.\./\.\.|$root|" "$root/examples/own_runtime/.bazelrc" >"$example/.bazelrc"

tests=(//:conformance_test //:account_test)
run_tests "$example" "$work/true.log" "${tests[@]}" ||
  fail "the example's claims to hold" "$work/true.log"
for test in "${tests[@]}"; do
  grep -q "$test .*PASSED" "$work/true.log" || fail "a run of $test" "$work/true.log"
done

sed -i 's/Preemption::kNo, "no"/Preemption::kYes, "yes"/' "$example/tiny_loop_runtime.cc"
sed -i '/mutex.lock\|mutex.unlock/d; s/UnitOf<Env> unit/UnitOf<Env>/' "$example/account.h"
if run_tests "$example" "$work/false.log" "${tests[@]}"; then
  fail "a false claim to be refuted and a race to be found" "$work/false.log"
fi
for text in "FAILED.*Conformance/tiny_loop.Preemption" "expected: yes" "observed: no" \
  "FAILED.*Account.TransfersKeepTheSum" "expected nothing wrong, found a" "failed assertion: no money"; do
  grep -q "$text" "$work/false.log" || fail "'$text' in the refutation" "$work/false.log"
done

# The command that the failure printed, as it stands but for the name of the program.
replay=$(sed -n "s|^replay: bazel test //:account_test ||p" "$work/false.log" | head -1)
[ -n "$replay" ] || fail "a command to replay the schedule" "$work/false.log"
eval "arguments=($replay)"
if run_tests "$example" "$work/replay.log" //:account_test "${arguments[@]}"; then
  fail "the replay to fail as well" "$work/replay.log"
fi
grep -q "replay of Transfers with 3 units" "$work/replay.log" || fail "a replay" "$work/replay.log"
