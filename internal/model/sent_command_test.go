// SPDX-License-Identifier: MPL-2.0

package model

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// sentCommand is a command with a value in every member that a request decides.
func sentCommand() runcommand.Command {
	return runcommand.Command{
		CommandID: "id", Comment: "comment", DocumentName: "document", DocumentVersion: "2",
		RequestedDateTime: time.Date(2026, 11, 22, 8, 0, 0, 95e6, time.UTC), ExpiresAfter: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		InstanceIDs: []string{"i-2", "i-1"}, Parameters: map[string][]string{"commands": {"a", "b"}},
		Status: "Success", StatusDetails: "Success",
		TargetCount: number(2), CompletedCount: number(2), ErrorCount: number(0), DeliveryTimedOutCount: number(0),
		MaxConcurrency: "1", MaxErrors: "10%", OutputS3: runcommand.OutputS3{BucketName: "bucket", KeyPrefix: "prefix"},
		ServiceRole: "role", TimeoutSeconds: number(60),
		Notification:     &runcommand.Notification{ARN: "topic", Type: "Command", Events: []string{"Failed", "Success"}},
		CloudWatchOutput: &runcommand.CloudWatchOutput{LogGroupName: "group"},
		Alarms:           &runcommand.AlarmConfiguration{Names: []string{"alarm"}, IgnorePollFailure: true},
	}
}

// A command that something else sent, as Terraform has it, requests the same command.
func TestSentCommandRoundTrip(t *testing.T) {
	t.Parallel()
	byTag := sentCommand()
	byTag.InstanceIDs, byTag.Targets = nil, []runcommand.Target{{Key: "tag:Role", Values: []string{"db", "web"}}}
	for name, c := range map[string]runcommand.Command{
		"by ID": sentCommand(), "by tag": byTag, "with little": {CommandID: "id", DocumentName: "document", InstanceIDs: []string{"i-1"}},
	} {
		m := NewSentCommand(c, "us-east-1")
		q, diags := m.Request(t.Context(), types.MapNull(parametersType))
		if diags.HasError() {
			t.Fatalf("%s: %v", name, diags)
		}
		f := q.Fingerprint()
		if differences := f.Differences(&c); len(differences) > 0 {
			t.Errorf("%s: %v differ", name, differences)
		}
		if got := m.Command(); !got.RequestedDateTime.Equal(c.RequestedDateTime) || got.CommandID != c.CommandID || got.Comment != c.Comment {
			t.Errorf("%s: stored as %+v", name, got)
		}
	}
}

// The values of write-only parameters are in the request alone.
func TestSentCommandWriteOnly(t *testing.T) {
	t.Parallel()
	secret := types.MapValueMust(parametersType, map[string]attr.Value{
		"commands": types.ListValueMust(types.StringType, []attr.Value{types.StringValue("secret")}),
	})
	m := SentCommand{SendArguments: SendArguments{Parameters: types.MapUnknown(parametersType), ParametersWO: secret, Comment: types.StringUnknown(), TimeoutSeconds: types.Int32Unknown()}}
	q, diags := m.Request(t.Context(), secret)
	if diags.HasError() {
		t.Fatal(diags)
	}
	if diff := cmp.Diff(map[string][]string{"commands": {"secret"}}, q.Parameters); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	q.Comment = "generated"
	m.SetSent(q, runcommand.Command{CommandID: "id", Parameters: q.Parameters, TimeoutSeconds: number(3600)}, "us-east-1")
	if !m.ParametersWO.IsNull() || !m.Parameters.IsNull() || m.Comment.ValueString() != "generated" || m.TimeoutSeconds.ValueInt32() != 3600 {
		t.Errorf("stored: %+v", m)
	}
}

// invocation returns the members of the results of a node.
func invocation(t *testing.T, results types.Map, id string) map[string]attr.Value {
	t.Helper()
	object, ok := results.Elements()[id].(types.Object)
	if !ok {
		t.Fatalf("%s: no results in %v", id, results)
	}
	return object.Attributes()
}

