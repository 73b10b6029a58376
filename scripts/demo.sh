#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Builds the provider, starts the local mock of AWS on loopback with the script examples/demo/fake.json, and
# lets the real CLI read it. Needs no AWS account. Everything it writes is in one temporary folder that goes away at the
# end, whichever way it ends.
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
go build -buildvcs=false -o "$work/fake" ./internal/fakeaws/cmd

isolate
mkdir "$work/config"
cp examples/demo/*.tf "$work/config"
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

# The script's clock starts with the local mock, so the CLI follows at once. Each request is one line, marked as the
# local mock's, so that the provider's requests show between the lines of the CLI.
"$work/fake" -script examples/demo/fake.json -url-file "$work/url" \
	>/dev/null 2> >(while IFS= read -r line; do say "    local mock | $line"; done) &
fake=$!
for _ in $(seq 100); do
	[ -s "$work/url" ] && break
	kill -0 "$fake" 2>/dev/null || die "The local mock did not start; its messages are above."
	sleep 0.05
done
[ -s "$work/url" ] || die "The local mock did not report its address within five seconds."

cd "$work/config"
[ -t 1 ] && colour= || colour=-no-color
# Two steps, so that an interrupt of the CLI alone also ends a read: in an apply that makes its own plan, the CLI passes the
# interrupt on when the plan is complete. (Ctrl-C in a terminal reaches the provider directly: see main.go.)
"$cli" plan -compact-warnings $colour -out="$work/plan" -var "endpoint=$(cat "$work/url")"
"$cli" apply -compact-warnings $colour "$work/plan"
say
say "The command succeeded on one node and failed on the other. The demo read each invocation, then the whole command. A failed command is not an error."
say "Configuration: examples/demo/main.tf. Script of the local mock: examples/demo/fake.json."
