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

// TestSendSoak sends commands under seeded random faults: responses that are lost, late, repeated,
// or about something else, requests that are accepted late, and interrupts. Whatever Send reports
// must agree with what the fake executed. A failure names its seed:
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
		for _, kind := range []string{"sent", "adopted", "refused", "perhaps, executed", "perhaps, not executed"} {
			if tally[kind] < 10 {
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

	mu      sync.Mutex
	reports []report
}

// report is what Send returned.
type report struct {
	name string // Of the request.
	sent Sent
	err  error
}

func newSendRun(t *testing.T, seed uint64, tally map[string]int) *sendRun {
	s := &sendRun{T: t, Rand: rand.New(rand.NewPCG(seed, 11)), tally: tally}
	script := fakeaws.Script{
		Nodes: []fakeaws.Node{{InstanceID: node, Tags: map[string]string{"role": "web"}}, {InstanceID: otherNode, Tags: map[string]string{"role": "web"}}},
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
	s.wire = &wireLog{aws: server.Transport(), replay: s.chance(0.2), noDate: s.chance(0.1)}
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
			f.AcceptedAfter = s.seconds(0, 90)
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

// play sends commands, and compares what Send returned with what was executed.
func (s *sendRun) play() {
	var group sync.WaitGroup
	for i := range 1 + s.IntN(4) {
		q := s.request(i % 2) // The third is equal to the first.
		if s.chance(0.2) {
			q.InstanceIDs, q.Targets = nil, []Target{{Key: "tag:role", Values: []string{"web"}}}
		}
		if s.chance(0.2) {
			q.Timeout = s.seconds(0, 60).Duration()
		}
		wait := s.seconds(0, 20).Duration()
		group.Go(func() {
			<-time.After(wait)
			sent, err := s.client.Send(s.Context(), q)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reports = append(s.reports, report{q.key(), sent, err})
		})
	}
	if s.chance(0.3) {
		time.AfterFunc(s.seconds(0, 120).Duration(), s.stop)
	}
	group.Wait()
	<-time.After(24 * time.Hour) // Nothing is on its way any more.
	s.check()
}

// check holds each report against what was executed.
func (s *sendRun) check() {
	byName := map[string][]fakeaws.Send{}
	for _, sent := range s.server.Sends() {
		// A target matches the first node only if it is registered by then.
		first, second := s.server.Executions(sent.Command.CommandID, node), s.server.Executions(sent.Command.CommandID, otherNode)
		if targets := len(sent.Command.Targets); targets == 0 && (first != 1 || second != 0) || targets > 0 && (first > 1 || second != 1) {
			s.Fatalf("%s was executed %d and %d times", sent.Command.CommandID, first, second)
		}
		q := s.requestOf(sent.Command)
		byName[q.key()] = append(byName[q.key()], sent)
	}
	taken, perhaps := map[string]bool{}, map[string]int{}
	for _, r := range s.reports {
		id := r.sent.Command.CommandID
		var lost *PerhapsSentError
		switch {
		case id != "":
			// It ran exactly once, and is no other request's.
			executed := slices.ContainsFunc(byName[r.name], func(sent fakeaws.Send) bool { return sent.Command.CommandID == id })
			if r.err != nil || !executed || taken[id] {
				s.Errorf("%s: error %v, executed %t, taken %t", id, r.err, executed, taken[id])
			}
			taken[id] = true
			s.tally[map[bool]string{false: "sent", true: "adopted"}[r.sent.Adopted]]++
		case errors.As(r.err, &lost):
			perhaps[r.name]++
		case r.err == nil:
			s.Error("neither a command nor an error")
		default:
			s.tally["refused"]++
		}
	}
	// What ran and was not returned was perhaps sent. What was refused did not run.
	for name, sends := range byName {
		open := 0
		for _, sent := range sends {
			if !taken[sent.Command.CommandID] {
				open++
			}
		}
		if open > perhaps[name] {
			s.Errorf("%d commands ran, of which %d are not accounted for: %+v", len(sends), open, s.reports)
		}
		s.tally["perhaps, executed"] += open
		perhaps[name] -= open
	}
	for _, n := range perhaps {
		s.tally["perhaps, not executed"] += n
	}
	s.wire.check(s)
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

	mu    sync.Mutex
	first map[string]string // The first response with a command, by request.
	calls map[string][]bool // For each SendCommand, by request: whether it was left open.
}

func (w *wireLog) RoundTrip(r *http.Request) (*http.Response, error) {
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

// check wants at most one request for each call of Send that the service may have accepted: a
// request that was left open is the last of its call.
func (w *wireLog) check(s *sendRun) {
	calls := map[string]int{}
	for _, r := range s.reports {
		calls[r.name]++
	}
	open := 0
	for _, requests := range w.calls {
		for _, o := range requests {
			if o {
				open++
			}
		}
	}
	ended := 0 // Calls whose last request was left open.
	for _, r := range s.reports {
		var lost *PerhapsSentError
		if r.sent.Adopted || errors.As(r.err, &lost) {
			ended++
		}
	}
	if open > ended {
		s.Errorf("%d requests were left open, and %d calls ended with one", open, ended)
	}
}
