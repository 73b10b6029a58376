// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestRecordedResponses scripts commands whose responses were recorded from the service, and
// compares the fake's responses with the recordings byte for byte. The script has the times of the
// recording, in virtual time.
func TestRecordedResponses(t *testing.T) {
	timeline := func(at fakeaws.Seconds, status, details string) []fakeaws.Moment {
		return []fakeaws.Moment{{At: 0, Status: "InProgress"}, {At: at, Status: status, StatusDetails: details}}
	}
	tests := map[string]struct {
		command fakeaws.Command
		step    fakeaws.Step
		started string
	}{
		"success_s3_cloudwatch": {
			command: fakeaws.Command{
				OutputS3BucketName: "example-bucket", OutputS3KeyPrefix: "run-command",
				CloudWatchOutputConfig: fakeaws.CloudWatchOutputConfig{CloudWatchLogGroupName: "/example/ssm", CloudWatchOutputEnabled: true},
			},
			step: fakeaws.Step{
				Timeline: timeline(4, "Success", ""),
				StandardOutput: "SSM Agent version: 3.3.5226.0\ndb3a7b1b-83b5-42db-80c3-9ff319d0818c\nnative-stdout\n" +
					"uid=0(root) gid=0(root) groups=0(root) context=system_u:system_r:unconfined_service_t:s0\n",
				StandardError: "native-stderr\n",
				Elapsed:       fakeaws.At(3.175),
			},
			started: "2026-09-27T00:38:21.786Z",
		},
		"in_progress": {step: fakeaws.Step{Timeline: timeline(3600, "Success", "")}},
		"cancelled": {
			step:    fakeaws.Step{Timeline: timeline(1, "Cancelled", ""), StandardOutput: "before-cancel\n", Elapsed: fakeaws.At(0.482)},
			started: "2026-09-27T00:39:03.291Z",
		},
		"delayed": {step: fakeaws.Step{Timeline: timeline(3, "Pending", "Delayed")}},
		"execution_timed_out": {
			step:    fakeaws.Step{Timeline: timeline(6, "TimedOut", "ExecutionTimedOut"), StandardOutput: "before-timeout\n", Elapsed: fakeaws.At(5.004)},
			started: "2026-09-27T00:47:39.108Z",
		},
		"failed": {
			step: fakeaws.Step{
				Timeline: timeline(1, "Failed", ""), ResponseCode: fakeaws.Code(7), Elapsed: fakeaws.At(0.003),
				StandardOutput: "failed-stdout\n", StandardError: "failed-stderr\nfailed to run commands: exit status 7",
			},
			started: "2026-09-27T00:38:36.934Z",
		},
		"whole_seconds": {
			step: fakeaws.Step{
				Timeline: timeline(21, "Success", ""), Elapsed: fakeaws.At(20.048),
				StandardOutput: "before-timeout\nmust-not-complete\n",
			},
			started: "2026-09-27T00:38:40.698Z",
		},
		"delivery_timed_out": {step: fakeaws.Step{Timeline: timeline(53, "TimedOut", "DeliveryTimedOut")}},
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
				command, step := test.command, test.step
				if test.started != "" {
					command.SentAt = since(t, time.Now(), test.started)
					step.StartedAt = fakeaws.At(0)
				}
				command.CommandID = ids.CommandID
				command.Invocations = []fakeaws.Invocation{{InstanceID: ids.InstanceID, Steps: []fakeaws.Step{step}}}
				server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{command}})
				time.Sleep(command.SentAt.Duration() + time.Minute)

				response, body := post(t, server, "GetCommandInvocation", `{"CommandId":"`+ids.CommandID+`","InstanceId":"`+ids.InstanceID+`"}`)
				if want := canonical(t, string(recorded)); body != want {
					t.Errorf("body\n got %s\nwant %s", body, want)
				}
				if got := response.Header.Get("Content-Type"); got != "application/x-amz-json-1.1" {
					t.Errorf("Content-Type %q", got)
				}
				if response.Header.Get("X-Amzn-Requestid") == "" || response.Header.Get("Server") != "Server" {
					t.Errorf("headers %v", response.Header)
				}
			})
		})
	}
}

