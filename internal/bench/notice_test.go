package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// TestNotice holds the promise of the polling schedule against the service's
// stand-in: an end is noticed late by a second, or a fifth of the run time, and by
// ten seconds at most. It measures the SDK's CommandExecutedWaiter beside it.
//
// With BENCH_NOTICE it measures more reads, and writes them to that file for the
// report.
func TestNotice(t *testing.T) {
	file, reads := os.Getenv("BENCH_NOTICE"), 20
	if file != "" {
		reads = 200
	}
	var all []notice
	for _, length := range lengths {
		n := notice{Length: length, Reads: reads}
		promise := min(max(time.Second, length/5), 10*time.Second)
		for range reads {
			late, requests := watch(t, length, "Success", byReader)
			if late < 0 || late > promise {
				t.Errorf("the end of %s was noticed %s late, the promise is %s", length, late, promise)
			}
			n.Mean, n.Worst, n.Requests = n.Mean+late, max(n.Worst, late), n.Requests+float64(requests)

			late, requests = watch(t, length, "Success", byWaiter)
			n.WaiterMean, n.WaiterWorst, n.WaiterRequests = n.WaiterMean+late, max(n.WaiterWorst, late), n.WaiterRequests+float64(requests)
		}
		n.Mean, n.WaiterMean = n.Mean/time.Duration(reads), n.WaiterMean/time.Duration(reads)
		n.Requests, n.WaiterRequests = n.Requests/float64(reads), n.WaiterRequests/float64(reads)
		watch(t, length, "Failed", func(ctx context.Context, client *ssm.Client) error {
			out, err := ssm.NewCommandExecutedWaiter(client).WaitForOutput(ctx, input(), time.Hour)
			n.WaiterForgetsOutput = out == nil && err != nil
			return nil
		})
		all = append(all, n)
	}
	if file == "" {
		return
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func input() *ssm.GetCommandInvocationInput {
	return &ssm.GetCommandInvocationInput{CommandId: aws.String(commandID), InstanceId: aws.String(nodeID(0))}
}

func byReader(ctx context.Context, client *ssm.Client) error {
	_, err := runcommand.New(client, runcommand.Options{Region: "us-east-1"}).Invocation(ctx, runcommand.InvocationQuery{
		CommandID: commandID, InstanceID: nodeID(0), Visibility: 30 * time.Second, Timeout: time.Hour,
	})
	return err
}

// byWaiter is the waiter as the SDK ships it: 5 s to 120 s between looks.
func byWaiter(ctx context.Context, client *ssm.Client) error {
	return ssm.NewCommandExecutedWaiter(client).Wait(ctx, input(), time.Hour)
}

// watch waits for a command that starts now, in virtual time, and returns how long
// after its end the wait came back and how many requests it made.
func watch(t *testing.T, length time.Duration, end string, wait func(context.Context, *ssm.Client) error) (late time.Duration, requests int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := fakeaws.New(fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID: commandID,
			Invocations: []fakeaws.Invocation{{InstanceID: nodeID(0), Steps: []fakeaws.Step{{
				Timeline:       []fakeaws.Moment{{Status: "InProgress"}, {At: fakeaws.Seconds(length.Seconds()), Status: end}},
				StandardOutput: "done\n",
			}}}},
		}}})
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
