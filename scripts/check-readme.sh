#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Fails where a block of Terraform code in README.md is not, to the letter, the file that the comment above it names:
#
#   <!-- the text of examples/provider/provider.tf -->
set -euo pipefail
. "$(dirname "$0")/env.sh"

names=$(sed -n 's/^<!-- the text of \(.*\) -->$/\1/p' README.md)
[ -n "$names" ] || die "README.md names no example file."
marks=$(wc -l <<<"$names")
blocks=$(grep -cE '^```(terraform|hcl)' README.md)
[ "$marks" = "$blocks" ] || die "README.md has $blocks blocks of Terraform code, but $marks comments that name their files."
for name in $names; do
	diff -u --label README.md <(awk -v want="<!-- the text of $name -->" '
		$0 == want { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside { print }
	' README.md) --label "$name" "$name" >&2 || die "README.md and $name differ."
done