// TestListContentLength compares with the recorded Content-Length of a response whose text was not
// kept: 769 bytes for one row with one step in progress. The recording is from 2018, when
// DocumentVersion was "".
func TestListContentLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := fakeaws.Step{Timeline: []fakeaws.Moment{{At: 10, Status: "Success"}}}
		server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID:   commandA,
			SentAt:      since(t, time.Now(), "2018-11-09T11:10:16.243Z"),
			Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{step}}},
		}}})
		time.Sleep(time.Until(time.Date(2018, 11, 9, 11, 10, 18, 0, time.UTC)))
		_, body := post(t, server, "ListCommandInvocations", `{"CommandId":"`+commandA+`","Details":true}`)
		if !strings.Contains(body, `"RequestedDateTime":1.541761816338E9,`) {
			t.Errorf("no timestamp of aws-cli#3707 in %s", body)
		}
		if got, want := len(body)-len("$DEFAULT"), 769; got != want {
			t.Errorf("%d bytes, recorded were %d: %s", got, want, body)
		}
	})
}

// TestListCommandsResponse compares with the recorded response for a command that timed out on its
// node (members as recorded, times and parameters from the recorded SendCommand response).
func TestListCommandsResponse(t *testing.T) {
	const want = `{"Commands":[{"AlarmConfiguration":{"Alarms":[],"IgnorePollAlarmFailure":false},` +
		`"CloudWatchOutputConfig":{"CloudWatchLogGroupName":"","CloudWatchOutputEnabled":false},` +
		`"CommandId":"11111111-1111-4111-8111-111111111111","Comment":"","CompletedCount":1,"DeliveryTimedOutCount":0,` +
		`"DocumentName":"AWS-RunShellScript","DocumentVersion":"$DEFAULT","ErrorCount":1,"ExpiresAfter":1.79046969303E9,` +
		`"InstanceIds":["i-0aaaaaaaaaaaaaaaa"],"MaxConcurrency":"50","MaxErrors":"0",` +
		`"NotificationConfig":{"NotificationArn":"","NotificationEvents":[],"NotificationType":""},` +
		`"OutputS3BucketName":"","OutputS3KeyPrefix":"","OutputS3Region":"us-east-1",` +
		`"Parameters":{"commands":["printf 'before-cancel\\n'; sleep 90 && true > /dev/null"],"executionTimeout":["120"]},` +
		`"RequestedDateTime":1.79046954303E9,"ServiceRole":"","Status":"Failed","StatusDetails":"Failed","TargetCount":1,` +
		`"Targets":[],"TimeoutSeconds":30,"TriggeredAlarms":[]}]}`
	synctest.Test(t, func(t *testing.T) {
		sent := since(t, time.Now(), "2026-09-27T00:39:03.03Z")
		script := fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID: commandA, SentAt: sent, TimeoutSeconds: 30, ExpiresAfter: fakeaws.At(150),
			Parameters: map[string][]string{
				"executionTimeout": {"120"},
				"commands":         {`printf 'before-cancel\n'; sleep 90 && true > /dev/null`},
			},
			Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{{
				Timeline: []fakeaws.Moment{{At: 5, Status: "TimedOut", StatusDetails: "ExecutionTimedOut"}},
			}}}},
		}}}
		server := serve(t, script)
		script.PlainTimestamps = true
		plain := serve(t, script)
		time.Sleep(sent.Duration() + time.Minute)
		_, body := post(t, server, "ListCommands", `{}`)
		if body != want {
			t.Errorf("body\n got %s\nwant %s", body, want)
		}
		_, body = post(t, plain, "ListCommands", `{}`)
		if want := strings.NewReplacer("1.79046969303E9", "1790469693.03", "1.79046954303E9", "1790469543.03").Replace(want); body != want {
			t.Errorf("plain timestamps\n got %s\nwant %s", body, want)
		}
	})
}

