// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const (
	managed    = "data.ssm_managed_nodes.this"
	lateNode   = "i-0cccccccccccccccc"
	absentNode = "i-0dddddddddddddddd"
)

// site is a script of nodes: two are Online, one lost its connection, and one registers later, at
// the given time.
func site(registers fakeaws.Seconds) fakeaws.Script {
	return fakeaws.Script{Regions: []string{"us-east-1", "eu-west-1"}, Nodes: []fakeaws.Node{
		{InstanceID: otherNode, Region: "us-east-1", PlatformType: "Windows", Tags: map[string]string{"Role": "web", "Stage": "prod"}, Ping: []fakeaws.Ping{{At: -7200, Status: "Online"}, {At: -3600, Status: "ConnectionLost"}}},
		{InstanceID: node, Region: "us-east-1", Tags: map[string]string{"Role": "web", "Stage": "test"}},
		{InstanceID: lateNode, Region: "us-east-1", Tags: map[string]string{"Role": "web"}, RegisteredAt: fakeaws.At(registers)},
		{InstanceID: nodeNumber(1), Region: "us-east-1", Tags: map[string]string{"Role": "db", "Stage": "prod"}},
		{InstanceID: nodeNumber(2), Region: "eu-west-1"},
	}}
}

// ofNodes wants nodes with these IDs, in this order.
func ofNodes(ids ...string) []statecheck.StateCheck {
	var want []knownvalue.Check
	for _, id := range ids {
		want = append(want, knownvalue.ObjectPartial(object{"instance_id": is(id)}))
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownValue(managed, tfjsonpath.New("nodes"), rows(want...))}
}

func TestManagedNodesArguments(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, site(36000))
	web, prod := `tags = { Role = "web" }`, `tags = { Stage = "prod" }`
	for name, c := range map[string]struct {
		arguments []string
		want      []string
	}{
		"all":              {nil, []string{nodeNumber(1), node, otherNode}},
		"IDs":              {[]string{`instance_ids = ["` + otherNode + `", "` + node + `", "` + absentNode + `"]`}, []string{node, otherNode}},
		"tag":              {[]string{web}, []string{node, otherNode}},
		"another value":    {[]string{`tags = { Role = "Web" }`}, nil},
		"two tags":         {[]string{`tags = { Role = "web", Stage = "prod" }`}, []string{otherNode}},
		"ping status":      {[]string{`ping_status = "ConnectionLost"`}, []string{otherNode}},
		"platform":         {[]string{`platform_type = "Linux"`}, []string{nodeNumber(1), node}},
		"resource":         {[]string{`resource_type = "ManagedInstance"`}, []string{otherNode}},
		"tag and ID":       {[]string{web, `instance_ids = ["` + node + `", "` + nodeNumber(1) + `"]`}, []string{node}},
		"tag and the rest": {[]string{prod, `ping_status = "Online"`, `platform_type = "Linux"`, `resource_type = "EC2Instance"`}, []string{nodeNumber(1)}},
		"region":           {[]string{`region = "eu-west-1"`}, []string{nodeNumber(2)}},
		"minimum":          {[]string{web, "minimum = 1"}, []string{node, otherNode}},
		"minimum, Online":  {[]string{web, "minimum = 1", `ping_status = "Online"`}, []string{node}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apply(t, resource.TestStep{
				Config:            fake.Provider() + read("ssm_managed_nodes", c.arguments...),
				ConfigStateChecks: ofNodes(c.want...),
			})
		})
	}
}

