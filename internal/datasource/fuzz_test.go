// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// Bounds in bytes of what one diagnostic shows. A text from elsewhere is at most 1,000 characters,
// each of which can take ten bytes as an escape sequence. An error of the service has a few of
// them, and a failure counts 20 statuses with details.
const (
	longestError   = 64 << 10
	longestFailure = 512 << 10
)

// judge checks that diagnostics can be shown, and that no detail is longer than a bound.
func judge(t *testing.T, found []*tfprotov6.Diagnostic, longest int) {
	t.Helper()
	checkHarmless(t, found)
	for _, d := range found {
		if len(d.Detail) > longest || d.Summary == "" || d.Detail == "" {
			t.Errorf("%q has a detail of %d bytes", d.Summary, len(d.Detail))
		}
		if d.Summary == "Unexpected Error" {
			t.Errorf("no case for an error: %s", d.Detail)
		}
	}
}

// shared is the server of a fuzz target, which lasts longer than one run in virtual time.
var shared struct {
	sync.Mutex
	*protocol
}

// fuzzed runs f in virtual time with the shared server.
func fuzzed(t *testing.T, f func(*testing.T, *protocol)) {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.protocol == nil {
		shared.protocol = newProtocol(t)
	}
	synctest.Test(t, func(t *testing.T) { f(t, shared.protocol) })
}

// headers that a response can have, each chosen by a bit.
var headers = []struct{ name, value string }{
	{"Content-Type", "application/x-amz-json-1.1"},
	{"Content-Type", "text/html"},
	{"X-Amzn-Requestid", "0000"},
	{"X-Amzn-Errortype", "AccessDeniedException:http://internal.amazon.com/"},
	{"X-Amzn-Errortype", hostile},
	{"X-Amz-Request-Id", hostile},
	{"Content-Encoding", "gzip"},
	{"Date", "Mon, 01 Jan 1990 00:00:00 GMT"},
	{"Retry-After", "3600"},
	{"Location", "http://127.0.0.1:1/elsewhere"},
	{"Etag", `"1"`},
	{"Content-Range", "bytes 0-9/10000"},
	{"X-Amz-Bucket-Region", "eu-west-1"},
	{"Transfer-Encoding", "chunked"},
}

func chosen(bits uint16) http.Header {
	h := http.Header{}
	for i, one := range headers {
		if bits&(1<<i) != 0 {
			h.Set(one.name, one.value)
		}
	}
	return h
}

// way is one read.
type way struct {
	kind      string
	arguments arguments
}

// ways are all reads that request something different.
func ways() []way {
	var all []way
	for _, kind := range kinds {
		a := shortRead(kind)
		switch kind {
		case "ssm_commands":
			all = append(all, way{kind, a})
			continue
		case "ssm_managed_nodes":
			all = append(all, way{kind, a}, way{kind, a.with("minimum", 1)})
			continue
		}
		a = a.with("visibility_timeout", "2s")
		all = append(all, way{kind, a}, way{kind, a.with("require_success", true)}, way{kind, a.with("wait_for_completion", false)})
		switch kind {
		case "ssm_command_invocation", ephemeralKind:
			all = append(all, way{kind, a.with("complete_output", true).with("allow_missing", true)}, way{kind, a.with("plugin_name", shell)})
		case "ssm_command":
			all = append(all, way{kind, arguments{"comment": "nightly", "most_recent": true, "visibility_timeout": "2s", "timeouts": arguments{"read": "10s"}}})
		}
	}
	return all
}

// contents are the texts and numbers of the JSON documents in the responses of one read.
type contents struct {
	texts   map[string]bool
	object  string // The whole of an object in S3.
	numbers []*big.Float
}

func (c *contents) add(document []byte) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return
		}
		switch token := token.(type) {
		case string:
			c.texts[oneMark(token)] = true
		case json.Number:
			if n, ok := new(big.Float).SetString(token.String()); ok {
				c.numbers = append(c.numbers, n)
			}
		}
	}
}

// oneMark writes bytes in a row that are not UTF-8 as one U+FFFD. A decoder writes one for each
// byte, and the provider one for the bytes that the decoder leaves as they are.
func oneMark(s string) string {
	return invalid.ReplaceAllString(strings.ToValidUTF8(s, string(utf8.RuneError)), string(utf8.RuneError))
}

var invalid = regexp.MustCompile("\uFFFD+")

