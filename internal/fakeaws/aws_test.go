// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest/awsrecord"
)

// TestAWSRecordings compares the fake with the responses that `make testacc` recorded from AWS into
// testdata/aws. Without recordings it does nothing: package awsrecord tests the comparison.
func TestAWSRecordings(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "aws", "*.json"))
	if err != nil {
		t.Fatal(err)
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
