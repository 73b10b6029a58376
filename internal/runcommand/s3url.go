package runcommand

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// object is where a stream is in S3.
type object struct{ bucket, key, region string }

func (o object) String() string { return fmt.Sprintf("s3://%s/%s", o.bucket, o.key) }

// s3Host fits the host names that output URLs have had, in every partition: with
// the bucket in front or in the path, with the region after a dot, after a dash, or
// not at all, and the FIPS and dual-stack forms of them.
var s3Host = regexp.MustCompile(`^(?:(.+)\.)?s3(?:-fips)?(?:\.dualstack)?(?:[.-]([a-z]{2,4}(?:-[a-z]+)+-[0-9]+))?\.[a-z0-9.-]+$`)

// looksLikeRegion fits a region that S3 itself names.
var looksLikeRegion = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// globalRegion is that of a host name without one, the oldest style.
const globalRegion = "us-east-1"

// parseObjectURL takes bucket, key and region from an output URL, and nothing else:
// no request goes to a host that a URL names.
func parseObjectURL(raw string) (object, error) {
	refuse := func() (object, error) {
		return object{}, fmt.Errorf("%q is not the URL of an object in S3", raw)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return refuse()
	}
	m := s3Host.FindStringSubmatch(strings.ToLower(u.Hostname()))
	if m == nil {
		return refuse()
	}
	o := object{bucket: m[1], key: strings.TrimPrefix(u.Path, "/"), region: m[2]}
	if o.bucket == "" {
		o.bucket, o.key, _ = strings.Cut(o.key, "/")
	}
	if o.region == "" {
		o.region = globalRegion
	}
	if o.bucket == "" || o.key == "" {
		return refuse()
	}
	return o, nil
}
