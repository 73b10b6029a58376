// SPDX-License-Identifier: MPL-2.0

package fakeaws

import "time"

// Send is a SendCommand request that the service accepted, whether or not its response reached the
// client.
type Send struct {
	// At is when the request took effect, by the service's clock.
	At time.Time
	// Command is the command that was sent. The fields that describe events of a scripted command
	// are not set.
	Command Command
}

// Sends returns the accepted commands in the order of acceptance.
func (s *Server) Sends() []Send {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sends []Send
	for i := len(s.commands) - 1; i >= 0; i-- {
		if c := s.commands[i]; c.version != nil {
			sends = append(sends, Send{At: c.sent, Command: c.Command})
		}
	}
	return sends
}

// Executions counts how often a node has started to run a command until now, regardless of what the
// agent reported. An empty ID matches any. Scripted commands are not counted, because the script
// does not describe whether they ran.
func (s *Server) Executions(commandID, instanceID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, n := s.now(), 0
	for _, c := range s.commands {
		if commandID != "" && commandID != c.CommandID {
			continue
		}
		for _, a := range c.assignments {
			if (instanceID == "" || instanceID == a.node.InstanceID) && !a.ran.IsZero() && !a.ran.After(now) {
				n++
			}
		}
	}
	return n
}
