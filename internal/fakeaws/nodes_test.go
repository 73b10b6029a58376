// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// describe returns what DescribeInstanceInformation has about one node, or nil.
func describe(t *testing.T, c *ssm.Client, node string) *types.InstanceInformation {
	t.Helper()
	out, err := c.DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{
		Filters: []types.InstanceInformationStringFilter{{Key: aws.String("InstanceIds"), Values: []string{node}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.InstanceInformationList) == 0 {
		return nil
	}
	return &out.InstanceInformationList[0]
}

// TestNodeMembers reads a node with every member, and one that has the defaults.
func TestNodeMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, fakeaws.Script{Nodes: []fakeaws.Node{
			{InstanceID: nodeA},
			{
				InstanceID: nodeC, RegisteredAt: fakeaws.At(-600), Name: "plant", ComputerName: "host", IPAddress: "192.0.2.1",
				PlatformType: "Windows", PlatformName: "Windows", PlatformVersion: "11", AgentVersion: "3.2.0.0", IsLatestVersion: new(bool),
				ResourceType: "ManagedInstance", SourceID: "thing", SourceType: "AWS::IoT::Thing", SourceLocation: "here", ActivationID: "activation",
				IAMRole: "role", AssociationStatus: "Failed", AssociationOverview: fakeaws.AssociationOverview{DetailedStatus: "Failed", Counts: map[string]int{"Failed": 2}},
				LastAssociationExecutionAt: fakeaws.At(-60), LastSuccessfulAssociationExecutedAt: fakeaws.At(-120),
			},
		}})
		_, body := post(t, server, "DescribeInstanceInformation", `{}`)
		start := float64(server.Start().Unix())
		at := func(offset float64) string {
			return strings.Replace(fmt.Sprintf("%.10gE8", (start+offset)/1e8), "+", "", 1)
		}
		want := `{"InstanceInformationList":[` +
			`{"AgentVersion":"3.3.5226.0","ComputerName":"` + nodeA + `.example.internal","IPAddress":"10.0.0.1","InstanceId":"` + nodeA + `",` +
			`"LastPingDateTime":` + at(0) + `,"PingStatus":"Online","PlatformName":"Amazon Linux","PlatformType":"Linux","PlatformVersion":"2023",` +
			`"ResourceType":"EC2Instance","SourceId":"` + nodeA + `","SourceType":"AWS::EC2::Instance"},` +
			`{"ActivationId":"activation","AgentVersion":"3.2.0.0","AssociationOverview":{"DetailedStatus":"Failed","InstanceAssociationStatusAggregatedCount":{"Failed":2}},` +
			`"AssociationStatus":"Failed","ComputerName":"host","IPAddress":"192.0.2.1","IamRole":"role","InstanceId":"` + nodeC + `","IsLatestVersion":false,` +
			`"LastAssociationExecutionDate":` + at(-60) + `,"LastPingDateTime":` + at(0) + `,"LastSuccessfulAssociationExecutionDate":` + at(-120) + `,` +
			`"Name":"plant","PingStatus":"Online","PlatformName":"Windows","PlatformType":"Windows","PlatformVersion":"11","RegistrationDate":` + at(-600) + `,` +
			`"ResourceType":"ManagedInstance","SourceId":"thing","SourceLocation":"here","SourceType":"AWS::IoT::Thing"}]}`
		if body != want {
			t.Errorf("body\n got %s\nwant %s", body, want)
		}
		if got := describe(t, client(server), nodeC); got.AssociationOverview.InstanceAssociationStatusAggregatedCount["Failed"] != 2 || !got.RegistrationDate.Equal(server.Start().Add(-10*time.Minute)) {
			t.Errorf("as the SDK reads it: %+v", got)
		}
	})
}

