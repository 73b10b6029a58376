#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Requests each external address in Markdown files, templates, and issue forms once, and fails if one
# does not exist. Needs the network, so it runs in the weekly workflow only. It does not check
# fragments (#...).
set -euo pipefail
cd "$(dirname "$0")/.."

# Not requested: reserved and local hosts, addresses of AWS APIs, addresses with a variable, and the
# pages of this project, which do not exist before the first release.
ignored='^https?://([^/]*\.)?(example(\.(com|org|net))?|localhost|127\.0\.0\.1|169\.254\.[0-9.]+|\[[^]]*\]|amazonaws\.com)([:/]|$)|^https?://[^/]*\.amazonaws\.com|[${]|/ssm-provider/'
addresses=$(git ls-files -z --cached --others --exclude-standard -- '*.md' '*.tmpl' '.github/*.yml' |
	xargs -0 grep -hoE "https?://[^][[:space:]()<>\"'\`|\\]+" | sed -E 's/[.,;:!?*]+$//; s/#.*//' | sort -u | grep -vE "$ignored" || true)
count=$(grep -c . <<<"$addresses" || true)
[ "$count" -ge 5 ] || { printf 'Only %s addresses were found: the search is wrong.\n' "$count" >&2; exit 1; }

failed=0
while IFS= read -r address; do
	status=$(curl --silent --location --output /dev/null --write-out '%{http_code}' --max-time 30 --retry 3 --retry-all-errors --user-agent 'Mozilla/5.0 (link check)' -- "$address") || true
	case $status in
	2*) ;;
	# Some sites refuse programs. Their answer is about the program and not about the page.
	401 | 403 | 429) printf 'not checked (HTTP %s): %s\n' "$status" "$address" ;;
	*)
		printf 'HTTP %s: %s\n' "$status" "$address"
		failed=$((failed + 1))
		;;
	esac
done <<<"$addresses"
printf '%d addresses, %d failed\n' "$count" "$failed"
[ "$failed" -eq 0 ]
