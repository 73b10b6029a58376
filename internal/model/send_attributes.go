// SPDX-License-Identifier: MPL-2.0

package model

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int32validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/objectvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int32planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
)

// MostInstanceIDs is the maximum number of node IDs in a request (API reference, SendCommand and
// CancelCommand).
const MostInstanceIDs = 50

// LongestComment is the maximum length of a comment, in characters (API reference, SendCommand).
const LongestComment = 100

// The other limits of SendCommand (API reference).
const (
	mostTargets      = 5
	mostTargetValues = 50
	longestTargetKey = 163
	longestHash      = 256
	longestBucket    = 63
	shortestBucket   = 3
	longestPrefix    = 500
	longestLogGroup  = 512
	longestAlarm     = 255
	leastTimeout     = 30
	mostTimeout      = 2592000
)

var (
	documentName    = framework.Matches(`^[a-zA-Z0-9_\-.:/]{3,128}$`, "must be the name or ARN of an SSM document: 3 to 128 letters, digits, and the characters _-.:/")
	documentVersion = framework.Matches(`^(\$LATEST|\$DEFAULT|[1-9][0-9]*)$`, `must be a version number, "$LATEST", or "$DEFAULT"`)
	targetKey       = framework.Matches(`^[\p{L}\p{Z}\p{N}_.:/=\-@]+$`, "must be tag:NAME, tag-key, InstanceIds, resource-groups:Name, or resource-groups:ResourceTypeFilters")
	concurrency     = framework.Matches(`^([1-9][0-9]{0,6}|[1-9][0-9]?%|100%)$`, `must be a number from 1 such as "10", or a percentage from 1 to 100 such as "20%"`)
	maxErrors       = framework.Matches(`^(0|[1-9][0-9]{0,6}|[0-9]%|[1-9][0-9]%|100%)$`, `must be a number from 0 such as "10", or a percentage from 0 to 100 such as "20%"`)
	notBlank        = framework.Matches(`\S`, "must not be blank")
)

// Sentences in the descriptions of the resource that [ActionText] removes or replaces, because an
// action has no state.
const (
	// ReplacesText ends the description of every argument whose change sends a new command.
	ReplacesText = " Changing this sends a new command."
	// keptText is for an argument that is also computed. Terraform cannot distinguish the removal
	// of such an argument from a configuration that never had it.
	keptText      = " Removing it keeps the value until the next command."
	versionText   = " A new version of the document alone changes no argument and sends nothing: to run the command again for each version, use `triggers`."
	everyNodeText = " Adding a node sends a new command to every node of the set: for commands that run node by node, use `for_each`."
	storedText    = " Stored in state, and shown in plans unless a value is sensitive: for secrets, use `parameters_wo`."
	secretText    = "Number to change when `parameters_wo` changes, since Terraform cannot compare write-only values."
)

var actionTexts = strings.NewReplacer(
	ReplacesText, "", keptText, "", versionText, "", everyNodeText, "",
	storedText, " Shown in plans unless a value is sensitive: for secrets, use `parameters_wo`.",
	secretText, "Any number. It lets the provider detect that Terraform did not pass on `parameters_wo`.",
)

// ActionText converts the description of an argument of the resource for the action.
func ActionText(text string) string { return actionTexts.Replace(text) }

