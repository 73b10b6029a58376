// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What a service or something in front of it might return that the fake, whose
// answers never contradict one another, does not: raw bodies by operation.

// answers answers each operation by a function of how often it was asked before.
type answers map[string]func(n int, request string) (status int, body string)

type answering struct {
	answers
	asked map[string]int
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
	request, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer, ok := a.answers[operation]
	if !ok {
		return nil, errors.New(operation + " was not expected")
	}
	status, body := answer(a.asked[operation], string(request))
	a.asked[operation]++
	return &http.Response{StatusCode: status, Header: http.Header{"X-Amzn-Requestid": {"r"}}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// replying is a Client over answers.
func replying(a answers) (*Client, map[string]int) {
	asked := map[string]int{}
	return over(answering{a, asked}), asked
}

func always(status int, body string) func(int, string) (int, string) {
	return func(int, string) (int, string) { return status, body }
}

const (
	missingBody = `{"__type":"InvocationDoesNotExist"}`
	noRows      = `{"CommandInvocations":[]}`
	noCommands  = `{"Commands":[]}`
	outage      = `<html>503</html>`
)

func got(status string, rest string) string {
	return fmt.Sprintf(`{"CommandId":%q,"InstanceId":%q,"Status":%q,"StatusDetails":%q,"StandardOutputContent":"","StandardErrorContent":""%s}`, command, node, status, status, rest)
}

func rowBody(status, plugins string) string {
	return fmt.Sprintf(`{"CommandInvocations":[{"CommandId":%q,"InstanceId":%q,"Status":%q,"StatusDetails":%q,"CommandPlugins":[%s]}]}`, command, node, status, status, plugins)
}

func commandBody(status string, counts string) string {
	return fmt.Sprintf(`{"Commands":[{"CommandId":%q,"InstanceIds":[%q],"Status":%q,"StatusDetails":%q%s}]}`, command, node, status, status, counts)
}

const twoSteps = `{"Name":"one","Status":"Failed","ResponseCode":3},{"Name":"two","Status":"Success","ResponseCode":0}`

// An absent exit code was told to read as 0 as well: a 0 that did not succeed is not
// believed without a look at the steps.
func TestZeroOfAFailureIsNotBelieved(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"GetCommandInvocation": always(200, got("Failed", `,"ResponseCode":0,"PluginName":""`)), "ListCommandInvocations": always(200, rowBody("Failed", twoSteps))})
		result := read(t, reader, ask())
		if result.Invocation.ResponseCode != nil || result.StepNameNeeded == nil || result.Invocation.StandardOutput.Content != nil {
			t.Errorf("%+v", result)
		}
	})
}

// An answer with output is about one step, whatever its exit code: nothing of it is
// lost because the steps may not be listed.
func TestOutputIsKeptWhateverTheExitCode(t *testing.T) {
	for _, code := range []string{"", `,"ResponseCode":0`} {
		virtual(t, func(t *testing.T) {
			body := strings.Replace(got("Cancelled", code), `"StandardOutputContent":""`, `"StandardOutputContent":"before"`, 1)
			reader, asked := replying(answers{"GetCommandInvocation": always(200, body), "ListCommandInvocations": always(400, `{"__type":"AccessDeniedException"}`)})
			if result := read(t, reader, ask()); stdout(t, result) != "before" || result.StepNameNeeded != nil || asked["ListCommandInvocations"] > 0 {
				t.Errorf("%+v", result)
			}
		})
	}
}

// No row, or one without steps, and an ended answer without an exit code: half a
// minute, and then what the form of the answer says.
func TestStepsThatAreNeverListed(t *testing.T) {
	for name, rows := range map[string]string{"no row": noRows, "a row without steps": rowBody("Failed", "")} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := replying(answers{"GetCommandInvocation": always(200, got("Failed", "")), "ListCommandInvocations": always(200, rows)})
				result := read(t, reader, ask())
				elapsedBetween(t, epoch, 30*time.Second, 40*time.Second)
				if result.Invocation.Status != "Failed" || result.Invocation.ResponseCode != nil || result.StepNameNeeded == nil {
					t.Errorf("%+v", result)
				}
			})
			virtual(t, func(t *testing.T) {
				reader, _ := replying(answers{"GetCommandInvocation": always(200, got("InProgress", "")), "ListCommandInvocations": always(200, rows)})
				read(t, reader, ask(func(q *InvocationQuery) { q.NoWait = true }))
				elapsedBetween(t, epoch, 0, 0)
			})
		})
	}
}

