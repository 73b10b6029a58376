// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestSendCommandResponse compares byte for byte with the recorded response to a SendCommand that
// named one node.
func TestSendCommandResponse(t *testing.T) {
	const want = `{"Command":{"AlarmConfiguration":{"Alarms":[],"IgnorePollAlarmFailure":false},` +
		`"CloudWatchOutputConfig":{"CloudWatchLogGroupName":"","CloudWatchOutputEnabled":false},` +
		`"CommandId":"ID","Comment":"","CompletedCount":0,"DeliveryTimedOutCount":0,` +
		`"DocumentName":"AWS-RunShellScript","DocumentVersion":"$DEFAULT","ErrorCount":0,"ExpiresAfter":1.79046969303E9,` +
		`"InstanceIds":["i-07314399f3cb98a84"],"MaxConcurrency":"50","MaxErrors":"0",` +
		`"NotificationConfig":{"NotificationArn":"","NotificationEvents":[],"NotificationType":""},` +
		`"OutputS3BucketName":"","OutputS3KeyPrefix":"","OutputS3Region":"us-east-1",` +
		`"Parameters":{"commands":["printf 'before-cancel\\n'; sleep 90; printf 'must-not-complete\\n'"],"executionTimeout":["120"]},` +
		`"RequestedDateTime":1.79046954303E9,"ServiceRole":"","Status":"Pending","StatusDetails":"Pending","TargetCount":1,` +
		`"Targets":[],"TimeoutSeconds":30,"TriggeredAlarms":[]}}`
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, fakeaws.Script{Nodes: []fakeaws.Node{{InstanceID: "i-07314399f3cb98a84"}}})
		time.Sleep(time.Until(time.Date(2026, 9, 27, 0, 39, 3, 30e6, time.UTC)))
		_, body := post(t, server, "SendCommand", `{"DocumentName":"AWS-RunShellScript","InstanceIds":["i-07314399f3cb98a84"],"TimeoutSeconds":30,`+
			`"Parameters":{"executionTimeout":["120"],"commands":["printf 'before-cancel\\n'; sleep 90; printf 'must-not-complete\\n'"]}}`)
		id := regexp.MustCompile(`"CommandId":"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"`).FindStringSubmatch(body)
		if id == nil {
			t.Fatalf("no UUID in %s", body)
		}
		if got := strings.Replace(body, id[1], "ID", 1); got != want {
			t.Errorf("body\n got %s\nwant %s", got, want)
		}
	})
}

// TestRecordedInvocations sends commands whose responses were recorded from the service, and
// compares their invocations with the recordings byte for byte.
func TestRecordedInvocations(t *testing.T) {
	run := func(result fakeaws.StepResult) []fakeaws.Rule {
		return []fakeaws.Rule{{StartDelay: 0.25, Steps: []fakeaws.StepResult{result}}}
	}
	timeouts := func(delivery int32, execution string) func(*ssm.SendCommandInput) {
		return func(in *ssm.SendCommandInput) {
			in.TimeoutSeconds = &delivery
			in.Parameters["executionTimeout"] = []string{execution}
		}
	}
	dead := []fakeaws.Span{{From: 0}}
	tests := map[string]struct {
		offline  []fakeaws.Span
		rules    []fakeaws.Rule
		input    func(*ssm.SendCommandInput)
		started  string
		cancelAt fakeaws.Seconds // From the send time.
		at       fakeaws.Seconds
	}{
		"in_progress": {rules: run(fakeaws.StepResult{Duration: fakeaws.At(90)}), at: 1},
		"cancelled": {
			rules:   run(fakeaws.StepResult{Duration: fakeaws.At(90), PartialOutput: "before-cancel\n"}),
			started: "2026-09-27T00:39:03.291Z", cancelAt: 0.732, at: 4,
		},
		"delayed":            {offline: dead, at: 3.1},
		"delivery_timed_out": {offline: dead, input: timeouts(30, "10"), at: 53},
		"failed": {
			rules:   run(fakeaws.StepResult{Duration: fakeaws.At(0.003), StandardOutput: "failed-stdout\n", StandardError: "failed-stderr\n", ExitCode: 7}),
			started: "2026-09-27T00:38:36.934Z", at: 3,
		},
		// An executionTimeout of 2 seconds is accepted, and the agent uses an hour.
		"whole_seconds": {
			rules:   run(fakeaws.StepResult{Duration: fakeaws.At(20.048), StandardOutput: "before-timeout\nmust-not-complete\n"}),
			input:   timeouts(30, "2"),
			started: "2026-09-27T00:38:40.698Z", at: 21,
		},
		"success_s3_cloudwatch": {
			rules: run(fakeaws.StepResult{
				Duration: fakeaws.At(3.175), StandardError: "native-stderr\n",
				StandardOutput: "SSM Agent version: 3.3.5226.0\ndb3a7b1b-83b5-42db-80c3-9ff319d0818c\nnative-stdout\n" +
					"uid=0(root) gid=0(root) groups=0(root) context=system_u:system_r:unconfined_service_t:s0\n",
			}),
			input: func(in *ssm.SendCommandInput) {
				in.OutputS3BucketName, in.OutputS3KeyPrefix = aws.String("example-bucket"), aws.String("run-command")
				in.CloudWatchOutputConfig = &types.CloudWatchOutputConfig{CloudWatchLogGroupName: aws.String("/example/ssm"), CloudWatchOutputEnabled: true}
			},
			started: "2026-09-27T00:38:21.786Z", at: 10,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			recorded, err := os.ReadFile(filepath.Join("testdata", "recorded", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var ids struct{ CommandID, InstanceID string }
			if err := json.Unmarshal(recorded, &ids); err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				server := serve(t, fakeaws.Script{
					Nodes: []fakeaws.Node{{InstanceID: ids.InstanceID, Offline: test.offline}}, Rules: test.rules,
				})
				if test.started != "" {
					time.Sleep(since(t, time.Now(), test.started).Duration() - 250*time.Millisecond)
				}
				in := script(on(ids.InstanceID))
				if test.input != nil {
					test.input(in)
				}
				c := client(server)
				sent := time.Now()
				id := send(t, c, in)
				if test.cancelAt > 0 {
					time.Sleep(test.cancelAt.Duration())
					if _, err := c.CancelCommand(t.Context(), &ssm.CancelCommandInput{CommandId: &id}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Until(sent.Add(test.at.Duration())))
				_, body := post(t, server, "GetCommandInvocation", `{"CommandId":"`+id+`","InstanceId":"`+ids.InstanceID+`"}`)
				want := canonical(t, strings.ReplaceAll(string(recorded), ids.CommandID, id))
				if body != want {
					t.Errorf("body\n got %s\nwant %s", body, want)
				}
			})
		})
	}
}

