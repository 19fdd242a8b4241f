#!/bin/bash
# `assay explore` as a stranger runs it.
source cli/testing.sh || exit 1

expect 0 assay explore
says "lost_update"

# A defect: its smallest schedule as a table, and a command that shows it again.
expect 1 assay explore lost_update
says "all 4 inequivalent interleavings explored"
says "failed assertion: no update is lost"
says "the smallest schedule that fails: 1 preemption, 4 steps"
says "write counter := 1"
replay=$(sed -n 's/^replay: assay explore //p' out.txt)
[ -n "$replay" ] || fail "expected a replay command, found: $(cat out.txt)"
read -ra words <<<"$replay"
expect 1 assay explore "${words[@]}"
says "failed assertion: no update is lost"

# A schedule of something else says where it differs.
expect 3 assay explore lost_update --units=2 --replay=a2b3
says "the execution ended after step 4 of 5"
expect 3 assay explore lost_update --units=2 --replay=a3b
says "step 3 cannot be taken"
# One that is too short shows nothing, and says so.
expect 3 assay explore lost_update --units=2 --replay=ab
says "the schedule ends before the execution does"
# Nothing of it was taken: there is no command that takes it again.
expect 3 assay explore lost_update --units=2 --replay=c
says "step 1 cannot be taken"
! grep -q "^replay:" out.txt || fail "expected no replay command, found: $(cat out.txt)"

expect 1 assay explore lost_update --unreduced
says "all 6 interleavings explored"
expect 1 assay explore lost_update --bound=0 --units=3
says "all 6 interleavings with at most 0 preemptions explored"
says "data race"

# Weak memory: an outcome that only store buffers show, and one that is out of reach.
expect 0 assay explore store_buffering
! grep -q "^  0,0" out.txt || fail "expected no 0,0 under sc, found: $(cat out.txt)"
expect 0 assay explore store_buffering --memory-model=tso
says "both stores wait in their buffers"
expect 0 assay explore message_passing --memory-model=tso
says "C++ allows it; the stores or the loads change places, which x86 never does"

for strategy in random pct rapidcheck; do
  expect 1 assay explore lock_order_inversion --strategy="$strategy" --executions=1000
  says "deadlock: cycle: unit "
  expect 0 assay explore lock_order_inversion_fixed --strategy="$strategy" --executions=1000
  says "nothing was found wrong in 1000 executions"
done
expect 0 assay explore lost_update_fixed --strategy=pct --executions=100
says "1/(n k^(d-1))"

# What a scenario demands of its interleavings.
expect 0 assay explore shutdown_flag_fixed
says "a user is stopped before its first use"
grep -q "^  reached .* a user is not stopped at all" out.txt ||
  fail "expected a count of what is reached sometimes, found: $(cat out.txt)"
! grep -q NEVER out.txt || fail "expected all demands to be reached, found: $(cat out.txt)"
# Nobody is stopped between two steps of its own where nothing preempts it.
expect 1 assay explore shutdown_flag_fixed --bound=0
grep -q "^  NEVER  *0  a user is stopped between its uses$" out.txt ||
  fail "expected a demand listed as NEVER reached, found: $(cat out.txt)"
says "none of these interleavings reaches what is demanded"
# What a part of the interleavings does not reach is listed, and is no verdict.
expect 3 assay explore shutdown_flag_fixed --executions=1
grep -q "^  NEVER " out.txt || fail "expected demands that are NEVER reached, found: $(cat out.txt)"
says "nothing was found wrong in 1 executions"

# Too few executions to say that all is well.
expect 3 assay explore dining_philosophers_fixed --executions=2
says "not all interleavings"

expect 2 assay explore lost_updat
says "did you mean 'lost_update'"
expect 2 assay explore lost_update --units=99
says "--units: expected a number from 2 to 6, found '99'"
expect 2 assay explore lost_update --strategy=best
expect 2 assay explore lost_update --replay='a?'
says "expected a unit (a to z, A to F) at character 2"
expect 2 assay explore lost_update --strategy=random --bound=2
expect 2 assay explore lost_update --strategy=random --unreduced
says "--unreduced: expected with --strategy=dfs only"
expect 2 assay explore lost_update --depth=3
says "--depth: expected with --strategy=pct only"

# As JSON: the steps of the smallest schedule, and a command without the file that was asked for.
expect 1 assay explore lost_update --json=explored.json
published exploration-1 explored.json
python3 - <<'END' || fail "expected the story of a lost update in explored.json"
import json
document = json.load(open("explored.json"))
assert document["command"] == "assay explore lost_update", document["command"]
assert [step["operation"] for step in document["story"]["steps"]].count("write") == 2, document["story"]
END
expect 2 assay explore lost_update --json=/no/such/folder/a.json
says "folder that exists"
expect 2 assay explore lost_update --replay=a2b2 --json=explored.json
says "leave out --replay"

exit "$((failures > 0))"
