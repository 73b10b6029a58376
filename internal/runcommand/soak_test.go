// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestSoak plays seeded random scenarios, each with a read of a random kind, and compares the
// result with the scenario. A failure names its seed:
//
//	SSM_SOAK_SEED=17 go test -run TestSoak ./internal/runcommand
//
// make soak plays a thousand. Without SSM_SOAK, a short run is played.
func TestSoak(t *testing.T) {
	first, count := uint64(0), uint64(100)
	if s := os.Getenv("SSM_SOAK"); s != "" {
		count = number(t, s)
	}
	if s := os.Getenv("SSM_SOAK_SEED"); s != "" {
		first, count = number(t, s), 1
	}
	for seed := first; seed < first+count; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			virtual(t, func(t *testing.T) { newScenario(t, seed).play() })
		})
	}
}

func number(t *testing.T, s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// scenario is what happened to one command, and what goes wrong in reading it.
type scenario struct {
	*testing.T
	*rand.Rand
	script fakeaws.Script
	reader *Client
}

func newScenario(t *testing.T, seed uint64) *scenario {
	s := &scenario{T: t, Rand: rand.New(rand.NewPCG(seed, 7))}
	c := fakeaws.Command{CommandID: command, Comment: "soak", MaxErrors: "100%", OutputS3BucketName: "outputs", SentAt: s.seconds(-400, 5), ListedAfter: s.seconds(0, 10)}
	if c.SentAt > 0 {
		c.SentAt = 0
	}
	if s.chance(0.3) {
		c.Targets, c.ResolvedAfter = webServers, s.seconds(0, 20)
	}
	for n := range 1 + s.IntN(120) {
		c.Invocations = append(c.Invocations, s.invocation(n, c))
	}
	s.script = fakeaws.Script{Commands: append(history(s.IntN(120)), c), PlainTimestamps: s.chance(0.5), ReplaceInvalidUTF8: s.chance(0.5)}
	if s.chance(0.5) {
		s.script.PageSize, s.script.EmptyPageEvery = 1+s.IntN(50), 2+s.IntN(5)
	}
	kinds := []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.TooManyRequests, fakeaws.Drop,
		fakeaws.TruncateBody, fakeaws.Empty200, fakeaws.HTML200, fakeaws.WrongCommand, fakeaws.Silent, fakeaws.ExpiredToken, fakeaws.DoesNotExist}
	expired := false
	for range s.IntN(13) {
		f := fakeaws.Fault{Kind: kinds[s.IntN(len(kinds))], Skip: s.IntN(4), From: s.seconds(0, 60)}
		switch f.Kind { //nolint:exhaustive // The rest is as it is by default.
		case fakeaws.Empty200, fakeaws.WrongCommand:
			if s.chance(0.5) {
				f.Operation = "ListCommandInvocations"
			}
		case fakeaws.DoesNotExist:
			f.Operation, f.Times = "GetCommandInvocation", s.IntN(3) // No list returns this error.
		case fakeaws.ExpiredToken:
			if expired {
				continue // A second rejection in a row is final.
			}
			expired = true
		case fakeaws.Silent:
			f.From = 5 + s.seconds(0, 60) // A minute of silence before the first response is final.
		default:
			f.Times = s.IntN(3)
		}
		s.script.Faults = append(s.script.Faults, f)
	}
	var server *fakeaws.Server
	s.reader, server = serve(t, s.script, func(o *Options) {
		o.RenewCredentials = func() {}
		o.Objects = func(_ context.Context, region string) (ObjectAPI, error) { return objectsOf(server, region), nil }
	})
	return s
}

