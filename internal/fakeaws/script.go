// SPDX-License-Identifier: MPL-2.0

package fakeaws

import "time"

// Seconds is a span of time in seconds, relative to a start that the field names. It is a plain number in a script file.
type Seconds float64

// Duration returns the span rounded to the microsecond, which keeps the service's milliseconds exact.
func (s Seconds) Duration() time.Duration {
	micros := float64(s) * 1e6
	if micros < 0 {
		return time.Duration(micros-0.5) * time.Microsecond
	}
	return time.Duration(micros+0.5) * time.Microsecond
}

// At returns a pointer to s, for the fields whose absence means something else than zero.
func At(s Seconds) *Seconds { return &s }

// Code returns a pointer to an exit code, for [Step.ResponseCode].
func Code(code int) *int { return &code }

// Script is everything that happened, and everything that will go wrong.
type Script struct {
	// Regions are the regions served, us-east-1 where none is given. A request signed for another region is refused as
	// the service refuses it: a client that signs for the wrong place must not be answered by accident.
	Regions []string `json:"regions,omitempty"`
	// Account is the account id in answers of STS and in refusals, 123456789012 where none is given.
	Account string `json:"account,omitempty"`

	// Commands are those that were sent before the server's start, or that another caller sends
	// after it.
	Commands []Command `json:"commands,omitempty"`
	Faults   []Fault   `json:"faults,omitempty"`

	// Nodes are the managed nodes that commands can be sent to. A script that leaves them out is
	// about reading alone: it has neither SendCommand nor CancelCommand,
	// DescribeInstanceInformation and GetConnectionStatus, so that a test of reading fails if
	// anything is sent. An empty list is an account without nodes.
	Nodes []Node `json:"nodes,omitzero"`
	// Documents are there besides those that AWS owns, or in the place of one.
	Documents []Document `json:"documents,omitempty"`
	// Rules say what documents do on nodes. The first that matches counts; without one, each step
	// succeeds after a second.
	Rules []Rule `json:"rules,omitempty"`
	// Behavior is how the service behaves where that changed, or was never recorded.
	Behavior Behavior `json:"behavior,omitzero"`
	// ClockSkew is how far the service's clock is ahead of the client's; negative is behind. Every
	// time in a script, an answer, and a record is by the service's clock.
	ClockSkew Seconds `json:"clock_skew,omitempty"`

	// PageSize bounds the rows of a page below what a request asks for: pages of the real service may be short.
	// Zero leaves the request's own MaxResults, or the service's 50.
	PageSize int `json:"page_size,omitempty"`
	// EmptyPageEvery makes every nth page of a list empty although its token says that there is more, as services that
	// filter after reading do. At least 2; zero means never.
	EmptyPageEvery int `json:"empty_page_every,omitempty"`
	// PlainTimestamps writes 1550173814.717, as the published CLI examples show it, instead of the 1.550173814717E9 that
	// was recorded from the service.
	PlainTimestamps bool `json:"plain_timestamps,omitempty"`
	// ReplaceInvalidUTF8 sends U+FFFD for every byte that is no UTF-8, as the agent's own JSON encoder does to a rune that
	// its truncation split: the text is then a few bytes longer than the limit. Otherwise the bytes go out as they are.
	ReplaceInvalidUTF8 bool `json:"replace_invalid_utf8,omitempty"`
}