// SendAttributes returns the attributes of [SendArguments]. A change of any of them replaces the
// resource, except for those that control how the provider waits.
func SendAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"document_name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Name of the SSM document to run, such as `AWS-RunShellScript`, or its ARN if another account shares it. 3 to 128 characters." + ReplacesText,
			Validators:          []validator.String{documentName},
		},
		"document_version": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "Version of the document: a number, `$LATEST`, or `$DEFAULT`. Defaults to `$DEFAULT`." + versionText + ReplacesText + keptText,
			Validators:          []validator.String{documentVersion},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"document_hash": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Hash of the document, up to 256 characters. Systems Manager rejects the command if the document has another hash, " +
				"which protects against changes of a document that another account shares." + ReplacesText,
			Validators: []validator.String{stringvalidator.LengthBetween(1, longestHash)},
		},
		"document_hash_type": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Algorithm of `document_hash`: `Sha256` or `Sha1`. Only with `document_hash`." + ReplacesText,
			Validators: []validator.String{
				stringvalidator.OneOf("Sha256", "Sha1"), stringvalidator.AlsoRequires(path.MatchRoot("document_hash")),
			},
		},
		"instance_ids": schema.SetAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "IDs of the managed nodes to run the command on, 1 to 50. An ID is `i-` and 8 or 17 characters for an EC2 instance, and `mi-` and 17 characters for a non-EC2 node. " +
				"Set this or `targets`." + everyNodeText + ReplacesText,
			Validators: []validator.Set{
				setvalidator.SizeBetween(1, MostInstanceIDs), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(framework.InstanceID),
			},
		},
		"targets": schema.SetNestedAttribute{
			Optional: true,
			MarkdownDescription: "What selects the managed nodes, 1 to 5 keys that must all match. Set this or `instance_ids`. " +
				"Systems Manager finds the nodes when it receives the command; nodes that match later do not run it." + ReplacesText,
			Validators: []validator.Set{setvalidator.SizeBetween(1, mostTargets), setvalidator.NoNullValues()},
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"key": schema.StringAttribute{
					Required:            true,
					MarkdownDescription: "What to match: `tag:NAME`, `tag-key`, `InstanceIds`, `resource-groups:Name`, or `resource-groups:ResourceTypeFilters`. Up to 163 characters.",
					Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, longestTargetKey), targetKey},
				},
				"values": schema.SetAttribute{
					Required:            true,
					ElementType:         types.StringType,
					MarkdownDescription: "Values, 1 to 50. A node matches if it has one of them.",
					Validators: []validator.Set{
						setvalidator.SizeBetween(1, mostTargetValues), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
					},
				},
			}},
		},
		"parameters": schema.MapAttribute{
			Optional:    true,
			Computed:    true,
			ElementType: types.ListType{ElemType: types.StringType},
			MarkdownDescription: "Parameters of the document: a map of lists of strings, such as `{ commands = [\"uptime\"] }`. A single value is a list of one: `{ workingDirectory = [\"/tmp\"] }`. " +
				"The names are case-sensitive and differ from document to document." + storedText +
				" A value that is interpolated into a script runs as code: use `provider::ssm::shell_quote` or `provider::ssm::powershell_quote`." + ReplacesText + keptText,
			Validators:    []validator.Map{mapvalidator.ValueListsAre(listvalidator.SizeAtLeast(1), listvalidator.NoNullValues())},
			PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()},
		},
		"parameters_wo": schema.MapAttribute{
			Optional:    true,
			WriteOnly:   true,
			ElementType: types.ListType{ElemType: types.StringType},
			MarkdownDescription: "Write-only parameters, which Terraform stores neither in plan nor in state. Needs Terraform 1.11 or later. The names must differ from those in `parameters`. " +
				"Systems Manager returns them in clear text to everyone who may call ListCommands, for 30 days. Requires `parameters_wo_version`.",
			Validators: []validator.Map{
				mapvalidator.ValueListsAre(listvalidator.SizeAtLeast(1), listvalidator.NoNullValues()),
				mapvalidator.AlsoRequires(path.MatchRoot("parameters_wo_version")),
			},
		},
		"parameters_wo_version": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: secretText + " Only with `parameters_wo`." + ReplacesText,
			Validators:          []validator.Int64{int64validator.AlsoRequires(path.MatchRoot("parameters_wo"))},
		},
		"comment": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "Comment of the command, 1 to 100 characters, visible to everyone who may list commands. Defaults to `terraform ` and 8 random hexadecimal digits. " +
				"With a comment that no other command has, the provider can find the command if the response to its request is lost." + ReplacesText + keptText,
			Validators:    []validator.String{stringvalidator.UTF8LengthBetween(1, LongestComment)},
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"timeout_seconds": schema.Int32Attribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "The delivery timeout in seconds, from `30` to `2592000`: how long Systems Manager tries to deliver the command to a node. " +
				"The run time is limited by the document, often by a parameter `executionTimeout`. Systems Manager defaults to 3600." + ReplacesText + keptText,
			Validators:    []validator.Int32{int32validator.Between(leastTimeout, mostTimeout)},
			PlanModifiers: []planmodifier.Int32{int32planmodifier.UseStateForUnknown()},
		},
		"max_concurrency": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "Maximum number of nodes that run the command at the same time, such as `10`, or a percentage from `1%` to `100%`. Systems Manager defaults to 50." + ReplacesText + keptText,
			Validators:          []validator.String{concurrency},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"max_errors": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "Number of nodes that can fail before Systems Manager stops sending the command to further nodes, such as `1`, or a percentage from `0%` to `100%`. Systems Manager defaults to 0." + ReplacesText + keptText,
			Validators:          []validator.String{maxErrors},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"output_s3_bucket_name": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "S3 bucket to which the nodes write the complete output, with the permissions of their own role. 3 to 63 characters." + ReplacesText,
			Validators:          []validator.String{stringvalidator.LengthBetween(shortestBucket, longestBucket)},
		},
		"output_s3_key_prefix": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Key prefix in that bucket, 1 to 500 characters. Only with `output_s3_bucket_name`." + ReplacesText,
			Validators: []validator.String{
				stringvalidator.LengthBetween(1, longestPrefix), stringvalidator.AlsoRequires(path.MatchRoot("output_s3_bucket_name")),
			},
		},
		"cloudwatch_output_config": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Sends the output to CloudWatch Logs. `{}` uses the default log group." + ReplacesText,
			Attributes: map[string]schema.Attribute{
				"cloudwatch_log_group_name": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "The log group, 1 to 512 characters. Defaults to `/aws/ssm/` and the name of the SSM document.",
					Validators:          []validator.String{stringvalidator.LengthBetween(1, longestLogGroup)},
				},
			},
		},
		"service_role_arn": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "ARN of the IAM role with which Systems Manager sends the notifications. The caller needs `iam:PassRole` for it. Requires `notification_config`." + ReplacesText,
			Validators: []validator.String{
				stringvalidator.LengthAtLeast(1), stringvalidator.AlsoRequires(path.MatchRoot("notification_config")),
			},
		},
		"notification_config": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Amazon SNS notifications about the command. Requires `service_role_arn`." + ReplacesText,
			Validators:          []validator.Object{objectvalidator.AlsoRequires(path.MatchRoot("service_role_arn"))},
			Attributes: map[string]schema.Attribute{
				"notification_arn": schema.StringAttribute{
					Required:            true,
					MarkdownDescription: "ARN of the SNS topic.",
					Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				},
				"notification_events": schema.SetAttribute{
					Required:            true,
					ElementType:         types.StringType,
					MarkdownDescription: "Statuses that cause a notification: `All`, `InProgress`, `Success`, `TimedOut`, `Cancelled`, `Failed`.",
					Validators: []validator.Set{
						setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(),
						setvalidator.ValueStringsAre(stringvalidator.OneOf("All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed")),
					},
				},
				"notification_type": schema.StringAttribute{
					Required:            true,
					MarkdownDescription: "`Command` for one notification about the whole command, `Invocation` for one per node.",
					Validators:          []validator.String{stringvalidator.OneOf("Command", "Invocation")},
				},
			},
		},
		"alarm_configuration": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "CloudWatch alarm that stops the command." + ReplacesText,
			Attributes: map[string]schema.Attribute{
				"alarms": schema.ListNestedAttribute{
					Required:            true,
					MarkdownDescription: "The alarm, a list of exactly one.",
					Validators:          []validator.List{listvalidator.SizeBetween(1, 1)},
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"name": schema.StringAttribute{
							Required:            true,
							MarkdownDescription: "The alarm's name, 1 to 255 characters.",
							Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, longestAlarm), notBlank},
						},
					}},
				},
				"ignore_poll_alarm_failure": schema.BoolAttribute{
					Optional:            true,
					MarkdownDescription: "Whether to continue the command if Systems Manager cannot read the state of the alarm. Systems Manager defaults to `false`.",
				},
			},
		},
		"region": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "Region in which to send the command. Defaults to the provider's Region." + ReplacesText + keptText,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"max_targets": schema.Int32Attribute{
			Optional: true,
			MarkdownDescription: "Maximum number of nodes that `targets` may match, at least `1`. The provider counts the nodes with DescribeInstanceInformation before it sends the command, and sends nothing if there are more. " +
				"If Systems Manager then reports more, the provider cancels the command. Only with `targets` whose keys are `tag:NAME`, `tag-key`, or `InstanceIds`.",
			Validators: []validator.Int32{int32validator.AtLeast(1), int32validator.AlsoRequires(path.MatchRoot("targets"))},
		},
		"wait_for_completion": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to wait until the command is complete. With `false`, Terraform returns once the command is sent, and a later refresh stores the results. Defaults to `true`.",
		},
		"require_success": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to return an error unless the status is `Success` on every node. The resource is then tainted, and the next apply sends a new command, unless you run `terraform untaint`. " +
				"With `false`, a failed command is a result like any other. Not with `wait_for_completion = false`. Defaults to `true`.",
		},
		"node_ready_timeout": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Maximum time to retry while Systems Manager rejects the nodes because they are not registered yet, or while no node matches `targets`, as a duration such as `5m`. Defaults to `5m`.",
			Validators:          []validator.String{framework.Duration},
		},
	}
}
