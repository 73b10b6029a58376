package awsclient

import "regexp"

// regionPattern matches every Region that AWS has published, in all partitions (us-gov-west-1,
// cn-north-1, us-iso-east-1, eusc-de-east-1), and those still to come. A list of names would reject
// a Region that is younger than the build.
var regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// LooksLikeRegion reports whether region has the shape of the name of an AWS Region. Otherwise a
// mistyped name would be noticed only as a host name that does not resolve.
func LooksLikeRegion(region string) bool {
	return regionPattern.MatchString(region)
}

// labelsPattern matches what can be a part of a host name.
var labelsPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,62}(\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*$`)

// CanBeRegion reports whether the SDK accepts region at all, also if LooksLikeRegion does not: the
// host name of every service contains it (bindRegion in the SDK's clients).
func CanBeRegion(region string) bool {
	return labelsPattern.MatchString(region)
}
