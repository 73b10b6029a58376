// SPDX-License-Identifier: MPL-2.0

package awsrecord_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest/awsrecord"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const (
	fakeAccount = "210987654321"
	fakeNode    = "i-0fedcba9876543210"
	otherNode   = "i-0aaaabbbbccccdddd"
)

// fakeSite is the fake as an account, with values that a recording must not have.
func fakeSite(t *testing.T) site {
	t.Helper()
	shell := func(part string, result fakeaws.StepResult) fakeaws.Rule {
		return fakeaws.Rule{DocumentName: "AWS-RunShellScript", Parameters: map[string]string{"commands": part}, Steps: []fakeaws.StepResult{result}}
	}
	document := awsrecord.Document
	document.Name = "terraform-provider-ssm-acc-1"
	server, err := fakeaws.New(fakeaws.Script{
		Account: fakeAccount, Documents: []fakeaws.Document{document},
		Nodes: []fakeaws.Node{
			{InstanceID: fakeNode, Tags: map[string]string{"Purpose": "acceptance"}, ComputerName: "ip-10-1-2-3.ec2.internal", IPAddress: "10.1.2.3"},
			{InstanceID: otherNode, ComputerName: "private-host"},
		},
		Commands: []fakeaws.Command{{
			CommandID: "99999999-9999-4999-8999-999999999999", SentAt: -60, Comment: "other-comment",
			Parameters: map[string][]string{"commands": {"private-parameter"}}, Invocations: []fakeaws.Invocation{{InstanceID: fakeNode}},
		}},
		Rules: []fakeaws.Rule{
			shell("hello", fakeaws.StepResult{StandardOutput: "hello\n", StandardError: "problem\n"}),
			shell("tagged", fakeaws.StepResult{StandardOutput: "tagged\n"}),
			shell("exit 7", fakeaws.StepResult{StandardOutput: "out\n", StandardError: "err\n", ExitCode: 7}),
			shell("before-cancel", fakeaws.StepResult{PartialOutput: "before-cancel\n", Duration: fakeaws.At(90)}),
			shell("head -c", fakeaws.StepResult{StandardOutput: strings.Repeat("x", 30000)}),
			{DocumentName: document.Name, Steps: []fakeaws.StepResult{
				{Name: "first", StandardOutput: "first\n"}, {Name: "second", StandardOutput: "second\n", ExitCode: 3},
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return site{
		region: "us-east-1", node: fakeNode, tagKey: "Purpose", tagValue: "acceptance", bucket: "private-bucket",
		prefix: document.Name + "-output", document: document.Name, upstream: server.Transport(),
		block: map[string]any{"access_key": "AKIAACCTESTACCTEST00", "secret_key": acctest.SecretKey, "token": acctest.SessionToken},
		ssm: ssm.New(ssm.Options{
			Region: "us-east-1", HTTPClient: &http.Client{Transport: server.Transport()},
			Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIAACCTESTACCTEST00", "secret", "")),
		}),
		secrets: []string{
			fakeAccount, "AKIAACCTESTACCTEST00", acctest.SecretKey, acctest.SessionToken, otherNode, "10.1.2.3", "ip-10-1-2-3",
			"private", "other-comment", "acceptance", "Purpose", "terraform-provider-ssm-acc",
		},
		parallel: true, recordings: t.TempDir(),
	}
}

// TestAcceptanceTests runs the tests of [TestAccAWS] against the fake, and replays the recordings.
func TestAcceptanceTests(t *testing.T) {
	t.Parallel()
	s := fakeSite(t)
	t.Run("record", func(t *testing.T) { run(t, s) }) // It ends when all of its tests have ended.
	for _, test := range cases {
		t.Run("replay "+test.name, func(t *testing.T) {
			name := filepath.Join(s.recordings, test.name+".json")
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range append(s.secrets, s.node) {
				if strings.Contains(string(content), secret) {
					t.Errorf("the recording contains %q", secret)
				}
			}
			r, err := awsrecord.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			differences, compared := awsrecord.Compare(t, r)
			if len(differences) > 0 || compared == 0 {
				t.Errorf("%d responses compared: %s", compared, strings.Join(differences, "\n"))
			}
			wantOperations(t, test.name, r)
		})
	}
	t.Run("difference", func(t *testing.T) { differ(t, filepath.Join(s.recordings, "failure.json")) })
}

// operations are operations that the recording of a test must have.
var operations = map[string][]string{
	"by_id":     {"SendCommand", "GetCommandInvocation", "ListCommandInvocations", "ListCommands", "DescribeInstanceInformation"},
	"by_tag":    {"SendCommand", "DescribeInstanceInformation"},
	"cancel":    {"SendCommand", "CancelCommand", "GetCommandInvocation"},
	"s3_output": {"SendCommand", "GetObject"},
	"not_found": {"GetCommandInvocation", "ListCommands"},
	"action":    {"SendCommand"},
}

func wantOperations(t *testing.T, name string, r awsrecord.Recording) {
	t.Helper()
	for _, operation := range operations[name] {
		if !slices.ContainsFunc(r.Exchanges, func(e awsrecord.Exchange) bool { return e.Operation == operation && e.Response != "" }) {
			t.Errorf("no response of %s was recorded", operation)
		}
	}
}

// differ changes recorded responses as if AWS had sent something else, and expects the comparison
// to name the difference.
func differ(t *testing.T, name string) {
	for change, test := range map[string]struct{ operation, from, to, want string }{
		"value":       {"GetCommandInvocation", `"DocumentVersion":"$DEFAULT"`, `"DocumentVersion":"1"`, "recorded 1"},
		"new member":  {"GetCommandInvocation", `"Comment":`, `"Brand":"new","Comment":`, "the fake has no member Brand"},
		"no member":   {"GetCommandInvocation", `"StandardErrorUrl":"",`, ``, "only the fake has the member StandardErrorUrl"},
		"type":        {"ListCommands", `"TargetCount":1`, `"TargetCount":"1"`, "recorded 1"},
		"list":        {"ListCommands", `"TriggeredAlarms":[]`, `"TriggeredAlarms":["a"]`, "TriggeredAlarms"},
		"timestamp":   {"SendCommand", `E9,`, `E8,`, "ExpiresAfter"},
		"SendCommand": {"SendCommand", `"MaxErrors":"0"`, `"MaxErrors":"1"`, "MaxErrors"},
	} {
		t.Run(change, func(t *testing.T) {
			r, err := awsrecord.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			changed := 0
			for i, e := range r.Exchanges {
				if e.Operation == test.operation && e.Status == http.StatusOK && strings.Contains(e.Response, test.from) {
					r.Exchanges[i].Response = strings.Replace(e.Response, test.from, test.to, 1)
					changed++
				}
			}
			differences, _ := awsrecord.Compare(t, r)
			if changed == 0 || !strings.Contains(strings.Join(differences, "\n"), test.want) {
				t.Errorf("%d responses changed, differences: %q", changed, differences)
			}
		})
	}
}

// TestMissing lists every variable that is missing or wrong.
func TestMissing(t *testing.T) {
	if list := missing(func(string) string { return "" }); len(list) != len(needs) {
		t.Errorf("%d variables are missing, want %d: %q", len(list), len(needs), list)
	}
	set := map[string]string{"AWS_REGION": "us-east-1", "SSM_TEST_INSTANCE_ID": fakeNode, "SSM_TEST_TAG": "Purpose=acceptance", "SSM_TEST_BUCKET": "b"}
	if list := missing(func(name string) string { return set[name] }); len(list) != 0 {
		t.Errorf("nothing is missing: %q", list)
	}
	set["SSM_TEST_TAG"], set["SSM_TEST_INSTANCE_ID"] = "Purpose", "mi-0fedcba9876543210"
	if list := missing(func(name string) string { return set[name] }); len(list) != 2 {
		t.Errorf("two are wrong: %q", list)
	}
}