// invocation is one node's part: a timeline that may go backwards, an end, streams.
func (s *scenario) invocation(n int, c fakeaws.Command) fakeaws.Invocation {
	i := fakeaws.Invocation{InstanceID: nodeID(n), VisibleAfter: c.ResolvedAfter + s.seconds(0, 15)}
	switch s.IntN(4) {
	case 0: // The lists lag behind.
		i.ListedAfter = fakeaws.At(i.VisibleAfter + s.seconds(0, 15))
	case 1: // The lists have it long before.
		i.ListedAfter, i.VisibleAfter = fakeaws.At(i.VisibleAfter), i.VisibleAfter+s.seconds(0, 200)
	}
	names := []string{shell}
	if s.chance(0.25) {
		names = []string{"downloadContent", "runShellScript", "PatchLinux"}[:2+s.IntN(2)]
		i.SeveralSteps = []fakeaws.SeveralSteps{fakeaws.SummaryOfSteps, fakeaws.ErrorForSteps}[s.IntN(2)]
	}
	at := c.ResolvedAfter
	for _, name := range names {
		step := fakeaws.Step{Name: name, UploadedAfter: s.seconds(0, 10)}
		step.Timeline = append(step.Timeline, fakeaws.Moment{At: at, Status: "InProgress"})
		for range s.IntN(4) {
			at += s.seconds(0.1, 60)
			step.Timeline = append(step.Timeline, []fakeaws.Moment{
				{At: at, Status: "Pending", StatusDetails: "Delayed"}, {At: at, Status: "InProgress"},
				{At: at, Status: "Cancelling", StatusDetails: "Cancelling"}, {At: at, Status: "Delayed", StatusDetails: "Delayed"},
			}[s.IntN(4)])
		}
		at += s.seconds(0.1, 120)
		ends := []fakeaws.Moment{{Status: "Success"}, {Status: "Failed"}, {Status: "TimedOut", StatusDetails: "ExecutionTimedOut"},
			{Status: "TimedOut", StatusDetails: "DeliveryTimedOut"}, {Status: "Cancelled"}}
		end := ends[s.IntN(len(ends))]
		end.At = at
		step.Timeline = append(step.Timeline, end)
		if end.StatusDetails != "DeliveryTimedOut" { // A step that never reported has no output.
			step.StandardOutput, step.StandardError = s.text("out", 26000), s.text("err", 9000)
		}
		if s.chance(0.2) {
			step.NameUnknownFor = s.seconds(0, 25)
			if len(names) == 1 { // A list of some of the steps is final.
				step.UnlistedFor = s.seconds(0, 20)
			}
		}
		i.Steps = append(i.Steps, step)
	}
	return i
}

func (s *scenario) chance(p float64) bool { return s.Float64() < p }

func (s *scenario) seconds(low, high float64) fakeaws.Seconds {
	return fakeaws.Seconds(low + s.Float64()*(high-low))
}

// text is a stream: empty, short, or around the limit.
func (s *scenario) text(what string, most int) string {
	switch s.IntN(4) {
	case 0:
		return ""
	case 1:
		return strings.Repeat(what+" é ✓\r\n\x00", 1+s.IntN(most/12))
	default:
		return fmt.Sprintf("%s %d\n", what, s.IntN(1000))
	}
}

// play reads, and compares the result with the scenario.
func (s *scenario) play() {
	c := s.script.Commands[len(s.script.Commands)-1]
	node := c.Invocations[s.IntN(len(c.Invocations))]
	switch s.IntN(5) {
	case 0, 1:
		s.single(node)
	case 2:
		result, err := s.reader.Invocations(s.Context(), fleetQuery())
		s.must(err)
		s.fleet(c, result.Invocations)
	case 3:
		result, err := s.reader.Invocations(s.Context(), fleetQuery(func(q *InvocationsQuery) { q.InstanceID = node.InstanceID }))
		s.must(err)
		s.fleet(fakeaws.Command{Invocations: []fakeaws.Invocation{node}}, result.Invocations)
	case 4:
		got, err := s.reader.Command(s.Context(), commandQuery(func(q *CommandQuery) {
			if s.chance(0.5) {
				q.CommandID, q.Comment = "", "soak"
			}
		}))
		s.must(err)
		if n := int32(len(c.Invocations)); got.CommandID != command || !got.Complete() || countOf(got.TargetCount) != int(n) || countOf(got.CompletedCount) != int(n) {
			s.Errorf("%+v", got)
		}
	}
}

