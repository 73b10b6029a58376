// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// prints is a rule that makes scripts print a word.
func prints(word string, rule fakeaws.Rule) fakeaws.Rule {
	rule.Steps = []fakeaws.StepResult{{StandardOutput: word}}
	return rule
}

// printed sends a command and returns its output on a node.
func printed(t *testing.T, c *ssm.Client, node string, in *ssm.SendCommandInput) string {
	t.Helper()
	id := send(t, c, in)
	time.Sleep(10 * time.Second)
	out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: &node})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.StandardOutputContent)
}

// TestRulesMatch has a rule of each kind; the first that matches applies.
func TestRulesMatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(serve(t, account(
			prints("node b", fakeaws.Rule{InstanceID: nodeB}),
			prints("comment", fakeaws.Rule{Comment: "special"}),
			prints("default", fakeaws.Rule{Parameters: map[string]string{"commands": "ls", "executionTimeout": "3600"}}),
			prints("exactly", fakeaws.Rule{Exactly: map[string][]string{"commands": {"a", "b"}}}),
			prints("across lines", fakeaws.Rule{Parameters: map[string]string{"commands": "b\nc"}}),
			prints("document", fakeaws.Rule{DocumentName: "AWS-RunPowerShellScript"}),
			prints("any", fakeaws.Rule{}),
		)))
		commands := func(lines ...string) func(*ssm.SendCommandInput) {
			return func(in *ssm.SendCommandInput) { in.Parameters = map[string][]string{"commands": lines} }
		}
		for want, in := range map[string]*ssm.SendCommandInput{
			"comment":      script(func(in *ssm.SendCommandInput) { in.Comment = aws.String("special") }),
			"default":      script(commands("ls -l")),
			"exactly":      script(commands("a", "b")),
			"across lines": script(commands("a", "b", "c")),
			"document":     script(commands("a", "c"), func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("AWS-RunPowerShellScript") }),
			"any":          script(commands("a", "c")),
		} {
			if got := printed(t, c, nodeA, in); got != want {
				t.Errorf("printed %q, want %q", got, want)
			}
		}
		if got := printed(t, c, nodeB, script(on(nodeA, nodeB), commands("ls"))); got != "node b" {
			t.Errorf("printed %q on node b", got)
		}
	})
}

// TestRulesInSequence runs a script that behaves differently each time, also if a run is cancelled
// in between.
func TestRulesInSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(serve(t, account(
			prints("third", fakeaws.Rule{Skip: 2, Times: 1}),
			prints("early", fakeaws.Rule{Times: 2}),
			prints("late", fakeaws.Rule{}),
		)))
		for i, want := range []string{"early", "early", "third", "late", "late"} {
			if got := printed(t, c, nodeA, script()); got != want {
				t.Errorf("run %d printed %q, want %q", i, got, want)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		first := lasts(60)
		first.Times = 1
		c := client(serve(t, account(first, prints("second", fakeaws.Rule{}))))
		id := send(t, c, script())
		time.Sleep(time.Second)
		cancel(t, c, id)
		time.Sleep(10 * time.Second)
		if got := invocationStatus(t, c, id, nodeA, ""); got != "Cancelled/Cancelled 137" {
			t.Errorf("first: %s", got)
		}
		if got := printed(t, c, nodeA, script()); got != "second" {
			t.Errorf("second: %q", got)
		}
	})
}

// TestRulesWithoutExecution completes invocations that do not run: those in the user guide, and one
// more.
func TestRulesWithoutExecution(t *testing.T) {
	for _, details := range []string{"Undeliverable", "InvalidPlatform", "AccessDenied", "Terminated", "Rejected"} {
		synctest.Test(t, func(t *testing.T) {
			server := serve(t, account(fakeaws.Rule{Status: "Failed", StatusDetails: details, StartDelay: 5}))
			c := client(server)
			id := send(t, c, script())
			time.Sleep(4 * time.Second)
			if got := tally(t, c, id); got != "Pending/Pending 1 0 0 0" {
				t.Errorf("%s: at first %s", details, got)
			}
			time.Sleep(time.Second)
			if got := invocationStatus(t, c, id, nodeA, ""); got != "Failed/"+details+" -1" || server.Executions(id, "") != 0 {
				t.Errorf("%s: %s, %d executions", details, got, server.Executions(id, ""))
			}
			out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: aws.String(nodeA)})
			if err != nil || out.ExecutionStartDateTime != nil || out.ExecutionElapsedTime != nil {
				t.Errorf("%s: has times: %+v, %v", details, out, err)
			}
		})
	}
}

// TestDocumentParameters sends valid and invalid parameters.
func TestDocumentParameters(t *testing.T) {
	s := account()
	s.Documents = []fakeaws.Document{{Name: "Strict", Versions: []fakeaws.DocumentVersion{{Parameters: map[string]fakeaws.DocumentParameter{
		"mode":     {Type: "String", Default: []string{"fast"}, AllowedValues: []string{"fast", "slow"}},
		"revision": {Type: "String", AllowedPattern: "[0-9a-f]{7}|HEAD"},
		"names":    {Type: "StringList", Default: []string{}, AllowedPattern: "[a-z]+"},
	}}}}}
	c := client(serve(t, s))
	for want, inputs := range map[string][]map[string][]string{
		"": {
			{"revision": {"0123abc"}}, {"revision": {"HEAD"}, "mode": {"slow"}}, {"revision": {"HEAD"}, "names": {"a", "b"}},
			{"revision": {"HEAD"}, "names": {}},
		},
		"InvalidParameters": {
			{}, {"revision": {"0123abcd"}}, {"revision": {"HEAD~"}}, {"revision": {"HEAD"}, "mode": {"Fast"}},
			{"revision": {"HEAD"}, "names": {"a", "B"}}, {"revision": {"HEAD"}, "Mode": {"fast"}},
		},
	} {
		for _, parameters := range inputs {
			_, err := c.SendCommand(t.Context(), script(document("Strict"), func(in *ssm.SendCommandInput) { in.Parameters = parameters }))
			if got := code(err); got != want {
				t.Errorf("%v: got %q, want %q", parameters, got, want)
			}
		}
	}
}

