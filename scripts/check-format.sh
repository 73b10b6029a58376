#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Fails where `make fmt` would change a file.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# Pass files to gofmt, which would also visit caches: those that git would commit and that exist.
unformatted=$(git ls-files -z --cached --others --exclude-standard -- '*.go' |
	while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done | xargs -0 gofmt -l)
[ -z "$unformatted" ] || die "gofmt would change: ${unformatted//$'\n'/, }"
cli=$(scripts/find-cli.sh)
isolate
"$cli" fmt -check -diff -recursive examples
