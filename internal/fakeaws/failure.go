// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
)

// failure is an error that the service returns.
type failure struct {
	code    string
	message string
	// framework marks errors of the service's framework, whose JSON key is "message". Modeled
	// errors and IAM's denials use "Message". Both forms are from raw recordings.
	framework bool
	status    int // Defaults to 400, which the service also uses for throttling and denials.

	// s3 has the members that S3 adds to this error, and bucketRegion is the header with the
	// bucket's Region.
	s3           s3Error
	bucketRegion string
}

// Content types that the service, the front end and STS use.
const (
	jsonType = "application/x-amz-json-1.1"
	htmlType = "text/html"
	xmlType  = "text/xml"
	textType = "text/plain; charset=utf-8"
)

// failure encodes an error in the protocol of the request.
func (s *Server) failure(c *call, f *failure) response {
	status := f.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	switch c.protocol {
	case s3XML:
		return c.s3Failure(f, status)
	case queryXML:
		return response{label: f.code, status: status, contentType: xmlType, body: stsError(f, status)}
	case awsJSON:
	}
	var e encoder // Not an object: in recorded errors __type comes first, not in alphabetical order.
	e.WriteString(`{"__type":`)
	e.text(f.code)
	if f.message != "" {
		key := `,"Message":`
		if f.framework {
			key = `,"message":`
		}
		e.WriteString(key)
		e.text(f.message)
	}
	e.WriteByte('}')
	return response{label: f.code, status: status, contentType: jsonType, body: e.Bytes()}
}

// checkSignature rejects a request that is not signed, or signed for another service or Region. It
// does not verify the signature itself: a wrong scope already makes every relevant test fail.
func (s *Server) checkSignature(c *call) *failure {
	if c.record.Operation == "AssumeRoleWithWebIdentity" && c.protocol == queryXML {
		return nil // The request carries a token and is not signed.
	}
	wanted := [...]string{awsJSON: "ssm", queryXML: "sts", s3XML: "s3"}[c.protocol]
	switch {
	case c.protocol == s3XML && c.signed == nil:
		return &failure{code: "AccessDenied", message: "Access Denied", status: http.StatusForbidden} // S3 treats the request as anonymous.
	case c.protocol == s3XML && c.signed.service != wanted:
		return &failure{
			code:    "AuthorizationHeaderMalformed",
			message: fmt.Sprintf("The authorization header is malformed; incorrect service %q. This endpoint belongs to \"s3\".", c.signed.service),
		}
	case c.signed == nil:
		return c.commonFailure(missingSignature, "Missing Authentication Token")
	case c.signed.service != wanted:
		return c.commonFailure(InvalidSignature, fmt.Sprintf("Credential should be scoped to correct service: '%s'. ", wanted))
	case wanted == "ssm" && !slices.Contains(s.script.Regions, c.signed.region):
		return c.commonFailure(InvalidSignature, "Credential should be scoped to a valid region. ")
	}
	return nil
}

// missingSignature is the failure of an unsigned request. A script cannot contain this fault.
const missingSignature FaultKind = "missing_signature"

// commonFailure returns an error that Systems Manager and STS have in common. The two services use
// different codes and statuses for it.
func (c *call) commonFailure(kind FaultKind, message string) *failure {
	type words struct {
		code   string
		status int
	}
	spelling := map[FaultKind][2]words{
		missingSignature:   {{"MissingAuthenticationTokenException", 400}, {"MissingAuthenticationToken", 403}},
		InvalidSignature:   {{"InvalidSignatureException", 400}, {"SignatureDoesNotMatch", 403}},
		UnrecognizedClient: {{"UnrecognizedClientException", 400}, {"InvalidClientTokenId", 403}},
		ExpiredToken:       {{"ExpiredTokenException", 400}, {"ExpiredToken", 403}},
		AccessDenied:       {{"AccessDeniedException", 400}, {"AccessDenied", 403}},
		Throttle:           {{"ThrottlingException", 400}, {"Throttling", 400}},
		InternalError:      {{"InternalServerError", 500}, {"InternalFailure", 500}},
		ValidationError:    {{"ValidationException", 400}, {"ValidationError", 400}},
	}
	w := spelling[kind][c.protocol]
	return &failure{code: w.code, message: message, framework: kind != AccessDenied, status: w.status}
}

