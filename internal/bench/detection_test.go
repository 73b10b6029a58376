// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// reads is how often each command is read: the pauses between polls are random.
var reads = flag.Int("reads", 20, "how often TestDetection reads each command")

// lengths are the run times of the commands whose end is detected.
var lengths = []time.Duration{2 * time.Second, 20 * time.Second, 10 * time.Minute}

// The provider detects completion within 1 second or 20% of the run time, whichever is longer, and
// never more than 10 seconds late. The SDK's CommandExecutedWaiter is measured for comparison.
func TestDetection(t *testing.T) {
	for _, length := range lengths {
		bound := min(max(time.Second, length/5), 10*time.Second)
		var provider, waiter detections
		for range *reads {
			late, requests := detect(t, length, "Success", byProvider)
			if late < 0 || late > bound {
				t.Errorf("the end of a command of %s was detected %s late, the bound is %s", length, late, bound)
			}
			provider.add(late, requests)
			waiter.add(detect(t, length, "Success", byWaiter))
		}
		t.Logf("%s: provider %s; waiter %s", length, provider, waiter)
	}
}

// The waiter returns an error and no output for a command that failed, see decisions/0001.
func TestWaiterReturnsNoOutput(t *testing.T) {
	detect(t, 2*time.Second, "Failed", func(ctx context.Context, client *ssm.Client) error {
		out, err := ssm.NewCommandExecutedWaiter(client).WaitForOutput(ctx, input(), time.Hour)
		if out != nil || err == nil {
			t.Errorf("output %v, error %v: decisions/0001 and BENCHMARKS.md are out of date", out, err)
		}
		return nil
	})
}

// detections are how late the end of a command was detected by several reads.
type detections struct {
	n, requests int
	sum, worst  time.Duration
}

func (d *detections) add(late time.Duration, requests int) {
	d.n, d.requests, d.sum, d.worst = d.n+1, d.requests+requests, d.sum+late, max(d.worst, late)
}

func (d detections) String() string {
	return fmt.Sprintf("%.2f s late, worst %.2f s, %.0f requests",
		d.sum.Seconds()/float64(d.n), d.worst.Seconds(), float64(d.requests)/float64(d.n))
}

func input() *ssm.GetCommandInvocationInput {
	return &ssm.GetCommandInvocationInput{CommandId: aws.String(commandID), InstanceId: aws.String(nodeID(0))}
}

func byProvider(ctx context.Context, client *ssm.Client) error {
	_, err := runcommand.New(client, runcommand.Options{Region: "us-east-1"}).Invocation(ctx, runcommand.InvocationQuery{
		CommandID: commandID, InstanceID: nodeID(0), Visibility: 30 * time.Second, Timeout: time.Hour,
	})
	return err
}

// byWaiter is the waiter with its defaults: pauses of 5 s to 120 s.
func byWaiter(ctx context.Context, client *ssm.Client) error {
	return ssm.NewCommandExecutedWaiter(client).Wait(ctx, input(), time.Hour)
}

// detect waits for a command that starts now, in virtual time. It returns how long after the end of
// the command the wait returned, and how many requests it made.
func detect(t *testing.T, length time.Duration, status string, wait func(context.Context, *ssm.Client) error) (late time.Duration, requests int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := fakeaws.New(running(length, status))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err = wait(t.Context(), ssm.New(ssm.Options{
			Region:      "us-east-1",
			HTTPClient:  &http.Client{Transport: server.Transport()},
			Credentials: credentials.NewStaticCredentialsProvider("bench", "bench", ""),
		}))
		if err != nil {
			t.Fatalf("after %s: %v", time.Since(began), err)
		}
		late, requests = time.Since(began)-length, server.Count("")
	})
	return late, requests
}
