// SPDX-License-Identifier: MPL-2.0

package model

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

func number(n int32) *int32    { return &n }
func text(s string) *string    { return &s }
func null(v types.String) bool { return v.IsNull() }

// What the service did not return is null, and what was given as an argument stays.
func TestInvocationSet(t *testing.T) {
	m := Invocation{PluginName: types.StringValue("deploy"), Region: types.StringNull()}
	m.Set(runcommand.Invocation{}, "us-east-1")
	if m.PluginName.ValueString() != "deploy" || m.Region.ValueString() != "us-east-1" || !m.ResponseCode.IsNull() || !null(m.Status) ||
		!null(m.StandardOutputContent) || !m.StandardOutputTruncated.IsNull() || m.CloudWatchOutputConfig != nil {
		t.Errorf("%+v", m)
	}
	m.Set(runcommand.Invocation{
		ResponseCode: number(7), Status: "Failed", StandardOutput: runcommand.Stream{Content: text("")},
		StandardError:    runcommand.Stream{Content: text("why"), Truncated: true, URL: "https://s3"},
		CloudWatchOutput: &runcommand.CloudWatchOutput{LogGroupName: "group"},
	}, "us-east-1")
	if m.ResponseCode.ValueInt32() != 7 || null(m.StandardOutputContent) || m.StandardOutputContent.ValueString() != "" || m.StandardOutputTruncated.ValueBool() ||
		!m.StandardErrorTruncated.ValueBool() || m.StandardErrorURL.ValueString() != "https://s3" || m.CloudWatchOutputConfig.LogGroupName.ValueString() != "group" {
		t.Errorf("%+v", m)
	}
}

// An absent count is null and not 0; lists are empty and not null.
func TestNewCommandValues(t *testing.T) {
	none := NewCommandValues(runcommand.Command{})
	if !none.ErrorCount.IsNull() || !none.TargetCount.IsNull() || none.InstanceIDs == nil || len(none.InstanceIDs) > 0 || none.Targets == nil ||
		none.Parameters != nil || !null(none.ExpiresAfter) || none.AlarmConfiguration != nil {
		t.Errorf("%+v", none)
	}
	sent := time.Date(2026, 11, 22, 9, 0, 0, 5_000_000, time.FixedZone("", 3600))
	c := NewCommandValues(runcommand.Command{ErrorCount: number(0), InstanceIDs: []string{"i-2", "i-1"}, RequestedDateTime: sent,
		Alarms: &runcommand.AlarmConfiguration{Names: []string{"cpu"}}})
	if c.ErrorCount.IsNull() || c.InstanceIDs[0].ValueString() != "i-1" || c.RequestedDateTime.ValueString() != "2026-11-22T08:00:00.005Z" ||
		c.AlarmConfiguration.Alarms[0].Name.ValueString() != "cpu" {
		t.Errorf("%+v", c)
	}
}

// The output of a step that is empty is believed once the invocation is complete.
func TestNewNodeInvocationValues(t *testing.T) {
	entry := func(status, output string) stepValues {
		return NewNodeInvocationValues(runcommand.NodeInvocation{Status: status, Steps: []runcommand.StepResult{{Output: output}}}).CommandPlugins[0]
	}
	for name, c := range map[string]struct {
		status, output string
		null           bool
	}{
		"running, nothing yet": {"InProgress", "", true},
		"running, something":   {"InProgress", "x", false},
		"complete, nothing":    {"Success", "", false},
	} {
		got := entry(c.status, c.output)
		if got.Output.IsNull() != c.null || got.OutputTruncated.IsNull() != c.null || !got.ResponseCode.IsNull() {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
