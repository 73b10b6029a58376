// SPDX-License-Identifier: MPL-2.0

package awsrecord

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// script is what a recording shows of the events behind its responses.
type script struct {
	recording Recording
	commands  []*sentCommand
	nodes     []fakeaws.Node
	skew      time.Duration // How far the service's clock is ahead of the test's.
}

// sentCommand is a command that the test sent.
type sentCommand struct {
	fakeaws.Command
	sent  time.Time // By the service's clock.
	steps map[string][]*observedStep
	nodes []string
	// completeAt is when a response first showed the command as complete.
	completeAt time.Time
	appeared   map[string]time.Time // By node: after the last InvocationDoesNotExist.
	names      map[string]string    // By node: InstanceName.
}

// observedStep is one step on one node.
type observedStep struct {
	fakeaws.Step
	listed string // The output of the list, for a step that no other response shows.
	shown  bool
}

// The members of responses that the script depends on.
type (
	wireCommand struct {
		CommandID, Comment, DocumentName, DocumentVersion      string
		RequestedDateTime, ExpiresAfter                        float64
		TimeoutSeconds                                         int
		Parameters                                             map[string][]string
		InstanceIDs                                            []string
		Targets                                                []fakeaws.Target
		MaxConcurrency, MaxErrors, OutputS3BucketName          string
		OutputS3KeyPrefix, OutputS3Region, ServiceRole, Status string
		CloudWatchOutputConfig                                 wireCloudWatch
	}
	wireCloudWatch struct {
		CloudWatchLogGroupName  string
		CloudWatchOutputEnabled bool
	}
	wireInvocation struct {
		CommandID, InstanceID, InstanceName, PluginName, Status, StatusDetails string
		ResponseCode                                                           *int
		ExecutionStartDateTime, ExecutionElapsedTime                           string
		StandardOutputContent, StandardErrorContent                            string
		CommandPlugins                                                         []wirePlugin
	}
	wirePlugin struct {
		Name, Status, StatusDetails, Output           string
		ResponseCode                                  *int
		ResponseStartDateTime, ResponseFinishDateTime float64
	}
	wireNode struct {
		InstanceID, PingStatus, ComputerName, IPAddress, Name            string
		PlatformType, PlatformName, PlatformVersion, AgentVersion        string
		ResourceType, SourceID, SourceType, SourceLocation, ActivationID string
		IamRole, AssociationStatus                                       string
		IsLatestVersion                                                  *bool
		RegistrationDate                                                 *float64
		AssociationOverview                                              struct {
			DetailedStatus                           string
			InstanceAssociationStatusAggregatedCount map[string]int
		}
		LastAssociationExecutionDate, LastSuccessfulAssociationExecutionDate *float64
	}
)

func instant(seconds float64) time.Time { return time.UnixMilli(int64(seconds*1000 + 0.5)).UTC() }

func newScript(t *testing.T, r Recording) *script {
	t.Helper()
	s := &script{recording: r}
	for _, e := range r.Exchanges {
		if e.Operation == "SendCommand" && e.Status == 200 {
			var out struct{ Command wireCommand }
			if err := json.Unmarshal([]byte(e.Response), &out); err != nil {
				t.Fatal(err)
			}
			s.addCommand(out.Command)
			s.skew = max(s.skew, instant(out.Command.RequestedDateTime).Sub(e.At))
		}
	}
	for _, e := range r.Exchanges {
		s.observe(e)
	}
	return s
}

func (s *script) addCommand(c wireCommand) {
	sent := instant(c.RequestedDateTime)
	s.commands = append(s.commands, &sentCommand{
		Command: fakeaws.Command{
			CommandID: c.CommandID, Comment: c.Comment, DocumentName: c.DocumentName, DocumentVersion: c.DocumentVersion,
			TimeoutSeconds: c.TimeoutSeconds, ExpiresAfter: fakeaws.At(fakeaws.Seconds(instant(c.ExpiresAfter).Sub(sent).Seconds())),
			Parameters: c.Parameters, InstanceIDs: c.InstanceIDs, Targets: c.Targets, MaxConcurrency: c.MaxConcurrency, MaxErrors: c.MaxErrors,
			OutputS3BucketName: c.OutputS3BucketName, OutputS3KeyPrefix: c.OutputS3KeyPrefix, OutputS3Region: c.OutputS3Region,
			CloudWatchOutputConfig: fakeaws.CloudWatchOutputConfig(c.CloudWatchOutputConfig), ServiceRole: c.ServiceRole,
		},
		sent: sent, steps: map[string][]*observedStep{}, appeared: map[string]time.Time{}, names: map[string]string{},
	})
}

func (s *script) command(id string) *sentCommand {
	for _, c := range s.commands {
		if c.CommandID == id {
			return c
		}
	}
	return nil
}

