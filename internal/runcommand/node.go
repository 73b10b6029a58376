// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Node is a managed node, as DescribeInstanceInformation returns it. For an absent member, a string
// is "" and a time is zero.
type Node struct {
	InstanceID string
	// Name is that of a hybrid activation, ComputerName the host name.
	Name, ComputerName string
	IPAddress          string
	// PingStatus is Online, ConnectionLost, or Inactive. The agent reports every 5 minutes by
	// default, and the status can be Online for minutes after the agent has stopped.
	PingStatus                                   string
	LastPing                                     time.Time
	AgentVersion                                 string
	IsLatestVersion                              *bool
	PlatformType, PlatformName, PlatformVersion  string
	ResourceType                                 string
	SourceID, SourceType, SourceLocation         string
	ActivationID, IAMRole                        string
	RegistrationDate                             time.Time
	AssociationStatus, AssociationDetailedStatus string
	AssociationCounts                            map[string]int32 // By status.
	LastAssociationExecution                     time.Time
	LastSuccessfulAssociationExecution           time.Time
}

// Online reports whether the ping status is Online.
func (n *Node) Online() bool { return n.PingStatus == string(types.PingStatusOnline) }

// newNode maps an entry.
func newNode(i *types.InstanceInformation) *Node {
	n := &Node{
		InstanceID:                         text(i.InstanceId),
		Name:                               text(i.Name),
		ComputerName:                       text(i.ComputerName),
		IPAddress:                          text(i.IPAddress),
		PingStatus:                         clean(string(i.PingStatus)),
		LastPing:                           toMillis(i.LastPingDateTime),
		AgentVersion:                       text(i.AgentVersion),
		IsLatestVersion:                    i.IsLatestVersion,
		PlatformType:                       clean(string(i.PlatformType)),
		PlatformName:                       text(i.PlatformName),
		PlatformVersion:                    text(i.PlatformVersion),
		ResourceType:                       clean(string(i.ResourceType)),
		SourceID:                           text(i.SourceId),
		SourceType:                         clean(string(i.SourceType)),
		SourceLocation:                     text(i.SourceLocation),
		ActivationID:                       text(i.ActivationId),
		IAMRole:                            text(i.IamRole),
		RegistrationDate:                   toMillis(i.RegistrationDate),
		AssociationStatus:                  text(i.AssociationStatus),
		LastAssociationExecution:           toMillis(i.LastAssociationExecutionDate),
		LastSuccessfulAssociationExecution: toMillis(i.LastSuccessfulAssociationExecutionDate),
	}
	if o := i.AssociationOverview; o != nil {
		n.AssociationDetailedStatus = text(o.DetailedStatus)
		for status, count := range o.InstanceAssociationStatusAggregatedCount {
			if n.AssociationCounts == nil {
				n.AssociationCounts = map[string]int32{}
			}
			n.AssociationCounts[clean(status)] = count
		}
	}
	return n
}

// Readiness describes a node that an operation waits for.
type Readiness struct {
	InstanceID string
	// Node is the node, nil if the service does not return it: it is not registered in this account
	// and Region, or it is stopped or terminated.
	Node *Node
	// PingAge is how long ago the agent last reported, by this machine's clock.
	PingAge time.Duration
	// Connection is the response of GetConnectionStatus: connected, notconnected, or "" without
	// one. It is more current than the ping status. notconnected does not prove that the node
	// receives no commands: older agents use another channel (release notes of amazon-ssm-agent).
	Connection string
}

// Online reports whether the node is registered, and its ping status Online.
func (r *Readiness) Online() bool { return r.Node != nil && r.Node.Online() }

// readiness returns the Readiness of the requested nodes, or of all nodes in the list if requested
// is empty.
func readiness(requested []string, nodes []Node, now time.Time) []Readiness {
	byID := map[string]*Node{}
	for i := range nodes {
		byID[strings.ToLower(nodes[i].InstanceID)] = &nodes[i]
	}
	ids := requested
	if len(ids) == 0 {
		for _, n := range nodes {
			ids = append(ids, n.InstanceID)
		}
	}
	var known []Readiness
	for _, id := range ids {
		r := Readiness{InstanceID: id, Node: byID[strings.ToLower(id)]}
		if r.Node != nil && !r.Node.LastPing.IsZero() {
			r.PingAge = now.Sub(r.Node.LastPing)
		}
		known = append(known, r)
	}
	return known
}
