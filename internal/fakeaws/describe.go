// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// describeInput is the input of DescribeInstanceInformation.
type describeInput struct {
	Filters                       []nodeFilter       `json:"Filters"`
	InstanceInformationFilterList []legacyNodeFilter `json:"InstanceInformationFilterList"`
	MaxResults                    *int               `json:"MaxResults"`
	NextToken                     string             `json:"NextToken"`
}

// nodeFilter chooses nodes, one of whose values it is; legacyNodeFilter is how it was written
// before there were tags.
type (
	nodeFilter struct {
		Key    *string  `json:"Key"`
		Values []string `json:"Values"`
	}
	legacyNodeFilter struct {
		Key    *string  `json:"key"`
		Values []string `json:"valueSet"`
	}
)

// Pages of nodes are smaller than those of commands unless the request says otherwise.
const (
	minNodePage     = 5
	defaultNodePage = 10
)

// legacyNodeFilterKeys are the enumeration that keys of the legacy list are checked against.
var legacyNodeFilterKeys = []string{
	"InstanceIds", "AgentVersion", "PingStatus", "PlatformTypes", "ActivationIds", "IamRole", "ResourceType", "AssociationStatus",
}

// readDescribe reads a request to DescribeInstanceInformation.
func (c *call) readDescribe(body []byte) *failure {
	refusal := decodeStrict(body, &c.describe)
	c.record.NextToken = c.describe.NextToken
	if c.describe.MaxResults != nil {
		c.record.MaxResults = *c.describe.MaxResults
	}
	for _, f := range c.describe.all() {
		if c.record.Filters == nil {
			c.record.Filters = map[string]string{}
		}
		c.record.Filters[text(f.Key)] = strings.Join(f.Values, ",")
	}
	return refusal
}

// all are the filters of either list.
func (in describeInput) all() []nodeFilter {
	filters := slices.Clone(in.Filters)
	for _, f := range in.InstanceInformationFilterList {
		filters = append(filters, nodeFilter(f))
	}
	return filters
}

// validateDescribeInput is what the service's framework finds wrong with the request.
func validateDescribeInput(in describeInput) *failure {
	var v violations
	for i, f := range in.InstanceInformationFilterList {
		where := fmt.Sprintf("instanceInformationFilterList.%d.member.", i+1)
		v.required(f.Key, where+"key")
		v.oneOf(f.Key, where+"key", legacyNodeFilterKeys...)
		v.values(f.Values, where+"valueSet")
	}
	for i, f := range in.Filters {
		where := fmt.Sprintf("filters.%d.member.", i+1)
		v.required(f.Key, where+"key")
		v.text(f.Key, where+"key", 1, math.MaxInt, nil)
		v.values(f.Values, where+"values")
	}
	v.number(in.MaxResults, "maxResults", minNodePage, maxPage)
	return v.refusal()
}

// values checks the values of a filter.
func (v *violations) values(values []string, member string) {
	shown := "[" + strings.Join(values, ", ") + "]"
	v.length(&shown, len(values), member, 1, 100)
	if slices.Contains(values, "") {
		v.add(&shown, member, "Member must satisfy constraint: [Member must have length greater than or equal to 1]")
	}
}

// describeInstanceInformation answers the operation of that name: the nodes that are registered and
// not stopped.
func (s *Server) describeInstanceInformation(c *call, now time.Time) (object, *failure) {
	if refusal := validateDescribeInput(c.describe); refusal != nil {
		return nil, refusal
	}
	if len(c.describe.Filters) > 0 && len(c.describe.InstanceInformationFilterList) > 0 {
		// That this is an error is documented; its code and text are assumed.
		return nil, badFilter("Filters and InstanceInformationFilterList can't be specified together.")
	}
	filters := c.describe.all()
	if refusal := s.checkNodeFilters(c, filters, now); refusal != nil {
		return nil, refusal
	}
	return page(s, c, "InstanceInformationList", defaultNodePage, s.nodes, func(m *managedNode) (object, bool) {
		if !m.in(c.record.Region) || !m.present(now) {
			return nil, false
		}
		for _, f := range filters {
			if !f.matches(m, now) {
				return nil, false
			}
		}
		return m.wire(now), true
	})
}

