#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Builds the provider, starts a local mock of AWS on loopback with the script examples/demo/fake.json,
# and runs the real CLI: it sends a command to two nodes, plans once more, and reads the command from a
# second configuration. Needs no AWS account. All files are in one temporary directory, which is
# removed at the end.
set -euo pipefail
. "$(dirname "$0")/env.sh"

cli=$(scripts/find-cli.sh)
work=$(mktemp -d)
fake=
cleanup() {
	[ -z "$fake" ] || { kill "$fake" && wait "$fake"; } 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Building the provider and the local mock."
go build -buildvcs=false -o "$work/bin/terraform-provider-ssm" .
go build -buildvcs=false -o "$work/fake" ./cmd/ssm-mock

isolate
mkdir "$work/config"
cp -R examples/demo/. "$work/config"
# A development override makes the CLI run the new binary without a registry, init, or a lock file.
cat >"$work/cli.tfrc" <<-END
	provider_installation {
	  dev_overrides {
	    "ssm-provider/ssm" = "$work/bin"
	  }
	  direct {}
	}
END
export TF_CLI_CONFIG_FILE=$work/cli.tfrc

# The mock writes one line for each request, so that the requests show between the lines of the CLI.
"$work/fake" -url-file "$work/url" examples/demo/fake.json \
	>/dev/null 2> >(while IFS= read -r line; do say "    local mock | $line"; done) &
fake=$!
for _ in $(seq 100); do
	[ -s "$work/url" ] && break
	kill -0 "$fake" 2>/dev/null || die "The local mock did not start; its messages are above."
	sleep 0.05
done
[ -s "$work/url" ] || die "The local mock did not report its address within five seconds."

cd "$work/config"
TF_VAR_endpoint=$(cat "$work/url")
export TF_VAR_endpoint
[ -t 1 ] && color= || color=-no-color

say
say "1. Apply sends a command to two nodes. It succeeds on one and fails on the other, which this configuration accepts."
# Plan and apply are two steps, so that an interrupt of the CLI alone ends the apply. (Ctrl-C in a
# terminal reaches the provider directly: see main.go.)
"$cli" plan -compact-warnings $color -out="$work/plan" >/dev/null
"$cli" apply -compact-warnings $color "$work/plan"

say
say "2. A plan has nothing to do. The results are in the state, so there is no request to the local mock."
"$cli" plan -compact-warnings $color -detailed-exitcode

say
say "3. Another configuration finds the command by its comment, and reads it on one node."
"$cli" -chdir=read apply -compact-warnings $color -auto-approve

say
say "Configurations: examples/demo/main.tf and examples/demo/read/main.tf. Script of the local mock: examples/demo/fake.json."