// TestExpiresAfter computes the recorded differences between ExpiresAfter and RequestedDateTime.
func TestExpiresAfter(t *testing.T) {
	documents := []fakeaws.Document{
		{Name: "Fixed", Versions: []fakeaws.DocumentVersion{{Steps: []fakeaws.DocumentStep{
			{Name: "first", TimeoutSeconds: "10"}, {Name: "second", TimeoutSeconds: "20"},
		}}}},
		{Name: "Fixed-1.2", Versions: []fakeaws.DocumentVersion{{SchemaVersion: "1.2", Steps: []fakeaws.DocumentStep{
			{Action: "aws:runShellScript", TimeoutSeconds: "10"}, {Action: "aws:runPowerShellScript", TimeoutSeconds: "20"},
		}}}},
		{Name: "One-Parameter", Versions: []fakeaws.DocumentVersion{{
			Parameters: map[string]fakeaws.DocumentParameter{"executionTimeout": {Type: "String", Default: []string{"600"}}},
			Steps: []fakeaws.DocumentStep{
				{Name: "first", TimeoutSeconds: "{{ executionTimeout }}"}, {Name: "second", TimeoutSeconds: "{{executionTimeout}}"},
			},
		}}},
	}
	for _, test := range []struct {
		document, executionTimeout string
		want                       time.Duration
	}{
		{"AWS-RunShellScript", "2", 32 * time.Second},
		{"AWS-RunShellScript", "5", 35 * time.Second},
		{"AWS-RunShellScript", "31", 61 * time.Second},
		{"AWS-RunShellScript", "120", 150 * time.Second},
		{"AWS-RunShellScript", "0", 3630 * time.Second},
		{"AWS-RunShellScript", "", 3630 * time.Second},
		{"Fixed", "", 60 * time.Second},
		{"Fixed-1.2", "", 40 * time.Second},
		{"One-Parameter", "60", 90 * time.Second},
		{"One-Parameter", "", 3630 * time.Second}, // Regardless of its default.
	} {
		s := account()
		s.Documents = documents
		in := script()
		in.DocumentName, in.TimeoutSeconds = &test.document, aws.Int32(30)
		if test.document != "AWS-RunShellScript" {
			in.Parameters = map[string][]string{}
		}
		if test.executionTimeout != "" {
			in.Parameters["executionTimeout"] = []string{test.executionTimeout}
		}
		out, err := client(serve(t, s)).SendCommand(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Command.ExpiresAfter.Sub(*out.Command.RequestedDateTime); got != test.want {
			t.Errorf("%s with executionTimeout %q expires after %v, want %v", test.document, test.executionTimeout, got, test.want)
		}
	}
}

// TestSendCommandMembers sends every member, and checks it in the responses of SendCommand and
// ListCommands.
func TestSendCommandMembers(t *testing.T) {
	s := account()
	s.Documents = []fakeaws.Document{{Name: "Shared", Owner: "210987654321", Versions: make([]fakeaws.DocumentVersion, 2)}}
	s.Documents[0].Versions[1] = fakeaws.DocumentVersion{
		Hash: strings.Repeat("a", 64), Parameters: map[string]fakeaws.DocumentParameter{"mode": {Type: "String"}},
	}
	in := &ssm.SendCommandInput{
		DocumentName:    aws.String("arn:aws:ssm:us-east-1:210987654321:document/Shared"),
		DocumentVersion: aws.String("2"), DocumentHash: aws.String(strings.Repeat("a", 64)), DocumentHashType: types.DocumentHashTypeSha256,
		InstanceIds: []string{nodeA, nodeB}, Comment: aws.String("a comment"), TimeoutSeconds: aws.Int32(60),
		Parameters:     map[string][]string{"mode": {"fast"}},
		MaxConcurrency: aws.String("10%"), MaxErrors: aws.String("0%"),
		OutputS3BucketName: aws.String("bucket"), OutputS3KeyPrefix: aws.String("prefix"), OutputS3Region: aws.String("eu-west-1"),
		ServiceRoleArn: aws.String("arn:aws:iam::123456789012:role/notify"),
		NotificationConfig: &types.NotificationConfig{
			NotificationArn:    aws.String("arn:aws:sns:us-east-1:123456789012:done"),
			NotificationEvents: []types.NotificationEvent{types.NotificationEventFailed}, NotificationType: types.NotificationTypeInvocation,
		},
		CloudWatchOutputConfig: &types.CloudWatchOutputConfig{CloudWatchLogGroupName: aws.String("group"), CloudWatchOutputEnabled: true},
		AlarmConfiguration:     &types.AlarmConfiguration{Alarms: []types.Alarm{{Name: aws.String("too-hot")}}, IgnorePollAlarmFailure: true},
	}
	server := serve(t, s)
	c := client(server)
	out, err := c.SendCommand(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.ListCommands(t.Context(), &ssm.ListCommandsInput{})
	if err != nil || len(list.Commands) != 1 {
		t.Fatalf("%d commands, %v", len(list.Commands), err)
	}
	for from, m := range map[string]types.Command{"SendCommand": *out.Command, "ListCommands": list.Commands[0]} {
		if aws.ToString(m.DocumentName) != "Shared" || aws.ToString(m.DocumentVersion) != "2" || aws.ToString(m.Comment) != "a comment" ||
			aws.ToInt32(m.TimeoutSeconds) != 60 || !slices.Equal(m.Parameters["mode"], []string{"fast"}) || len(m.InstanceIds) != 2 ||
			aws.ToString(m.MaxConcurrency) != "10%" || aws.ToString(m.MaxErrors) != "0%" || aws.ToString(m.OutputS3BucketName) != "bucket" ||
			aws.ToString(m.OutputS3KeyPrefix) != "prefix" || aws.ToString(m.OutputS3Region) != "us-east-1" ||
			aws.ToString(m.ServiceRole) != "arn:aws:iam::123456789012:role/notify" ||
			aws.ToString(m.NotificationConfig.NotificationArn) != "arn:aws:sns:us-east-1:123456789012:done" ||
			!slices.Equal(m.NotificationConfig.NotificationEvents, []types.NotificationEvent{"Failed"}) || m.NotificationConfig.NotificationType != "Invocation" ||
			aws.ToString(m.CloudWatchOutputConfig.CloudWatchLogGroupName) != "group" || !m.CloudWatchOutputConfig.CloudWatchOutputEnabled ||
			aws.ToString(m.AlarmConfiguration.Alarms[0].Name) != "too-hot" || !m.AlarmConfiguration.IgnorePollAlarmFailure || m.TargetCount != 2 {
			t.Errorf("%s: %+v", from, m)
		}
	}
	sends := server.Sends()
	if len(sends) != 1 || sends[0].Command.CommandID != *out.Command.CommandId || sends[0].Command.Comment != "a comment" {
		t.Errorf("sends %+v", sends)
	}
	got := server.Requests()[0]
	if got.Sent != *out.Command.CommandId || !slices.Equal(got.InstanceIDs, in.InstanceIds) || got.DocumentName != *in.DocumentName || got.Comment != "a comment" {
		t.Errorf("recorded %+v", got)
	}
}

// is reports whether an error is of a type of the SDK.
func is[T error](err error) bool { _, ok := asError[T](err); return ok }

// TestSendCommandErrors checks each error by the SDK's type, and that nothing is sent.
func TestSendCommandErrors(t *testing.T) {
	set := func(change func(*ssm.SendCommandInput)) *ssm.SendCommandInput { return script(change) }
	parameters := func(p map[string][]string) *ssm.SendCommandInput {
		return set(func(in *ssm.SendCommandInput) { in.Parameters = p })
	}
	targets := func(targets ...types.Target) *ssm.SendCommandInput {
		return set(func(in *ssm.SendCommandInput) { in.InstanceIds, in.Targets = nil, targets })
	}
	target := func(key string, values ...string) types.Target { return types.Target{Key: &key, Values: values} }
	many := func(n int) (ids []string) {
		for i := range n {
			ids = append(ids, "i-"+strings.Repeat("0", 15)+string(rune('a'+i/26))+string(rune('a'+i%26)))
		}
		return ids
	}
	const (
		atLeast = " failed to satisfy constraint: Member must have value greater than or equal to "
		atMost  = " failed to satisfy constraint: Member must have value less than or equal to "
		length  = " failed to satisfy constraint: Member must have length less than or equal to "
		pattern = " failed to satisfy constraint: Member must satisfy regular expression pattern: "
		denied  = "User: arn:aws:iam::123456789012:user/fake is not authorized to perform: ssm:SendCommand on resource: "
		because = " because no identity-based policy allows the ssm:SendCommand action"
	)
	tests := map[string]struct {
		in      *ssm.SendCommandInput
		typed   func(error) bool
		message string // A message that begins with a quote follows "1 validation error detected: Value ".
	}{
		"timeout too short": {set(func(in *ssm.SendCommandInput) { in.TimeoutSeconds = aws.Int32(1) }), is[*types.ValidationException], "'1' at 'timeoutSeconds'" + atLeast + "30"},
		"timeout too long":  {set(func(in *ssm.SendCommandInput) { in.TimeoutSeconds = aws.Int32(2592001) }), is[*types.ValidationException], "'2592001' at 'timeoutSeconds'" + atMost + "2592000"},
		"no concurrency":    {set(func(in *ssm.SendCommandInput) { in.MaxConcurrency = aws.String("0") }), is[*types.ValidationException], "'0' at 'maxConcurrency'" + pattern + "^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$"},
		"concurrency 101%":  {set(func(in *ssm.SendCommandInput) { in.MaxConcurrency = aws.String("101%") }), is[*types.ValidationException], "'101%' at 'maxConcurrency'" + pattern + "^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$"},
		"negative errors":   {set(func(in *ssm.SendCommandInput) { in.MaxErrors = aws.String("-1") }), is[*types.ValidationException], "'-1' at 'maxErrors'" + pattern + "^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$"},
		"errors 101%":       {set(func(in *ssm.SendCommandInput) { in.MaxErrors = aws.String("101%") }), is[*types.ValidationException], "'101%' at 'maxErrors'" + pattern + "^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$"},
		"long comment":      {set(func(in *ssm.SendCommandInput) { in.Comment = aws.String(strings.Repeat("ä", 101)) }), is[*types.ValidationException], "'" + strings.Repeat("ä", 101) + "' at 'comment'" + length + "100"},
		"document name":     {set(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("a b") }), is[*types.ValidationException], `'a b' at 'documentName'` + pattern + `^[a-zA-Z0-9_\-.:/]{3,128}$`},
		"version":           {set(func(in *ssm.SendCommandInput) { in.DocumentVersion = aws.String("0") }), is[*types.ValidationException], `'0' at 'documentVersion'` + pattern + `([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)`},
		"hash type":         {set(func(in *ssm.SendCommandInput) { in.DocumentHashType = "MD5" }), is[*types.ValidationException], "'MD5' at 'documentHashType' failed to satisfy constraint: Member must satisfy enum value set: [Sha256, Sha1]"},
		"bucket":            {set(func(in *ssm.SendCommandInput) { in.OutputS3BucketName = aws.String("ab") }), is[*types.ValidationException], "'ab' at 'outputS3BucketName' failed to satisfy constraint: Member must have length greater than or equal to 3"},
		"instance ID":       {script(on("i-1")), is[*types.ValidationException], `'[i-1]' at 'instanceIds' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy regular expression pattern: (^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)]`},
		"51 nodes":          {script(on(many(51)...)), is[*types.ValidationException], "'[" + strings.Join(many(51), ", ") + "]' at 'instanceIds'" + length + "50"},
		"six targets":       {targets(target("tag:a"), target("tag:b"), target("tag:c"), target("tag:d"), target("tag:e"), target("tag:f")), is[*types.ValidationException], "at 'targets'" + length + "5"},
		"target key":        {targets(target("tag:a!", "x")), is[*types.ValidationException], `'tag:a!' at 'targets.1.member.key'` + pattern + `^[\p{L}\p{Z}\p{N}_.:/=\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name`},
		"two alarms": {set(func(in *ssm.SendCommandInput) {
			in.AlarmConfiguration = &types.AlarmConfiguration{Alarms: []types.Alarm{{Name: aws.String("a")}, {Name: aws.String("b")}}}
		}), is[*types.ValidationException], "at 'alarmConfiguration.alarms'" + length + "1"},
		"event": {set(func(in *ssm.SendCommandInput) {
			in.NotificationConfig = &types.NotificationConfig{NotificationEvents: []types.NotificationEvent{"Pending"}}
		}), is[*types.ValidationException], "'Pending' at 'notificationConfig.notificationEvents' failed to satisfy constraint: Member must satisfy enum value set: [All, InProgress, Success, TimedOut, Cancelled, Failed]"},

		"nothing to send to": {script(on()), is[*types.ValidationException], "Instance IDs or targets must be specified."},
		"nodes and group": {set(func(in *ssm.SendCommandInput) { in.Targets = []types.Target{target("resource-groups:Name", "g")} }), is[*types.ValidationException],
			"Instance IDs and a target resource group can’t be specified together in the same command. Remove one target type, and try again."},
		"tag and group": {targets(target("resource-groups:Name", "g"), target("tag:a", "b")), is[*types.ValidationException],
			"A tag-key name or tag key-value pair can’t be specified together in the same command as a resource group target. Remove one target type, and try again."},
		"two groups": {targets(target("resource-groups:Name", "g", "h")), is[*types.ValidationException],
			"Multiple resource key values are not supported for resource group targets. Remove all but one value, and try again."},
		"key twice":     {targets(target("tag:a", "b"), target("tag:a", "c")), is[*types.ValidationException], "Duplicate keys are not supported for targets. Remove the duplicate key, and try again."},
		"nodes and tag": {set(func(in *ssm.SendCommandInput) { in.Targets = []types.Target{target("tag:a", "b")} }), is[*types.ValidationException], "Instance IDs and targets can't be specified together in the same command."},
		"other key":     {targets(target("color", "green")), is[*types.ValidationException], "A target key is not supported."},

		"denied document": {set(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("Denied") }), is[*types.AccessDeniedException],
			denied + "arn:aws:ssm:us-east-1:123456789012:document/Denied" + because},
		"denied instance": {script(on("i-0ddddddddddddddd0")), is[*types.AccessDeniedException],
			denied + "arn:aws:ec2:us-east-1:123456789012:instance/i-0ddddddddddddddd0" + because},
		"denied non-EC2 node": {script(on("mi-0ddddddddddddddd0")), is[*types.AccessDeniedException],
			denied + "arn:aws:ssm:us-east-1:123456789012:managed-instance/mi-0ddddddddddddddd0" + because},

		"no document": {set(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("Missing") }), is[*types.InvalidDocument], ""},
		"other region": {set(func(in *ssm.SendCommandInput) {
			in.DocumentName = aws.String("arn:aws:ssm:eu-west-1::document/AWS-RunShellScript")
		}), is[*types.InvalidDocument], ""},
		"not shared":       {set(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("Shared") }), is[*types.InvalidDocument], ""},
		"being created":    {set(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("Young") }), is[*types.InvalidDocument], ""},
		"deleted":          {set(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("Deleted") }), is[*types.InvalidDocument], ""},
		"automation":       {set(func(in *ssm.SendCommandInput) { in.DocumentName = aws.String("Automation") }), is[*types.InvalidDocument], ""},
		"hash":             {set(func(in *ssm.SendCommandInput) { in.DocumentHash = aws.String("00") }), is[*types.InvalidDocument], ""},
		"no version":       {set(func(in *ssm.SendCommandInput) { in.DocumentVersion = aws.String("2") }), is[*types.InvalidDocumentVersion], ""},
		"required":         {parameters(nil), is[*types.InvalidParameters], "Parameters provided in document are invalid or not supported."},
		"unknown":          {parameters(map[string][]string{"commands": {"x"}, "Commands": {"x"}}), is[*types.InvalidParameters], "Parameters provided in document are invalid or not supported."},
		"size":             {parameters(map[string][]string{"commands": {strings.Repeat("x", 100000)}}), is[*types.MaxDocumentSizeExceeded], "The document with its parameters is larger than 97KB."},
		"twice":            {script(on(nodeA, nodeA)), is[*types.DuplicateInstanceId], ""},
		"unregistered":     {script(on(nodeA, "i-0fffffffffffffff0")), is[*types.InvalidInstanceId], "Instances not in a valid state for account"},
		"stopped":          {script(on("i-0ddddddddddddddd1")), is[*types.InvalidInstanceId], "Instances not in a valid state for account"},
		"not yet":          {script(on("i-0ddddddddddddddd2")), is[*types.InvalidInstanceId], "Instances not in a valid state for account"},
		"terminated":       {script(on("i-0ddddddddddddddd3")), is[*types.InvalidInstanceId], "Instances not in a valid state for account"},
		"in other region":  {script(on("i-0ddddddddddddddd4")), is[*types.InvalidInstanceId], "Instances not in a valid state for account"},
		"shell on Windows": {script(on(nodeA, nodeC)), is[*types.UnsupportedPlatformType], "Document AWS-RunShellScript does not support platform type Windows."},
		"missing bucket":   {set(func(in *ssm.SendCommandInput) { in.OutputS3BucketName = aws.String("missing") }), is[*types.InvalidOutputFolder], ""},
		"role":             {set(func(in *ssm.SendCommandInput) { in.ServiceRoleArn = aws.String("notify") }), is[*types.InvalidRole], "The role is not valid."},
		"topic": {set(func(in *ssm.SendCommandInput) {
			in.NotificationConfig = &types.NotificationConfig{NotificationArn: aws.String("done")}
		}), is[*types.InvalidNotificationConfig], "The notification configuration is not valid."},
	}
	s := account()
	s.Regions = []string{"us-east-1", "eu-west-1"}
	s.Nodes = append(s.Nodes,
		fakeaws.Node{InstanceID: "i-0ddddddddddddddd0", SendDenied: true},
		fakeaws.Node{InstanceID: "mi-0ddddddddddddddd0", SendDenied: true},
		fakeaws.Node{InstanceID: "i-0ddddddddddddddd1", Stopped: []fakeaws.Span{{From: -10}}},
		fakeaws.Node{InstanceID: "i-0ddddddddddddddd2", RegisteredAt: fakeaws.At(3600)},
		fakeaws.Node{InstanceID: "i-0ddddddddddddddd3", DeregisteredAt: fakeaws.At(-10)},
		fakeaws.Node{InstanceID: "i-0ddddddddddddddd4", Region: "eu-west-1"},
	)
	versions := []fakeaws.DocumentVersion{{Parameters: map[string]fakeaws.DocumentParameter{"commands": {Type: "StringList"}}}}
	s.Documents = []fakeaws.Document{
		{Name: "Denied", SendDenied: true, Versions: versions},
		{Name: "Shared", Owner: "210987654321", Versions: versions},
		{Name: "Young", ActiveAt: fakeaws.At(3600), Versions: versions},
		{Name: "Deleted", DeletedAt: fakeaws.At(-10), Versions: versions},
		{Name: "Automation", Type: "Automation", Versions: versions},
	}
	s.Behavior.MissingBuckets = []string{"missing"}
	server := serve(t, s)
	c := client(server)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.SendCommand(t.Context(), test.in)
			if !test.typed(err) {
				t.Fatalf("error %T: %v", err, err)
			}
			want := test.message
			if strings.HasPrefix(want, "'") || strings.HasPrefix(want, "at ") {
				want = "1 validation error detected: Value " + want
			}
			if got := message(err); got != want {
				t.Errorf("message\n got %s\nwant %s", got, want)
			}
		})
	}
	if sends := server.Sends(); len(sends) != 0 {
		t.Errorf("%d commands were sent", len(sends))
	}
	if _, err := c.SendCommand(t.Context(), script()); err != nil {
		t.Errorf("the unchanged input: %v", err)
	}
}

