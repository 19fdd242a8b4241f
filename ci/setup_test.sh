#!/bin/bash
# What ci/setup does and says, with commands of our own in the place of apt, dpkg, sudo and npm.
set -uo pipefail
setup=$TEST_SRCDIR/$TEST_WORKSPACE/ci/setup
fake=$TEST_TMPDIR/bin
lists=$TEST_TMPDIR/lists
failures=0

fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}

# command NAME BODY: a command that notes its call and then does BODY.
command_is() {
  printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n%s\n' "$1" "$TEST_TMPDIR" "$2" >"$fake/$1"
  chmod +x "$fake/$1"
}

# A machine of root's, where `one` is installed and `two` is not, and all else works.
machine() {
  rm -rf "$fake" "$lists" "$TEST_TMPDIR/calls" "$TEST_TMPDIR/installed"
  mkdir -p "$fake" "$lists/node_modules"
  : >"$TEST_TMPDIR/calls"
  printf '# Packages\none  # why one\ntwo  # why two\n' >"$lists/packages.txt"
  echo one >"$TEST_TMPDIR/installed"
  echo lock | tee "$lists/package-lock.json" >"$lists/node_modules/.assay-lock.json"
  for tool in bash sh cat sed tr sort comm awk grep head cut tail mktemp rm cp cmp dirname env nproc; do
    ln -s "$(command -v "$tool")" "$fake/$tool"
  done
  command_is id 'case $1 in -u) echo 0 ;; *) echo somebody ;; esac'
  command_is dpkg-query "case \$* in *bazel-bootstrap) ;; *) sed 's/\$/ installed/' $TEST_TMPDIR/installed ;; esac"
  command_is apt-cache 'shift; for p; do printf "%s:\n  Installed: (none)\n  Candidate: 1.0\n" "$p"; done'
  command_is apt-get "[ \"\$1\" = update ] || echo two >>$TEST_TMPDIR/installed"
  command_is npm "mkdir -p $lists/node_modules"
  ln -s "$(command -v mkdir)" "$fake/mkdir"
}

# The preflight speaks of the machine that tests this; it has a test of its own.
run() {
  output=$(ASSAY_CI_DIR=$lists PATH=$fake bash "$setup" 2>&1 </dev/null)
  status=$?
  output=$(grep -v '^warn  ' <<<"$output")
}

says() { [[ $output == *"$1"* ]] || fail "$2: expected the words '$1', found '$output'"; }
refuses() { [ "$status" -eq 1 ] || fail "$1: expected exit status 1, found $status"; }
called() { grep -q "^$1" "$TEST_TMPDIR/calls"; }

machine
echo two >>"$TEST_TMPDIR/installed"
run
[ "$status" -eq 0 ] && [ -z "$output" ] || fail "nothing missing: expected silence, found $status '$output'"
[ "$(grep -c dpkg-query "$TEST_TMPDIR/calls")" -le 3 ] || fail "nothing missing: dpkg-query is not called for each package"
called apt-get && fail "nothing missing: apt-get is not called"

machine
run
[ "$status" -eq 0 ] || fail "one package missing: expected success, found $status '$output'"
says "installing Debian packages: two " "one package missing"
called "apt-get install .* two$" || fail "one package missing: expected its installation, found $(cat "$TEST_TMPDIR/calls")"
called "apt-get install .* one" && fail "one package missing: the other is not installed again"

machine
rm "$fake/apt-get"
run
refuses "no apt"
says "no apt found" "no apt"
says "Debian 12" "no apt"

machine
command_is id 'case $1 in -u) echo 1000 ;; *) echo somebody ;; esac'
run
refuses "no root"
says "not root, and there is no sudo" "no root"
says "apt-get install two" "no root"

machine
command_is id 'case $1 in -u) echo 1000 ;; *) echo somebody ;; esac'
command_is sudo 'exit 1'
run
refuses "sudo that wants a password"
says "sudo does not let somebody" "sudo that wants a password"

machine
command_is id 'case $1 in -u) echo 1000 ;; *) echo somebody ;; esac'
command_is sudo '[ "$1" != -n ] || shift; "$@"'
ln -s "$(command -v true)" "$fake/true"
run
[ "$status" -eq 0 ] || fail "a user with sudo: expected success, found $status '$output'"
called "sudo env DEBIAN_FRONTEND=noninteractive apt-get install" || fail "a user with sudo: expected sudo apt-get"

machine
command_is apt-get 'echo "E: Failed to fetch http://deb.debian.org"; exit 100'
run
refuses "no network"
says "'apt-get update' failed" "no network"
says "check the network" "no network"
says "E: Failed to fetch" "no network"

machine
command_is apt-cache 'shift; for p; do printf "%s:\n  Installed: (none)\n  Candidate: (none)\n" "$p"; done'
run
refuses "package gone"
says "'two' cannot be had" "package gone"
says "ci/packages.txt:3 " "package gone"

machine
command_is apt-get '[ "$1" = update ] || { echo "E: dpkg was interrupted"; exit 100; }'
run
refuses "installation fails"
says "E: dpkg was interrupted" "installation fails"

machine
echo two >>"$TEST_TMPDIR/installed"
rm -r "$lists/node_modules"
run
[ "$status" -eq 0 ] || fail "npm packages missing: expected success, found $status '$output'"
called "npm ci" || fail "npm packages missing: expected npm ci"
run
[ -z "$output" ] || fail "npm packages installed: expected silence, found '$output'"

machine
rm -r "$lists/node_modules"
mv "$fake/npm" "$TEST_TMPDIR/npm"
command_is apt-get "[ \"\$1\" = update ] || mv $TEST_TMPDIR/npm $fake/npm"
ln -s "$(command -v mv)" "$fake/mv"
run
[ "$status" -eq 0 ] || fail "no npm: expected success, found $status '$output'"
called "apt-get install .* two npm$" || fail "no npm: expected its installation, found $(cat "$TEST_TMPDIR/calls")"
called "npm ci" || fail "no npm: expected npm ci after it"

machine
echo two >>"$TEST_TMPDIR/installed"
rm -r "$lists/node_modules"
command_is npm 'echo "npm error network"; exit 1'
run
refuses "npm fails"
says "'npm ci' in ci/ failed" "npm fails"
says "npm error network" "npm fails"

machine
command_is bazel 'exit 0'
command_is dpkg-query "case \$* in *openjdk*) wc -l <$TEST_TMPDIR/installed ;; *) sed 's/\$/ installed/' $TEST_TMPDIR/installed ;; esac"
ln -s "$(command -v wc)" "$fake/wc"
run
called "bazel shutdown" || fail "Java upgraded: expected 'bazel shutdown', found $(cat "$TEST_TMPDIR/calls")"
exit "$((failures > 0))"
