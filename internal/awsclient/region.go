package awsclient

import "regexp"

// regionPattern fits every region AWS has published, in all partitions
// (us-gov-west-1, cn-north-1, us-iso-east-1, eusc-de-east-1), and those still to
// come. A list of names would refuse a region younger than the build.
var regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// LooksLikeRegion says whether region has the shape of an AWS region's name. A
// mistyped name is otherwise noticed only as a host name that does not resolve.
func LooksLikeRegion(region string) bool {
	return regionPattern.MatchString(region)
}
