// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestSendSoak runs commands under seeded random faults: responses that are lost, late, repeated,
// or about something else, requests that are accepted late, targets that match no node or too many,
// interrupts, and cancellations. Whatever Run and Cancel report must agree with what the fake
// executed. A failure names its seed:
//
//	SSM_SOAK_SEED=17 go test -run TestSendSoak ./internal/runcommand
//
// SSM_SOAK is the number of runs, as for TestSoak.
func TestSendSoak(t *testing.T) {
	first, count := uint64(0), uint64(300)
	if s := os.Getenv("SSM_SOAK"); s != "" {
		count = number(t, s)
	}
	if s := os.Getenv("SSM_SOAK_SEED"); s != "" {
		first, count = number(t, s), 1
	}
	tally := map[string]int{}
	for seed := first; seed < first+count; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			virtual(t, func(t *testing.T) { newSendRun(t, seed, tally).play() })
		})
	}
	if count >= 300 { // Each kind of result must have been met, or the soak proves little.
		for _, kind := range []string{
			"sent", "adopted", "refused", "perhaps, executed", "perhaps, not executed",
			"success", "no nodes", "sent again", "too many before", "too many after", "interrupted", "cancelled", "another command",
		} {
			if tally[kind] < 3 {
				t.Errorf("%d runs were %q", tally[kind], kind)
			}
		}
	}
	t.Logf("%v", tally)
}

// sendRun is one process that sends commands, some of them equal.
type sendRun struct {
	*testing.T
	*rand.Rand
	tally  map[string]int
	server *fakeaws.Server
	client *Client
	wire   *wireLog
	stop   context.CancelFunc

	mu          sync.Mutex
	reports     []report
	interrupted time.Time       // Zero if there was no interrupt.
	cancelled   map[string]bool // Commands that may be cancelled.
}

// report is what Run returned.
type report struct {
	name   string // Of the request.
	run    RunRequest
	result RunResult
	err    error
}

// nothing is a tag that no node has, and late one of a node that registers some time later.
const nothing, late = "tag:nothing", "tag:late"

func newSendRun(t *testing.T, seed uint64, tally map[string]int) *sendRun {
	s := &sendRun{T: t, Rand: rand.New(rand.NewPCG(seed, 11)), tally: tally, cancelled: map[string]bool{}}
	script := fakeaws.Script{
		Nodes: []fakeaws.Node{
			{InstanceID: node, Tags: map[string]string{"role": "web"}},
			{InstanceID: otherNode, Tags: map[string]string{"role": "web"}},
			{InstanceID: nodeID(1), Tags: map[string]string{"late": "1"}, RegisteredAt: fakeaws.At(s.seconds(0, 400))},
		},
		Rules: []fakeaws.Rule{{Steps: []fakeaws.StepResult{{Duration: fakeaws.At(s.seconds(0, 600)), ExitCode: s.IntN(2)}}, Times: s.IntN(3)}},
		Behavior: fakeaws.Behavior{
			CommandListedAfter: s.seconds(0, 5), ResolvedAfter: fakeaws.At(s.seconds(0, 5)), UnknownInstanceError: s.chance(0.5),
		},
		ClockSkew: s.seconds(-200, 200),
	}
	if s.chance(0.2) {
		script.Nodes[0].RegisteredAt = fakeaws.At(s.seconds(0, 120))
	}
	if s.chance(0.5) {
		script.PageSize, script.EmptyPageEvery = 1+s.IntN(5), 2+s.IntN(3)
	}
	for range s.IntN(5) {
		script.Faults = append(script.Faults, s.sendFault())
	}
	for range s.IntN(4) {
		kinds := []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.Drop, fakeaws.TruncateBody, fakeaws.Empty200,
			fakeaws.HTML200, fakeaws.WrongCommand, fakeaws.Silent, fakeaws.Unreachable, fakeaws.AccessDenied, fakeaws.Late}
		f := fakeaws.Fault{Operation: "ListCommands", Kind: kinds[s.IntN(len(kinds))], Skip: s.IntN(3), Times: s.IntN(4)}
		if f.Kind == fakeaws.Late {
			f.Delay = s.seconds(0.1, 20)
		}
		script.Faults = append(script.Faults, f)
	}
	for range s.IntN(3) {
		kinds := []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.Drop, fakeaws.TruncateBody, fakeaws.Empty200,
			fakeaws.HTML200, fakeaws.Silent, fakeaws.AccessDenied, fakeaws.Late}
		operations := []string{"ListCommandInvocations", "GetCommandInvocation", "DescribeInstanceInformation", "CancelCommand"}
		f := fakeaws.Fault{Operation: operations[s.IntN(len(operations))], Kind: kinds[s.IntN(len(kinds))], Skip: s.IntN(3), Times: s.IntN(4)}
		if f.Kind == fakeaws.Late {
			f.Delay = s.seconds(0.1, 20)
		}
		f.Accepted = f.Operation == "CancelCommand" && slices.Contains(losses, f.Kind)
		script.Faults = append(script.Faults, f)
	}
	// Other callers send commands that differ in one thing.
	for i, change := range []func(*fakeaws.Command){
		func(c *fakeaws.Command) { c.Comment = "another" },
		func(c *fakeaws.Command) { c.Parameters = map[string][]string{"commands": {"other"}} },
		func(c *fakeaws.Command) { c.MaxErrors = "1" },
		func(c *fakeaws.Command) { c.SentAt = -10 },
	} {
		if s.chance(0.5) {
			c := fakeaws.Command{
				CommandID: fmt.Sprintf("00000000-0000-4000-8000-%012x", i), Comment: s.request(0).Comment, SentAt: s.seconds(0, 60),
				Parameters: s.request(0).Parameters, InstanceIDs: []string{node},
			}
			change(&c)
			script.Commands = append(script.Commands, c)
		}
	}
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	s.server = server
	s.wire = &wireLog{aws: server.Transport(), replay: s.chance(0.2), noDate: s.chance(0.1), blind: s.chance(0.4)}
	interrupt, stop := context.WithCancel(t.Context())
	s.stop = stop
	t.Cleanup(stop)
	s.client = over(s.wire, func(o *Options) {
		o.RenewCredentials, o.Interrupt = func() {}, interrupt
		if s.chance(0.2) {
			o.MaxAttempts = 1 + s.IntN(5)
		}
	})
	return s
}

