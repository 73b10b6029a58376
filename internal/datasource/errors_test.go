// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// plan plans one data source with the arguments against a fake that plays the script.
//
// The tests run the built provider with -json, which has the parts of each diagnostic word for
// word, including warnings. The testing library wraps errors as a terminal does, and drops
// warnings.
func plan(t *testing.T, script fakeaws.Script, arguments ...string) acctest.Result {
	t.Helper()
	fake := acctest.Serve(t, script)
	return planConfig(t, fake.Provider()+acctest.Invocation(command, node, arguments...))
}

func planConfig(t *testing.T, config string, env ...string) acctest.Result {
	t.Helper()
	return acctest.NewWorkspace(t, config, env...).Run(t, "plan", "-json")
}

// atOnce is the visibility timeout of a test that knows that nothing will come.
const atOnce = `visibility_timeout = "0s"`

// denied is a fault by which IAM refuses an operation.
func denied(operation string) fakeaws.Fault {
	return fakeaws.Fault{Operation: operation, Kind: fakeaws.AccessDenied, Times: -1}
}

// TestErrors: each error says what was requested, what was seen and what to do.
func TestErrors(t *testing.T) {
	t.Parallel()
	requested := []string{"command " + command, "node " + node, "Region us-east-1"}
	success := func() fakeaws.Script { return sent(ended("Success", "", "")) }
	elsewhere := success()
	elsewhere.Commands[0].Invocations[0].InstanceID = otherNode
	byTag := success()
	byTag.Commands[0].Invocations[0].InstanceID = otherNode
	byTag.Commands[0].Targets = []fakeaws.Target{{Key: "tag:role", Values: []string{"web"}}}
	noMatch := fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, SentAt: -60, Targets: byTag.Commands[0].Targets}}}
	inAnotherRegion := success()
	inAnotherRegion.Commands[0].Region, inAnotherRegion.Regions = "eu-west-1", []string{"us-east-1", "eu-west-1"}
	forgotten := success()
	forgotten.Commands[0].Forgotten = true
	late := sent(running())
	late.Commands[0].ExpiresAfter = fakeaws.At(3600)
	delayed := sent(fakeaws.Step{Timeline: []fakeaws.Moment{{At: 0, Status: "Pending", StatusDetails: "Delayed"}}})
	invisible := success()
	invisible.Commands[0].Status, invisible.Commands[0].Invocations[0].VisibleAfter = "InProgress", 36000
	get := func(kind fakeaws.FaultKind) fakeaws.Script {
		return struck(success(), fakeaws.Fault{Operation: "GetCommandInvocation", Kind: kind, Times: -1})
	}
	const soon = `timeouts { read = "1500ms" }`
	unknown := []string{"Systems Manager has no record of this command", "neither ListCommands nor ListCommandInvocations", "another Region", "another account", "30 days", "allow_missing", "terraform destroy -refresh=false"}

	tests := map[string]struct {
		script    fakeaws.Script
		arguments []string
		summary   string
		contains  []string
		argument  string
	}{
		"never sent":        {fakeaws.Script{}, []string{atOnce}, "Command Invocation Not Found", unknown, "command_id"},
		"forgotten":         {forgotten, []string{atOnce}, "Command Invocation Not Found", unknown, "command_id"},
		"in another region": {inAnotherRegion, []string{atOnce}, "Command Invocation Not Found", unknown, "command_id"},
		"on another node": {elsewhere, []string{atOnce}, "Command Invocation Not Found",
			[]string{"was sent to " + otherNode + ", not to " + node, "status Success", "Check instance_id", "-refresh=false"}, "instance_id"},
		"by tag, on another node": {byTag, []string{atOnce}, "Command Invocation Not Found", []string{otherNode, "Check instance_id"}, "instance_id"},
		"by tag, on no node":      {noMatch, []string{atOnce}, "Command Invocation Not Found", []string{"NoInstancesInTag", "targets"}, "instance_id"},
		"ListCommands is denied": {struck(fakeaws.Script{}, denied("ListCommands")), []string{atOnce}, "Command Invocation Not Found",
			[]string{"cannot tell which of these applies", "could not call ListCommands: ListCommands returned AccessDeniedException", "ssm:ListCommands", `Resource "*"`}, "command_id"},
		"ListCommandInvocations is denied, with allow_missing": {struck(fakeaws.Script{}, denied("ListCommandInvocations")), []string{atOnce, "allow_missing = true"},
			"Command Invocation Not Found", []string{"allow_missing does not apply", "ssm:ListCommandInvocations"}, "command_id"},
		"another node is not missing": {elsewhere, []string{atOnce, "allow_missing = true"}, "Command Invocation Not Found",
			[]string{"allow_missing does not apply", otherNode}, "instance_id"},

		"still running": {late, []string{soon}, "Command Invocation Still Running",
			[]string{"Timed out after 2s", "Last status: InProgress.", "not a failure", "The command itself expires at 20", "timeouts.read", "wait_for_completion = false"}, ""},
		"still delayed": {delayed, []string{soon}, "Command Invocation Still Running",
			[]string{"Pending (Delayed)", "the agent on the node has not fetched the command"}, ""},
		"still not visible": {invisible, []string{soon, atOnce}, "Command Invocation Still Running",
			[]string{"Last status of the command: InProgress", "not visible", "may still reach the node"}, ""},

		"denied": {struck(success(), denied("GetCommandInvocation")), nil, "Access Denied",
			[]string{"IAM does not allow ssm:GetCommandInvocation", "no identity-based policy", "Request ID: 0000", `Resource "*"`}, ""},
		"an expired token":  {get(fakeaws.ExpiredToken), nil, "Invalid Credentials", []string{"ExpiredTokenException", "Request ID: ", "assume_role.duration"}, ""},
		"an unknown key":    {get(fakeaws.UnrecognizedClient), nil, "Invalid Credentials", []string{"UnrecognizedClientException"}, ""},
		"a wrong signature": {get(fakeaws.InvalidSignature), nil, "Invalid Credentials", []string{"InvalidSignatureException"}, ""},
		"rejected":          {get(fakeaws.ValidationError), nil, "Request Rejected", []string{"ValidationException", "Request ID: ", "is not retryable"}, ""},
		"unavailable": {get(fakeaws.HTML503), []string{`timeouts { read = "2s" }`}, "Service Unavailable",
			[]string{"HTTP status 503", "No request succeeded before timeouts.read (2s) expired", "endpoints.ssm"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			d := plan(t, test.script, test.arguments...).One(t, "error", test.summary)
			d.Contains(t, requested...)
			d.Contains(t, test.contains...)
			if !strings.Contains(d.Snippet.Code, test.argument) {
				t.Errorf("the error is at %q, want %s", d.Snippet.Code, test.argument)
			}
			if d.Address != this {
				t.Errorf("the address of the error is %q", d.Address)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("the plan took %s", took)
			}
		})
	}
}

