// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	describeInstanceInformation = "DescribeInstanceInformation"
	getConnectionStatus         = "GetConnectionStatus"

	// connectionBodyLimit bounds a response of GetConnectionStatus in bytes. It repeats an ID.
	connectionBodyLimit = 1 << 16
	// mostConnections is how many nodes GetConnectionStatus is called for, one call each.
	mostConnections = 10

	// listNodesEvery is how often all nodes are listed, on several pages, to find out about some.
	listNodesEvery = 30 * time.Second
	// lastList is how long before the deadline they are listed in any case.
	lastList = 2 * time.Second

	// mostFilterValues is how many values a filter of DescribeInstanceInformation takes.
	mostFilterValues = 100

	tagPrefix = "tag:"
	tagKey    = "tag-key"
)

// NodeQuery requests managed nodes. All that it names must match.
type NodeQuery struct {
	InstanceIDs []string
	// Tags are the values that each tag may have; without values the tag must only exist.
	Tags                                   map[string][]string
	PingStatus, PlatformType, ResourceType string
	// Minimum is the number of matching nodes that must be Online; 0 takes the nodes as they are. All
	// that match are returned then, or those that are Online if that is the PingStatus.
	Minimum int
	Started time.Time
	Timeout time.Duration
}

// NodesFor returns the query for the nodes that targets match. It returns false for targets that
// DescribeInstanceInformation cannot be asked about, such as a resource group.
func NodesFor(targets []Target) (NodeQuery, bool) {
	q := NodeQuery{}
	for _, t := range targets {
		switch key, isTag := strings.CutPrefix(t.Key, tagPrefix); {
		case isTag && len(t.Values) > 0:
			if q.Tags == nil {
				q.Tags = map[string][]string{}
			}
			q.Tags[key] = append(q.Tags[key], t.Values...)
		case t.Key == tagKey && len(t.Values) == 1:
			if q.Tags == nil {
				q.Tags = map[string][]string{}
			}
			if _, ok := q.Tags[t.Values[0]]; !ok {
				q.Tags[t.Values[0]] = nil
			}
		case t.namesNodes():
			q.InstanceIDs = append(q.InstanceIDs, t.Values...)
		default:
			return NodeQuery{}, false
		}
	}
	return q, len(targets) > 0
}

// Nodes lists the managed nodes that match, sorted by ID. With a minimum it waits until that many
// are Online. With an error, it returns the nodes that were read last.
//
// The errors, by type: [*NodesNotReadyError], and those of [Client.Commands].
func (c *Client) Nodes(ctx context.Context, q NodeQuery) ([]Node, error) {
	r := &nodesRead{operation: c.begin(q.Started, q.Timeout), query: q}
	err := r.run(ctx, r)
	if err == nil && q.PingStatus != "" {
		r.matching = slices.DeleteFunc(r.matching, func(n Node) bool { return n.PingStatus != q.PingStatus })
	}
	return r.matching, err
}

// nodesRead: nodes that are not ready, or that are taken as they are. It is the only state of the
// read.
type nodesRead struct {
	operation
	query NodeQuery
	// withoutIDs is set while the service rejects the IDs: it can return InvalidInstanceId for one
	// that is not registered (API reference), and is known to leave it out of the list. All nodes
	// are listed then.
	withoutIDs bool
	// nextList is when to list all nodes again. Until then, each poll requests the IDs, which takes
	// one request and succeeds once every node is registered.
	nextList time.Time
	list     *nodeList // The list under way.
	matching []Node    // What matched last, whatever the ping status if there is a minimum.
	read     bool      // A list was read to its end.
}

// Poll lists the nodes once.
func (r *nodesRead) Poll(ctx context.Context) (poll.State, error) {
	if r.list == nil {
		byIDs := r.byIDs()
		r.list = &nodeList{operation: r.operation, byIDs: byIDs, filters: r.filters(byIDs), nodes: map[string]Node{}}
		r.list.pages.limit = r.client.options.MaxListBytes
	}
	switch err := r.list.readAll(ctx); {
	case is(err, "InvalidInstanceId") && r.list.byIDs && r.withoutIDs:
		r.list = nil
		return r, nil // A node is still not registered.
	case is(err, "InvalidInstanceId") && r.list.byIDs:
		r.withoutIDs, r.list = true, nil
		return r.Poll(ctx)
	case err != nil:
		return r, err
	}
	r.matching, r.read = r.list.matching(r.query), true
	if r.withoutIDs = r.withoutIDs && !r.list.byIDs; r.withoutIDs && r.list.requests > 1 {
		r.nextList = time.Now().Add(listNodesEvery)
	}
	r.list = nil
	if r.query.Minimum > 0 && r.online() < r.query.Minimum {
		return r, nil
	}
	return nil, nil
}

