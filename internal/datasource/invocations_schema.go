package datasource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// invocationsSchema is the contract of data "ssm_command_invocations".
func invocationsSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Reads what commands did on many nodes: all nodes of one command, all commands of one node, or what matches a filter, each with all its steps " +
			"(`ListCommandInvocations`).\n\n" +
			"With `command_id` this data source waits until the command is visible and, unless told otherwise, until it has ended on all nodes, " +
			"during `plan` as well as `apply`. While it waits it asks about the command alone; the nodes are read once, at the end. " +
			"A command that failed is a value, not an error, unless `require_success` is set.\n\n" +
			"~> All attributes, the output of each step among them, are stored in plan and state files.",
		Attributes: map[string]schema.Attribute{
			"command_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: commandIDText + " At least one of this argument and the five filters is required.",
				Validators:          commandIDForm,
			},
			"instance_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: instanceIDText + " Only invocations on this node.",
				Validators:          instanceIDForm,
			},
			"status": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only invocations of this status: " + words(invocationStatuses) + ". `TimedOut` covers both kinds of timeout.",
				Validators:          oneOf(invocationStatuses),
			},
			"document_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only invocations of commands that ran this document. " + filterLengthText,
				Validators:          filterForm,
			},
			"invoked_after": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: invokedAfterText,
				Validators:          []validator.String{timestampValidator{}},
			},
			"invoked_before": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: invokedBeforeText,
				Validators:          []validator.String{timestampValidator{}},
			},
			"region": regionArgument,
			"include_plugins": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to read `command_plugins`: the steps and their output, which are most of the response. Defaults to `true`.",
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to wait until the command is complete on all nodes, or on the node `instance_id`. " +
					"Defaults to `true` with `command_id`. Without `command_id`, the provider does not wait, and `true` is an error.",
			},
			"visibility_timeout": visibilityArgument("Has no effect without `command_id`. "),
			"require_success": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to return an error unless there is at least one node and the status is `Success` on every node, including the nodes that the filters exclude. " +
					"The error counts the nodes by status. Unless `include_plugins = false`, it also shows the exit code and the last lines of output of the first three nodes that failed, " +
					"at most 20 lines and 2,000 bytes in all. Only with `command_id`, and not with `wait_for_completion = false`. Defaults to `false`.",
			},

			"invocations": computedObjects("The invocations, sorted by instance ID, then by request time.", invocationAttributes()),
		},
		Blocks: timeoutsBlock(ctx, TimeoutText),
	}
}

// invocationAttributes are those of a command on one node.
func invocationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"command_id":               computedString(commandIDText),
		"instance_id":              computedString(instanceIDText),
		"instance_name":            computedString("The node's host name, if it has told one."),
		"comment":                  commentAttribute,
		"document_name":            documentNameAttribute,
		"document_version":         documentVersionAttribute,
		"requested_date_time":      computedString("When the service made this invocation of the command, in RFC 3339."),
		"status":                   computedString("The status of the invocation on this node: " + statusesText),
		"status_details":           computedString(statusDetailsText),
		"trace_output":             computedString("What the service traced of the invocation."),
		"standard_output_url":      computedString(stdoutURLText + " Only where there is a single step."),
		"standard_error_url":       computedString(stderrURLText + " Only where there is a single step."),
		"service_role_arn":         serviceRoleAttribute,
		"notification_config":      notificationConfigAttribute,
		"cloudwatch_output_config": cloudWatchOutputConfigAttribute,
		"command_plugins":          computedObjects("The steps in the document's order; empty with `include_plugins = false`.", pluginAttributes()),
	}
}

// pluginAttributes are those of one step of a command on one node.
func pluginAttributes() map[string]schema.Attribute {
	return outputS3Attributes(map[string]schema.Attribute{
		"name":                      computedString("The step's name; a document of schema 1.2 has one step, named after its plugin, such as `aws:runShellScript`."),
		"status":                    computedString("The status of the step: `Pending`, `InProgress`, or a terminal status: `Success`, `Failed`, `TimedOut`, or `Cancelled`."),
		"status_details":            computedString(statusDetailsText),
		"response_code":             computedNumber(responseCodeText),
		"response_start_date_time":  computedString("When the step started, by the node's clock, in RFC 3339. Null until the step has ended."),
		"response_finish_date_time": computedString("When the step ended, by the node's clock, in RFC 3339. Null until the step has ended."),
		"output": computedString("The step's standard output and, after a line `----------ERROR-------`, its standard error, 2,500 characters in all. " +
			"Null until the invocation is complete or reports output. `\"\"` if the invocation is complete without output. Stored in state. " +
			"`ssm_command_invocation` returns up to 24,000 characters of standard output and 8,000 of standard error, as separate attributes."),
		"output_truncated":    computedBool("Whether `output` is truncated. Null if `output` is null."),
		"standard_output_url": computedString(stdoutURLText),
		"standard_error_url":  computedString(stderrURLText),
	})
}