// TestOrderOfChecks starts with a request with all mistakes, and fixes one after the other.
func TestOrderOfChecks(t *testing.T) {
	s := account()
	s.Behavior.MissingBuckets = []string{"missing"}
	s.Documents = []fakeaws.Document{{Name: "Own", Versions: []fakeaws.DocumentVersion{{
		PlatformTypes: []string{"Windows"}, Parameters: map[string]fakeaws.DocumentParameter{"p": {Type: "String"}},
	}}}}
	server := serve(t, s)
	in := &ssm.SendCommandInput{
		DocumentName: aws.String("Missing"), DocumentVersion: aws.String("9"), TimeoutSeconds: aws.Int32(1),
		InstanceIds: []string{nodeA, nodeA, "i-0fffffffffffffff0"}, OutputS3BucketName: aws.String("missing"),
		ServiceRoleArn: aws.String("x"), NotificationConfig: &types.NotificationConfig{},
	}
	for _, step := range []struct {
		want   string
		repair func()
	}{
		{"ValidationException", func() { in.TimeoutSeconds = nil }},
		{"InvalidDocument", func() { in.DocumentName = aws.String("Own") }},
		{"InvalidDocumentVersion", func() { in.DocumentVersion = nil }},
		{"InvalidParameters", func() { in.Parameters = map[string][]string{"p": {"x"}} }},
		{"DuplicateInstanceId", func() { in.InstanceIds = []string{nodeA, "i-0fffffffffffffff0"} }},
		{"InvalidInstanceId", func() { in.InstanceIds = []string{nodeA} }},
		{"UnsupportedPlatformType", func() { in.InstanceIds = []string{nodeC} }},
		{"InvalidOutputFolder", func() { in.OutputS3BucketName = nil }},
		{"InvalidRole", func() { in.ServiceRoleArn = nil }},
		{"InvalidNotificationConfig", func() { in.NotificationConfig = nil }},
		{"", func() {}},
	} {
		_, err := client(server).SendCommand(t.Context(), in)
		if got := code(err); got != step.want {
			t.Fatalf("got %q, want %q (%v)", got, step.want, err)
		}
		step.repair()
	}
}

