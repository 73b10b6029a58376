// SPDX-License-Identifier: MPL-2.0

package fakeaws

import "time"

// Send is a SendCommand that the service accepted, whether or not its answer reached the client.
type Send struct {
	// At is when it took effect, by the service's clock.
	At time.Time
	// Command is what was sent. The fields that say what happens to a scripted command are not set.
	Command Command
}

// Sends returns what was sent, in the order of acceptance.
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

// Executions counts how often a node has begun to run a command by now, whatever was reported of
// it. An empty ID matches any. Commands of the script are not counted: nothing says whether they
// ran.
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
