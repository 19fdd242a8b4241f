#!/bin/bash
# `assay gallery`: one defect under every detector, its JSON, its exit status, and wrong usage.
set -uo pipefail
assay=$TEST_SRCDIR/$TEST_WORKSPACE/cli/assay
programs=$TEST_SRCDIR/$TEST_WORKSPACE/sanitizers/gallery/programs
failures=0

fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}

# refused WORDS FLAG...: exit status 2, and one line with the words.
refused() {
  local words=$1 output status
  shift
  output=$("$assay" gallery "$@" 2>&1)
  status=$?
  [[ $status -eq 2 && $output == *"$words"* && $(wc -l <<<"$output") -eq 1 ]] ||
    fail "gallery $*: expected exit status 2 and one line with '$words', found $status and '$output'"
}

json=$TEST_TMPDIR/gallery.json
output=$("$assay" gallery --programs="$programs" --defect=race_on_counter,leak --runs=2 --json="$json")
status=$?
[ "$status" -eq 0 ] || fail "expected exit status 0 for defects that are as labelled, found $status: $output"
grep -Eq '^race_on_counter +2/2 +2/2 +missed +2/2 +2/2' <<<"$output" ||
  fail "expected race_on_counter in 2 of 2 runs of four detectors, found: $output"
grep -Eq '^leak +missed +missed +2/2 +missed +missed' <<<"$output" ||
  fail "expected the leak in 2 of 2 runs of asan alone, found: $output"
grep -q 'every address that it uses may be used' <<<"$output" ||
  fail "expected the reason of what is missed, found: $output"
python3 - "$json" <<'E2' || fail "expected the same counts in $json"
import json, sys
survey = json.load(open(sys.argv[1]))
counts = {d["label"]: d["detectors"]["clang_tsan"]["found"] for d in survey["defects"]}
assert counts == {"leak": 0, "race_on_counter": 2}, counts
E2

# A label that is not true.
sources=$TEST_TMPDIR/sources
mkdir "$sources"
sed 's/variable: g_counter/variable: g_other/' "$programs/race_on_counter.cc" >"$sources/race_on_counter.cc"
output=$("$assay" gallery --programs="$programs" --sources="$sources" --runs=1 --detector=clang_tsan)
status=$?
[[ $status -eq 1 && $output == *"variable g_other"*"g_counter"* ]] ||
  fail "expected exit status 1 and both names for a label that is not true, found $status: $output"

refused "no such folder" --programs=/nowhere
refused "there is no defect 'race_on_countr'" --programs="$programs" --defect=race_on_countr
refused "--detector" --programs="$programs" --detector=tsan
refused "--runs" --programs="$programs" --runs=0
exit "$((failures > 0))"
