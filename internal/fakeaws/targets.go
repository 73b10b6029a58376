// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"slices"
	"strings"
)

// The kinds of targets, by their keys.
const (
	tagKey             = "tag-key"
	tagPrefix          = "tag:"
	resourceGroups     = "resource-groups:"
	resourceGroupName  = "resource-groups:Name"
	resourceGroupTypes = "resource-groups:ResourceTypeFilters"
)

// checkTargets applies the service's own checks to the targets of a command. Four of the messages
// are recorded, with their apostrophes. The messages about missing targets, nodes together with
// tags, and unknown keys are assumed.
func checkTargets(in sendInput) *failure {
	var tags, groups, groupValues int
	seen := map[string]bool{}
	duplicate, unknown := false, false
	for _, t := range in.Targets {
		key := text(t.Key)
		duplicate = duplicate || seen[key]
		seen[key] = true
		switch {
		case strings.HasPrefix(key, resourceGroups):
			groups++
			groupValues = max(groupValues, len(t.Values))
		case key == tagKey || strings.HasPrefix(key, tagPrefix):
			tags++
		case !isInstanceIDs(key):
			unknown = true
		}
	}
	reject := func(message string) *failure {
		return &failure{code: "ValidationException", message: message, framework: true}
	}
	switch {
	case len(in.InstanceIDs) == 0 && len(in.Targets) == 0:
		return reject("Instance IDs or targets must be specified.")
	case groups > 0 && len(in.InstanceIDs) > 0:
		return reject("Instance IDs and a target resource group can’t be specified together in the same command. Remove one target type, and try again.")
	case groups > 0 && tags > 0:
		return reject("A tag-key name or tag key-value pair can’t be specified together in the same command as a resource group target. Remove one target type, and try again.")
	case groupValues > 1:
		return reject("Multiple resource key values are not supported for resource group targets. Remove all but one value, and try again.")
	case duplicate:
		return reject("Duplicate keys are not supported for targets. Remove the duplicate key, and try again.")
	case len(in.InstanceIDs) > 0 && len(in.Targets) > 0:
		return reject("Instance IDs and targets can't be specified together in the same command.")
	case unknown:
		return reject("A target key is not supported.")
	}
	return nil
}

func isInstanceIDs(key string) bool { return strings.EqualFold(key, "InstanceIds") }

// targeted returns the nodes of a command: those that it names, in that order, or those that its
// targets match when the service resolves them. That time may be in the future, which works because
// the script defines the future of its nodes.
func (s *Server) targeted(c *command) []*managedNode {
	var found []*managedNode
	for _, id := range c.InstanceIDs {
		found = append(found, s.node(c.Region, id))
	}
	if len(c.Targets) == 0 {
		return found
	}
	for _, m := range s.nodes {
		if m.in(c.Region) && m.present(c.resolved) && !slices.ContainsFunc(c.Targets, func(t Target) bool { return !m.matches(t) }) {
			found = append(found, m)
		}
	}
	return found
}

// matches reports whether the node has one of the target's values. A node must match all targets.
func (m *managedNode) matches(t Target) bool {
	key, isTag := strings.CutPrefix(t.Key, tagPrefix)
	switch {
	case isTag:
		value, ok := m.Tags[key]
		return ok && slices.Contains(t.Values, value)
	case t.Key == tagKey:
		return slices.ContainsFunc(t.Values, func(key string) bool { _, ok := m.Tags[key]; return ok })
	case t.Key == resourceGroupName:
		return slices.ContainsFunc(m.ResourceGroups, func(name string) bool { return slices.Contains(t.Values, name) })
	case t.Key == resourceGroupTypes:
		types := map[string]string{"EC2Instance": "AWS::EC2::Instance", "ManagedInstance": "AWS::SSM::ManagedInstance"}
		return slices.Contains(t.Values, types[m.ResourceType])
	}
	return slices.Contains(t.Values, m.InstanceID)
}
