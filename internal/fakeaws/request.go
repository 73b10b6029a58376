// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Request is the record of a request for tests. It contains no secret key, no output, and no web
// identity token.
type Request struct {
	At        time.Time
	Operation string
	// Region and Service are the signature's scope, empty for a request that is not signed.
	Region, Service           string
	AccessKeyID, SessionToken string
	UserAgent, Host           string

	CommandID, InstanceID, PluginName string
	Details                           bool
	NextToken                         string
	Filters                           map[string]string
	MaxResults                        int

	// InstanceIDs, DocumentName, and Comment are from SendCommand, InstanceIDs also from
	// CancelCommand. Sent is the ID of the command that the request created, whether or not its
	// response reached the client.
	InstanceIDs           []string
	DocumentName, Comment string
	Sent                  string

	// Bucket and Key are from a request to S3. Its command, node, and step are those to which the
	// key belongs.
	Bucket, Key string

	// RoleARN, ExternalID, and SessionName are from AssumeRole. Form is a complete request to STS
	// without its web identity token.
	RoleARN, ExternalID, SessionName string
	Form                             url.Values

	// Outcome is "200", the code of the service's error, or the kind of a fault if the response is
	// not from the service.
	Outcome string
}

// protocol is the wire format of a request and of its errors.
type protocol int

const (
	awsJSON  protocol = iota // Systems Manager: JSON 1.1 with X-Amz-Target.
	queryXML                 // STS: a form in, XML out.
	s3XML                    // S3: the object in the URL, its bytes out, or XML.
)

// call is a request while the fake processes it.
type call struct {
	record      Request
	protocol    protocol
	input       input
	send        sendInput
	cancel      cancelInput
	describe    describeInput
	connection  connectionInput
	late        time.Duration // From its arrival until it takes effect.
	signed      *scope
	repeatToken bool
	requestID   string
	rejected    *failure // Why the request itself is invalid.

	// For a request to S3.
	bucket   *bucket
	upload   *upload
	checksum bool
}

// input holds the members of the three operations that read commands.
type input struct {
	CommandID  *string  `json:"CommandId"`
	InstanceID *string  `json:"InstanceId"`
	PluginName *string  `json:"PluginName"`
	Details    bool     `json:"Details"`
	MaxResults *int     `json:"MaxResults"`
	NextToken  string   `json:"NextToken"`
	Filters    []filter `json:"Filters"`
}

// filter has lower-case members on the wire, unlike the other types.
type filter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// scope is the scope of a request's signature:
// Credential=<key>/<date>/<region>/<service>/aws4_request.
type scope struct{ key, date, region, service string }

var credentialScope = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request,\s*SignedHeaders=[^,]+,\s*Signature=[0-9a-f]{64}$`)

// readCall parses a request as far as possible. The failure concerns only its form.
func readCall(r *http.Request) (*call, *failure) {
	c := &call{record: Request{
		UserAgent:    r.UserAgent(),
		Host:         r.Host,
		SessionToken: r.Header.Get("X-Amz-Security-Token"),
	}}
	if m := credentialScope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		c.signed = &scope{key: m[1], date: m[2], region: m[3], service: m[4]}
		c.record.AccessKeyID, c.record.Region, c.record.Service = m[1], m[3], m[4]
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return c, &failure{code: "SerializationException"}
		}
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		c.protocol = queryXML
		return c, c.readForm(string(body))
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead { // The other two services support only POST.
		c.protocol = s3XML
		return c, c.readObject(r)
	}
	operation, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
	c.record.Operation = operation
	if r.Method != http.MethodPost || r.URL.Path != "/" && r.URL.Path != "" || !ok {
		return c, &failure{code: "UnknownOperationException"}
	}
	switch operation {
	case "SendCommand":
		return c, c.readSend(body)
	case "CancelCommand":
		return c, c.readCancel(body)
	case "DescribeInstanceInformation":
		return c, c.readDescribe(body)
	case "GetConnectionStatus":
		return c, decodeStrict(body, &c.connection)
	}
	if err := json.Unmarshal(body, &c.input); err != nil {
		return c, &failure{code: "SerializationException"}
	}
	c.recordInput()
	return c, nil
}

// decodeStrict decodes the body of a request into its input, a struct. It rejects an unknown
// member, also one that differs in case. The service ignores unknown members, so a client that
// sends one has a bug.
func decodeStrict(body []byte, input any) *failure {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(input); err != nil {
		return &failure{code: "SerializationException", message: err.Error()}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return &failure{code: "SerializationException", message: err.Error()}
	}
	fields := reflect.TypeOf(input).Elem()
	for i := range fields.NumField() {
		delete(members, fields.Field(i).Tag.Get("json"))
	}
	for name := range members {
		return &failure{code: "SerializationException", message: "unknown member " + strconv.Quote(name)}
	}
	return nil
}

// text returns the string to which s points, or "".
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// recordInput copies the members of a request to Systems Manager into its record.
func (c *call) recordInput() {
	c.record.CommandID = text(c.input.CommandID)
	c.record.InstanceID = text(c.input.InstanceID)
	c.record.PluginName = text(c.input.PluginName)
	c.record.Details = c.input.Details
	c.record.NextToken = c.input.NextToken
	if c.input.MaxResults != nil {
		c.record.MaxResults = *c.input.MaxResults
	}
	if len(c.input.Filters) > 0 {
		c.record.Filters = map[string]string{}
		for _, f := range c.input.Filters {
			c.record.Filters[f.Key] = f.Value
		}
	}
}

// readForm reads a request to STS.
func (c *call) readForm(body string) *failure {
	form, err := url.ParseQuery(body)
	if err != nil {
		return &failure{code: "MalformedQueryString"}
	}
	form.Del("WebIdentityToken")
	c.record.Form = form
	c.record.Operation = form.Get("Action")
	c.record.RoleARN = form.Get("RoleArn")
	c.record.ExternalID = form.Get("ExternalId")
	c.record.SessionName = form.Get("RoleSessionName")
	return nil
}

// duration is DurationSeconds of a request to STS. Defaults to one hour.
func (c *call) duration() time.Duration {
	if n, err := strconv.Atoi(c.record.Form.Get("DurationSeconds")); err == nil {
		return time.Duration(n) * time.Second
	}
	return time.Hour
}
