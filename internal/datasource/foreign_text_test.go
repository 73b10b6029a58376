// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// sessionToken is a token that the process uses. The provider reports those of its block to package
// redact.
const sessionToken = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"

// hostile is what a script, a proxy, or a service may put into any text: a terminal command, a
// character that reorders text, lines that CI systems execute, and a secret.
const hostile = "\x1b]0;x\x07\u202e::set-output name=a::b ##vso[x]y " + sessionToken + "\n::set-output name=c::d\r##[warning]e"

// marks are the parts of hostile that are shown unchanged, so that a test finds the text.
const marks = "]0;x"

// hostileXML is as much of it as XML can carry, with a control character that XML allows.
const hostileXML = "\u009b]0;x\u202e::set-output name=a::b ##vso[x]y " + sessionToken + "\n::set-output name=c::d\r##[warning]e"

// executed matches what a CI system executes in a line of a job's log, also if Terraform has
// wrapped the line: GitHub's runner takes "::" at the start of a line and "##[" anywhere, the agent
// of Azure Pipelines "##vso[" anywhere.
var executed = regexp.MustCompile(`(?m)(^|\s)::\w|##[\[A-Za-z]`)

// harm describes what is wrong with a text for a person, or returns "".
func harm(s string) string {
	if !utf8.ValidString(s) {
		return "it is not UTF-8"
	}
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return fmt.Sprintf("it has the character %U", r)
		}
	}
	if found := executed.FindString(s); found != "" {
		return fmt.Sprintf("a CI system would execute %q", found)
	}
	if strings.Contains(s, sessionToken) {
		return "it has the session token"
	}
	return ""
}

// checkHarmless checks the texts of diagnostics.
func checkHarmless(t *testing.T, found []*tfprotov6.Diagnostic) {
	t.Helper()
	for _, d := range found {
		for _, text := range []string{d.Summary, d.Detail} {
			if wrong := harm(text); wrong != "" {
				t.Errorf("%s: %q", wrong, text)
			}
		}
	}
}

