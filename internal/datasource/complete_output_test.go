// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// written is a script of a command that writes its output to a bucket.
func written(stdout, stderr string) fakeaws.Script {
	s := sent(ended("Success", stdout, stderr))
	c := &s.Commands[0]
	c.OutputS3BucketName, c.OutputS3KeyPrefix, c.OutputS3Region = "outputs", "run/command", "us-east-1"
	return s
}

// key is the key of the object with a stream.
func key(stream string) string {
	return "run/command/" + command + "/" + node + "/awsrunShellScript/0.awsrunShellScript/" + stream
}

// withS3 is an argument of the provider block that also sends the requests to S3 to the fake.
func withS3(s *acctest.Fake) string { return endpoints(s, s.URL) }

func endpoints(s *acctest.Fake, s3 string) string {
	return fmt.Sprintf("endpoints {\n    ssm = %[1]q\n    sts = %[1]q\n    s3  = %[2]q\n  }", s.URL, s3)
}

// gets returns the requests to S3.
func gets(s *acctest.Fake) []fakeaws.Request {
	var found []fakeaws.Request
	for _, r := range s.Requests() {
		if r.Service == "s3" {
			found = append(found, r)
		}
	}
	return found
}

const completely = "complete_output = true"

// Truncated output is read from S3 byte for byte, and only truncated output is requested.
func TestCompleteOutput(t *testing.T) {
	t.Parallel()
	const line = "é ✓ 漢字 𝄞 ñ\r\n\x00\ttail -f /var/log/messages\n" // NFC, to which Terraform normalizes every string.
	mixed := strings.Repeat(line, 1<<20/len(line))
	mixed += strings.Repeat("x", 1<<20-len(mixed))
	truncated := mixed[:24000-20] // It ends at the end of a line, and the marker takes the rest.
	truncated = strings.ToValidUTF8(truncated, "\uFFFD") + "--output truncated--"

	tests := map[string]struct {
		stdout, stderr string
		arguments      []string
		want           map[string]knownvalue.Check
		requested      []string
	}{
		"1 MiB, the default's limit": {mixed, "", []string{completely}, map[string]knownvalue.Check{
			"standard_output_content": is(mixed), "standard_output_truncated": no, "standard_error_content": is(""), "standard_error_truncated": no,
			"complete_output": yes, "max_output_bytes": null,
		}, []string{key("stdout")}},
		"both streams": {strings.Repeat("o", 24001), strings.Repeat("e", 9000), []string{completely, "max_output_bytes = 24001"}, map[string]knownvalue.Check{
			"standard_output_content": is(strings.Repeat("o", 24001)), "standard_output_truncated": no,
			"standard_error_content": is(strings.Repeat("e", 9000)), "standard_error_truncated": no,
		}, []string{key("stdout"), key("stderr")}},
		"standard error alone": {"short\n", strings.Repeat("é", 20000), []string{completely}, map[string]knownvalue.Check{
			"standard_output_content": is("short\n"), "standard_error_content": is(strings.Repeat("é", 20000)), "standard_error_truncated": no,
		}, []string{key("stderr")}},
		"bytes that are not UTF-8": {strings.Repeat("a\xff\xfeb\xc3", 8000), "", []string{completely}, map[string]knownvalue.Check{
			"standard_output_content": is(strings.Repeat("a\uFFFDb\uFFFD", 8000)), "standard_output_truncated": no,
		}, []string{key("stdout")}},
		"a complete stream": {strings.Repeat("o", 23999), "e\n", []string{completely}, map[string]knownvalue.Check{
			"standard_output_content": is(strings.Repeat("o", 23999)), "standard_output_truncated": no, "standard_error_content": is("e\n"),
		}, nil},
		"without the argument": {mixed, "", nil, map[string]knownvalue.Check{
			"standard_output_content": is(truncated), "standard_output_truncated": yes, "standard_error_truncated": no, "complete_output": null,
		}, nil},
		"complete_output = false": {mixed, "", []string{"complete_output = false"}, map[string]knownvalue.Check{
			"standard_output_content": is(truncated), "standard_output_truncated": yes, "complete_output": no,
		}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, written(test.stdout, test.stderr))
			w := acctest.NewWorkspace(t, fake.Provider(withS3(fake))+acctest.Invocation(command, node, test.arguments...))
			w.Succeed(t, "plan")
			var requested []string
			for _, r := range gets(fake) {
				requested = append(requested, r.Key)
			}
			if diff := cmp.Diff(test.requested, requested); diff != "" {
				t.Errorf("objects requested by one read (-want +got):\n%s", diff)
			}
			if n := fake.Count("") - len(requested); n != 1 {
				t.Errorf("%d requests to Systems Manager", n)
			}
			apply(t, resource.TestStep{
				Config:            fake.Provider(withS3(fake)) + acctest.Invocation(command, node, test.arguments...),
				ConfigStateChecks: values(this, test.want),
			})
		})
	}
}

