// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// sendInput is the input of SendCommand.
type sendInput struct {
	InstanceIDs            []string            `json:"InstanceIds"`
	Targets                []sendTarget        `json:"Targets"`
	DocumentName           *string             `json:"DocumentName"`
	DocumentVersion        *string             `json:"DocumentVersion"`
	DocumentHash           *string             `json:"DocumentHash"`
	DocumentHashType       *string             `json:"DocumentHashType"`
	TimeoutSeconds         *int                `json:"TimeoutSeconds"`
	Comment                *string             `json:"Comment"`
	Parameters             map[string][]string `json:"Parameters"`
	OutputS3Region         *string             `json:"OutputS3Region"` // The service ignores it.
	OutputS3BucketName     *string             `json:"OutputS3BucketName"`
	OutputS3KeyPrefix      *string             `json:"OutputS3KeyPrefix"`
	MaxConcurrency         *string             `json:"MaxConcurrency"`
	MaxErrors              *string             `json:"MaxErrors"`
	ServiceRoleARN         *string             `json:"ServiceRoleArn"`
	NotificationConfig     *sendNotification   `json:"NotificationConfig"`
	CloudWatchOutputConfig *sendCloudWatch     `json:"CloudWatchOutputConfig"`
	AlarmConfiguration     *sendAlarms         `json:"AlarmConfiguration"`
}

type (
	sendTarget struct {
		Key    *string  `json:"Key"`
		Values []string `json:"Values"`
	}
	sendNotification struct {
		ARN    *string  `json:"NotificationArn"`
		Events []string `json:"NotificationEvents"`
		Type   *string  `json:"NotificationType"`
	}
	sendCloudWatch struct {
		LogGroupName  *string `json:"CloudWatchLogGroupName"`
		OutputEnabled bool    `json:"CloudWatchOutputEnabled"`
	}
	sendAlarms struct {
		Alarms []struct {
			Name *string `json:"Name"`
		} `json:"Alarms"`
		IgnorePollAlarmFailure bool `json:"IgnorePollAlarmFailure"`
	}
)