func TestManagedNodesHaveEveryMember(t *testing.T) {
	t.Parallel()
	latest := false
	fake := acctest.Serve(t, fakeaws.Script{Nodes: []fakeaws.Node{{InstanceID: node, ComputerName: "web-1.example.internal", IPAddress: "10.1.2.3"}, {
		InstanceID: otherNode, Name: "edge", ComputerName: "edge-1", IPAddress: "10.0.0.9", RegisteredAt: fakeaws.At(-7200),
		Ping: []fakeaws.Ping{{At: -7200, Status: "Online"}, {At: -3600, Status: "ConnectionLost"}}, PlatformType: "Linux", PlatformName: "Ubuntu", PlatformVersion: "24.04",
		AgentVersion: "3.3.1.0", IsLatestVersion: &latest, SourceID: "thing", SourceType: "AWS::IoT::Thing", SourceLocation: "rack",
		ActivationID: "0a1b", IAMRole: "edge-role", AssociationStatus: "Failed",
		AssociationOverview:        fakeaws.AssociationOverview{DetailedStatus: "Failed", Counts: map[string]int{"Success": 2, "Failed": 1}},
		LastAssociationExecutionAt: fakeaws.At(-100), LastSuccessfulAssociationExecutedAt: fakeaws.At(-200.5),
	}}})
	hybrid := object{
		"instance_id": is(otherNode), "name": is("edge"), "computer_name": is("edge-1"), "ip_address": is("10.0.0.9"), "ping_status": is("ConnectionLost"),
		"last_ping_date_time": at(fake, -3600), "agent_version": is("3.3.1.0"), "is_latest_version": knownvalue.Bool(false), "platform_type": is("Linux"),
		"platform_name": is("Ubuntu"), "platform_version": is("24.04"), "resource_type": is("ManagedInstance"), "source_id": is("thing"),
		"source_type": is("AWS::IoT::Thing"), "source_location": is("rack"), "activation_id": is("0a1b"), "iam_role": is("edge-role"),
		"registration_date": at(fake, -7200), "association_status": is("Failed"),
		"association_overview": exactly(object{"detailed_status": is("Failed"),
			"instance_association_status_aggregated_count": knownvalue.MapExact(object{"Success": knownvalue.Int64Exact(2), "Failed": knownvalue.Int64Exact(1)})}),
		"last_association_execution_date": at(fake, -100), "last_successful_association_execution_date": at(fake, -200.5),
	}
	ec2 := object{
		"instance_id": is(node), "name": null, "computer_name": is("web-1.example.internal"), "ip_address": is("10.1.2.3"), "ping_status": is("Online"),
		"last_ping_date_time": knownvalue.NotNull(), "agent_version": knownvalue.NotNull(), "is_latest_version": null, "platform_type": is("Linux"),
		"platform_name": is("Amazon Linux"), "platform_version": is("2023"), "resource_type": is("EC2Instance"), "source_id": is(node),
		"source_type": is("AWS::EC2::Instance"), "source_location": null, "activation_id": null, "iam_role": null, "registration_date": null,
		"association_status": null, "association_overview": null, "last_association_execution_date": null, "last_successful_association_execution_date": null,
	}
	apply(t, resource.TestStep{
		Config: fake.Provider() + read("ssm_managed_nodes"),
		ConfigStateChecks: values(managed, object{
			"nodes": rows(exactly(ec2), exactly(hybrid)), "region": is("us-east-1"),
			"instance_ids": null, "tags": null, "ping_status": null, "platform_type": null, "resource_type": null, "minimum": null,
		}),
	})
}

// An address does not show in a plan, and the rest of a node does.
func TestAddressesAreSensitive(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, site(36000))
	config := fake.Provider() + read("ssm_managed_nodes")
	apply(t, resource.TestStep{
		Config:      config + acctest.Block("output", "addresses", "value = "+managed+".nodes[*].ip_address"),
		ExpectError: wrapped("sensitive"),
	}, resource.TestStep{
		Config: config + acctest.Block("output", "platforms", "value = { for n in "+managed+".nodes : n.instance_id => n.platform_type }"),
	})
}

// A list of nodes is read in pages of 50.
func TestManagedNodesPages(t *testing.T) {
	t.Parallel()
	var many fakeaws.Script
	for n := range 230 {
		many.Nodes = append(many.Nodes, fakeaws.Node{InstanceID: nodeNumber(n)})
	}
	fake := acctest.Serve(t, many)
	w := acctest.NewWorkspace(t, fake.Provider()+read("ssm_managed_nodes")+acctest.Block("output", "found", "value = length("+managed+".nodes)"))
	w.Succeed(t, "apply", "-auto-approve")
	if got := w.Outputs(t)["found"]; got != 230. || fake.Count("") != 5 {
		t.Errorf("%v nodes in %d requests, want 230 in 5", got, fake.Count(""))
	}
	for _, r := range fake.Requests() {
		if r.Operation != "DescribeInstanceInformation" || r.MaxResults != 50 {
			t.Errorf("%s with at most %d results", r.Operation, r.MaxResults)
		}
	}
}

