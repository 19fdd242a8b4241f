#!/bin/bash
# Each item of the preflight warns on a machine that has the trouble, and only there.
set -uo pipefail
preflight=$TEST_SRCDIR/$TEST_WORKSPACE/ci/preflight
root=$TEST_TMPDIR/root
failures=0

fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}

put() { mkdir -p "$root/$(dirname "$1")" && printf '%s\n' "$2" >"$root/$1"; }

# A machine without any trouble.
healthy() {
  rm -rf "$root"
  put proc/sys/vm/mmap_rnd_bits 28
  put proc/sys/vm/overcommit_memory 0
  put proc/sys/vm/max_map_count 65530
  put proc/sys/kernel/pid_max 32768
  put proc/sys/kernel/threads-max 100000
  put proc/meminfo "MemAvailable:   16000000 kB"
  limits 50000 20000 8388608 unlimited
  put proc/self/cgroup "0::/outer/inner"
  put sys/fs/cgroup/cgroup.controllers "cpu memory pids"
  put sys/fs/cgroup/outer/inner/memory.max max
  put usr/lib/llvm-19/bin/llvm-symbolizer ""
  chmod +x "$root/usr/lib/llvm-19/bin/llvm-symbolizer"
}

limits() {
  put proc/self/limits "Max data size             unlimited            unlimited            bytes
Max stack size            $3                   unlimited            bytes
Max processes             $1                   $1                   processes
Max open files            1024                 $2                   files
Max address space         $4                   unlimited            bytes"
}

# The tools and cores of the machine that tests this are not what is tested.
run() { ASSAY_ROOT=$root sh -s -- "$@" <"$preflight" | grep -v '^....  \(compiler\|bazel\|cores\)'; }

warns() {
  local found
  found=$(run)
  grep -q "^warn  $1: .*(..*)$" <<<"$found" || fail "expected a warning about '$1', found '$found'"
  [ "$(grep -c . <<<"$found")" -eq 1 ] || fail "expected one warning, '$1', found '$found'"
}

healthy
[ -z "$(run)" ] || fail "expected silence on a healthy machine, found '$(run)'"
[ "$(run --all | grep -c '^ok    ')" -ge 14 ] || fail "expected every item as ok, found '$(run --all)'"

healthy && put proc/sys/vm/mmap_rnd_bits 32 && warns "address-space entropy"
healthy && put proc/sys/vm/overcommit_memory 2 && warns "overcommit"
healthy && put proc/sys/vm/max_map_count 1000 && warns "vm.max_map_count"
healthy && put proc/sys/kernel/pid_max 4096 && warns "kernel.pid_max"
healthy && put proc/sys/kernel/threads-max 4096 && warns "kernel.threads-max"
healthy && put proc/meminfo "MemAvailable:     500000 kB" && warns "memory available (KiB)"
healthy && limits 100 20000 8388608 unlimited && warns "rlimit NPROC"
healthy && limits 50000 4096 8388608 unlimited && warns "rlimit NOFILE (hard)"
healthy && limits 50000 20000 unlimited unlimited && warns "rlimit STACK"
healthy && limits 50000 20000 8388608 4000000000 && warns "rlimit AS"
healthy && rm "$root/usr/lib/llvm-19/bin/llvm-symbolizer" && warns "symbolizer"
healthy && put sys/fs/cgroup/outer/memory.max 100000000 && warns "cgroup memory"
healthy && put sys/fs/cgroup/outer/inner/pids.max 50 && warns "cgroup pids"
healthy && put sys/fs/cgroup/outer/cpu.max "5000 100000" && warns "cgroup cpu"

# The same limits where groups are of version 1.
version_1() {
  healthy
  rm -r "$root/sys"
  put proc/self/cgroup "5:cpu,cpuacct:/box
4:memory:/box
3:pids:/box"
  put sys/fs/cgroup/memory/memory.limit_in_bytes 9223372036854771712
}
version_1 && [ -n "$(run)" ] && fail "expected silence without limits, found '$(run)'"
version_1 && put sys/fs/cgroup/memory/box/memory.limit_in_bytes 100000000 && warns "cgroup memory"
version_1 && put sys/fs/cgroup/pids/box/pids.max 50 && warns "cgroup pids"
version_1 && put sys/fs/cgroup/cpu/box/cpu.cfs_quota_us 5000 && warns "cgroup cpu"
exit "$((failures > 0))"
