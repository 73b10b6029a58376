#!/usr/bin/env bash
# Builds the provider, starts the stand-in for the service on loopback with the story in examples/demo/standin.json, and
# lets the real CLI read it. Needs no AWS account. Everything it writes is in one temporary folder that goes away at the
# end, whichever way it ends.
set -euo pipefail
. "$(dirname "$0")/env.sh"

cli=$(scripts/find-cli.sh)
work=$(mktemp -d)
standin=
cleanup() {
	[ -z "$standin" ] || { kill "$standin" && wait "$standin"; } 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Building the provider and the stand-in."
go build -buildvcs=false -o "$work/bin/terraform-provider-ssm" .
go build -buildvcs=false -o "$work/standin" ./internal/fakeaws/cmd

isolate
mkdir "$work/config"
cp examples/demo/*.tf "$work/config"
# A development override makes the CLI run the fresh binary: no registry, no init, no lock file.
cat >"$work/cli.tfrc" <<-END
	provider_installation {
	  dev_overrides {
	    "ssm-provider/ssm" = "$work/bin"
	  }
	  direct {}
	}
END
export TF_CLI_CONFIG_FILE=$work/cli.tfrc

# The story's clock starts with the stand-in, so the CLI follows at once. Each request is one line, marked as the
# stand-in's, so that what the provider asks can be seen between the lines of the CLI.
"$work/standin" -script examples/demo/standin.json -url-file "$work/url" \
	>/dev/null 2> >(while IFS= read -r line; do say "    stand-in | $line"; done) &
standin=$!
for _ in $(seq 100); do
	[ -s "$work/url" ] && break
	kill -0 "$standin" 2>/dev/null || die "The stand-in did not start; its own words are above."
	sleep 0.05
done
[ -s "$work/url" ] || die "The stand-in has not said in five seconds where it listens."

cd "$work/config"
[ -t 1 ] && colour= || colour=-no-color
# Two steps, so that an interrupt of the CLI alone ends a read too: in an apply that makes its own plan, the CLI passes the
# interrupt on when the plan is complete. (Ctrl-C in a terminal reaches the provider directly: see main.go.)
"$cli" plan -compact-warnings $colour -out="$work/plan" -var "endpoint=$(cat "$work/url")"
"$cli" apply -compact-warnings $colour "$work/plan"
say
say "The command ended well on one node and badly on the other. Each was read by itself, then the whole fleet; none of it is an error."
say "The configuration: examples/demo/main.tf. The story: examples/demo/standin.json."