// sendFault is a random fault of SendCommand.
func (s *sendRun) sendFault() fakeaws.Fault {
	lost := slices.Concat(losses)
	f := fakeaws.Fault{Operation: "SendCommand", Skip: s.IntN(3)}
	switch s.IntN(4) {
	case 0, 1: // A response that is lost.
		f.Kind, f.Accepted, f.Times = lost[s.IntN(len(lost))], s.chance(0.6), s.IntN(2)
		if f.Accepted && s.chance(0.4) {
			f.AcceptedAfter = s.seconds(0, 200)
		}
		if s.chance(0.3) {
			f.Delay = s.seconds(0, 40)
		}
	case 2: // A rejection.
		kinds := []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.Unreachable, fakeaws.AccessDenied, fakeaws.ExpiredToken, fakeaws.ValidationError}
		f.Kind, f.Times = kinds[s.IntN(len(kinds))], s.IntN(4)
		if s.chance(0.4) {
			codes := []string{"InvalidInstanceId", "InvalidDocument", "InvalidParameters", "SomethingNew", "InternalServerError"}
			f.Kind, f.Code = fakeaws.ServiceError, codes[s.IntN(len(codes))]
		}
	case 3:
		f.Kind, f.Delay = fakeaws.Late, s.seconds(0.1, 40)
	}
	return f
}

func (s *sendRun) chance(p float64) bool { return s.Float64() < p }

func (s *sendRun) seconds(low, high float64) fakeaws.Seconds {
	return fakeaws.Seconds(low + s.Float64()*(high-low))
}

// request is one of a few requests.
func (s *sendRun) request(n int) SendRequest {
	return SendRequest{
		DocumentName: "AWS-RunShellScript", InstanceIDs: []string{node}, Comment: fmt.Sprint("soak ", n),
		Parameters: map[string][]string{"commands": {fmt.Sprint("echo ", n)}}, NodesReady: 3 * time.Minute, Timeout: 10 * time.Minute,
	}
}