// Command is one command that was sent.
type Command struct {
	CommandID string `json:"command_id"`
	Comment   string `json:"comment,omitempty"`
	// DocumentName is AWS-RunShellScript where none is given.
	DocumentName string `json:"document_name,omitempty"`
	// DocumentVersion echoes what was asked for at send time: $DEFAULT where none is given.
	DocumentVersion string `json:"document_version,omitempty"`
	// Region is the one region that knows the command. Without it every region served knows it.
	Region string `json:"region,omitempty"`

	// SentAt counts from the server's start; negative is before it. A command that is yet to be sent does not exist.
	SentAt Seconds `json:"sent_at,omitempty"`
	// TimeoutSeconds is the time to reach the node, 3600 where it is zero.
	TimeoutSeconds int `json:"timeout_seconds,omitempty"`
	// ExpiresAfter counts from the send time. Without it the command expires after TimeoutSeconds and the hour that the
	// service allows for running a document whose executionTimeout was not given.
	ExpiresAfter *Seconds            `json:"expires_after,omitempty"`
	Parameters   map[string][]string `json:"parameters,omitempty"`

	// InstanceIDs are the nodes that the sender named; the ids of Invocations where there are neither ids nor Targets.
	// A node named here without an invocation is one whose row never appears.
	InstanceIDs []string `json:"instance_ids,omitempty"`
	// Targets make it a command sent by tag or resource group; its answers then name no instance ids, as the service's do.
	Targets []Target `json:"targets,omitempty"`
	// ResolvedAfter counts from the send time: until then a command with Targets has TargetCount 0 and no rows, because
	// the service resolves targets after it has answered the sender.
	ResolvedAfter Seconds `json:"resolved_after,omitempty"`
	// ListedAfter counts from the send time: until then ListCommands does not know the command, as eventual consistency allows.
	ListedAfter Seconds `json:"listed_after,omitempty"`
	// Forgotten makes a command that no API has a record of: history is kept for 30 days, and then every API answers
	// as if it had never been sent.
	Forgotten bool `json:"forgotten,omitempty"`
	// ForgottenAt counts from the server's start, for a command whose 30 days end while it is being read.
	ForgottenAt *Seconds `json:"forgotten_at,omitempty"`

	MaxConcurrency string `json:"max_concurrency,omitempty"` // "50" where none is given.
	MaxErrors      string `json:"max_errors,omitempty"`      // "0" where none is given.

	// Status and StatusDetails replace the status that follows from the nodes, for a script that contradicts on purpose.
	Status        string `json:"status,omitempty"`
	StatusDetails string `json:"status_details,omitempty"`
	// StatusFrom counts from the send time: the replacement holds from then on.
	StatusFrom Seconds `json:"status_from,omitempty"`

	OutputS3BucketName string `json:"output_s3_bucket_name,omitempty"`
	OutputS3KeyPrefix  string `json:"output_s3_key_prefix,omitempty"`
	// OutputS3Region is the request's region where none is given.
	OutputS3Region string `json:"output_s3_region,omitempty"`
	// OutputS3BucketRegion is where the bucket really is: a request to S3 that is signed for another region is redirected.
	// Without it, the bucket is where OutputS3Region says, else in Region, else in whichever region served is asked. A
	// sender may give a region that is not the bucket's: the agent looks for the bucket itself and uploads all the same.
	OutputS3BucketRegion string `json:"output_s3_bucket_region,omitempty"`
	// OutputS3ListDenied is a reader without s3:ListBucket, from whom S3 hides which objects there are: a missing one is
	// then AccessDenied and not NoSuchKey.
	OutputS3ListDenied bool `json:"output_s3_list_denied,omitempty"`
	// S3URLStyle is the host style of output URLs, which changed over the years.
	S3URLStyle S3URLStyle `json:"s3_url_style,omitempty"`

	ServiceRole            string                 `json:"service_role,omitempty"`
	NotificationConfig     NotificationConfig     `json:"notification_config,omitzero"`
	CloudWatchOutputConfig CloudWatchOutputConfig `json:"cloudwatch_output_config,omitzero"`
	AlarmConfiguration     AlarmConfiguration     `json:"alarm_configuration,omitzero"`
	// TriggeredAlarms are the alarms that stopped the command; the nodes they stopped are Failed with details Terminated.
	TriggeredAlarms []TriggeredAlarm `json:"triggered_alarms,omitempty"`

	Invocations []Invocation `json:"invocations,omitempty"`
}

// Target is a tag, a resource group, or whatever else a sender may aim at.
type Target struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// S3URLStyle is one of the three host styles that output URLs have had. In China they all end in .amazonaws.com.cn.
type S3URLStyle string

// The styles, newest first.
const (
	S3Modern S3URLStyle = ""       // https://s3.<region>.amazonaws.com/<bucket>/<key>, recorded 2022 to 2026.
	S3Dashed S3URLStyle = "dashed" // https://s3-<region>.amazonaws.com/<bucket>/<key>, told of older commands.
	S3Global S3URLStyle = "global" // https://s3.amazonaws.com/<bucket>/<key>, the oldest, us-east-1 only.
)

// NotificationConfig is the SNS notification that the sender asked for.
type NotificationConfig struct {
	NotificationARN    string   `json:"notification_arn,omitempty"`
	NotificationEvents []string `json:"notification_events,omitempty"`
	NotificationType   string   `json:"notification_type,omitempty"`
}

// CloudWatchOutputConfig says where output went besides the answer.
type CloudWatchOutputConfig struct {
	CloudWatchLogGroupName  string `json:"cloudwatch_log_group_name,omitempty"`
	CloudWatchOutputEnabled bool   `json:"cloudwatch_output_enabled,omitempty"`
}

// AlarmConfiguration names the alarms that may stop the command.
type AlarmConfiguration struct {
	Alarms                 []string `json:"alarms,omitempty"`
	IgnorePollAlarmFailure bool     `json:"ignore_poll_alarm_failure,omitempty"`
}

