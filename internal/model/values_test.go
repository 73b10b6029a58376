// SPDX-License-Identifier: MPL-2.0

package model

import (
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	str  = types.StringValue
	i32  = types.Int32Value
	sent = time.Date(2026, 11, 22, 10, 0, 0, 95_000_000, time.FixedZone("", 2*60*60))

	notification      = runcommand.Notification{ARN: "arn:aws:sns:us-east-1:123456789012:deploys", Type: "Command", Events: []string{"Success", "Failed"}}
	notificationValue = object{
		"notification_arn": "arn:aws:sns:us-east-1:123456789012:deploys", "notification_type": "Command", "notification_events": list{"Success", "Failed"},
	}
	cloudWatch      = runcommand.CloudWatchOutput{LogGroupName: "/aws/ssm/AWS-RunShellScript"}
	cloudWatchValue = object{"cloudwatch_log_group_name": "/aws/ssm/AWS-RunShellScript", "cloudwatch_output_enabled": true}
	s3              = runcommand.OutputS3{BucketName: "outputs", KeyPrefix: "deploys", Region: "eu-central-1"}
)

func number(n int32) *int32 { return &n }

// object and list are values as a test writes them: null is nil.
type (
	object = map[string]any
	list   = []any
)

// plain returns a value as a test writes it.
func plain(t *testing.T, v tftypes.Value) any {
	t.Helper()
	if v.IsNull() {
		return nil
	}
	var err error
	defer func() {
		if err != nil {
			t.Fatal(err)
		}
	}()
	switch {
	case v.Type().Is(tftypes.String):
		var s string
		err = v.As(&s)
		return s
	case v.Type().Is(tftypes.Bool):
		var b bool
		err = v.As(&b)
		return b
	case v.Type().Is(tftypes.Number):
		var f big.Float
		err = v.As(&f)
		n, _ := f.Int64()
		return int(n)
	case v.Type().Is(tftypes.List{}):
		var elements []tftypes.Value
		err = v.As(&elements)
		values := list{}
		for _, e := range elements {
			values = append(values, plain(t, e))
		}
		return values
	default:
		var members map[string]tftypes.Value
		err = v.As(&members)
		values := object{}
		for name, m := range members {
			values[name] = plain(t, m)
		}
		return values
	}
}