// TestUnknownMembers sends invalid requests as raw text, because the SDK cannot write them.
func TestUnknownMembers(t *testing.T) {
	server := serve(t, account())
	for operation, bodies := range map[string][]string{
		"SendCommand": {
			`{"DocumentName":"AWS-RunShellScript","InstanceIds":["` + nodeA + `"],"ClientToken":"x"}`,
			`{"documentName":"AWS-RunShellScript","InstanceIds":["` + nodeA + `"]}`,
			`{"DocumentName":"AWS-RunShellScript","Targets":[{"Key":"tag:a","Value":["b"]}]}`,
			`{"DocumentName":"AWS-RunShellScript","Parameters":{"commands":"x"}}`,
		},
		"CancelCommand":               {`{"CommandId":"` + commandA + `","Force":true}`},
		"DescribeInstanceInformation": {`{"MaxItems":5}`, `{"Filters":[{"Key":"InstanceIds","Value":"x"}]}`},
		"GetConnectionStatus":         {`{"InstanceId":"` + nodeA + `"}`},
	} {
		for _, body := range bodies {
			if _, got := post(t, server, operation, body); !strings.HasPrefix(got, `{"__type":"SerializationException"`) {
				t.Errorf("%s %s\n got %s", operation, body, got)
			}
		}
	}
}

