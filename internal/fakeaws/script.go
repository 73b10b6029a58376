// SPDX-License-Identifier: MPL-2.0

package fakeaws

import "time"

// Seconds is a span of time in seconds, relative to the start that the field's documentation
// specifies. It is a plain number in a script file.
type Seconds float64

// Duration returns the span rounded to the microsecond, which preserves the service's milliseconds.
func (s Seconds) Duration() time.Duration {
	micros := float64(s) * 1e6
	if micros < 0 {
		return time.Duration(micros-0.5) * time.Microsecond
	}
	return time.Duration(micros+0.5) * time.Microsecond
}

// At returns a pointer to s, for fields in which nil is different from zero.
func At(s Seconds) *Seconds { return &s }

// Code returns a pointer to an exit code, for [Step.ResponseCode].
func Code(code int) *int { return &code }

// Script describes the events that a [Server] simulates.
type Script struct {
	// Regions are the served Regions. Defaults to us-east-1. The fake rejects a request signed for
	// another Region as the service does, so that a client that signs for the wrong Region fails.
	Regions []string `json:"regions,omitempty"`
	// Account is the account ID in responses of STS and in errors. Defaults to 123456789012.
	Account string `json:"account,omitempty"`

	// Commands are commands that were sent before the server's start, or that another caller sends
	// after it.
	Commands []Command `json:"commands,omitempty"`
	Faults   []Fault   `json:"faults,omitempty"`

	// Nodes are the managed nodes. If nil, the fake supports only the read operations, not
	// SendCommand, CancelCommand, DescribeInstanceInformation, or GetConnectionStatus, so that a
	// test of reading fails if it sends anything. An empty list is an account without nodes.
	Nodes []Node `json:"nodes,omitzero"`
	// Documents add to the documents that AWS owns, or replace one.
	Documents []Document `json:"documents,omitempty"`
	// Rules describe what documents do on nodes. The first matching rule applies. Without a
	// matching rule, each step succeeds after a second.
	Rules []Rule `json:"rules,omitempty"`
	// Behavior selects service behavior that changed, or was never recorded.
	Behavior Behavior `json:"behavior,omitzero"`
	// ClockSkew is how far the service's clock is ahead of the client's; negative is behind. All
	// times in a script, a response, and a record are by the service's clock.
	ClockSkew Seconds `json:"clock_skew,omitempty"`

	// PageSize limits the rows of a page below the requested number, because pages of the real
	// service may be short. Zero means the request's MaxResults, or the service's default.
	PageSize int `json:"page_size,omitempty"`
	// EmptyPageEvery makes every nth page of a list empty and followed by another page, like
	// services that filter after reading. At least 2; zero means never.
	EmptyPageEvery int `json:"empty_page_every,omitempty"`
	// PlainTimestamps writes 1550173814.717, as in the published CLI examples, instead of
	// 1.550173814717E9, as recorded from the service.
	PlainTimestamps bool `json:"plain_timestamps,omitempty"`
	// ReplaceInvalidUTF8 sends U+FFFD for every byte that is not UTF-8, like the agent's JSON
	// encoder for a rune that its truncation split. The text is then a few bytes longer than the
	// limit. By default the fake sends the bytes unchanged.
	ReplaceInvalidUTF8 bool `json:"replace_invalid_utf8,omitempty"`
}

