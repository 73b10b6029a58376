// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"slices"
	"time"
)

// Fault is something that goes wrong with some requests. Where several match a request, the first that has strikes left
// wins, so that a list of faults is a sequence of events.
type Fault struct {
	// Operation, CommandID, InstanceID and PluginName choose the requests; an empty one matches
	// any. InstanceID also matches a request that has the node in its list of IDs.
	Operation  string `json:"operation,omitempty"`
	CommandID  string `json:"command_id,omitempty"`
	InstanceID string `json:"instance_id,omitempty"`
	PluginName string `json:"plugin_name,omitempty"`

	Kind FaultKind `json:"kind"`
	// Skip lets this many matching requests through first, to strike in the middle of paging for instance. A request that
	// a fault further up has struck is not among them.
	Skip int `json:"skip,omitempty"`
	// Times is how often it strikes: zero means once, -1 for ever.
	Times int `json:"times,omitempty"`
	// From and Until bound the strikes in time, from the server's start. Until zero is open.
	From  Seconds `json:"from,omitempty"`
	Until Seconds `json:"until,omitempty"`

	// Accepted makes SendCommand or CancelCommand take effect before its answer is lost: the
	// service did what it was asked for, and the client cannot know. Without it the request is lost
	// together with its answer.
	Accepted bool `json:"accepted,omitempty"`
	// AcceptedAfter is how long after the request an accepted one takes effect: a request that was
	// stuck in a proxy or a queue, and that the client has given up on by then. Its checks are made
	// when it arrives.
	AcceptedAfter Seconds `json:"accepted_after,omitempty"`
	// Delay is how long the client waits for whatever it gets: the answer, its first byte, or the
	// end of the connection.
	Delay Seconds `json:"delay,omitempty"`

	// Code and Message are the error of a [ServiceError].
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// FaultKind is what happens instead of an answer.
type FaultKind string

// The kinds, each with the event that it stands for.
const (
	// Throttle is the service's own ThrottlingException "Rate exceeded", recorded at 5 to 8 calls a second.
	Throttle FaultKind = "throttle"
	// InternalError is the modelled InternalServerError, HTTP 500, which comes without a message.
	InternalError FaultKind = "internal_error"
	// HTML503 is the front end's page when no service stands behind it: HTTP 503 and no JSON.
	HTML503 FaultKind = "html_503"
	// TooManyRequests is HTTP 429 in plain text from a front end or a proxy; the service's own throttling is HTTP 400.
	TooManyRequests FaultKind = "too_many_requests"
	// Drop is a connection reset without an answer (TCP RST): a load balancer replaced, a NAT entry
	// gone.
	Drop FaultKind = "drop"
	// Close is a connection closed in order without an answer (TCP FIN, which a client reads as
	// EOF): a server process or a proxy that stops.
	Close FaultKind = "close"
	// Unreachable is a connection refused: the request never leaves the client. [Server.Transport]
	// alone can play it, and it is not among [Server.Requests].
	Unreachable FaultKind = "unreachable"
	// Late is the right answer after Delay.
	Late FaultKind = "late"
	// CutBody is a connection lost in the middle of an answer: Content-Length promises more than arrives.
	CutBody FaultKind = "cut_body"
	// StallBody is a connection that stays open in the middle of an answer while nothing more arrives: a firewall that has
	// forgotten it. The client has the header by then, so a limit on waiting for that does not end it.
	StallBody FaultKind = "stall_body"
	// Empty200 is HTTP 200 without a body, which the Go SDK turns into a zero struct without an error.
	Empty200 FaultKind = "empty_200"
	// Silent is a server that accepts and never answers; only the client's own timeout ends the request.
	Silent FaultKind = "silent"
	// DoesNotExist is InvocationDoesNotExist: the same code and text for not yet, never, another node and 30 days gone. Of
	// S3 it is NoSuchKey.
	DoesNotExist FaultKind = "does_not_exist"
	// InvalidPluginName is that error, also seen for a moment with a name that is right.
	InvalidPluginName FaultKind = "invalid_plugin_name"
	// AccessDenied is a refusal by IAM, with the recorded text that names the action and the resource.
	AccessDenied FaultKind = "access_denied"
	// KMSDenied is S3's refusal of an object that the caller may read and whose key the caller may not use: the bucket is
	// encrypted with a key of KMS, and kms:Decrypt is missing. Its code is that of AccessDenied.
	KMSDenied FaultKind = "kms_denied"
	// ExpiredToken is what a request gets whose session ended: an assumed role lives 15 minutes by default.
	ExpiredToken FaultKind = "expired_token"
	// UnrecognizedClient is an access key that AWS has no record of: deleted, or too new to be in every Region.
	UnrecognizedClient FaultKind = "unrecognized_client"
	// InvalidSignature is a signature that does not match: a wrong secret, or a proxy that rewrites the request.
	InvalidSignature FaultKind = "invalid_signature"
	// WrongCommand is HTTP 200 about another command than was asked for: a cache in between that mixes up answers.
	WrongCommand FaultKind = "wrong_command"
	// HTML200 is a captive portal's page: HTTP 200 and no JSON.
	HTML200 FaultKind = "html_200"
	// HTML403 is a proxy's refusal, which says nothing about IAM.
	HTML403 FaultKind = "html_403"
	// RepeatToken is a list whose next token is the one just used: a client that trusts it never ends. It strikes only
	// requests that continue a list, since only those carry a token to repeat.
	RepeatToken FaultKind = "repeat_token"
	// ValidationError is the framework's ValidationException for a request that it does not like.
	ValidationError FaultKind = "validation_error"
	// ServiceError is any modelled error of Systems Manager, with HTTP 400: Code and Message say
	// which. It is for errors whose cause the fake does not model, such as InvalidRole about a role
	// that is seconds old.
	ServiceError FaultKind = "service_error"
)

// faultKinds lists every kind, so that a script's spelling can be checked.
var faultKinds = []FaultKind{
	Throttle, InternalError, HTML503, TooManyRequests, Drop, Close, Unreachable, Late, CutBody, StallBody, Empty200, Silent,
	DoesNotExist, InvalidPluginName, AccessDenied, KMSDenied, ExpiredToken, UnrecognizedClient, InvalidSignature,
	WrongCommand, HTML200, HTML403, RepeatToken, ValidationError, ServiceError,
}

// losesAnswer says whether the kind leaves open what became of the request. The others are
// refusals, or no fault at all.
func (k FaultKind) losesAnswer() bool {
	return slices.Contains([]FaultKind{
		InternalError, HTML503, TooManyRequests, Drop, Close, CutBody, StallBody, Empty200, Silent, WrongCommand, HTML200, HTML403,
	}, k)
}

// changing are the operations of Systems Manager that do something.
var changing = []string{"SendCommand", "CancelCommand"}

// suits says whether there is such a fault of the operation at all. A fault for any operation strikes those it suits.
func (k FaultKind) suits(operation string) bool {
	switch operation {
	case "GetObject", "HeadObject":
		return !slices.Contains([]FaultKind{InvalidPluginName, WrongCommand, RepeatToken, ValidationError, ServiceError}, k)
	case "AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity":
		return k != KMSDenied && k != ServiceError
	case "SendCommand":
		return !slices.Contains([]FaultKind{KMSDenied, DoesNotExist, InvalidPluginName, RepeatToken}, k)
	case "CancelCommand", "GetConnectionStatus":
		return !slices.Contains([]FaultKind{KMSDenied, DoesNotExist, InvalidPluginName, RepeatToken, WrongCommand}, k)
	case "DescribeInstanceInformation":
		return !slices.Contains([]FaultKind{KMSDenied, DoesNotExist, InvalidPluginName, WrongCommand}, k)
	}
	return k != KMSDenied
}

// faultState counts what one fault has let through and struck.
type faultState struct {
	Fault
	skipped, struck int
}

// matches says whether the fault is meant for a request that came this long after the server's start.
func (f *faultState) matches(r *Request, since time.Duration) bool {
	chosen := func(want, have string) bool { return want == "" || want == have }
	return chosen(f.Operation, r.Operation) && chosen(f.CommandID, r.CommandID) &&
		(chosen(f.InstanceID, r.InstanceID) || slices.Contains(r.InstanceIDs, f.InstanceID)) && chosen(f.PluginName, r.PluginName) &&
		since >= f.From.Duration() && (f.Until == 0 || since < f.Until.Duration()) &&
		f.Kind.suits(r.Operation) && (f.Kind != RepeatToken || r.NextToken != "")
}

// spent says whether the fault has struck as often as it may.
func (f *faultState) spent() bool {
	return f.Times >= 0 && f.struck >= max(f.Times, 1)
}

// strike returns the fault that befalls the request, or none.
func (s *Server) strike(r *Request) Fault {
	for _, f := range s.faults {
		if f.spent() || !f.matches(r, r.At.Sub(s.start)) {
			continue
		}
		if f.skipped < f.Skip {
			f.skipped++
			continue
		}
		f.struck++
		return f.Fault
	}
	return Fault{}
}

// validate checks a fault of a script.
func (f Fault) validate() error {
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("kind: %q is none of %q", f.Kind, faultKinds)
	case !slices.Contains(operations, f.Operation):
		return fmt.Errorf("operation: %q is none of %q", f.Operation, operations[1:])
	case !f.Kind.suits(f.Operation) && f.Operation != "":
		return fmt.Errorf("kind: %s has no %q", f.Operation, f.Kind)
	case f.Skip < 0:
		return fmt.Errorf("skip: %d is negative", f.Skip)
	case f.Times < -1:
		return fmt.Errorf("times: %d is neither a number of strikes nor -1 for ever", f.Times)
	case f.Until != 0 && f.Until <= f.From:
		return fmt.Errorf("until: %v is not after from, %v", f.Until, f.From)
	case f.Accepted && !slices.Contains(changing, f.Operation):
		return fmt.Errorf("accepted: operation %q changes nothing; it must be one of %q", f.Operation, changing)
	case f.Accepted && !f.Kind.losesAnswer():
		return fmt.Errorf("accepted: the client of a fault of kind %q knows what became of its request", f.Kind)
	case f.AcceptedAfter != 0 && !f.Accepted:
		return fmt.Errorf("accepted_after: the request is not accepted")
	case f.Kind == Late && f.Delay == 0:
		return fmt.Errorf("delay: a fault of kind %q needs one", Late)
	case f.Kind == Unreachable && f.Delay != 0:
		return fmt.Errorf("delay: a fault of kind %q has none", Unreachable)
	case (f.Kind == ServiceError) != (f.Code != "") || f.Message != "" && f.Code == "":
		return fmt.Errorf("code: faults of kind %q have one, and no others", ServiceError)
	}
	return checkTimes(map[string]*Seconds{
		"from": &f.From, "until": &f.Until, "accepted_after": &f.AcceptedAfter, "delay": &f.Delay,
	}, 0)
}
