#!/bin/bash
# Samples a second of store buffering under ThreadSanitizer against those without, in pairs.
#
# bazel run --config=opt //stress:tsan_rate
set -uo pipefail
cd "${BASH_SOURCE[0]%/*}" || exit 1
pairs=${1:-10}
rate() { "./$1" store_buffering std_thread 500 | awk '{ printf "%d", $2 / $4 }'; }
for _ in $(seq "$pairs"); do
  plain=$(rate sample_scenario)
  tsan=$(rate sample_scenario_tsan)
  [ "${plain:-0}" -gt 0 ] && [ "${tsan:-0}" -gt 0 ] || { echo "no samples" >&2; exit 1; }
  echo "$plain $tsan"
done | sort -n | awk '
  { ratio[NR] = $2 / $1; plain[NR] = $1; tsan[NR] = $2 }
  END {
    n = asort_by(ratio)
    printf "plain about %.1f M a second, tsan/plain: median %.2f, least %.2f, most %.2f (%d pairs)\n",
      plain[int((NR + 1) / 2)] / 1e6, ratio[int((n + 1) / 2)], ratio[1], ratio[n], n
  }
  function asort_by(values,   i, j, kept) {
    for (i = 2; i in values; ++i)
      for (j = i; j > 1 && values[j] < values[j - 1]; --j) {
        kept = values[j]; values[j] = values[j - 1]; values[j - 1] = kept
      }
    return i - 1
  }'