// TestErrorBodies compares raw bodies with recordings: the key of the message depends on the origin
// of the error.
func TestErrorBodies(t *testing.T) {
	const (
		get     = "GetCommandInvocation"
		known   = `{"CommandId":"` + commandA + `","InstanceId":"` + nodeA + `"`
		length  = "failed to satisfy constraint: Member must have length greater than or equal to "
		pattern = "failed to satisfy constraint: Member must satisfy regular expression pattern: "
		uuid    = "^[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$"
		node    = `(^i-(\\w{8}|\\w{17})$)|(^mi-\\w{17}$)`
	)
	tests := map[string]struct{ operation, body, want string }{
		"no such invocation": {
			get, `{"CommandId":"` + commandB + `","InstanceId":"` + nodeA + `"}`,
			`{"__type":"InvocationDoesNotExist","Message":"Invocation not found for ` + commandB + `, ` + nodeA + `"}`,
		},
		"other node": {
			get, `{"CommandId":"` + commandA + `","InstanceId":"` + nodeB + `"}`,
			`{"__type":"InvocationDoesNotExist","Message":"Invocation not found for ` + commandA + `, ` + nodeB + `"}`,
		},
		"no such step": {
			get, known + `,"PluginName":"notAPlugin"}`,
			`{"__type":"InvalidPluginName","Message":"Plugin notAPlugin not found for invocation with command id ` + commandA + ` and instance id ` + nodeA + `"}`,
		},
		"command id": {
			get, `{"CommandId":"invalid","InstanceId":"` + nodeA + `"}`,
			`{"__type":"ValidationException","message":"2 validation errors detected: Value 'invalid' at 'commandId' ` + length + `36; Value 'invalid' at 'commandId' ` + pattern + uuid + `"}`,
		},
		"instance id": {
			get, `{"CommandId":"` + commandA + `","InstanceId":"invalid"}`,
			`{"__type":"ValidationException","message":"2 validation errors detected: Value 'invalid' at 'instanceId' ` + length + `10; Value 'invalid' at 'instanceId' ` + pattern + node + `"}`,
		},
		"16 digits": {
			get, `{"CommandId":"` + commandA + `","InstanceId":"i-083e1601960282cd"}`,
			`{"__type":"ValidationException","message":"1 validation error detected: Value 'i-083e1601960282cd' at 'instanceId' ` + pattern + node + `"}`,
		},
		"empty plugin name": {
			get, known + `,"PluginName":""}`,
			`{"__type":"ValidationException","message":"1 validation error detected: Value at 'pluginName' ` + length + `4"}`,
		},
		"page too large": {
			"ListCommands", `{"MaxResults":51}`,
			`{"__type":"ValidationException","message":"1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50"}`,
		},
		"wrong token":         {"ListCommands", `{"NextToken":"nonsense"}`, `{"__type":"InvalidNextToken"}`},
		"unknown operation":   {"SendCommand", `{}`, `{"__type":"UnknownOperationException"}`},
		"not JSON":            {get, `CommandId=1`, `{"__type":"SerializationException"}`},
		"unknown in the list": {"ListCommandInvocations", `{"CommandId":"` + commandB + `"}`, `{"CommandInvocations":[]}`},
		"unknown in commands": {"ListCommands", `{"CommandId":"` + commandB + `"}`, `{"Commands":[]}`},
		"stage of a node": {
			"ListCommandInvocations", `{"Filters":[{"key":"ExecutionStage","value":"Complete"}]}`, `{"__type":"InvalidFilterKey"}`,
		},
	}
	server := one(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			response, body := post(t, server, test.operation, test.body)
			if body != test.want {
				t.Errorf("body\n got %s\nwant %s", body, test.want)
			}
			wantStatus := 200
			if strings.Contains(test.want, "__type") {
				wantStatus = 400
			}
			if response.StatusCode != wantStatus {
				t.Errorf("HTTP %d, want %d", response.StatusCode, wantStatus)
			}
		})
	}
}