// faultResponse is the response that a fault causes. lost is the response to a request that was
// accepted, else nil.
func (s *Server) faultResponse(c *call, fault Fault, lost *response) response {
	kind := fault.Kind
	page := func(status int, contentType, body string) response {
		return response{label: string(kind), status: status, contentType: contentType, body: []byte(body)}
	}
	if c.protocol == s3XML {
		if f := s.s3Fault(c, kind); f != nil {
			return s.failure(c, f)
		}
	}
	switch kind {
	case Throttle:
		return s.failure(c, c.commonFailure(kind, "Rate exceeded"))
	case InternalError:
		return s.failure(c, c.commonFailure(kind, ""))
	case AccessDenied:
		return s.failure(c, c.commonFailure(kind, s.deniedMessage(c)))
	case ExpiredToken:
		return s.failure(c, c.commonFailure(kind, "The security token included in the request is expired"))
	case UnrecognizedClient:
		return s.failure(c, c.commonFailure(kind, "The security token included in the request is invalid."))
	case InvalidSignature:
		return s.failure(c, c.commonFailure(kind, "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."))
	case ValidationError:
		return s.failure(c, c.commonFailure(kind, "1 validation error detected: Value at 'value' failed to satisfy constraint: "+
			"Member must have length greater than or equal to 1"))
	case DoesNotExist:
		return s.failure(c, notFound(c.record))
	case InvalidPluginName:
		return s.failure(c, noSuchPlugin(c.record))
	case WrongCommand:
		return s.wrongCommand(c, c.record.At)
	case HTML503:
		return page(503, htmlType, "<html><body><b>Http/1.1 Service Unavailable</b></body> </html>")
	case TooManyRequests:
		return page(429, textType, "Too Many Requests\n")
	case HTML200:
		return page(200, htmlType, "<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please accept the terms of use.</body></html>")
	case HTML403:
		return page(403, htmlType, "<!DOCTYPE html><html><head><title>Blocked</title></head><body>This site is not allowed by your organisation.</body></html>")
	case Empty200:
		return page(200, jsonType, "")
	case ServiceError:
		return s.failure(c, &failure{code: fault.Code, message: fault.Message})
	case Drop:
		return response{label: string(kind), delivery: dropped}
	case Close:
		return response{label: string(kind), delivery: closed}
	case Silent:
		return response{label: string(kind), delivery: silent}
	case TruncateBody:
		return s.partialResponse(c, kind, truncated, lost)
	case StallBody:
		return s.partialResponse(c, kind, stalled, lost)
	case RepeatToken, Late, Unreachable, KMSDenied, missingSignature: // Not a response of its own, specific to S3, or not possible in a script.
	}
	panic("fakeaws: no response for fault " + string(kind))
}

// partialResponse is a response whose second half never arrives. The body is the lost response if
// the request was accepted, the object in S3, or else a short piece of JSON.
func (s *Server) partialResponse(c *call, kind FaultKind, how delivery, lost *response) response {
	const begun = `{"CloudWatchOutputConfig":{"CloudWatchLogGroupName":"","CloudWatchOutputEnabled":false},"Command`
	a := response{status: http.StatusOK, contentType: jsonType, body: []byte(begun + begun)}
	switch {
	case lost != nil:
		a = *lost
	case c.protocol == s3XML:
		a = s.getObject(c, c.record.At)
	}
	sent := len(a.body) / 2
	a.withheld, a.body = len(a.body)-sent, a.body[:sent]
	a.label, a.delivery = string(kind), how
	return a
}

// deniedMessage is IAM's message about the requested operation, as recorded for
// GetCommandInvocation.
func (s *Server) deniedMessage(c *call) string {
	switch c.protocol {
	case queryXML:
		return s.deniedMessageFor(c, "sts:"+c.record.Operation, c.record.RoleARN)
	case s3XML: // Both operations need this action, and S3 puts ARNs in quotes.
		return s.deniedMessageFor(c, "s3:GetObject", `"arn:aws:s3:::`+c.record.Bucket+"/"+c.record.Key+`"`)
	case awsJSON:
	}
	resource := fmt.Sprintf("arn:aws:ssm:%s:%s:*", c.record.Region, s.script.Account)
	if c.record.Operation == "SendCommand" { // The only operation here that supports resource-level permissions.
		resource = s.documentARN(c.record.Region, c.record.DocumentName)
	}
	return s.deniedMessageFor(c, "ssm:"+c.record.Operation, resource)
}

func (s *Server) deniedMessageFor(c *call, action, resource string) string {
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		s.callerARN(c), action, resource, action)
}

// stsError is an error in STS's XML.
func stsError(f *failure, status int) []byte {
	type body struct {
		XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}
	fault := "Sender"
	if status >= 500 {
		fault = "Receiver"
	}
	return marshalXML(body{Type: fault, Code: f.code, Message: f.message, RequestID: "00000000-0000-4000-8000-000000000000"})
}