// observe adds what one response shows.
func (s *script) observe(e Exchange) {
	at := e.At.Add(s.skew)
	var asked struct{ CommandID, InstanceID, PluginName string }
	_ = json.Unmarshal([]byte(e.Request), &asked) // GetObject has no body.
	switch e.Operation {
	case "GetCommandInvocation":
		var i wireInvocation
		c := s.command(asked.CommandID)
		if json.Unmarshal([]byte(e.Response), &i) != nil || c == nil {
			return
		}
		if strings.Contains(e.Response, `"InvocationDoesNotExist"`) {
			c.appeared[asked.InstanceID] = at.Add(time.Millisecond)
		}
		if e.Status == 200 {
			c.get(i, at)
		}
	case "ListCommandInvocations":
		var out struct{ CommandInvocations []wireInvocation }
		if json.Unmarshal([]byte(e.Response), &out) == nil {
			for _, i := range out.CommandInvocations {
				if c := s.command(i.CommandID); c != nil {
					c.list(i, at)
				}
			}
		}
	case "ListCommands":
		var out struct{ Commands []wireCommand }
		if json.Unmarshal([]byte(e.Response), &out) == nil {
			for _, listed := range out.Commands {
				if c := s.command(listed.CommandID); c != nil && terminal(listed.Status) {
					c.complete(at)
				}
			}
		}
	case "DescribeInstanceInformation":
		var out struct{ InstanceInformationList []wireNode }
		if json.Unmarshal([]byte(e.Response), &out) == nil {
			for _, n := range out.InstanceInformationList {
				s.addNode(n, e.At)
			}
		}
	case "GetObject":
		if e.Status == 200 {
			s.object(e)
		}
	}
}

func (c *sentCommand) complete(at time.Time) {
	if c.completeAt.IsZero() || at.Before(c.completeAt) {
		c.completeAt = at
	}
}

// step returns a step on a node. A step without a name is the only one.
func (c *sentCommand) step(node, name string) *observedStep {
	if !slices.Contains(c.nodes, node) {
		c.nodes = append(c.nodes, node)
	}
	for _, s := range c.steps[node] {
		if s.Name == name {
			return s
		}
	}
	s := &observedStep{Step: fakeaws.Step{Name: name}}
	c.steps[node] = append(c.steps[node], s)
	return s
}

// moment adds a status to the timeline of a step.
func (s *observedStep) moment(c *sentCommand, at time.Time, status, details string) {
	if terminal(status) {
		c.complete(at)
	}
	s.Timeline = append(s.Timeline, fakeaws.Moment{At: fakeaws.Seconds(max(0, at.Sub(c.sent).Seconds())), Status: status, StatusDetails: details})
}

// get adds a response of GetCommandInvocation.
func (c *sentCommand) get(i wireInvocation, at time.Time) {
	if i.PluginName == "" {
		return // A summary of several steps.
	}
	s := c.step(i.InstanceID, i.PluginName)
	s.moment(c, at, i.Status, i.StatusDetails)
	if !terminal(i.Status) {
		return
	}
	s.shown, s.StandardOutput, s.StandardError, s.ResponseCode = true, i.StandardOutputContent, i.StandardErrorContent, i.ResponseCode
	if started, err := time.Parse(time.RFC3339, i.ExecutionStartDateTime); err == nil {
		s.StartedAt = fakeaws.At(fakeaws.Seconds(started.Sub(c.sent).Seconds()))
	}
	if elapsed, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(i.ExecutionElapsedTime, "PT"))); err == nil {
		s.Elapsed = fakeaws.At(fakeaws.Seconds(elapsed.Seconds()))
	}
}

// list adds an entry of ListCommandInvocations.
func (c *sentCommand) list(i wireInvocation, at time.Time) {
	c.names[i.InstanceID] = i.InstanceName
	for _, p := range i.CommandPlugins {
		s := c.step(i.InstanceID, p.Name)
		s.moment(c, at, p.Status, p.StatusDetails)
		if terminal(p.Status) {
			s.listed, s.ResponseCode = p.Output, p.ResponseCode
			if s.StartedAt == nil && p.ResponseStartDateTime > 0 {
				start, end := instant(p.ResponseStartDateTime), instant(p.ResponseFinishDateTime)
				s.StartedAt, s.Elapsed = fakeaws.At(fakeaws.Seconds(start.Sub(c.sent).Seconds())), fakeaws.At(fakeaws.Seconds(end.Sub(start).Seconds()))
			}
		}
	}
}

// object takes the complete stream of a step from S3.
func (s *script) object(e Exchange) {
	parts := strings.Split(e.Key, "/")
	for _, c := range s.commands {
		for node, steps := range c.steps {
			if !slices.Contains(parts, c.CommandID) || !slices.Contains(parts, node) {
				continue
			}
			for _, step := range steps {
				if len(steps) > 1 && !slices.Contains(parts, step.Name) {
					continue
				}
				if strings.HasSuffix(e.Key, "/stdout") {
					step.StandardOutput = e.Response
				} else {
					step.StandardError = e.Response
				}
			}
		}
	}
}

