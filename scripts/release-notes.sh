#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Prints the section of one version of CHANGELOG.md, without its heading: the notes of a release.
# Fails if there is no such section or if it is empty.
#
#   release-notes.sh 1.2.3 [changelog]
set -euo pipefail
version=${1-}
changelog=${2-$(dirname "$0")/../CHANGELOG.md}

# A release page shows line breaks as they are, so the lines of an entry are joined.
notes=$(awk -v heading="## [$version]" '
	/^## / { inside = index($0, heading) == 1; next }
	/^\[[^]]*\]: / { next } # The links at the end of the file belong to no version.
	!inside { next }
	/^  [^ ]/ { printf " %s", substr($0, 3); next }
	{ printf "%s%s", separator, $0; separator = "\n" }
' "$changelog")
if [ -z "${notes//[[:space:]]/}" ]; then
	printf '%s\n' "$changelog has no section \"## [$version]\" with text. Add it before tagging the release." >&2
	exit 1
fi
printf '%s\n' "${notes#$'\n'}"
