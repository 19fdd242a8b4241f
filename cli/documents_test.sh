#!/bin/bash
# What the commands without a test of their own write holds to its published schema.
source cli/testing.sh || exit 1

expect 0 assay mutants --mutant=shared_stack --json=matrix.json
published mutants-1 matrix.json
expect 0 assay mutants --mutant=shared_stack --seeds=2 --json=kills.json
published mutants-1 kills.json

# What its rounds come to is for //stress/soak to test.
assay soak --duration=2s --memory=256M --units=8 --runtime=std_thread,coroutine \
  --out=soak.jsonl >out.txt 2>&1
published soak-1 soak.jsonl

exit "$((failures > 0))"
