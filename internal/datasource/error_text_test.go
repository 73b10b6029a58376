// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"net/http"
	"strings"
	"testing"
)

// always returns a transport that gives every request to Systems Manager the same error.
func always(status int, header http.Header, body string) http.RoundTripper {
	return roundTrip(func(*http.Request) (*http.Response, error) { return response(status, header, body), nil })
}

// TestErrorsWithoutAMessage: the SDK calls a message that is absent UnknownError, which is not a word of the service.
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

// shortRead are arguments with which each kind reads, for ten seconds at most.
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
	default:
		return a.with("command_id", command)
	}
}

// TestClockSkew: the error names the clock, which is what is wrong. The SDK corrects it by the Date of the response; here
// there is none.
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

// TestWindowsExitCode: a process of Windows that crashed has an exit code that the API's type does not hold. The error shows
// the number, and does not call it a proxy's doing.
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
