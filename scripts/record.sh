#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Records what the pictures in images/ show, into internal/pictures/data: a run of the demo, and polls
# in virtual time. `make pictures` draws the pictures from these files.
set -euo pipefail
. "$(dirname "$0")/env.sh"

data=$root/internal/pictures/data

# Each line gets the time since the first one, in milliseconds. The lines before the first step name
# paths and ports of this machine, and are left out.
scripts/demo.sh 2>&1 | {
	start=
	while IFS= read -r line; do
		line=${line%"${line##*[! ]}"} # Without spaces at the end.
		now=${EPOCHREALTIME/[.,]/}
		[ -n "$start" ] || [[ $line == "1. "* ]] || continue
		: "${start:=$now}"
		printf '%d\t%s\n' $(((now - start) / 1000)) "$line"
	done
} >"$data/demo.txt"

go test -count=1 -run '^TestTimeline$' ./internal/bench -record
