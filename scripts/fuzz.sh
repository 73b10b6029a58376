#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Runs every fuzz target of the tree, one after the other. Go writes an input that fails into
# testdata/fuzz of its package: commit it with the fix, and `make test` runs it from then on.
#
#   fuzz.sh [seconds]    seconds for each target, 60 unless given
set -euo pipefail
. "$(dirname "$0")/env.sh"

seconds=${1-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "Usage: fuzz.sh [seconds]. Got: $*"

# `go test -list` prints the targets of a package, and then one line with the package.
listed=$(go test -list '^Fuzz' ./...)
targets=$(awk '/^Fuzz/ { names[++n] = $1 } /^ok/ { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }' <<<"$listed")
# A target behind a build constraint is not listed, so the number is compared with the source.
in_source=$(git grep --untracked -hE '^func Fuzz[A-Z0-9_]' -- '*_test.go' | wc -l)
count=$(wc -l <<<"$targets")
if [ -z "$targets" ] || [ "$count" -ne "$in_source" ]; then
	die "The source declares $in_source fuzz targets, and go test lists these: ${targets//$'\n'/, }"
fi

failed=()
while read -r package target; do
	say "Fuzzing $target in $package for $seconds s."
	go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" "$package" </dev/null || failed+=("$target")
done <<<"$targets"
[ ${#failed[@]} -eq 0 ] || die "Failed: ${failed[*]}"
say "All $count fuzz targets passed."