// A plan waits for a node that registers meanwhile.
func TestManagedNodesWait(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t, "") // Before the time of the script begins.
	fake := acctest.Serve(t, site(4))
	w.Write(t, "main.tf", fake.Provider()+read("ssm_managed_nodes", `tags = { Role = "web" }`, "minimum = 2", `ping_status = "Online"`)+
		acctest.Block("output", "ready", "value = "+managed+".nodes[*].instance_id"))
	w.Succeed(t, "plan", "-out=plan")
	if n := fake.Count(""); n < 2 {
		t.Errorf("%d requests: it cannot have waited", n)
	}
	w.Succeed(t, "apply", "plan")
	if diff := cmp.Diff([]any{node, lateNode}, w.Outputs(t)["ready"]); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

// IDs that the same apply creates are read by the apply, as is a data source with depends_on.
func TestManagedNodesUnknown(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	for name, arguments := range map[string]string{
		"the set":     "instance_ids = terraform_data.made.output",
		"one ID":      "instance_ids = [terraform_data.made.output[0]]\nminimum = 1",
		"a tag":       `tags = { Role = "web", Stage = terraform_data.stage.output }`,
		"the minimum": `tags = { Role = "web" }` + "\nminimum = length(terraform_data.made.output)",
		"ping status": `ping_status = terraform_data.ping.output` + "\nminimum = 1\n" + `tags = { Role = "web" }`,
		"depends_on":  `tags = { Role = "web" }` + "\ndepends_on = [terraform_data.made]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, site(36000))
			want := []string{node}
			switch name {
			case "the minimum", "depends_on":
				want = []string{node, otherNode}
			}
			apply(t, resource.TestStep{
				Config: fake.Provider() + `
resource "terraform_data" "made" { input = ["` + node + `"] }
resource "terraform_data" "stage" { input = "test" }
resource "terraform_data" "ping" { input = "Online" }
` + read("ssm_managed_nodes", arguments),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(managed, plancheck.ResourceActionRead), noRequest{fake},
				}},
				ConfigStateChecks: ofNodes(want...),
			})
		})
	}
}

// setOf and mapOf are arguments of the protocol.
func setOf(values ...any) []tftypes.Value {
	var all []tftypes.Value
	for _, v := range values {
		all = append(all, tftypes.NewValue(tftypes.String, v))
	}
	return all
}

func mapOf(pairs ...any) map[string]tftypes.Value {
	all := map[string]tftypes.Value{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i].(string)] = tftypes.NewValue(tftypes.String, pairs[i+1])
	}
	return all
}