func (s *script) addNode(n wireNode, at time.Time) {
	if slices.ContainsFunc(s.nodes, func(known fakeaws.Node) bool { return known.InstanceID == n.InstanceID }) {
		return
	}
	since := func(seconds *float64) *fakeaws.Seconds {
		if seconds == nil {
			return nil
		}
		return fakeaws.At(fakeaws.Seconds(instant(*seconds).Sub(at).Seconds()))
	}
	s.nodes = append(s.nodes, fakeaws.Node{
		InstanceID: n.InstanceID, ComputerName: n.ComputerName, IPAddress: n.IPAddress, Name: n.Name,
		PlatformType: n.PlatformType, PlatformName: n.PlatformName, PlatformVersion: n.PlatformVersion, AgentVersion: n.AgentVersion,
		IsLatestVersion: n.IsLatestVersion, ResourceType: n.ResourceType, SourceID: n.SourceID, SourceType: n.SourceType,
		SourceLocation: n.SourceLocation, ActivationID: n.ActivationID, IAMRole: n.IamRole, AssociationStatus: n.AssociationStatus,
		AssociationOverview: fakeaws.AssociationOverview{
			DetailedStatus: n.AssociationOverview.DetailedStatus, Counts: n.AssociationOverview.InstanceAssociationStatusAggregatedCount,
		},
		LastAssociationExecutionAt:          since(n.LastAssociationExecutionDate),
		LastSuccessfulAssociationExecutedAt: since(n.LastSuccessfulAssociationExecutionDate),
	})
}

// reads is the script of a fake whose commands do at the recorded times what was recorded.
func (s *script) reads(start time.Time) fakeaws.Script {
	out := fakeaws.Script{Regions: []string{s.recording.Region}, ClockSkew: fakeaws.Seconds(s.skew.Seconds())}
	for _, c := range s.commands {
		m := c.Command
		m.SentAt = fakeaws.Seconds(c.sent.Sub(start.Add(s.skew)).Seconds())
		for _, node := range c.nodes {
			i := fakeaws.Invocation{InstanceID: node, InstanceName: c.names[node]}
			if appeared := c.appeared[node]; !appeared.IsZero() {
				i.VisibleAfter = fakeaws.Seconds(appeared.Sub(c.sent).Seconds())
				i.ListedAfter = fakeaws.At(0)
			}
			for _, step := range c.steps[node] {
				i.Steps = append(i.Steps, step.finish(c))
			}
			m.Invocations = append(m.Invocations, i)
		}
		if len(m.InstanceIDs) > 0 {
			m.Targets = nil
		}
		out.Commands = append(out.Commands, m)
	}
	return out
}

// finish returns the step with its statuses in order, each once. The last one is not later than the
// first response that showed the command as complete.
func (s *observedStep) finish(c *sentCommand) fakeaws.Step {
	step := s.Step
	var timeline []fakeaws.Moment
	for _, m := range s.Timeline {
		if terminal(m.Status) && !c.completeAt.IsZero() {
			m.At = min(m.At, fakeaws.Seconds(max(0, c.completeAt.Sub(c.sent).Seconds())))
		}
		for len(timeline) > 0 && terminal(m.Status) && timeline[len(timeline)-1].At > m.At {
			timeline = timeline[:len(timeline)-1]
		}
		if n := len(timeline); n > 0 && (terminal(timeline[n-1].Status) || timeline[n-1].Status == m.Status && timeline[n-1].StatusDetails == m.StatusDetails) {
			continue
		}
		timeline = append(timeline, m)
	}
	step.Timeline = timeline
	if !s.shown && step.StandardOutput == "" {
		step.StandardOutput = s.listed
	}
	return step
}

// sends is the script of a fake that accepts the recorded commands.
func (s *script) sends() fakeaws.Script {
	out := fakeaws.Script{Regions: []string{s.recording.Region}, Documents: []fakeaws.Document{Document}, Nodes: slices.Clone(s.nodes)}
	if out.Nodes == nil {
		out.Nodes = []fakeaws.Node{}
	}
	for _, c := range s.commands {
		for _, id := range slices.Concat(c.nodes, c.InstanceIDs) {
			if !slices.ContainsFunc(out.Nodes, func(n fakeaws.Node) bool { return n.InstanceID == id }) {
				out.Nodes = append(out.Nodes, fakeaws.Node{InstanceID: id})
			}
		}
	}
	tags := map[string]string{}
	for _, e := range s.recording.Exchanges {
		var asked struct {
			Targets []fakeaws.Target
			Filters []fakeaws.Target
		}
		if json.Unmarshal([]byte(e.Request), &asked) != nil {
			continue
		}
		for _, target := range slices.Concat(asked.Targets, asked.Filters) {
			if key, is := strings.CutPrefix(target.Key, "tag:"); is && len(target.Values) > 0 {
				tags[key] = target.Values[0]
			}
		}
	}
	for i := range out.Nodes {
		out.Nodes[i].Tags = tags
	}
	return out
}