// TestNodeOverTime reads a node in each state: not registered, Online, offline and undetected,
// ConnectionLost, Online, stopped, started again, and terminated.
func TestNodeOverTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakeaws.Script{Nodes: []fakeaws.Node{{
			InstanceID: nodeA, RegisteredAt: fakeaws.At(60),
			Offline: []fakeaws.Span{{From: 800, Until: 1100}},
			Ping:    []fakeaws.Ping{{At: 1100, Status: "ConnectionLost"}, {At: 1500, Status: "Online"}},
			Stopped: []fakeaws.Span{{From: 2000, Until: 2500}}, DeregisteredAt: fakeaws.At(3000),
		}}}
		server := serve(t, s)
		c := client(server)
		for _, want := range []struct {
			at         fakeaws.Seconds
			ping       string
			lastPing   fakeaws.Seconds
			connection string
			sent       string
		}{
			{59, "", 0, "notconnected", "InvalidInstanceId"},
			{60, "Online", 60, "connected", ""},
			{359, "Online", 60, "connected", ""},
			{360, "Online", 360, "connected", ""},
			{799, "Online", 660, "connected", ""},
			{1099, "Online", 660, "notconnected", ""},
			{1100, "ConnectionLost", 660, "notconnected", ""},
			{1500, "Online", 1500, "connected", ""},
			{1999, "Online", 1800, "connected", ""},
			{2000, "", 0, "notconnected", "InvalidInstanceId"},
			{2500, "Online", 2500, "connected", ""},
			{2999, "Online", 2800, "connected", ""},
			{3000, "", 0, "notconnected", "InvalidInstanceId"},
		} {
			until(server, want.at)
			ping, lastPing := "", fakeaws.Seconds(0)
			if n := describe(t, c, nodeA); n != nil {
				ping, lastPing = string(n.PingStatus), fakeaws.Seconds(n.LastPingDateTime.Sub(server.Start()).Seconds())
			}
			connection, err := c.GetConnectionStatus(t.Context(), &ssm.GetConnectionStatusInput{Target: aws.String(nodeA)})
			if err != nil || aws.ToString(connection.Target) != nodeA {
				t.Fatalf("%+v, %v", connection, err)
			}
			_, err = c.SendCommand(t.Context(), script())
			if ping != want.ping || lastPing != want.lastPing || string(connection.Status) != want.connection || code(err) != want.sent {
				t.Errorf("%vs: %q, last ping at %v, %s, send %q; want %+v", want.at, ping, lastPing, connection.Status, code(err), want)
			}
		}
	})
}