// populate gives every member of a response a value, so that members that the API adds are tested
// as well.
func populate(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // No response has another kind.
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		populate(v.Elem())
	case reflect.Struct:
		if moment, ok := v.Addr().Interface().(*time.Time); ok {
			*moment = time.Unix(1_700_000_000, 0).UTC()
			return
		}
		for i := range v.NumField() {
			if isMember(v.Type().Field(i)) {
				populate(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		populate(v.Index(0))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		populate(key)
		populate(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("text")
	case reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("no value for a " + v.Type().String())
	}
}

// isMember reports whether a field is a member of the response.
func isMember(f reflect.StructField) bool { return f.IsExported() && f.Name != "ResultMetadata" }

// wire writes a member of a response as the API does: times as seconds since 1970.
func wire(v reflect.Value) any {
	switch v.Kind() { //nolint:exhaustive // The others are values as they are.
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return wire(v.Elem())
	case reflect.Struct:
		if moment, ok := v.Interface().(time.Time); ok {
			return moment.Unix()
		}
		object := map[string]any{}
		for i := range v.NumField() {
			if f := v.Type().Field(i); isMember(f) {
				object[f.Name] = wire(v.Field(i))
			}
		}
		return object
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, wire(v.Index(i)))
		}
		return list
	case reflect.Map:
		object := map[string]any{}
		for _, key := range v.MapKeys() {
			object[key.String()] = wire(v.MapIndex(key))
		}
		return object
	case reflect.String:
		return v.String() // An enumeration is a type of its own.
	default:
		return v.Interface()
	}
}

// eachString visits the strings of a JSON value, each with its path, and a function that returns
// the value with another string in its place. The names in a map of parameters are strings of the
// response too.
func eachString(value any, path string, replaced func(any) any, visit func(path string, with func(string) any)) {
	switch value := value.(type) {
	case string:
		visit(path, func(s string) any { return replaced(s) })
	case map[string]any:
		for name, member := range value {
			other := func(s any) any {
				copied := map[string]any{}
				for n, m := range value {
					copied[n] = m
				}
				copied[name] = s
				return replaced(copied)
			}
			eachString(member, path+"."+name, other, visit)
			if path == "Command.Parameters" {
				visit(path+" (name)", func(s string) any { return replaced(map[string]any{s: member}) })
			}
		}
	case []any:
		for i, member := range value {
			other := func(s any) any {
				copied := slices.Clone(value)
				copied[i] = s
				return replaced(copied)
			}
			eachString(member, fmt.Sprintf("%s[%d]", path, i), other, visit)
		}
	}
}

// responses are those of the service in one situation: JSON objects, or an error.
type responses struct {
	get, command, row any // Of GetCommandInvocation, and one entry of each list.
	others            []any
	getError          string // The code of GetCommandInvocation's error, "" for none.
	object            func() *http.Response
}

// roundTrip responds.
func (a *responses) roundTrip(r *http.Request) (*http.Response, error) {
	var body any
	switch operation(r) {
	case "GetCommandInvocation":
		if body = a.get; a.getError != "" {
			return response(400, nil, `{"__type":"`+a.getError+`"}`), nil
		}
	case "ListCommands":
		body = map[string]any{"Commands": append([]any{a.command}, a.others...)}
	case "ListCommandInvocations":
		body = map[string]any{"CommandInvocations": []any{a.row}}
	default:
		if a.object != nil {
			return a.object(), nil
		}
		return response(404, nil, "<Error><Code>NoSuchKey</Code></Error>"), nil
	}
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return response(200, http.Header{"X-Amzn-Requestid": {"0000"}}, string(content)), nil
}

// situation is what the service responds, and the reads in it.
type situation struct {
	change   func(get *ssm.GetCommandInvocationOutput, c *types.Command, row *types.CommandInvocation)
	more     func(*responses)
	reads    map[string][]arguments
	contains []string // Summaries that the situation leads to as it is.
}

// situations are the ways to errors and warnings that show text of a response.
func situations() map[string]situation {
	one := arguments{"command_id": command, "instance_id": node, "visibility_timeout": "0s"}
	byID := arguments{"command_id": command, "visibility_timeout": "0s"}
	byComment := arguments{"comment": "nightly", "visibility_timeout": "0s"}
	soon := func(a arguments) arguments { return a.with("timeouts", arguments{"read": "10s"}) }
	open := func(a arguments) arguments { return a.with("timeouts", arguments{"open": "10s"}) }
	success := func(a arguments) arguments { return a.with("require_success", true) }
	complete := func(a arguments) arguments { return a.with("complete_output", true) }
	const cut = "--output truncated--"
	long := strings.Repeat("0123456789\n", 24000/11) + "0123"
	long = long[:24000-len(cut)] + cut
	objectURL := "https://s3.us-east-1.amazonaws.com/outputs/run/" + command + "/" + node + "/awsrunShellScript/0.awsrunShellScript/stdout"
	truncated := func(url string) func(*ssm.GetCommandInvocationOutput, *types.Command, *types.CommandInvocation) {
		return func(get *ssm.GetCommandInvocationOutput, _ *types.Command, _ *types.CommandInvocation) {
			get.StandardOutputContent, get.StandardOutputUrl = &long, &url
		}
	}
	inS3 := func(status int, header http.Header, body string) func(*responses) {
		return func(a *responses) {
			a.object = func() *http.Response { return response(status, header, body) }
		}
	}
	bothCompletely := map[string][]arguments{
		"ssm_command_invocation": {soon(complete(one)), success(soon(complete(one)))}, ephemeralKind: {open(complete(one)), success(open(complete(one)))},
	}
	return map[string]situation{
		"failed": {
			reads: map[string][]arguments{
				"ssm_command_invocation": {soon(success(one))}, ephemeralKind: {open(success(one))}, "ssm_command": {soon(success(byID)), soon(success(byComment))},
				"ssm_command_invocations": {soon(success(byID)), soon(success(one))}, "ssm_commands": {{"status": "Failed", "timeouts": arguments{"read": "10s"}}},
			},
			contains: []string{"Command Invocation Failed"},
		},
		"failed, with standard error empty": {
			change: func(get *ssm.GetCommandInvocationOutput, _ *types.Command, _ *types.CommandInvocation) {
				get.StandardErrorContent = aws.String("")
			},
			reads:    map[string][]arguments{"ssm_command_invocation": {soon(success(one))}, ephemeralKind: {open(success(one))}},
			contains: []string{"Command Invocation Failed"},
		},
		"failed within max_errors": {
			change: func(_ *ssm.GetCommandInvocationOutput, c *types.Command, _ *types.CommandInvocation) {
				c.Status, c.StatusDetails, c.DeliveryTimedOutCount = types.CommandStatusSuccess, aws.String("Success"), 0
			},
			reads:    map[string][]arguments{"ssm_command": {soon(success(byID))}},
			contains: []string{"Command Invocation Failed"},
		},
		"not delivered": {
			change: func(_ *ssm.GetCommandInvocationOutput, c *types.Command, row *types.CommandInvocation) {
				c.Status, c.StatusDetails, c.ErrorCount, c.DeliveryTimedOutCount = types.CommandStatusSuccess, aws.String("Success"), 0, 0
				row.StatusDetails = aws.String("Undeliverable")
			},
			reads:    map[string][]arguments{"ssm_command": {soon(success(byID))}, "ssm_command_invocations": {soon(success(byID))}},
			contains: []string{"Command Invocation Failed"},
		},
		"running": {
			change: func(get *ssm.GetCommandInvocationOutput, c *types.Command, row *types.CommandInvocation) {
				get.Status, get.StatusDetails, get.ResponseCode = types.CommandInvocationStatusInProgress, aws.String("Delayed"), -1
				c.Status, c.StatusDetails = types.CommandStatusInProgress, aws.String("InProgress")
				row.Status, row.StatusDetails = types.CommandInvocationStatusInProgress, aws.String("InProgress")
			},
			reads: map[string][]arguments{
				"ssm_command_invocation": {soon(one)}, ephemeralKind: {open(one)}, "ssm_command": {soon(byID)}, "ssm_command_invocations": {soon(byID), soon(one)},
			},
			contains: []string{"Command Invocation Still Running"},
		},
		"not found on the node": {
			change: func(_ *ssm.GetCommandInvocationOutput, c *types.Command, row *types.CommandInvocation) {
				c.InstanceIds, c.Targets = []string{otherNode, "i-0cccccccccccccccc"}, nil
				row.InstanceId = aws.String(otherNode)
			},
			more:     func(a *responses) { a.getError = "InvocationDoesNotExist" },
			reads:    map[string][]arguments{"ssm_command_invocation": {soon(one)}, ephemeralKind: {open(one)}, "ssm_command_invocations": {soon(one)}},
			contains: []string{"Command Invocation Not Found"},
		},
		"no such step": {
			more: func(a *responses) { a.getError = "InvalidPluginName" },
			reads: map[string][]arguments{
				"ssm_command_invocation": {soon(one.with("plugin_name", "nosuchstep")), soon(one)}, ephemeralKind: {open(one.with("plugin_name", "nosuchstep"))},
			},
			contains: []string{"Step Not Found"},
		},
		"several steps": {
			change: func(_ *ssm.GetCommandInvocationOutput, _ *types.Command, row *types.CommandInvocation) {
				row.CommandPlugins = append(row.CommandPlugins, row.CommandPlugins[0])
				row.CommandPlugins[1].Name = aws.String("second")
			},
			more:     func(a *responses) { a.getError = "InvalidPluginName" },
			reads:    map[string][]arguments{"ssm_command_invocation": {soon(one), soon(success(one))}, ephemeralKind: {open(success(one))}},
			contains: []string{"Step Name Needed"},
		},
		"a step that is not reported": {
			change: func(get *ssm.GetCommandInvocationOutput, _ *types.Command, _ *types.CommandInvocation) {
				get.Status, get.StatusDetails, get.ResponseCode = types.CommandInvocationStatusInProgress, aws.String("InProgress"), -1
			},
			reads:    map[string][]arguments{"ssm_command_invocation": {one.with("plugin_name", shell).with("timeouts", arguments{"read": "2m"})}},
			contains: []string{"Step Not Reported"},
		},
		"several commands": {
			more: func(a *responses) {
				var second map[string]any
				content, err := json.Marshal(a.command)
				if err != nil || json.Unmarshal(content, &second) != nil {
					panic("a response that is not JSON")
				}
				second["CommandId"] = otherCommand
				a.others = []any{second}
			},
			reads:    map[string][]arguments{"ssm_command": {soon(byComment)}},
			contains: []string{"Several Commands Found"},
		},
		"lists that contradict each other": {
			change: func(_ *ssm.GetCommandInvocationOutput, c *types.Command, _ *types.CommandInvocation) {
				c.CompletedCount, c.TargetCount = 3, 3
			},
			reads: map[string][]arguments{
				"ssm_command_invocations": {byID.with("timeouts", arguments{"read": "10m"}), success(byID).with("timeouts", arguments{"read": "5s"})},
			},
			contains: []string{"Service Unavailable", "Command Invocation Still Running"},
		},
		"an object that is missing": {
			change: truncated(objectURL), reads: bothCompletely, contains: []string{"Output Not Available", "Command Invocation Failed"},
		},
		"an object that is denied": {
			change: truncated(objectURL), more: inS3(403, nil, "<Error><Code>AccessDenied</Code></Error>"), reads: bothCompletely, contains: []string{"Access Denied"},
		},
		"another object": {
			change: truncated(objectURL), more: inS3(200, http.Header{"Etag": {`"1"`}}, "something else"), reads: bothCompletely, contains: []string{"Output Not Available"},
		},
		"an object that is too large": {
			change: truncated(objectURL), more: inS3(200, http.Header{"Etag": {`"1"`}}, strings.Repeat("0123456789\n", 100_000)), reads: bothCompletely, contains: []string{"Output Too Large"},
		},
		"an object with a hostile key": {
			change: truncated(strings.Replace(objectURL, "/run/", "/run%1b%5d0;x%07%E2%80%AE%0a::set-output%20name=a::b%20%23%23vso%5bx%5dy%20"+sessionToken+"/", 1)),
			more:   inS3(403, nil, "<Error><Code>AccessDenied</Code></Error>"), reads: bothCompletely, contains: []string{"Access Denied"},
		},
		"not in S3": {change: truncated(""), reads: bothCompletely, contains: []string{"Output Not Available"}},
	}
}

// base is a command that failed on its only node, with a value in every member.
func base() (*ssm.GetCommandInvocationOutput, *types.Command, *types.CommandInvocation) {
	get, c, row := &ssm.GetCommandInvocationOutput{}, &types.Command{}, &types.CommandInvocation{}
	populate(reflect.ValueOf(get).Elem())
	populate(reflect.ValueOf(c).Elem())
	populate(reflect.ValueOf(row).Elem())
	get.CommandId, get.InstanceId, get.PluginName = aws.String(command), aws.String(node), aws.String(shell)
	get.Status, get.StatusDetails, get.ResponseCode = types.CommandInvocationStatusFailed, aws.String("Failed"), 7
	c.CommandId, c.Comment, c.InstanceIds = aws.String(command), aws.String("nightly"), []string{node}
	c.Status, c.StatusDetails = types.CommandStatusFailed, aws.String("Failed")
	row.CommandId, row.InstanceId = aws.String(command), aws.String(node)
	row.Status, row.StatusDetails = types.CommandInvocationStatusFailed, aws.String("Failed")
	row.CommandPlugins[0].Name = aws.String(shell)
	row.CommandPlugins[0].Status, row.CommandPlugins[0].StatusDetails = types.CommandPluginStatusFailed, aws.String("Failed")
	return get, c, row
}

// A hostile text in any string of a response reaches no diagnostic unescaped. Each string is
// replaced in turn, in each read that ends in an error or a warning.
func TestForeignTextOfResponses(t *testing.T) {
	t.Parallel()
	redact.Add(sessionToken)
	var shown sync.Map // Paths of members, and names of situations, whose text was seen in a diagnostic, escaped.
	t.Run("situations", func(t *testing.T) {
		for name, s := range situations() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				virtually(t, func(t *testing.T, p *protocol) { replaceMembers(t, p, name, s, &shown) })
			})
		}
	})
	// Members that diagnostics show. Without them, the test would test nothing.
	for _, path := range []string{
		"GetCommandInvocation.CommandId", "GetCommandInvocation.InstanceId", "GetCommandInvocation.PluginName", "GetCommandInvocation.Status",
		"GetCommandInvocation.StatusDetails", "GetCommandInvocation.StandardErrorContent", "GetCommandInvocation.StandardOutputContent",
		"GetCommandInvocation.StandardOutputUrl", "GetCommandInvocation.CloudWatchOutputConfig.CloudWatchLogGroupName",
		"Command.Status", "Command.StatusDetails", "Command.DocumentName", "Command.MaxErrors", "Command.InstanceIds[0]",
		"CommandInvocation.Status", "CommandInvocation.StatusDetails", "CommandInvocation.InstanceId",
		"CommandInvocation.CommandPlugins[0].Name", "CommandInvocation.CommandPlugins[0].Output", "an object with a hostile key",
	} {
		if _, seen := shown.Load(path); !seen {
			t.Errorf("no diagnostic showed %s", path)
		}
	}
}