// The service's own patterns, which its errors contain.
var (
	sendDocumentName    = regexp.MustCompile(`^[a-zA-Z0-9_\-.:/]{3,128}$`)
	sendDocumentVersion = regexp.MustCompile(`([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)`)
	sendConcurrency     = regexp.MustCompile(`^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$`)
	sendErrors          = regexp.MustCompile(`^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$`)
	sendTargetKey       = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name`)
	sendLogGroup        = regexp.MustCompile(`[\.\-_/#A-Za-z0-9]+`)
	notificationEvents  = []string{"All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"}
)

// maxPayload is the agent's limit for the size of a command in bytes; the service's error has 97
// KB. The fake counts only parameters, because scripted documents have no content.
const maxPayload = 100000

// readSend reads a request to SendCommand.
func (c *call) readSend(body []byte) *failure {
	rejection := decodeStrict(body, &c.send)
	c.record.InstanceIDs = c.send.InstanceIDs
	c.record.DocumentName, c.record.Comment = text(c.send.DocumentName), text(c.send.Comment)
	return rejection
}

// validateSendInput applies the checks of the service's framework, which precede all others.
func validateSendInput(in sendInput) *failure {
	var v violations
	v.instanceIDs(in.InstanceIDs)
	v.targets(in.Targets)
	v.required(in.DocumentName, "documentName")
	v.pattern(in.DocumentName, "documentName", sendDocumentName)
	v.pattern(in.DocumentVersion, "documentVersion", sendDocumentVersion)
	v.text(in.DocumentHash, "documentHash", 0, 256, nil)
	v.oneOf(in.DocumentHashType, "documentHashType", "Sha256", "Sha1")
	v.number(in.TimeoutSeconds, "timeoutSeconds", 30, 2592000)
	v.text(in.Comment, "comment", 0, 100, nil)
	v.text(in.OutputS3Region, "outputS3Region", 3, 20, nil)
	v.text(in.OutputS3BucketName, "outputS3BucketName", 3, 63, nil)
	v.text(in.OutputS3KeyPrefix, "outputS3KeyPrefix", 0, 500, nil)
	v.text(in.MaxConcurrency, "maxConcurrency", 1, 7, sendConcurrency)
	v.text(in.MaxErrors, "maxErrors", 1, 7, sendErrors)
	if n := in.NotificationConfig; n != nil {
		for _, event := range n.Events {
			v.oneOf(&event, "notificationConfig.notificationEvents", notificationEvents...)
		}
		v.oneOf(n.Type, "notificationConfig.notificationType", "Command", "Invocation")
	}
	if w := in.CloudWatchOutputConfig; w != nil {
		v.text(w.LogGroupName, "cloudWatchOutputConfig.cloudWatchLogGroupName", 1, 512, sendLogGroup)
	}
	if a := in.AlarmConfiguration; a != nil {
		v.size(len(a.Alarms), "alarmConfiguration.alarms", 1, 1)
		for i, alarm := range a.Alarms {
			where := fmt.Sprintf("alarmConfiguration.alarms.%d.member.name", i+1)
			v.required(alarm.Name, where)
			v.text(alarm.Name, where, 1, 255, nil)
		}
	}
	return v.failure()
}

// pattern checks a text that has a pattern and no length limits.
func (v *violations) pattern(s *string, member string, syntax *regexp.Regexp) {
	if s != nil && !syntax.MatchString(*s) {
		v.add(s, member, "Member must satisfy regular expression pattern: "+syntax.String())
	}
}

// size checks the number of elements of a list of structures. The framework's format of such a list
// was not recorded.
func (v *violations) size(n int, member string, least, most int) {
	shown := ""
	v.length(&shown, n, member, least, most)
}

// targets checks the targets of a command.
func (v *violations) targets(targets []sendTarget) {
	v.size(len(targets), "targets", 0, 5)
	for i, t := range targets {
		v.text(t.Key, fmt.Sprintf("targets.%d.member.key", i+1), 1, 163, sendTargetKey)
		v.size(len(t.Values), fmt.Sprintf("targets.%d.member.values", i+1), 0, 50)
	}
}

// sendCommand implements SendCommand. The order of the checks is assumed, except that the
// framework's come first.
func (s *Server) sendCommand(c *call, now time.Time) (object, *failure) {
	in := c.send
	if rejection := validateSendInput(in); rejection != nil {
		return nil, rejection
	}
	if rejection := checkTargets(in); rejection != nil {
		return nil, rejection
	}
	if rejection := s.checkSendAccess(c, now); rejection != nil {
		return nil, rejection
	}
	version, rejection := s.checkDocument(c, now)
	if rejection != nil {
		return nil, rejection
	}
	if hasDuplicates(in.InstanceIDs) {
		return nil, &failure{code: "DuplicateInstanceId"}
	}
	if rejection := s.checkSendNodes(c, version, now); rejection != nil {
		return nil, rejection
	}
	if rejection := s.checkConfiguration(in); rejection != nil {
		return nil, rejection
	}
	m := s.newSentCommand(c, version, now.Add(c.late))
	s.commands = slices.Insert(s.commands, 0, m)
	s.byID[m.CommandID] = m
	s.addBuckets([]*command{m})
	c.record.Sent = m.CommandID
	return object{"Command": m.sentWire(c.record.Region)}, nil
}

// checkSendAccess checks the caller's permissions: for the document and for each node.
func (s *Server) checkSendAccess(c *call, now time.Time) *failure {
	denied := func(resource string) *failure {
		return c.commonFailure(AccessDenied, s.deniedMessageFor(c, "ssm:SendCommand", resource))
	}
	if d := s.document(c.record.Region, *c.send.DocumentName, now); d != nil && d.SendDenied {
		return denied(s.documentARN(c.record.Region, *c.send.DocumentName))
	}
	for _, id := range c.send.InstanceIDs {
		if m := s.node(c.record.Region, id); m != nil && m.SendDenied {
			return denied(m.arn(c.record.Region, s.script.Account))
		}
	}
	return nil
}

// checkDocument finds the requested version of the document, and checks the hash and the
// parameters. InvalidDocument and InvalidDocumentVersion were recorded without a message.
func (s *Server) checkDocument(c *call, now time.Time) (*DocumentVersion, *failure) {
	in := c.send
	d := s.document(c.record.Region, *in.DocumentName, now)
	if d == nil || d.Type != "Command" {
		return nil, &failure{code: "InvalidDocument"}
	}
	version := d.version(text(in.DocumentVersion))
	if version == nil {
		return nil, &failure{code: "InvalidDocumentVersion"}
	}
	sha256 := in.DocumentHashType == nil || *in.DocumentHashType == "Sha256"
	if in.DocumentHash != nil && (!sha256 || version.Hash == "" || *in.DocumentHash != version.Hash) {
		return nil, &failure{code: "InvalidDocument"}
	}
	if !version.accepts(in.Parameters) {
		return nil, &failure{code: "InvalidParameters", message: "Parameters provided in document are invalid or not supported."}
	}
	size := 0
	for name, values := range in.Parameters {
		size += len(name) + len(strings.Join(values, ","))
	}
	if size > maxPayload { // The text is assumed.
		return nil, &failure{code: "MaxDocumentSizeExceeded", message: "The document with its parameters is larger than 97KB."}
	}
	return version, nil
}

// checkSendNodes checks the nodes that a command names. The service rejects the command if a node
// is missing.
func (s *Server) checkSendNodes(c *call, version *DocumentVersion, now time.Time) *failure {
	var invalid []string
	for _, id := range c.send.InstanceIDs {
		m := s.node(c.record.Region, id)
		if m == nil || !m.present(now) || s.script.Behavior.RefuseConnectionLost && m.ping(now) != "Online" {
			invalid = append(invalid, id)
		}
	}
	if len(invalid) > 0 {
		message := "Instances not in a valid state for account"
		if s.script.Behavior.NameInvalidInstances {
			message = "Instances [[" + strings.Join(invalid, ", ") + "]] not in a valid state for account " + s.script.Account
		}
		return &failure{code: "InvalidInstanceId", message: message}
	}
	for _, id := range c.send.InstanceIDs {
		if platform := s.node(c.record.Region, id).PlatformType; !slices.Contains(version.PlatformTypes, platform) { // The text is assumed.
			return &failure{code: "UnsupportedPlatformType", message: "Document " + *c.send.DocumentName + " does not support platform type " + platform + "."}
		}
	}
	return nil
}

var (
	roleARN  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`)
	topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+$`)
)

