#!/bin/bash
# `assay race` as a stranger runs it, away from the checkout.
source cli/testing.sh || exit 1

expect 0 assay race
says "lost_update"

# The whole lesson: schedule, threads, report beside the source, twin.
expect 0 assay race lost_update --duration=200ms --json=lesson.json
says "the smallest schedule that fails: 1 preemption, 4 steps"
says "again: assay explore lost_update"
says "again: assay stress lost_update --runtime=std_thread --units=2 --duration=200ms"
says "scenarios/lost_update.cc:"
says "co_await counter.write(seen + 1);"
says "The fixed twin, lost_update_fixed"
says "the twin is silent in all three"
published race-1 lesson.json
grep -q '"verdict": "reported"' lesson.json || fail "expected a report in lesson.json: $(cat lesson.json)"
python3 - <<'END' || fail "expected every sample on real threads in lesson.json, found: $(cat lesson.json)"
import json
lesson = json.load(open("lesson.json"))
for side in ("defect", "twin"):
    real = lesson[side]["real"]
    counts = [(outcome["numbers"], outcome["count"]) for outcome in real["outcomes"]]
    assert real["samples"] > 0, f"{side}: no sample"
    assert sum(count for _, count in counts) == real["samples"], f"{side}: {counts}"
    assert real["wrong"] == sum(o["count"] for o in real["outcomes"] if o["broken"]), f"{side}: {counts}"
assert lesson["twin"]["real"]["wrong"] == 0, lesson["twin"]["real"]
assert [o["numbers"] for o in lesson["twin"]["real"]["outcomes"]] == ["2"], lesson["twin"]["real"]
END

# A defect that is no data race: ThreadSanitizer cannot see it, and the lesson says why.
expect 0 assay race check_then_act --duration=50ms
says "there is no data race"

# What has no defect says what it is instead.
expect 2 assay race store_buffering
says "store_buffering is a litmus test"
expect 2 assay race lost_update_fixed
says "lost_update_fixed is the fixed twin of lost_update"
expect 2 assay race lost_updat
says "did you mean 'lost_update'"
expect 2 assay race lost_update --units=99
says "expected a number from 2 to 6"
expect 2 assay race lost_update --duration=0
says "--duration: expected 1ms to 60m"
expect 2 assay race lost_update --runs=50
expect 2 assay race lost_update --json=/nowhere/lesson.json

exit "$((failures > 0))"
