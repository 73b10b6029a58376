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

build() {
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/$1/terraform-provider-ssm" "${@:2}"
}
build provider .
build minimal ./internal/bench/minimal
build minimal-sdk -tags sdk ./internal/bench/minimal
go test -c -o "$work/bench" ./internal/bench
isolate
hand_over "$cli"
export BENCH_AWS=$aws BENCH_PROVIDER=$work/provider/terraform-provider-ssm
export BENCH_MINIMAL=$work/minimal/terraform-provider-ssm BENCH_MINIMAL_SDK=$work/minimal-sdk/terraform-provider-ssm

cd "$work"
"$cli" version | head -n 1
printf 'size of the provider: %d MiB\n' $(($(wc -c <"$BENCH_PROVIDER") >> 20))
./bench -test.v -test.run '^TestDetection$' -reads 200
# One process for each round, so that the programs run in alternation: with -test.count, each would run several times in a row.
for _ in $(seq "${BENCH_ROUNDS:-5}"); do
	./bench -test.run '^$' -test.timeout 1h -test.bench 'Start|Invocations|List' -test.benchtime 1x
done
./bench -test.run '^$' -test.timeout 1h -test.bench 'ForEach|AWSWait|Throttled' -test.benchtime 1x
