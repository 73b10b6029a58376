// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Node is a managed node: an EC2 instance, or a non-EC2 node with a hybrid activation. Times count
// from the server's start.
type Node struct {
	// InstanceID begins with i- or mi-.
	InstanceID string `json:"instance_id"`
	// Region is the Region of the node. By default every served Region has the node.
	Region string `json:"region,omitempty"`

	// RegisteredAt is when the agent registers and sends its first ping: 30 to 90 seconds after an
	// EC2 instance boots. Defaults to a day before the server's start.
	RegisteredAt *Seconds `json:"registered_at,omitempty"`
	// DeregisteredAt is when the node is removed: terminated or deregistered.
	DeregisteredAt *Seconds `json:"deregistered_at,omitempty"`
	// Stopped are the periods in which the node is stopped. DescribeInstanceInformation does not
	// return a stopped node, and SendCommand rejects it, as recorded.
	Stopped []Span `json:"stopped,omitempty"`
	// Ping is the ping status over time. Defaults to Online.
	Ping []Ping `json:"ping,omitempty"`
	// Offline are the periods in which the agent receives no commands and reports no results
	// although the ping status is Online, as recorded for minutes after an agent died: the service
	// detects it late.
	Offline []Span `json:"offline,omitempty"`
	// SendDenied denies the caller permission to send to the node: a SendCommand that names the
	// node returns AccessDenied, and an invocation from a tag completes as AccessDenied.
	SendDenied bool `json:"send_denied,omitempty"`

	Tags map[string]string `json:"tags,omitempty"`
	// ResourceGroups are the names of the groups that the node belongs to.
	ResourceGroups []string `json:"resource_groups,omitempty"`

	Name            string `json:"name,omitempty"`             // The hybrid activation; empty for EC2 instances.
	ComputerName    string `json:"computer_name,omitempty"`    // Defaults to <instance ID>.example.internal.
	IPAddress       string `json:"ip_address,omitempty"`       // Defaults to 10.0.0.<number of the node, from 1>.
	PlatformType    string `json:"platform_type,omitempty"`    // Linux, Windows, or MacOS; defaults to Linux.
	PlatformName    string `json:"platform_name,omitempty"`    // Defaults to Amazon Linux, Microsoft Windows Server, or macOS.
	PlatformVersion string `json:"platform_version,omitempty"` // Defaults to 2023, 10.0.20348, or 15.1.
	AgentVersion    string `json:"agent_version,omitempty"`    // Defaults to 3.3.5226.0.
	// IsLatestVersion is whether AgentVersion is the latest. The service returns it only for Linux.
	IsLatestVersion *bool  `json:"is_latest_version,omitempty"`
	ResourceType    string `json:"resource_type,omitempty"` // EC2Instance or ManagedInstance; defaults to the type that the ID implies.
	SourceID        string `json:"source_id,omitempty"`     // Defaults to InstanceID.
	SourceType      string `json:"source_type,omitempty"`   // Defaults to AWS::EC2::Instance or AWS::SSM::ManagedInstance.
	SourceLocation  string `json:"source_location,omitempty"`
	ActivationID    string `json:"activation_id,omitempty"`
	IAMRole         string `json:"iam_role,omitempty"`

	AssociationStatus                   string              `json:"association_status,omitempty"`
	AssociationOverview                 AssociationOverview `json:"association_overview,omitzero"`
	LastAssociationExecutionAt          *Seconds            `json:"last_association_execution_at,omitempty"`
	LastSuccessfulAssociationExecutedAt *Seconds            `json:"last_successful_association_executed_at,omitempty"`
}

// Span is a period; a zero Until means no end.
type Span struct {
	From  Seconds `json:"from"`
	Until Seconds `json:"until,omitempty"`
}

// Ping is a change of a node's ping status to Online, ConnectionLost, or Inactive, which the
// service no longer uses.
type Ping struct {
	At     Seconds `json:"at"`
	Status string  `json:"status"`
}

// AssociationOverview summarizes the State Manager associations of a node.
type AssociationOverview struct {
	DetailedStatus string         `json:"detailed_status,omitempty"`
	Counts         map[string]int `json:"counts,omitempty"` // By status.
}

// pingEvery is the default interval at which the agent reports its health.
const pingEvery = 5 * time.Minute

// managedNode is a node with its defaults set and absolute times. It does not change after New.
type managedNode struct {
	Node
	start, registered time.Time
	connected         []period // When the agent receives commands and reports results; in order, without overlap.
}

// period is a span of absolute times; a zero end means no end.
type period struct{ from, until time.Time }

func (p period) has(t time.Time) bool {
	return !t.Before(p.from) && (p.until.IsZero() || t.Before(p.until))
}