// complete_output does not change the effect of arguments that result in null values or in an
// error.
func TestCompleteOutputWithOtherArguments(t *testing.T) {
	t.Parallel()
	several := written("", "")
	several.Commands[0].Invocations[0].Steps = []fakeaws.Step{named("first", ended("Success", strings.Repeat("o", 30000), "")), named("second", ended("Success", "", ""))}
	for name, test := range map[string]struct {
		script    fakeaws.Script
		arguments []string
		want      map[string]knownvalue.Check
	}{
		"expired": {fakeaws.Script{}, []string{completely, "allow_missing = true", atOnce},
			map[string]knownvalue.Check{"status": null, "standard_output_content": null, "standard_output_truncated": null}},
		"not complete": {sent(running()), []string{completely, "wait_for_completion = false"},
			map[string]knownvalue.Check{"status": is("InProgress"), "standard_output_content": null, "standard_output_truncated": null}},
		"no step named": {several, []string{completely},
			map[string]knownvalue.Check{"status": is("Success"), "standard_output_content": null, "standard_output_truncated": null}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			apply(t, resource.TestStep{
				Config:            fake.Provider(withS3(fake)) + acctest.Invocation(command, node, test.arguments...),
				ConfigStateChecks: values(this, test.want),
			})
			if n := len(gets(fake)); n > 0 {
				t.Errorf("%d requests to S3", n)
			}
		})
	}
	t.Run("a failure shows the end of the complete output", func(t *testing.T) {
		t.Parallel()
		script := written("", strings.Repeat("e", 9000)+"\nthe very end")
		script.Commands[0].Invocations[0].Steps[0].Timeline[1].Status = "Failed"
		fake := acctest.Serve(t, script)
		planConfig(t, fake.Provider(withS3(fake))+acctest.Invocation(command, node, completely, "require_success = true")).
			One(t, "error", "Command Invocation Failed").Contains(t, "the very end")
	})
}

