package datasource

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The pieces of schema that several data sources have, so that one thing has one
// name, one type and one description.

// The forms of ids that the service accepts, from its own ValidationException. A
// wrong one is refused here, before any request.
var (
	commandIDForm = []validator.String{stringvalidator.RegexMatches(
		regexp.MustCompile(`^[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$`),
		"must be a command's id, a UUID of 36 characters such as 1632d4ab-8021-4031-a383-3b0d7d32f89a")}
	instanceIDForm = []validator.String{stringvalidator.RegexMatches(
		regexp.MustCompile(`^(i-(\w{8}|\w{17})|mi-\w{17})$`),
		"must be a managed node's id: \"i-\" and 8 or 17 characters, or \"mi-\" and 17 characters")}
	// filterForm is what a filter's value may be: "" would be no filter at all, and the
	// API takes no more than 128 characters.
	filterForm = []validator.String{stringvalidator.LengthBetween(1, 128)}
)

const (
	instanceIDText = "The managed node's ID: `i-` and 8 or 17 characters for an EC2 instance, " +
		"`mi-` and 17 characters for an edge device or another non-EC2 node."
	invokedAfterText  = "Only commands that were sent at this time or later, in RFC 3339, such as `2026-11-22T08:00:00Z`."
	invokedBeforeText = "Only commands that were sent before this time, in RFC 3339, such as `2026-11-22T09:00:00Z`."
	stdoutURLText     = "The URL of the complete standard output in S3, if the command was sent with a bucket. " +
		"The URL is set even if the stream is empty. In that case, no object exists."
	stderrURLText = "The URL of the complete standard error in S3, if the command was sent with a bucket. " +
		"The URL is set even if the stream is empty. In that case, no object exists."
	// No recorded response has Delayed or Cancelling as a status: assumption 7.
	statusesText = "`Pending`, `InProgress`, or a terminal status: `Success`, `Failed`, `TimedOut`, or `Cancelled`. " +
		"While the node does not respond, the status is `Pending` and `status_details` is `Delayed`. " +
		"The API also defines the statuses `Delayed` and `Cancelling`; the provider treats both as not complete."
	statusDetailsText = "The status in more detail, such as `ExecutionTimedOut`, `DeliveryTimedOut`, `Terminated`, or `Undeliverable`. " +
		"Systems Manager may add values."
	responseCodeText = "The step's exit code. `-1` until the step is complete, and if the step never ran."
	filterLengthText = "1 to 128 characters."
)

// What every answer says of the command that was sent.
var (
	commentAttribute         = computedString("The comment that the command was sent with.")
	documentNameAttribute    = computedString("The name of the document that was run.")
	documentVersionAttribute = computedString("The document's version as it was asked for when the command was sent, such as `$DEFAULT`.")
	serviceRoleAttribute     = computedString("The role that the service uses to send notifications.")
)

// regionArgument is the region of one read.
var regionArgument = schema.StringAttribute{
	Optional:            true,
	Computed:            true,
	MarkdownDescription: "The region the command was sent in. Overrides the provider's region for this read.",
}

// visibilityArgument is the grace period in which a command that does not exist may
// be one that is not visible yet. The sentence says what else the argument limits.
func visibilityArgument(sentence string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "Maximum time to retry while Systems Manager has no record of the command, as a duration such as `30s` or `2m`. " +
			sentence + "Must not exceed the limit in `timeouts`. Defaults to `30s`, or to the limit in `timeouts` if that is shorter.",
		Validators: []validator.String{durationValidator{}},
	}
}

// allowMissingArgument is for a single thing, which may be gone.
var allowMissingArgument = schema.BoolAttribute{
	Optional: true,
	MarkdownDescription: "Whether to return null values instead of an error if the command no longer exists. Every plan reads the command again, " +
		"and Systems Manager keeps a command's history for 30 days. Defaults to `false`.",
}

// ListTimeoutText describes the one argument of the timeouts block of a read that
// waits for no command.
const ListTimeoutText = "Maximum time for the whole read, as a duration such as `30s` or `2h`. Defaults to `1h`."

// TimeoutText describes that argument of a read that waits for a command. The
// execution timeout is that of AWS-RunShellScript; the delivery timeout is the API's.
const TimeoutText = ListTimeoutText + " A command that was sent with the default delivery timeout (3,600 seconds) " +
	"and the default execution timeout (3,600 seconds) can take up to 2 hours."

// timeoutsBlock limits the whole read.
func timeoutsBlock(ctx context.Context, description string) map[string]schema.Block {
	return map[string]schema.Block{"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{ReadDescription: description})}
}

// cloudWatchOutputConfigAttribute is where the output is sent in CloudWatch Logs.
var cloudWatchOutputConfigAttribute = schema.SingleNestedAttribute{
	Computed:            true,
	MarkdownDescription: "Where the output is sent in CloudWatch Logs; null unless the command was sent with that.",
	Attributes: map[string]schema.Attribute{
		"cloudwatch_log_group_name": computedString("The log group that receives the output. Defaults to `/aws/ssm/` and the name of the SSM document."),
		"cloudwatch_output_enabled": computedBool("Always `true`. If output is not sent, the object is null."),
	},
}

// notificationConfigAttribute is whom the service tells.
var notificationConfigAttribute = schema.SingleNestedAttribute{
	Computed:            true,
	MarkdownDescription: "Whom the service tells of the command's progress; null unless the command was sent with that.",
	Attributes: map[string]schema.Attribute{
		"notification_arn":    computedString("The SNS topic's ARN."),
		"notification_events": computedStrings("The events that are told of, such as `Success` or `All`."),
		"notification_type":   computedString("`Command` for one message about the whole command, `Invocation` for one from each node."),
	},
}

// outputS3Attributes adds where in S3 the output is written.
func outputS3Attributes(to map[string]schema.Attribute) map[string]schema.Attribute {
	to["output_s3_bucket_name"] = computedString("The S3 bucket that the output is written to.")
	to["output_s3_key_prefix"] = computedString("The folder in that bucket.")
	to["output_s3_region"] = computedString("The region of that bucket, as the service has it.")
	return to
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

func computedNumber(description string) schema.Int32Attribute {
	return schema.Int32Attribute{Computed: true, MarkdownDescription: description}
}

func computedStrings(description string) schema.ListAttribute {
	return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
}

func computedObjects(description string, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
	}
}
