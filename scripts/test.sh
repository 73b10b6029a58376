#!/usr/bin/env bash
# Runs every test that needs no cloud, and ends with one line that says how many ran.
#
#   test.sh                     with the CLI that find-cli.sh finds
#   test.sh tofu                with OpenTofu
#   RACE=on test.sh             refuse to run without the race detector
#   PACKAGES=./internal/... test.sh
set -euo pipefail
. "$(dirname "$0")/env.sh"

cli=$(scripts/find-cli.sh "$@")

# Everything that may be downloaded is downloaded before the environment is cleaned, since that takes the proxies away.
packages=${PACKAGES:-./...}
go list -deps -test $packages >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -buildvcs=false -o "$work/testcount" ./scripts/testcount

# The race detector needs a C compiler, and a platform it was made for. Building something with it is the only question
# that covers both.
race=()
if why=$(CGO_ENABLED=1 go build -race -buildvcs=false -o "$work/probe" ./scripts/testcount 2>&1); then
	export CGO_ENABLED=1
	race=(-race)
	say "Race detector: on (C compiler: $(go env CC))."
else
	say "Race detector: off, since a build with it fails: $(tail -n 1 <<<"$why")"
	[ "${RACE-}" != on ] || die "RACE=on was asked for."
fi

isolate
hand_over "$cli"

# Results are never taken from Go's cache: it knows nothing of the CLI that the tests run.
"$work/testcount" -may-skip '^TestAccAWS' -- \
	go test -json -count=1 -timeout 15m ${race[@]+"${race[@]}"} $packages
