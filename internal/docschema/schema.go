// SPDX-License-Identifier: MPL-2.0

package main

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The types of this file have the members that `terraform providers schema -json` writes, as
// https://developer.hashicorp.com/terraform/cli/commands/providers/schema describes them.

// schema describes a resource, a data source, a list resource, or an action.
type schema struct {
	// Version is nil for actions, which have no state.
	Version *int64 `json:"version,omitempty"`
	Block   *block `json:"block"`
}

// block describes the arguments of a block, and the blocks in it.
type block struct {
	Attributes      map[string]attribute   `json:"attributes,omitempty"`
	BlockTypes      map[string]nestedBlock `json:"block_types,omitempty"`
	Description     string                 `json:"description,omitempty"`
	DescriptionKind string                 `json:"description_kind"`
	Deprecated      bool                   `json:"deprecated,omitempty"`
}

// nestedBlock describes a block in a block.
type nestedBlock struct {
	NestingMode string `json:"nesting_mode"`
	Block       *block `json:"block"`
	MinItems    int64  `json:"min_items,omitempty"`
	MaxItems    int64  `json:"max_items,omitempty"`
}

// attribute describes an attribute: either its type, or the attributes in it.
type attribute struct {
	Type            tftypes.Type `json:"type,omitempty"`
	NestedType      *nestedType  `json:"nested_type,omitempty"`
	Description     string       `json:"description,omitempty"`
	DescriptionKind string       `json:"description_kind"`
	Deprecated      bool         `json:"deprecated,omitempty"`
	Required        bool         `json:"required,omitempty"`
	Optional        bool         `json:"optional,omitempty"`
	Computed        bool         `json:"computed,omitempty"`
	Sensitive       bool         `json:"sensitive,omitempty"`
	WriteOnly       bool         `json:"write_only,omitempty"`
}

// nestedType describes the attributes in an attribute.
type nestedType struct {
	Attributes  map[string]attribute `json:"attributes"`
	NestingMode string               `json:"nesting_mode"`
}

// identity describes the identity of a resource.
type identity struct {
	Version    int64                        `json:"version"`
	Attributes map[string]identityAttribute `json:"attributes"`
}

// identityAttribute describes an attribute of an identity.
type identityAttribute struct {
	Type              tftypes.Type `json:"type"`
	Description       string       `json:"description,omitempty"`
	RequiredForImport bool         `json:"required_for_import,omitempty"`
	OptionalForImport bool         `json:"optional_for_import,omitempty"`
}

// blockNesting and objectNesting are the JSON's words for how a block or an attribute contains
// others.
var (
	blockNesting = map[tfprotov6.SchemaNestedBlockNestingMode]string{
		tfprotov6.SchemaNestedBlockNestingModeSingle: "single",
		tfprotov6.SchemaNestedBlockNestingModeList:   "list",
		tfprotov6.SchemaNestedBlockNestingModeSet:    "set",
		tfprotov6.SchemaNestedBlockNestingModeMap:    "map",
		tfprotov6.SchemaNestedBlockNestingModeGroup:  "group",
	}
	objectNesting = map[tfprotov6.SchemaObjectNestingMode]string{
		tfprotov6.SchemaObjectNestingModeSingle: "single",
		tfprotov6.SchemaObjectNestingModeList:   "list",
		tfprotov6.SchemaObjectNestingModeSet:    "set",
		tfprotov6.SchemaObjectNestingModeMap:    "map",
	}
)

// newSchema converts the schema of an object that has a version.
func newSchema(s *tfprotov6.Schema) schema {
	return schema{Version: &s.Version, Block: newBlock(s.Block)}
}

// newAction converts the schema of an action.
func newAction(s *tfprotov6.ActionSchema) schema { return schema{Block: newBlock(s.Schema.Block)} }

// newBlock converts a block.
func newBlock(from *tfprotov6.SchemaBlock) *block {
	b := &block{
		Attributes: newAttributes(from.Attributes), BlockTypes: map[string]nestedBlock{},
		Description: from.Description, DescriptionKind: kind(from.DescriptionKind), Deprecated: from.Deprecated,
	}
	for _, n := range from.BlockTypes {
		b.BlockTypes[n.TypeName] = nestedBlock{blockNesting[n.Nesting], newBlock(n.Block), n.MinItems, n.MaxItems}
	}
	return b
}

// newAttributes converts attributes.
func newAttributes(from []*tfprotov6.SchemaAttribute) map[string]attribute {
	attributes := map[string]attribute{}
	for _, a := range from {
		to := attribute{
			Type: a.Type, Description: a.Description, DescriptionKind: kind(a.DescriptionKind), Deprecated: a.Deprecated,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		if a.NestedType != nil {
			to.NestedType = &nestedType{newAttributes(a.NestedType.Attributes), objectNesting[a.NestedType.Nesting]}
		}
		attributes[a.Name] = to
	}
	return attributes
}

// newIdentity converts the identity of a resource.
func newIdentity(from *tfprotov6.ResourceIdentitySchema) identity {
	to := identity{from.Version, map[string]identityAttribute{}}
	for _, a := range from.IdentityAttributes {
		to.Attributes[a.Name] = identityAttribute{a.Type, a.Description, a.RequiredForImport, a.OptionalForImport}
	}
	return to
}

// kind is the format of a description.
func kind(k tfprotov6.StringKind) string {
	if k == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}
