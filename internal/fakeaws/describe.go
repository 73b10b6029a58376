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

// nodeFilter selects the nodes that have one of its values. legacyNodeFilter is the form that
// predates tags.
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

// Pages of nodes are smaller than pages of commands unless the request sets a size.
const (
	minNodePage     = 5
	defaultNodePage = 10
)

// legacyNodeFilterKeys are the valid keys of the legacy list.
var legacyNodeFilterKeys = []string{
	"InstanceIds", "AgentVersion", "PingStatus", "PlatformTypes", "ActivationIds", "IamRole", "ResourceType", "AssociationStatus",
}

// readDescribe reads a request to DescribeInstanceInformation.
func (c *call) readDescribe(body []byte) *failure {
	rejection := decodeStrict(body, &c.describe)
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
	return rejection
}

// all are the filters of either list.
func (in describeInput) all() []nodeFilter {
	filters := slices.Clone(in.Filters)
	for _, f := range in.InstanceInformationFilterList {
		filters = append(filters, nodeFilter(f))
	}
	return filters
}

// validateDescribeInput applies the checks of the service's framework to the request.
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
	return v.failure()
}

// values checks the values of a filter.
func (v *violations) values(values []string, member string) {
	shown := "[" + strings.Join(values, ", ") + "]"
	v.length(&shown, len(values), member, 1, 100)
	if slices.Contains(values, "") {
		v.add(&shown, member, "Member must satisfy constraint: [Member must have length greater than or equal to 1]")
	}
}

// describeInstanceInformation implements DescribeInstanceInformation: the nodes that are registered
// and not stopped.
func (s *Server) describeInstanceInformation(c *call, now time.Time) (object, *failure) {
	if rejection := validateDescribeInput(c.describe); rejection != nil {
		return nil, rejection
	}
	if len(c.describe.Filters) > 0 && len(c.describe.InstanceInformationFilterList) > 0 {
		// This error is documented; its code and message are assumed.
		return nil, invalidFilter("Filters and InstanceInformationFilterList can't be specified together.")
	}
	filters := c.describe.all()
	if rejection := s.checkNodeFilters(c, filters, now); rejection != nil {
		return nil, rejection
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

// isTagFilter reports whether a filter's key refers to tags.
func (f nodeFilter) isTagFilter() bool {
	return *f.Key == "tag-key" || strings.HasPrefix(*f.Key, "tag:")
}

// values returns a node's values for each filter key except those for tags. Newer pages of the
// documentation call the key PlatformType, the API reference calls it PlatformTypes.
func (m *managedNode) values(now time.Time) map[string]string {
	return map[string]string{
		"ActivationIds": m.ActivationID, "AgentVersion": m.AgentVersion, "AssociationStatus": m.AssociationStatus,
		"IamRole": m.IAMRole, "InstanceIds": m.InstanceID, "PingStatus": m.ping(now), "PlatformType": m.PlatformType,
		"PlatformTypes": m.PlatformType, "ResourceType": m.ResourceType, "SourceIds": m.SourceID, "SourceTypes": m.SourceType,
	}
}

// enumerated lists the filters whose values are an enumeration.
var enumerated = map[string][]string{
	"PingStatus": pingStatuses, "PlatformType": platformTypes, "PlatformTypes": platformTypes,
	"ResourceType": resourceTypes, "SourceTypes": sourceTypes, "AssociationStatus": {"Success", "Pending", "Failed"},
}

// checkNodeFilters applies the service's own checks to filters. The documentation forbids to
// combine tags with other filters; the code and the message of that error are assumed.
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
		return invalidFilter("Tag filters can't be combined with other filters.")
	}
	return nil
}

// matches reports whether a node has one of the filter's values.
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

// getConnectionStatus implements GetConnectionStatus: whether the agent's channel is open now,
// which is more current than a ping status. The status notconnected for a node that is not
// registered is assumed.
func (s *Server) getConnectionStatus(c *call, now time.Time) (object, *failure) {
	target := c.connection.Target
	var v violations
	v.required(target, "target")
	v.text(target, "target", 1, 400, nil)
	if rejection := v.failure(); rejection != nil {
		return nil, rejection
	}
	status := "notconnected"
	if m := s.node(c.record.Region, *target); m != nil {
		if from, ok := m.connectedFrom(now); ok && from.Equal(now) {
			status = "connected"
		}
	}
	return object{"Status": status, "Target": *target}, nil
}
