package datasource

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// longestComment is the API's upper bound for a comment.
const longestComment = 100

// commandSchema is the contract of data "ssm_command".
func commandSchema(ctx context.Context) schema.Schema {
	onlyWithComment := path.MatchRoot("comment")
	attributes := commandAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"command_id": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: commandIDText + " Set this or `comment`.",
			Validators:          commandIDForm,
		},
		"comment": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: commentAttribute.MarkdownDescription + " Set this or `command_id`. Finds the command whose comment is exactly this text, " +
				"after Unicode normalization (NFC). The caller of SendCommand chooses the comment, but not the command ID. 1 to 100 characters.",
			Validators: []validator.String{stringvalidator.LengthBetween(1, longestComment)},
		},
		"document_name": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: documentNameAttribute.MarkdownDescription + " As an argument, only with `comment`: limits the search to commands that ran this document. " + filterLengthText,
			Validators:          append([]validator.String{stringvalidator.AlsoRequires(onlyWithComment)}, filterForm...),
		},
		"invoked_after": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: invokedAfterText + " Only with `comment`. Limits the search to recent history, " +
				"and excludes older commands with the same comment.",
			Validators: []validator.String{stringvalidator.AlsoRequires(onlyWithComment), timestampValidator{}},
		},
		"most_recent": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to read the newest command if several have the `comment`. Otherwise, several are an error. Only with `comment`. Defaults to `false`.",
			Validators:          []validator.Bool{boolvalidator.AlsoRequires(onlyWithComment)},
		},
		"region": regionArgument,
		"wait_for_completion": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to wait until the command has ended on all its nodes. `false` waits only until the command is visible, and takes the values of that moment. " +
				"Defaults to `true`.",
		},
		"visibility_timeout": visibilityArgument(""),
		"require_success": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to return an error unless the command succeeded on every node: the status is `Success`, `error_count` and `delivery_timed_out_count` are 0, " +
				"there is at least one node, and the status of every invocation is `Success`. Systems Manager also reports `Success` if no node matched, " +
				"if failures stay within `max_errors`, and if the command could not be delivered to some nodes. " +
				"The provider reads the invocations for this, which requires `ssm:ListCommandInvocations`. " +
				"Not with `wait_for_completion = false`. Defaults to `false`.",
		},
		"allow_missing": allowMissingArgument,
	})
	return schema.Schema{
		MarkdownDescription: "Reads one command across all its nodes: status, counts, targets and parameters (`ListCommands`). " +
			"The command is found by its id, or by the comment that it was sent with.\n\n" +
			"This data source waits until the command is visible and, unless told otherwise, until it has ended on all nodes, " +
			"during `plan` as well as `apply`. A command that failed is a value, not an error, unless `require_success` is set.\n\n" +
			"~> All attributes, `parameters` among them, are stored in plan and state files.",
		Attributes: attributes,
		Blocks:     timeoutsBlock(ctx, TimeoutText),
	}
}

const commandIDText = "The command ID, a UUID of 36 characters."

// commandAttributes are what the service says of a command: the attributes of data
// "ssm_command" and of each element of data "ssm_commands".
func commandAttributes() map[string]schema.Attribute {
	return outputS3Attributes(map[string]schema.Attribute{
		"command_id":          computedString(commandIDText),
		"comment":             commentAttribute,
		"document_name":       documentNameAttribute,
		"document_version":    documentVersionAttribute,
		"expires_after":       computedString("The time when the command expires, in RFC 3339: the request time plus the delivery timeout and the execution timeout."),
		"requested_date_time": computedString("When the command was sent, in RFC 3339."),
		"instance_ids": computedStrings("The node IDs in the request's `InstanceIds`, sorted. Empty if the command was sent to `targets`, even if these are node IDs: " +
			"to list the nodes of any command, read `ssm_command_invocations` with `include_plugins = false`."),
		"targets": computedObjects("The tags, resource groups or nodes that the command was sent to.", map[string]schema.Attribute{
			"key":    computedString("What is matched, such as `tag:Role`, `resource-groups:Name` or `InstanceIds`."),
			"values": computedStrings("The values that match."),
		}),
		"parameters": schema.MapAttribute{
			Computed:            true,
			Sensitive:           true,
			ElementType:         types.ListType{ElemType: types.StringType},
			MarkdownDescription: "The parameters that the document was given. The service returns them in clear, secrets among them, and they are stored in state.",
		},
		"status": computedString("The status of the command across its nodes: `Pending`, `InProgress`, or a terminal status: `Success`, `Failed`, `TimedOut`, or `Cancelled`. " +
			"The API also defines the status `Cancelling`; the provider treats it as not complete. " +
			"`Success` does not mean that every node succeeded: see `require_success` of `ssm_command`."),
		"status_details": computedString("The status in more detail, such as `NoInstancesInTag`, `DeliveryTimedOut`, `FailedDueToAlarm`, or `Incomplete`. " +
			"Systems Manager may add values."),
		"target_count":    computedNumber("Number of nodes that the command was sent to. `0` until Systems Manager has resolved tags and groups to nodes."),
		"completed_count": computedNumber("Number of nodes on which the command is complete, with any terminal status."),
		"error_count": computedNumber("Number of nodes on which the command failed or exceeded the execution timeout. " +
			"Nodes with the details `Undeliverable`, `InvalidPlatform`, `AccessDenied`, or `Terminated` are not counted."),
		"delivery_timed_out_count": computedNumber("Number of nodes that reported no terminal status before the command expired."),
		"max_concurrency":          computedString("Maximum number or percentage of nodes that run the command at the same time."),
		"max_errors":               computedString("Maximum number or percentage of nodes that can fail before Systems Manager stops sending the command."),
		"service_role_arn":         serviceRoleAttribute,
		"timeout_seconds":          computedNumber("The delivery timeout in seconds."),
		"notification_config":      notificationConfigAttribute,
		"cloudwatch_output_config": cloudWatchOutputConfigAttribute,
		"alarm_configuration":      alarmConfigurationAttribute,
		"triggered_alarms": computedObjects("The alarms that went off and stopped the command.", map[string]schema.Attribute{
			"name":  computedString("The alarm's name."),
			"state": computedString("The state that the alarm was seen in, `ALARM` or `UNKNOWN`."),
		}),
	})
}

// alarmConfigurationAttribute names the alarms that may stop a command.
var alarmConfigurationAttribute = schema.SingleNestedAttribute{
	Computed:            true,
	MarkdownDescription: "The CloudWatch alarms that stop the command; null unless the command was sent with that.",
	Attributes: map[string]schema.Attribute{
		"alarms":                    computedObjects("The alarms.", map[string]schema.Attribute{"name": computedString("The alarm's name.")}),
		"ignore_poll_alarm_failure": computedBool("Whether the command goes on when the state of an alarm cannot be read."),
	},
}