// TestNodeBehavior checks the two settings for uncertain behavior of the service.
func TestNodeBehavior(t *testing.T) {
	s := account()
	s.Nodes[0].Ping = []fakeaws.Ping{{At: -1, Status: "ConnectionLost"}}
	s.Nodes[1].Ping = []fakeaws.Ping{{At: -1, Status: "Inactive"}}
	s.Behavior = fakeaws.Behavior{RefuseConnectionLost: true, NameInvalidInstances: true, UnknownInstanceError: true}
	c := client(serve(t, s))
	_, err := c.SendCommand(t.Context(), script(on(nodeA, nodeB)))
	if want := "Instances [[" + nodeA + ", " + nodeB + "]] not in a valid state for account 123456789012"; !is[*types.InvalidInstanceId](err) || message(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	in := &ssm.DescribeInstanceInformationInput{Filters: []types.InstanceInformationStringFilter{{Key: aws.String("InstanceIds"), Values: []string{nodeA, "i-0fffffffffffffff0"}}}}
	if _, err := c.DescribeInstanceInformation(t.Context(), in); !is[*types.InvalidInstanceId](err) {
		t.Errorf("unknown node: %v", err)
	}
	if got := describe(t, client(serve(t, account())), "i-0fffffffffffffff0"); got != nil {
		t.Errorf("unknown node: %+v", got)
	}
}

// TestNodeFilters sends each filter, and invalid ones.
func TestNodeFilters(t *testing.T) {
	s := account()
	s.Nodes[1].Ping = []fakeaws.Ping{{At: -1, Status: "ConnectionLost"}}
	s.Nodes[2].ActivationID, s.Nodes[2].IAMRole, s.Nodes[2].AssociationStatus = "activation", "role", "Pending"
	s.Nodes[2].AgentVersion, s.Nodes[2].SourceID, s.Nodes[2].SourceType = "3.2.0.0", "thing", "AWS::IoT::Thing"
	c := client(serve(t, s))
	filter := func(key string, values ...string) types.InstanceInformationStringFilter {
		return types.InstanceInformationStringFilter{Key: &key, Values: values}
	}
	for _, test := range []struct {
		want    string // Nodes by the last letters of their IDs, or the error's code.
		filters []types.InstanceInformationStringFilter
	}{
		{"a b c", nil},
		{"a b", []types.InstanceInformationStringFilter{filter("InstanceIds", nodeA, nodeB, "i-0fffffffffffffff0")}},
		{"a c", []types.InstanceInformationStringFilter{filter("PingStatus", "Online")}},
		{"b", []types.InstanceInformationStringFilter{filter("PingStatus", "ConnectionLost", "Inactive")}},
		{"c", []types.InstanceInformationStringFilter{filter("PlatformType", "Windows")}},
		{"c", []types.InstanceInformationStringFilter{filter("PlatformTypes", "Windows", "MacOS")}},
		{"c", []types.InstanceInformationStringFilter{filter("ResourceType", "ManagedInstance")}},
		{"c", []types.InstanceInformationStringFilter{filter("ActivationIds", "activation")}},
		{"c", []types.InstanceInformationStringFilter{filter("AgentVersion", "3.2.0.0")}},
		{"c", []types.InstanceInformationStringFilter{filter("AssociationStatus", "Pending")}},
		{"c", []types.InstanceInformationStringFilter{filter("IamRole", "role")}},
		{"c", []types.InstanceInformationStringFilter{filter("SourceIds", "thing")}},
		{"c", []types.InstanceInformationStringFilter{filter("SourceTypes", "AWS::IoT::Thing")}},
		{"a", []types.InstanceInformationStringFilter{filter("PlatformTypes", "Linux"), filter("PingStatus", "Online")}},
		{"a c", []types.InstanceInformationStringFilter{filter("tag:Role", "web")}},
		{"a", []types.InstanceInformationStringFilter{filter("tag:Role", "web"), filter("tag-key", "Stage", "Other")}},
		{"ValidationException", []types.InstanceInformationStringFilter{filter("tag:Role", "web"), filter("PingStatus", "Online")}},
		{"InvalidFilterKey", []types.InstanceInformationStringFilter{filter("Color", "green")}},
		{"InvalidInstanceInformationFilterValue", []types.InstanceInformationStringFilter{filter("PingStatus", "Offline")}},
		{"InvalidInstanceId", []types.InstanceInformationStringFilter{filter("InstanceIds", "web-1")}},
		{"ValidationException", []types.InstanceInformationStringFilter{filter("PingStatus", []string{}...)}},
		{"ValidationException", []types.InstanceInformationStringFilter{filter("", "x")}},
		{"ValidationException", []types.InstanceInformationStringFilter{filter("InstanceIds", "")}},
	} {
		if got := describedNodes(t, c, &ssm.DescribeInstanceInformationInput{Filters: test.filters}); got != test.want {
			t.Errorf("%s: got %q, want %q", filtersText(test.filters), got, test.want)
		}
	}
	legacy := []types.InstanceInformationFilter{{Key: "PlatformTypes", ValueSet: []string{"Windows"}}}
	if got := describedNodes(t, c, &ssm.DescribeInstanceInformationInput{InstanceInformationFilterList: legacy}); got != "c" {
		t.Errorf("legacy filter: %s", got)
	}
	if got := describedNodes(t, c, &ssm.DescribeInstanceInformationInput{InstanceInformationFilterList: []types.InstanceInformationFilter{{Key: "PlatformType", ValueSet: []string{"Windows"}}}}); got != "ValidationException" {
		t.Errorf("legacy filter with the newer key: %s", got)
	}
	both := &ssm.DescribeInstanceInformationInput{InstanceInformationFilterList: legacy, Filters: []types.InstanceInformationStringFilter{filter("PingStatus", "Online")}}
	if got := describedNodes(t, c, both); got != "ValidationException" {
		t.Errorf("both lists: %s", got)
	}
	_, err := c.DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{Filters: []types.InstanceInformationStringFilter{filter("Color", "green")}})
	if !is[*types.InvalidFilterKey](err) {
		t.Errorf("error %T", err)
	}
	_, err = c.DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{Filters: []types.InstanceInformationStringFilter{filter("PingStatus", "Offline")}})
	if !is[*types.InvalidInstanceInformationFilterValue](err) {
		t.Errorf("error %T", err)
	}
}