// TestScriptWithoutNodes checks that a script without nodes does not support sending, so that a
// test of reading fails if it sends anything.
func TestScriptWithoutNodes(t *testing.T) {
	s := fakeaws.Script{Commands: []fakeaws.Command{{CommandID: commandA, Invocations: []fakeaws.Invocation{{InstanceID: nodeA}}}}}
	for _, operation := range []string{"SendCommand", "CancelCommand", "DescribeInstanceInformation", "GetConnectionStatus"} {
		if _, body := post(t, serve(t, s), operation, `{}`); body != `{"__type":"UnknownOperationException"}` {
			t.Errorf("%s: %s", operation, body)
		}
	}
	loaded, err := fakeaws.LoadScript(strings.NewReader(`{"nodes":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, body := post(t, serve(t, loaded), "DescribeInstanceInformation", `{}`); body != `{"InstanceInformationList":[]}` {
		t.Errorf("an account without nodes: %s", body)
	}
	if _, err := client(serve(t, loaded)).SendCommand(t.Context(), script()); code(err) != "InvalidInstanceId" {
		t.Errorf("an account without nodes: %v", err)
	}
}

// TestTargets sends by tag, group, and list: the command has no nodes at first, and gets them
// later.
func TestTargets(t *testing.T) {
	target := func(key string, values ...string) types.Target { return types.Target{Key: &key, Values: values} }
	for name, test := range map[string]struct {
		targets []types.Target
		want    string // Nodes by the last letters of their IDs.
	}{
		"tag":              {[]types.Target{target("tag:Role", "web")}, "a c"},
		"one of two":       {[]types.Target{target("tag:Role", "db", "web")}, "a b c"},
		"both":             {[]types.Target{target("tag:Role", "web"), target("tag:Stage", "test")}, "a"},
		"key of a tag":     {[]types.Target{target("tag-key", "Stage", "Other")}, "a"},
		"nodes":            {[]types.Target{target("InstanceIds", nodeB, "i-0fffffffffffffff0")}, "b"},
		"group":            {[]types.Target{target("resource-groups:Name", "databases")}, "b"},
		"types of a group": {[]types.Target{target("resource-groups:ResourceTypeFilters", "AWS::SSM::ManagedInstance")}, "c"},
		"nothing":          {[]types.Target{target("tag:Role", "cache")}, ""},
		"no such value":    {[]types.Target{target("tag:Role")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := serve(t, account())
				c := client(server)
				in := script(tagged("", ""))
				in.Targets = test.targets
				out, err := c.SendCommand(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				id := *out.Command.CommandId
				if out.Command.TargetCount != 0 || len(out.Command.InstanceIds) != 0 || len(out.Command.Targets) != len(test.targets) {
					t.Errorf("response %+v", out.Command)
				}
				time.Sleep(2 * time.Second)
				if got := tally(t, c, id) + "|" + invocations(t, c, id); got != "Pending/Pending 0 0 0 0|" {
					t.Errorf("before: %s", got)
				}
				time.Sleep(5 * time.Second)
				n := len(strings.Fields(test.want))
				want := strings.ReplaceAll("Success/Success N N 0 0", "N", string(rune('0'+n)))
				if n == 0 {
					want = "Success/NoInstancesInTag 0 0 0 0"
				}
				if got := tally(t, c, id) + "|" + invocations(t, c, id); got != want+"|"+test.want {
					t.Errorf("after: %s, want %s|%s", got, want, test.want)
				}
				if got := server.Executions(id, ""); got != n {
					t.Errorf("%d executions, want %d", got, n)
				}
			})
		})
	}
}

// invocations are the nodes in ListCommandInvocations, by the last letters of their IDs.
func invocations(t *testing.T, c *ssm.Client, id string) string {
	t.Helper()
	out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{CommandId: &id})
	if err != nil {
		t.Fatal(err)
	}
	var nodes []string
	for _, i := range out.CommandInvocations {
		nodes = append(nodes, (*i.InstanceId)[len(*i.InstanceId)-1:])
	}
	return strings.Join(nodes, " ")
}

// TestTargetsAreResolvedLater sends by tag to nodes that appear and disappear before the service
// resolves the targets.
func TestTargetsAreResolvedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account()
		s.Behavior.ResolvedAfter = fakeaws.At(20)
		s.Nodes[0].RegisteredAt = fakeaws.At(19)
		s.Nodes[2].DeregisteredAt = fakeaws.At(19)
		s.Nodes = append(s.Nodes, fakeaws.Node{InstanceID: "i-0ddddddddddddddd0", RegisteredAt: fakeaws.At(21), Tags: s.Nodes[0].Tags})
		c := client(serve(t, s))
		id := send(t, c, script(tagged("Role", "web")))
		time.Sleep(30 * time.Second)
		if got := tally(t, c, id) + "|" + invocations(t, c, id); got != "Success/Success 1 1 0 0|a" {
			t.Error(got)
		}
	})
}

// TestTargetsThatCannotRun sends by tag to nodes that SendCommand would reject by name.
func TestTargetsThatCannotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account()
		s.Nodes[0].SendDenied = true
		server := serve(t, s)
		c := client(server)
		in := script(tagged("Role", "web"))
		in.DocumentName = aws.String("AWS-RunShellScript")
		id := send(t, c, in)
		time.Sleep(10 * time.Second)
		if got := invocationStatus(t, c, id, nodeA, ""); got != "Failed/AccessDenied -1" {
			t.Errorf("node without permission: %s", got)
		}
		if got := invocationStatus(t, c, id, nodeC, ""); got != "Failed/InvalidPlatform -1" {
			t.Errorf("node of another platform: %s", got)
		}
		if got := server.Executions(id, ""); got != 0 {
			t.Errorf("%d executions", got)
		}
	})
}

// TestVisibility reads a command before each operation returns it.
func TestVisibility(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account()
		s.Behavior = fakeaws.Behavior{VisibleAfter: 2, ListedAfter: fakeaws.At(4), CommandListedAfter: 6, ForgottenAfter: fakeaws.At(60)}
		c := client(serve(t, s))
		id := send(t, c, script())
		cancel := func() string {
			_, err := c.CancelCommand(t.Context(), &ssm.CancelCommandInput{CommandId: &id})
			return code(err)
		}
		all := func() string {
			return strings.Join([]string{invocationStatus(t, c, id, nodeA, ""), invocations(t, c, id), tally(t, c, id), cancel()}, "|")
		}
		for _, step := range []struct {
			wait fakeaws.Seconds
			want string
		}{
			{0, "InvocationDoesNotExist|||InvalidCommandId"},
			{2, "Success/Success 0|||InvalidCommandId"},
			{2, "Success/Success 0|a||InvalidCommandId"},
			{2, "Success/Success 0|a|Success/Success 1 1 0 0|"},
			{54, "InvocationDoesNotExist|||InvalidCommandId"},
		} {
			time.Sleep(step.wait.Duration())
			if got := all(); got != step.want {
				t.Errorf("%v s later: %s, want %s", step.wait, got, step.want)
			}
		}
	})
}

// TestSendWhilePaging sends a command in the middle of a list: it neither repeats nor hides
// another.
func TestSendWhilePaging(t *testing.T) {
	c := client(serve(t, account()))
	var sent, read []string
	for range 5 {
		sent = append(sent, send(t, c, script()))
	}
	slices.Reverse(sent)
	for p := ssm.NewListCommandsPaginator(c, &ssm.ListCommandsInput{MaxResults: aws.Int32(2)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Commands {
			read = append(read, *m.CommandId)
		}
		send(t, c, script())
	}
	if !slices.Equal(read, sent) {
		t.Errorf("read %v, want %v", read, sent)
	}
}

// TestClockSkew checks that a service whose clock is ahead uses it for all times, including the
// Date header.
func TestClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account()
		s.ClockSkew = 300
		server := serve(t, s)
		out, err := client(server).SendCommand(t.Context(), script())
		if err != nil {
			t.Fatal(err)
		}
		want := time.Now().Add(5 * time.Minute)
		if !out.Command.RequestedDateTime.Equal(want) || !server.Start().Equal(want) {
			t.Errorf("requested at %v, start %v, want %v", out.Command.RequestedDateTime, server.Start(), want)
		}
		response, _ := post(t, server, "ListCommands", `{}`)
		if date, err := time.Parse(time.RFC1123, response.Header.Get("Date")); err != nil || !date.Equal(want) {
			t.Errorf("Date %q, %v", response.Header.Get("Date"), err)
		}
	})
}
