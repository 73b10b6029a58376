package datasource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// shortestStepName is the API's lower bound for PluginName.
const shortestStepName = 4

// commandInvocationSchema is the contract of data "ssm_command_invocation".
func commandInvocationSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Reads what one command, or one step of it, did on one managed node: status, exit code, standard output and standard error " +
			"(`GetCommandInvocation`).\n\n" +
			"The service is eventually consistent. This data source waits until the invocation is visible and, unless told otherwise, until it has ended, " +
			"during `plan` as well as `apply`. A command that failed is a value, not an error, unless `require_success` is set.\n\n" +
			"~> All attributes, the contents of standard output and standard error among them, are stored in plan and state files.",
		Attributes: InvocationAttributes(),
		Blocks:     timeoutsBlock(ctx, TimeoutText),
	}
}

// InvocationAttributes are the arguments and attributes of an invocation, which the
// data source and its ephemeral twin have in common.
func InvocationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"command_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The command's id, a UUID of 36 characters, as `SendCommand` returned it.",
			Validators:          commandIDForm,
		},
		"instance_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: instanceIDText,
			Validators:          instanceIDForm,
		},
		"plugin_name": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "The name of the step whose result is wanted. Needed for a document of several steps; there it is the `name` in `mainSteps`, " +
				"not the action. A document of schema 1.2 has one step, named after its plugin, such as `aws:runShellScript`. " +
				"At least 4 characters. If omitted, this is the name of the only step, or null if there are several.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(shortestStepName)},
		},
		"region": regionArgument,
		"wait_for_completion": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to wait until the step has ended. `false` waits only until the invocation is visible, and takes the values of that moment. " +
				"Defaults to `true`.",
		},
		"visibility_timeout": visibilityArgument("With `complete_output`, also the maximum time to wait for the S3 object. "),
		"require_success": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to return an error if the final status is not `Success`. The error shows the status and the exit code. " +
				"Not with `wait_for_completion = false`. Defaults to `false`.",
		},
		"allow_missing": allowMissingArgument,

		"complete_output": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to read all of a stream that the service cut from the S3 object that the command wrote, into the same attribute; " +
				"`standard_output_truncated` or `standard_error_truncated` is then `false`. Needs a command that was sent with a bucket, and `s3:GetObject` on it. " +
				"A stream that was not cut costs no request. Defaults to `false`.",
		},
		"max_output_bytes": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "How many bytes a stream read with `complete_output` may have. A larger one is an error before it is read, never a silent cut. " +
				"Defaults to `1048576`.",
			Validators: []validator.Int64{int64validator.AtLeast(1)},
		},

		"comment":          commentAttribute,
		"document_name":    documentNameAttribute,
		"document_version": documentVersionAttribute,
		"response_code": computedNumber(responseCodeText + " Null if Systems Manager returns none, " +
			"as for an invocation of several steps when no step is named."),
		"execution_start_date_time": computedString("When the step started, by the node's clock, as the service writes it. Null until the step has ended."),
		"execution_elapsed_time":    computedString("How long the step ran, as an ISO 8601 duration such as `PT3.175S`."),
		"execution_end_date_time": computedString("When the step ended, as the service writes it: it adds whole seconds to the start, " +
			"so prefer `execution_elapsed_time` for how long the step ran."),
		"status": computedString("The status of the step: " + statusesText + " " +
			"With several steps, a step can be `Success` while the invocation on the node failed."),
		"status_details": computedString(statusDetailsText),
		"standard_output_content": computedString("The step's standard output: the first 24,000 characters, or all of it with `complete_output`. " +
			"An empty stream is `\"\"`. Null until the step is complete. Bytes that are not UTF-8 are replaced by U+FFFD."),
		"standard_output_url":       computedString(stdoutURLText),
		"standard_output_truncated": computedBool("Whether `standard_output_content` is truncated. Null until the step is complete."),
		"standard_error_content": computedString("The step's standard error: the first 8,000 characters, or all of it with `complete_output`. " +
			"An empty stream is `\"\"`. Null until the step is complete. Bytes that are not UTF-8 are replaced by U+FFFD."),
		"standard_error_url":       computedString(stderrURLText),
		"standard_error_truncated": computedBool("Whether `standard_error_content` is truncated. Null until the step is complete."),
		"cloudwatch_output_config": cloudWatchOutputConfigAttribute,
	}
}
