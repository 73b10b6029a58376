#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Fails unless SECURITY.md publishes the fingerprint of the key that signs releases, without spaces.
#
#   check-key.sh FINGERPRINT [file]
set -euo pipefail

file=${2-$(dirname "$0")/../SECURITY.md}
if ! [[ ${1-} =~ ^[0-9A-Fa-f]{40}$ ]]; then
	printf 'Usage: check-key.sh FINGERPRINT [file], with 40 hexadecimal digits. Got: %s\n' "$*" >&2
	exit 1
fi
if ! grep -qiw -- "$1" "$file"; then
	printf '%s\n' "$file does not have the fingerprint of the signing key, $1. Add it before tagging the release." >&2
	exit 1
fi
