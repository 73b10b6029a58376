// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"slices"
	"time"
)

// Fault makes requests fail. If several faults match a request, the first that is not exhausted
// applies, so that a list of faults is a sequence of events.
type Fault struct {
	// Operation, CommandID, InstanceID, and PluginName select the requests; an empty field matches
	// any. InstanceID also matches a request with the node in its list of IDs.
	Operation  string `json:"operation,omitempty"`
	CommandID  string `json:"command_id,omitempty"`
	InstanceID string `json:"instance_id,omitempty"`
	PluginName string `json:"plugin_name,omitempty"`

	Kind FaultKind `json:"kind"`
	// Skip is the number of matching requests that pass first, for example to fail in the middle of
	// a list. A request to which an earlier fault applied does not count.
	Skip int `json:"skip,omitempty"`
	// Times is how often the fault applies: zero means once, -1 means always.
	Times int `json:"times,omitempty"`
	// From and Until limit the fault to a period, counted from the server's start. A zero Until
	// means no end.
	From  Seconds `json:"from,omitempty"`
	Until Seconds `json:"until,omitempty"`

	// Accepted makes SendCommand or CancelCommand take effect before its response is lost: the
	// service performed the request, and the client cannot tell. Without Accepted the request is
	// lost together with its response.
	Accepted bool `json:"accepted,omitempty"`
	// AcceptedAfter is how long after its arrival an accepted request takes effect, as if it was
	// delayed in a proxy or a queue while the client gave up. The fake validates the request when
	// it arrives.
	AcceptedAfter Seconds `json:"accepted_after,omitempty"`
	// Delay is how long the client waits for the response, its first byte, or the end of the
	// connection.
	Delay Seconds `json:"delay,omitempty"`

	// Code and Message are the error of a [ServiceError].
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// FaultKind is what happens instead of the regular response.
type FaultKind string

// The kinds, each with the event that it simulates.
const (
	// Throttle is the service's own ThrottlingException "Rate exceeded", recorded at 5 to 8 calls a
	// second.
	Throttle FaultKind = "throttle"
	// InternalError is the modeled InternalServerError, HTTP 500, which has no message.
	InternalError FaultKind = "internal_error"
	// HTML503 is the front end's page when no service is available: HTTP 503 with HTML.
	HTML503 FaultKind = "html_503"
	// TooManyRequests is HTTP 429 in plain text from a front end or a proxy; the service's own
	// throttling is HTTP 400.
	TooManyRequests FaultKind = "too_many_requests"
	// Drop is a connection reset without a response (TCP RST): a load balancer was replaced, or a
	// NAT entry expired.
	Drop FaultKind = "drop"
	// Close is a connection closed in order without a response (TCP FIN, which a client reads as
	// EOF): a server process or a proxy stopped.
	Close FaultKind = "close"
	// Unreachable is a refused connection: the request never leaves the client. Only
	// [Server.Transport] can simulate it, and [Server.Requests] does not contain the request.
	Unreachable FaultKind = "unreachable"
	// Late is the regular response after Delay.
	Late FaultKind = "late"
	// TruncateBody is a connection lost in the middle of a response: fewer bytes arrive than
	// Content-Length announces.
	TruncateBody FaultKind = "truncate_body"
	// StallBody is a connection that stays open in the middle of a response while nothing more
	// arrives: a firewall dropped its state. The client already has the header, so a response
	// header timeout does not end the wait.
	StallBody FaultKind = "stall_body"
	// Empty200 is HTTP 200 without a body, which the Go SDK turns into a zero struct without an
	// error.
	Empty200 FaultKind = "empty_200"
	// Silent is a server that accepts the request and never responds; only the client's own timeout
	// ends the wait.
	Silent FaultKind = "silent"
	// DoesNotExist is InvocationDoesNotExist: the same code and message for an invocation that is
	// not visible yet, never existed, is on another node, or is older than 30 days. For S3 it is
	// NoSuchKey.
	DoesNotExist FaultKind = "does_not_exist"
	// InvalidPluginName is the error of that name, also seen briefly for a correct name.
	InvalidPluginName FaultKind = "invalid_plugin_name"
	// AccessDenied is IAM's denial, with the recorded message that contains the action and the
	// resource.
	AccessDenied FaultKind = "access_denied"
	// KMSDenied is S3's denial of an object that is encrypted with a KMS key, if the caller has
	// permission for the object and lacks kms:Decrypt for the key. The code is AccessDenied.
	KMSDenied FaultKind = "kms_denied"
	// ExpiredToken is the error after the session of the credentials expired.
	ExpiredToken FaultKind = "expired_token"
	// UnrecognizedClient is an access key that AWS does not recognize: deleted, or not propagated
	// yet.
	UnrecognizedClient FaultKind = "unrecognized_client"
	// InvalidSignature is a signature that does not match: a wrong secret, or a proxy that rewrites
	// the request.
	InvalidSignature FaultKind = "invalid_signature"
	// WrongCommand is HTTP 200 with another command than the requested one, as from a faulty cache.
	WrongCommand FaultKind = "wrong_command"
	// HTML200 is a captive portal's page: HTTP 200 and no JSON.
	HTML200 FaultKind = "html_200"
	// HTML403 is the error page of a proxy, which is unrelated to IAM.
	HTML403 FaultKind = "html_403"
	// RepeatToken is a list whose next token is the one just used, which makes an unsuspecting
	// client loop forever. It applies only to requests that continue a list, because only these
	// have a token to repeat.
	RepeatToken FaultKind = "repeat_token"
	// ValidationError is the framework's ValidationException for an invalid request.
	ValidationError FaultKind = "validation_error"
	// ServiceError is any modeled error of Systems Manager, with HTTP 400 and the fault's Code and
	// Message. It is for errors whose cause the fake does not model, such as InvalidRole for a role
	// that was created seconds ago.
	ServiceError FaultKind = "service_error"
)

// faultKinds lists every kind, so that a script's spelling can be checked.
var faultKinds = []FaultKind{
	Throttle, InternalError, HTML503, TooManyRequests, Drop, Close, Unreachable, Late, TruncateBody, StallBody, Empty200, Silent,
	DoesNotExist, InvalidPluginName, AccessDenied, KMSDenied, ExpiredToken, UnrecognizedClient, InvalidSignature,
	WrongCommand, HTML200, HTML403, RepeatToken, ValidationError, ServiceError,
}

// losesResponse reports whether the client cannot tell if the request took effect. The other kinds
// are rejections, or let the response through.
func (k FaultKind) losesResponse() bool {
	return slices.Contains([]FaultKind{
		InternalError, HTML503, TooManyRequests, Drop, Close, TruncateBody, StallBody, Empty200, Silent, WrongCommand, HTML200, HTML403,
	}, k)
}

// mutatingOperations are the operations of Systems Manager that change something.
var mutatingOperations = []string{"SendCommand", "CancelCommand"}

// appliesTo reports whether the fault is possible for the operation. A fault without an operation
// matches the operations to which it applies.
func (k FaultKind) appliesTo(operation string) bool {
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

// faultState counts the requests that a fault let pass and those to which it applied.
type faultState struct {
	Fault
	skipped, struck int
}

// matches reports whether the fault selects a request that arrived at this time after the server's
// start.
func (f *faultState) matches(r *Request, since time.Duration) bool {
	chosen := func(want, have string) bool { return want == "" || want == have }
	return chosen(f.Operation, r.Operation) && chosen(f.CommandID, r.CommandID) &&
		(chosen(f.InstanceID, r.InstanceID) || slices.Contains(r.InstanceIDs, f.InstanceID)) && chosen(f.PluginName, r.PluginName) &&
		since >= f.From.Duration() && (f.Until == 0 || since < f.Until.Duration()) &&
		f.Kind.appliesTo(r.Operation) && (f.Kind != RepeatToken || r.NextToken != "")
}

// exhausted reports whether the fault has applied as often as Times allows.
func (f *faultState) exhausted() bool {
	return f.Times >= 0 && f.struck >= max(f.Times, 1)
}

// strike returns the fault that applies to the request, or the zero Fault.
func (s *Server) strike(r *Request) Fault {
	for _, f := range s.faults {
		if f.exhausted() || !f.matches(r, r.At.Sub(s.start)) {
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
	case !f.Kind.appliesTo(f.Operation) && f.Operation != "":
		return fmt.Errorf("kind: %s has no %q", f.Operation, f.Kind)
	case f.Skip < 0:
		return fmt.Errorf("skip: %d is negative", f.Skip)
	case f.Times < -1:
		return fmt.Errorf("times: %d is neither a positive number nor -1", f.Times)
	case f.Until != 0 && f.Until <= f.From:
		return fmt.Errorf("until: %v is not after from, %v", f.Until, f.From)
	case f.Accepted && !slices.Contains(mutatingOperations, f.Operation):
		return fmt.Errorf("accepted: operation %q changes nothing; use one of %q", f.Operation, mutatingOperations)
	case f.Accepted && !f.Kind.losesResponse():
		return fmt.Errorf("accepted: a fault of kind %q does not lose the response", f.Kind)
	case f.AcceptedAfter != 0 && !f.Accepted:
		return fmt.Errorf("accepted_after: needs accepted")
	case f.Kind == Late && f.Delay == 0:
		return fmt.Errorf("delay: a fault of kind %q requires a delay", Late)
	case f.Kind == Unreachable && f.Delay != 0:
		return fmt.Errorf("delay: a fault of kind %q does not support a delay", Unreachable)
	case (f.Kind == ServiceError) != (f.Code != "") || f.Message != "" && f.Code == "":
		return fmt.Errorf("code: only faults of kind %q require and support it", ServiceError)
	}
	return checkTimes(map[string]*Seconds{
		"from": &f.From, "until": &f.Until, "accepted_after": &f.AcceptedAfter, "delay": &f.Delay,
	}, 0)
}