// TestDocumentVersions sends each version of a document, and each hash.
func TestDocumentVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account()
		versions := []fakeaws.DocumentVersion{
			{Hash: "one", Steps: []fakeaws.DocumentStep{{Name: "step-1"}}},
			{Hash: "two", Steps: []fakeaws.DocumentStep{{Name: "step-2"}}},
			{Steps: []fakeaws.DocumentStep{{Name: "step-3"}}},
		}
		s.Documents = []fakeaws.Document{{Name: "Own", DefaultVersion: 2, Versions: versions}}
		c := client(serve(t, s))
		for _, test := range []struct{ name, version, hash, want string }{
			{"Own", "", "", "step-2"},
			{"Own", "$DEFAULT", "two", "step-2"},
			{"Own", "$LATEST", "", "step-3"},
			{"Own", "1", "one", "step-1"},
			{"arn:aws:ssm:us-east-1:123456789012:document/Own", "3", "", "step-3"},
			{"Own", "1", "two", "InvalidDocument"},
			{"Own", "3", "one", "InvalidDocument"},
			{"Own", "4", "", "InvalidDocumentVersion"},
			{"Own", "99999999999999999999", "", "InvalidDocumentVersion"},
		} {
			in := script(document(test.name))
			if test.version != "" {
				in.DocumentVersion = &test.version
			}
			if test.hash != "" {
				in.DocumentHash = &test.hash
			}
			out, err := c.SendCommand(t.Context(), in)
			got := code(err)
			if err == nil {
				time.Sleep(time.Second)
				one, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: out.Command.CommandId, InstanceId: aws.String(nodeA)})
				if err != nil {
					t.Fatal(err)
				}
				got = aws.ToString(one.PluginName)
			}
			if got != test.want {
				t.Errorf("%+v: got %q", test, got)
			}
		}
	})
}

// TestAWSDocuments sends each document of AWS with its required parameters, and without them.
func TestAWSDocuments(t *testing.T) {
	c := client(serve(t, account()))
	for name, parameters := range map[string]map[string][]string{
		"AWS-RunShellScript":      {"commands": {"ls"}, "workingDirectory": {"/tmp"}, "executionTimeout": {"60"}},
		"AWS-RunPowerShellScript": {"commands": {"ls"}},
		"AWS-RunRemoteScript":     {"sourceType": {"S3"}, "sourceInfo": {`{"path":"https://s3.amazonaws.com/b/k"}`}, "commandLine": {"k"}},
		"AWS-RunPatchBaseline":    {"Operation": {"Scan"}, "RebootOption": {"NoReboot"}},
		"AWS-ConfigureAWSPackage": {"action": {"Install"}, "name": {"AmazonCloudWatchAgent"}},
	} {
		for _, full := range []string{name, "arn:aws:ssm:us-east-1::document/" + name} {
			if _, err := c.SendCommand(t.Context(), script(document(full), func(in *ssm.SendCommandInput) { in.Parameters = parameters })); err != nil {
				t.Errorf("%s: %v", full, err)
			}
		}
		if _, err := c.SendCommand(t.Context(), script(document(name))); code(err) != "InvalidParameters" {
			t.Errorf("%s without parameters: %v", name, err)
		}
	}
}

// TestOutputOfSentCommand reads output that is late, truncated, and complete in S3.
func TestOutputOfSentCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := strings.Repeat("x", 30000)
		server := serve(t, account(fakeaws.Rule{Steps: []fakeaws.StepResult{{StandardOutput: stream, OutputLag: 2, UploadedAfter: 3}}}))
		c := client(server)
		id := send(t, c, script(func(in *ssm.SendCommandInput) { in.OutputS3BucketName = aws.String("bucket") }))
		key := id + "/" + nodeA + "/awsrunShellScript/0.awsrunShellScript/stdout"
		read := func() int {
			out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: aws.String(nodeA)})
			if err != nil {
				t.Fatal(err)
			}
			if want := "https://s3.us-east-1.amazonaws.com/bucket/" + key; aws.ToString(out.StandardOutputUrl) != want {
				t.Errorf("URL %s, want %s", aws.ToString(out.StandardOutputUrl), want)
			}
			return len(aws.ToString(out.StandardOutputContent))
		}
		time.Sleep(time.Second)
		if got := read(); got != 0 {
			t.Errorf("%d bytes at the end of the step", got)
		}
		if _, err := readObject(t.Context(), s3Client(server), key); code(err) != "NoSuchKey" {
			t.Errorf("the object at the end of the step: %v", err)
		}
		time.Sleep(3 * time.Second)
		if got := read(); got != 24000 {
			t.Errorf("%d bytes later", got)
		}
		if got, err := readObject(t.Context(), s3Client(server), key); got != stream || err != nil {
			t.Errorf("object of %d bytes, %v", len(got), err)
		}
	})
}