// replaceMembers reads in one situation as it is, and then with each string of the responses
// replaced.
func replaceMembers(t *testing.T, p *protocol, name string, s situation, shown *sync.Map) {
	t.Helper()
	get, c, row := base()
	if s.change != nil {
		s.change(get, c, row)
	}
	plain := responses{get: wire(reflect.ValueOf(get)), command: wire(reflect.ValueOf(c)), row: wire(reflect.ValueOf(row))}
	run := func(path string, a responses) (summaries []string) {
		if s.more != nil {
			s.more(&a)
		}
		p.over(roundTrip(a.roundTrip))
		for kind, reads := range s.reads {
			for _, arguments := range reads {
				_, found := p.read(t.Context(), t, kind, arguments)
				checkHarmless(t, found)
				for _, d := range found {
					summaries = append(summaries, d.Summary)
					if strings.Contains(d.Detail, marks) {
						shown.Store(path, true)
					}
				}
				if t.Failed() {
					t.Fatalf("%s, %s %v", path, kind, arguments)
				}
			}
		}
		return summaries
	}
	summaries := run(name, plain)
	for _, want := range s.contains {
		if !slices.Contains(summaries, want) {
			t.Errorf("summaries %q, want %q among them", summaries, want)
		}
	}
	members := 0
	visit := func(take func(*responses, any)) func(string, func(string) any) {
		return func(path string, with func(string) any) {
			members++
			a := plain
			take(&a, with(hostile))
			run(path, a)
		}
	}
	itself := func(v any) any { return v }
	eachString(plain.get, "GetCommandInvocation", itself, visit(func(a *responses, v any) { a.get = v }))
	eachString(plain.command, "Command", itself, visit(func(a *responses, v any) { a.command = v }))
	eachString(plain.row, "CommandInvocation", itself, visit(func(a *responses, v any) { a.row = v }))
	if members < 55 {
		t.Errorf("only %d members are strings", members)
	}
}