// runRequest is a random run of one of a few requests.
func (s *sendRun) runRequest(n int) RunRequest {
	q := RunRequest{Send: s.request(n % 2), NoWait: s.chance(0.1), Output: s.chance(0.7), RequireNodes: s.chance(0.7)} // The third is equal to the first.
	if s.chance(0.2) {
		q.Send.Comment, q.Send.UniqueComment = fmt.Sprintf("terraform %08x", n), true
	}
	targets := []string{"tag:role", late, nothing}
	if s.chance(0.5) {
		q.Send.InstanceIDs, q.Send.Targets = nil, []Target{{Key: targets[s.IntN(3)], Values: []string{"web", "1"}}}
		if s.chance(0.6) {
			q.MaxTargets = 1 + s.IntN(2)
		}
	}
	if q.Send.Timeout = 0; s.chance(0.2) {
		q.Send.Timeout = s.seconds(0, 600).Duration()
	}
	return q
}

// play runs commands, cancels some of them, and compares what was returned with what was executed.
func (s *sendRun) play() {
	var group sync.WaitGroup
	for i := range 1 + s.IntN(4) {
		q := s.runRequest(i)
		wait, stop := s.seconds(0, 20).Duration(), s.seconds(0, 300).Duration()
		stopped, cancels, edited := s.chance(0.2), s.chance(0.5), s.chance(0.3)
		group.Go(func() {
			<-time.After(wait)
			ctx, cancel := context.WithCancel(s.Context())
			defer cancel()
			if stopped {
				time.AfterFunc(stop, cancel)
			}
			began := time.Now()
			result, err := s.client.Run(ctx, q)
			s.inTime(q, result, began, stopped, stop)
			s.mu.Lock()
			s.reports = append(s.reports, report{q.Send.key(), q, result, err})
			s.mu.Unlock()
			if result.Command.CommandID != "" && cancels {
				s.cancel(&result.Command, edited)
			}
		})
	}
	if s.chance(0.2) {
		time.AfterFunc(s.seconds(0, 300).Duration(), func() {
			s.mu.Lock()
			s.interrupted = time.Now()
			s.mu.Unlock()
			s.stop()
		})
	}
	group.Wait()
	<-time.After(24 * time.Hour) // Nothing is on its way any more.
	s.check()
}

// inTime wants a run to end soon after its time or an interrupt: what became of a request is found
// out for up to 20 seconds, and a command for too many nodes is cancelled for up to 10.
func (s *sendRun) inTime(q RunRequest, result RunResult, began time.Time, stopped bool, stop time.Duration) {
	const grace = responseGrace + searchGrace + tooManyLimit + lastChance
	ends := began.Add(result.Timeout)
	if stopped && stop < result.Timeout {
		ends = began.Add(stop)
	}
	s.mu.Lock()
	if !s.interrupted.IsZero() && s.interrupted.Before(ends) {
		ends = s.interrupted
	}
	s.mu.Unlock()
	if ends.Before(began) {
		ends = began
	}
	if late := time.Since(ends); late > grace {
		s.Errorf("a run of %s ended %s late: %+v", result.Timeout, late, q)
	}
	if q.Send.Timeout > 0 && q.Send.Timeout != result.Timeout {
		s.Errorf("the time limit was %s, want %s", result.Timeout, q.Send.Timeout)
	}
}

// lastChance is how long an operation may make requests after its time (package poll), twice: for
// the command and for its invocations.
const lastChance = 10 * time.Second

// cancel cancels a command as the deletion of a resource does, or one whose ID was edited in a
// state.
func (s *sendRun) cancel(c *Command, edited bool) {
	q := CancelRequest{
		CommandID: c.CommandID, Wait: true, Visibility: 30 * time.Second, Timeout: 5 * time.Minute, DespiteInterrupt: true,
		Expect: &Expectation{DocumentName: c.DocumentName, Comment: c.Comment, RequestedDateTime: c.RequestedDateTime.Truncate(time.Second)},
	}
	if edited {
		q.Expect.Comment += ", edited"
	} else {
		s.mu.Lock()
		s.cancelled[c.CommandID] = true
		s.mu.Unlock()
	}
	result, err := s.client.Cancel(s.Context(), q)
	s.mu.Lock()
	defer s.mu.Unlock()
	var different *DifferentCommandError
	switch {
	case edited && err == nil && result.Outcome != CancelUnknown:
		s.Errorf("a command that differs was cancelled: %+v", result)
	case errors.As(err, &different):
		s.tally["another command"]++
	case result.Outcome == CancelComplete:
		s.tally["cancelled"]++
	}
	if different != nil && !edited || result.Outcome == CancelComplete && !result.Command.Complete() {
		s.Errorf("%+v, %v", result, err)
	}
}

