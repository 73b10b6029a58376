// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"fmt"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// The command that everything reads, and its nodes.
const commandID = "5f0c8a52-6d1e-4f7b-9a35-1e2d3c4b5a69"

func nodeID(n int) string { return fmt.Sprintf("i-%017x", n) }

// completeOn is a command that is complete on so many nodes, with a little output.
func completeOn(nodes int) fakeaws.Script {
	invocations := make([]fakeaws.Invocation, nodes)
	for n := range invocations {
		invocations[n] = invocation(n, 2*time.Second, "Success", fmt.Sprintf("hello from %d\n", n))
	}
	return fakeaws.Script{Commands: []fakeaws.Command{{CommandID: commandID, SentAt: -60, Invocations: invocations}}}
}

// running is a command that is sent now and runs for so long on one node.
func running(length time.Duration, status string) fakeaws.Script {
	return fakeaws.Script{Commands: []fakeaws.Command{{
		CommandID: commandID, Invocations: []fakeaws.Invocation{invocation(0, length, status, "done\n")},
	}}}
}

func invocation(n int, length time.Duration, status, output string) fakeaws.Invocation {
	return fakeaws.Invocation{InstanceID: nodeID(n), Steps: []fakeaws.Step{{
		Timeline:       []fakeaws.Moment{{Status: "InProgress"}, {At: fakeaws.Seconds(length.Seconds()), Status: status}},
		StandardOutput: output,
	}}}
}
