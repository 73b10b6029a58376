// SPDX-License-Identifier: MPL-2.0

// Package list has the provider's list resources, one file each, for `terraform query`. The results
// can be imported into the resource of the same name. Terraform supports list resources since
// version 1.14.
package list

import "github.com/hashicorp/terraform-plugin-framework/list"

// All lists the constructors of the list resources.
func All() []func() list.ListResource { return []func() list.ListResource{NewCommand} }
