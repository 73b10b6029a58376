// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// equal is a command of another caller that differs from the request by one thing, or by nothing.
func equal(sentAt fakeaws.Seconds, change ...func(*fakeaws.Command)) fakeaws.Command {
	c := fakeaws.Command{
		CommandID: command, Comment: "terraform 0a1b2c3d", DocumentName: "AWS-RunShellScript", SentAt: sentAt,
		Parameters: map[string][]string{"commands": {"echo " + secretValue}}, InstanceIDs: []string{node},
		Invocations: []fakeaws.Invocation{{InstanceID: node}},
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// TestSearchComparesEverything is a command of another caller that differs in one member: it is not
// adopted.
func TestSearchComparesEverything(t *testing.T) {
	for name, change := range map[string]func(*fakeaws.Command){
		"document": func(c *fakeaws.Command) { c.DocumentName = "AWS-RunPowerShellScript" },
		"version":  func(c *fakeaws.Command) { c.DocumentVersion = "$LATEST" },
		"nodes":    func(c *fakeaws.Command) { c.InstanceIDs = []string{node, otherNode} },
		"other nodes": func(c *fakeaws.Command) {
			c.InstanceIDs, c.Invocations = []string{otherNode}, []fakeaws.Invocation{{InstanceID: otherNode}}
		},
		"targets": func(c *fakeaws.Command) {
			c.InstanceIDs, c.Targets = nil, []fakeaws.Target{{Key: "tag:role", Values: []string{"web"}}}
		},
		"comment":         func(c *fakeaws.Command) { c.Comment = "terraform 0a1b2c3e" },
		"no comment":      func(c *fakeaws.Command) { c.Comment = "" },
		"parameters":      func(c *fakeaws.Command) { c.Parameters = map[string][]string{"commands": {"echo"}} },
		"more parameters": func(c *fakeaws.Command) { c.Parameters["workingDirectory"] = []string{"/"} },
		"timeout":         func(c *fakeaws.Command) { c.TimeoutSeconds = 600 },
		"concurrency":     func(c *fakeaws.Command) { c.MaxConcurrency = "1" },
		"errors":          func(c *fakeaws.Command) { c.MaxErrors = "1" },
		"bucket":          func(c *fakeaws.Command) { c.OutputS3BucketName = "outputs" },
		"role":            func(c *fakeaws.Command) { c.ServiceRole = "arn:aws:iam::123456789012:role/sns" },
		"notification": func(c *fakeaws.Command) {
			c.NotificationConfig = fakeaws.NotificationConfig{NotificationARN: "arn:aws:sns:us-east-1:123456789012:topic"}
		},
		"log group": func(c *fakeaws.Command) { c.CloudWatchOutputConfig.CloudWatchOutputEnabled = true },
		"alarm":     func(c *fakeaws.Command) { c.AlarmConfiguration.Alarms = []string{"alarm"} },
		"nothing":   nil,
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes(fault(fakeaws.Drop))
				script.Commands = []fakeaws.Command{equal(2)}
				if change != nil {
					script.Commands = []fakeaws.Command{equal(2, change)}
				}
				c, _ := serve(t, script)
				if change == nil {
					if sent := send(t, c, request()); sent.Command.CommandID != command {
						t.Errorf("%+v", sent)
					}
					return
				}
				if err := notSent[*PerhapsSentError](t, c, request()); len(err.Candidates) > 0 {
					t.Errorf("%+v", err.Candidates)
				}
			})
		})
	}
}

// TestSearchSince is an equal command that was sent before the request, by the service's clock.
func TestSearchSince(t *testing.T) {
	for name, c := range map[string]struct {
		kind    fakeaws.FaultKind
		skew    fakeaws.Seconds
		sentAt  fakeaws.Seconds
		adopted bool
	}{
		"a minute before":                       {fakeaws.Drop, 0, -60, false},
		"four seconds before":                   {fakeaws.Drop, 0, -4, false},
		"a second later":                        {fakeaws.Drop, 0, 1, true},
		"before, and the clock is ahead":        {fakeaws.Drop, 240, -4, false},
		"later, and the clock is ahead":         {fakeaws.Drop, 240, 1, true},
		"before, and the clock is behind":       {fakeaws.Drop, -240, -4, false},
		"later, and the clock is behind":        {fakeaws.Drop, -240, 1, true},
		"before, and the error has the time":    {fakeaws.InternalError, 3600, -4, false},
		"later, and the error has the time":     {fakeaws.InternalError, 3600, 1, true},
		"later, and the clock is an hour ahead": {fakeaws.InternalError, 3600, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes(fault(c.kind))
				script.ClockSkew, script.Commands = c.skew, []fakeaws.Command{equal(c.sentAt)}
				client, server := serve(t, script)
				sent, err := client.Send(t.Context(), request())
				if (err == nil) != c.adopted || c.adopted && sent.Command.CommandID != command {
					t.Errorf("%v %+v", err, sent)
				}
				if server.Count("SendCommand") != 1 {
					t.Errorf("%d requests", server.Count("SendCommand"))
				}
			})
		})
	}
}

