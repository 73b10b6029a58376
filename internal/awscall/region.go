// SPDX-License-Identifier: MPL-2.0

package awscall

import "github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"

// regionPattern matches every Region that AWS has published, in all partitions (us-gov-west-1,
// cn-north-1, us-iso-east-1, eusc-de-east-1), and those still to come. A list of names would reject
// a Region that is younger than the build.
var regionPattern = lazyregexp.New(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// LooksLikeRegion reports whether region has the shape of the name of an AWS Region. Otherwise a
// mistyped name would be noticed only as a host name that does not resolve.
func LooksLikeRegion(region string) bool { return regionPattern.MatchString(region) }