// PollBy returns when to list all nodes again.
func (r *nodesRead) PollBy() time.Time { return r.nextList }

// byIDs reports whether to request the nodes by their IDs.
func (r *nodesRead) byIDs() bool {
	ids := len(r.query.InstanceIDs)
	if len(r.query.Tags) > 0 || ids == 0 || ids > mostFilterValues {
		return false
	}
	now := time.Now()
	return !r.withoutIDs || r.query.Minimum > 0 && now.Before(r.nextList) && now.Add(lastList).Before(r.deadline)
}

// online counts the nodes that are Online.
func (r *nodesRead) online() int {
	n := 0
	for i := range r.matching {
		if r.matching[i].Online() {
			n++
		}
	}
	return n
}

// TimedOut says which nodes are not ready.
func (r *nodesRead) TimedOut(ctx context.Context) error {
	switch {
	case !r.read && r.query.Minimum == 0 && r.list != nil:
		return r.unfinished(describeInstanceInformation, len(r.list.nodes))
	case !r.read:
		return r.unreached(r.Trouble())
	}
	e := &NodesNotReadyError{
		Nodes: readiness(r.query.InstanceIDs, r.matching, time.Now()), Minimum: r.query.Minimum,
		Unknown: r.trouble(), Waited: r.waited(),
	}
	if e.Unknown == nil {
		r.addConnections(ctx, e.Nodes)
	}
	return e
}

// filters are those that the service is asked to apply. It does not combine filters about tags with
// others (API reference); what it is not asked is applied here.
func (r *nodesRead) filters(byIDs bool) []types.InstanceInformationStringFilter {
	filter := func(key string, values ...string) types.InstanceInformationStringFilter {
		return types.InstanceInformationStringFilter{Key: aws.String(key), Values: values}
	}
	q := r.query
	var all []types.InstanceInformationStringFilter
	switch {
	case len(q.Tags) > 0:
		for _, key := range slices.Sorted(maps.Keys(q.Tags)) {
			if values := q.Tags[key]; len(values) > 0 {
				all = append(all, filter(tagPrefix+key, values...))
			} else {
				all = append(all, filter(tagKey, key))
			}
		}
	case byIDs:
		all = append(all, filter("InstanceIds", q.InstanceIDs...))
	}
	return all
}

// matches applies to a node the filters that the service was not asked to apply. With a minimum the
// ping status is not one of them: nodes that are not Online are waited for.
func (q *NodeQuery) matches(n *Node) bool {
	equal := func(want, have string) bool { return want == "" || want == have }
	return (len(q.InstanceIDs) == 0 || containsID(q.InstanceIDs, n.InstanceID)) &&
		(q.Minimum > 0 || equal(q.PingStatus, n.PingStatus)) &&
		equal(q.PlatformType, n.PlatformType) && equal(q.ResourceType, n.ResourceType)
}

// nodeList reads a list of nodes, page by page.
type nodeList struct {
	operation
	byIDs    bool // The filters are the IDs.
	filters  []types.InstanceInformationStringFilter
	pages    pages
	requests int             // That were answered.
	nodes    map[string]Node // By ID: a node can be on two pages if nodes register in the meantime.
}

