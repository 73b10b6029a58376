// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest/awsrecord"
)

// TestAccAWSRecordings compares the fake with the responses that `make testacc` recorded from AWS
// into testdata/aws. Package awsrecord tests the comparison itself.
func TestAccAWSRecordings(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "aws", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("testdata/aws has no recordings: run make testacc with an AWS account")
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			recording, err := awsrecord.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			awsrecord.Replay(t, recording)
		})
	}
}
