#!/bin/bash
# Every package calls lint(), so that no source file escapes the lints.
read -ra uncovered <"$1"
[ "${uncovered[*]}" != none ] || exit 0
for file in "${uncovered[@]}"; do
  case $file in
    *BUILD) echo "$file: expected a last line 'lint()', and load(\"//ci:lint.bzl\", \"lint\"), found none" ;;
    *) echo "$file: expected a BUILD file in its top-level folder, with a cc_ target of it and lint(), found none" ;;
  esac
done >&2
exit 1
