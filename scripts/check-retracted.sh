#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Fails if the authors of a module retracted the version that this project uses. Covers the provider
# and the tools, without the old CLIs for compatibility tests.
set -euo pipefail
. "$(dirname "$0")/env.sh"

retracted=
for module in . tools tools/actionlint tools/golangci-lint tools/goreleaser tools/opentofu tools/sbom tools/vale; do
	listed=$(go list -C "$module" -m -u -retracted -f '{{with .Retracted}}{{$.Path}}@{{$.Version}}: {{.}}{{end}}' all)
	listed=$(grep . <<<"$listed" || true)
	[ -z "$listed" ] || retracted+=$'\n'"$module: ${listed//$'\n'/$'\n'"$module: "}"
done
[ -z "$retracted" ] || die "Update these modules:$retracted"