// The provider's arguments, or else the environment, define the endpoint of S3, the form of the
// URL, and the credentials.
func TestCompleteOutputEndpoints(t *testing.T) {
	t.Parallel()
	const (
		role = "arn:aws:iam::123456789012:role/reader"
		own  = "AKIAACCTESTACCTEST00"
	)
	type get struct{ Host, Region, Key string }
	tests := map[string]struct {
		region string // The Region of the bucket, if it is not that of its URL.
		block  func(*acctest.Fake) []string
		env    func(*acctest.Fake) []string
		want   func(host string) []get
	}{
		"endpoints.s3": {
			block: func(s *acctest.Fake) []string { return []string{withS3(s)} },
			want:  func(host string) []get { return []get{{host, "us-east-1", own}} },
		},
		"AWS_ENDPOINT_URL_S3": {
			env:  func(s *acctest.Fake) []string { return []string{"AWS_ENDPOINT_URL_S3=" + s.URL} },
			want: func(host string) []get { return []get{{host, "us-east-1", own}} },
		},
		"a bucket in another region": {
			region: "eu-west-1",
			block:  func(s *acctest.Fake) []string { return []string{withS3(s)} },
			want:   func(host string) []get { return []get{{host, "us-east-1", own}, {host, "eu-west-1", own}} },
		},
		"assume_role": {
			block: func(s *acctest.Fake) []string {
				return []string{withS3(s), "assume_role {\n    role_arn = \"" + role + "\"\n  }"}
			},
			want: func(host string) []get { return []get{{host, "us-east-1", fakeaws.AccessKeyFor(role)}} },
		},
		// The names do not exist: the fake is the proxy, and records which URLs the provider requests.
		"virtual-hosted-style URL": {
			block: func(s *acctest.Fake) []string {
				return []string{endpoints(s, "http://s3.example.test"), fmt.Sprintf("http_proxy = %q", s.URL)}
			},
			want: func(string) []get { return []get{{"outputs.s3.example.test", "us-east-1", own}} },
		},
		"s3_use_path_style": {
			block: func(s *acctest.Fake) []string {
				return []string{endpoints(s, "http://s3.example.test"), fmt.Sprintf("http_proxy = %q", s.URL), "s3_use_path_style = true"}
			},
			want: func(string) []get { return []get{{"s3.example.test", "us-east-1", own}} },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			long := strings.Repeat("0123456789\n", 3000)
			script := written(long, "")
			script.Commands[0].OutputS3BucketRegion = test.region
			fake := acctest.Serve(t, script)
			var block, env []string
			if test.block != nil {
				block = test.block(fake)
			}
			if test.env != nil {
				env = test.env(fake)
			}
			w := acctest.NewWorkspace(t, fake.Provider(block...)+acctest.Invocation(command, node, completely)+output("content", "standard_output_content"), env...)
			w.Succeed(t, "plan")
			var got []get
			for _, r := range gets(fake) {
				got = append(got, get{r.Host, r.Region, r.AccessKeyID})
				if r.Bucket != "outputs" || r.Key != key("stdout") {
					t.Errorf("requested %s in %s", r.Key, r.Bucket)
				}
			}
			if diff := cmp.Diff(test.want(strings.TrimPrefix(fake.URL, "http://")), got); diff != "" {
				t.Errorf("requests to S3 (-want +got):\n%s", diff)
			}
		})
	}
}

