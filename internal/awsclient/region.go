// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
)

// LooksLikeRegion reports whether region has the shape of the name of an AWS Region.
func LooksLikeRegion(region string) bool { return awscall.LooksLikeRegion(region) }

// labelsPattern matches what can be a part of a host name.
var labelsPattern = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9-]{0,62}(\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*$`)

// CanBeRegion reports whether the SDK accepts region at all, also if LooksLikeRegion does not: the
// host name of every service contains it (bindRegion in the SDK's clients).
func CanBeRegion(region string) bool {
	return labelsPattern.MatchString(region)
}