// check holds each report against what was executed.
func (s *sendRun) check() {
	byName := map[string][]fakeaws.Send{}
	for _, sent := range s.server.Sends() {
		byName[s.requestOf(sent.Command).key()] = append(byName[s.requestOf(sent.Command).key()], sent)
	}
	taken, perhaps, unmatched := map[string]bool{}, map[string]int{}, map[string]int{}
	for i := range s.reports {
		r := &s.reports[i]
		id := r.result.Command.CommandID
		if id != "" {
			// It is one that the service accepted for this request, and no other run's.
			accepted := slices.ContainsFunc(byName[r.name], func(sent fakeaws.Send) bool { return sent.Command.CommandID == id })
			if !accepted || taken[id] {
				s.Errorf("%s: accepted %t, taken %t", id, accepted, taken[id])
			}
			taken[id] = true
			s.tally[map[bool]string{false: "sent", true: "adopted"}[r.result.Adopted]]++
			unmatched[r.name] += r.result.Sends - 1
		}
		if (id == "") != (r.result.Sends == 0) || id == "" && r.err == nil {
			s.Errorf("%q after %d commands, %v", id, r.result.Sends, r.err)
		}
		s.checkResult(r)
		switch lost := (*PerhapsSentError)(nil); {
		case errors.As(r.err, &lost):
			perhaps[r.name]++
		case id == "":
			s.tally["refused"]++
		}
	}
	// What ran on a node and was not returned was perhaps sent. What was refused did not run, and a
	// command is sent again only after one that ran nowhere.
	for name, sends := range byName {
		ran, idle := 0, 0
		for _, sent := range sends {
			id := sent.Command.CommandID
			switch {
			case taken[id]:
			case s.server.Executions(id, "") > 0:
				ran++
			default:
				idle++
			}
		}
		idle -= unmatched[name]
		if open := ran + max(idle, 0); open > perhaps[name] {
			s.Errorf("of %d commands %d ran and %d did not that are not accounted for: %+v", len(sends), ran, idle, s.reports)
		}
		s.tally["perhaps, executed"] += ran
		perhaps[name] -= ran
	}
	for _, n := range perhaps {
		s.tally["perhaps, not executed"] += n
	}
	s.wire.check(s)
	s.checkCancels()
}

// checkResult holds the result of a run against what its command did on each node.
func (s *sendRun) checkResult(r *report) {
	id, total := r.result.Command.CommandID, 0
	for _, n := range r.result.Nodes {
		ran := s.server.Executions(id, n.InstanceID)
		if total += ran; ran > 1 || n.Status == "Success" && ran != 1 {
			s.Errorf("%s is %s on %s and ran %d times", id, n.Status, n.InstanceID, ran)
		}
	}
	ran := 0
	if id != "" {
		ran = s.server.Executions(id, "")
	}
	if r.result.EntriesRead && total != ran {
		s.Errorf("%s ran %d times, %d of them on the nodes that are reported", id, ran, total)
	}
	if r.result.NoNodesMatched && ran > 0 {
		s.Errorf("%s matched no node and ran %d times", id, ran)
	}
	if r.result.Sends > 1 {
		s.tally["sent again"]++
	}
	var none *NoNodesMatchedError
	var many *TooManyNodesError
	var interrupted *InterruptedError
	switch {
	case r.err == nil && r.run.NoWait, r.err == nil && r.result.NoNodesMatched && !r.run.RequireNodes:
	case r.err == nil && r.result.Command.Complete() && r.result.EntriesRead && ran > 0:
		s.tally["success"]++
	case r.err == nil:
		s.Errorf("no error and no result: %+v", r.result)
	case errors.As(r.err, &none):
		s.tally["no nodes"]++
		if !r.result.NoNodesMatched || !r.run.RequireNodes {
			s.Errorf("%+v", r.result)
		}
	case errors.As(r.err, &many) && many.CommandID == "":
		s.tally["too many before"]++
	case errors.As(r.err, &many):
		s.tally["too many after"]++
		s.cancelled[id] = true
	case errors.As(r.err, &interrupted):
		s.tally["interrupted"]++
	}
	if countOf(r.result.Command.TargetCount) > r.run.MaxTargets && r.run.MaxTargets > 0 && many == nil {
		s.Errorf("%d nodes, at most %d are allowed: %v", countOf(r.result.Command.TargetCount), r.run.MaxTargets, r.err)
	}
}

