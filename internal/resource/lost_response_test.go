// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"encoding/base64"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// lost are the ways in which the response to SendCommand can be lost.
var lost = map[string]fakeaws.Fault{
	"dropped":            {Kind: fakeaws.Close},
	"reset":              {Kind: fakeaws.Drop},
	"InternalError":      {Kind: fakeaws.InternalError},
	"503 with HTML":      {Kind: fakeaws.HTML503},
	"200 with HTML":      {Kind: fakeaws.HTML200},
	"empty 200":          {Kind: fakeaws.Empty200},
	"truncated 200":      {Kind: fakeaws.TruncateBody},
	"another command":    {Kind: fakeaws.WrongCommand},
	"403 of a proxy":     {Kind: fakeaws.HTML403},
	"429 of a front end": {Kind: fakeaws.TooManyRequests},
}

// A command whose response is lost is searched for, and never sent again. If the service accepted
// it, it is in the state.
func TestLostResponse(t *testing.T) {
	t.Parallel()
	for name, fault := range lost {
		fault.Operation, fault.Accepted = "SendCommand", true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, struck(nodes(prints("once")), fault), command())
			s.apply(t)
			values, tainted := s.attributes(t)
			sends := s.Sends()
			if len(sends) != 1 || s.requests("SendCommand") != 1 {
				t.Fatalf("%d commands were sent by %d requests, want 1 by 1", len(sends), s.requests("SendCommand"))
			}
			if tainted || values["command_id"] != sends[0].Command.CommandID || at(t, values, "invocations", web, "standard_output_content") != "once" {
				t.Errorf("tainted: %v, state: %v", tainted, values)
			}
			if n := s.Executions("", web); n != 1 {
				t.Errorf("the node ran the script %d times", n)
			}
			s.quiet(t, func() { s.plan(t) })
		})
	}
}

// A request that was lost with its response ran nowhere, and is not sent again either: the search
// cannot tell it from one that was accepted.
func TestLostRequest(t *testing.T) {
	t.Parallel()
	for name, fault := range lost {
		fault.Operation = "SendCommand"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, struck(nodes(), denied, fault), command())
			s.fail(t).One(t, "error", "Command Perhaps Sent")
			s.fail(t, "-destroy").Has(t, "error", "Command Perhaps Sent")
			if values, tainted := s.attributes(t); !tainted || values["command_id"] != nil {
				t.Errorf("tainted: %v, state: %v", tainted, values)
			}
			if n := s.Executions("", ""); n != 0 || s.requests("SendCommand") != 1 {
				t.Errorf("the nodes ran %d scripts, SendCommand was called %d times", n, s.requests("SendCommand"))
			}
		})
	}
}

// denied hides the list of commands, so that a search has no result and does not take a minute.
var denied = fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.AccessDenied, Times: -1}

// While it is not known whether a command was sent, the resource is tainted without a command ID,
// and can neither be replaced nor destroyed. Once the command is found, it is like any other.
func TestPerhapsSent(t *testing.T) {
	t.Parallel()
	for name, accepted := range map[string]bool{"accepted": true, "not accepted": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hidden := denied
			hidden.Times = 4
			s := newStack(t, struck(nodes(prints("once")), hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: accepted}), command())
			s.fail(t).One(t, "error", "Command Perhaps Sent").Contains(t, "terraform state rm", "ssm:ListCommands")
			values, tainted := s.attributes(t)
			if !tainted || values["command_id"] != nil || !strings.HasPrefix(values["comment"].(string), "terraform ") {
				t.Fatalf("tainted: %v, state: %v", tainted, values)
			}
			state := s.Succeed(t, "state", "pull").Stdout
			if strings.Contains(state, "once") {
				t.Error("the state has output of a command that is not known")
			}
			s.fail(t).Has(t, "error", "Command Perhaps Sent") // The replacement's destroy.
			if n := s.requests("SendCommand"); n != 1 {
				t.Fatalf("SendCommand was called %d times", n)
			}

			eventually(t, "the end of the denials", func() bool {
				if s.requests("ListCommands") >= 4 {
					return true
				}
				s.Run(t, "plan", "-no-color")
				return false
			})
			if !accepted {
				s.fail(t).Has(t, "error", "Command Perhaps Sent")
				if n := s.requests("SendCommand"); n != 1 {
					t.Fatalf("SendCommand was called %d times", n)
				}
				s.Succeed(t, "state", "rm", this)
				s.apply(t)
				if n := s.Executions("", web); n != 1 {
					t.Errorf("the node ran the script %d times", n)
				}
				return
			}
			s.Succeed(t, "apply", "-no-color", "-auto-approve", "-refresh-only")
			values, _ = s.attributes(t)
			if values["command_id"] != s.Sends()[0].Command.CommandID || at(t, values, "invocations", web, "standard_output_content") != "once" {
				t.Errorf("state after the search: %v", values)
			}
			s.Succeed(t, "untaint", this)
			s.quiet(t, func() {
				if s.plan(t) {
					t.Error("the plan has changes")
				}
			})
			if n := s.Executions("", web); n != 1 {
				t.Errorf("the node ran the script %d times", n)
			}
		})
	}
}

