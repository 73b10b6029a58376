// SPDX-License-Identifier: MPL-2.0

package awsrecord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Replay sends the requests of a recording to the fake, and reports each response that differs.
func Replay(t *testing.T, r Recording) {
	t.Helper()
	differences, compared := Compare(t, r)
	for _, difference := range differences {
		t.Error(difference)
	}
	t.Logf("%d of %d responses compared", compared, len(r.Exchanges))
}

// Compare sends the requests of a recording to the fake, at the recorded times in virtual time. It
// returns the differences, and the number of responses that it compared. A response is equal if it
// is the same JSON, except for:
//
//   - timestamps in seconds, which can differ by two seconds, and in DescribeInstanceInformation by
//     any time;
//   - responses about a command that is not complete, of which only the members are compared: when
//     a node reports is not part of the recording;
//   - lists from which entries were removed, later pages, and the XML of errors of S3, which are
//     not compared.
func Compare(t *testing.T, r Recording) (differences []string, compared int) {
	t.Helper()
	if len(r.Exchanges) == 0 {
		t.Fatal("the recording is empty")
	}
	synctest.Test(t, func(t *testing.T) {
		script := newScript(t, r)
		<-time.After(time.Until(r.Exchanges[0].At.Add(-time.Minute))) // In virtual time.
		p := player{
			region: r.Region, reads: newServer(t, script.reads(time.Now())), sends: newServer(t, script.sends()), ids: map[string]string{},
		}
		for i, e := range r.Exchanges {
			<-time.After(time.Until(e.At))
			status, got := p.play(t, e)
			if e.Filtered || strings.Contains(e.Request, `"NextToken"`) {
				continue
			}
			compared++
			for _, difference := range compareResponse(t, e, status, got) {
				differences = append(differences, fmt.Sprintf("response %d (%s): %s", i+1, e.Operation, difference))
			}
		}
	})
	return differences, compared
}

// player sends the requests of a recording to two fakes: one whose commands were sent as recorded,
// and one to which the recorded commands are sent.
type player struct {
	region       string
	reads, sends *fakeaws.Server
	ids          map[string]string // From the recorded IDs to those of the second fake.
}

// play sends one request, and returns the response with the recorded IDs.
func (p player) play(t *testing.T, e Exchange) (int, string) {
	t.Helper()
	server, request := p.reads, e.Request
	switch e.Operation {
	case "SendCommand", "CancelCommand", "DescribeInstanceInformation", "GetConnectionStatus":
		server = p.sends
		for recorded, own := range p.ids {
			request = strings.ReplaceAll(request, recorded, own)
		}
	}
	status, got := send(t, server, p.region, e, request)
	if e.Operation == "SendCommand" {
		if recorded, own := commandID(e.Response), commandID(got); recorded != "" && own != "" {
			p.ids[recorded] = own
		}
	}
	for recorded, own := range p.ids {
		got = strings.ReplaceAll(got, own, recorded)
	}
	return status, got
}

// compareResponse returns how a response of the fake differs from the recorded one.
func compareResponse(t *testing.T, e Exchange, status int, got string) []string {
	t.Helper()
	switch {
	case status != e.Status:
		return []string{fmt.Sprintf("status %d, recorded %d: %s", status, e.Status, got)}
	case e.Operation == "GetObject" && e.Status == http.StatusOK && got != e.Response:
		return []string{fmt.Sprintf("%s: %d bytes, recorded %d bytes", e.Key, len(got), len(e.Response))}
	case e.Operation == "GetObject":
		return nil
	}
	c := comparison{shape: e.Status == http.StatusOK && !complete(e.Response), anyTime: e.Operation == "DescribeInstanceInformation"}
	c.compare("", decode(t, e.Response), decode(t, got))
	return c.differences
}

func newServer(t *testing.T, script fakeaws.Script) *fakeaws.Server {
	t.Helper()
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// send sends one request as the SDK does.
func send(t *testing.T, server *fakeaws.Server, region string, e Exchange, body string) (int, string) {
	t.Helper()
	method, url, service := http.MethodPost, "https://ssm."+region+".amazonaws.com/", "ssm"
	if e.Operation == "GetObject" {
		method, url, service = http.MethodGet, "https://s3."+region+".amazonaws.com/"+e.Bucket+"/"+e.Key, "s3"
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if service == "ssm" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "AmazonSSM."+e.Operation)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/"+region+"/"+service+
		"/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0a", 32))
	response, err := server.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func commandID(body string) string {
	var out struct{ Command struct{ CommandID string } }
	_ = json.Unmarshal([]byte(body), &out) // An error has no ID.
	return out.Command.CommandID
}

func decode(t *testing.T, body string) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewBufferString(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return value
}

var statusMember = regexp.MustCompile(`"Status":"([^"]*)"`)

// complete reports whether every status in a response is terminal.
func complete(body string) bool {
	for _, found := range statusMember.FindAllStringSubmatch(body, -1) {
		if !terminal(found[1]) {
			return false
		}
	}
	return true
}

func terminal(status string) bool {
	return slices.Contains([]string{"Success", "Failed", "TimedOut", "Cancelled"}, status)
}

// comparison compares two values of JSON.
type comparison struct {
	shape, anyTime bool
	differences    []string
}

var timestamp = regexp.MustCompile(`^\d\.\d+E9$`)

func (c *comparison) add(at, format string, arguments ...any) {
	c.differences = append(c.differences, at+": "+fmt.Sprintf(format, arguments...))
}

func (c *comparison) compare(at string, want, got any) {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			c.add(at, "not an object: %v", got)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if value, has := have[name]; has {
				c.compare(at+"."+name, want[name], value)
			} else {
				c.add(at, "the fake has no member %s (recorded: %v)", name, want[name])
			}
		}
		for _, name := range slices.Sorted(maps.Keys(have)) {
			if _, has := want[name]; !has {
				c.add(at, "only the fake has the member %s: %v", name, have[name])
			}
		}
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			if !c.shape {
				c.add(at, "got %v, recorded %v", got, want)
			}
			return
		}
		for i := range want {
			c.compare(fmt.Sprintf("%s[%d]", at, i), want[i], have[i])
		}
	default:
		c.compareScalar(at, want, got)
	}
}

func (c *comparison) compareScalar(at string, want, got any) {
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		c.add(at, "got %v, recorded %v", got, want)
		return
	}
	a, isNumber := want.(json.Number)
	if isNumber && timestamp.MatchString(string(a)) {
		b := string(got.(json.Number)) //nolint:errcheck // The types are equal.
		x, _ := strconv.ParseFloat(string(a), 64)
		y, _ := strconv.ParseFloat(b, 64)
		if !timestamp.MatchString(b) || !c.anyTime && (x-y > 2 || y-x > 2) {
			c.add(at, "got %s, recorded %s", b, a)
		}
		return
	}
	if !c.shape && want != got {
		c.add(at, "got %v, recorded %v", got, want)
	}
}
