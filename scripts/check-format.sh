#!/usr/bin/env bash
# Fails where `make fmt` would change a file.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# gofmt walks into every folder it is given, the caches included, so it is given files: those that git would commit.
files=$(git ls-files --cached --others --exclude-standard -- '*.go' | while read -r f; do [ ! -e "$f" ] || echo "$f"; done)
unformatted=$(gofmt -l $files)
[ -z "$unformatted" ] || die "gofmt would change: ${unformatted//$'\n'/, }"
cli=$(scripts/find-cli.sh)
isolate
"$cli" fmt -check -diff -recursive examples