// dateless removes what tells the service's time.
type dateless struct{ aws http.RoundTripper }

func (d dateless) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := d.aws.RoundTrip(r)
	if err == nil {
		response.Header.Del("Date")
	}
	return response, err
}

// TestSearchWithoutClock is a service that does not tell the time, and whose clock is behind: an
// equal command can be older than the request, unless no other has the comment.
func TestSearchWithoutClock(t *testing.T) {
	for _, unique := range []bool{false, true} {
		t.Run(fmt.Sprint(unique), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes(fault(fakeaws.Drop, takesEffect))
				script.ClockSkew = -240
				server, err := fakeaws.New(script)
				if err != nil {
					t.Fatal(err)
				}
				c, q := over(dateless{server.Transport()}), request(func(q *SendRequest) { q.UniqueComment = unique })
				if unique {
					if sent := send(t, c, q); !sent.Adopted {
						t.Errorf("%+v", sent)
					}
					return
				}
				if err := notSent[*PerhapsSentError](t, c, q); !err.Undated || len(err.Candidates) != 1 {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

// TestSearchWithImpreciseClock is an equal command that is ten seconds older than the request, and
// a first response that took longer than that, so that its Date does not tell which came first.
func TestSearchWithImpreciseClock(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes(fault(fakeaws.Drop), fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.Late, Delay: 20})
		script.Commands = []fakeaws.Command{equal(-10)}
		c, _ := serve(t, script)
		if err := notSent[*PerhapsSentError](t, c, request()); len(err.Candidates) > 0 || err.Undated || !err.Complete {
			t.Errorf("%+v", err)
		}
	})
}

// TestRejectionOfEarlierRequest loses the response to a request whose earlier attempt was
// throttled, and interrupts the operation. The rejection of the earlier attempt does not show
// whether the service accepted the later one.
func TestRejectionOfEarlierRequest(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(fault(fakeaws.Throttle), fault(fakeaws.Silent, takesEffect)))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		sent, err := c.Send(ctx, request())
		if err != nil || !sent.Adopted || server.Count("SendCommand") != 2 {
			t.Errorf("%T %v, %+v after %d requests", err, err, sent, server.Count("SendCommand"))
		}
		executed(t, server, 1)
	})
}

// TestSearchFindsSeveral is an equal command of another caller beside the one that was sent, or
// alone, twice.
func TestSearchFindsSeveral(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes(fault(fakeaws.Drop, takesEffect))
		script.Commands = []fakeaws.Command{equal(0)}
		c, server := serve(t, script)
		err := notSent[*PerhapsSentError](t, c, request())
		if len(err.Candidates) != 2 || err.Candidates[0].Parameters != nil || err.Candidates[1].Parameters != nil || err.Complete {
			t.Errorf("%+v", err)
		}
		executed(t, server, 1)
	})
}

// TestSearchDenied is a caller that may send and may not list.
func TestSearchDenied(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(fault(fakeaws.Drop, takesEffect), fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.AccessDenied, Times: -1}))
		err := notSent[*PerhapsSentError](t, c, request())
		if err.Denied == nil || err.Denied.Code != "AccessDeniedException" || err.Complete || server.Count("SendCommand") != 1 {
			t.Errorf("%+v", err)
		}
		elapsedBetween(t, epoch, 0, time.Second)
	})
}

// TestSearchSurvives is a search whose requests fail for a while, also more often than a read would
// bear.
func TestSearchSurvives(t *testing.T) {
	for _, kind := range []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.Drop, fakeaws.Empty200, fakeaws.HTML200,
		fakeaws.TruncateBody, fakeaws.WrongCommand, fakeaws.ExpiredToken, fakeaws.Unreachable} {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := fakeaws.Fault{Operation: "ListCommands", Kind: kind, Times: 8}
				if kind == fakeaws.ExpiredToken {
					f.Times = 1
				}
				c, server := serve(t, nodes(fault(fakeaws.Drop, takesEffect), f), func(o *Options) { o.MaxAttempts, o.RenewCredentials = 2, func() {} })
				if sent := send(t, c, request()); !sent.Adopted {
					t.Errorf("%+v", sent)
				}
				executed(t, server, 1)
			})
		})
	}
}

