// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// The recorded response in each situation, and the values that a read returns. The fake's own tests
// compare its responses with the recorded bytes.
func TestRecordedStates(t *testing.T) {
	moments := func(m ...fakeaws.Moment) []fakeaws.Moment { return m }
	running := fakeaws.Moment{At: 1, Status: "InProgress"}
	end := func(status, details string) []fakeaws.Moment {
		return moments(running, fakeaws.Moment{At: 20, Status: status, StatusDetails: details})
	}
	for name, c := range map[string]struct {
		step            fakeaws.Step
		noWait          bool
		status, details string
		code            int32
		started         bool
		output, errors  *string
	}{
		"just accepted": {step: fakeaws.Step{Timeline: moments(running)}, noWait: true,
			status: "InProgress", details: "InProgress", code: -1},
		"the agent cannot be reached": {step: fakeaws.Step{Timeline: moments(fakeaws.Moment{Status: "Pending", StatusDetails: "Delayed"})}, noWait: true,
			status: "Pending", details: "Delayed", code: -1},
		"queued": {step: fakeaws.Step{Timeline: moments(fakeaws.Moment{Status: "Pending"})}, noWait: true,
			status: "Pending", details: "Pending", code: -1},
		"just after CancelCommand": {step: fakeaws.Step{Timeline: moments(running), StandardOutput: "before-cancel\n"}, noWait: true,
			status: "InProgress", details: "InProgress", code: -1},
		"success": {step: fakeaws.Step{Timeline: end("Success", ""), StandardOutput: "native-stdout\n", StandardError: "native-stderr\n"},
			status: "Success", details: "Success", started: true, output: aws.String("native-stdout\n"), errors: aws.String("native-stderr\n")},
		"exit 7": {step: fakeaws.Step{Timeline: end("Failed", ""), StandardOutput: "failed-stdout\n", StandardError: "failed-stderr\nfailed to run commands: exit status 7", ResponseCode: fakeaws.Code(7)},
			status: "Failed", details: "Failed", code: 7, started: true, output: aws.String("failed-stdout\n"), errors: aws.String("failed-stderr\nfailed to run commands: exit status 7")},
		"executionTimeout reached": {step: fakeaws.Step{Timeline: end("TimedOut", "ExecutionTimedOut"), StandardOutput: "before-timeout\n"},
			status: "TimedOut", details: "ExecutionTimedOut", code: 137, started: true, output: aws.String("before-timeout\n"), errors: aws.String("")},
		"never delivered": {step: fakeaws.Step{Timeline: end("TimedOut", "DeliveryTimedOut")},
			status: "TimedOut", details: "DeliveryTimedOut", code: -1, output: aws.String(""), errors: aws.String("")},
		"cancelled while running": {step: fakeaws.Step{Timeline: end("Cancelled", ""), StandardOutput: "before-cancel\n"},
			status: "Cancelled", details: "Cancelled", code: 137, started: true, output: aws.String("before-cancel\n"), errors: aws.String("")},
		"terminated by an alarm": {step: fakeaws.Step{Timeline: end("Failed", "Terminated")},
			status: "Failed", details: "Terminated", code: -1, output: aws.String(""), errors: aws.String("")},
		"undeliverable": {step: fakeaws.Step{Timeline: end("Failed", "Undeliverable")},
			status: "Failed", details: "Undeliverable", code: -1, output: aws.String(""), errors: aws.String("")},
		"wrong platform": {step: fakeaws.Step{Timeline: end("Failed", "InvalidPlatform"), ResponseCode: fakeaws.Code(-1)},
			status: "Failed", details: "InvalidPlatform", code: -1, output: aws.String(""), errors: aws.String("")},
		"no access to the node": {step: fakeaws.Step{Timeline: end("Failed", "AccessDenied"), ResponseCode: fakeaws.Code(-1)},
			status: "Failed", details: "AccessDenied", code: -1, output: aws.String(""), errors: aws.String("")},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{c.step}}))
				time.Sleep(1500 * time.Millisecond)
				i := read(t, reader, ask(func(q *InvocationQuery) { q.NoWait = c.noWait })).Invocation
				if i.Status != c.status || i.StatusDetails != c.details || i.ResponseCode == nil || *i.ResponseCode != c.code {
					t.Errorf("status %s, details %s, code %v", i.Status, i.StatusDetails, i.ResponseCode)
				}
				if i.PluginName != shell || i.DocumentName != "AWS-RunShellScript" || i.DocumentVersion != "$DEFAULT" {
					t.Errorf("%+v", i)
				}
				if got := i.ExecutionStart != "" && i.ExecutionElapsed != "" && i.ExecutionEnd != ""; got != c.started && c.code != -1 {
					t.Errorf("start %q, elapsed %q, end %q", i.ExecutionStart, i.ExecutionElapsed, i.ExecutionEnd)
				}
				for _, s := range []struct {
					got, want *string
				}{{i.StandardOutput.Content, c.output}, {i.StandardError.Content, c.errors}} {
					if (s.got == nil) != (s.want == nil) || aws.ToString(s.got) != aws.ToString(s.want) {
						t.Errorf("content %q, want %q", aws.ToString(s.got), aws.ToString(s.want))
					}
				}
			})
		})
	}
}

