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
	instanceIDText = "The managed node's id: `i-` and 8 or 17 characters for an EC2 instance, " +
		"`mi-` and 17 characters for an edge device or a machine outside EC2."
	invokedAfterText  = "Only commands that were sent at this time or later, in RFC 3339, such as `2026-11-22T08:00:00Z`."
	invokedBeforeText = "Only commands that were sent before this time, in RFC 3339, such as `2026-11-22T09:00:00Z`."
	stdoutURLText     = "The URL in S3 where all of standard output is, if the command was sent with a bucket. " +
		"It is given for an empty stream too, which has no object."
	stderrURLText = "The URL in S3 where all of standard error is, if the command was sent with a bucket. " +
		"It is given for an empty stream too, which has no object."
	statusDetailsText = "The status in more detail, such as `ExecutionTimedOut`, `DeliveryTimedOut`, `Terminated` or `Undeliverable`. " +
		"The service may add values."
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

// visibilityArgument is how long an answer that there is nothing is not believed.
func visibilityArgument(saying string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "How long " + saying + " is taken for \"not visible yet\" when nobody knows the command, as a duration such as `30s` or `2m`. " +
			"Not longer than the whole read may take, `timeouts`. Defaults to `30s`.",
		Validators: []validator.String{durationValidator{}},
	}
}

// allowMissingArgument is for a single thing, which may be gone.
var allowMissingArgument = schema.BoolAttribute{
	Optional: true,
	MarkdownDescription: "Whether a command that nobody knows any more gives null values instead of an error. The service keeps a command's history for 30 days, " +
		"and data sources are read at every plan. Defaults to `false`.",
}

// TimeoutText describes the one argument of the timeouts block.
const TimeoutText = "How long the read may take in all, as a duration such as `30s` or `2h`. Defaults to `1h`; the service itself gives a command " +
	"that was sent with its defaults 2 hours."

// timeoutsBlock is the caller's patience.
func timeoutsBlock(ctx context.Context) map[string]schema.Block {
	return map[string]schema.Block{"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{ReadDescription: TimeoutText})}
}

// cloudWatchOutputConfigAttribute is where the output is sent in CloudWatch Logs.
var cloudWatchOutputConfigAttribute = schema.SingleNestedAttribute{
	Computed:            true,
	MarkdownDescription: "Where the output is sent in CloudWatch Logs; null unless the command was sent with that.",
	Attributes: map[string]schema.Attribute{
		"cloudwatch_log_group_name": computedString("The log group; the default one's name, `/aws/ssm/` and the document's name, where none was given."),
		"cloudwatch_output_enabled": computedBool("Always `true`; where output is not sent, the object is null."),
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
