// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"fmt"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// BenchmarkPages measures a list of invocations, 50 a page, from the request to the sorted entries.
// The fake runs in the same process and is measured too.
func BenchmarkPages(b *testing.B) {
	for _, entries := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("entries=%d", entries), func(b *testing.B) {
			invocations := make([]fakeaws.Invocation, entries)
			for i := range invocations {
				invocations[i] = fakeaws.Invocation{InstanceID: fmt.Sprintf("i-%017x", i), Steps: []fakeaws.Step{done(0, 0, "output\n")}}
			}
			server, err := fakeaws.New(fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, Invocations: invocations}}})
			if err != nil {
				b.Fatal(err)
			}
			client := over(server.Transport())
			b.ReportAllocs()
			for b.Loop() {
				result, err := client.Invocations(b.Context(), InvocationsQuery{CommandID: command, Visibility: time.Minute, Timeout: time.Hour})
				if err != nil || len(result.Invocations) != entries {
					b.Fatalf("%d entries, error %v", len(result.Invocations), err)
				}
			}
		})
	}
}
