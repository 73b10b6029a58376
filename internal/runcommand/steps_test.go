// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const twoSteps = `{"Name":"one","Status":"Failed","ResponseCode":3},{"Name":"two","Status":"Success","ResponseCode":0}`

// Some clients show an absent exit code as 0 (reported by users). If the status is not Success, the
// read compares an exit code of 0 with the list of steps.
func TestExitCodeZeroOfAFailure(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"GetCommandInvocation": always(200, invocationBody("Failed", `,"ResponseCode":0,"PluginName":""`)), "ListCommandInvocations": always(200, rowBody("Failed", twoSteps))})
		result := read(t, reader, ask())
		if result.Invocation.ResponseCode != nil || result.StepNameNeeded == nil || result.Invocation.StandardOutput.Content != nil {
			t.Errorf("%+v", result)
		}
	})
}

// A response with output is about one step, with any exit code. Its output is kept if the caller
// may not list the steps.
func TestOutputIsKeptWithAnyExitCode(t *testing.T) {
	for _, code := range []string{"", `,"ResponseCode":0`} {
		virtual(t, func(t *testing.T) {
			body := strings.Replace(invocationBody("Cancelled", code), `"StandardOutputContent":""`, `"StandardOutputContent":"before"`, 1)
			reader, asked := responding(responses{"GetCommandInvocation": always(200, body), "ListCommandInvocations": always(400, `{"__type":"AccessDeniedException"}`)})
			if result := read(t, reader, ask()); stdout(t, result) != "before" || result.StepNameNeeded != nil || asked["ListCommandInvocations"] > 0 {
				t.Errorf("%+v", result)
			}
		})
	}
}

// Without an entry, or with an entry without steps, a completed response without an exit code is
// polled for half a minute. After that, the form of the response decides.
func TestStepsThatAreNeverListed(t *testing.T) {
	for name, rows := range map[string]string{"no entry": noRows, "an entry without steps": rowBody("Failed", "")} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := responding(responses{"GetCommandInvocation": always(200, invocationBody("Failed", "")), "ListCommandInvocations": always(200, rows)})
				result := read(t, reader, ask())
				elapsedBetween(t, epoch, 30*time.Second, 40*time.Second)
				if result.Invocation.Status != "Failed" || result.Invocation.ResponseCode != nil || result.StepNameNeeded == nil {
					t.Errorf("%+v", result)
				}
			})
			virtual(t, func(t *testing.T) {
				reader, _ := responding(responses{"GetCommandInvocation": always(200, invocationBody("InProgress", "")), "ListCommandInvocations": always(200, rows)})
				read(t, reader, ask(func(q *InvocationQuery) { q.NoWait = true }))
				elapsedBetween(t, epoch, 0, 0)
			})
		})
	}
}

// A response that names no step, to a request that names none, may be about several steps, with any
// exit code.
func TestResponseWithoutAStepIsComparedWithTheSteps(t *testing.T) {
	for _, code := range []string{"0", "-1"} {
		virtual(t, func(t *testing.T) {
			reader, _ := responding(responses{
				"GetCommandInvocation":   always(200, invocationBody("Success", `,"PluginName":"","ResponseCode":`+code)),
				"ListCommandInvocations": always(200, rowBody("Success", twoSteps)),
			})
			if result := read(t, reader, ask()); result.StepNameNeeded == nil || result.Invocation.ResponseCode != nil || result.Invocation.StandardOutput.Content != nil {
				t.Errorf("%+v", result)
			}
		})
	}
}

// If no step is named and Systems Manager requires a name, the only step is requested by its name.
func TestOnlyStepIsRequestedByName(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{
			"GetCommandInvocation": func(_ int, request string) (int, string) {
				if !strings.Contains(request, `"PluginName":"deploy"`) {
					return 400, `{"__type":"InvalidPluginName"}`
				}
				return 200, invocationBody("Success", `,"ResponseCode":0,"PluginName":"deploy"`)
			},
			"ListCommandInvocations": always(200, rowBody("Success", `{"Name":"deploy","Status":"Success","ResponseCode":0}`)),
		})
		if i := read(t, reader, ask()).Invocation; i.PluginName != "deploy" || i.ResponseCode == nil {
			t.Errorf("%+v", i)
		}
	})
}

// patched is an invocation with two steps, of which the second one fails.
func patched(behaviour fakeaws.SeveralSteps) fakeaws.Invocation {
	download := done(0, 20, "downloaded\n")
	download.Name = "downloadContent"
	return fakeaws.Invocation{SeveralSteps: behaviour, Steps: []fakeaws.Step{download, {
		Name:           "runShellScript",
		Timeline:       []fakeaws.Moment{{At: 20, Status: "InProgress"}, {At: 40, Status: "Failed"}},
		StandardOutput: "started\n", StandardError: "boom\n", ResponseCode: fakeaws.Code(3),
	}}}
}

