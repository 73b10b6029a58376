// SPDX-License-Identifier: MPL-2.0

package fakeaws

import "time"

// getCommandInvocation implements GetCommandInvocation: one step on one node, with its output.
func (s *Server) getCommandInvocation(c *call, now time.Time) (object, *failure) {
	if rejection := validateInvocationInput(c.input); rejection != nil {
		return nil, rejection
	}
	command := s.byID[c.record.CommandID]
	if command == nil || !command.exists(c.record.Region, now) {
		return nil, notFound(c.record)
	}
	node := command.byInstance[c.record.InstanceID]
	if node == nil || now.Before(node.visible) {
		return nil, notFound(c.record)
	}
	if c.input.PluginName == nil {
		if len(node.steps) == 1 {
			return node.steps[0].invocation(c.record.Region, now), nil
		}
		if node.SeveralSteps == ErrorForSteps {
			return nil, noSuchPlugin(c.record)
		}
		return node.summary(now), nil
	}
	for _, step := range node.steps {
		if step.Name == c.record.PluginName && !now.Before(node.visible.Add(step.NameUnknownFor.Duration())) {
			return step.invocation(c.record.Region, now), nil
		}
	}
	return nil, noSuchPlugin(c.record)
}

// notFound is the error for an invocation that is not visible yet, never existed, is on another
// node, or is older than 30 days.
func notFound(r Request) *failure {
	return &failure{code: "InvocationDoesNotExist", message: "Invocation not found for " + r.CommandID + ", " + r.InstanceID}
}

// noSuchPlugin names the requested step. A request without a step got this error only before 2022,
// when it had no message.
func noSuchPlugin(r Request) *failure {
	if r.PluginName == "" {
		return &failure{code: "InvalidPluginName"}
	}
	return &failure{code: "InvalidPluginName", message: "Plugin " + r.PluginName + " not found for invocation with command id " +
		r.CommandID + " and instance id " + r.InstanceID}
}

// invocation is the response about one step.
func (s *step) invocation(region string, now time.Time) object {
	current := s.at(now)
	out, err := s.streams(now)
	outURL, errURL := s.outputURLs(region, now)
	o := s.node.invocationBase(current)
	o["PluginName"] = s.Name
	o["ResponseCode"] = s.code(now)
	o["StandardOutputContent"] = standardOutput(out)
	o["StandardErrorContent"] = standardError(err)
	o["StandardOutputUrl"] = outURL
	o["StandardErrorUrl"] = errURL
	if s.ran(now) {
		o["ExecutionStartDateTime"] = s.started.UTC().Format(isoMillis)
		o["ExecutionElapsedTime"] = javaDuration(s.elapsed)
		o["ExecutionEndDateTime"] = endTime(s.started, s.elapsed).UTC().Format(isoMillis)
	}
	return o
}

// summary is the response about a node with several steps to a request that names none: no output,
// and no ResponseCode. PluginName "" is assumed, because no full body was recorded.
func (n *node) summary(now time.Time) object {
	o := n.invocationBase(n.at(now))
	o["PluginName"] = ""
	return o
}

// invocationBase has the members of every response. Until completion, the start time and the
// elapsed time are absent and the end time is "", as recorded.
func (n *node) invocationBase(current state) object {
	c := n.command
	return object{
		"CommandId":              c.CommandID,
		"InstanceId":             n.InstanceID,
		"Comment":                c.Comment,
		"DocumentName":           c.DocumentName,
		"DocumentVersion":        c.DocumentVersion,
		"ExecutionEndDateTime":   "",
		"Status":                 current.Status,
		"StatusDetails":          current.StatusDetails,
		"StandardOutputContent":  "",
		"StandardOutputUrl":      "",
		"StandardErrorContent":   "",
		"StandardErrorUrl":       "",
		"CloudWatchOutputConfig": c.CloudWatchOutputConfig.wire(),
	}
}

func (c CloudWatchOutputConfig) wire() object {
	return object{"CloudWatchLogGroupName": c.CloudWatchLogGroupName, "CloudWatchOutputEnabled": c.CloudWatchOutputEnabled}
}

// wrongCommand responds with another command, like a faulty cache.
func (s *Server) wrongCommand(c *call, now time.Time) response {
	other := newCommand(Command{
		CommandID: "ffffffff-ffff-4fff-8fff-ffffffffffff",
		Invocations: []Invocation{{
			InstanceID: orDefault(c.record.InstanceID, "i-0ffffffffffffffff"),
			Steps:      []Step{{StandardOutput: "output of another command\n"}},
		}},
	}, now)
	var result object
	switch c.record.Operation {
	case "SendCommand":
		result = object{"Command": other.sentWire(c.record.Region)}
	case "ListCommands":
		result = object{"Commands": []object{other.wire(c.record.Region, now)}}
	case "ListCommandInvocations":
		result = object{"CommandInvocations": []object{other.nodes[0].row(c, now)}}
	default:
		result = other.nodes[0].steps[0].invocation(c.record.Region, now)
	}
	a := s.success(result)
	a.label = string(WrongCommand)
	return a
}

func orDefault(s, value string) string {
	setDefault(&s, value)
	return s
}
