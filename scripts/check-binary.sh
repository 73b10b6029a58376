#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Fails if the shipped binary links packages that are for tests, or operations of AWS that it does not use. The linter checks the
# imports of this project's own packages; this script also covers what dependencies import.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# Every provider links package testing through two libraries: go-plugin has helpers for tests beside its code, and plugin-log
# and plugin-go import go-testing-interface. No other package may import it.
known='github.com/hashicorp/go-plugin|github.com/mitchellh/go-testing-interface'
found=$(go list -deps -f '{{$to := .ImportPath}}{{range .Imports}}{{$to}} imports {{.}}{{"\n"}}{{end}}' . |
	grep -E ' imports (testing|net/http/httptest|.*/terraform-plugin-testing(/.*)?|.*/internal/(fakeaws|acctest)(/.*)?)$' |
	grep -vxE "($known) imports testing" || true)
[ -z "$found" ] || die "The provider's binary links packages for tests:"$'\n'"$found"

# The linker drops the operations of AWS that the provider does not use, unless an interface value can hold the client of the
# SDK: see internal/awsclient/ssm.go. S3's client holds itself in one.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -buildvcs=false -o "$work/provider" .
unused=$(go tool nm "$work/provider" | grep -E 'service/(iam|ssm)\.\(\*Client\)\.[A-Z]' |
	grep -vE '\.(CancelCommand|DescribeInstanceInformation|GetCommandInvocation|GetConnectionStatus|ListCommandInvocations|ListCommands|SendCommand)(-fm|\.|$)' |
	grep -vE '\.Options$' || true)
[ -z "$unused" ] || die "The provider's binary links operations of AWS that it does not use:"$'\n'"$unused"
