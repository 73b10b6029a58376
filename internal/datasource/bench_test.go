// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// BenchmarkRead measures the plural data sources from the request of Terraform to the encoded
// state. The fake runs in the same process and is measured too.
func BenchmarkRead(b *testing.B) {
	for _, kind := range []string{"ssm_command_invocations", "ssm_commands", "ssm_managed_nodes"} {
		for _, entries := range []int{100, 1000, 10000} {
			b.Run(fmt.Sprintf("%s/entries=%d", kind, entries), func(b *testing.B) {
				script, given := entriesOf(kind, entries)
				server, err := fakeaws.New(script)
				if err != nil {
					b.Fatal(err)
				}
				p := newProtocol(b).over(server.Transport())
				config, _ := p.config(b, kind, given)
				b.ReportAllocs()
				for b.Loop() {
					resp, err := p.server.ReadDataSource(b.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: config})
					if err != nil || len(resp.Diagnostics) > 0 {
						b.Fatal(err, describe(resp.Diagnostics))
					}
				}
			})
		}
	}
}

// entriesOf returns a script in which a data source with the arguments reads so many entries.
func entriesOf(kind string, entries int) (fakeaws.Script, arguments) {
	switch kind {
	case "ssm_command_invocations":
		return nodes(entries, succeededOn), arguments{"command_id": command}
	case "ssm_commands":
		var script fakeaws.Script
		for i := range entries {
			script.Commands = append(script.Commands, fakeaws.Command{CommandID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i)})
		}
		return script, arguments{"invoked_after": "2000-01-01T00:00:00Z"}
	default:
		script := fakeaws.Script{}
		for i := range entries {
			script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: fmt.Sprintf("i-%017x", i)})
		}
		return script, nil
	}
}