// TestCommandListedLate searches for commands that ListCommands returns late, or that the service
// accepted late.
func TestCommandListedLate(t *testing.T) {
	for name, c := range map[string]struct {
		listed, accepted fakeaws.Seconds
		adopted          bool
	}{
		"listed late":               {55, 0, true},
		"accepted late":             {0, 55, true},
		"accepted just in time":     {0, 59.9, true},
		"accepted after the search": {0, 61, false},
		"listed after the search":   {61, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes(fault(fakeaws.Drop, takesEffectAfter(c.accepted)))
				script.Behavior.CommandListedAfter = c.listed
				client, server := serve(t, script)
				sent, err := client.Send(t.Context(), request())
				if (err == nil) != c.adopted {
					t.Errorf("%v %+v", err, sent)
				}
				executed(t, server, 1)
			})
		})
	}
}

// TestLostCommandOfEqualRequest has a command that appears after its search, during the search for
// an equal command. The second search does not adopt it.
func TestLostCommandOfEqualRequest(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(fault(fakeaws.Drop, takesEffectAfter(70)), fault(fakeaws.Drop)))
		notSent[*PerhapsSentError](t, c, request())
		err := notSent[*PerhapsSentError](t, c, request())
		if !err.EarlierLost || len(err.Candidates) != 1 {
			t.Errorf("%+v", err)
		}
		if sent := send(t, c, request()); sent.Adopted {
			t.Errorf("%+v", sent)
		}
		executed(t, server, 2)
	})
}

// TestAdoptedCommandIsNoOthers is a command that was adopted, and an equal one that was lost at the
// same moment: the service's clock does not tell them apart.
func TestAdoptedCommandIsNoOthers(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(fault(fakeaws.Drop, takesEffect), fault(fakeaws.Drop)))
		if sent := send(t, c, request()); !sent.Adopted {
			t.Errorf("%+v", sent)
		}
		if err := notSent[*PerhapsSentError](t, c, request()); len(err.Candidates) > 0 {
			t.Errorf("%+v", err)
		}
		executed(t, server, 1)
	})
}

// TestClaimedCommand is a command that the caller knows to be another one's.
func TestClaimedCommand(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes(fault(fakeaws.Drop))
		script.Commands = []fakeaws.Command{equal(2)}
		c, _ := serve(t, script)
		c.Claim(command)
		if err := notSent[*PerhapsSentError](t, c, request()); len(err.Candidates) > 0 {
			t.Errorf("%+v", err)
		}
	})
}

// TestFindSent finds a command later, by what was kept of an error.
func TestFindSent(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes(fault(fakeaws.Drop, takesEffectAfter(100)))
		script.ClockSkew = 1000
		script.Commands = []fakeaws.Command{equal(-30), equal(1000, func(c *fakeaws.Command) { c.CommandID = otherID })}
		c, server := serve(t, script)
		lost := notSent[*PerhapsSentError](t, c, request())
		kept, err := json.Marshal(lost.Request)
		if err != nil {
			t.Fatal(err)
		}
		var want Fingerprint
		if err := json.Unmarshal(kept, &want); err != nil {
			t.Fatal(err)
		}
		find := func(others ...string) []Command {
			c := over(server.Transport()) // Another process.
			for _, id := range others {
				c.Claim(id)
			}
			found, claimed, err := c.FindSent(t.Context(), want, lost.Within, time.Minute)
			if err != nil || len(claimed) != len(others) {
				t.Fatal(err, claimed)
			}
			return found
		}
		if found := find(); len(found) != 0 {
			t.Errorf("%+v", found)
		}
		<-time.After(time.Hour)
		if found := find(); len(found) != 1 || found[0].CommandID != server.Sends()[0].Command.CommandID {
			t.Errorf("%+v", found)
		}
		if found := find(server.Sends()[0].Command.CommandID); len(found) != 0 {
			t.Errorf("it found the command of another request: %+v", found)
		}
	})
}