// checkConfiguration checks the bucket, the role, and the notification. The messages are assumed.
func (s *Server) checkConfiguration(in sendInput) *failure {
	switch {
	case slices.Contains(s.script.Behavior.MissingBuckets, text(in.OutputS3BucketName)):
		return &failure{code: "InvalidOutputFolder"}
	case in.ServiceRoleARN != nil && !roleARN.MatchString(*in.ServiceRoleARN):
		return &failure{code: "InvalidRole", message: "The role is not valid."}
	case in.NotificationConfig != nil && !topicARN.MatchString(text(in.NotificationConfig.ARN)):
		return &failure{code: "InvalidNotificationConfig", message: "The notification configuration is not valid."}
	}
	return nil
}

// hasDuplicates reports whether a value occurs twice.
func hasDuplicates(values []string) bool {
	seen := map[string]bool{}
	for _, value := range values {
		if seen[value] {
			return true
		}
		seen[value] = true
	}
	return false
}

// newSentCommand creates the requested command, and plans what it will do.
func (s *Server) newSentCommand(c *call, version *DocumentVersion, sent time.Time) *command {
	in := c.send
	name := *in.DocumentName
	if m := documentName.FindStringSubmatch(name); m != nil {
		name = m[3] // The pattern of the response's member allows only a name.
	}
	m := newCommand(Command{
		CommandID:          newCommandID(),
		Comment:            text(in.Comment),
		DocumentName:       name,
		DocumentVersion:    text(in.DocumentVersion),
		Region:             c.record.Region,
		Parameters:         in.Parameters,
		InstanceIDs:        in.InstanceIDs,
		ResolvedAfter:      s.script.Behavior.resolvedAfter(),
		ListedAfter:        s.script.Behavior.CommandListedAfter,
		MaxConcurrency:     text(in.MaxConcurrency),
		MaxErrors:          text(in.MaxErrors),
		OutputS3BucketName: text(in.OutputS3BucketName),
		OutputS3KeyPrefix:  text(in.OutputS3KeyPrefix),
		ServiceRole:        text(in.ServiceRoleARN),
	}, sent.Truncate(time.Millisecond))
	if in.TimeoutSeconds != nil {
		m.TimeoutSeconds = *in.TimeoutSeconds
	}
	m.expires = m.sent.Add(time.Duration(m.TimeoutSeconds)*time.Second + version.budget(in.Parameters))
	m.forgotten = m.sent.Add(s.script.Behavior.forgottenAfter())
	for _, t := range in.Targets {
		m.Targets = append(m.Targets, Target{Key: text(t.Key), Values: t.Values})
	}
	if n := in.NotificationConfig; n != nil {
		m.NotificationConfig = NotificationConfig{NotificationARN: text(n.ARN), NotificationEvents: n.Events, NotificationType: text(n.Type)}
	}
	if w := in.CloudWatchOutputConfig; w != nil {
		m.CloudWatchOutputConfig = CloudWatchOutputConfig{CloudWatchLogGroupName: text(w.LogGroupName), CloudWatchOutputEnabled: w.OutputEnabled}
	}
	if a := in.AlarmConfiguration; a != nil {
		m.AlarmConfiguration.IgnorePollAlarmFailure = a.IgnorePollAlarmFailure
		for _, alarm := range a.Alarms {
			m.AlarmConfiguration.Alarms = append(m.AlarmConfiguration.Alarms, *alarm.Name)
		}
	}
	m.version = version
	for _, managed := range s.targeted(m) {
		m.assign(managed, s.rule(m, managed.InstanceID), s.script.Behavior)
	}
	m.plan()
	return m
}

// sentWire is a command in the response of SendCommand, before any events.
func (c *command) sentWire(region string) object {
	o := c.wire(region, c.sent)
	o["Status"], o["StatusDetails"] = "Pending", "Pending"
	o["CompletedCount"], o["ErrorCount"], o["DeliveryTimedOutCount"] = 0, 0, 0
	return o
}

// newCommandID returns a random UUID: tests in one process may send to several servers.
func newCommandID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // It never fails.
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