// checkMapping compares values. [framework.Object] panics if a mapping has other members than the
// schema.
func checkMapping(t *testing.T, want object, got tftypes.Value) {
	t.Helper()
	if diff := cmp.Diff(any(want), plain(t, got)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// checkFull checks that every value was expected to have something other than null or nothing: so
// that a new member cannot be forgotten in the test.
func checkFull(t *testing.T, at string, want any) {
	t.Helper()
	switch v := want.(type) {
	case object:
		for name, member := range v {
			checkFull(t, at+"."+name, member)
		}
	case list:
		if len(v) == 0 {
			t.Errorf("the test expects nothing of %s", at)
		}
		for _, element := range v {
			checkFull(t, at, element)
		}
	case nil:
		t.Errorf("the test expects nothing of %s", at)
	}
}

// nulls returns an expected object in which everything is null, except for the members.
func nulls(o *framework.Object, members object) object {
	all := object{}
	for name := range o.Attributes() {
		all[name] = members[name]
	}
	return all
}

func TestCommandValue(t *testing.T) {
	t.Parallel()
	want := object{
		"command_id": "id", "comment": "comment", "document_name": "document", "document_version": "$DEFAULT",
		"expires_after": "2026-11-22T10:00:00.095Z", "requested_date_time": "2026-11-22T08:00:00.095Z",
		"instance_ids": list{"i-1", "i-2"},
		"targets":      list{object{"key": "tag:Role", "values": list{"web", "db"}}},
		"parameters":   object{"commands": list{"uptime"}},
		"status":       "Failed", "status_details": "Incomplete",
		"target_count": 4, "completed_count": 3, "error_count": 2, "delivery_timed_out_count": 1,
		"max_concurrency": "10%", "max_errors": "5", "service_role_arn": "arn:role", "timeout_seconds": 600,
		"notification_config": notificationValue, "cloudwatch_output_config": cloudWatchValue,
		"alarm_configuration":   object{"alarms": list{object{"name": "cpu"}}, "ignore_poll_alarm_failure": true},
		"triggered_alarms":      list{object{"name": "cpu", "state": "ALARM"}},
		"output_s3_bucket_name": "outputs", "output_s3_key_prefix": "deploys", "output_s3_region": "eu-central-1",
	}
	checkFull(t, "", want)
	checkMapping(t, want, CommandValue(&runcommand.Command{
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
func TestCommandValueOfNothing(t *testing.T) {
	t.Parallel()
	checkMapping(t, nulls(CommandObject, object{"instance_ids": list{}, "targets": list{}, "triggered_alarms": list{}}), CommandValue(&runcommand.Command{}))
}

func TestNodeInvocationValue(t *testing.T) {
	t.Parallel()
	want := object{
		"command_id": "id", "instance_id": "i-1", "instance_name": "web-1", "comment": "comment",
		"document_name": "document", "document_version": "1", "requested_date_time": "2026-11-22T08:00:00.095Z",
		"status": "Success", "status_details": "Success", "trace_output": "trace",
		"standard_output_url": "https://stdout", "standard_error_url": "https://stderr", "service_role_arn": "arn:role",
		"notification_config": notificationValue, "cloudwatch_output_config": cloudWatchValue,
		"command_plugins": list{object{
			"name": "step", "status": "Success", "status_details": "Success", "response_code": 3,
			"response_start_date_time": "2026-11-22T08:00:00.095Z", "response_finish_date_time": "2026-11-22T08:00:03.095Z",
			"output": "output", "output_truncated": true,
			"standard_output_url": "https://step/stdout", "standard_error_url": "https://step/stderr",
			"output_s3_bucket_name": "outputs", "output_s3_key_prefix": "deploys", "output_s3_region": "eu-central-1",
		}},
	}
	checkFull(t, "", want)
	checkMapping(t, want, NodeInvocationValue(&runcommand.NodeInvocation{
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

func TestNodeInvocationValueOfNothing(t *testing.T) {
	t.Parallel()
	checkMapping(t, nulls(NodeInvocationObject, object{"command_plugins": list{}}), NodeInvocationValue(&runcommand.NodeInvocation{}))
}

// Empty output is null until the invocation is complete.
func TestOutputOfAStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, output string
		want           object
	}{
		{"InProgress", "", nil},
		{"InProgress", "so far", object{"output": "so far", "output_truncated": false}},
		{"Success", "", object{"output": "", "output_truncated": false}},
		{"Failed", "why", object{"output": "why", "output_truncated": false}},
	} {
		want := nulls(NodeInvocationObject, object{"status": c.status, "command_plugins": list{nulls(stepObject, c.want)}})
		checkMapping(t, want, NodeInvocationValue(&runcommand.NodeInvocation{Status: c.status, Steps: []runcommand.Step{{Output: c.output}}}))
	}
}

func TestNodeValue(t *testing.T) {
	t.Parallel()
	latest := true
	want := object{
		"instance_id": "mi-1", "name": "name", "computer_name": "host", "ip_address": "10.0.0.1",
		"ping_status": "Online", "last_ping_date_time": "2026-11-22T08:00:00.095Z",
		"agent_version": "3.3", "is_latest_version": true,
		"platform_type": "Linux", "platform_name": "Amazon Linux", "platform_version": "2023",
		"resource_type": "ManagedInstance", "source_id": "source", "source_type": "AWS::IoT::Thing", "source_location": "location",
		"activation_id": "activation", "iam_role": "role", "registration_date": "2026-11-22T08:00:01.095Z",
		"association_status": "Failed", "association_overview": object{"detailed_status": "Failed", "instance_association_status_aggregated_count": object{"Failed": 2}},
		"last_association_execution_date":            "2026-11-22T08:00:02.095Z",
		"last_successful_association_execution_date": "2026-11-22T08:00:03.095Z",
	}
	checkFull(t, "", want)
	checkMapping(t, want, NodeValue(&runcommand.Node{
		InstanceID: "mi-1", Name: "name", ComputerName: "host", IPAddress: "10.0.0.1", PingStatus: "Online", LastPing: sent,
		AgentVersion: "3.3", IsLatestVersion: &latest, PlatformType: "Linux", PlatformName: "Amazon Linux", PlatformVersion: "2023",
		ResourceType: "ManagedInstance", SourceID: "source", SourceType: "AWS::IoT::Thing", SourceLocation: "location",
		ActivationID: "activation", IAMRole: "role", RegistrationDate: sent.Add(time.Second),
		AssociationStatus: "Failed", AssociationDetailedStatus: "Failed", AssociationCounts: map[string]int32{"Failed": 2},
		LastAssociationExecution: sent.Add(2 * time.Second), LastSuccessfulAssociationExecution: sent.Add(3 * time.Second),
	}))
}

func TestNodeValueOfNothing(t *testing.T) {
	t.Parallel()
	checkMapping(t, nulls(NodeObject, nil), NodeValue(&runcommand.Node{}))
	checkMapping(t, nulls(NodeObject, object{"association_overview": object{"detailed_status": "Success", "instance_association_status_aggregated_count": nil}}),
		NodeValue(&runcommand.Node{AssociationDetailedStatus: "Success"}))
}

// plainAll returns attributes as a test writes them.
func plainAll(t *testing.T, values map[string]tftypes.Value) object {
	t.Helper()
	all := object{}
	for name, value := range values {
		all[name] = plain(t, value)
	}
	return all
}

func TestInvocationValues(t *testing.T) {
	t.Parallel()
	stdout, stderr := "output", "error"
	want := object{
		"region": "us-east-1", "plugin_name": "step", "comment": "comment", "document_name": "document", "document_version": "1", "response_code": 3,
		"execution_start_date_time": "2026-11-22T08:00:00.095Z", "execution_elapsed_time": "PT3S", "execution_end_date_time": "2026-11-22T08:00:03.095Z",
		"status": "Failed", "status_details": "Undeliverable",
		"standard_output_content": "output", "standard_output_url": "https://stdout", "standard_output_truncated": true,
		"standard_error_content": "error", "standard_error_url": "https://stderr", "standard_error_truncated": false,
		"cloudwatch_output_config": cloudWatchValue,
	}
	checkFull(t, "", want)
	for name, attribute := range InvocationAttributes() {
		if _, ok := want[name]; attribute.IsComputed() != ok {
			t.Errorf("%s is computed (%t) and mapped (%t)", name, attribute.IsComputed(), ok)
		}
	}
	got := plainAll(t, InvocationValues(&runcommand.Invocation{
		CommandID: "id", InstanceID: "i-1", PluginName: "step",
		Comment: "comment", DocumentName: "document", DocumentVersion: "1", ResponseCode: number(3),
		ExecutionStart: "2026-11-22T08:00:00.095Z", ExecutionElapsed: "PT3S", ExecutionEnd: "2026-11-22T08:00:03.095Z",
		Status: "Failed", StatusDetails: "Undeliverable",
		StandardOutput:   runcommand.Stream{Content: &stdout, URL: "https://stdout", Truncated: true},
		StandardError:    runcommand.Stream{Content: &stderr, URL: "https://stderr"},
		CloudWatchOutput: &cloudWatch,
	}, "us-east-1"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// Without anything, values are null. A stream without content is not known to be complete, and one
// that is empty is.
func TestInvocationValuesOfNothing(t *testing.T) {
	t.Parallel()
	for name, value := range InvocationValues(&runcommand.Invocation{}, "") {
		if !value.IsNull() {
			t.Errorf("%s is %s", name, value)
		}
	}
	empty := ""
	got := plainAll(t, InvocationValues(&runcommand.Invocation{StandardOutput: runcommand.Stream{Content: &empty}}, ""))
	if got["standard_output_content"] != "" || got["standard_output_truncated"] != false || got["standard_error_truncated"] != nil {
		t.Errorf("empty standard output: %v", got)
	}
}
