// SPDX-License-Identifier: MPL-2.0

package model

import (
	"fmt"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// BenchmarkMap measures the mapping of lists to values.
func BenchmarkMap(b *testing.B) {
	for _, entries := range []int{100, 1000, 10000} {
		invocations := make([]runcommand.NodeInvocation, entries)
		commands := make([]runcommand.Command, entries)
		nodes := make([]runcommand.Node, entries)
		for i := range entries {
			id := fmt.Sprintf("i-%017x", i)
			invocations[i] = runcommand.NodeInvocation{
				CommandID: "5f0c8a52-6d1e-4f7b-9a35-1e2d3c4b5a69", InstanceID: id, DocumentName: "AWS-RunShellScript", RequestedDateTime: sent,
				Status: "Success", StatusDetails: "Success",
				Steps: []runcommand.Step{{Name: "aws:runShellScript", Status: "Success", ResponseCode: number(0), Start: sent, Finish: sent, Output: "output\n"}},
			}
			commands[i] = runcommand.Command{
				CommandID: fmt.Sprintf("5f0c8a52-6d1e-4f7b-9a35-%012x", i), DocumentName: "AWS-RunShellScript", RequestedDateTime: sent, InstanceIDs: []string{id},
				Status: "Success", StatusDetails: "Success", TargetCount: number(1), CompletedCount: number(1), ErrorCount: number(0),
			}
			nodes[i] = runcommand.Node{InstanceID: id, PingStatus: "Online", LastPing: sent, PlatformType: "Linux", ResourceType: "EC2Instance"}
		}
		b.Run(fmt.Sprintf("invocations/entries=%d", entries), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				framework.Objects(NodeInvocationObject, invocations, NodeInvocationValue)
			}
		})
		b.Run(fmt.Sprintf("commands/entries=%d", entries), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				framework.Objects(CommandObject, commands, CommandValue)
			}
		})
		b.Run(fmt.Sprintf("nodes/entries=%d", entries), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				framework.Objects(NodeObject, nodes, NodeValue)
			}
		})
	}
}