// Command is one command that was sent.
type Command struct {
	CommandID string `json:"command_id"`
	Comment   string `json:"comment,omitempty"`
	// DocumentName defaults to AWS-RunShellScript.
	DocumentName string `json:"document_name,omitempty"`
	// DocumentVersion is the version in the request of SendCommand. Defaults to $DEFAULT.
	DocumentVersion string `json:"document_version,omitempty"`
	// Region is the Region of the command. By default every served Region has the command.
	Region string `json:"region,omitempty"`

	// SentAt counts from the server's start; negative is before it. No operation returns the
	// command earlier.
	SentAt Seconds `json:"sent_at,omitempty"`
	// TimeoutSeconds is the delivery timeout. Defaults to 3600.
	TimeoutSeconds int `json:"timeout_seconds,omitempty"`
	// ExpiresAfter counts from the send time. Defaults to TimeoutSeconds and one hour, which the
	// service adds for a document without executionTimeout.
	ExpiresAfter *Seconds            `json:"expires_after,omitempty"`
	Parameters   map[string][]string `json:"parameters,omitempty"`

	// InstanceIDs are the nodes in the request of SendCommand. Without InstanceIDs and Targets,
	// they default to the nodes of Invocations. A node without an invocation never has a row.
	InstanceIDs []string `json:"instance_ids,omitempty"`
	// Targets are the targets of a command sent by tag or resource group; its responses then
	// contain no instance IDs, like the service's.
	Targets []Target `json:"targets,omitempty"`
	// ResolvedAfter counts from the send time: until then a command with Targets has TargetCount 0
	// and no rows, because the service resolves targets after it responds to SendCommand.
	ResolvedAfter Seconds `json:"resolved_after,omitempty"`
	// ListedAfter counts from the send time: until then ListCommands does not return the command,
	// as eventual consistency allows.
	ListedAfter Seconds `json:"listed_after,omitempty"`
	// Forgotten simulates a command older than 30 days: the service deleted its history, and every
	// operation responds as if the command had never been sent.
	Forgotten bool `json:"forgotten,omitempty"`
	// ForgottenAt counts from the server's start, for a command whose history expires while a
	// client reads it.
	ForgottenAt *Seconds `json:"forgotten_at,omitempty"`

	MaxConcurrency string `json:"max_concurrency,omitempty"` // Defaults to "50".
	MaxErrors      string `json:"max_errors,omitempty"`      // Defaults to "0".

	// Status and StatusDetails override the status that follows from the nodes, for a deliberate
	// contradiction.
	Status        string `json:"status,omitempty"`
	StatusDetails string `json:"status_details,omitempty"`
	// StatusFrom counts from the send time: the override applies from then on.
	StatusFrom Seconds `json:"status_from,omitempty"`

	OutputS3BucketName string `json:"output_s3_bucket_name,omitempty"`
	OutputS3KeyPrefix  string `json:"output_s3_key_prefix,omitempty"`
	// OutputS3Region defaults to the request's Region.
	OutputS3Region string `json:"output_s3_region,omitempty"`
	// OutputS3BucketRegion is the actual Region of the bucket: S3 redirects a request that is
	// signed for another Region. Defaults to OutputS3Region, else Region, else any served Region.
	// It can differ from OutputS3Region because the agent locates the bucket itself.
	OutputS3BucketRegion string `json:"output_s3_bucket_region,omitempty"`
	// OutputS3ListDenied simulates a caller without s3:ListBucket: S3 then returns AccessDenied
	// instead of NoSuchKey for a missing object.
	OutputS3ListDenied bool `json:"output_s3_list_denied,omitempty"`
	// S3URLStyle is the host style of output URLs, which changed over the years.
	S3URLStyle S3URLStyle `json:"s3_url_style,omitempty"`

	ServiceRole            string                 `json:"service_role,omitempty"`
	NotificationConfig     NotificationConfig     `json:"notification_config,omitzero"`
	CloudWatchOutputConfig CloudWatchOutputConfig `json:"cloudwatch_output_config,omitzero"`
	AlarmConfiguration     AlarmConfiguration     `json:"alarm_configuration,omitzero"`
	// TriggeredAlarms are the alarms that stopped the command; the stopped nodes are Failed with
	// details Terminated.
	TriggeredAlarms []TriggeredAlarm `json:"triggered_alarms,omitempty"`

	Invocations []Invocation `json:"invocations,omitempty"`
}

// Target is a tag, a resource group, or another target of a command.
type Target struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// S3URLStyle is one of the three host styles that output URLs have had. In China all hosts end in
// .amazonaws.com.cn.
type S3URLStyle string

// The styles, newest first.
const (
	S3Modern S3URLStyle = ""       // https://s3.<region>.amazonaws.com/<bucket>/<key>, recorded 2022 to 2026.
	S3Dashed S3URLStyle = "dashed" // https://s3-<region>.amazonaws.com/<bucket>/<key>, reported for older commands.
	S3Global S3URLStyle = "global" // https://s3.amazonaws.com/<bucket>/<key>, the oldest, us-east-1 only.
)

// NotificationConfig is the requested SNS notification.
type NotificationConfig struct {
	NotificationARN    string   `json:"notification_arn,omitempty"`
	NotificationEvents []string `json:"notification_events,omitempty"`
	NotificationType   string   `json:"notification_type,omitempty"`
}

// CloudWatchOutputConfig describes the CloudWatch log group that receives output.
type CloudWatchOutputConfig struct {
	CloudWatchLogGroupName  string `json:"cloudwatch_log_group_name,omitempty"`
	CloudWatchOutputEnabled bool   `json:"cloudwatch_output_enabled,omitempty"`
}

// AlarmConfiguration names the alarms that may stop the command.
type AlarmConfiguration struct {
	Alarms                 []string `json:"alarms,omitempty"`
	IgnorePollAlarmFailure bool     `json:"ignore_poll_alarm_failure,omitempty"`
}

// TriggeredAlarm is a triggered alarm with its state: ALARM or UNKNOWN.
type TriggeredAlarm struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

