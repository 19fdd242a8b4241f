#!/bin/bash
# `assay race` as a stranger runs it, away from the checkout.
set -uo pipefail
assay=$PWD/cli/assay
failures=0
cd "$TEST_TMPDIR" || exit 1

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS WORDS...: runs `assay race WORDS`; its output is in out.txt and err.txt.
expect() {
  local expected=$1 status
  shift
  "$assay" race "$@" >out.txt 2>err.txt
  status=$?
  [ "$status" -eq "$expected" ] ||
    fail "expected exit status $expected of 'assay race $*', found $status: $(cat out.txt err.txt)"
}

says() { grep -qF -- "$1" out.txt err.txt || fail "expected '$1', found: $(cat out.txt err.txt)"; }

expect 0
says "lost_update"

# The whole lesson: schedule, threads, report beside the source, twin.
expect 0 lost_update --runs=50 --json=lesson.json
says "the smallest schedule that fails: 1 preemption, 4 steps"
says "again: assay explore lost_update"
says "of 50 runs on std_thread"
says "scenarios/lost_update.cc:"
says "co_await counter.write(seen + 1);"
says "The fixed twin, lost_update_fixed"
says "the twin is silent in all three"
grep -q '"verdict": "reported"' lesson.json || fail "expected a report in lesson.json: $(cat lesson.json)"

# A defect that is no data race: ThreadSanitizer cannot see it, and the lesson says why.
expect 0 check_then_act --runs=50
says "there is no data race"

# What has no defect says what it is instead.
expect 2 store_buffering
says "store_buffering is a litmus test"
expect 2 lost_update_fixed
says "lost_update_fixed is the fixed twin of lost_update"
expect 2 lost_updat
says "did you mean 'lost_update'"
expect 2 lost_update --units=99
says "expected a number from 2 to 6"
expect 2 lost_update --runs=0
expect 2 lost_update --json=/nowhere/lesson.json

exit "$((failures > 0))"