// TestClockThatWasSet is a clock of which two responses contradict each other, by less than two
// hosts can and by more, and a clock of this machine that was set during the request.
func TestClockThatWasSet(t *testing.T) {
	virtual(t, func(t *testing.T) {
		for apart, want := range map[time.Duration]bool{0: true, time.Second: true, -time.Second: true, 3 * time.Second: false, time.Hour: false, -time.Hour: false} {
			var c clock
			for _, ahead := range []time.Duration{apart, 0} {
				header := http.Header{"Date": {time.Now().Add(ahead).UTC().Format(http.TimeFormat)}, "X-Amzn-Requestid": {"r"}}
				c.observe(&smithyhttp.Response{Response: &http.Response{Header: header}}, time.Now())
			}
			if c.precise() != want {
				t.Errorf("two responses %s apart are precise: %v", apart, !want)
			}
		}
		if !steady(time.Now().Add(-time.Hour)) || isSteady(time.Hour, time.Minute) || isSteady(-time.Hour, time.Minute) || !isSteady(time.Hour+time.Millisecond, time.Hour) {
			t.Error("whether a clock was set")
		}
	})
}

// TestFindSentAfterEqualSend is a request that was lost, and an equal one that was sent after the
// search. Another process, which does not know that the command belongs to the second one, can tell
// by the time that it may not be that of the first one.
func TestFindSentAfterEqualSend(t *testing.T) {
	for name, accepted := range map[string]bool{"the first was accepted": true, "the first was not accepted": false} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				listing := fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.HTML503, Times: -1, Until: 80}
				c, server := serve(t, nodes(fault(fakeaws.Drop, func(f *fakeaws.Fault) { f.Accepted = accepted }), listing))
				lost := notSent[*PerhapsSentError](t, c, request())
				if !accepted {
					send(t, c, request())
				}
				<-time.After(time.Minute)
				found, _, err := over(server.Transport()).FindSent(t.Context(), lost.Request, lost.Within, time.Minute)
				if err != nil || len(found) != 1 || lost.Within.Prompt(&found[0]) != accepted {
					t.Errorf("%v %+v", err, found)
				}
			})
		})
	}
}

// TestClaimsAreShared is a command that another Client of the process knows.
func TestClaimsAreShared(t *testing.T) {
	virtual(t, func(t *testing.T) {
		_, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{equal(-30)}})
		claims := &Claims{}
		shared := func(o *Options) { o.Claims = claims }
		if !over(server.Transport(), shared).Claim(otherID) || over(server.Transport(), shared).Claim(strings.ToUpper(otherID)) {
			t.Error("the claim is not that of both Clients")
		}
		if !over(server.Transport()).Claim(otherID) {
			t.Error("the claim is that of a Client without shared claims")
		}
	})
}

