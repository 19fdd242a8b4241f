#!/bin/bash
# Builds and runs examples/own_runtime with a Bazel of its own, as its user would, and shows that its
# test can fail: with a claim that is wrong it names the claim and what was observed.
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
    --jobs=2 --color=no --curses=no --noshow_progress //:conformance_test) >"$2" 2>&1
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

run_tests "$example" "$work/true.log" || fail "the example's claims to hold" "$work/true.log"
grep -q "//:conformance_test .*PASSED" "$work/true.log" || fail "a test that ran" "$work/true.log"

sed -i 's/Preemption::kNo, "no"/Preemption::kYes, "yes"/' "$example/tiny_loop_runtime.cc"
if run_tests "$example" "$work/false.log"; then
  fail "a false claim to be refuted" "$work/false.log"
fi
for text in "FAILED.*Conformance/tiny_loop.Preemption" "expected: yes" "observed: no"; do
  grep -q "$text" "$work/false.log" || fail "'$text' in the refutation" "$work/false.log"
done
