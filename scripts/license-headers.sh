#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Adds the license header to Go files and shell scripts that have none.
#
#   license-headers.sh         add the headers
#   license-headers.sh check   fail if a file has none
set -euo pipefail
. "$(dirname "$0")/env.sh"

header='SPDX-License-Identifier: MPL-2.0'
files=0
missing=()
while IFS= read -r -d '' file; do
	files=$((files + 1))
	# The header is the first line, or the second after "#!".
	[ ! -f "$file" ] || head -n 2 "$file" | grep -qxE "(//|#) $header" || missing+=("$file")
done < <(git ls-files -z --cached --others --exclude-standard -- '*.go' 'scripts/*.sh' .ci/run)
[ "$files" -gt 0 ] || die "git lists no files."
[ ${#missing[@]} -gt 0 ] || exit 0
[ "${1-}" != check ] || die "Run scripts/license-headers.sh: these files have no license header: ${missing[*]}"

work=$(mktemp)
trap 'rm -f "$work"' EXIT
# This script may be among the files. In braces, bash reads it to its end before it changes.
{
	for file in "${missing[@]}"; do
		# The blank line keeps the header apart from the comment that follows.
		case $file in
		*.go) awk -v header="// $header" 'NR == 1 { print header; print "" } { print }' "$file" ;;
		*) awk -v header="# $header" 'NR == 1 && /^#!/ { print; print header; print "#"; next } NR == 1 { print header; print "#" } { print }' "$file" ;;
		esac >"$work"
		cat "$work" >"$file" # Unlike mv, cat keeps the mode.
	done
	exit
}
