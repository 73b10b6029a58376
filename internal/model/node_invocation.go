// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// NodeInvocationObject is a command invocation with its steps, as ListCommandInvocations returns
// it.
var NodeInvocationObject = framework.NewObject(map[string]schema.Attribute{
	"command_id":               framework.ComputedString(framework.CommandIDText),
	"instance_id":              framework.ComputedString(framework.InstanceIDText),
	"instance_name":            framework.ComputedString("The node's host name, if the agent reported one."),
	"comment":                  CommentAttribute,
	"document_name":            DocumentNameAttribute,
	"document_version":         documentVersionAttribute,
	"requested_date_time":      framework.ComputedString("When Systems Manager created this invocation of the command, in RFC 3339."),
	"status":                   framework.ComputedString("The status of the invocation on this node: " + statusesText),
	"status_details":           framework.ComputedString(statusDetailsText),
	"trace_output":             framework.ComputedString("The trace output of the invocation."),
	"standard_output_url":      framework.ComputedString(stdoutURLText + " Only if the document has a single step."),
	"standard_error_url":       framework.ComputedString(stderrURLText + " Only if the document has a single step."),
	"service_role_arn":         serviceRoleAttribute,
	"notification_config":      notificationConfigAttribute(),
	"cloudwatch_output_config": cloudWatchOutputConfigAttribute(),
	"command_plugins":          stepObject.ComputedObjects("The steps in the document's order. Empty with `include_plugins = false`."),
})

// stepObject is one step of a command invocation.
var stepObject = framework.NewObject(outputS3Attributes(map[string]schema.Attribute{
	"name":                      framework.ComputedString("The step's name. A document with schema version 1.2 has one step, named after its plugin, such as `aws:runShellScript`."),
	"status":                    framework.ComputedString("The status of the step: `Pending`, `InProgress`, or a terminal status: `Success`, `Failed`, `TimedOut`, or `Cancelled`."),
	"status_details":            framework.ComputedString(statusDetailsText),
	"response_code":             framework.ComputedNumber(responseCodeText),
	"response_start_date_time":  framework.ComputedString("When the step started, by the node's clock, in RFC 3339. Null until the step is complete."),
	"response_finish_date_time": framework.ComputedString("When the step was complete, by the node's clock, in RFC 3339. Null until then."),
	"output": framework.ComputedString("The step's standard output and, after a line `----------ERROR-------`, its standard error, 2,500 characters in all. " +
		"Null until the invocation is complete or reports output. `\"\"` if the invocation is complete without output. Stored in state. " +
		"`ssm_command_invocation` returns up to 24,000 characters of standard output and 8,000 of standard error, as separate attributes."),
	"output_truncated":    framework.ComputedBool("Whether `output` is truncated. Null if `output` is null."),
	"standard_output_url": framework.ComputedString(stdoutURLText),
	"standard_error_url":  framework.ComputedString(stderrURLText),
}))

// NodeInvocationValue maps an entry of ListCommandInvocations.
func NodeInvocationValue(n *runcommand.NodeInvocation) tftypes.Value {
	complete := n.Complete()
	return NodeInvocationObject.Value(map[string]tftypes.Value{
		"command_id":               framework.String(n.CommandID),
		"instance_id":              framework.String(n.InstanceID),
		"instance_name":            framework.String(n.InstanceName),
		"comment":                  framework.String(n.Comment),
		"document_name":            framework.String(n.DocumentName),
		"document_version":         framework.String(n.DocumentVersion),
		"requested_date_time":      framework.Time(n.RequestedDateTime),
		"status":                   framework.String(n.Status),
		"status_details":           framework.String(n.StatusDetails),
		"trace_output":             framework.String(n.TraceOutput),
		"standard_output_url":      framework.String(n.StandardOutputURL),
		"standard_error_url":       framework.String(n.StandardErrorURL),
		"service_role_arn":         framework.String(n.ServiceRole),
		"notification_config":      notificationConfig(n.Notification),
		"cloudwatch_output_config": cloudWatchOutputConfig(n.CloudWatchOutput),
		"command_plugins":          framework.Objects(stepObject, n.Steps, func(s *runcommand.Step) tftypes.Value { return stepValue(s, complete) }),
	})
}

// stepValue maps a step. complete is whether the invocation is complete. Until then, an empty
// output is null, because the service returns "" before the agent has reported output.
func stepValue(s *runcommand.Step, complete bool) tftypes.Value {
	var output *string
	var truncated *bool
	if complete || s.Output != "" {
		output, truncated = &s.Output, &s.OutputTruncated
	}
	return stepObject.Value(map[string]tftypes.Value{
		"name":                      framework.String(s.Name),
		"status":                    framework.String(s.Status),
		"status_details":            framework.String(s.StatusDetails),
		"response_code":             framework.Number(s.ResponseCode),
		"response_start_date_time":  framework.Time(s.Start),
		"response_finish_date_time": framework.Time(s.Finish),
		"standard_output_url":       framework.String(s.StandardOutputURL),
		"standard_error_url":        framework.String(s.StandardErrorURL),
		"output":                    tftypes.NewValue(tftypes.String, output),
		"output_truncated":          framework.Bool(truncated),
		"output_s3_bucket_name":     framework.String(s.OutputS3.BucketName),
		"output_s3_key_prefix":      framework.String(s.OutputS3.KeyPrefix),
		"output_s3_region":          framework.String(s.OutputS3.Region),
	})
}