// isTagFilter says whether a filter's key is about tags.
func (f nodeFilter) isTagFilter() bool {
	return *f.Key == "tag-key" || strings.HasPrefix(*f.Key, "tag:")
}

// nodeValues are the values that a node has for each filter key but those about tags. PlatformType
// is the key in the documentation's newer pages, PlatformTypes that of the API reference.
func (m *managedNode) values(now time.Time) map[string]string {
	return map[string]string{
		"ActivationIds": m.ActivationID, "AgentVersion": m.AgentVersion, "AssociationStatus": m.AssociationStatus,
		"IamRole": m.IAMRole, "InstanceIds": m.InstanceID, "PingStatus": m.ping(now), "PlatformType": m.PlatformType,
		"PlatformTypes": m.PlatformType, "ResourceType": m.ResourceType, "SourceIds": m.SourceID, "SourceTypes": m.SourceType,
	}
}

// enumerated are the filters whose values are known words.
var enumerated = map[string][]string{
	"PingStatus": pingStatuses, "PlatformType": platformTypes, "PlatformTypes": platformTypes,
	"ResourceType": resourceTypes, "SourceTypes": sourceTypes, "AssociationStatus": {"Success", "Pending", "Failed"},
}

// checkNodeFilters is what the service itself finds wrong with filters. That tags cannot be
// combined with others is documented; the code and the text of that error are assumed.
func (s *Server) checkNodeFilters(c *call, filters []nodeFilter, now time.Time) *failure {
	known := (&managedNode{}).values(now)
	tags := 0
	for _, f := range filters {
		if f.isTagFilter() {
			tags++
			continue
		}
		if _, ok := known[*f.Key]; !ok {
			return &failure{code: "InvalidFilterKey"}
		}
		for _, value := range f.Values {
			words, ok := enumerated[*f.Key]
			if ok && !slices.Contains(words, value) {
				return &failure{code: "InvalidInstanceInformationFilterValue"}
			}
			if *f.Key != "InstanceIds" {
				continue
			}
			m := s.node(c.record.Region, value)
			unknown := m == nil || !m.present(now)
			if !instanceIDSyntax.MatchString(value) || s.script.Behavior.UnknownInstanceError && unknown {
				return &failure{code: "InvalidInstanceId"}
			}
		}
	}
	if tags > 0 && tags < len(filters) {
		return badFilter("Tag filters can't be combined with other filters.")
	}
	return nil
}

// matches says whether a node has one of the filter's values.
func (f nodeFilter) matches(m *managedNode, now time.Time) bool {
	if *f.Key == "tag-key" {
		return slices.ContainsFunc(f.Values, func(key string) bool { _, ok := m.Tags[key]; return ok })
	}
	if key, ok := strings.CutPrefix(*f.Key, "tag:"); ok {
		value, has := m.Tags[key]
		return has && slices.Contains(f.Values, value)
	}
	return slices.Contains(f.Values, m.values(now)[*f.Key])
}

// connectionInput is the input of GetConnectionStatus.
type connectionInput struct {
	Target *string `json:"Target"`
}

// getConnectionStatus answers the operation of that name: whether the agent's channel is open now,
// which is fresher than a ping status. That it is notconnected for a node which is not registered
// is assumed.
func (s *Server) getConnectionStatus(c *call, now time.Time) (object, *failure) {
	target := c.connection.Target
	var v violations
	v.required(target, "target")
	v.text(target, "target", 1, 400, nil)
	if refusal := v.refusal(); refusal != nil {
		return nil, refusal
	}
	status := "notconnected"
	if m := s.node(c.record.Region, *target); m != nil {
		if from, ok := m.connectedFrom(now); ok && from.Equal(now) {
			status = "connected"
		}
	}
	return object{"Status": status, "Target": *target}, nil
}
