#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Fails if the shipped binary links packages that are for tests. The linter checks the imports of this project's own packages;
# this script also covers what dependencies import.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# Every provider links package testing through two libraries: go-plugin has helpers for tests beside its code, and plugin-log
# and plugin-go import go-testing-interface. No other package may import it.
known='github.com/hashicorp/go-plugin|github.com/mitchellh/go-testing-interface'
found=$(go list -deps -f '{{$to := .ImportPath}}{{range .Imports}}{{$to}} imports {{.}}{{"\n"}}{{end}}' . |
	grep -E ' imports (testing|net/http/httptest|.*/terraform-plugin-testing(/.*)?|.*/internal/(fakeaws|acctest)(/.*)?)$' |
	grep -vxE "($known) imports testing" || true)
[ -z "$found" ] || die "The provider's binary links packages for tests:"$'\n'"$found"