// Invocation is a command on one node.
type Invocation struct {
	InstanceID   string `json:"instance_id"`
	InstanceName string `json:"instance_name,omitempty"`

	// VisibleAfter counts from the send time: until then GetCommandInvocation returns
	// InvocationDoesNotExist. In recordings, one request in four returned it within milliseconds of
	// SendCommand.
	VisibleAfter Seconds `json:"visible_after,omitempty"`
	// ListedAfter counts from the send time: until then the node has no row in
	// ListCommandInvocations. Defaults to VisibleAfter. With a larger value the list lags behind
	// GetCommandInvocation, with a smaller value GetCommandInvocation lags behind the list.
	ListedAfter *Seconds `json:"listed_after,omitempty"`
	// SeveralSteps is the response of GetCommandInvocation if there are several steps and the
	// request names none.
	SeveralSteps SeveralSteps `json:"several_steps,omitempty"`
	// Steps in the document's order. Defaults to one aws:runShellScript that succeeds immediately.
	Steps []Step `json:"steps,omitempty"`

	// Status and StatusDetails override the node's status that follows from its steps, for a
	// deliberate contradiction: a complete invocation with a step whose result never arrived.
	Status        string `json:"status,omitempty"`
	StatusDetails string `json:"status_details,omitempty"`
	// StatusFrom counts from the send time: the override applies from then on.
	StatusFrom Seconds `json:"status_from,omitempty"`
}

// SeveralSteps is one of the two responses that were recorded for a document with several steps and
// a request that names none.
type SeveralSteps string

const (
	// SummaryOfSteps is the behavior since 2022: the node's status, no output, and no ResponseCode.
	SummaryOfSteps SeveralSteps = "summary"
	// ErrorForSteps is the behavior before 2022: InvalidPluginName.
	ErrorForSteps SeveralSteps = "error"
)

// Step is one step of the document on one node.
type Step struct {
	// Name is the step's name (schema 2.x) or the plugin's action (schema 1.2). Defaults to
	// aws:runShellScript.
	Name string `json:"name,omitempty"`
	// Action is the plugin that ran the step, part of its output keys in S3. Defaults to Name if
	// that is an action, else to aws:runShellScript.
	Action string `json:"action,omitempty"`
	// Timeline in order. Defaults to immediate Success. Before its first moment the first step is
	// InProgress, as the service reports for an invocation that it has just accepted, and a later
	// step is Pending.
	Timeline []Moment `json:"timeline,omitempty"`

	// StandardOutput and StandardError are the full streams. Responses contain them when the step
	// is complete, truncated as the agent and the service do.
	StandardOutput string `json:"standard_output,omitempty"`
	StandardError  string `json:"standard_error,omitempty"`
	// ResponseCode overrides the code that follows from the final status. Before completion the
	// code is always -1.
	ResponseCode *int `json:"response_code,omitempty"`
	// StartedAt counts from the send time. Defaults to the first InProgress moment, else to the
	// completion.
	StartedAt *Seconds `json:"started_at,omitempty"`
	// Elapsed is the run time on the node's own clock. Defaults to the time from StartedAt to the
	// completion.
	Elapsed *Seconds `json:"elapsed,omitempty"`

	// OutputLag is how long both streams stay empty after completion: the document's final result
	// can arrive before the plugin's.
	OutputLag Seconds `json:"output_lag,omitempty"`
	// UploadedAfter is how long after completion the streams appear in S3, if the command has a
	// bucket. An empty stream never appears, although responses contain a URL for it.
	UploadedAfter Seconds `json:"uploaded_after,omitempty"`
	// NeverUploaded simulates a failed upload: a node without s3:PutObject. The command succeeds
	// nevertheless, and responses contain the URLs.
	NeverUploaded bool `json:"never_uploaded,omitempty"`
	// NameUnknownFor is how long after the invocation is visible a request that names the step gets
	// InvalidPluginName, as seen right after ListCommands reported completion.
	NameUnknownFor Seconds `json:"name_unknown_for,omitempty"`
	// UnlistedFor is how long after the invocation is visible CommandPlugins does not contain the
	// step.
	UnlistedFor Seconds `json:"unlisted_for,omitempty"`
}

// Moment is when a step's status changed. Statuses may go backwards (InProgress, then Pending with
// details Delayed while the agent cannot be reached, then InProgress again), as recorded. A
// terminal status does not change.
type Moment struct {
	At     Seconds `json:"at"` // From the send time.
	Status string  `json:"status"`
	// StatusDetails defaults to Status. An unknown status requires details, so that a misspelled
	// status in a script is an error.
	StatusDetails string `json:"status_details,omitempty"`
}