// Each error about arguments is at the argument to change.
func TestManagedNodesValidation(t *testing.T) {
	t.Parallel()
	p := newProtocol(t)
	for name, c := range map[string]struct {
		arguments    arguments
		blames, says string
	}{
		"an ID":                     {arguments{"instance_ids": setOf("web-1")}, "instance_ids", "managed node's ID"},
		"no ID":                     {arguments{"instance_ids": setOf()}, "instance_ids", "at least 1"},
		"a null ID":                 {arguments{"instance_ids": setOf(node, nil)}, "instance_ids", "null"},
		"no tag":                    {arguments{"tags": mapOf()}, "tags", "at least 1"},
		"a null tag":                {arguments{"tags": mapOf("Role", nil)}, "tags", "null"},
		"an empty value":            {arguments{"tags": mapOf("Role", "")}, "tags", "at least 1"},
		"an empty key":              {arguments{"tags": mapOf("", "web")}, "tags", "at least 1"},
		"ping status":               {arguments{"ping_status": "online"}, "ping_status", "ConnectionLost"},
		"platform":                  {arguments{"platform_type": "linux"}, "platform_type", "MacOS"},
		"resource":                  {arguments{"resource_type": "EC2"}, "resource_type", "ManagedInstance"},
		"minimum":                   {arguments{"minimum": 0}, "minimum", "at least 1"},
		"minimum of others":         {arguments{"minimum": 1, "ping_status": "ConnectionLost"}, "ping_status", "Online"},
		"minimum of too few":        {arguments{"minimum": 3, "instance_ids": setOf(node, otherNode)}, "minimum", "only the 2 nodes in instance_ids"},
		"no time":                   {arguments{"timeouts": arguments{"read": "0s"}}, "timeouts", "longer than zero"},
		"accepted: all":             {arguments{}, "", ""},
		"accepted: minimum":         {arguments{"minimum": 2, "instance_ids": setOf(node, otherNode), "ping_status": "Online"}, "", ""},
		"accepted: unknown ping":    {arguments{"minimum": 2, "ping_status": tftypes.UnknownValue}, "", ""},
		"accepted: unknown minimum": {arguments{"minimum": tftypes.UnknownValue, "ping_status": "Online"}, "", ""},
		"accepted: unknown IDs":     {arguments{"minimum": 2, "instance_ids": tftypes.UnknownValue}, "", ""},
	} {
		found := p.validate(t.Context(), t, "ssm_managed_nodes", c.arguments)
		if c.says == "" {
			if len(found) > 0 {
				t.Errorf("%s: %s", name, describe(found))
			}
			continue
		}
		if len(found) != 1 || found[0].Attribute == nil || !strings.HasPrefix(found[0].Attribute.String(), `AttributeName("`+c.blames+`")`) || !strings.Contains(found[0].Detail, c.says) {
			t.Errorf("%s: diagnostics %s, want an error at %s that contains %q", name, describe(found), c.blames, c.says)
		}
	}
}

// A minimum that is not reached is an error with what is known about each node.
func TestManagedNodesNotReady(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments arguments
		after     time.Duration
		says      []string
	}{
		"by ID": {
			arguments{"minimum": 3, "instance_ids": setOf(node, otherNode, absentNode)}, 5 * time.Minute, []string{
				"Waiting for the managed nodes " + node + ", " + absentNode + ", and " + otherNode + " in Region us-east-1 failed",
				"1 node is Online after 5m", "(timeouts.read), and minimum is 3",
				absentNode + ": not registered in this account and Region, or stopped, or terminated\n",
				otherNode + ": ping status ConnectionLost, last ping 1h5m", node + ": ping status Online, last ping ", "set depends_on", "restart it",
			},
		},
		"by tag": {
			arguments{"minimum": 2, "tags": mapOf("Role", "web", "Stage", "prod"), "platform_type": "Windows", "timeouts": arguments{"read": "90s"}}, 90 * time.Second, []string{
				`the managed nodes with tag Role = "web", tag Stage = "prod", and platform_type "Windows" in Region us-east-1`, "0 nodes are Online after 1m30s",
				otherNode + ": ping status ConnectionLost",
			},
		},
		"none": {
			arguments{"minimum": 1, "tags": mapOf("Role", "cache"), "timeouts": arguments{"read": "10s"}}, 10 * time.Second,
			[]string{"DescribeInstanceInformation returned no node that matches.", "0 nodes are Online"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				_, transport := play(t, site(36000))
				started := time.Now()
				_, found := p.over(transport).read(t.Context(), t, "ssm_managed_nodes", c.arguments)
				only(t, found, "Nodes Not Ready", "minimum", c.says...)
				if took := time.Since(started); took < c.after || took > c.after+time.Second {
					t.Errorf("it waited %s, want %s", took, c.after)
				}
			})
		})
	}
}

// The error lists at most 20 nodes, first those that are not Online, and counts the others.
func TestManagedNodesNotReadyAreMany(t *testing.T) {
	t.Parallel()
	virtually(t, func(t *testing.T, p *protocol) {
		var many fakeaws.Script
		for n := range 60 {
			many.Nodes = append(many.Nodes, fakeaws.Node{InstanceID: nodeNumber(n)})
		}
		many.Nodes[59].Ping = []fakeaws.Ping{{At: -1, Status: "ConnectionLost"}}
		_, transport := play(t, many)
		_, found := p.over(transport).read(t.Context(), t, "ssm_managed_nodes", arguments{"minimum": 60})
		d := only(t, found, "Nodes Not Ready", "minimum", "59 nodes are Online", "\n\n"+nodeNumber(59)+": ping status ConnectionLost", nodeNumber(18)+": ping status Online", "\nand 40 more\n")
		if strings.Contains(d.Detail, nodeNumber(19)+":") {
			t.Errorf("more than 20 nodes: %s", d.Detail)
		}
	})
}