// The same for each member and header of an error, of Systems Manager and of S3.
func TestForeignTextOfErrors(t *testing.T) {
	t.Parallel()
	redact.Add(sessionToken)
	codes := []string{"AccessDeniedException", "ExpiredTokenException", "InvalidSignatureException", "RequestTimeTooSkewed", "InvocationDoesNotExist",
		"InvalidPluginName", "ThrottlingException", "ValidationException", "InternalServerError", "SomethingNewException"}
	type faulty struct {
		status int
		header http.Header
		body   string
	}
	object := func(members map[string]string) string {
		content, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	errors := map[string]faulty{}
	for _, code := range codes {
		status := http.StatusBadRequest
		if code == "InternalServerError" {
			status = http.StatusInternalServerError
		}
		name := fmt.Sprintf("%d %s ", status, code)
		for _, member := range []string{"message", "Message", "code", "__type", "Type", "reason", "resource"} {
			members := map[string]string{"__type": code, "message": "It is so."}
			if member == "Message" || member == "code" {
				delete(members, map[string]string{"Message": "message", "code": "__type"}[member])
			}
			members[member] = hostile
			errors[name+member] = faulty{status, http.Header{"X-Amzn-Requestid": {"0000"}}, object(members)}
		}
		errors[name+"code and more"] = faulty{status, nil, object(map[string]string{"__type": "com.amazonaws#" + code + ":" + hostile})}
		for _, header := range []string{"X-Amzn-Requestid", "X-Amzn-Errortype", "X-Amz-Id-2", "Date", "Content-Type", "Retry-After"} {
			errors[name+header] = faulty{status, http.Header{header: {hostile}}, object(map[string]string{"__type": code, "message": "It is so."})}
		}
	}
	for _, status := range []int{200, 301, 404, 502} {
		errors[fmt.Sprintf("%d page", status)] = faulty{status, nil, "<html>" + hostile + "</html>"}
		errors[fmt.Sprintf("%d text", status)] = faulty{status, http.Header{"Location": {"https://example.test/" + hostile}}, hostile}
	}
	long := strings.Repeat("0123456789\n", 3000)
	ofS3 := map[string]faulty{}
	for code, status := range map[string]int{"AccessDenied": 403, "NoSuchKey": 404, "NoSuchBucket": 404, "InvalidObjectState": 403, "PermanentRedirect": 301,
		"AuthorizationHeaderMalformed": 400, "ExpiredToken": 400, "SignatureDoesNotMatch": 403, "SlowDown": 503, "KMS.DisabledException": 400, "SomethingNew": 418} {
		for _, member := range []string{"Code", "Message", "Key", "BucketName", "Endpoint", "Bucket", "Resource", "RequestId", "HostId", "Region", "StorageClass", "AccessTier", "StringToSign"} {
			for _, text := range []string{hostile, hostileXML} {
				xml := "<Code>" + code + "</Code><Message>It is so.</Message>"
				if member == "Code" || member == "Message" {
					xml = strings.Replace(xml, "<"+member+">", "<"+member+">"+text, 1)
				} else {
					xml += "<" + member + ">" + text + "</" + member + ">"
				}
				ofS3[fmt.Sprintf("%d %s %s %t", status, code, member, text == hostile)] = faulty{status, nil, "<Error>" + xml + "</Error>"}
			}
		}
		for _, header := range []string{"X-Amz-Request-Id", "X-Amz-Id-2", "X-Amz-Bucket-Region", "Location"} {
			ofS3[fmt.Sprintf("%d %s %s", status, code, header)] = faulty{status, http.Header{header: {hostile}}, "<Error><Code>" + code + "</Code></Error>"}
		}
	}
	check := func(t *testing.T, p *protocol, name string, transport http.RoundTripper, reads map[string]arguments) (shown bool) {
		t.Helper()
		for kind, a := range reads {
			_, found := p.over(transport).read(t.Context(), t, kind, a)
			if checkHarmless(t, found); t.Failed() {
				t.Fatalf("%s, %s", name, kind)
			}
			shown = shown || strings.Contains(describe(found), marks)
		}
		return shown
	}
	t.Run("Systems Manager", func(t *testing.T) {
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			reads, shown := map[string]arguments{}, 0
			for _, kind := range kinds {
				reads[kind] = shortRead(kind)
			}
			for name, e := range errors {
				if check(t, p, name, always(e.status, e.header, e.body), reads) {
					shown++
				}
			}
			if shown < len(codes) {
				t.Errorf("%d of %d errors show the text", shown, len(errors))
			}
		})
	})
	t.Run("the lists alone", func(t *testing.T) { // They are called if GetCommandInvocation does not find the invocation.
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			shown := 0
			for name, e := range errors {
				for _, found := range []string{"InvocationDoesNotExist", "InvalidPluginName"} {
					transport := roundTrip(func(r *http.Request) (*http.Response, error) {
						if operation(r) == "GetCommandInvocation" {
							return response(400, nil, `{"__type":"`+found+`"}`), nil
						}
						return response(e.status, e.header, e.body), nil
					})
					if check(t, p, name, transport, map[string]arguments{"ssm_command_invocation": shortRead("ssm_command_invocation").with("visibility_timeout", "0s")}) {
						shown++
					}
				}
			}
			if shown == 0 {
				t.Error("no error shows the text")
			}
		})
	})
	t.Run("S3", func(t *testing.T) {
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			_, fake := play(t, written(long, ""))
			shown := 0
			for name, e := range ofS3 {
				transport := roundTrip(func(r *http.Request) (*http.Response, error) {
					if operation(r) == "GetObject" {
						return response(e.status, e.header, e.body), nil
					}
					return fake.RoundTrip(r)
				})
				a := shortRead("ssm_command_invocation").with("complete_output", true).with("visibility_timeout", "0s")
				if check(t, p, name, transport, map[string]arguments{"ssm_command_invocation": a}) {
					shown++
				}
			}
			if shown < 20 {
				t.Errorf("%d of %d errors show the text", shown, len(ofS3))
			}
		})
	})
}