// Errors that end a read before its timeout.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	t.Run("max_retries", func(t *testing.T) {
		t.Parallel()
		fake := acctest.Serve(t, struck(sent(), fakeaws.Fault{Kind: fakeaws.Throttle, Times: -1}))
		planConfig(t, fake.Provider("max_retries = 2")+acctest.Invocation(command, node)).
			One(t, "error", "Service Unavailable").Contains(t, "ThrottlingException", "Rate exceeded", "2 attempts", "max_retries")
		if n := fake.Count(""); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("a host name that does not exist", func(t *testing.T) {
		t.Parallel()
		config := acctest.Source + acctest.Block("provider", "ssm", `region = "us-east-1"`, `access_key = "AKIA"`, `secret_key = "s"`,
			`endpoints { ssm = "https://ssm.invalid" }`) + acctest.Invocation(command, node, `timeouts { read = "45s" }`)
		planConfig(t, config).One(t, "error", "Service Unavailable").Contains(t, "ssm.invalid", "Region us-east-1", "endpoints.ssm")
	})
}

// The errors in creating a client. Package provider tests the others.
func TestProviderErrors(t *testing.T) {
	t.Parallel()
	keys := []string{`access_key = "AKIA"`, `secret_key = "s"`}
	tests := map[string]struct {
		block    []string
		summary  string
		contains []string
	}{
		"no region":      {keys, "Region Needed", []string{"AWS_REGION", "profile"}},
		"no credentials": {[]string{`region = "us-east-1"`}, "Invalid Credentials", []string{"AWS"}},
		"a wrong region": {append([]string{`region = "us-east1"`}, keys...), "Invalid Provider Configuration", []string{"us-east1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent())
			planConfig(t, acctest.Source+acctest.Block("provider", "ssm", test.block...)+acctest.Invocation(command, node), "AWS_ENDPOINT_URL="+fake.URL).
				One(t, "error", test.summary).Contains(t, test.contains...)
			if n := fake.Count(""); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// always is a transport that returns one error of Systems Manager.
func always(status int, header http.Header, body string) http.RoundTripper {
	return roundTrip(func(*http.Request) (*http.Response, error) { return response(status, header, body), nil })
}

// The SDK replaces an absent message with UnknownError. No error shows this placeholder.
func TestErrorsWithoutAMessage(t *testing.T) {
	t.Parallel()
	for code, summary := range map[string]string{
		"ExpiredTokenException": "Invalid Credentials", "AccessDeniedException": "Access Denied", "SomethingNewException": "Request Rejected",
		"InvalidFilterKey": "Request Rejected", "ThrottlingException": "Service Unavailable",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				for _, body := range []string{`{"__type":"` + code + `"}`, `{"__type":"com.amazonaws.ssm#` + code + `","message":null}`, `{"__type":"` + code + `","message":""}`} {
					for _, kind := range kinds {
						_, found := p.over(always(400, nil, body)).read(t.Context(), t, kind, shortRead(kind))
						if len(found) != 1 || found[0].Summary != summary || !strings.Contains(found[0].Detail, "returned "+code) || strings.Contains(found[0].Detail, "UnknownError") {
							t.Errorf("%s: diagnostics %s", kind, describe(found))
						}
					}
				}
			})
		})
	}
}

