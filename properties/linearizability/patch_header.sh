#!/bin/bash
# patch_header.sh HEADER OUT COUNT SED: writes HEADER with SED applied to OUT, and fails unless exactly
# COUNT of its lines are changed: a library whose lines moved would go unbroken into a test that wants
# it broken. OUT ends with the name by which the header is included, below a folder `patched`.
set -euo pipefail
header=$1 out=$2 count=$3 expression=$4
folder=$(dirname "${out##*/patched/}")
mkdir -p "$(dirname "$out")"

# What the header includes beside it stays where it is.
whole() { sed -e "s|^#include \"\(.*\)\"|#include <$folder/\1>|" "$header"; }

{ echo '#include <sched.h>'; whole | sed -e "$expression"; } >"$out"
changed=$(diff <(whole) <(tail -n +2 "$out") | grep -c '^>' || true)
if [ "$changed" -ne "$count" ]; then
  echo "patch_header.sh: expected $count changed lines in $header, found $changed: what '$expression'" \
    "looks for is not there; read the header and mend the patch in BUILD" >&2
  exit 1
fi