// has reports whether a value of the state comes from the documents or the arguments.
func (c *contents) has(value any) bool {
	switch value := value.(type) {
	case string:
		value = oneMark(value)
		if c.texts[value] || value == oneMark(c.object) {
			return true
		}
		for text := range c.texts {
			// A stream without the agent's marker, or a part of an S3 URL.
			if strings.Contains(text, value) {
				return true
			}
			// Systems Manager leaves out the log group that the agent derives from the document's name.
			if value == "/aws/ssm/"+strings.ReplaceAll(text, ":", ".") || strings.HasPrefix(value, "/aws/ssm/") && strings.HasSuffix(text, strings.TrimPrefix(value, "/aws/ssm/")) {
				return true
			}
		}
		moment, err := time.Parse(time.RFC3339Nano, value)
		return err == nil && c.hasNumber(big.NewFloat(float64(moment.UnixMilli())/1000), 0.001)
	case *big.Float:
		return c.hasNumber(value, 0)
	}
	return false
}

func (c *contents) hasNumber(want *big.Float, tolerance float64) bool {
	return slices.ContainsFunc(c.numbers, func(n *big.Float) bool {
		difference, _ := new(big.Float).Sub(n, want).Float64()
		return max(difference, -difference) <= tolerance
	})
}

// leaves visits the texts and numbers of a state that are not null.
func leaves(v tftypes.Value, visit func(path string, value any), path string) error {
	if v.IsNull() {
		return nil
	}
	var s string
	var n big.Float
	var list []tftypes.Value
	var object map[string]tftypes.Value
	switch {
	case v.Type().Is(tftypes.String):
		err := v.As(&s)
		visit(path, s)
		return err
	case v.Type().Is(tftypes.Number):
		err := v.As(&n)
		visit(path, &n)
		return err
	case v.Type().Is(tftypes.Bool):
		return nil
	case v.As(&list) == nil:
		for i, one := range list {
			if err := leaves(one, visit, path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		return nil
	}
	if err := v.As(&object); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if err := leaves(object[name], visit, path+"."+name); err != nil {
			return err
		}
	}
	return nil
}

// given are the arguments' texts.
func (c *contents) given(a arguments) {
	for _, value := range a {
		switch value := value.(type) {
		case string:
			c.texts[value] = true
		case arguments:
			c.given(value)
		}
	}
}

// FuzzResponse returns any response to the three operations, and from S3. The result has only
// values of the responses, or there is an error that can be shown.
func FuzzResponse(f *testing.F) {
	redact.Add(sessionToken)
	failed := `{"CommandId":"` + command + `","InstanceId":"` + node + `","PluginName":"` + shell + `","ResponseCode":7,"Status":"Failed","StatusDetails":"Failed","StandardErrorContent":"disk full"}`
	one := `{"Commands":[{"CommandId":"` + command + `","Comment":"nightly","Status":"Success","StatusDetails":"Success","TargetCount":1,"CompletedCount":1,"RequestedDateTime":1.550173814717E9,"InstanceIds":["` + node + `"]}]}`
	row := `{"CommandInvocations":[{"CommandId":"` + command + `","InstanceId":"` + node + `","Status":"Failed","StatusDetails":"Undeliverable","CommandPlugins":[{"Name":"` + shell + `","Status":"Failed","ResponseCode":1,"Output":"x"}]}]}`
	quoted, err := json.Marshal(hostile)
	if err != nil {
		f.Fatal(err)
	}
	cut := `{"CommandId":"` + command + `","InstanceId":"` + node + `","PluginName":"` + shell + `","ResponseCode":0,"Status":"Success","StatusDetails":"Success","StandardOutputContent":"` +
		strings.Repeat("x", 23980) + `--output truncated--","StandardOutputUrl":"https://s3.us-east-1.amazonaws.com/b/` + command + "/" + node + `/a/0.a/stdout"}`
	for i, get := range []string{failed, cut, "", "{}", "null", "[]", `{"ok":true}`, "<html>", "\xef\xbb\xbf{}", strings.Repeat("[", 5000), strings.Replace(failed, `"Failed"`, string(quoted), 1),
		strings.Replace(failed, `"Failed"`, `"InProgress"`, 2), strings.Replace(failed, "7", "3221225477", 1), strings.Replace(failed, "disk full", "a\xffb\\ud800", 1), failed + "rest",
		strings.Replace(failed, `"ResponseCode":7,`, "", 1), `{"__type":"InvocationDoesNotExist"}`, `{"message":` + string(quoted) + `}`} {
		for _, status := range []uint16{200, 400, 503} {
			f.Add(status, uint16(i), get, one, row, uint8(i))
			f.Add(status, uint16(1<<(i%len(headers))), get, strings.Replace(one, `"Success"`, string(quoted), 1), strings.Replace(row, "Undeliverable", "", 1), uint8(i+7))
		}
	}
	listed := `{"InstanceInformationList":[{"InstanceId":"` + node + `","PingStatus":"Online","LastPingDateTime":1.550173814717E9,"PlatformType":"Linux","IPAddress":"10.0.0.1",` +
		`"IsLatestVersion":true,"AssociationOverview":{"DetailedStatus":"Failed","InstanceAssociationStatusAggregatedCount":{"Failed":1}}}]}`
	for i, w := range ways() {
		if w.kind == "ssm_managed_nodes" {
			f.Add(uint16(200), uint16(0), failed, one, listed, uint8(i))
			f.Add(uint16(200), uint16(0), failed, one, strings.Replace(listed, `"Linux"`, string(quoted), 1), uint8(i))
			f.Add(uint16(200), uint16(0), failed, one, strings.Replace(listed, `"Online"`, string(quoted), 1), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, status, bits uint16, get, commands, rows string, which uint8) {
		if status < 100 || status > 999 {
			t.Skip("Not a status.")
		}
		fuzzed(t, func(t *testing.T, p *protocol) {
			read := ways()[int(which)%len(ways())]
			known := contents{texts: map[string]bool{"": true, "us-east-1": true}}
			known.given(read.arguments)
			bodies := map[string]string{"GetCommandInvocation": get, "ListCommands": commands, "ListCommandInvocations": rows, "GetObject": get, "DescribeInstanceInformation": rows}
			for _, body := range bodies {
				known.add([]byte(body))
			}
			known.object = strings.ToValidUTF8(get, string(utf8.RuneError))
			p.over(roundTrip(func(r *http.Request) (*http.Response, error) {
				return response(int(status), chosen(bits), bodies[operation(r)]), nil
			}))
			state, found := p.read(t.Context(), t, read.kind, read.arguments)
			judge(t, found, longestFailure)
			if len(errorsOf(found)) > 0 {
				return
			}
			if state.IsNull() {
				t.Fatal("neither values nor an error")
			}
			err := leaves(state, func(path string, value any) {
				if !known.has(value) {
					t.Errorf("%s = %v is in no response", path, value)
				}
			}, read.kind)
			if err != nil {
				t.Fatal(err)
			}
		})
	})
}

// FuzzError returns any error to one operation. Its text can be shown.
func FuzzError(f *testing.F) {
	redact.Add(sessionToken)
	quoted, err := json.Marshal(hostile)
	if err != nil {
		f.Fatal(err)
	}
	for i, body := range []string{
		"", "{}", "<html>" + hostile, `{"__type":"AccessDeniedException","message":` + string(quoted) + `}`, `{"__type":` + string(quoted) + `}`,
		`{"code":"InvalidSignatureException","Message":"The signature does not match. The canonical request is\n` + sessionToken + `"}`,
		`{"__type":"ExpiredTokenException"}`, `{"__type":"ThrottlingException","message":"Rate exceeded"}`, `{"__type":"RequestTimeTooSkewed"}`,
		"<Error><Code>NoSuchKey</Code><Message>" + hostileXML + "</Message></Error>", "<Error><Code>" + hostileXML + "</Code></Error>", "<Error>", hostile,
		"\xff\xfe{", `{"message":"` + strings.Repeat("é", 3000) + `"}`, `{"__type":"ValidationException","message":"` + strings.Repeat("\u202e", 100_000) + `"}`, "<Error><Code>PermanentRedirect</Code><Endpoint>" + hostileXML + "</Endpoint></Error>",
	} {
		for _, status := range []uint16{200, 301, 307, 400, 403, 404, 429, 500} {
			f.Add(status, uint16(1<<(i%len(headers))), "", body, uint8(i))
			f.Add(status, uint16(0), "SomeException:"+body, body, uint8(i+3))
		}
	}
	f.Fuzz(func(t *testing.T, status, bits uint16, code, body string, which uint8) {
		if status < 100 || status > 999 {
			t.Skip("Not a status.")
		}
		fuzzed(t, func(t *testing.T, p *protocol) {
			names := []string{"GetCommandInvocation", "ListCommands", "ListCommandInvocations", "GetObject"}
			struck := names[int(which)%len(names)]
			header := chosen(bits)
			if code != "" {
				header.Set("X-Amzn-Errortype", code)
			}
			_, fake := play(t, written(strings.Repeat("0123456789\n", 3000), ""))
			p.over(roundTrip(func(r *http.Request) (*http.Response, error) {
				if operation(r) == struck {
					return response(int(status), header, body), nil
				}
				return fake.RoundTrip(r)
			}))
			kind := map[string]string{"ListCommands": "ssm_command", "ListCommandInvocations": "ssm_command_invocations"}[struck]
			if kind == "" {
				kind = []string{"ssm_command_invocation", ephemeralKind}[int(which/4)%2]
			}
			a := shortRead(kind).with("visibility_timeout", "2s")
			if struck == "GetObject" {
				a = a.with("complete_output", true)
			}
			_, found := p.read(t.Context(), t, kind, a)
			judge(t, found, longestError)
			if len(found) == 0 && status >= 300 {
				t.Errorf("%d of %s is not an error", status, struck)
			}
		})
	})
}
