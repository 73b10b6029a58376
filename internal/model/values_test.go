// SPDX-License-Identifier: MPL-2.0

package model

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	str  = types.StringValue
	i32  = types.Int32Value
	sent = time.Date(2026, 11, 22, 10, 0, 0, 95_000_000, time.FixedZone("", 2*60*60))

	notification      = runcommand.Notification{ARN: "arn:aws:sns:us-east-1:123456789012:deploys", Type: "Command", Events: []string{"Success", "Failed"}}
	notificationValue = notificationConfigModel{
		ARN: str("arn:aws:sns:us-east-1:123456789012:deploys"), Type: str("Command"), Events: []types.String{str("Success"), str("Failed")},
	}
	cloudWatch      = runcommand.CloudWatchOutput{LogGroupName: "/aws/ssm/AWS-RunShellScript"}
	cloudWatchValue = cloudWatchOutputConfigModel{LogGroupName: str("/aws/ssm/AWS-RunShellScript"), OutputEnabled: types.BoolValue(true)}
	s3              = runcommand.OutputS3{BucketName: "outputs", KeyPrefix: "deploys", Region: "eu-central-1"}
	s3Value         = outputS3Values{str("outputs"), str("deploys"), str("eu-central-1")}
)

func number(n int32) *int32 { return &n }

// checkMapping compares values, and checks that every value was expected to have something other
// than null: so that a new member cannot be forgotten here.
func checkMapping[T any](t *testing.T, want, got T) {
	t.Helper()
	options := cmp.AllowUnexported(CommandValues{}, stepValues{})
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	checkFull(t, "", reflect.ValueOf(want))
}

func checkFull(t *testing.T, at string, v reflect.Value) {
	t.Helper()
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		t.Errorf("the test expects nothing of %s", at)
		return
	}
	switch {
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			checkFull(t, at, v.Index(i))
		}
	case v.Kind() == reflect.Struct && v.Type().PkgPath() == reflect.TypeFor[CommandValues]().PkgPath():
		for i := range v.NumField() {
			checkFull(t, at+"."+v.Type().Field(i).Name, v.Field(i))
		}
	}
}

func TestCommandValues(t *testing.T) {
	t.Parallel()
	checkMapping(t, CommandValues{
		CommandID: str("id"), Comment: str("comment"), DocumentName: str("document"), DocumentVersion: str("$DEFAULT"),
		ExpiresAfter: str("2026-11-22T10:00:00.095Z"), RequestedDateTime: str("2026-11-22T08:00:00.095Z"),
		InstanceIDs: []types.String{str("i-1"), str("i-2")},
		Targets:     []targetModel{{str("tag:Role"), []types.String{str("web"), str("db")}}},
		Parameters:  map[string][]string{"commands": {"uptime"}},
		Status:      str("Failed"), StatusDetails: str("Incomplete"),
		TargetCount: i32(4), CompletedCount: i32(3), ErrorCount: i32(2), DeliveryTimedOutCount: i32(1),
		MaxConcurrency: str("10%"), MaxErrors: str("5"), ServiceRoleARN: str("arn:role"), TimeoutSeconds: i32(600),
		NotificationConfig: &notificationValue, CloudWatchOutputConfig: &cloudWatchValue,
		AlarmConfiguration: &alarmConfigurationModel{Alarms: []alarmModel{{str("cpu")}}, IgnorePollFailure: types.BoolValue(true)},
		TriggeredAlarms:    []triggeredAlarmModel{{str("cpu"), str("ALARM")}},
		outputS3Values:     s3Value,
	}, NewCommandValues(runcommand.Command{
		CommandID: "id", Comment: "comment", DocumentName: "document", DocumentVersion: "$DEFAULT",
		ExpiresAfter: sent.Add(2 * time.Hour), RequestedDateTime: sent,
		InstanceIDs: []string{"i-2", "i-1"}, // Sorted in the model.
		Targets:     []runcommand.Target{{Key: "tag:Role", Values: []string{"web", "db"}}},
		Parameters:  map[string][]string{"commands": {"uptime"}},
		Status:      "Failed", StatusDetails: "Incomplete",
		TargetCount: number(4), CompletedCount: number(3), ErrorCount: number(2), DeliveryTimedOutCount: number(1),
		MaxConcurrency: "10%", MaxErrors: "5", ServiceRole: "arn:role", TimeoutSeconds: number(600),
		Notification: &notification, CloudWatchOutput: &cloudWatch, OutputS3: s3,
		Alarms:          &runcommand.AlarmConfiguration{Names: []string{"cpu"}, IgnorePollFailure: true},
		TriggeredAlarms: []runcommand.TriggeredAlarm{{Name: "cpu", State: "ALARM"}},
	}))
}

