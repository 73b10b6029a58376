// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// site is a script of five nodes.
func site() fakeaws.Script {
	tags := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	return fakeaws.Script{Nodes: []fakeaws.Node{
		{InstanceID: nodeID(4), Tags: tags("role", "web", "stage", "prod")},
		{InstanceID: nodeID(3), Tags: tags("role", "web", "stage", "test"), PlatformType: "Windows"},
		{InstanceID: nodeID(2), Tags: tags("role", "db", "stage", "prod"), Ping: []fakeaws.Ping{{At: -7200, Status: "ConnectionLost"}, {At: 100, Status: "Online"}}},
		{InstanceID: nodeID(1), Tags: tags("role", "web", "stage", "prod"), RegisteredAt: fakeaws.At(90)},
		{InstanceID: otherNode, Tags: tags("stage", "prod")},
	}}
}

func found(nodes []Node) []string {
	var ids []string
	for _, n := range nodes {
		ids = append(ids, n.InstanceID)
	}
	return ids
}

// TestNodes is each filter alone and with others, although the service combines none of them with
// tags.
func TestNodes(t *testing.T) {
	web := map[string][]string{"role": {"web"}}
	for name, c := range map[string]struct {
		query NodeQuery
		want  []string
	}{
		"all":                   {NodeQuery{}, []string{nodeID(2), nodeID(3), nodeID(4), otherNode}},
		"tag":                   {NodeQuery{Tags: web}, []string{nodeID(3), nodeID(4)}},
		"two tags":              {NodeQuery{Tags: map[string][]string{"role": {"web"}, "stage": {"prod"}}}, []string{nodeID(4)}},
		"values of a tag":       {NodeQuery{Tags: map[string][]string{"role": {"web", "db"}}}, []string{nodeID(2), nodeID(3), nodeID(4)}},
		"a tag's key":           {NodeQuery{Tags: map[string][]string{"role": nil}}, []string{nodeID(2), nodeID(3), nodeID(4)}},
		"platform":              {NodeQuery{PlatformType: "Windows"}, []string{nodeID(3)}},
		"tag and platform":      {NodeQuery{Tags: web, PlatformType: "Linux"}, []string{nodeID(4)}},
		"ping":                  {NodeQuery{PingStatus: "ConnectionLost"}, []string{nodeID(2)}},
		"tag and ping":          {NodeQuery{Tags: web, PingStatus: "ConnectionLost"}, nil},
		"resource":              {NodeQuery{ResourceType: "ManagedInstance"}, []string{otherNode}},
		"tag and resource":      {NodeQuery{Tags: web, ResourceType: "ManagedInstance"}, nil},
		"IDs":                   {NodeQuery{InstanceIDs: []string{nodeID(4), nodeID(3)}}, []string{nodeID(3), nodeID(4)}},
		"an ID that is unknown": {NodeQuery{InstanceIDs: []string{nodeID(4), nodeID(77)}}, []string{nodeID(4)}},
		"tag and ID":            {NodeQuery{Tags: web, InstanceIDs: []string{nodeID(4), nodeID(2)}}, []string{nodeID(4)}},
		"an ID and everything":  {NodeQuery{Tags: web, InstanceIDs: []string{nodeID(4)}, PingStatus: "Online", PlatformType: "Linux", ResourceType: "EC2Instance"}, []string{nodeID(4)}},
	} {
		for _, unknown := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, an unknown node is an error: %t", name, unknown), func(t *testing.T) {
				virtual(t, func(t *testing.T) {
					script := site()
					script.Behavior.UnknownInstanceError = unknown
					client, server := serve(t, script)
					c.query.Timeout = time.Minute
					got, err := client.Nodes(t.Context(), c.query)
					if diff := cmp.Diff(c.want, found(got)); err != nil || diff != "" {
						t.Errorf("%v %s", err, diff)
					}
					for _, r := range server.Requests() {
						if r.MaxResults != pageSize {
							t.Errorf("%+v", r)
						}
					}
				})
			})
		}
	}
}

// TestManyNodes is a list of several pages, with more IDs than a filter takes.
func TestManyNodes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := fakeaws.Script{EmptyPageEvery: 3}
		q := NodeQuery{Timeout: time.Minute}
		for i := range 180 {
			script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: nodeID(i)})
			if i < 120 {
				q.InstanceIDs = append(q.InstanceIDs, nodeID(i))
			}
		}
		c, _ := serve(t, script)
		got, err := c.Nodes(t.Context(), q)
		if err != nil || len(got) != 120 {
			t.Errorf("%v, %d nodes", err, len(got))
		}
	})
}