func (s Span) period(start time.Time) period {
	p := period{from: start.Add(s.From.Duration())}
	if s.Until != 0 {
		p.until = start.Add(s.Until.Duration())
	}
	return p
}

// newManagedNode sets the defaults of a valid node. Its number counts from 1.
func newManagedNode(n Node, number int, start time.Time) *managedNode {
	setDefault(&n.ComputerName, n.InstanceID+".example.internal")
	setDefault(&n.IPAddress, fmt.Sprintf("10.0.%d.%d", number>>8, number&0xff))
	setDefault(&n.PlatformType, "Linux")
	setDefault(&n.PlatformName, map[string]string{"Linux": "Amazon Linux", "Windows": "Microsoft Windows Server", "MacOS": "macOS"}[n.PlatformType])
	setDefault(&n.PlatformVersion, map[string]string{"Linux": "2023", "Windows": "10.0.20348", "MacOS": "15.1"}[n.PlatformType])
	setDefault(&n.AgentVersion, "3.3.5226.0")
	setDefault(&n.SourceID, n.InstanceID)
	if strings.HasPrefix(n.InstanceID, "mi-") {
		setDefault(&n.ResourceType, "ManagedInstance")
		setDefault(&n.SourceType, "AWS::SSM::ManagedInstance")
	}
	setDefault(&n.ResourceType, "EC2Instance")
	setDefault(&n.SourceType, "AWS::EC2::Instance")
	m := &managedNode{Node: n, start: start, registered: start.Add(-24 * time.Hour)}
	if n.RegisteredAt != nil {
		m.registered = start.Add(n.RegisteredAt.Duration())
	}
	m.connected = m.connections()
	return m
}

// connections computes when the agent receives commands: while the node is present, its ping status
// is Online, and it is not offline.
func (m *managedNode) connections() []period {
	moments := []time.Time{m.registered}
	if m.DeregisteredAt != nil {
		moments = append(moments, m.start.Add(m.DeregisteredAt.Duration()))
	}
	for _, s := range slices.Concat(m.Stopped, m.Offline) {
		p := s.period(m.start)
		moments = append(moments, p.from)
		if !p.until.IsZero() {
			moments = append(moments, p.until)
		}
	}
	for _, p := range m.Ping {
		moments = append(moments, m.start.Add(p.At.Duration()))
	}
	sort.Slice(moments, func(i, j int) bool { return moments[i].Before(moments[j]) })
	var periods []period
	on := false
	for _, t := range moments {
		offline := slices.ContainsFunc(m.Offline, func(s Span) bool { return s.period(m.start).has(t) })
		now := m.present(t) && m.ping(t) == "Online" && !offline
		switch {
		case now && !on:
			periods = append(periods, period{from: t})
		case on && !now:
			periods[len(periods)-1].until = t
		}
		on = now
	}
	return periods
}

// present reports whether the node is registered and not stopped.
func (m *managedNode) present(t time.Time) bool {
	gone := m.DeregisteredAt != nil && !t.Before(m.start.Add(m.DeregisteredAt.Duration()))
	stopped := slices.ContainsFunc(m.Stopped, func(s Span) bool { return s.period(m.start).has(t) })
	return !t.Before(m.registered) && !gone && !stopped
}

// in reports whether the Region has the node.
func (m *managedNode) in(region string) bool { return m.Region == "" || m.Region == region }

// ping is the ping status.
func (m *managedNode) ping(t time.Time) string {
	status := "Online"
	for _, p := range m.Ping {
		if !t.Before(m.start.Add(p.At.Duration())) {
			status = p.Status
		}
	}
	return status
}

// lastPing is when the agent last reported its health: when it connects, and then every 5 minutes.
func (m *managedNode) lastPing(now time.Time) time.Time {
	last := m.registered
	for _, p := range m.connected {
		if now.Before(p.from) {
			break
		}
		until := now
		if !p.has(now) {
			until = p.until
		}
		last = p.from.Add(until.Sub(p.from).Truncate(pingEvery))
	}
	return last
}

// connectedFrom is the first time, at t or later, at which the agent receives commands and reports
// results. It returns false if there is none.
func (m *managedNode) connectedFrom(t time.Time) (time.Time, bool) {
	for _, p := range m.connected {
		if p.has(t) {
			return t, true
		}
		if p.from.After(t) {
			return p.from, true
		}
	}
	return time.Time{}, false
}

// arn is the resource for which SendCommand needs permission.
func (m *managedNode) arn(region, account string) string {
	if strings.HasPrefix(m.InstanceID, "mi-") {
		return "arn:aws:ssm:" + region + ":" + account + ":managed-instance/" + m.InstanceID
	}
	return "arn:aws:ec2:" + region + ":" + account + ":instance/" + m.InstanceID
}