// A command with a comment of its own is found by the first refresh that can search for it.
func TestPerhapsSentWithComment(t *testing.T) {
	t.Parallel()
	hidden := denied
	hidden.Times = 1
	script := nodes(prints("once"))
	s := newStack(t, struck(script, hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true}), command(`comment = "deploy"`))
	s.fail(t).One(t, "error", "Command Perhaps Sent").Contains(t, "deploy")
	s.apply(t, "-refresh-only")
	if values, tainted := s.attributes(t); !tainted || values["command_id"] != s.Sends()[0].Command.CommandID {
		t.Errorf("tainted: %v, state: %v", tainted, values)
	}
	s.apply(t) // The command is complete and known, so that it can be replaced.
	if n := len(s.Sends()); n != 2 {
		t.Errorf("%d commands were sent, want 2", n)
	}
}

// A replacement that fails loses when the request was made. With a comment of the configuration,
// which an older command can have too, no command is then taken for it, and the messages say so.
func TestPerhapsSentAtUnknownTime(t *testing.T) {
	t.Parallel()
	hidden := denied
	hidden.Times = 2
	s := newStack(t, struck(nodes(prints("once")), hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true}), command(`comment = "deploy"`))
	s.fail(t)
	s.fail(t, "-refresh=false").One(t, "error", "Command Perhaps Sent").Contains(t, "ListCommands")
	id := s.Sends()[0].Command.CommandID
	s.Succeed(t, "plan", "-json", "-refresh-only").One(t, "warning", "Command Perhaps Sent").Contains(t, id, "terraform import")
	s.fail(t, "-refresh=false").One(t, "error", "Command Perhaps Sent").Contains(t, id, "terraform import")
	s.Succeed(t, "state", "rm", this)
	s.Succeed(t, "import", "-no-color", this, id)
	if s.plan(t) {
		t.Error("the plan after the import has changes")
	}
	if n := s.Executions("", web); n != 1 {
		t.Errorf("the node ran the script %d times", n)
	}
}

// After 30 days no search can find the command, and the messages say so.
func TestPerhapsSentExpired(t *testing.T) {
	t.Parallel()
	hidden := denied
	hidden.Times = 1
	s := newStack(t, struck(nodes(prints("once")), hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop}), command())
	s.fail(t)
	state := s.Succeed(t, "state", "pull").Stdout
	// The private state has the time of the request, in JSON in Base64 in JSON in Base64.
	s.Write(t, "terraform.tfstate", replaceBase64(t, state, `"private": ?"([^"]+)"`, func(private string) string {
		return replaceBase64(t, private, `"perhaps_sent":"([^"]+)"`, func(kept string) string {
			old := time.Now().Add(-31 * 24 * time.Hour).UTC().Format(time.RFC3339)
			return regexp.MustCompile(`"20[^"]*Z"`).ReplaceAllString(kept, `"`+old+`"`)
		})
	}))
	s.Succeed(t, "plan", "-json", "-refresh-only").One(t, "warning", "Command Perhaps Sent").Contains(t, "30 days", "terraform state rm")
	s.fail(t).Has(t, "error", "Command Perhaps Sent")
	if n := s.requests("SendCommand"); n != 1 {
		t.Errorf("SendCommand was called %d times", n)
	}
}

