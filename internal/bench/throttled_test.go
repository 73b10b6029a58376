// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// BenchmarkThrottled reads complete invocations, ten at a time, from a service that throttles, in
// both retry modes. It runs in real time, because the limiter of the adaptive mode sleeps for less
// than a nanosecond, which does not end in virtual time.
func BenchmarkThrottled(b *testing.B) {
	for name, limit := range map[string]limit{
		"10-per-second": {rate: 10, burst: 10},
		"no-burst":      {rate: 10, burst: 1},
		"first-30":      {rate: 1000, burst: 1000, first: 30},
	} {
		for _, count := range []int{10, 50, 200} {
			for _, mode := range []string{"standard", "adaptive"} {
				b.Run(fmt.Sprintf("%s/%d/%s", name, count, mode), func(b *testing.B) {
					rejected := 0
					for range b.N {
						rejected += readThrottled(b, limit, count, mode)
					}
					b.ReportMetric(float64(rejected)/float64(b.N), "rejected/op")
				})
			}
		}
	}
}

// readThrottled reads the invocations and returns how many requests were rejected.
func readThrottled(b *testing.B, limit limit, count int, mode string) int {
	b.Helper()
	fake, err := fakeaws.New(completeOn(count))
	if err != nil {
		b.Fatal(err)
	}
	service := &throttling{next: fake, limit: limit, tokens: limit.burst, last: time.Now()}
	server := httptest.NewServer(service)
	defer server.Close()
	clients, err := awsclient.New(awsclient.Options{
		Region: "us-east-1", AccessKey: "bench", SecretKey: "benchmark", RetryMode: mode,
		Endpoints: awsclient.Endpoints{SSM: server.URL},
	})
	if err != nil {
		b.Fatal(err)
	}
	api, err := clients.SSM(b.Context(), "us-east-1")
	if err != nil {
		b.Fatal(err)
	}
	client := runcommand.New(api, runcommand.Options{Region: "us-east-1"})

	nodes := make(chan string)
	var readers sync.WaitGroup
	for range 10 {
		readers.Go(func() {
			for node := range nodes {
				_, err := client.Invocation(b.Context(), runcommand.InvocationQuery{
					CommandID: commandID, InstanceID: node, Visibility: 30 * time.Second, Timeout: time.Hour,
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for n := range count {
		nodes <- nodeID(n)
	}
	close(nodes)
	readers.Wait()
	return service.rejected
}

// limit is the number of requests that a service accepts: rate per second after a burst, and none
// of the first.
type limit struct {
	rate, burst float64
	first       int
}

// throttling is a service with a limit. Each response takes 30 ms.
type throttling struct {
	next http.Handler
	limit

	mu       sync.Mutex
	tokens   float64
	last     time.Time
	rejected int
}

// ServeHTTP responds to a request.
func (s *throttling) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	accepted := s.accepts()
	time.Sleep(30 * time.Millisecond)
	if accepted {
		s.next.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprint(w, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
}

func (s *throttling) accepts() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.tokens = min(s.burst, s.tokens+now.Sub(s.last).Seconds()*s.rate)
	s.last = now
	if s.tokens < 1 || s.rejected < s.first {
		s.rejected++
		return false
	}
	s.tokens--
	return true
}
