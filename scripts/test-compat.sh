#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Runs the tests that start a CLI on older versions of Terraform and OpenTofu, one after the other.
# Each version is built once into .cache, which takes some minutes. Tests of a feature that a version
# does not have are skipped, and listed with the reason.
#
#   test-compat.sh                               every version that tools/ pins for it
#   test-compat.sh terraform-1.5 opentofu-1.6    these versions
#   PACKAGES=./internal/datasource test-compat.sh
set -euo pipefail
. "$(dirname "$0")/env.sh"

versions=("$@")
if [ ${#versions[@]} -eq 0 ]; then
	versions=(tools/terraform-* tools/opentofu-*)
	versions=("${versions[@]#tools/}")
fi
# Packages that do not call acctest.Main do not depend on the CLI.
if [ -z "${PACKAGES-}" ]; then
	PACKAGES=$(git grep -l --untracked 'acctest\.Main(' -- '*_test.go' | sed 's|^|./|; s|/[^/]*$||' | sort -u)
fi
[ -n "$PACKAGES" ] || die "No package calls acctest.Main."
export PACKAGES

results=()
failed=
for version in "${versions[@]}"; do
	say "Testing on $version."
	status=0
	# The race detector finds the same with every CLI, so the newest does for it.
	last=$(RACE=off scripts/test.sh "$version" | tee >(cat >&2) | tail -n 1) || status=$?
	results+=("$version: $last")
	[ "$status" -eq 0 ] || failed+=" $version"
done
printf '%s\n' "${results[@]}"
[ -z "$failed" ] || die "Failed on:$failed"
