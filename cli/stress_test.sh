#!/bin/bash
# `assay stress` as a stranger runs it.
source cli/testing.sh || exit 1

# The whole story in one figure: threads, processes with shared and with private memory, coroutines.
if [ "$(nproc)" -ge 2 ]; then
  expect 0 assay stress store_buffering --duration=1s --json=story.json
  says "must be observed"
  says "held against: explorer, tso: 4 outcomes"
  says "held against: units that ran alone"
  header=$(grep -F "fork, private memory" out.txt | tail -1)
  row=$(grep "^0,0 " out.txt | tail -1)
  [[ $header == outcome*fork*"fork, private memory"*std_thread*coroutine* ]] ||
    fail "expected one column a runtime, found: $header"
  [[ $row =~ ^0,0\ +[0-9].*\ always\ +[0-9].*\ never\ *$ ]] ||
    fail "expected 0,0 of processes and threads, always of private memory, never of coroutines: $row"
  published stress-1 story.json
  grep -q '"grade": "must be observed"' story.json || fail "expected grades, found: $(cat story.json)"

  # A frequency of zero is a bound.
  expect 0 assay stress store_buffering_seq_cst --runtime=std_thread --duration=100ms
  grep -q "^0,0 .* 0 .*< [0-9]" out.txt || fail "expected a bound for 0,0, found: $(cat out.txt)"
fi

# On one core nothing waits in two buffers at once: not decided.
expect 3 assay stress store_buffering --runtime=std_thread --affinity=same --duration=50ms
says "must be observed, in 1000000 samples on two cores; there were 0"
says "again: assay stress store_buffering --runtime=std_thread --duration=50ms"

expect 0 assay stress lost_update_fixed --runtime=coroutine,fork --units=3 --duration=50ms --seed=7 --json=few.json
published stress-1 few.json
says "3 units"
says "seed 7"
expect 0 assay stress lost_update --runtime=fork --private-memory --duration=50ms
says "each unit sees the initial values and its own writes"
expect 0 assay stress hidden_race_fixed --fresh --runtime=std_thread --duration=100ms

expect 2 assay stress
expect 2 assay stress lost_updat
says "did you mean 'lost_update'"
expect 2 assay stress lost_update --units=99
says "--units: expected a number from 2 to 6, found '99'"
expect 2 assay stress lost_update --affinity=near
says "expected same, smt, sibling, far or any, found 'near'"
expect 2 assay stress lost_update --duration=0
expect 2 assay stress lost_update --batch=many
expect 2 assay stress lost_update --runtime=std_thread --private-memory
says "units of 'std_thread' share all memory"
expect 2 assay stress lost_update --runtime=python_asyncio
says "expected one of C++ that runs bodies"
expect 2 assay stress lost_update --json=/nonexistent/file

exit "$((failures > 0))"