// A response without a list is no evidence that the command does not exist.
func TestWhatIsNoListSaysNothing(t *testing.T) {
	portal := func(good string) func(int, string) (int, string) {
		return func(n int, _ string) (int, string) {
			if n < 8 {
				return 200, `{"message":"please log in"}`
			}
			return 200, good
		}
	}
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{
			"GetCommandInvocation": func(int, string) (int, string) {
				if time.Since(epoch) < 3*time.Minute {
					return 400, missingBody
				}
				return 200, got("Success", `,"ResponseCode":0`)
			},
			"ListCommands":           portal(commandBody("InProgress", `,"TargetCount":1`)),
			"ListCommandInvocations": portal(noRows),
		})
		read(t, reader, ask())
	})
}

// A page can be empty and not be the last, of a list with one row too.
func TestEmptyPageBeforeTheOneRow(t *testing.T) {
	paged := func(last string) func(int, string) (int, string) {
		return func(_ int, request string) (int, string) {
			if strings.Contains(request, "NextToken") {
				return 200, last
			}
			return 200, `{"Commands":[],"CommandInvocations":[],"NextToken":"t"}`
		}
	}
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": paged(commandBody("Success", `,"TargetCount":1,"CompletedCount":1`)), "ListCommandInvocations": paged(rowBody("Success", ""))})
		if c, err := reader.Command(t.Context(), commandQuery()); err != nil || c.CommandID != command {
			t.Errorf("%+v, %v", c, err)
		}
		result, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.InstanceID = node }))
		if err != nil || len(result.Invocations) != 1 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

func byComment(id, comment string, minute int) string {
	return fmt.Sprintf(`{"CommandId":%q,"Comment":%q,"Status":"Success","RequestedDateTime":%d}`, id, comment, epoch.Add(time.Duration(minute)*time.Minute).Unix())
}

// A search that begins anew does not look further back than it was asked to.
func TestSearchKeepsToInvokedAfter(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": func(n int, request string) (int, string) {
			list := byComment(otherID, "other", 1)
			if n > 0 && !strings.Contains(request, `"value":"2000-01-01T00:00:00Z"`) {
				list += "," + byComment("33333333-3333-4333-8333-333333333333", "deploy", -2) // What an earlier start would find.
			}
			if n > 2 {
				list = byComment(command, "deploy", 2) + "," + list
			}
			return 200, `{"Commands":[` + list + `]}`
		}})
		c, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) {
			q.CommandID, q.Comment, q.InvokedAfter = "", "deploy", "2000-01-01T00:00:00Z"
		}))
		if err != nil || c.CommandID != command {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// A command that moves to the next page while the pages are read is one command.
func TestCommandOnTwoPages(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": func(_ int, request string) (int, string) {
			if strings.Contains(request, "NextToken") {
				return 200, `{"Commands":[` + byComment(command, "deploy", 1) + `]}`
			}
			return 200, `{"Commands":[` + byComment(otherID, "x", 2) + "," + byComment(command, "deploy", 1) + `],"NextToken":"t"}`
		}})
		all, err := reader.Commands(t.Context(), CommandsQuery{MaxResults: 10, Timeout: time.Minute})
		if err != nil || len(all) != 2 {
			t.Errorf("%d commands, %v", len(all), err)
		}
		if _, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "deploy" })); err != nil {
			t.Error(err)
		}
	})
}

// A token can expire while an outage is waited out; the list is then begun anew.
func TestExpiredToken(t *testing.T) {
	virtual(t, func(t *testing.T) {
		expired := false
		reader, _ := replying(answers{"ListCommands": func(_ int, request string) (int, string) {
			switch {
			case !strings.Contains(request, "NextToken"):
				return 200, `{"Commands":[` + byComment(otherID, "x", 2) + `],"NextToken":"t"}`
			case !expired:
				expired = true
				return 400, `{"__type":"InvalidNextToken"}`
			}
			return 200, `{"Commands":[` + byComment(command, "y", 1) + `]}`
		}})
		if all, err := reader.Commands(t.Context(), CommandsQuery{Timeout: time.Minute}); err != nil || len(all) != 2 {
			t.Errorf("%d commands, %v", len(all), err)
		}
	})
}

