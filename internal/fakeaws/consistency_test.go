// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

var (
	seed = flag.Uint64("seed", 1, "the first seed of TestConsistency")
	runs = flag.Int("runs", 150, "the number of random accounts of TestConsistency")
)

// TestConsistency sends and cancels random commands in random accounts, and checks at random times
// that the responses agree with each other and with the executions:
//
//   - CompletedCount is the number of invocations that have ended, and ErrorCount and
//     DeliveryTimedOutCount are those of the kinds that they count.
//   - A command has ended exactly when all of its invocations have.
//   - GetCommandInvocation and ListCommandInvocations have the same status.
//   - What has ended stays as it is, and at the end everything has ended.
//   - A node runs a command at most once; it has if it reports a Success, and has not if the
//     invocation ended without it.
//   - No more than MaxConcurrency nodes run a command at a time.
//   - Accepted requests alone have made commands.
func TestConsistency(t *testing.T) {
	for n := range *runs {
		seed := *seed + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { (&play{T: t, random: rand.New(rand.NewPCG(seed, 0))}).run() })
		})
	}
}

// play is one run of TestConsistency.
type play struct {
	*testing.T
	random *rand.Rand
	server *fakeaws.Server
	client *ssm.Client
	script fakeaws.Script
	sent   int               // Requests that were accepted.
	ended  map[string]string // Terminal statuses so far.
	limits map[string]int    // MaxConcurrency by command.
}

func (p *play) chance(percent int) bool        { return p.random.IntN(100) < percent }
func (p *play) upTo(n float64) fakeaws.Seconds { return fakeaws.Seconds(p.random.Float64() * n) }
func (p *play) at(n float64) *fakeaws.Seconds  { return fakeaws.At(p.upTo(n)) }
func (p *play) oneOf(values ...string) string  { return values[p.random.IntN(len(values))] }
func (p *play) span(from, length float64) []fakeaws.Span {
	if p.chance(60) {
		return nil
	}
	s := fakeaws.Span{From: p.upTo(from)}
	if p.chance(80) {
		s.Until = s.From + 0.001 + p.upTo(length)
	}
	return []fakeaws.Span{s}
}

func (p *play) run() {
	p.ended, p.limits = map[string]string{}, map[string]int{}
	p.script = p.account()
	p.server = serve(p.T, p.script)
	p.client = client(p.server, once)
	for range 1 + p.random.IntN(5) {
		p.send()
		p.check()
		time.Sleep(p.upTo(60).Duration())
		p.check()
		if p.chance(40) {
			p.cancel()
			p.check()
		}
	}
	for range 6 {
		time.Sleep(p.upTo(600).Duration())
		p.check()
	}
	time.Sleep(4 * time.Hour)
	p.check()
	for _, send := range p.server.Sends() {
		if _, ok := p.ended[send.Command.CommandID]; !ok {
			p.Errorf("%s has not ended", send.Command.CommandID)
		}
	}
	if p.Failed() {
		text, _ := json.Marshal(p.script)
		p.Logf("script %s", text)
	}
}

// account generates nodes, a document with several steps, rules, and faults.
func (p *play) account() fakeaws.Script {
	s := fakeaws.Script{
		Nodes: []fakeaws.Node{},
		Documents: []fakeaws.Document{{Name: "Several", Versions: []fakeaws.DocumentVersion{{Steps: []fakeaws.DocumentStep{
			{Name: "first", ExitOnFailure: p.chance(50)}, {Name: "windows", Platform: "Windows"}, {Name: "last", TimeoutSeconds: "30"},
		}}}}},
		Behavior: fakeaws.Behavior{ResolvedAfter: p.at(10), CancelTakes: p.at(10), ShowCancelling: p.chance(50)},
	}
	for i := range 1 + p.random.IntN(12) {
		n := fakeaws.Node{
			InstanceID: fmt.Sprintf("i-%017x", i), PlatformType: p.oneOf("Linux", "Linux", "Linux", "Windows"),
			Tags: map[string]string{"Role": p.oneOf("web", "db")}, Offline: p.span(100, 4000), Stopped: p.span(400, 1000), SendDenied: p.chance(5),
		}
		if p.chance(20) {
			n.RegisteredAt = p.at(100)
		}
		s.Nodes = append(s.Nodes, n)
	}
	for range p.random.IntN(4) {
		r := fakeaws.Rule{StartDelay: p.upTo(5), IgnoresCancel: p.chance(10), Skip: p.random.IntN(2), Times: p.random.IntN(5)}
		if p.chance(15) {
			r.Status, r.StatusDetails = "Failed", p.oneOf("Undeliverable", "Terminated")
		} else {
			r.NeverReported = p.chance(10)
			r.Steps = []fakeaws.StepResult{{Duration: p.at(120), ExitCode: p.random.IntN(2)}}
		}
		s.Rules = append(s.Rules, r)
	}
	for range p.random.IntN(4) {
		lost := lostResponses[p.random.IntN(len(lostResponses))].kind
		f := fakeaws.Fault{Operation: p.oneOf("SendCommand", "CancelCommand"), Kind: lost, Accepted: p.chance(50), Skip: p.random.IntN(3)}
		if f.Operation == "CancelCommand" && lost == fakeaws.WrongCommand {
			f.Kind = fakeaws.Drop
		}
		if f.Accepted {
			f.AcceptedAfter = p.upTo(30)
		}
		s.Faults = append(s.Faults, f)
	}
	return s
}