func (s *scenario) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("after %s: %v", time.Since(epoch), err)
	}
}

// single reads one step, or all of several without a name.
func (s *scenario) single(n fakeaws.Invocation) {
	step := n.Steps[s.IntN(len(n.Steps))]
	named, all := s.chance(0.6), s.chance(0.4)
	result, err := s.reader.Invocation(s.Context(), ask(func(q *InvocationQuery) {
		q.InstanceID = n.InstanceID
		q.CompleteOutput, q.MaxOutputBytes = all, 1<<20
		if named {
			q.PluginName = step.Name
		}
	}))
	s.must(err)
	i := result.Invocation
	if !named && len(n.Steps) > 1 {
		if i.Status != nodeStatus(n) || i.ResponseCode != nil || i.StandardOutput.Content != nil || result.StepNameNeeded == nil {
			s.Errorf("%+v, want %s", result, nodeStatus(n))
		}
		return
	}
	end := step.Timeline[len(step.Timeline)-1]
	if i.Status != end.Status || i.PluginName != step.Name || i.ResponseCode == nil || (*i.ResponseCode == 0) != (end.Status == "Success") {
		s.Fatalf("%+v, want %+v", i, end)
	}
	if all {
		if *i.StandardOutput.Content != step.StandardOutput || *i.StandardError.Content != step.StandardError || i.StandardOutput.Truncated || i.StandardError.Truncated {
			s.Errorf("%d and %d bytes, want %d and %d", len(*i.StandardOutput.Content), len(*i.StandardError.Content), len(step.StandardOutput), len(step.StandardError))
		}
		return
	}
	s.stream("standard output", i.StandardOutput, step.StandardOutput, standardOutputLimit)
	s.stream("standard error", i.StandardError, step.StandardError, standardErrorLimit)
}

// stream compares a stream with all that was written.
func (s *scenario) stream(name string, got Stream, all string, limit int) {
	s.Helper()
	truncated := len(all) >= limit
	if got.Content == nil || got.Truncated != truncated {
		s.Fatalf("%s of %d bytes: %+v", name, len(all), got.Truncated)
	}
	if !truncated && *got.Content != all {
		s.Fatalf("%s: %s", name, cmp.Diff(all, *got.Content))
	}
	if truncated && (*got.Content)[:limit/2] != clean(all[:limit/2]) && !strings.HasPrefix(all, (*got.Content)[:limit/2-3]) {
		s.Fatalf("%s is not the beginning of what was written", name)
	}
}

func (s *scenario) fleet(c fakeaws.Command, rows []NodeInvocation) {
	s.Helper()
	got, want := map[string]string{}, map[string]string{}
	for _, row := range rows {
		got[row.InstanceID] = row.Status + " " + strings.Join(row.stepNames(), ",")
	}
	for _, n := range c.Invocations {
		var names []string
		for _, step := range n.Steps {
			if step.UnlistedFor == 0 || strings.HasSuffix(got[n.InstanceID], step.Name) {
				names = append(names, step.Name)
			}
		}
		want[n.InstanceID] = nodeStatus(n) + " " + strings.Join(names, ",")
	}
	if diff := cmp.Diff(want, got); diff != "" || len(rows) != len(want) {
		s.Errorf("%d entries\n%s", len(rows), diff)
	}
}

// nodeStatus is the agent's rule for an invocation whose steps are all complete.
func nodeStatus(n fakeaws.Invocation) string {
	ends := map[string]bool{}
	for _, step := range n.Steps {
		ends[step.Timeline[len(step.Timeline)-1].Status] = true
	}
	for _, status := range []string{"Failed", "TimedOut", "Cancelled"} {
		if ends[status] {
			return status
		}
	}
	return "Success"
}