func TestSeveralStepsWithoutAName(t *testing.T) {
	for _, behaviour := range []fakeaws.SeveralSteps{fakeaws.SummaryOfSteps, fakeaws.ErrorForSteps} {
		t.Run(string(behaviour), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(patched(behaviour)))
				start := time.Now()
				result := read(t, reader, ask())
				elapsedBetween(t, start, 40*time.Second, 50*time.Second)
				i := result.Invocation
				if i.Status != "Failed" || i.ResponseCode != nil || i.PluginName != "" || i.StandardOutput.Content != nil || i.StandardError.Content != nil {
					t.Errorf("%+v", i)
				}
				if i.CommandID != command || i.InstanceID != node || i.DocumentName != "AWS-RunShellScript" {
					t.Errorf("%+v", i)
				}
				if result.StepNameNeeded == nil {
					t.Fatal("no notice that a step's name is needed")
				}
				if diff := cmp.Diff([]string{"downloadContent", "runShellScript"}, result.StepNameNeeded.Steps); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestNamedStep(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(patched(fakeaws.SummaryOfSteps)))
		time.Sleep(time.Minute)
		first, second := read(t, reader, ask(step("downloadContent"))), read(t, reader, ask(step("runShellScript")))
		if first.Invocation.Status != "Success" || stdout(t, first) != "downloaded\n" || second.Invocation.Status != "Failed" || *second.Invocation.ResponseCode != 3 {
			t.Errorf("%+v\n%+v", first, second)
		}
		if server.Count("") != 2 {
			t.Errorf("%d requests for two complete steps", server.Count(""))
		}
	})
}

func TestNoWaitWithSeveralSteps(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(patched(fakeaws.SummaryOfSteps)))
		result := read(t, reader, ask(func(q *InvocationQuery) { q.NoWait = true }))
		if result.Invocation.Status != "InProgress" || result.StepNameNeeded == nil || time.Since(epoch) > time.Second {
			t.Errorf("%+v after %s", result, time.Since(epoch))
		}
	})
}

// If the caller may not list the steps, the form of the response shows that there are several. The
// result has no exit code.
func TestSeveralStepsWithDeniedList(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(patched(fakeaws.SummaryOfSteps), fakeaws.Fault{Kind: fakeaws.AccessDenied, Operation: "ListCommandInvocations", Times: -1}))
		time.Sleep(time.Minute)
		result := read(t, reader, ask())
		if result.Invocation.Status != "Failed" || result.Invocation.ResponseCode != nil || result.StepNameNeeded == nil || result.StepNameNeeded.Denied == nil {
			t.Errorf("%+v", result)
		}
	})
}

func TestStepNotFound(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(patched(fakeaws.SummaryOfSteps)))
		err := refused[*StepNotFoundError](t, reader, ask(step(shell)))
		if diff := cmp.Diff([]string{"downloadContent", "runShellScript"}, err.Steps); diff != "" || server.Count("") != 2 || time.Since(epoch) > 0 {
			t.Errorf("%d requests in %s\n%s", server.Count(""), time.Since(epoch), diff)
		}
	})
}

// A name that differs only in case is another name.
func TestStepNamesAreCaseSensitive(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(patched(fakeaws.SummaryOfSteps)))
		refused[*StepNotFoundError](t, reader, ask(step("RunShellScript")))
		elapsedBetween(t, epoch, 0, 0)
	})
}

// If the entry of the node is complete and GetCommandInvocation returns no values, the error says
// so: the step is neither running nor missing.
func TestStepWhoseValuesNeverCome(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := done(0, 1, "x")
		s.NameUnknownFor = 1e6
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{s}}))
		if err := refused[*UnavailableError](t, reader, ask(step(shell))); err.Why != GaveUpNoValues || !strings.Contains(err.Cause, "complete (Success)") {
			t.Errorf("%+v", err)
		}
	})
}

// InvalidPluginName was seen right after the end of a command with a correct name. A step that is
// listed is polled again.
func TestStepTemporarilyUnknown(t *testing.T) {
	for name, change := range map[string]func(*fakeaws.Step){
		"listed":      func(s *fakeaws.Step) { s.NameUnknownFor = 50 },
		"listed late": func(s *fakeaws.Step) { s.NameUnknownFor, s.UnlistedFor = 20, 15 },
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				s := done(0, 1, "x\n")
				change(&s)
				reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{s}}))
				if got := stdout(t, read(t, reader, ask(step(shell)))); got != "x\n" {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

func TestStepThatIsNeverListed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := done(0, 1, "x\n")
		s.NameUnknownFor, s.UnlistedFor = 1e6, 1e6
		reader, server := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{s}}))
		err := refused[*StepNotFoundError](t, reader, ask(step(shell)))
		elapsedBetween(t, epoch, 30*time.Second, 31*time.Second)
		if len(err.Steps) > 0 || server.Count("ListCommandInvocations") != 2 {
			t.Errorf("%+v, %d listings", err, server.Count("ListCommandInvocations"))
		}
	})
}

// An invocation can be complete while its step never is.
func TestStepThatNeverReports(t *testing.T) {
	virtual(t, func(t *testing.T) {
		stuck := fakeaws.Step{Timeline: []fakeaws.Moment{{At: 0, Status: "InProgress"}}}
		reader, server := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{stuck}, Status: "TimedOut", StatusDetails: "DeliveryTimedOut", StatusFrom: 300}))
		result := read(t, reader, ask(step(shell)))
		elapsedBetween(t, epoch, 330*time.Second, 420*time.Second)
		if result.Invocation.Status != "InProgress" || result.StepUnfinished == nil || result.StepUnfinished.InvocationStatus != "TimedOut" ||
			result.StepUnfinished.Waited < stepGrace || result.Invocation.StandardOutput.Content != nil {
			t.Errorf("%+v", result)
		}
		if n := server.Count("ListCommandInvocations"); n > 8 {
			t.Errorf("the entry of the node was requested %d times in %s", n, time.Since(epoch))
		}
	})
}

// A step's terminal status may come up to half a minute after that of the invocation.
func TestStepThatReportsLate(t *testing.T) {
	virtual(t, func(t *testing.T) {
		late := done(0, 325, "x\n")
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{late}, Status: "Success", StatusFrom: 290}))
		result := read(t, reader, ask(step(shell)))
		if result.StepUnfinished != nil || stdout(t, result) != "x\n" {
			t.Errorf("%+v", result)
		}
	})
}
