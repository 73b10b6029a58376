#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Runs the acceptance tests against AWS with the credentials of the environment, records the responses
# into internal/fakeaws/testdata/aws, and compares the fake with them. CONTRIBUTING.md says what the
# tests need. The arguments are passed to go test, such as -run 'TestAccAWS/s3_output'.
set -euo pipefail
. "$(dirname "$0")/env.sh"

say "Acceptance tests against AWS. They take some minutes.
They send 8 commands that print text or sleep to one EC2 instance, and make about 150 requests to Systems
Manager. They create one SSM document and up to 60 KB of objects in your bucket, and delete both at the end.
AWS bills the instance and the requests and storage in S3 at your rates:
https://aws.amazon.com/systems-manager/pricing/ and https://aws.amazon.com/s3/pricing/.
"
hand_over "$(scripts/find-cli.sh)"
status=0
TF_ACC=1 go test -count=1 -timeout 30m -v -run '^TestAccAWS' "$@" ./internal/acctest/awsrecord || status=$?

say "
Comparing the fake with the recordings."
if ! go test -count=1 -v -run '^TestAccAWSRecordings$' ./internal/fakeaws; then
	status=1
	say "The fake differs from AWS. Correct the fake first: see \"Acceptance tests\" in CONTRIBUTING.md."
fi
exit "$status"
