// SPDX-License-Identifier: MPL-2.0

package awscall

import "github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"

// regionPattern matches every Region that AWS has published, in all partitions (us-gov-west-1,
// cn-north-1, us-iso-east-1, eusc-de-east-1). A list of names would reject a Region that AWS adds
// after the build.
var regionPattern = lazyregexp.New(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// LooksLikeRegion reports whether region has the form of an AWS Region. Without this check, a
// typing error causes only the error that a host name does not resolve.
func LooksLikeRegion(region string) bool { return regionPattern.MatchString(region) }
