// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// patched is an invocation of two steps of which the second failed.
func patched(behaviour fakeaws.SeveralSteps) fakeaws.Invocation {
	download := done(0, 20, "downloaded\n")
	download.Name = "downloadContent"
	return fakeaws.Invocation{SeveralSteps: behaviour, Steps: []fakeaws.Step{download, {
		Name:           "runShellScript",
		Timeline:       []fakeaws.Moment{{At: 20, Status: "InProgress"}, {At: 40, Status: "Failed"}},
		StandardOutput: "started\n", StandardError: "boom\n", ResponseCode: fakeaws.Code(3),
	}}}
}

func TestSeveralStepsAndNoneNamed(t *testing.T) {
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

func TestStepNamed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(patched(fakeaws.SummaryOfSteps)))
		time.Sleep(time.Minute)
		first, second := read(t, reader, ask(step("downloadContent"))), read(t, reader, ask(step("runShellScript")))
		if first.Invocation.Status != "Success" || stdout(t, first) != "downloaded\n" || second.Invocation.Status != "Failed" || *second.Invocation.ResponseCode != 3 {
			t.Errorf("%+v\n%+v", first, second)
		}
		if server.Count("") != 2 {
			t.Errorf("%d requests for two settled steps", server.Count(""))
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

// The steps may not be listed, and the form of the answer alone says that there
// are several: an exit code of 0 must not be made of that.
func TestSeveralStepsThatMayNotBeListed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(patched(fakeaws.SummaryOfSteps), fakeaws.Fault{Kind: fakeaws.AccessDenied, Operation: "ListCommandInvocations", Times: -1}))
		time.Sleep(time.Minute)
		result := read(t, reader, ask())
		if result.Invocation.Status != "Failed" || result.Invocation.ResponseCode != nil || result.StepNameNeeded == nil || result.StepNameNeeded.Denied == nil {
			t.Errorf("%+v", result)
		}
	})
}

func TestWrongStepIsFinalAtOnceWithTheRightNames(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(patched(fakeaws.SummaryOfSteps)))
		err := refused[*StepNotFoundError](t, reader, ask(step(shell)))
		if diff := cmp.Diff([]string{"downloadContent", "runShellScript"}, err.Steps); diff != "" || server.Count("") != 2 || time.Since(epoch) > 0 {
			t.Errorf("%d requests in %s\n%s", server.Count(""), time.Since(epoch), diff)
		}
	})
}

// A name that differs in its capitals alone is another name.
func TestStepNamesAreCaseSensitive(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(patched(fakeaws.SummaryOfSteps)))
		refused[*StepNotFoundError](t, reader, ask(step("RunShellScript")))
		elapsedBetween(t, epoch, 0, 0)
	})
}

// The row says that all has ended, and the service gives no values: that is neither
// still running nor a step that is not there.
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

// InvalidPluginName was seen right after the command's end with a name that is
// right; a step that is listed is waited for.
func TestStepUnknownForAMoment(t *testing.T) {
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

// An invocation can end without its step ever saying so.
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
			t.Errorf("the node's row was asked %d times in %s", n, time.Since(epoch))
		}
	})
}

// The step's own end may be late; its values are worth half a minute.
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
