#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Finds the Terraform CLI for the demo, the tests and the documentation alike, and prints its path: terraform on PATH,
# else tofu on PATH, else the pinned OpenTofu, built once into .cache (three minutes; needs Go alone).
#
#   find-cli.sh         whichever comes first
#   find-cli.sh tofu    OpenTofu, even where there is a terraform
#
# Standard output has the path and nothing else; standard error says which one it is, and why.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# works reports whether `version` succeeds. A version manager's wrapper without a selected version is
# on PATH and fails. TF_CLI_CONFIG_FILE is set because a missing file makes Terraform warn.
works() { CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null "$1" version >/dev/null 2>&1; }

use() {
	say "CLI: $(CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null "$1" version | head -n 1) ($1)"
	printf '%s\n' "$1"
	exit 0
}

case ${1-} in
'') candidates='terraform tofu' ;;
tofu) candidates=tofu ;;
*) die "Usage: find-cli.sh [tofu]. Got: $*" ;;
esac

for name in $candidates; do
	path=$(type -P "$name") || continue
	if works "$path"; then use "$path"; fi
	say "CLI: skipping $path: \`$name version\` fails."
done

version=$(sed -n 's|^\(require\)\{0,1\}[[:space:]]*github.com/opentofu/opentofu v\([^ ]*\).*|\2|p' tools/opentofu/go.mod)
[ -n "$version" ] || die "CLI: tools/opentofu/go.mod does not require a version of OpenTofu."
path=$root/.cache/opentofu-$version/tofu
if ! [ -x "$path" ] || ! works "$path"; then
	say "CLI: no ${candidates// / and no } on PATH that works; building OpenTofu $version into .cache (about three minutes, once)."
	mkdir -p "${path%/*}"
	go build -C tools/opentofu -o "$path.new" -ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' \
		github.com/opentofu/opentofu/cmd/tofu >&2
	# Move the file atomically, so that an interrupted build does not leave a broken program.
	mv "$path.new" "$path"
fi
use "$path"