func (l *nodeList) readAll(ctx context.Context) error {
	return l.pages.walk(ctx, describeInstanceInformation, func(ctx context.Context, token *string) (page, error) {
		in := &ssm.DescribeInstanceInformationInput{Filters: l.filters, MaxResults: aws.Int32(pageSize), NextToken: token}
		var out *ssm.DescribeInstanceInformationOutput
		var inspected nodeMembers
		call := awscall.Call{Operation: describeInstanceInformation, BodyLimit: pageBodyLimit, Inspect: inspected.inspect}
		err := l.call(ctx, call, func(ctx context.Context, o func(*ssm.Options)) (err error) {
			if out, err = l.client.api.DescribeInstanceInformation(ctx, in, o); err != nil {
				return err
			}
			return inspected.list()
		})
		if err != nil {
			return page{}, err
		}
		l.requests++
		p := page{next: aws.ToString(out.NextToken), size: inspected.size}
		for i := range out.InstanceInformationList {
			n := newNode(&out.InstanceInformationList[i])
			if _, twice := l.nodes[strings.ToLower(n.InstanceID)]; !twice {
				p.rows++
			}
			l.nodes[strings.ToLower(n.InstanceID)] = *n
		}
		return p, nil
	})
}

// matching returns the nodes that match, sorted by ID.
func (l *nodeList) matching(q NodeQuery) []Node {
	var nodes []Node
	for _, n := range l.nodes {
		if q.matches(&n) {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b Node) int { return cmp.Compare(a.InstanceID, b.InstanceID) })
	return nodes
}

// nodeMembers tells a list of nodes from a response that is none: taken for an empty list, it would
// mean that no node is registered.
type nodeMembers struct {
	size int64
	none string // What the response is about if it is no list.
}

func (m *nodeMembers) inspect(body []byte) string {
	*m = nodeMembers{size: int64(len(body))}
	var top map[string]json.RawMessage
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		m.none = "nothing: its body is empty"
	case json.NewDecoder(bytes.NewReader(body)).Decode(&top) != nil:
		// The SDK rejects it.
	case len(top) > 0 && !present(top, "InstanceInformationList") && !present(top, "NextToken"):
		m.none = "something else: it has no list"
	}
	return ""
}

func (m *nodeMembers) list() error {
	if m.none != "" {
		return &awscall.MismatchError{Got: m.none}
	}
	return nil
}

// nodesNotReady says which of the nodes that the service rejected are not ready, as far as it is
// allowed to be known. The rejection does not name them.
func (s *sending) nodesNotReady(ctx context.Context) error {
	e := &NodesNotReadyError{Waited: s.waited()}
	if s.notReady != nil {
		response := s.request.response(s.notReady)
		e.Response = &response
	}
	query := NodeQuery{InstanceIDs: s.request.InstanceIDs}
	if len(query.InstanceIDs) == 0 {
		query, _ = NodesFor(s.request.Targets)
	}
	if len(query.InstanceIDs) == 0 {
		return e
	}
	limited, cancel := context.WithTimeout(ctx, explainLimit)
	defer cancel()
	read := &nodesRead{operation: s.client.begin(time.Time{}, explainLimit), query: query}
	_, err := read.Poll(limited)
	if err != nil {
		e.Unknown = &Response{Operation: describeInstanceInformation, Cause: err.Error()}
		if f := (*awscall.CallError)(nil); errors.As(err, &f) {
			response := responseOf(f)
			e.Unknown = &response
		}
	}
	if read.read {
		e.Nodes = readiness(query.InstanceIDs, read.matching, time.Now())
		read.addConnections(limited, e.Nodes)
	}
	return e
}

// addConnections adds the connection status of nodes that are registered, first of those that are not
// Online. It gives up at the first call that fails: the operation has a permission of its own, and
// only explains.
func (r operation) addConnections(ctx context.Context, nodes []Readiness) {
	var asked []*Readiness
	for _, online := range []bool{false, true} {
		for i := range nodes {
			if n := &nodes[i]; n.Node != nil && n.Online() == online {
				asked = append(asked, n)
			}
		}
	}
	for _, n := range asked[:min(len(asked), mostConnections)] {
		in := &ssm.GetConnectionStatusInput{Target: aws.String(n.Node.InstanceID)}
		call := awscall.Call{Operation: getConnectionStatus, Attempts: 1, BodyLimit: connectionBodyLimit}
		err := r.call(ctx, call, func(ctx context.Context, o func(*ssm.Options)) error {
			out, err := r.client.api.GetConnectionStatus(ctx, in, o)
			if err == nil && strings.EqualFold(text(out.Target), n.Node.InstanceID) {
				n.Connection = clean(string(out.Status))
			}
			return err
		})
		if err != nil {
			return
		}
	}
}

// explainLimit is how long an explanation of an error may take.
const explainLimit = 5 * time.Second
