#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Runs every test that needs no AWS account. The last line has the number of tests.
#
#   test.sh                     with the CLI that find-cli.sh finds
#   test.sh tofu                with OpenTofu
#   test.sh terraform-1.5       with a version that tools/ pins
#   RACE=on test.sh             refuse to run without the race detector; RACE=off never uses it
#   PACKAGES=./internal/... test.sh
set -euo pipefail
. "$(dirname "$0")/env.sh"

cli=$(scripts/find-cli.sh "$@")

# Download everything before isolate, which also removes proxies from the environment.
packages=${PACKAGES:-./...}
go list -deps -test $packages >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gotestsum=$(go tool -modfile=tools/go.mod -n gotestsum)

# The race detector needs a C compiler and a platform that supports it. A build finds out both.
race=()
if [ "${RACE-}" = off ]; then
	say "Race detector: off, as RACE=off says."
elif why=$(CGO_ENABLED=1 go build -race -buildvcs=false -o "$work/probe" ./cmd/ssm-mock 2>&1); then
	export CGO_ENABLED=1
	race=(-race)
	say "Race detector: on (C compiler: $(go env CC))."
else
	say "Race detector: off, since a build with it fails: $(tail -n 1 <<<"$why")"
	[ "${RACE-}" != on ] || die "RACE=on was asked for."
fi

isolate
hand_over "$cli"

# -count=1: Go's cache of results does not depend on the CLI that the tests run.
scripts/count-tests.sh "$gotestsum" -count=1 -timeout 15m ${race[@]+"${race[@]}"} $packages
