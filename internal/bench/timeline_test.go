// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// record makes TestTimeline write its measurement instead of comparing it: see `make record`.
var record = flag.Bool("record", false, "write the measurement of TestTimeline for images/timeline.svg")

// timelineFile has the measurement that internal/pictures draws.
var timelineFile = filepath.Join("..", "pictures", "data", "timeline.json")

// The command of the timeline, in seconds since SendCommand.
const visibleAt, startedAt, completeAt = 4, 9, 600

// timeline is the content of timelineFile. All times are in seconds since SendCommand.
type timeline struct {
	Visible  float64  `json:"visible"`  // Until then, GetCommandInvocation returns InvocationDoesNotExist.
	Started  float64  `json:"started"`  // Until then, the status is Pending.
	Complete float64  `json:"complete"` // Until then, the status is InProgress, and then Success.
	Reads    int      `json:"reads"`    // Number of reads that each of the following figures is from.
	Provider requests `json:"provider"`
	Waiter   requests `json:"waiter"`
}

// requests are those of the read with the median delay, and the delays of all reads.
type requests struct {
	Times     []float64 `json:"times"`    // Those of GetCommandInvocation.
	Requests  int       `json:"requests"` // With those of ListCommandInvocations, once a minute.
	Late      float64   `json:"late"`
	MeanLate  float64   `json:"mean_late"`
	WorstLate float64   `json:"worst_late"`
}

// TestTimeline measures when the provider and the SDK's waiter poll, in virtual time. The picture
// shows an earlier measurement: its command is the one of this test, its pauses are those of
// today's rules, and the provider of today is as late as the one of the picture.
func TestTimeline(t *testing.T) {
	if *record {
		const reads = 201
		text, err := json.MarshalIndent(timeline{
			Visible: visibleAt, Started: startedAt, Complete: completeAt, Reads: reads,
			Provider: readOften(t, reads, byProvider), Waiter: readOften(t, reads, byWaiter),
		}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(timelineFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(timelineFile)
	if err != nil {
		t.Fatal(err)
	}
	var drawn timeline
	if err := json.Unmarshal(text, &drawn); err != nil {
		t.Fatal(err)
	}
	const advice = "run `make record` and look at images/timeline.svg"
	if drawn.Visible != visibleAt || drawn.Started != startedAt || drawn.Complete != completeAt {
		t.Errorf("the picture shows another command: %s", advice)
	}
	pauses(t, "the provider", drawn.Provider.Times, func(waited float64) (shortest, longest float64) {
		longest = min(max(1, waited/5), 10)
		return 0.9 * longest, longest
	})
	pauses(t, "the SDK's waiter", drawn.Waiter.Times, func(float64) (shortest, longest float64) { return 5, 120 })
	// The mean of 21 reads differs from that of all by 0.6 s.
	now := readOften(t, 21, byProvider)
	if math.Abs(now.MeanLate-drawn.Provider.MeanLate) > 3 {
		t.Errorf("the provider is %.2f s late on average, and %.2f s in the picture: %s", now.MeanLate, drawn.Provider.MeanLate, advice)
	}
	if math.Abs(float64(now.Requests-drawn.Provider.Requests)) > 6 {
		t.Errorf("the provider makes %d requests, and %d in the picture: %s", now.Requests, drawn.Provider.Requests, advice)
	}
}

// pauses compares the pauses between polls with limits, which depend on the time since SendCommand.
func pauses(t *testing.T, name string, times []float64, limits func(float64) (shortest, longest float64)) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		pause := times[i] - times[i-1]
		if shortest, longest := limits(times[i-1]); pause < shortest-0.02 || pause > longest+0.02 { // The times are rounded.
			t.Errorf("in the picture, %s pauses for %.2f s after %.2f s: its rules allow %.2f s to %.2f s", name, pause, times[i-1], shortest, longest)
		}
	}
}

// readOften returns the requests of the read whose delay is the median.
func readOften(t *testing.T, n int, wait func(context.Context, *ssm.Client) error) requests {
	t.Helper()
	var reads []requests
	var sum float64
	for range n {
		read := readTimeline(t, wait)
		sum += read.Late
		reads = append(reads, read)
	}
	slices.SortFunc(reads, func(a, b requests) int { return cmp.Compare(a.Late, b.Late) })
	median := reads[n/2]
	median.MeanLate = hundredths(sum / float64(n))
	median.WorstLate = reads[n-1].Late
	return median
}

// readTimeline waits for the command of the timeline once. Responses take no time.
func readTimeline(t *testing.T, wait func(context.Context, *ssm.Client) error) (read requests) {
	t.Helper()
	command := running(completeAt*time.Second, "Success")
	invocation := &command.Commands[0].Invocations[0]
	invocation.VisibleAfter = visibleAt
	invocation.Steps[0].Timeline = []fakeaws.Moment{
		{Status: "Pending"}, {At: startedAt, Status: "InProgress"}, {At: completeAt, Status: "Success"},
	}
	synctest.Test(t, func(t *testing.T) {
		server, err := fakeaws.New(command)
		if err != nil {
			t.Fatal(err)
		}
		err = wait(t.Context(), ssm.New(ssm.Options{
			Region:      "us-east-1",
			HTTPClient:  &http.Client{Transport: server.Transport()},
			Credentials: credentials.NewStaticCredentialsProvider("bench", "bench", ""),
			Retryer:     aws.NopRetryer{},
		}))
		if err != nil {
			t.Fatalf("after %s: %v", time.Since(server.Start()), err)
		}
		for _, request := range server.Requests() {
			if request.Operation == "GetCommandInvocation" {
				read.Times = append(read.Times, hundredths(request.At.Sub(server.Start()).Seconds()))
			}
		}
		read.Requests = server.Count("")
		read.Late = hundredths(time.Since(server.Start()).Seconds() - completeAt)
	})
	return read
}

func hundredths(seconds float64) float64 { return math.Round(seconds*100) / 100 }