func filtersText(filters []types.InstanceInformationStringFilter) string {
	var parts []string
	for _, f := range filters {
		parts = append(parts, *f.Key+"="+strings.Join(f.Values, ","))
	}
	return strings.Join(parts, " ")
}

// describedNodes returns the nodes of one page by the last letters of their IDs, or the error's
// code.
func describedNodes(t *testing.T, c *ssm.Client, in *ssm.DescribeInstanceInformationInput) string {
	t.Helper()
	out, err := c.DescribeInstanceInformation(t.Context(), in)
	if err != nil {
		return code(err)
	}
	var nodes []string
	for _, n := range out.InstanceInformationList {
		nodes = append(nodes, (*n.InstanceId)[len(*n.InstanceId)-1:])
	}
	return strings.Join(nodes, " ")
}

// TestNodePages reads 120 nodes with the SDK's paginator: ten a page unless the request asks for up
// to 50.
func TestNodePages(t *testing.T) {
	s, ids := many(120)
	server := serve(t, s)
	c := client(server)
	for asked, want := range map[int32]string{0: "[10 10 10 10 10 10 10 10 10 10 10 10]", 50: "[50 50 20]", 5: "[" + strings.Repeat("5 ", 23) + "5]"} {
		in := &ssm.DescribeInstanceInformationInput{}
		if asked > 0 {
			in.MaxResults = &asked
		}
		var pages []int
		var read []string
		for p := ssm.NewDescribeInstanceInformationPaginator(c, in); p.HasMorePages(); {
			out, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, len(out.InstanceInformationList))
			for _, n := range out.InstanceInformationList {
				read = append(read, *n.InstanceId)
			}
		}
		if got := fmt.Sprint(pages); got != want {
			t.Errorf("pages of %d: %s, want %s", asked, got, want)
		}
		if strings.Join(read, " ") != strings.Join(ids, " ") {
			t.Errorf("pages of %d: nodes %v", asked, read)
		}
	}
	for _, asked := range []int32{4, 51} {
		if _, err := c.DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{MaxResults: &asked}); code(err) != "ValidationException" {
			t.Errorf("pages of %d: %v", asked, err)
		}
	}
	first, err := c.DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{})
	if err != nil {
		t.Fatal(err)
	}
	other := &ssm.DescribeInstanceInformationInput{NextToken: first.NextToken, Filters: []types.InstanceInformationStringFilter{{Key: aws.String("tag-key"), Values: []string{"x"}}}}
	if _, err := c.DescribeInstanceInformation(t.Context(), other); !is[*types.InvalidNextToken](err) {
		t.Errorf("token of another list: %v", err)
	}
}

// TestConnectionStatus reads the status of nodes, and of targets that are not nodes.
func TestConnectionStatus(t *testing.T) {
	server := serve(t, account())
	_, body := post(t, server, "GetConnectionStatus", `{"Target":"`+nodeA+`"}`)
	if want := `{"Status":"connected","Target":"` + nodeA + `"}`; body != want {
		t.Errorf("body %s, want %s", body, want)
	}
	c := client(server)
	out, err := c.GetConnectionStatus(t.Context(), &ssm.GetConnectionStatusInput{Target: aws.String("web-1")})
	if err != nil || out.Status != types.ConnectionStatusNotConnected {
		t.Errorf("unknown target: %+v, %v", out, err)
	}
	for _, target := range []string{"", strings.Repeat("x", 401)} {
		if _, err := c.GetConnectionStatus(t.Context(), &ssm.GetConnectionStatusInput{Target: &target}); code(err) != "ValidationException" {
			t.Errorf("target of %d characters: %v", len(target), err)
		}
	}
}
