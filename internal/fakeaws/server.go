// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Server responds as the service would, given its script and the requests since.
//
// One lock guards all mutable state: the server processes a request under the lock, and delivers
// the response without it. Time passes without a goroutine: the server computes what a command will
// do when it is sent and again when it is cancelled, and each response shows the events until then.
type Server struct {
	script    Script
	start     time.Time
	nodes     []*managedNode
	documents []Document

	mu       sync.Mutex // Guards what follows.
	commands []*command // Newest first: scripted commands by send time, then the others in order.
	byID     map[string]*command
	buckets  map[string]*bucket // By name.
	rules    []*ruleState
	faults   []*faultState
	requests []Request
	observe  func(Request)
	sessions map[string]session // By access key ID.
	served   int
}

// New validates the script and starts its clock: times relative to the server's start count from
// now.
func New(script Script) (*Server, error) {
	if err := script.validate(); err != nil {
		return nil, err
	}
	if len(script.Regions) == 0 {
		script.Regions = []string{defaultRegion}
	}
	setDefault(&script.Account, defaultAccount)
	s := &Server{
		script: script, byID: map[string]*command{}, sessions: map[string]session{}, buckets: map[string]*bucket{},
	}
	// The service has a resolution of milliseconds; a finer start would be rounded differently in
	// different responses.
	s.start = s.now().Truncate(time.Millisecond)
	for _, c := range script.Commands {
		m := newCommand(c, s.start)
		s.commands = append(s.commands, m)
		s.byID[c.CommandID] = m
	}
	newestFirst(s.commands)
	s.addBuckets(s.commands)
	for i, n := range script.Nodes {
		s.nodes = append(s.nodes, newManagedNode(n, i+1, s.start))
	}
	s.documents = newDocuments(script.Documents)
	for _, r := range script.Rules {
		s.rules = append(s.rules, &ruleState{Rule: r})
	}
	for _, f := range script.Faults {
		s.faults = append(s.faults, &faultState{Fault: f})
	}
	return s, nil
}

// now is the time by the service's clock.
func (s *Server) now() time.Time { return time.Now().Add(s.script.ClockSkew.Duration()) }

// Requests returns the requests so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count returns the number of requests for the operation; "" counts all.
func (s *Server) Count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if operation == "" || r.Operation == operation {
			n++
		}
	}
	return n
}

// Reset discards the recorded requests. It does not reset faults and sent commands.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Observe calls f with every request from now on, one at a time, before the response is delivered.
// The server holds its lock meanwhile, so f must not call a method of the server other than Start.
func (s *Server) Observe(f func(Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observe = f
}

// Start is the time from which the script's times count.
func (s *Server) Start() time.Time { return s.start }

// respond processes a request and returns its response. ServeHTTP and Transport differ only in how
// they deliver it.
func (s *Server) respond(r *http.Request) response {
	call, rejection := readCall(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	call.record.At = s.now()
	s.locate(call)
	fault := s.strike(&call.record)
	if fault.Kind == Unreachable {
		return response{delivery: unreachable}
	}
	s.served++
	call.requestID = requestID(call.protocol, s.served)
	if rejection == nil {
		rejection = s.checkSignature(call)
	}
	call.rejected = rejection
	a := s.decide(call, fault)
	if call.protocol != s3XML {
		a.requestID = call.requestID
	}
	if r.Method == http.MethodHead {
		a = a.withoutBody()
	}
	a.date, a.delay = call.record.At, fault.Delay.Duration()
	call.record.Outcome = a.label
	s.requests = append(s.requests, call.record)
	if s.observe != nil {
		s.observe(call.record)
	}
	return a
}

// decide applies a fault, if any, to a request.
func (s *Server) decide(c *call, fault Fault) response {
	c.repeatToken = fault.Kind == RepeatToken
	if fault.Kind == "" || fault.Kind == Late || fault.Kind == RepeatToken {
		return s.perform(c)
	}
	if !fault.Accepted {
		return s.faultResponse(c, fault, nil)
	}
	c.late = fault.AcceptedAfter.Duration()
	lost := s.perform(c)
	return s.faultResponse(c, fault, &lost)
}

// perform performs a request, and returns the response without faults.
func (s *Server) perform(c *call) response {
	now := c.record.At
	switch {
	case c.rejected != nil:
		return s.failure(c, c.rejected)
	case c.protocol == queryXML:
		return s.sts(c, now)
	case c.protocol == s3XML:
		return s.getObject(c, now)
	}
	return s.ssm(c, now)
}

// requestID returns the nth request ID in the service's format.
func requestID(p protocol, n int) string {
	if p == s3XML {
		return fmt.Sprintf("%016X", n)
	}
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", n)
}

// readOperations are the operations of a script without nodes.
var readOperations = []string{"GetCommandInvocation", "ListCommandInvocations", "ListCommands"}

// ssm performs an operation of Systems Manager.
func (s *Server) ssm(call *call, now time.Time) response {
	var result object
	var rejection *failure
	operation := call.record.Operation
	if s.script.Nodes == nil && !slices.Contains(readOperations, operation) {
		operation = ""
	}
	switch operation {
	case "GetCommandInvocation":
		result, rejection = s.getCommandInvocation(call, now)
	case "ListCommandInvocations":
		result, rejection = s.listCommandInvocations(call, now)
	case "ListCommands":
		result, rejection = s.listCommands(call, now)
	case "SendCommand":
		result, rejection = s.sendCommand(call, now)
	case "CancelCommand":
		result, rejection = s.cancelCommand(call, now)
	case "DescribeInstanceInformation":
		result, rejection = s.describeInstanceInformation(call, now)
	case "GetConnectionStatus":
		result, rejection = s.getConnectionStatus(call, now)
	default:
		rejection = &failure{code: "UnknownOperationException"}
	}
	if rejection != nil {
		return s.failure(call, rejection)
	}
	return s.success(result)
}

// success is HTTP 200 with a JSON body.
func (s *Server) success(result object) response {
	e := encoder{plainTimestamps: s.script.PlainTimestamps, replaceInvalid: s.script.ReplaceInvalidUTF8}
	e.value(result)
	return response{label: "200", status: http.StatusOK, contentType: jsonType, body: e.Bytes()}
}