// Text is returned as it is, except bytes that are not UTF-8. Truncated text is reported as
// truncated.
func TestOutputText(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct {
		out, err       string
		outCut, errCut bool
		wantOut        string
	}{
		"Windows line ends, NUL, controls": {out: "a\r\nb\x00\x1b[0m\u0001\n", wantOut: "a\r\nb\x00\x1b[0m\u0001\n"},
		"bytes that are not UTF-8":         {out: "a\xffb", wantOut: "a\uFFFDb"},
		"one line of 64 KiB":               {out: x("x", 70000), outCut: true, wantOut: x("x", 24000-len(agentMarker)) + agentMarker},
		"a rune split by the cut":          {out: x("x", 23979) + x("é", 500), outCut: true, wantOut: x("x", 23979) + "\uFFFD" + agentMarker},
		"an error stream that was cut":     {err: x("e", 9000), errCut: true},
		"just below both limits":           {out: x("x", 23999), err: x("e", 7999), wantOut: x("x", 23999)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, replaced := range []bool{false, true} {
				virtual(t, func(t *testing.T) {
					s := done(0, 0, c.out)
					s.StandardError = c.err
					script := sent(fakeaws.Invocation{Steps: []fakeaws.Step{s}})
					script.ReplaceInvalidUTF8 = replaced
					reader, _ := serve(t, script)
					i := read(t, reader, ask()).Invocation
					if got := *i.StandardOutput.Content; got != c.wantOut {
						t.Errorf("%d bytes: %q", len(got), got[max(0, len(got)-200):])
					}
					if i.StandardOutput.Truncated != c.outCut || i.StandardError.Truncated != c.errCut {
						t.Errorf("truncated: %t, %t", i.StandardOutput.Truncated, i.StandardError.Truncated)
					}
				})
			}
		})
	}
}

func TestCloudWatchAndS3(t *testing.T) {
	for name, c := range map[string]struct {
		config fakeaws.CloudWatchOutputConfig
		want   string
	}{
		"off":             {},
		"a group":         {fakeaws.CloudWatchOutputConfig{CloudWatchLogGroupName: "/stackd/ssm", CloudWatchOutputEnabled: true}, "/stackd/ssm"},
		"the default one": {fakeaws.CloudWatchOutputConfig{CloudWatchOutputEnabled: true}, "/aws/ssm/AWS-RunShellScript"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := sent(fakeaws.Invocation{})
				script.Commands[0].CloudWatchOutputConfig = c.config
				script.Commands[0].OutputS3BucketName = "bucket"
				reader, _ := serve(t, script)
				i := read(t, reader, ask()).Invocation
				if got := i.CloudWatchOutput; (got == nil) != (c.want == "") || got != nil && got.LogGroupName != c.want {
					t.Errorf("%+v", got)
				}
				if !strings.HasSuffix(i.StandardOutput.URL, "/stdout") || !strings.HasSuffix(i.StandardError.URL, "/stderr") {
					t.Errorf("%q %q", i.StandardOutput.URL, i.StandardError.URL)
				}
			})
		})
	}
}