// Without anything, values are null and lists are empty.
func TestCommandValuesOfNothing(t *testing.T) {
	t.Parallel()
	want := CommandValues{InstanceIDs: []types.String{}, Targets: []targetModel{}, TriggeredAlarms: []triggeredAlarmModel{}}
	if diff := cmp.Diff(want, NewCommandValues(runcommand.Command{}), cmp.AllowUnexported(CommandValues{})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestNodeInvocationValues(t *testing.T) {
	t.Parallel()
	checkMapping(t, NodeInvocationValues{
		CommandID: str("id"), InstanceID: str("i-1"), InstanceName: str("web-1"), Comment: str("comment"),
		DocumentName: str("document"), DocumentVersion: str("1"), RequestedDateTime: str("2026-11-22T08:00:00.095Z"),
		Status: str("Success"), StatusDetails: str("Success"), TraceOutput: str("trace"),
		StandardOutputURL: str("https://stdout"), StandardErrorURL: str("https://stderr"), ServiceRoleARN: str("arn:role"),
		NotificationConfig: &notificationValue, CloudWatchOutputConfig: &cloudWatchValue,
		CommandPlugins: []stepValues{{
			Name: str("step"), Status: str("Success"), StatusDetails: str("Success"), ResponseCode: i32(3),
			ResponseStartDateTime: str("2026-11-22T08:00:00.095Z"), ResponseFinishDateTime: str("2026-11-22T08:00:03.095Z"),
			Output: str("output"), OutputTruncated: types.BoolValue(true),
			StandardOutputURL: str("https://step/stdout"), StandardErrorURL: str("https://step/stderr"), outputS3Values: s3Value,
		}},
	}, NewNodeInvocationValues(runcommand.NodeInvocation{
		CommandID: "id", InstanceID: "i-1", InstanceName: "web-1", Comment: "comment",
		DocumentName: "document", DocumentVersion: "1", RequestedDateTime: sent,
		Status: "Success", StatusDetails: "Success", TraceOutput: "trace",
		StandardOutputURL: "https://stdout", StandardErrorURL: "https://stderr", ServiceRole: "arn:role",
		Notification: &notification, CloudWatchOutput: &cloudWatch,
		Steps: []runcommand.Step{{
			Name: "step", Status: "Success", StatusDetails: "Success", ResponseCode: number(3),
			Start: sent, Finish: sent.Add(3 * time.Second), Output: "output", OutputTruncated: true,
			StandardOutputURL: "https://step/stdout", StandardErrorURL: "https://step/stderr", OutputS3: s3,
		}},
	}))
}

func TestNodeInvocationValuesOfNothing(t *testing.T) {
	t.Parallel()
	want := NodeInvocationValues{CommandPlugins: []stepValues{}}
	if diff := cmp.Diff(want, NewNodeInvocationValues(runcommand.NodeInvocation{}), cmp.AllowUnexported(stepValues{})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// Empty output is null until the invocation is complete.
func TestOutputOfAStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, output string
		want           types.String
	}{
		{"InProgress", "", types.StringNull()},
		{"InProgress", "so far", str("so far")},
		{"Success", "", str("")},
		{"Failed", "why", str("why")},
	} {
		values := NewNodeInvocationValues(runcommand.NodeInvocation{Status: c.status, Steps: []runcommand.Step{{Output: c.output}}})
		step := values.CommandPlugins[0]
		if step.Output != c.want || step.OutputTruncated.IsNull() != c.want.IsNull() {
			t.Errorf("%s with output %q: %s, truncated %s, want %s", c.status, c.output, step.Output, step.OutputTruncated, c.want)
		}
	}
}

// arguments are the arguments of an invocation, which the mapping keeps.
func arguments() Invocation {
	return Invocation{
		CommandID: str("id"), InstanceID: str("i-1"), PluginName: str("given step"), Region: str("given region"),
		WaitForCompletion: types.BoolValue(true), VisibilityTimeout: str("30s"), RequireSuccess: types.BoolValue(true),
		AllowMissing: types.BoolValue(true), CompleteOutput: types.BoolValue(true), MaxOutputBytes: types.Int64Value(1), BucketOwner: str("123456789012"),
	}
}

func TestInvocationSet(t *testing.T) {
	t.Parallel()
	stdout, stderr := "output", "error"
	got := arguments()
	got.Set(runcommand.Invocation{
		CommandID: "other", InstanceID: "other", PluginName: "other",
		Comment: "comment", DocumentName: "document", DocumentVersion: "1", ResponseCode: number(3),
		ExecutionStart: "2026-11-22T08:00:00.095Z", ExecutionElapsed: "PT3S", ExecutionEnd: "2026-11-22T08:00:03.095Z",
		Status: "Failed", StatusDetails: "Failed",
		StandardOutput:   runcommand.Stream{Content: &stdout, URL: "https://stdout", Truncated: true},
		StandardError:    runcommand.Stream{Content: &stderr, URL: "https://stderr"},
		CloudWatchOutput: &cloudWatch,
	}, "other")
	want := arguments()
	want.Comment, want.DocumentName, want.DocumentVersion, want.ResponseCode = str("comment"), str("document"), str("1"), i32(3)
	want.ExecutionStartDateTime, want.ExecutionElapsedTime, want.ExecutionEndDateTime = str("2026-11-22T08:00:00.095Z"), str("PT3S"), str("2026-11-22T08:00:03.095Z")
	want.Status, want.StatusDetails = str("Failed"), str("Failed")
	want.StandardOutputContent, want.StandardOutputURL, want.StandardOutputTruncated = str("output"), str("https://stdout"), types.BoolValue(true)
	want.StandardErrorContent, want.StandardErrorURL, want.StandardErrorTruncated = str("error"), str("https://stderr"), types.BoolValue(false)
	want.CloudWatchOutputConfig = &cloudWatchValue
	checkMapping(t, want, got)
}

// Without anything, arguments stay and values are null. Omitted arguments that are computed take the
// values of the response.
func TestInvocationSetNothing(t *testing.T) {
	t.Parallel()
	got := arguments()
	got.Set(runcommand.Invocation{}, "")
	if diff := cmp.Diff(arguments(), got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	var computed Invocation
	computed.Set(runcommand.Invocation{PluginName: "step"}, "us-east-1")
	if diff := cmp.Diff(Invocation{PluginName: str("step"), Region: str("us-east-1")}, computed); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}
