#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Fails if a known vulnerability can be reached from the provider, or from the tools that make a
# release. Reads the advisories from https://vuln.go.dev, or from the database that GOVULNDB names.
#
#   vulnerabilities.sh          the provider and its tests
#   vulnerabilities.sh tools    the tools that make a release; ignores findings without a fix
set -euo pipefail
. "$(dirname "$0")/env.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GOBIN=$work go install golang.org/x/vuln/cmd/govulncheck@v1.8.0
govulncheck() { "$work/govulncheck" -db "${GOVULNDB:-https://vuln.go.dev}" "$@"; }

case ${1-} in
'') govulncheck -test ./... ;;
tools)
	# goreleaser links modules with advisories that have no fix, so that the plain command would
	# always fail. A finding whose trace has a function is one that the tool can reach.
	found=
	for tool in goreleaser sbom; do
		package=$(sed -n 's/^tool //p' "tools/$tool/go.mod")
		govulncheck -C "tools/$tool" -format json "$package" >"$work/$tool.json"
		found+=$(jq -r --arg tool "$tool" 'select(.finding) | .finding | select(.trace[0].function) |
			"\($tool): \(.osv) in \(.trace[0].module)@\(.trace[0].version), fixed in \(.fixed_version // "no version")"' "$work/$tool.json" | sort -u)$'\n'
	done
	say "$found"
	fixable=$(grep -v 'fixed in no version$' <<<"$found" | grep . || true)
	[ -z "$fixable" ] || die "Update the modules of these findings in tools/:"$'\n'"$fixable"
	;;
*) die "Usage: vulnerabilities.sh [tools]. Got: $*" ;;
esac