// TriggeredAlarm is an alarm that went off, with the state it was seen in: ALARM or UNKNOWN.
type TriggeredAlarm struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

// Invocation is a command on one node.
type Invocation struct {
	InstanceID   string `json:"instance_id"`
	InstanceName string `json:"instance_name,omitempty"`

	// VisibleAfter counts from the send time: until then GetCommandInvocation answers InvocationDoesNotExist. One request
	// in four that followed its SendCommand within milliseconds was answered so.
	VisibleAfter Seconds `json:"visible_after,omitempty"`
	// ListedAfter counts from the send time: until then the node has no row in ListCommandInvocations. VisibleAfter where
	// none is given; a larger value is a list that lags behind, a smaller one a list that has the invocation first.
	ListedAfter *Seconds `json:"listed_after,omitempty"`
	// SeveralSteps is what GetCommandInvocation answers when there are several steps and none was named.
	SeveralSteps SeveralSteps `json:"several_steps,omitempty"`
	// Steps in the document's order; one aws:runShellScript that succeeded at once where none are given.
	Steps []Step `json:"steps,omitempty"`

	// Status and StatusDetails replace the node's status that follows from its steps, for a script that contradicts on
	// purpose: an invocation that ended while a step's own answer never arrived.
	Status        string `json:"status,omitempty"`
	StatusDetails string `json:"status_details,omitempty"`
	// StatusFrom counts from the send time: the replacement holds from then on.
	StatusFrom Seconds `json:"status_from,omitempty"`
}

// SeveralSteps is one of the two answers that were recorded for a document of several steps and a request that names none.
type SeveralSteps string

const (
	// SummaryOfSteps is what the service does since 2022: the node's status, no output, and no ResponseCode at all.
	SummaryOfSteps SeveralSteps = "summary"
	// ErrorForSteps is what it did before: InvalidPluginName.
	ErrorForSteps SeveralSteps = "error"
)

// Step is one step of the document on one node.
type Step struct {
	// Name is the step's name (schema 2.x) or the plugin's action (schema 1.2): aws:runShellScript where none is given.
	Name string `json:"name,omitempty"`
	// Action is the plugin that ran the step, which output keys in S3 carry. Name where that is an action, else aws:runShellScript.
	Action string `json:"action,omitempty"`
	// Timeline in order; Success at once where none is given. Before its first moment the first step is InProgress, as
	// the service says of an invocation it has just accepted, and a later one is Pending.
	Timeline []Moment `json:"timeline,omitempty"`

	// StandardOutput and StandardError are the full streams. They show once the step has ended, cut where the agent and
	// the service cut them.
	StandardOutput string `json:"standard_output,omitempty"`
	StandardError  string `json:"standard_error,omitempty"`
	// ResponseCode replaces the code that follows from how the step ended. Before the end it is always -1.
	ResponseCode *int `json:"response_code,omitempty"`
	// StartedAt counts from the send time; the first InProgress moment where none is given, else the end.
	StartedAt *Seconds `json:"started_at,omitempty"`
	// Elapsed is the run time on the node's own clock; the time from StartedAt to the end where none is given.
	Elapsed *Seconds `json:"elapsed,omitempty"`

	// OutputLag keeps both streams empty for this long after the end: the terminal reply of the document can arrive
	// before the plugin's own.
	OutputLag Seconds `json:"output_lag,omitempty"`
	// UploadedAfter is how long after the end the streams appear in S3, where the command has a bucket. A stream that is
	// empty never does, although the answers have a URL for it.
	UploadedAfter Seconds `json:"uploaded_after,omitempty"`
	// NeverUploaded is an upload that failed: a node without s3:PutObject. The command succeeds all the same, and the
	// answers have the URLs.
	NeverUploaded bool `json:"never_uploaded,omitempty"`
	// NameUnknownFor answers InvalidPluginName to a request that names the step, for this long after the invocation is
	// visible: seen right after ListCommands had reported completion.
	NameUnknownFor Seconds `json:"name_unknown_for,omitempty"`
	// UnlistedFor keeps the step out of CommandPlugins for this long after the invocation is visible.
	UnlistedFor Seconds `json:"unlisted_for,omitempty"`
}

// Moment is when a step's status changed. Statuses may go backwards (InProgress, then Pending with details Delayed while
// the agent cannot be reached, then InProgress again), as recorded; what has ended stays ended.
type Moment struct {
	At     Seconds `json:"at"` // From the send time.
	Status string  `json:"status"`
	// StatusDetails is Status where none is given. A status that the service does not have today must bring its own, so
	// that a typing mistake in a script is not served as a new status.
	StatusDetails string `json:"status_details,omitempty"`
}
