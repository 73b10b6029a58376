#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Checks the Markdown files. Vale has the rules for words, sentences, and headings: .vale.ini. The tests
# in markdown_test.go check links, code blocks, and tables, and terms_test.go checks banned terms.
# Vale needs a C compiler. With arguments, only Vale runs, with these arguments:
#
#   scripts/prose.sh docs/index.md
set -euo pipefail
. "$(dirname "$0")/env.sh"

if [ $# -gt 0 ]; then
	exec go tool -modfile=tools/vale/go.mod vale --no-global "$@"
fi

# --others: a page that is not added yet.
mapfile -d '' -t files < <(git ls-files -z --cached --others --exclude-standard '*.md')
[ "${#files[@]}" -ge 30 ] || die "Only ${#files[@]} Markdown files were found."
existing=()
for file in "${files[@]}"; do
	[ -e "$file" ] && existing+=("$file")
done
go tool -modfile=tools/vale/go.mod vale --no-global --output=line "${existing[@]}"
go test -count=1 -run '^(TestMarkdown|TestHeadingAnchor|TestBannedTerms)' .