// Each node that was requested is in the map, by the ID as it was requested, also while nothing is
// known about it.
func TestSentInvocations(t *testing.T) {
	t.Parallel()
	stdout, stderr := "out", ""
	m := NewSentCommand(runcommand.Command{InstanceIDs: []string{"i-0AAAAAAAA", "i-2"}}, "us-east-1")
	if status := invocation(t, m.Invocations, "i-2")["status"]; !status.IsNull() {
		t.Errorf("status = %s, want null", status)
	}
	results := runcommand.Results{EntriesRead: true, Nodes: []runcommand.NodeResult{
		{
			NodeInvocation: runcommand.NodeInvocation{InstanceID: "i-0aaaaaaaa", Status: "Success", Steps: []runcommand.Step{{Name: "step", ResponseCode: number(0)}}},
			Outputs: []runcommand.StepOutput{{Result: &runcommand.Result{Invocation: runcommand.Invocation{
				ExecutionElapsed: "PT1S", StandardOutput: runcommand.Stream{Content: &stdout, Truncated: true}, StandardError: runcommand.Stream{Content: &stderr},
			}}}},
		},
		{NodeInvocation: runcommand.NodeInvocation{InstanceID: "i-2", Status: "Failed", Steps: []runcommand.Step{{Name: "a", ResponseCode: number(1)}, {Name: "b"}}}},
	}}
	m.SetResults(results)
	if n := len(m.Invocations.Elements()); n != 2 {
		t.Errorf("%d nodes, want 2", n)
	}
	one := invocation(t, m.Invocations, "i-0AAAAAAAA")
	for name, want := range map[string]attr.Value{
		"status": str("Success"), "response_code": i32(0), standardOutputContent: str("out"), standardErrorContent: str(""),
	} {
		if !one[name].Equal(want) {
			t.Errorf("%s = %s, want %s", name, one[name], want)
		}
	}
	step := one["steps"].(types.List).Elements()[0].(types.Object).Attributes()
	if !step[standardOutputTruncated].Equal(types.BoolValue(true)) || !step["execution_elapsed_time"].Equal(str("PT1S")) {
		t.Errorf("step: %v", step)
	}
	several := invocation(t, m.Invocations, "i-2")
	if !several["response_code"].IsNull() || len(several["steps"].(types.List).Elements()) != 2 {
		t.Errorf("a node with several steps: %v", several)
	}

	without := WithoutContents(m.Invocations)
	one = invocation(t, without, "i-0AAAAAAAA")
	step = one["steps"].(types.List).Elements()[0].(types.Object).Attributes()
	if !one[standardOutputContent].IsNull() || !step[standardOutputContent].IsNull() || !step[standardErrorTruncated].IsNull() ||
		!one["response_code"].Equal(i32(0)) || !step["execution_elapsed_time"].Equal(str("PT1S")) {
		t.Errorf("without contents: %v", one)
	}
	if !WithoutContents(without).Equal(without) {
		t.Error("a second time, it changes")
	}
}

// By targets, the nodes are null until they are listed.
func TestSentInvocationsOfTargets(t *testing.T) {
	t.Parallel()
	m := NewSentCommand(runcommand.Command{Targets: []runcommand.Target{{Key: "tag:A", Values: []string{"b"}}}}, "us-east-1")
	m.SetResults(runcommand.Results{Nodes: []runcommand.NodeResult{{}}})
	if !m.Invocations.IsNull() {
		t.Errorf("invocations = %s, want null", m.Invocations)
	}
	m.SetResults(runcommand.Results{EntriesRead: true})
	if m.Invocations.IsNull() || len(m.Invocations.Elements()) != 0 {
		t.Errorf("invocations = %s, want an empty map", m.Invocations)
	}
}

// The types that are set are those of the attributes.
func TestSentInvocationTypes(t *testing.T) {
	t.Parallel()
	invocation := sentInvocationAttributes()
	steps := invocation["steps"].(schema.ListNestedAttribute)
	for want, attributes := range map[*types.ObjectType]map[string]schema.Attribute{&sentInvocationType: invocation, &sentStepType: steps.NestedObject.Attributes} {
		got := map[string]attr.Type{}
		for name, attribute := range attributes {
			got[name] = attribute.GetType()
		}
		if !want.Equal(types.ObjectType{AttrTypes: got}) {
			t.Errorf("the attributes are %s, want %s", got, want.AttrTypes)
		}
	}
}
