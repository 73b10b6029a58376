// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

func TestParseObjectURL(t *testing.T) {
	const key = "run-command/1632d4ab-8021-4031-a383-3b0d7d32f89a/i-07314399f3cb98a84/awsrunShellScript/0.awsrunShellScript/stdout"
	for name, c := range map[string]struct {
		url            string
		bucket, region string
	}{
		"path style":             {"https://s3.eu-west-1.amazonaws.com/bucket/" + key, "bucket", "eu-west-1"},
		"dashed":                 {"https://s3-ap-northeast-1.amazonaws.com/bucket/" + key, "bucket", "ap-northeast-1"},
		"global":                 {"https://s3.amazonaws.com/bucket/" + key, "bucket", "us-east-1"},
		"FIPS":                   {"https://s3-fips.us-gov-west-1.amazonaws.com/bucket/" + key, "bucket", "us-gov-west-1"},
		"FIPS, dashed":           {"https://s3-fips-us-gov-west-1.amazonaws.com/bucket/" + key, "bucket", "us-gov-west-1"},
		"dual stack":             {"https://s3.dualstack.us-west-2.amazonaws.com/bucket/" + key, "bucket", "us-west-2"},
		"FIPS and dual stack":    {"https://s3-fips.dualstack.us-west-2.amazonaws.com/bucket/" + key, "bucket", "us-west-2"},
		"China":                  {"https://s3.cn-north-1.amazonaws.com.cn/bucket/" + key, "bucket", "cn-north-1"},
		"European sovereign":     {"https://s3.eusc-de-east-1.amazonaws.eu/bucket/" + key, "bucket", "eusc-de-east-1"},
		"isolated":               {"https://s3.us-iso-east-1.c2s.ic.gov/bucket/" + key, "bucket", "us-iso-east-1"},
		"bucket in front":        {"https://bucket.s3.eu-west-1.amazonaws.com/" + key, "bucket", "eu-west-1"},
		"bucket in front, dots":  {"https://my.own.bucket.s3.eu-west-1.amazonaws.com/" + key, "my.own.bucket", "eu-west-1"},
		"bucket in front, dash":  {"https://bucket.s3-eu-west-1.amazonaws.com/" + key, "bucket", "eu-west-1"},
		"bucket in front, none":  {"https://bucket.s3.amazonaws.com/" + key, "bucket", "us-east-1"},
		"a bucket named like it": {"https://s3.us-east-1.amazonaws.com/s3.us-east-1.bucket/" + key, "s3.us-east-1.bucket", "us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := parseObjectURL(c.url)
			if err != nil || o.bucket != c.bucket || o.region != c.region || o.key != key {
				t.Errorf("%+v, %v", o, err)
			}
		})
	}
	for _, url := range []string{
		"", "stdout", "https://s3.us-east-1.amazonaws.com/", "https://s3.us-east-1.amazonaws.com/bucket", "https://s3.us-east-1.amazonaws.com/bucket/",
		"http://s3.us-east-1.amazonaws.com/bucket/key", "https://user:pass@s3.us-east-1.amazonaws.com/bucket/key", "https://example.org/bucket/key", "https://%zz/",
	} {
		if o, err := parseObjectURL(url); err == nil {
			t.Errorf("%q is read as %+v", url, o)
		}
	}
}

func FuzzParseObjectURL(f *testing.F) {
	f.Add("https://s3.eu-west-1.amazonaws.com/bucket/key")
	f.Add("https://bucket.s3-eu-west-1.amazonaws.com/a%20b/c?x=y#z")
	f.Add("https://s3.us-east-1.amazonaws.com/bucket/" + command + "/" + node + "/p/0.p/stdout")
	f.Fuzz(func(t *testing.T, raw string) {
		o, err := parseObjectURL(raw)
		if err != nil {
			return
		}
		if o.key == "" || !awscall.LooksLikeRegion(o.region) || len(o.bucket) < 3 || strings.ToLower(o.bucket) != o.bucket ||
			strings.ContainsAny(o.bucket, " /:?#%@") {
			t.Errorf("%q: %+v", raw, o)
		}
		if strings.ContainsAny(raw, "?#") && !strings.Contains(raw, "%") {
			t.Errorf("%q is read as %+v", raw, o)
		}
		for _, stream := range []string{"stdout", "stderr"} {
			if o.holds(command, node, stream) && !strings.HasSuffix(o.key, "/"+stream) {
				t.Errorf("%+v reads as %s", o, stream)
			}
		}
	})
}