// TestInterruptedSend is an interrupt, or the end of the time, in each phase.
func TestInterruptedSend(t *testing.T) {
	describe := fakeaws.Fault{Operation: "DescribeInstanceInformation", Kind: fakeaws.AccessDenied, Times: -1}
	listing := fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.Silent, Times: -1}
	late := func(d fakeaws.Seconds) fakeaws.Fault {
		return fault(fakeaws.Late, func(f *fakeaws.Fault) { f.Delay = d })
	}
	for name, c := range map[string]struct {
		faults     []fakeaws.Fault
		change     func(*SendRequest)
		at         time.Duration // Of the interrupt.
		until      time.Duration // When Send returns, at the latest.
		sent       bool
		perhaps    bool
		executions int
	}{
		"before the first request":     {at: -1, until: 0},
		"throttled":                    {faults: []fakeaws.Fault{fault(fakeaws.Throttle, forever)}, at: 20 * time.Second, until: 20 * time.Second},
		"nodes are not ready":          {faults: []fakeaws.Fault{fault(fakeaws.ServiceError, forever, func(f *fakeaws.Fault) { f.Code = "InvalidInstanceId" }), describe}, at: 60 * time.Second, until: 60 * time.Second},
		"unreachable":                  {faults: []fakeaws.Fault{fault(fakeaws.Unreachable, forever)}, at: 20 * time.Second, until: 20 * time.Second},
		"response on its way":          {faults: []fakeaws.Fault{late(14)}, at: 5 * time.Second, until: 14 * time.Second, sent: true, executions: 1},
		"response too late, accepted":  {faults: []fakeaws.Fault{late(29)}, at: 5 * time.Second, until: 16 * time.Second, sent: true, executions: 1},
		"silent, not accepted":         {faults: []fakeaws.Fault{fault(fakeaws.Silent)}, at: 5 * time.Second, until: 25 * time.Second, perhaps: true},
		"silent, accepted":             {faults: []fakeaws.Fault{fault(fakeaws.Silent, takesEffect)}, at: 5 * time.Second, until: 16 * time.Second, sent: true, executions: 1},
		"silent, nothing answers":      {faults: []fakeaws.Fault{fault(fakeaws.Silent, takesEffect), listing}, at: 5 * time.Second, until: 25 * time.Second, perhaps: true, executions: 1},
		"a refusal on its way":         {faults: []fakeaws.Fault{fault(fakeaws.ServiceError, func(f *fakeaws.Fault) { f.Code, f.Delay = "InvalidDocument", 10 })}, at: 5 * time.Second, until: 10 * time.Second},
		"searching":                    {faults: []fakeaws.Fault{fault(fakeaws.Drop)}, at: 30 * time.Second, until: 40 * time.Second, perhaps: true},
		"searching, and then accepted": {faults: []fakeaws.Fault{fault(fakeaws.Drop, takesEffectAfter(35))}, at: 30 * time.Second, until: 40 * time.Second, sent: true, executions: 1},
	} {
		for how, interrupt := range map[string]func(context.Context, *SendRequest, *Options, time.Duration) context.Context{
			"context": func(ctx context.Context, _ *SendRequest, _ *Options, at time.Duration) context.Context {
				ctx, cancel := context.WithCancel(ctx)
				if at < 0 {
					cancel()
				}
				time.AfterFunc(at, cancel)
				return ctx
			},
			"interrupt": func(ctx context.Context, _ *SendRequest, o *Options, at time.Duration) context.Context {
				stop, cancel := context.WithCancel(ctx)
				if at < 0 {
					cancel()
				}
				time.AfterFunc(at, cancel)
				o.Interrupt = stop
				return ctx
			},
			"deadline": func(ctx context.Context, q *SendRequest, _ *Options, at time.Duration) context.Context {
				q.Timeout = at
				return ctx
			},
		} {
			t.Run(name+" by "+how, func(t *testing.T) {
				virtual(t, func(t *testing.T) {
					q := request()
					var ctx context.Context
					client, server := serve(t, nodes(c.faults...), func(o *Options) { ctx = interrupt(t.Context(), &q, o, c.at) })
					sent, err := client.Send(ctx, q)
					took := time.Since(epoch)
					var perhaps bool
					if e, ok := err.(*PerhapsSentError); ok { //nolint:errorlint // It comes bare.
						perhaps = true
						if !e.Interrupted || e.Complete {
							t.Errorf("%+v", e)
						}
					}
					if (sent.Command.CommandID != "") != c.sent || perhaps != c.perhaps || (err == nil) != c.sent {
						t.Errorf("%+v, %T %v", sent, err, err)
					}
					var refusal *RefusedError
					if errors.As(err, &refusal) != (name == "a refusal on its way") {
						t.Errorf("%T %v", err, err)
					}
					if took < max(c.at, 0)-time.Second || took > c.until+time.Second {
						t.Errorf("returned after %s, want %s to %s", took, c.at, c.until)
					}
					executed(t, server, c.executions)
				})
			})
		}
	}
}

// TestSlowCredentials is an interrupt while nothing has been sent: it does not wait for anything.
func TestSlowCredentials(t *testing.T) {
	virtual(t, func(t *testing.T) {
		server, err := fakeaws.New(nodes())
		if err != nil {
			t.Fatal(err)
		}
		c := over(server.Transport())
		c.options.Sender = slowSender{c.api}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		notSentIn[*InterruptedError](ctx, t, c, request())
		elapsedBetween(t, epoch, 5*time.Second, 5*time.Second)
		executed(t, server, 0)
	})
}

// slowSender is a sender that is held up before it makes a request.
type slowSender struct{ SendAPI }

func (s slowSender) SendCommand(ctx context.Context, in *ssm.SendCommandInput, o ...func(*ssm.Options)) (*ssm.SendCommandOutput, error) {
	select {
	case <-time.After(time.Hour):
		return s.SendAPI.SendCommand(ctx, in, o...)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestObservedAttempts is that the requests of a send and of its search are observed.
func TestObservedAttempts(t *testing.T) {
	virtual(t, func(t *testing.T) {
		var operations []string
		c, _ := serve(t, nodes(fault(fakeaws.Drop, takesEffect)), func(o *Options) {
			o.Observe = func(_ context.Context, a awscall.Attempt) { operations = append(operations, a.Operation+" "+a.Outcome) }
		})
		send(t, c, request())
		if len(operations) != 2 || operations[0] != "SendCommand no response" || operations[1] != "ListCommands 200" {
			t.Errorf("%q", operations)
		}
	})
}
