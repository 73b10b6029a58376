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
			MarkdownDescription: commandIDText + " Give it, or `comment`.",
			Validators:          commandIDForm,
		},
		"comment": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: commentAttribute.MarkdownDescription + " Give it, or `command_id`: the command is then the one that was sent with exactly this text. " +
				"A sender cannot choose a command's id, but can choose this.",
			Validators: []validator.String{stringvalidator.LengthBetween(1, longestComment)},
		},
		"document_name": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: documentNameAttribute.MarkdownDescription + " Given beside `comment`, it narrows the search to commands that ran this document.",
			Validators:          append([]validator.String{stringvalidator.AlsoRequires(onlyWithComment)}, filterForm...),
		},
		"invoked_after": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: invokedAfterText + " Only with `comment`; it spares reading 30 days of history, and keeps a comment that was used before " +
				"from being found.",
			Validators: []validator.String{stringvalidator.AlsoRequires(onlyWithComment), timestampValidator{}},
		},
		"most_recent": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to take the newest where several commands have the `comment`, which is an error otherwise. Only with `comment`. Defaults to `false`.",
			Validators:          []validator.Bool{boolvalidator.AlsoRequires(onlyWithComment)},
		},
		"region": regionArgument,
		"wait_for_completion": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to wait until the command has ended on all its nodes. `false` waits only until the command is visible, and takes the values of that moment. " +
				"Defaults to `true`.",
		},
		"visibility_timeout": visibilityArgument("an answer without the command"),
		"require_success": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether any end but success on every node is an error. That is more than the status `Success`, which the service also gives " +
				"when no node matched, and when failures stay within `max_errors`. Not with `wait_for_completion = false`. Defaults to `false`.",
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
		Blocks:     timeoutsBlock(ctx),
	}
}

const commandIDText = "The command's id, a UUID of 36 characters."

// commandAttributes are what the service says of a command: the attributes of data
// "ssm_command" and of each element of data "ssm_commands".
func commandAttributes() map[string]schema.Attribute {
	return outputS3Attributes(map[string]schema.Attribute{
		"command_id":          computedString(commandIDText),
		"comment":             commentAttribute,
		"document_name":       documentNameAttribute,
		"document_version":    documentVersionAttribute,
		"expires_after":       computedString("The time until which the service gives the command to reach its nodes and to run there, in RFC 3339."),
		"requested_date_time": computedString("When the command was sent, in RFC 3339."),
		"instance_ids":        computedStrings("The ids of the nodes that the sender named, sorted; empty for a command that was sent by tag or resource group."),
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
		"status": computedString("The status of the command across its nodes: `Pending`, `InProgress`, `Cancelling`, or one of the four ends `Success`, `Failed`, `TimedOut`, `Cancelled`. " +
			"`Success` does not say that every node succeeded: see `require_success` of `ssm_command`."),
		"status_details": computedString("The status in more detail, such as `NoInstancesInTag`, `DeliveryTimedOut`, `FailedDueToAlarm` or `Incomplete`. " +
			"The service may add values."),
		"target_count":             computedNumber("On how many nodes the command is run. `0` until tags and groups are resolved to nodes."),
		"completed_count":          computedNumber("On how many nodes the command has ended, however it ended."),
		"error_count":              computedNumber("On how many nodes the command failed or ran out of execution time."),
		"delivery_timed_out_count": computedNumber("How many nodes reported no end before the command expired."),
		"max_concurrency":          computedString("On how many nodes, or what percentage of them, the command is run at the same time."),
		"max_errors":               computedString("How many nodes, or what percentage of them, may fail before the command is sent to no more."),
		"service_role_arn":         serviceRoleAttribute,
		"timeout_seconds":          computedNumber("How many seconds the service tries to reach a node."),
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