// checkCancels wants CancelCommand to have been called only for commands that were to be cancelled.
func (s *sendRun) checkCancels() {
	for _, r := range s.server.Requests() {
		if r.Operation == "CancelCommand" && !s.cancelled[r.CommandID] {
			s.Errorf("%s was cancelled", r.CommandID)
		}
	}
}

// requestOf is the request that a command was sent by.
func (s *sendRun) requestOf(c fakeaws.Command) *SendRequest {
	q := s.request(0)
	q.Comment, q.Parameters, q.InstanceIDs = c.Comment, c.Parameters, c.InstanceIDs
	for _, t := range c.Targets {
		q.Targets = append(q.Targets, Target(t))
	}
	return &q
}

// wireLog is what was on the wire: each SendCommand, and whether its response left open what became
// of it. It judges responses by itself, apart from the code that it watches.
type wireLog struct {
	aws            http.RoundTripper
	replay, noDate bool
	blind          bool // DescribeInstanceInformation lists no node, whatever the targets match.

	mu    sync.Mutex
	first map[string]string // The first response with a command, by request.
	calls map[string][]bool // For each SendCommand, by request: whether it was left open.
}

func (w *wireLog) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.blind && r.Header.Get("X-Amz-Target") == "AmazonSSM.DescribeInstanceInformation" {
		return reply(r, http.StatusOK, `{"InstanceInformationList":[]}`), nil
	}
	if r.Header.Get("X-Amz-Target") != "AmazonSSM.SendCommand" {
		response, err := w.aws.RoundTrip(r)
		if err == nil && w.noDate {
			response.Header.Del("Date")
		}
		return response, err
	}
	request, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	forward := r.Clone(r.Context())
	forward.Body = io.NopCloser(strings.NewReader(string(request)))
	response, err := w.aws.RoundTrip(forward)
	if err != nil {
		w.log(string(request), !strings.Contains(err.Error(), "connection refused"))
		return nil, err
	}
	body, broken := io.ReadAll(response.Body)
	coded := response.StatusCode == http.StatusBadRequest && strings.Contains(string(body), `"__type"`) && !strings.Contains(string(body), "InternalServerError")
	named := response.StatusCode == http.StatusOK && strings.Contains(string(body), `"CommandId"`) && broken == nil
	if named && w.replay {
		w.mu.Lock()
		if w.first == nil {
			w.first = map[string]string{}
		}
		if earlier, ok := w.first[string(request)]; ok {
			body, named = []byte(earlier), false
		} else {
			w.first[string(request)] = string(body)
		}
		w.mu.Unlock()
	}
	w.log(string(request), !coded && !named)
	rest := io.Reader(strings.NewReader(string(body)))
	if broken == nil {
		response.ContentLength = int64(len(body))
	} else {
		rest = io.MultiReader(rest, failing{broken})
	}
	response.Body = io.NopCloser(rest)
	return response, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (w *wireLog) log(request string, open bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = map[string][]bool{}
	}
	w.calls[request] = append(w.calls[request], open)
}

// check wants at most one request for each command that the service may have accepted: a request
// that was left open is the last one of its call of Send. A run calls Send again only after a
// command that matched no node.
func (w *wireLog) check(s *sendRun) {
	open := 0
	for _, requests := range w.calls {
		for _, o := range requests {
			if o {
				open++
			}
		}
	}
	ended := 0 // Calls whose last request may have been left open.
	for _, r := range s.reports {
		var lost *PerhapsSentError
		if errors.As(r.err, &lost) {
			ended++
		}
		if r.result.Adopted {
			ended++
		}
		ended += max(r.result.Sends-1, 0)
	}
	if open > ended {
		s.Errorf("%d requests were left open, and at most %d calls ended with one", open, ended)
	}
}