// wire is the node in DescribeInstanceInformation.
func (m *managedNode) wire(now time.Time) object {
	o := object{
		"InstanceId":       m.InstanceID,
		"PingStatus":       m.ping(now),
		"LastPingDateTime": epoch(m.lastPing(now)),
	}
	for name, value := range map[string]string{
		"Name": m.Name, "ComputerName": m.ComputerName, "IPAddress": m.IPAddress, "PlatformType": m.PlatformType,
		"PlatformName": m.PlatformName, "PlatformVersion": m.PlatformVersion, "AgentVersion": m.AgentVersion,
		"ResourceType": m.ResourceType, "SourceId": m.SourceID, "SourceType": m.SourceType, "SourceLocation": m.SourceLocation,
		"ActivationId": m.ActivationID, "IamRole": m.IAMRole, "AssociationStatus": m.AssociationStatus,
	} {
		if value != "" {
			o[name] = value
		}
	}
	if m.IsLatestVersion != nil {
		o["IsLatestVersion"] = *m.IsLatestVersion
	}
	if m.ResourceType == "ManagedInstance" {
		o["RegistrationDate"] = epoch(m.registered)
	}
	for name, at := range map[string]*Seconds{
		"LastAssociationExecutionDate":           m.LastAssociationExecutionAt,
		"LastSuccessfulAssociationExecutionDate": m.LastSuccessfulAssociationExecutedAt,
	} {
		if at != nil {
			o[name] = epoch(m.start.Add(at.Duration()))
		}
	}
	if m.AssociationOverview.DetailedStatus != "" || len(m.AssociationOverview.Counts) > 0 {
		counts := object{}
		for status, n := range m.AssociationOverview.Counts {
			counts[status] = n
		}
		o["AssociationOverview"] = object{
			"DetailedStatus": m.AssociationOverview.DetailedStatus,
			"InstanceAssociationStatusAggregatedCount": counts,
		}
	}
	return o
}

// node returns the managed node with that ID in the Region, or nil.
func (s *Server) node(region, id string) *managedNode {
	for _, m := range s.nodes {
		if m.InstanceID == id && m.in(region) {
			return m
		}
	}
	return nil
}

var (
	pingStatuses  = []string{"Online", "ConnectionLost", "Inactive"}
	platformTypes = []string{"Windows", "Linux", "MacOS"}
	resourceTypes = []string{"EC2Instance", "ManagedInstance"}
	sourceTypes   = []string{"AWS::EC2::Instance", "AWS::IoT::Thing", "AWS::SSM::ManagedInstance", "Microsoft.Compute/virtualMachines"}
)

// validate checks a node of a script.
func (n Node) validate() error {
	switch {
	case !instanceIDSyntax.MatchString(n.InstanceID):
		return fmt.Errorf("instance_id: %q is not the ID of a managed node", n.InstanceID)
	case n.PlatformType != "" && !slices.Contains(platformTypes, n.PlatformType):
		return fmt.Errorf("platform_type: %q is none of %q", n.PlatformType, platformTypes)
	case n.ResourceType != "" && !slices.Contains(resourceTypes, n.ResourceType):
		return fmt.Errorf("resource_type: %q is none of %q", n.ResourceType, resourceTypes)
	case n.SourceType != "" && !slices.Contains(sourceTypes, n.SourceType):
		return fmt.Errorf("source_type: %q is none of %q", n.SourceType, sourceTypes)
	}
	for i, p := range n.Ping {
		switch {
		case !slices.Contains(pingStatuses, p.Status):
			return fmt.Errorf("ping[%d]: status: %q is none of %q", i, p.Status, pingStatuses)
		case i > 0 && p.At < n.Ping[i-1].At:
			return fmt.Errorf("ping[%d]: at %v is before the preceding change", i, p.At)
		}
		if err := checkTimes(map[string]*Seconds{"at": &p.At}, earliest); err != nil {
			return fmt.Errorf("ping[%d]: %w", i, err)
		}
	}
	for name, spans := range map[string][]Span{"stopped": n.Stopped, "offline": n.Offline} {
		for i, s := range spans {
			if s.Until != 0 && s.Until <= s.From {
				return fmt.Errorf("%s[%d]: until: %v is not after from, %v", name, i, s.Until, s.From)
			}
			if err := checkTimes(map[string]*Seconds{"from": &s.From, "until": &s.Until}, earliest); err != nil {
				return fmt.Errorf("%s[%d]: %w", name, i, err)
			}
		}
	}
	return checkTimes(map[string]*Seconds{
		"registered_at": n.RegisteredAt, "deregistered_at": n.DeregisteredAt,
		"last_association_execution_at":           n.LastAssociationExecutionAt,
		"last_successful_association_executed_at": n.LastSuccessfulAssociationExecutedAt,
	}, earliest)
}
