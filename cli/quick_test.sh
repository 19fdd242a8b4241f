#!/bin/bash
# `assay --quick` prints the whole table and ends in ten seconds, whatever the machine.
source cli/testing.sh || exit 1

# One second more: what another tenant of the machine takes is not in its budget.
seconds=11
began=$(date +%s%N)
"$assay" --quick --json=results.json >out.txt 2>err.txt
status=$?
took=$((($(date +%s%N) - began) / 1000000))
[ "$took" -le $((seconds * 1000)) ] || fail "expected 'assay --quick' to end in 10 s, it took $took ms"
# 3: what had no time left is said, cell by cell.
[ "$status" -eq 0 ] || [ "$status" -eq 3 ] ||
  fail "expected exit status 0 or 3 of 'assay --quick', found $status: $(cat out.txt err.txt)"
python3 - results.json <<'END' || fail "the table is not whole: $(cat out.txt)"
import json, sys
results = json.load(open(sys.argv[1]))["results"]
cells = [(r["runtime"], r["claim"]["trait"]) for r in results]
runtimes = {runtime for runtime, _ in cells}
traits = {trait for _, trait in cells}
assert runtimes == {"fork", "std_thread", "coroutine"}, f"found {runtimes}"
assert sorted(cells) == sorted((r, t) for r in runtimes for t in traits), f"found {cells}"
verdicts = [r["verdict"] for r in results]
bare = [v for v in verdicts if v["kind"] == "inconclusive" and not v["reason"]]
assert not bare, f"inconclusive without a reason: {bare}"
END
exit "$((failures > 0))"
