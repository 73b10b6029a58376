// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestFingerprint is which commands are the one that a request sent: what the service fills in,
// reorders, or shortens makes no difference.
func TestFingerprint(t *testing.T) {
	full := SendRequest{
		DocumentName: "Deploy", InstanceIDs: []string{node, otherNode}, Comment: "caf\u00e9",
		Parameters: map[string][]string{"commands": {"a", "b\u00e9"}, "empty": {}},
	}
	for name, c := range map[string]struct {
		request     SendRequest
		change      func(*Command)
		differences []string
	}{
		"the service's defaults": {full, func(c *Command) {
			c.DocumentVersion, c.TimeoutSeconds, c.MaxConcurrency, c.MaxErrors = "$DEFAULT", aws.Int32(3600), "50", "0"
			c.Parameters = map[string][]string{"commands": {"a", "b\u00e9"}}
		}, nil},
		"the document's ARN":      {full, func(c *Command) { c.DocumentName = "arn:aws:ssm:us-east-1:123456789012:document/Deploy" }, nil},
		"nodes in another order":  {full, func(c *Command) { c.InstanceIDs = []string{strings.ToUpper(otherNode), node} }, nil},
		"text in another form":    {full, func(c *Command) { c.Comment, c.Parameters["commands"][1] = "cafe\u0301", "be\u0301" }, nil},
		"lines in another order":  {full, func(c *Command) { slices.Reverse(c.Parameters["commands"]) }, []string{"Parameters"}},
		"a line more":             {full, func(c *Command) { c.Parameters["commands"] = append(c.Parameters["commands"], "") }, []string{"Parameters"}},
		"a line that is split":    {full, func(c *Command) { c.Parameters["commands"] = []string{"a\nb\u00e9"} }, []string{"Parameters"}},
		"another document":        {full, func(c *Command) { c.DocumentName = "deploy" }, []string{"DocumentName"}},
		"another case of comment": {full, func(c *Command) { c.Comment = "CAF\u00c9" }, []string{"Comment"}},
		"a node less":             {full, func(c *Command) { c.InstanceIDs = c.InstanceIDs[:1] }, []string{"InstanceIds"}},
		"targets in another order": {
			SendRequest{DocumentName: "D", Targets: []Target{{"tag:a", []string{"1", "2"}}, {"tag:b", []string{"3"}}}},
			func(c *Command) { c.Targets = []Target{{"tag:b", []string{"3"}}, {"tag:a", []string{"2", "1", "2"}}} }, nil,
		},
		"another target": {
			SendRequest{DocumentName: "D", Targets: []Target{{"tag:a", []string{"1"}}}},
			func(c *Command) { c.Targets = []Target{{"tag:A", []string{"1"}}} }, []string{"Targets"},
		},
		"several": {full, func(c *Command) { c.MaxErrors, c.MaxConcurrency, c.TimeoutSeconds = "1", "1", aws.Int32(30) }, []string{"TimeoutSeconds", "MaxConcurrency", "MaxErrors"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.request.Fingerprint()
			kept, err := json.Marshal(f)
			if err != nil || strings.Contains(string(kept), "b\u00e9") {
				t.Fatalf("%v %s", err, kept)
			}
			var again Fingerprint
			if err := json.Unmarshal(kept, &again); err != nil {
				t.Fatal(err)
			}
			command := *c.request.command()
			command.Parameters = map[string][]string{}
			for name, values := range c.request.Parameters {
				command.Parameters[name] = slices.Clone(values)
			}
			c.change(&command)
			if got := again.Differences(&command); !slices.Equal(got, c.differences) || again.Matches(&command) != (c.differences == nil) {
				t.Errorf("%q, want %q", got, c.differences)
			}
		})
	}
	if a, b := full.Fingerprint(), full.Fingerprint(); a.Parameters == b.Parameters {
		t.Error("the digest of parameters is the same twice")
	}
	same := full
	if same.Parameters = map[string][]string{"commands": {"a", "b\u00e9"}}; same.key() != full.key() {
		t.Error("equal requests have different keys")
	}
}
