#!/usr/bin/env bash
# Runs the goreleaser that tools/goreleaser pins, built once into .cache (a minute or two; needs Go alone), in the folder
# it is called from. The hosted release runs this very program, so what the snapshot proved is what publishes.
set -euo pipefail
here=$PWD
. "$(dirname "$0")/env.sh"

version=$(sed -n 's|^[[:space:]]*github.com/goreleaser/goreleaser/v2 v\([^ ]*\).*|\1|p' tools/goreleaser/go.mod)
[ -n "$version" ] || die "tools/goreleaser/go.mod names no version of goreleaser."
path=$root/.cache/goreleaser-$version/goreleaser
if ! [ -x "$path" ]; then
	say "Building goreleaser $version into .cache."
	mkdir -p "${path%/*}"
	go build -C tools/goreleaser -buildvcs=false -o "$path.new" -ldflags "-s -w -X main.version=$version" github.com/goreleaser/goreleaser/v2 >&2
	mv "$path.new" "$path" # In one step, so that an interrupted build is never taken for a program.
fi
cd "$here"
exec "$path" "$@"
