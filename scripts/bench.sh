#!/usr/bin/env bash
# Measures what a plan costs, and writes BENCHMARKS.md with its picture from what it saw. Five minutes or so; loopback only.
# The AWS CLI is measured too where it is on PATH. internal/bench/doc.go says how it is done.
set -euo pipefail
. "$(dirname "$0")/env.sh"

cli=$(scripts/find-cli.sh)
aws=$(type -P aws || true)
[ -z "$aws" ] || "$aws" --version >/dev/null 2>&1 || aws=
# A shim of a version manager starts a second program each time: measured is the one behind it.
if [ -n "$aws" ] && command -v pyenv >/dev/null; then aws=$(pyenv which aws 2>/dev/null || echo "$aws"); fi
[ -n "$aws" ] || say "No AWS CLI on PATH: it is left out."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say "Building the provider as a release has it, the stand-in, and the program that measures."
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=0.0.1' -o "$work/bin/terraform-provider-ssm" .
go build -buildvcs=false -o "$work/standin" ./internal/fakeaws/cmd
go build -buildvcs=false -o "$work/bench" ./internal/bench
isolate
say "Measuring how late an end is noticed, in virtual time."
BENCH_NOTICE=$work/notice.json go test -count=1 -run '^TestNotice$' ./internal/bench >&2
mkdir "$work/run"
"$work/bench" -provider "$work/bin/terraform-provider-ssm" -standin "$work/standin" -cli "$cli" -aws "$aws" \
	-notice "$work/notice.json" -work "$work/run"
