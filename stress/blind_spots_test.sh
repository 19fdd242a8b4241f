#!/bin/bash
# What ThreadSanitizer reports of a scenario, and how often its requirement breaks, side by side:
# TSan goes by happens-before within one process, outcomes by what came out. Each sees what the
# other cannot.
set -uo pipefail
program=$PWD/stress/sample_scenario_tsan
milliseconds=${ASSAY_STRESS_MS:-300}
cd "$TEST_TMPDIR" || exit 1
failures=0

if [ "$(nproc)" -lt 2 ]; then
  echo "updates are lost where units run at once: this machine has one core, nothing was tested"
  exit 0
fi

# sampled SCENARIO RUNTIME BATCHES OPTION: samples it under TSan with the option; adds to $samples and $broken.
sampled() {
  local line status more found
  line=$(TSAN_OPTIONS="log_path=$PWD/report exitcode=0 halt_on_error=0 symbolize=0 $4" \
    "$program" "$1" "$2" "$milliseconds" "$3" 2>err.txt)
  status=$?
  [ "$status" -eq 0 ] || fail "$1 on $2: exit status $status: $line $(cat err.txt)"
  read -r _ more _ _ _ found _ <<<"$line"
  samples=$((samples + more))
  broken=$((broken + found))
}

# row SCENARIO RUNTIME REPORTS BROKEN: the last two are "some" or "none".
row() {
  local reports samples=0 broken=0
  rm -f report.*
  sampled "$1" "$2" 1 report_bugs=1
  reports=$(cat report.* 2>/dev/null | grep -c "WARNING: ThreadSanitizer")
  # TSan looks long at each sample that races, even when it has reported the race. Silenced, it leaves enough of them
  # for the units to meet; where a busy machine keeps them apart, they are sampled again.
  for _ in 1 2 3 4 5; do
    [ "$4" = some ] && [ "$broken" -gt 0 ] && break
    sampled "$1" "$2" 50 report_bugs=0
    [ "$4" = some ] || break
  done
  printf '%-18s %-11s %7s reports %9s broken of %s\n' "$1" "$2" "$reports" "$broken" "$samples"
  check "$1 on $2: TSan's reports" "$3" "$reports"
  check "$1 on $2: broken outcomes" "$4" "$broken"
}

check() {
  case $2 in
    some) [ "$3" -gt 0 ] || fail "$1: expected some, found none" ;;
    none) [ "$3" -eq 0 ] || fail "$1: expected none, found $3" ;;
  esac
}

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

row lost_update std_thread some some         # Both see it.
row check_then_act std_thread none some      # Atomic operations: a race condition, and no data race.
row lost_update fork none some               # Another process is out of TSan's sight.
row unsafe_publication std_thread some none  # A data race that x86 does not show.
row lost_update_fixed std_thread none none
row lost_update_fixed fork none none

exit "$((failures > 0))"
