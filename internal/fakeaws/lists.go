// SPDX-License-Identifier: MPL-2.0

package fakeaws

import "time"

// listCommandInvocations implements ListCommandInvocations: a row for each node of each command.
func (s *Server) listCommandInvocations(c *call, now time.Time) (object, *failure) {
	want, rejection := readFilters(c.input, false)
	if rejection != nil {
		return nil, rejection
	}
	commands := s.commands
	if c.input.CommandID != nil {
		commands = s.commandsByID(c.record.CommandID)
	}
	var candidates []*node
	for _, command := range commands {
		if c.input.InstanceID == nil {
			candidates = append(candidates, command.nodes...)
		} else if n := command.byInstance[c.record.InstanceID]; n != nil {
			candidates = append(candidates, n)
		}
	}
	return page(s, c, "CommandInvocations", maxPage, candidates, func(n *node) (object, bool) {
		if !n.command.exists(c.record.Region, now) || now.Before(n.listed) ||
			!want.matches(n.at(now), n.command.DocumentName, n.command.sent.Add(rowDelay)) {
			return nil, false
		}
		return n.row(c, now), true
	})
}

// listCommands implements ListCommands: a row for each command, with its counts of nodes.
func (s *Server) listCommands(c *call, now time.Time) (object, *failure) {
	want, rejection := readFilters(c.input, true)
	if rejection != nil {
		return nil, rejection
	}
	candidates := s.commands
	if c.input.CommandID != nil {
		candidates = s.commandsByID(c.record.CommandID)
	}
	return page(s, c, "Commands", maxPage, candidates, func(m *command) (object, bool) {
		if !m.exists(c.record.Region, now) || now.Before(m.listed) || !m.hasNode(c.input.InstanceID, now) ||
			!want.matches(m.at(now).state, m.DocumentName, m.sent) {
			return nil, false
		}
		return m.wire(c.record.Region, now), true
	})
}

// commandsByID returns the command with that ID, if it exists.
func (s *Server) commandsByID(id string) []*command {
	if m := s.byID[id]; m != nil {
		return []*command{m}
	}
	return nil
}

// hasNode reports whether a command has the requested node, or no node is requested.
func (c *command) hasNode(instance *string, now time.Time) bool {
	if instance == nil {
		return true
	}
	n := c.byInstance[*instance]
	return n != nil && n.shown(now)
}

// row is one node of one command in ListCommandInvocations.
func (n *node) row(c *call, now time.Time) object {
	m, current := n.command, n.at(now)
	plugins, outURL, errURL := []object{}, "", ""
	if len(n.steps) == 1 { // With several steps, only the steps have URLs.
		outURL, errURL = n.steps[0].outputURLs(c.record.Region, now)
	}
	if c.input.Details {
		for _, s := range n.steps {
			if !now.Before(n.visible.Add(s.UnlistedFor.Duration())) || s.UnlistedFor == 0 {
				plugins = append(plugins, s.plugin(c.record.Region, now))
			}
		}
	}
	return object{
		"CommandId":              m.CommandID,
		"InstanceId":             n.InstanceID,
		"InstanceName":           n.InstanceName,
		"Comment":                m.Comment,
		"DocumentName":           m.DocumentName,
		"DocumentVersion":        m.DocumentVersion,
		"RequestedDateTime":      epoch(m.sent.Add(rowDelay)),
		"Status":                 current.Status,
		"StatusDetails":          current.StatusDetails,
		"StandardOutputUrl":      outURL,
		"StandardErrorUrl":       errURL,
		"CommandPlugins":         plugins,
		"ServiceRole":            m.ServiceRole,
		"NotificationConfig":     m.NotificationConfig.wire(),
		"CloudWatchOutputConfig": m.CloudWatchOutputConfig.wire(),
	}
}

// plugin is one step in a row. Its status is neither Delayed nor Cancelling. Its times are exact,
// whereas GetCommandInvocation loses the milliseconds of the end.
func (s *step) plugin(region string, now time.Time) object {
	current := s.at(now)
	switch current.Status {
	case "Delayed":
		current.Status = "Pending"
	case "Cancelling":
		current.Status = "InProgress"
	}
	outURL, errURL := s.outputURLs(region, now)
	o := object{
		"Name":               s.Name,
		"Status":             current.Status,
		"StatusDetails":      current.StatusDetails,
		"ResponseCode":       s.code(now),
		"Output":             s.listOutput(now),
		"StandardOutputUrl":  outURL,
		"StandardErrorUrl":   errURL,
		"OutputS3Region":     "",
		"OutputS3BucketName": s.node.command.OutputS3BucketName,
		"OutputS3KeyPrefix":  "",
	}
	if s.node.command.OutputS3BucketName != "" {
		o["OutputS3KeyPrefix"] = s.keyPrefix()
	}
	if current.ended() {
		o["OutputS3Region"] = s.node.command.bucketRegion(region)
	}
	if s.ran(now) {
		o["ResponseStartDateTime"] = epoch(s.started)
		o["ResponseFinishDateTime"] = epoch(s.started.Add(s.elapsed))
	}
	return o
}

// wire is a command in ListCommands.
func (c *command) wire(region string, now time.Time) object {
	t := c.at(now)
	ids := make([]string, 0, len(c.InstanceIDs)) // The response is not in the order of the request, as recorded.
	for i := len(c.InstanceIDs) - 1; i >= 0; i-- {
		ids = append(ids, c.InstanceIDs[i])
	}
	targets := []object{}
	for _, t := range c.Targets {
		targets = append(targets, object{"Key": t.Key, "Values": stringsOrNone(t.Values)})
	}
	alarms := []object{}
	for _, name := range c.AlarmConfiguration.Alarms {
		alarms = append(alarms, object{"Name": name})
	}
	triggered := []object{}
	for _, a := range c.TriggeredAlarms {
		triggered = append(triggered, object{"Name": a.Name, "State": a.State})
	}
	return object{
		"CommandId":              c.CommandID,
		"DocumentName":           c.DocumentName,
		"DocumentVersion":        c.DocumentVersion,
		"Comment":                c.Comment,
		"ExpiresAfter":           epoch(c.expires),
		"Parameters":             c.Parameters,
		"InstanceIds":            ids,
		"Targets":                targets,
		"RequestedDateTime":      epoch(c.sent),
		"Status":                 t.Status,
		"StatusDetails":          t.StatusDetails,
		"OutputS3Region":         c.bucketRegion(region),
		"OutputS3BucketName":     c.OutputS3BucketName,
		"OutputS3KeyPrefix":      c.OutputS3KeyPrefix,
		"MaxConcurrency":         c.MaxConcurrency,
		"MaxErrors":              c.MaxErrors,
		"TargetCount":            t.targets,
		"CompletedCount":         t.completed,
		"ErrorCount":             t.errors,
		"DeliveryTimedOutCount":  t.deliveryTimedOut,
		"ServiceRole":            c.ServiceRole,
		"NotificationConfig":     c.NotificationConfig.wire(),
		"CloudWatchOutputConfig": c.CloudWatchOutputConfig.wire(),
		"TimeoutSeconds":         c.TimeoutSeconds,
		"AlarmConfiguration":     object{"Alarms": alarms, "IgnorePollAlarmFailure": c.AlarmConfiguration.IgnorePollAlarmFailure},
		"TriggeredAlarms":        triggered,
	}
}

func (n NotificationConfig) wire() object {
	return object{
		"NotificationArn":    n.NotificationARN,
		"NotificationEvents": stringsOrNone(n.NotificationEvents),
		"NotificationType":   n.NotificationType,
	}
}
