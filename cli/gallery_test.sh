#!/bin/bash
# `assay gallery`: one defect under every detector, its JSON, its exit status, and wrong usage.
programs=$PWD/sanitizers/gallery/programs
source cli/testing.sh || exit 1

output=$("$assay" gallery --programs="$programs" --defect=race_on_counter,leak --runs=2 --json=gallery.json)
status=$?
[ "$status" -eq 0 ] || fail "expected exit status 0 for defects that are as labelled, found $status: $output"
grep -Eq '^race_on_counter +2/2 +2/2 +missed +2/2 +2/2' <<<"$output" ||
  fail "expected race_on_counter in 2 of 2 runs of four detectors, found: $output"
grep -Eq '^leak +missed +missed +2/2 +missed +missed' <<<"$output" ||
  fail "expected the leak in 2 of 2 runs of asan alone, found: $output"
grep -q 'every address that it uses may be used' <<<"$output" ||
  fail "expected the reason of what is missed, found: $output"
published gallery-1 gallery.json
python3 - <<'E2' || fail "expected the same counts in gallery.json"
import json
survey = json.load(open("gallery.json"))
counts = {d["label"]: d["detectors"]["clang_tsan"]["found"] for d in survey["defects"]}
assert counts == {"leak": 0, "race_on_counter": 2}, counts
E2

# Interrupted in the midst of its runs: what was measured is told and kept.
"$assay" gallery --programs="$programs" --defect=race_on_counter --detector=clang_tsan --runs=1000000 \
  --record=recorded --json=part.json >out.txt 2>err.txt &
pid=$!
until [ -n "$(ls recorded 2>/dev/null)" ] || ! kill -0 "$pid"; do :; done  # One round is through.
kill -INT "$pid"
wait "$pid"
status=$?
[ "$status" -eq 130 ] || fail "expected exit status 130 of an interrupted survey, found $status: $(cat out.txt err.txt)"
says "assay: interrupted; 1 of 1 defects have runs" err.txt
published gallery-1 part.json
python3 - <<'E2' || fail "expected the same number of runs of defect and of twin in part.json: $(cat part.json)"
import json
cell = json.load(open("part.json"))["defects"][0]["detectors"]["clang_tsan"]
assert cell["runs"] == cell["found"] > 0 and cell["surprises"] == 0, cell
E2

# A label that is not true.
sources=$PWD/sources
mkdir "$sources"
sed 's/variable: g_counter/variable: g_other/' "$programs/race_on_counter.cc" >"$sources/race_on_counter.cc"
output=$("$assay" gallery --programs="$programs" --sources="$sources" --runs=1 --detector=clang_tsan)
status=$?
[[ $status -eq 1 && $output == *"variable g_other"*"g_counter"* ]] ||
  fail "expected exit status 1 and both names for a label that is not true, found $status: $output"

one_line 2 "no such folder" assay gallery --programs=/nowhere
one_line 2 "there is no defect 'race_on_countr'" assay gallery --programs="$programs" --defect=race_on_countr
one_line 2 "--detector" assay gallery --programs="$programs" --detector=tsan
one_line 2 "--runs" assay gallery --programs="$programs" --runs=0
exit "$((failures > 0))"