// The same once for everything that the CLI writes: the terminal, -json, and the log at level
// TRACE. The token is that of the provider block.
func TestForeignTextOverTheCLI(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(hostile, sessionToken, acctest.SessionToken)
	s := sent(ended("Failed", "", text+"\n"+text+"\n"))
	s.Commands[0].Invocations[0].Steps[0].Timeline[1].StatusDetails = text
	s.Commands[0].DocumentName = text
	fake := acctest.Serve(t, s)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if operation(r) != "ListCommands" {
			fake.ServeHTTP(w, r)
			return
		}
		content, err := json.Marshal(map[string]string{"__type": "ValidationException", "message": text})
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(content)
	}))
	defer front.Close()
	config := fake.Provider(fmt.Sprintf("endpoints {\n    ssm = %q\n  }", front.URL)) + acctest.Invocation(command, node, "require_success = true") +
		read("ssm_command", byID) + read("ssm_command_invocations", byID, `instance_id = "`+node+`"`, "require_success = true")
	log := filepath.Join(t.TempDir(), "log")
	w := acctest.NewWorkspace(t, config, "TF_LOG=TRACE", "TF_LOG_CORE=TRACE", "TF_LOG_PROVIDER=TRACE", "TF_LOG_SDK=TRACE", "TF_LOG_SDK_PROTO=TRACE",
		"TF_LOG_SDK_FRAMEWORK=TRACE", "TF_LOG_PATH="+log)
	secret := func(where, s string) {
		t.Helper()
		if strings.Contains(s, acctest.SessionToken) {
			t.Errorf("the token is in %s", where)
		}
	}

	terminal := w.Run(t, "plan", "-no-color")
	printed := terminal.Stdout + terminal.Stderr
	for _, want := range []string{"Command Invocation Failed", "Request Rejected", `\x1b]0;x`} {
		if terminal.Code != 1 || !strings.Contains(printed, want) {
			t.Errorf("code %d, without %q:\n%s", terminal.Code, want, printed)
		}
	}
	secret("the terminal's text", printed)
	if wrong := harm(printed); wrong != "" {
		t.Errorf("%s, on the terminal:\n%q", wrong, printed)
	}

	machine := w.Run(t, "plan", "-json")
	found := machine.Diagnostics(t)
	if len(found) != 3 {
		t.Errorf("diagnostics %+v", found)
	}
	for _, d := range found {
		if wrong := harm(d.Summary + "\n" + d.Detail); wrong != "" {
			t.Errorf("%s: %q", wrong, d.Detail)
		}
	}
	secret("the JSON", machine.Stdout+machine.Stderr)
	if wrong := harm(machine.Stdout); wrong != "" {
		t.Errorf("%s, in the JSON:\n%q", wrong, machine.Stdout)
	}

	lines, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	secret("the log", string(lines))
	if !strings.Contains(string(lines), "plugin process exited") || !strings.Contains(string(lines), "operation=ListCommands") {
		t.Error("the log is not at level TRACE")
	}
	for line := range strings.Lines(string(lines)) {
		if wrong := harm(strings.TrimSuffix(line, "\n")); wrong != "" {
			t.Errorf("%s, in the log: %q", wrong, line)
		}
	}
}
