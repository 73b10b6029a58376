// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Server answers as the service would have answered, given its script and what it was sent since.
//
// One lock guards all that changes: a request is decided under it from the beginning to the end,
// and delivered without it. Time passes without a goroutine: what a command will do is computed
// when it is sent and again when it is cancelled, and each response shows what of it has happened
// by then.
type Server struct {
	script    Script
	start     time.Time
	nodes     []*managedNode
	documents []Document

	mu       sync.Mutex // Guards what follows.
	commands []*command // Newest first: scripted ones by their send time, then the others as they were sent.
	byID     map[string]*command
	buckets  map[string]*bucket // By name.
	rules    []*ruleState
	faults   []*faultState
	requests []Request
	observe  func(Request)
	sessions map[string]session // By access key id.
	served   int
}

// New checks the script and starts its clock: every time that counts from the server's start counts from now.
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
	// The service knows milliseconds only; a finer start would let its answers differ in how they round it.
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

// Requests returns what was asked so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count returns how many requests asked for the operation; "" counts all.
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

// Reset forgets the recorded requests. Faults that have struck stay struck, and commands that were
// sent stay sent.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Observe calls f with every request from now on, one at a time, as soon as its answer is known. The server waits for f,
// so f must not call a method of the server other than Start.
func (s *Server) Observe(f func(Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observe = f
}

// Start is the time that the script's clock counts from.
func (s *Server) Start() time.Time { return s.start }

// respond reads a request and decides on its answer. ServeHTTP and Transport differ only in how they deliver it.
func (s *Server) respond(r *http.Request) answer {
	call, refusal := readCall(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	call.record.At = s.now()
	s.locate(call)
	fault := s.strike(&call.record)
	if fault.Kind == Unreachable {
		return answer{delivery: unreachable}
	}
	s.served++
	call.requestID = requestID(call.protocol, s.served)
	if refusal == nil {
		refusal = s.refuse(call)
	}
	call.refused = refusal
	a := s.decide(call, fault)
	if call.protocol != s3XML {
		a.requestID = call.requestID
	}
	if r.Method == http.MethodHead {
		a = a.withoutBody()
	}
	a.date, a.delay = call.record.At, fault.Delay.Duration()
	call.record.Answer = a.label
	s.requests = append(s.requests, call.record)
	if s.observe != nil {
		s.observe(call.record)
	}
	return a
}

// decide returns the answer to a request that met a fault, or none.
func (s *Server) decide(c *call, fault Fault) answer {
	c.repeatToken = fault.Kind == RepeatToken
	if fault.Kind == "" || fault.Kind == Late || fault.Kind == RepeatToken {
		return s.answer(c)
	}
	if !fault.Accepted {
		return s.faulty(c, fault, nil)
	}
	c.late = fault.AcceptedAfter.Duration()
	lost := s.answer(c)
	return s.faulty(c, fault, &lost)
}

// answer does what a request asks for, and says what came of it.
func (s *Server) answer(c *call) answer {
	now := c.record.At
	switch {
	case c.refused != nil:
		return s.failure(c, c.refused)
	case c.protocol == queryXML:
		return s.sts(c, now)
	case c.protocol == s3XML:
		return s.getObject(c, now)
	}
	return s.ssm(c, now)
}

// requestID counts requests in the form of the service's request ids.
func requestID(p protocol, n int) string {
	if p == s3XML {
		return fmt.Sprintf("%016X", n)
	}
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", n)
}

// reading are the operations that a script without nodes has.
var reading = []string{"GetCommandInvocation", "ListCommandInvocations", "ListCommands"}

// ssm answers an operation of Systems Manager.
func (s *Server) ssm(call *call, now time.Time) answer {
	var result object
	var refusal *failure
	operation := call.record.Operation
	if s.script.Nodes == nil && !slices.Contains(reading, operation) {
		operation = ""
	}
	switch operation {
	case "GetCommandInvocation":
		result, refusal = s.getCommandInvocation(call, now)
	case "ListCommandInvocations":
		result, refusal = s.listCommandInvocations(call, now)
	case "ListCommands":
		result, refusal = s.listCommands(call, now)
	case "SendCommand":
		result, refusal = s.sendCommand(call, now)
	case "CancelCommand":
		result, refusal = s.cancelCommand(call, now)
	case "DescribeInstanceInformation":
		result, refusal = s.describeInstanceInformation(call, now)
	case "GetConnectionStatus":
		result, refusal = s.getConnectionStatus(call, now)
	default:
		refusal = &failure{code: "UnknownOperationException"}
	}
	if refusal != nil {
		return s.failure(call, refusal)
	}
	return s.success(result)
}

// success is HTTP 200 with a body of JSON.
func (s *Server) success(result object) answer {
	e := encoder{plainTimestamps: s.script.PlainTimestamps, replaceInvalid: s.script.ReplaceInvalidUTF8}
	e.value(result)
	return answer{label: "200", status: http.StatusOK, contentType: jsonType, body: e.Bytes()}
}