// If the list operations could not be reached before the timeout, the error does not claim that the
// invocation does not exist.
func TestOutOfTimeAndUnreachable(t *testing.T) {
	down := always(503, outage)
	for name, a := range map[string]answers{
		"invisible, the command has ended": {"GetCommandInvocation": always(400, missingBody), "ListCommands": always(200, commandBody("Success", `,"TargetCount":1`)), "ListCommandInvocations": down},
		"an unknown step":                  {"GetCommandInvocation": always(400, `{"__type":"InvalidPluginName"}`), "ListCommandInvocations": down},
		"ended, steps unknown":             {"GetCommandInvocation": always(200, got("Success", "")), "ListCommands": always(200, noCommands), "ListCommandInvocations": down},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := replying(a)
				if err := refused[*UnavailableError](t, reader, ask(within(14*time.Second))); !strings.Contains(err.Cause, "503") {
					t.Errorf("%+v", err)
				}
			})
		})
	}
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": always(200, commandBody("Success", `,"TargetCount":1,"CompletedCount":1`)), "ListCommandInvocations": down})
		_, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.Timeout = 20 * time.Second }))
		var unavailable *UnavailableError
		if !errors.As(err, &unavailable) || unavailable.Why != GaveUpNoValues {
			t.Errorf("%v", err)
		}
	})
}

// A row that never comes does not cost all pages every few seconds.
func TestMissingRowIsWaitedForPolitely(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, asked := replying(answers{"ListCommands": always(200, commandBody("Success", `,"TargetCount":2,"CompletedCount":2`)), "ListCommandInvocations": always(200, rowBody("Success", ""))})
		_, err := reader.Invocations(t.Context(), fleetQuery())
		if asked["ListCommandInvocations"] > 70 || err == nil {
			t.Errorf("%d pages in an hour, %v", asked["ListCommandInvocations"], err)
		}
	})
}

// A command that failed to find its nodes is not one whose targets matched none.
func TestTargetsThatCouldNotBeResolved(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": always(200, fmt.Sprintf(`{"Commands":[{"CommandId":%q,"Status":"Failed","StatusDetails":"AccessDenied"}]}`, command)), "ListCommandInvocations": always(200, noRows)})
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil || !result.NoNodeMatched || result.Status != "Failed" || result.StatusDetails != "AccessDenied" {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// What a read holds is not lost by a refusal of its second look.
func TestRefusedSecondLook(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"GetCommandInvocation": func(n int, _ string) (int, string) {
			switch n {
			case 0:
				return 200, got("InProgress", `,"ResponseCode":-1`)
			case 1:
				return 200, got("Success", `,"ResponseCode":0,"PluginName":"x"`)
			}
			return 400, `{"__type":"AccessDeniedException"}`
		}})
		if result := read(t, reader, ask()); result.Invocation.Status != "Success" {
			t.Errorf("%+v", result)
		}
	})
}

// drip is a body that comes slowly, and ends with its request.
type drip struct {
	*strings.Reader
	request *http.Request
}

func (d drip) Read(p []byte) (int, error) {
	time.Sleep(700 * time.Millisecond)
	if err := d.request.Context().Err(); err != nil {
		return 0, err
	}
	return d.Reader.Read(p[:1])
}

type dripping struct{ body string }

func (d dripping) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(drip{strings.NewReader(d.body), r}), ContentLength: int64(len(d.body)), Request: r}, nil
}

// An answer that comes slowly is not a silent one.
func TestSlowAnswer(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader := over(dripping{`{"Commands":[{"CommandId":"` + command + `"}]}`})
		all, err := reader.Commands(t.Context(), CommandsQuery{Timeout: time.Hour})
		if err != nil || len(all) != 1 || time.Since(epoch) < 30*time.Second {
			t.Errorf("%v, %v after %s", all, err, time.Since(epoch))
		}
	})
}
