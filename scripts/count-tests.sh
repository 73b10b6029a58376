#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Runs go test by gotestsum. The last line has the number of tests that passed, failed, and were
# skipped, in which a subtest counts like a test.
#
#   count-tests.sh GOTESTSUM [go test flags and packages]
#
# The exit status is that of go test. It is also 1 if no test ran, and if a test was skipped without
# permission: a suite that skips its tests because a tool is missing looks like one that passed. Tests
# whose names begin with TestAccAWS may be skipped, and those that need a newer CLI, as
# internal/acctest/feature.go says.
set -euo pipefail

gotestsum=$1
shift
events=$(mktemp)
trap 'rm -f "$events"' EXIT

status=0
"$gotestsum" --format pkgname --no-color --jsonfile "$events" -- "$@" || status=$?

# One line is the end of one test or package, see `go doc cmd/test2json`. JSON escapes the quotes
# within names. A package that fails without a failed test does not build, or ended early.
awk -v status="$status" '
	function member(name) {
		if (!match($0, "\"" name "\":\"[^\"]*")) return ""
		return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
	}
	{ action = member("Action"); test = member("Test"); package = member("Package") }
	test != "" { count[action]++ }
	test != "" && action == "output" && $0 ~ /: needs [^"]+ \((no Terraform|Terraform 1\.[0-9]+), (no OpenTofu|OpenTofu 1\.[0-9]+)\): the CLI is (Terraform|OpenTofu) 1\./ {
		allowed[package, test] = 1
	}
	test != "" && action == "fail" { failed[package] = 1 }
	test == "" && action == "fail" && !failed[package] { count["fail"]++ }
	test != "" && action == "skip" && test !~ /^TestAccAWS/ && !((package, test) in allowed) {
		print "The run fails: " test " (" package ") must not be skipped."
		forbidden = 1
	}
	END {
		if (count["pass"] + count["fail"] == 0) {
			print "The run fails: no test ran."
			forbidden = 1
		}
		printf "%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"]
		exit status > 0 ? status : (forbidden || count["fail"] > 0)
	}
' "$events"
