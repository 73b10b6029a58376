#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Measures what a plan costs and how soon completion is detected, on loopback only, and prints the
# results in the format of go test, which benchstat reads. It takes about ten minutes. The AWS CLI
# is measured too if it is on PATH.
set -euo pipefail
. "$(dirname "$0")/env.sh"

cli=$(scripts/find-cli.sh)
aws=$(type -P aws || true)
# A shim of pyenv starts a second program each time: measure that one.
if [ -n "$aws" ] && command -v pyenv >/dev/null; then aws=$(pyenv which aws 2>/dev/null || echo "$aws"); fi
[ -z "$aws" ] || "$aws" --version >/dev/null 2>&1 || aws=
[ -n "$aws" ] || say "No AWS CLI on PATH: its benchmarks are skipped."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/bin"
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=0.0.1' -o "$work/bin/terraform-provider-ssm" .
go test -c -o "$work/bench" ./internal/bench
isolate
hand_over "$cli"
export BENCH_PROVIDER=$work/bin/terraform-provider-ssm BENCH_AWS=$aws

cd "$work"
"$cli" version | head -n 1
printf 'size of the provider: %d MiB\n' $(($(wc -c <"$BENCH_PROVIDER") >> 20))
./bench -test.v -test.run '^TestDetection$' -reads 200
./bench -test.run '^$' -test.timeout 1h -test.bench 'Start|Invocations|List' -test.benchtime 1x -test.count 3
./bench -test.run '^$' -test.timeout 1h -test.bench 'ForEach|AWSWait' -test.benchtime 1x
