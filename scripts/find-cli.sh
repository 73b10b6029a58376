#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Finds the Terraform CLI for the demo, the tests and the documentation alike, and prints its path: terraform on PATH,
# else tofu on PATH, else the pinned OpenTofu, built once into .cache (three minutes; needs Go alone).
#
#   find-cli.sh                  whichever comes first
#   find-cli.sh tofu             OpenTofu, even where there is a terraform
#   find-cli.sh terraform-1.5    the version that tools/terraform-1.5/go.mod pins, built once into .cache
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

pinned=opentofu
case ${1-} in
'') candidates='terraform tofu' ;;
tofu) candidates=tofu ;;
terraform-* | opentofu-*)
	candidates=''
	pinned=$1
	export CGO_ENABLED=0 # As these versions were released.
	;;
*) die "Usage: find-cli.sh [tofu | terraform-1.N | opentofu-1.N]. Got: $*" ;;
esac
[ -f "tools/$pinned/go.mod" ] || die "CLI: there is no tools/$pinned/go.mod, only: $(cd tools && echo terraform-* opentofu*)"

for name in $candidates; do
	path=$(type -P "$name") || continue
	if works "$path"; then use "$path"; fi
	say "CLI: skipping $path: \`$name version\` fails."
done

case $pinned in
terraform-*) module=github.com/hashicorp/terraform package=$module program=terraform ;;
*) module=github.com/opentofu/opentofu package=$module/cmd/tofu program=tofu ;;
esac
version=$(sed -n "s|^\(require\)\{0,1\}[[:space:]]*$module v\([^ ]*\).*|\2|p" "tools/$pinned/go.mod")
[ -n "$version" ] || die "CLI: tools/$pinned/go.mod does not require a version of $module."
path=$root/.cache/${pinned%%-*}-$version/$program
if ! [ -x "$path" ] || ! works "$path"; then
	[ -z "$candidates" ] || say "CLI: no ${candidates// / and no } on PATH that works."
	say "CLI: building ${pinned%%-*} $version into .cache (about three minutes, once)."
	mkdir -p "${path%/*}"
	# Without dev=no, a version that has the variable calls itself a development version.
	go build -C "tools/$pinned" -o "$path.new" -ldflags "-s -w -X $module/version.dev=no" "$package" >&2
	# Move the file atomically, so that an interrupted build does not leave a broken program.
	mv "$path.new" "$path"
fi
use "$path"
