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

	// connectionBodyLimit is the maximum size in bytes of a response to GetConnectionStatus, which
	// has a node ID and a status.
	connectionBodyLimit = 1 << 16
	// mostConnections is the maximum number of nodes whose connection status is requested, with one
	// call each.
	mostConnections = 10

	// listNodesEvery is the time from one list of all nodes to the next, if the service rejects the
	// node IDs and the list has several pages.
	listNodesEvery = 30 * time.Second
	// lastList is the time before the deadline in which all nodes are listed in any case.
	lastList = 2 * time.Second

	// mostFilterValues is the maximum number of values of a filter of DescribeInstanceInformation.
	mostFilterValues = 100

	tagPrefix = "tag:"
	tagKey    = "tag-key"
)

// NodeQuery requests the managed nodes that match all of its criteria.
type NodeQuery struct {
	InstanceIDs []string
	// Tags has the allowed values of each tag. A tag without values must only exist.
	Tags                                   map[string][]string
	PingStatus, PlatformType, ResourceType string
	// Minimum is the number of matching nodes that must be Online; 0 means not to wait. With a
	// Minimum, nodes with another PingStatus are removed only from the final result.
	Minimum int
	Started time.Time
	Timeout time.Duration
}

// NodesFor returns the query for the nodes that targets match. It returns false if
// DescribeInstanceInformation has no filter for the targets, such as a resource group.
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

// Nodes lists the managed nodes that match, sorted by ID. With a Minimum, it waits until that many
// nodes are Online. With an error, it returns the nodes of the last list.
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

// nodesRead: the nodes were not listed, or fewer than the Minimum are Online. It is the only state
// of the read.
type nodesRead struct {
	operation
	query NodeQuery
	// withoutIDs is set while the service rejects the IDs, and all nodes are listed instead. For a
	// node that is not registered, the service can return InvalidInstanceId (API reference), or
	// return a list without the node.
	withoutIDs bool
	// nextList is when to list all nodes again. Until then, each poll requests the IDs, which takes
	// one request and succeeds when every node is registered.
	nextList time.Time
	list     *nodeList // The list in progress.
	matching []Node    // The nodes of the last list; with a Minimum, of any ping status.
	read     bool      // A list was complete.
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

// TimedOut returns an error that lists the nodes that are not ready.
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

// filters returns the filters of the request. The service does not combine tag filters with other
// filters (API reference), so NodeQuery.matches applies the rest.
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

// matches applies the criteria that are not in the filters of the request. With a Minimum, it
// ignores the ping status, because nodes may become Online later.
func (q *NodeQuery) matches(n *Node) bool {
	equal := func(want, have string) bool { return want == "" || want == have }
	return (len(q.InstanceIDs) == 0 || containsID(q.InstanceIDs, n.InstanceID)) &&
		(q.Minimum > 0 || equal(q.PingStatus, n.PingStatus)) &&
		equal(q.PlatformType, n.PlatformType) && equal(q.ResourceType, n.ResourceType)
}

// nodeList reads a list of nodes, page by page.
type nodeList struct {
	operation
	byIDs    bool // The filter is the list of IDs.
	filters  []types.InstanceInformationStringFilter
	pages    pages
	requests int             // Successful requests.
	nodes    map[string]Node // By ID. A node can be on two pages if other nodes register meanwhile.
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

// nodeMembers detects a response that is not a list of nodes. Decoded as an empty list, such a
// response would mean that no node is registered.
type nodeMembers struct {
	size int64
	none string // A description of a response that is not a list.
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

// nodesNotReady returns an error that lists which of the rejected nodes are not ready, because the
// rejection does not name them. The list needs a permission of its own.
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

// addConnections adds the connection status of registered nodes, first of the nodes that are not
// Online. It stops at the first call that fails, because the connection status only explains an
// error, and GetConnectionStatus needs a permission of its own.
func (r operation) addConnections(ctx context.Context, nodes []Readiness) {
	var registered []*Readiness
	for _, online := range []bool{false, true} {
		for i := range nodes {
			if n := &nodes[i]; n.Node != nil && n.Online() == online {
				registered = append(registered, n)
			}
		}
	}
	for _, n := range registered[:min(len(registered), mostConnections)] {
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

// explainLimit is the maximum time to read the details of an error.
const explainLimit = 5 * time.Second
