#!/usr/bin/env bash
# Fails where the shipped binary links test furniture. The linter guards the imports of this project's own packages; this
# covers what comes in through dependencies too.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# Every provider links package testing, through two libraries that all of them are made with: go-plugin has helpers for
# tests beside its code, and plugin-log and plugin-go take go-testing-interface. Nobody else may bring it in.
known='github.com/hashicorp/go-plugin|github.com/mitchellh/go-testing-interface'
found=$(go list -deps -f '{{$to := .ImportPath}}{{range .Imports}}{{$to}} imports {{.}}{{"\n"}}{{end}}' . |
	grep -E ' imports (testing|net/http/httptest|.*/terraform-plugin-testing(/.*)?|.*/internal/(fakeaws|acctest)(/.*)?)$' |
	grep -vxE "($known) imports testing" || true)
[ -z "$found" ] || die "The provider's binary links test furniture:"$'\n'"$found"