// send sends a command to some nodes. The request may be rejected or lost.
func (p *play) send() {
	in := &ssm.SendCommandInput{
		DocumentName: aws.String(p.oneOf("Several", "AWS-RunPowerShellScript")), TimeoutSeconds: aws.Int32(30 + p.random.Int32N(600)),
		MaxConcurrency: aws.String(p.oneOf("1", "2", "3", "50")), MaxErrors: aws.String(p.oneOf("0", "1", "50%", "100%")),
	}
	if *in.DocumentName != "Several" {
		in.Parameters = map[string][]string{"commands": {"ls"}, "executionTimeout": {p.oneOf("0", "5", "60", "600")}}
	}
	if p.chance(40) {
		in.Targets = []types.Target{{Key: aws.String("tag:Role"), Values: []string{p.oneOf("web", "db", "cache")}}}
	} else {
		for _, n := range p.script.Nodes {
			if len(in.InstanceIds) == 0 || p.chance(70) {
				in.InstanceIds = append(in.InstanceIds, n.InstanceID)
			}
		}
	}
	ctx, stop := context.WithTimeout(p.Context(), time.Second)
	defer stop()
	_, _ = p.client.SendCommand(ctx, in)
	requests := p.server.Requests()
	if last := requests[len(requests)-1]; last.Sent != "" {
		p.sent++
		p.limits[last.Sent] = map[string]int{"1": 1, "2": 2, "3": 3, "50": 50}[*in.MaxConcurrency]
	}
}

// cancel cancels a command, on all of its nodes or on the first.
func (p *play) cancel() {
	sends := p.server.Sends()
	if len(sends) == 0 {
		return
	}
	command := sends[p.random.IntN(len(sends))].Command
	in := &ssm.CancelCommandInput{CommandId: &command.CommandID}
	if p.chance(40) && len(command.InstanceIDs) > 0 {
		in.InstanceIds = command.InstanceIDs[:1]
	}
	ctx, stop := context.WithTimeout(p.Context(), time.Second)
	defer stop()
	_, _ = p.client.CancelCommand(ctx, in)
}

// check compares all responses at this time.
func (p *play) check() {
	p.Helper()
	sends := p.server.Sends()
	if len(sends) != p.sent {
		p.Fatalf("%d commands were sent, %d requests accepted", len(sends), p.sent)
	}
	for _, send := range sends {
		list, err := p.client.ListCommands(p.Context(), &ssm.ListCommandsInput{CommandId: &send.Command.CommandID})
		if err != nil {
			p.Fatal(err)
		}
		if len(list.Commands) == 0 {
			if !time.Now().Before(send.At) {
				p.Errorf("%s is not listed", send.Command.CommandID)
			}
			continue
		}
		p.checkCommand(list.Commands[0])
	}
}

func (p *play) checkCommand(m types.Command) {
	p.Helper()
	id := *m.CommandId
	out, err := p.client.ListCommandInvocations(p.Context(), &ssm.ListCommandInvocationsInput{CommandId: &id, Details: true})
	if err != nil {
		p.Fatal(err)
	}
	var completed, errors, undelivered int32
	running := 0
	for _, i := range out.CommandInvocations {
		node, status := *i.InstanceId, string(i.Status)+"/"+*i.StatusDetails
		ran := p.server.Executions(id, node)
		ended := p.checkEnd(id+" "+node, status, isOver(string(i.Status)))
		if got := invocationStatus(p.T, p.client, id, node, ""); got[:len(status)] != status {
			p.Errorf("%s on %s is %s, and %s in the list", id, node, got, status)
		}
		switch {
		case ran > 1:
			p.Errorf("%s ran %d times on %s", id, ran, node)
		case i.Status == "Success" && ran != 1, i.Status == "Failed" && *i.StatusDetails == "Failed" && ran != 1:
			p.Errorf("%s is %s on %s, where it never ran", id, status, node)
		case i.Status == "Failed" && *i.StatusDetails != "Failed" && ran != 0:
			p.Errorf("%s is %s on %s, where it ran", id, status, node)
		case !ended && ran == 1:
			running++
		}
		for _, step := range i.CommandPlugins {
			if ended && !isOver(string(step.Status)) {
				p.Errorf("%s on %s is %s, and its step %s is %s", id, node, status, *step.Name, step.Status)
			}
		}
		if !ended {
			continue
		}
		completed++
		if status == "Failed/Failed" || status == "TimedOut/ExecutionTimedOut" {
			errors++
		}
		if status == "TimedOut/DeliveryTimedOut" {
			undelivered++
		}
	}
	if running > p.limits[id] {
		p.Errorf("%s runs on %d nodes, with MaxConcurrency %d", id, running, p.limits[id])
	}
	if m.TargetCount != int32(len(out.CommandInvocations)) || m.CompletedCount != completed || m.ErrorCount != errors || m.DeliveryTimedOutCount != undelivered {
		p.Errorf("%s counts %d %d %d %d, and its invocations are %d %d %d %d", id, m.TargetCount, m.CompletedCount, m.ErrorCount, m.DeliveryTimedOutCount,
			len(out.CommandInvocations), completed, errors, undelivered)
	}
	ended := p.checkEnd(id, string(m.Status)+"/"+*m.StatusDetails, isOver(string(m.Status)))
	if all := completed == m.TargetCount; ended != all && (m.TargetCount > 0 || ended && *m.StatusDetails != "NoInstancesInTag") {
		p.Errorf("%s is %s with %d of %d invocations completed", id, m.Status, completed, m.TargetCount)
	}
}

// checkEnd checks that a terminal status does not change.
func (p *play) checkEnd(what, status string, ended bool) bool {
	p.Helper()
	if before, ok := p.ended[what]; ok && before != status {
		p.Errorf("%s was %s and is %s", what, before, status)
	}
	if ended {
		p.ended[what] = status
	}
	return ended
}

func isOver(status string) bool {
	switch status {
	case "Success", "Failed", "TimedOut", "Cancelled":
		return true
	}
	return false
}
