#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Vets the code and the tests for Windows, and builds the provider for other systems:
#
#   cross.sh [PLATFORM...]    by default windows/amd64 and darwin/arm64
set -euo pipefail
. "$(dirname "$0")/env.sh"

# A build finds the packages that go vet compiled in Go's cache.
GOOS=windows GOARCH=amd64 go vet ./...
[ $# -gt 0 ] || set -- windows/amd64 darwin/arm64
for platform; do
	GOOS=${platform%/*} GOARCH=${platform#*/} go build -buildvcs=false -o /dev/null .
	say "Built for $platform."
done
