package fakeaws

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Server answers as the service would have answered, given its script.
type Server struct {
	script   Script
	start    time.Time
	commands []*command // Newest first.
	byID     map[string]*command
	buckets  map[string]*bucket // By name.

	mu       sync.Mutex // Guards what follows.
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
	// The service knows milliseconds only; a finer start would let its answers differ in how they round it.
	start := time.Now().Truncate(time.Millisecond)
	s := &Server{script: script, start: start, byID: map[string]*command{}, sessions: map[string]session{}}
	for _, c := range script.Commands {
		m := newCommand(c, s.start)
		s.commands = append(s.commands, m)
		s.byID[c.CommandID] = m
	}
	newestFirst(s.commands)
	s.buckets = newBuckets(s.commands, script.Regions)
	for _, f := range script.Faults {
		s.faults = append(s.faults, &faultState{Fault: f})
	}
	return s, nil
}

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

// Reset forgets the recorded requests. Faults that have struck stay struck.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Observe calls f with every request from now on, one at a time, as soon as its answer is known. The server waits for f,
// so f must not ask it for its requests.
func (s *Server) Observe(f func(Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observe = f
}

// Start is the time that the script's clock counts from.
func (s *Server) Start() time.Time { return s.start }

// respond reads a request and decides on its answer. ServeHTTP and Transport differ only in how they deliver it.
func (s *Server) respond(r *http.Request) answer {
	now := time.Now()
	call, refusal := readCall(r)
	call.record.At = now
	s.locate(call)

	s.mu.Lock()
	s.served++
	call.requestID = requestID(call.protocol, s.served)
	fault := s.strike(&call.record, now)
	s.mu.Unlock()

	if refusal == nil {
		refusal = s.refuse(call)
	}
	call.refused = refusal
	var a answer
	switch {
	case fault != "" && fault != RepeatToken:
		a = s.faulty(call, fault, now)
	case refusal != nil:
		a = s.failure(call, refusal)
	case call.protocol == queryXML:
		a = s.sts(call, now)
	case call.protocol == s3XML:
		a = s.getObject(call, now)
	default:
		call.repeatToken = fault == RepeatToken
		a = s.ssm(call, now)
	}
	if call.protocol != s3XML {
		a.requestID = call.requestID
	}
	if r.Method == http.MethodHead {
		a = a.withoutBody()
	}
	call.record.Answer = a.label

	s.mu.Lock()
	s.requests = append(s.requests, call.record)
	if s.observe != nil {
		s.observe(call.record)
	}
	s.mu.Unlock()
	return a
}

// requestID counts requests in the form of the service's request ids.
func requestID(p protocol, n int) string {
	if p == s3XML {
		return fmt.Sprintf("%016X", n)
	}
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", n)
}

// ssm answers an operation of Systems Manager.
func (s *Server) ssm(call *call, now time.Time) answer {
	var result object
	var refusal *failure
	switch call.record.Operation {
	case "GetCommandInvocation":
		result, refusal = s.getCommandInvocation(call, now)
	case "ListCommandInvocations":
		result, refusal = s.listCommandInvocations(call, now)
	case "ListCommands":
		result, refusal = s.listCommands(call, now)
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
