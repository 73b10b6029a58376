#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Runs goreleaser in the caller's folder, with the SBOM generator on PATH. Both are built from
# source at the versions in tools/goreleaser and tools/sbom, which takes two minutes the first time.
# The release workflow uses this script too, so that a snapshot tests the programs that publish.
set -euo pipefail
here=$PWD
. "$(dirname "$0")/env.sh"

goreleaser=$(go tool -modfile=tools/goreleaser/go.mod -n goreleaser)
# The SBOM contains the checksum of its generator. -trimpath makes it independent of the directory.
generator=$(GOFLAGS="${GOFLAGS:-} -trimpath" go tool -modfile=tools/sbom/go.mod -n cyclonedx-gomod)
PATH=$(dirname "$generator"):$PATH
cd "$here"
exec "$goreleaser" "$@"