// TestMinimumOfNodes waits for nodes that register, or come online again.
func TestMinimumOfNodes(t *testing.T) {
	prod := map[string][]string{"stage": {"prod"}}
	for minimum, c := range map[int]struct {
		after time.Duration
		ready bool
	}{2: {0, true}, 3: {90 * time.Second, true}, 4: {100 * time.Second, true}, 5: {5 * time.Minute, false}} {
		t.Run(fmt.Sprint(minimum), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, _ := serve(t, site())
				nodes, err := client.Nodes(t.Context(), NodeQuery{Tags: prod, Minimum: minimum, Timeout: 5 * time.Minute})
				elapsedBetween(t, epoch, c.after, c.after+11*time.Second)
				var notReady *NodesNotReadyError
				if (err == nil) != c.ready || errors.As(err, &notReady) == c.ready {
					t.Fatal(err)
				}
				if !c.ready && (len(notReady.Nodes) != 4 || notReady.Minimum != 5 || len(nodes) != 4) {
					t.Errorf("%+v", notReady)
				}
			})
		})
	}
}

// TestMinimumWithUnknownNodes waits for nodes of which one is not registered, in an account with
// many nodes. The service rejects the IDs, so that the provider lists the account, but not at each
// poll.
func TestMinimumWithUnknownNodes(t *testing.T) {
	late, never := nodeID(777), nodeID(888)
	for name, c := range map[string]struct {
		ids         []string
		minimum     int
		low, high   time.Duration
		mostRequest int
		ready       bool
	}{
		"until all are registered": {[]string{nodeID(0), late}, 2, 100 * time.Second, 111 * time.Second, 41, true},
		"one never is":             {[]string{late, never}, 1, 100 * time.Second, 121 * time.Second, 46, true},
		"too few":                  {[]string{late, never}, 2, 5 * time.Minute, 5*time.Minute + time.Second, 95, false},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := fakeaws.Script{Behavior: fakeaws.Behavior{UnknownInstanceError: true}}
				for i := range 180 {
					script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: nodeID(i)})
				}
				script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: late, RegisteredAt: fakeaws.At(100)})
				client, server := serve(t, script)
				_, err := client.Nodes(t.Context(), NodeQuery{InstanceIDs: c.ids, Minimum: c.minimum, Timeout: 5 * time.Minute})
				elapsedBetween(t, epoch, c.low, c.high)
				if n := server.Count("DescribeInstanceInformation"); n > c.mostRequest {
					t.Errorf("%d requests, want %d at most", n, c.mostRequest)
				}
				var notReady *NodesNotReadyError
				if (err == nil) != c.ready || errors.As(err, &notReady) == c.ready {
					t.Fatal(err)
				}
				if !c.ready && (len(notReady.Nodes) != 2 || !notReady.Nodes[0].Online() || notReady.Nodes[1].Node != nil) {
					t.Errorf("%+v", notReady.Nodes)
				}
			})
		})
	}
}

// TestMinimumAtTheDeadline is a node that is registered shortly before the time is over, and after
// the account was listed.
func TestMinimumAtTheDeadline(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := fakeaws.Script{Behavior: fakeaws.Behavior{UnknownInstanceError: true}}
		for i := range 180 {
			script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: nodeID(i)})
		}
		script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: nodeID(777), RegisteredAt: fakeaws.At(18)})
		client, _ := serve(t, script)
		q := NodeQuery{InstanceIDs: []string{nodeID(777), nodeID(888)}, Minimum: 1, Timeout: 20 * time.Second}
		if nodes, err := client.Nodes(t.Context(), q); err != nil || len(nodes) != 1 {
			t.Errorf("%v %+v", err, nodes)
		}
	})
}

// TestMinimumOfNodesThatAreOnline returns no other nodes, although it waits for these.
func TestMinimumOfNodesThatAreOnline(t *testing.T) {
	prod := map[string][]string{"stage": {"prod"}}
	for status, want := range map[string][]string{"": {nodeID(2), nodeID(4), otherNode}, "Online": {nodeID(4), otherNode}} {
		virtual(t, func(t *testing.T) {
			c, _ := serve(t, site())
			nodes, err := c.Nodes(t.Context(), NodeQuery{Tags: prod, PingStatus: status, Minimum: 2, Timeout: time.Minute})
			if diff := cmp.Diff(want, found(nodes)); err != nil || diff != "" {
				t.Errorf("with ping status %q: %v %s", status, err, diff)
			}
		})
	}
}