// Without a minimum, the read gives up like those of the other lists. With one, a failure is told
// from nodes that are not ready.
func TestManagedNodesUnavailable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments arguments
		after     time.Duration
	}{
		"all": {arguments{}, time.Hour}, "minimum": {arguments{"minimum": 1}, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				started := time.Now()
				transport := always(400, nil, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
				_, found := p.over(transport).read(t.Context(), t, "ssm_managed_nodes", c.arguments)
				only(t, found, "Service Unavailable", "", "Rate exceeded", "the managed nodes in Region us-east-1")
				if took := time.Since(started); took < c.after || took > c.after+time.Minute {
					t.Errorf("it gave up after %s, want %s", took, c.after)
				}
			})
		})
	}
}

// Nodes that were not ready when the service became unreachable are shown, with what the last
// requests met.
func TestManagedNodesNotReadyAndUnavailable(t *testing.T) {
	t.Parallel()
	virtually(t, func(t *testing.T, p *protocol) {
		script := site(36000)
		script.Faults = []fakeaws.Fault{{Kind: fakeaws.Throttle, Skip: 1, Times: -1}}
		_, transport := play(t, script)
		_, found := p.over(transport).read(t.Context(), t, "ssm_managed_nodes", arguments{"minimum": 4})
		only(t, found, "Nodes Not Ready", "minimum", "The last requests failed: ", "Rate exceeded", otherNode+": ping status ConnectionLost")
	})
}

func TestManagedNodesErrors(t *testing.T) {
	t.Parallel()
	t.Run("denied", func(t *testing.T) {
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			script := site(36000)
			script.Faults = []fakeaws.Fault{{Kind: fakeaws.AccessDenied, Times: -1}}
			_, transport := play(t, script)
			_, found := p.over(transport).read(t.Context(), t, "ssm_managed_nodes", arguments{"tags": mapOf("Role", "web")})
			only(t, found, "Access Denied", "", `Allow ssm:DescribeInstanceInformation on Resource "*"`, `the managed nodes with tag Role = "web" in Region us-east-1`)
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			_, transport := play(t, site(36000))
			ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
			defer cancel()
			_, found := p.over(transport).read(ctx, t, "ssm_managed_nodes", arguments{"minimum": 9})
			if d := only(t, found, "Read Interrupted", "", "Nothing was read."); strings.Contains(d.Detail, "command") {
				t.Errorf("no command is read: %s", d.Detail)
			}
		})
	})
	t.Run("a list that does not end in time", func(t *testing.T) {
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			var many fakeaws.Script
			for n := range 120 {
				many.Nodes = append(many.Nodes, fakeaws.Node{InstanceID: nodeNumber(n)})
			}
			many.Faults = []fakeaws.Fault{{Kind: fakeaws.Throttle, Skip: 2, Times: -1}}
			_, transport := play(t, many)
			_, found := p.over(transport).read(t.Context(), t, "ssm_managed_nodes", arguments{"timeouts": arguments{"read": "20s"}})
			only(t, found, "Service Unavailable", "", "DescribeInstanceInformation returned 100 nodes, and there are more", "Narrow the list by instance_ids")
		})
	})
	t.Run("a hostile node", func(t *testing.T) {
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			body := fmt.Sprintf(`{"InstanceInformationList":[{"InstanceId":%[1]q,"PingStatus":%[1]q,"PlatformType":%[1]q,"LastPingDateTime":1.7E9}]}`, "x\n::error::x \u202e")
			_, found := p.over(always(200, http.Header{}, body)).read(t.Context(), t, "ssm_managed_nodes", arguments{"minimum": 1, "timeouts": arguments{"read": "10s"}})
			only(t, found, "Nodes Not Ready", "minimum", `x\n`)
			checkHarmless(t, found)
		})
	})
}
