// SPDX-License-Identifier: MPL-2.0

package awsrecord_test

import (
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest/awsrecord"
)

// TestSanitizer replaces each value by its form or its member, always by the same example.
func TestSanitizer(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"account in an ARN": {
			`{"Arn":"arn:aws:ssm:us-east-1:210987654321:document/x"}`, `{"Arn":"arn:aws:ssm:us-east-1:123456789012:document/x"}`,
		},
		"principal": {
			`{"Message":"User: arn:aws:sts::210987654321:assumed-role/Admin/jane@corp.example is not authorized"}`,
			`{"Message":"User: arn:aws:sts::123456789012:assumed-role/example/session is not authorized"}`,
		},
		"the same ID twice": {
			`["5a1d7c3e-86b4-4f1f-9c7a-0e2b4d6f8a1c","i-0fedcba9876543210","5a1d7c3e-86b4-4f1f-9c7a-0e2b4d6f8a1c","i-0123456789abcdef0","i-12345678"]`,
			`["00000001-0000-4000-8000-000000000001","i-00000000000000001","00000001-0000-4000-8000-000000000001","i-00000000000000002","i-00000003"]`,
		},
		"timestamp with twelve digits": {`{"RequestedDateTime":1.790469543123E9,"N":210987654321}`, `{"RequestedDateTime":1.790469543123E9,"N":210987654321}`},
		"addresses":                    {`{"a":"10.1.2.3 and 10.1.2.4, 10.1.2.3"}`, `{"a":"192.0.2.1 and 192.0.2.2, 192.0.2.1"}`},
		"IPv6":                         {`{"a":"2600:1f18:abcd:1200::5"}`, `{"a":"2001:db8::1"}`},
		"agent version":                {`{"AgentVersion":"3.3.131.0"}`, `{"AgentVersion":"3.3.131.0"}`},
		"members":                      {`{"ComputerName":"db.corp.example","InstanceName":"","IPAddress":"10.1.2.3"}`, `{"ComputerName":"node.example.internal","InstanceName":"","IPAddress":"192.0.2.1"}`},
		"access key":                   {`{"a":"ASIAQWERTYUIOPASDFGH"}`, `{"a":"AKIAIOSFODNN7EXAMPLE"}`},
		"known values":                 {`{"OutputS3BucketName":"acme-logs","url":"https://s3.us-east-1.amazonaws.com/acme-logs/x"}`, `{"OutputS3BucketName":"example-bucket","url":"https://s3.us-east-1.amazonaws.com/example-bucket/x"}`},
		"tag":                          {`{"Targets":[{"Key":"tag:Team","Values":["blue"]}],"Comment":"blue"}`, `{"Targets":[{"Key":"tag:Example","Values":["example-value"]}],"Comment":"blue"}`},
		"names of members":             {`{"acme-logs":"acme-logs-2 acme-logs"}`, `{"acme-logs":"example-bucket-2 example-bucket"}`},
		"XML":                          {`<Error><Message>arn:aws:iam::210987654321:user/jane denied</Message></Error>`, `<Error><Message>arn:aws:iam::123456789012:assumed-role/example/session denied</Message></Error>`},
		"page token":                   {`{"NextToken":"AAEAAWgtc2VjcmV0"}`, `{"NextToken":"token"}`},
		"escaped quote":                {`{"a":"say \"210987654321\""}`, `{"a":"say \"123456789012\""}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := awsrecord.NewSanitizer(map[string]string{"acme-logs": "example-bucket", "tag:Team": "tag:Example"}, "blue")
			got := s.Body(test.body)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if again := s.Body(got); again != got {
				t.Errorf("a second pass changes it to %s", again)
			}
		})
	}
}

// TestCheck refuses recordings that still have a value of the account.
func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		response string
		fails    bool
	}{
		"examples":   {`{"a":"123456789012 00000001-0000-4000-8000-000000000001 AKIAIOSFODNN7EXAMPLE"}`, false},
		"account":    {`{"a":"arn:aws:ssm:us-east-1:210987654321:x"}`, true},
		"in XML":     {`<a>210987654321</a>`, true},
		"access key": {`{"a":"ASIAQWERTYUIOPASDFGH"}`, true},
		"secret":     {`{"a":"my-secret-value"}`, true},
	} {
		r := awsrecord.Recording{Exchanges: []awsrecord.Exchange{{Operation: "ListCommands", Response: test.response}}}
		if err := r.Check("my-secret-value"); (err != nil) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}