// Each error in reading complete output, with what to do.
func TestCompleteOutputErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789\n", 3000)
	requested := []string{"standard output of command " + command, "node " + node, "Region us-east-1"}
	object := "s3://outputs/" + key("stdout")
	change := func(f func(*fakeaws.Command)) fakeaws.Script {
		s := written(long, "")
		f(&s.Commands[0])
		return s
	}
	fault := func(kind fakeaws.FaultKind) fakeaws.Script {
		return struck(written(long, ""), fakeaws.Fault{Operation: "GetObject", Kind: kind, Times: -1})
	}
	toCloudWatch := func(c *fakeaws.Command) {
		c.OutputS3BucketName, c.OutputS3KeyPrefix, c.OutputS3Region = "", "", ""
		c.CloudWatchOutputConfig = fakeaws.CloudWatchOutputConfig{CloudWatchOutputEnabled: true}
	}
	tests := map[string]struct {
		script    fakeaws.Script
		arguments []string
		summary   string
		contains  []string
		argument  string
		requests  int
	}{
		"no bucket": {sent(ended("Success", long, "")), nil, "Output Not Available",
			append(requested, "without an S3 bucket", "OutputS3BucketName", "--output-s3-bucket-name", "s3:PutObject", "To read the truncated output instead, remove complete_output"), "complete_output", 0},
		"no bucket, and CloudWatch": {change(toCloudWatch), nil, "Output Not Available",
			append(requested, "--output-s3-bucket-name", "group /aws/ssm/AWS-RunShellScript", "stream "+command+"/"+node+"/aws-runShellScript/stdout", "does not return it as the command's output"), "complete_output", 0},
		"the upload failed": {change(func(c *fakeaws.Command) { c.Invocations[0].Steps[0].NeverUploaded = true }), []string{atOnce}, "Output Not Available",
			append(requested, "does not exist", "upload failed", "NoSuchKey", "s3:PutObject"), "complete_output", 1},
		"too large": {written(long, ""), []string{"max_output_bytes = 32999"}, "Output Too Large",
			append(requested, "33000 bytes", object, "max_output_bytes allows 32999", "Nothing was read", "Raise max_output_bytes"), "max_output_bytes", 1},
		"too large for the default": {written(strings.Repeat("x", 1<<20+1), ""), nil, "Output Too Large",
			append(requested, "1048577 bytes", "max_output_bytes allows 1048576"), "", 1},
		"denied": {fault(fakeaws.AccessDenied), nil, "Access Denied",
			append(requested[1:], object, "s3:GetObject", "kms:Decrypt", "s3:ListBucket", "Request ID: "), "complete_output", 1},
		"KMS key denied": {fault(fakeaws.KMSDenied), nil, "Access Denied", append(requested[1:], object, "kms:Decrypt on resource"), "complete_output", 1},
		"missing or denied": {change(func(c *fakeaws.Command) {
			c.Invocations[0].Steps[0].NeverUploaded, c.OutputS3ListDenied = true, true
		}), nil, "Access Denied", append(requested[1:], object, "s3:ListBucket", "that does not exist"), "complete_output", 1},
		"unknown access key": {fault(fakeaws.UnrecognizedClient), nil, "Invalid Credentials", []string{"InvalidAccessKeyId"}, "", 2},
		"unavailable": {fault(fakeaws.HTML503), []string{`timeouts { read = "5s" }`}, "Service Unavailable",
			[]string{"Reading the complete output", "from S3 failed", "ServiceUnavailable", "endpoints.s3"}, "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			r := planConfig(t, fake.Provider(withS3(fake))+acctest.Invocation(command, node, append(test.arguments, completely)...))
			d := r.One(t, "error", test.summary)
			d.Contains(t, test.contains...)
			if !strings.Contains(d.Snippet.Code, test.argument) {
				t.Errorf("the error is at %q, want %s", d.Snippet.Code, test.argument)
			}
			if strings.Contains(r.Stdout, "0123456789") {
				t.Error("the error shows output")
			}
			if n := len(gets(fake)); n != test.requests && test.summary != "Service Unavailable" {
				t.Errorf("%d requests to S3, want %d", n, test.requests)
			}
		})
	}
}

// A limit without complete_output and a limit of zero are rejected before any request.
func TestCompleteOutputValidation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		summary   string
		contains  []string
	}{
		"without complete_output":    {[]string{"max_output_bytes = 5"}, "Invalid Attribute Combination", []string{"complete_output = true"}},
		"with complete_output false": {[]string{"max_output_bytes = 5", "complete_output = false"}, "Invalid Attribute Combination", []string{"Set complete_output = true, or remove max_output_bytes"}},
		"zero":                       {[]string{"max_output_bytes = 0", completely}, "Invalid Attribute Value", []string{"between 1 and 67108864"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, written("", ""))
			w := acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node, test.arguments...))
			found := w.Validate(t)
			if len(found) != 1 || found[0].Summary != test.summary || !strings.Contains(found[0].Snippet.Code, "max_output_bytes") {
				t.Fatalf("diagnostics %+v", found)
			}
			found[0].Contains(t, test.contains...)
			planConfig(t, fake.Provider()+acctest.Invocation(command, node, test.arguments...)).One(t, "error", test.summary)
			if n := fake.Count(""); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// overS3 plans the read of an invocation with a provider block that sends all requests to the fake.
func overS3(t *testing.T, s fakeaws.Script, arguments ...string) acctest.Result {
	t.Helper()
	fake := acctest.Serve(t, s)
	return planConfig(t, fake.Provider(withS3(fake))+acctest.Invocation(command, node, arguments...))
}