// shortRead returns arguments with which each kind reads for at most ten seconds.
func shortRead(kind string) arguments {
	word := "read"
	if kind == ephemeralKind {
		word = "open"
	}
	a := arguments{"timeouts": arguments{word: "10s"}}
	switch kind {
	case "ssm_command_invocation", ephemeralKind:
		return a.with("command_id", command).with("instance_id", node)
	case "ssm_commands":
		return a.with("status", "Success")
	case "ssm_managed_nodes":
		return a.with("ping_status", "Online")
	default:
		return a.with("command_id", command)
	}
}

// The error names the machine's clock. The SDK corrects a wrong clock by the Date of the response,
// which these responses do not have.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				for _, kind := range kinds {
					_, found := p.over(always(403, nil, `{"__type":"`+code+`","message":"Not within 15 minutes."}`)).read(t.Context(), t, kind, shortRead(kind))
					only(t, found, "Invalid Credentials", "", code, "Set the clock of the machine that runs Terraform")
				}
			})
		})
	}
}

// A crashed Windows process has an exit code that the API's type does not hold. The error shows the
// number, and does not blame a proxy.
func TestWindowsExitCode(t *testing.T) {
	t.Parallel()
	crashed := 3221225477 // 0xC0000005, an access violation.
	step := ended("Failed", "", "")
	step.ResponseCode = &crashed
	for _, kind := range []string{"ssm_command_invocation", ephemeralKind} {
		virtually(t, func(t *testing.T, p *protocol) {
			_, transport := play(t, sent(step))
			_, found := p.over(transport).read(t.Context(), t, kind, arguments{"command_id": command, "instance_id": node})
			only(t, found, "Service Unavailable", "", "ResponseCode 3221225477", "which the API's type does not hold", "did not change in 30 seconds")
		})
	}
}