// TestNodesThatAreMissing is what is known about each node that was requested.
func TestNodesThatAreMissing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, _ := serve(t, site())
		_, err := c.Nodes(t.Context(), NodeQuery{InstanceIDs: []string{nodeID(77), nodeID(2), nodeID(4)}, Minimum: 3, Timeout: time.Minute})
		var notReady *NodesNotReadyError
		if !errors.As(err, &notReady) || len(notReady.Nodes) != 3 {
			t.Fatalf("%v", err)
		}
		missing, lost, online := notReady.Nodes[0], notReady.Nodes[1], notReady.Nodes[2]
		if missing.Connection != "" || lost.Connection != "notconnected" || online.Connection != "connected" {
			t.Errorf("connections: %+v", notReady.Nodes)
		}
		if missing.Node != nil || lost.Node == nil || lost.Online() || lost.PingAge < time.Hour || !online.Online() || online.PingAge > 5*time.Minute {
			t.Errorf("%+v", notReady.Nodes)
		}
	})
}

// TestNoListOfNodes is a response that is not a list: it does not mean that there are no nodes.
func TestNoListOfNodes(t *testing.T) {
	for name, body := range map[string]string{"empty": "", "something else": `{"Commands":[]}`, "a page": "<html>"} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				c, _ := responding(responses{"DescribeInstanceInformation": func(n int, _ string) (int, string) {
					if n < 2 {
						return 200, body
					}
					return 200, `{"InstanceInformationList":[{"InstanceId":"` + node + `","PingStatus":"Online"}]}`
				}})
				if nodes, err := c.Nodes(t.Context(), NodeQuery{Timeout: time.Minute}); err != nil || len(nodes) != 1 {
					t.Errorf("%v, %+v", err, nodes)
				}
			})
		})
	}
}

// TestEveryMemberOfNodes is what the service has on a node.
func TestEveryMemberOfNodes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		latest := true
		at := time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC)
		c, _ := responding(responses{"DescribeInstanceInformation": always(200, `{"InstanceInformationList":[{"ActivationId":"a","AgentVersion":"3",
			"AssociationOverview":{"DetailedStatus":"Success","InstanceAssociationStatusAggregatedCount":{"Success":2}},"AssociationStatus":"Success",
			"ComputerName":"c","IPAddress":"10.0.0.1","IamRole":"r","InstanceId":"mi-0bbbbbbbbbbbbbbbb","IsLatestVersion":true,
			"LastAssociationExecutionDate":1.7E9,"LastPingDateTime":1.7E9,"LastSuccessfulAssociationExecutionDate":1.7E9,"Name":"n","PingStatus":"Online",
			"PlatformName":"Ubuntu","PlatformType":"Linux","PlatformVersion":"24.04","RegistrationDate":1.7E9,"ResourceType":"ManagedInstance",
			"SourceId":"s","SourceLocation":"l","SourceType":"AWS::SSM::ManagedInstance"}]}`)})
		nodes, err := c.Nodes(t.Context(), NodeQuery{Timeout: time.Minute})
		want := []Node{{
			InstanceID: otherNode, Name: "n", ComputerName: "c", IPAddress: "10.0.0.1", PingStatus: "Online", LastPing: at, AgentVersion: "3",
			IsLatestVersion: &latest, PlatformType: "Linux", PlatformName: "Ubuntu", PlatformVersion: "24.04", ResourceType: "ManagedInstance",
			SourceID: "s", SourceType: "AWS::SSM::ManagedInstance", SourceLocation: "l", ActivationID: "a", IAMRole: "r", RegistrationDate: at,
			AssociationStatus: "Success", AssociationDetailedStatus: "Success", AssociationCounts: map[string]int32{"Success": 2},
			LastAssociationExecution: at, LastSuccessfulAssociationExecution: at,
		}}
		if diff := cmp.Diff(want, nodes); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}

// TestNodesFor is which targets can be counted before a command is sent.
func TestNodesFor(t *testing.T) {
	for name, c := range map[string]struct {
		targets []Target
		want    NodeQuery
		ok      bool
	}{
		"tags":            {[]Target{{"tag:role", []string{"web", "db"}}, {"tag:stage", []string{"prod"}}}, NodeQuery{Tags: map[string][]string{"role": {"web", "db"}, "stage": {"prod"}}}, true},
		"a tag's key":     {[]Target{{"tag-key", []string{"role"}}}, NodeQuery{Tags: map[string][]string{"role": nil}}, true},
		"keys, any":       {[]Target{{"tag-key", []string{"role", "stage"}}}, NodeQuery{}, false},
		"IDs":             {[]Target{{"InstanceIds", []string{node}}}, NodeQuery{InstanceIDs: []string{node}}, true},
		"a group":         {[]Target{{"resource-groups:Name", []string{"g"}}}, NodeQuery{}, false},
		"a tag and group": {[]Target{{"tag:role", []string{"web"}}, {"resource-groups:Name", []string{"g"}}}, NodeQuery{}, false},
		"none":            {nil, NodeQuery{}, false},
	} {
		if got, ok := NodesFor(c.targets); ok != c.ok || cmp.Diff(c.want, got) != "" {
			t.Errorf("%s: %t, %s", name, ok, cmp.Diff(c.want, got))
		}
	}
}