// A state without the time of the request, which the response did not have, is like any other: a
// refresh stores what is missing, and the command can then be cancelled.
func TestRequestTimeUnknown(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(runs(600)), command(`wait_for_completion = false`))
	s.apply(t)
	state := s.Succeed(t, "state", "pull").Stdout
	unknown := regexp.MustCompile(`"requested_date_time": ?"[^"]+"`).ReplaceAllString(state, `"requested_date_time": null`)
	if unknown == state {
		t.Fatal("the state has no time of the request")
	}
	s.Write(t, "terraform.tfstate", unknown)
	s.apply(t, "-refresh-only")
	if values, _ := s.attributes(t); values["requested_date_time"] == nil {
		t.Errorf("state: %v", values)
	}
	s.apply(t, "-destroy")
	if n := s.requests("CancelCommand"); n != 1 {
		t.Errorf("CancelCommand was called %d times, want once", n)
	}
}

// A command that was requested minutes after the request can be that of an equal request, unless
// the provider made the comment for this one. A comment of the configuration that looks like one,
// as in a configuration that was generated for an import, is none.
func TestPerhapsSentMuchLater(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		adopted   bool
	}{
		"comment of the provider":            {nil, true},
		"comment of the configuration":       {[]string{`comment = "deploy"`}, false},
		"comment that looks like a made one": {[]string{`comment = "terraform 0a1b2c3d"`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hidden := denied
			hidden.Times = 1
			s := newStack(t, struck(nodes(prints("once")), hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true}), command(test.arguments...))
			s.fail(t)
			state := s.Succeed(t, "state", "pull").Stdout
			s.Write(t, "terraform.tfstate", replaceBase64(t, state, `"private": ?"([^"]+)"`, func(private string) string {
				return replaceBase64(t, private, `"perhaps_sent":"([^"]+)"`, func(kept string) string {
					at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
					kept = regexp.MustCompile(`"From":"[^"]*"`).ReplaceAllString(kept, `"From":"`+at(-8*time.Minute)+`"`)
					return regexp.MustCompile(`"Until":"[^"]*"`).ReplaceAllString(kept, `"Until":"`+at(2*time.Minute)+`"`)
				})
			}))
			s.apply(t, "-refresh-only")
			if values, _ := s.attributes(t); (values["command_id"] != nil) != test.adopted {
				t.Errorf("state: %v", values)
			}
			if !test.adopted {
				s.Succeed(t, "plan", "-json", "-refresh-only").One(t, "warning", "Command Perhaps Sent").Contains(t, s.Sends()[0].Command.CommandID, "equal request")
			}
		})
	}
}

// replaceBase64 replaces the text that a pattern's group has in Base64.
func replaceBase64(t *testing.T, text, pattern string, replace func(string) string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatchIndex(text)
	if match == nil {
		t.Fatalf("%s does not match", pattern)
	}
	decoded, err := base64.StdEncoding.DecodeString(text[match[2]:match[3]])
	if err != nil {
		t.Fatal(err)
	}
	replaced := replace(string(decoded))
	if replaced == string(decoded) {
		t.Fatalf("nothing to replace in %s", decoded)
	}
	return text[:match[2]] + base64.StdEncoding.EncodeToString([]byte(replaced)) + text[match[3]:]
}

// Of two equal requests whose responses are lost, at most one resource takes the command that is
// found, in the same refresh and in a later one.
func TestPerhapsSentTwice(t *testing.T) {
	t.Parallel()
	hidden := denied
	hidden.Times = 2
	s := newStack(t, struck(nodes(prints("once")), hidden,
		fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop},
		fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true},
	), command(`comment = "deploy"`, `count = 2`))
	s.fail(t)
	for range 2 {
		s.apply(t, "-refresh-only")
		state := s.Succeed(t, "state", "pull").Stdout
		if n := len(regexp.MustCompile(`"command_id": ?"`+s.Sends()[0].Command.CommandID+`",\s*"comment"`).FindAllString(state, -1)); n != 1 {
			t.Errorf("%d resources have the command, want 1", n)
		}
	}
	r := s.Succeed(t, "plan", "-json", "-refresh-only")
	r.One(t, "warning", "Command Perhaps Sent").Contains(t, "an equal request before it", s.Sends()[0].Command.CommandID)
}

// A request was lost, and another resource sent an equal command after it. No refresh takes that
// command for the lost one, although it is complete, so that the other resource makes no request.
func TestPerhapsSentBeforeAnother(t *testing.T) {
	t.Parallel()
	hidden := denied
	hidden.Times = 1
	s := newStack(t, struck(nodes(prints("once")), hidden,
		fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop},
		// So that the other resource is read in the meantime.
		fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.Late, Delay: 2, Times: -1},
	), command(`comment = "deploy"`, `count = 2`))
	s.fail(t).One(t, "error", "Command Perhaps Sent")
	s.apply(t, "-refresh-only")
	state := s.Succeed(t, "state", "pull").Stdout
	if n := len(regexp.MustCompile(`"command_id": ?"`+s.Sends()[0].Command.CommandID+`",\s*"comment"`).FindAllString(state, -1)); n != 1 {
		t.Errorf("%d resources have the command, want 1", n)
	}
}

// A command that is found when the resource is destroyed is cancelled if it is running.
func TestPerhapsSentIsCancelled(t *testing.T) {
	t.Parallel()
	hidden := denied
	hidden.Times = 1
	s := newStack(t, struck(nodes(runs(600)), hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true}), command())
	s.fail(t).One(t, "error", "Command Perhaps Sent")
	s.apply(t, "-destroy", "-refresh=false")
	if n := s.requests("CancelCommand"); n != 1 {
		t.Errorf("CancelCommand was called %d times, want once", n)
	}
	if n := s.requests("SendCommand"); n != 1 {
		t.Errorf("SendCommand was called %d times, want once", n)
	}
}

// A request that the service rejected leaves nothing in the state, and can be sent again.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t, struck(nodes(prints("done")), fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.AccessDenied}), command())
	s.fail(t).One(t, "error", "Access Denied")
	if values, _ := s.attributes(t); values != nil {
		t.Errorf("the state has %v", values)
	}
	s.apply(t)
	if n := s.Executions("", web); n != 1 {
		t.Errorf("the node ran the script %d times", n)
	}
}

// A rejection that passes is waited out.
func TestRefusedForNow(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakeaws.Fault{
		"throttled":  {Kind: fakeaws.Throttle, Times: 2},
		"not ready":  {Kind: fakeaws.ServiceError, Code: "InvalidInstanceId", Message: "Instances not in a valid state for account", Times: 2},
		"clock skew": {Kind: fakeaws.InvalidSignature},
	} {
		fault.Operation = "SendCommand"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, struck(nodes(prints("done")), fault), command())
			s.apply(t)
			if n := len(s.Sends()); n != 1 {
				t.Errorf("%d commands were sent", n)
			}
		})
	}
}

// undated serves the fake without the Date of its responses, as through a proxy that removes it,
// and returns a configuration's provider block for that.
func (s stack) undated(t *testing.T) string {
	t.Helper()
	fake, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(fake)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Del("Date")
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.ReplaceAll(s.Provider(), s.URL, server.URL)
}

// If no response told the service's time, a command that is found can be older than the request.
func TestPerhapsSentUndated(t *testing.T) {
	t.Parallel()
	hidden := denied
	hidden.Times = 1
	script := struck(nodes(prints("once")), hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop})
	script.Commands = []fakeaws.Command{{
		CommandID: imported, SentAt: -60, Comment: "deploy", InstanceIDs: []string{web}, Parameters: map[string][]string{"commands": {"uptime"}},
		Invocations: []fakeaws.Invocation{{InstanceID: web, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 1, Status: "Success"}}}}}},
	}}
	s := newStack(t, script, "")
	s.Write(t, "main.tf", s.undated(t)+command(`comment = "deploy"`))
	s.fail(t).One(t, "error", "Command Perhaps Sent")
	s.Succeed(t, "apply", "-json", "-auto-approve", "-refresh-only").One(t, "warning", "Command Perhaps Sent").Contains(t, imported, "older")
	if values, _ := s.attributes(t); values["command_id"] != nil {
		t.Errorf("the state has the command %v, which is older than the request", values["command_id"])
	}
}
