// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestSent checks the requests of each configuration: the signing key, the Region, and the
// preceding requests to STS.
func TestSent(t *testing.T) {
	const assumeOne, assumeTwo, assumeFile = "AssumeRole " + roleOne, "AssumeRole " + roleTwo, "AssumeRole " + roleFile
	const webOne = "AssumeRoleWithWebIdentity " + roleOne

	tests := map[string]struct {
		env    map[string]string
		files  map[string]string // under the home directory
		opts   func(url, home string) Options
		region string // of the read
		want   []sent
	}{
		"keys and region as arguments": {
			opts: func(url, _ string) Options { o := keys(); o.Endpoints.SSM = url; return o },
			want: []sent{{"ListCommands", ownKey, "us-east-1"}},
		},
		"arguments come before the environment": {
			env: map[string]string{
				"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1",
				"AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:1",
			},
			opts: func(url, _ string) Options { o := keys(); o.Endpoints.SSM = url; return o },
			want: []sent{{"ListCommands", ownKey, "us-east-1"}},
		},
		"everything from the environment": {
			env:  map[string]string{"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_SSM": "URL"},
			want: []sent{{"ListCommands", envKey, "eu-west-1"}},
		},
		"the environment comes before the profile": {
			env:   map[string]string{"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_SSM": "URL"},
			files: map[string]string{".aws/credentials": "[default]\naws_access_key_id=" + fileKey + "\naws_secret_access_key=s\nregion=us-east-1\n"},
			want:  []sent{{"ListCommands", envKey, "eu-west-1"}},
		},
		"the default profile": {
			files: map[string]string{
				".aws/credentials": "[default]\naws_access_key_id=" + fileKey + "\naws_secret_access_key=s\n",
				".aws/config":      "[default]\nregion=eu-west-1\n",
			},
			opts: func(url, _ string) Options { return Options{Endpoints: Endpoints{SSM: url}} },
			want: []sent{{"ListCommands", fileKey, "eu-west-1"}},
		},
		"AWS_PROFILE": {
			env:   map[string]string{"AWS_PROFILE": "team"},
			files: map[string]string{".aws/config": "[profile team]\nregion=eu-west-1\naws_access_key_id=" + fileKey + "\naws_secret_access_key=s\n"},
			opts:  func(url, _ string) Options { return Options{Endpoints: Endpoints{SSM: url}} },
			want:  []sent{{"ListCommands", fileKey, "eu-west-1"}},
		},
		"a profile as argument comes before keys in the environment": {
			env:   map[string]string{"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_PROFILE": "other"},
			files: map[string]string{".aws/config": "[profile team]\nregion=eu-west-1\naws_access_key_id=" + fileKey + "\naws_secret_access_key=s\n[profile other]\nregion=us-east-1\n"},
			opts:  func(url, _ string) Options { return Options{Profile: "team", Endpoints: Endpoints{SSM: url}} },
			want:  []sent{{"ListCommands", fileKey, "eu-west-1"}},
		},
		"shared files at another place": {
			files: map[string]string{
				"elsewhere/credentials": "[default]\naws_access_key_id=" + fileKey + "\naws_secret_access_key=s\n",
				"elsewhere/config":      "[default]\nregion=eu-west-1\n",
			},
			opts: func(url, home string) Options {
				return Options{
					SharedConfigFiles:      []string{home + "/elsewhere/config"},
					SharedCredentialsFiles: []string{"$HOME/elsewhere/credentials"},
					Endpoints:              Endpoints{SSM: url},
				}
			},
			want: []sent{{"ListCommands", fileKey, "eu-west-1"}},
		},
		"a profile in a credentials file at another place": {
			files: map[string]string{"elsewhere/credentials": "[team]\naws_access_key_id=" + fileKey + "\naws_secret_access_key=s\n"},
			opts: func(url, home string) Options {
				return Options{Profile: "team", Region: "us-east-1", SharedCredentialsFiles: []string{home + "/elsewhere/credentials"}, Endpoints: Endpoints{SSM: url}}
			},
			want: []sent{{"ListCommands", fileKey, "us-east-1"}},
		},
		"a role in a profile": {
			env: map[string]string{"AWS_PROFILE": "team", "AWS_ENDPOINT_URL": "URL"},
			files: map[string]string{".aws/config": "[profile team]\nregion=eu-west-1\nrole_arn=" + roleFile + "\nsource_profile=base\n" +
				"[profile base]\naws_access_key_id=" + fileKey + "\naws_secret_access_key=s\n"},
			want: []sent{{assumeFile, fileKey, "eu-west-1"}, {"ListCommands", fakeaws.AccessKeyFor(roleFile), "eu-west-1"}},
		},
		"a chain of roles, in order": {
			opts: func(url, _ string) Options {
				o := keys()
				o.Endpoints = Endpoints{SSM: url, STS: url}
				o.AssumeRole = []AssumeRole{{RoleARN: roleOne, ExternalID: "external"}, {RoleARN: roleTwo}}
				return o
			},
			want: []sent{
				{assumeOne, ownKey, "us-east-1"}, {assumeOne, ownKey, "us-east-1"},
				{assumeTwo, fakeaws.AccessKeyFor(roleOne), "us-east-1"}, {assumeTwo, fakeaws.AccessKeyFor(roleOne), "us-east-1"},
				{"ListCommands", fakeaws.AccessKeyFor(roleTwo), "us-east-1"},
			},
		},
		"a role on top of the environment, STS in a region of its own": {
			env: map[string]string{"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"},
			opts: func(url, _ string) Options {
				return Options{STSRegion: "us-east-1", Endpoints: Endpoints{SSM: url, STS: url}, AssumeRole: []AssumeRole{{RoleARN: roleOne}}}
			},
			want: []sent{
				{assumeOne, envKey, "us-east-1"}, {assumeOne, envKey, "us-east-1"},
				{"ListCommands", fakeaws.AccessKeyFor(roleOne), "eu-west-1"},
			},
		},
		"AWS_ENDPOINT_URL_STS applies to a role of the block": {
			env: map[string]string{"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_STS": "URL"},
			opts: func(url, _ string) Options {
				return Options{Endpoints: Endpoints{SSM: url}, AssumeRole: []AssumeRole{{RoleARN: roleOne}}}
			},
			want: []sent{
				{assumeOne, envKey, "eu-west-1"}, {assumeOne, envKey, "eu-west-1"},
				{"ListCommands", fakeaws.AccessKeyFor(roleOne), "eu-west-1"},
			},
		},
		"a web identity as argument": {
			env: map[string]string{"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": "secret"},
			opts: func(url, _ string) Options {
				return Options{
					Region: "us-east-1", Endpoints: Endpoints{SSM: url, STS: url},
					AssumeRoleWithWebIdentity: &WebIdentity{RoleARN: roleOne, SessionName: "reader", Token: "token"},
				}
			},
			want: []sent{{webOne, "", ""}, {webOne, "", ""}, {"ListCommands", fakeaws.AccessKeyFor(roleOne), "us-east-1"}},
		},
		"a web identity in the environment": {
			env: map[string]string{
				"AWS_ROLE_ARN": roleOne, "AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/token", "AWS_ROLE_SESSION_NAME": "reader",
				"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_STS": "URL", "AWS_ENDPOINT_URL_SSM": "URL",
			},
			files: map[string]string{"token": "token"},
			want:  []sent{{webOne, "", ""}, {"ListCommands", fakeaws.AccessKeyFor(roleOne), "us-east-1"}},
		},
		"the read's region signs, the endpoint stays": {
			opts:   func(url, _ string) Options { o := keys(); o.Endpoints.SSM = url; return o },
			region: "eu-west-1",
			want:   []sent{{"ListCommands", ownKey, "eu-west-1"}},
		},
		"only the read has a region, which also applies to STS": {
			opts: func(url, _ string) Options {
				return Options{
					AccessKey: ownKey, SecretKey: "secret", Endpoints: Endpoints{SSM: url, STS: url},
					AssumeRole: []AssumeRole{{RoleARN: roleOne}},
				}
			},
			region: "eu-west-1",
			want: []sent{
				{assumeOne, ownKey, "eu-west-1"}, {assumeOne, ownKey, "eu-west-1"},
				{"ListCommands", fakeaws.AccessKeyFor(roleOne), "eu-west-1"},
			},
		},
		"a URL takes precedence over FIPS and dual stack": {
			opts: func(url, _ string) Options {
				o := keys()
				o.Endpoints.SSM, o.UseFIPS, o.UseDualStack = url, true, true
				return o
			},
			want: []sent{{"ListCommands", ownKey, "us-east-1"}},
		},
		"an allowed account costs one request": {
			env: map[string]string{"AWS_ENDPOINT_URL_IAM": "URL"}, // No request to IAM is expected.
			opts: func(url, _ string) Options {
				o := keys()
				o.Endpoints = Endpoints{SSM: url, STS: url}
				o.AllowedAccountIDs = []string{"123456789012"}
				return o
			},
			want: []sent{{"GetCallerIdentity", ownKey, "us-east-1"}, {"ListCommands", ownKey, "us-east-1"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			home := isolate(t)
			server, url := fake(t, fakeaws.Script{})
			for path, content := range test.files {
				write(t, home, path, content)
			}
			for variable, value := range test.env {
				switch value {
				case "URL":
					value = url
				case "HOME/token":
					value = home + "/token"
				}
				t.Setenv(variable, value)
			}
			var opts Options
			if test.opts != nil {
				opts = test.opts(url, home)
			}
			clients := mustNew(t, opts)
			if n := server.Count(""); n != 0 {
				t.Fatalf("New sent %d requests", n)
			}
			if err := read(t.Context(), clients, test.region); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, sentTo(server)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRoleDetails checks the parameters of a role in the request to STS.
func TestRoleDetails(t *testing.T) {
	isolate(t)
	server, url := fake(t, fakeaws.Script{})
	opts := keys()
	opts.Endpoints = Endpoints{SSM: url, STS: url}
	opts.AssumeRole = []AssumeRole{{
		RoleARN: roleOne, Duration: minSession, ExternalID: "external", Policy: "{}", PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
		SessionName: "reader", SourceIdentity: "someone", Tags: map[string]string{"team": "a"}, TransitiveTagKeys: []string{"team"},
	}}
	if err := read(t.Context(), mustNew(t, opts), ""); err != nil {
		t.Fatal(err)
	}
	form := server.Requests()[0].Form
	for member, want := range map[string]string{
		"DurationSeconds": "900", "ExternalId": "external", "Policy": "{}", "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
		"RoleSessionName": "reader", "SourceIdentity": "someone", "Tags.member.1.Key": "team", "TransitiveTagKeys.member.1": "team",
	} {
		if got := form.Get(member); got != want {
			t.Errorf("%s = %q, want %q", member, got, want)
		}
	}
}

func TestUserAgent(t *testing.T) {
	isolate(t)
	server, url := fake(t, fakeaws.Script{})
	opts := keys()
	opts.Endpoints.SSM = url
	opts.ProviderVersion, opts.TerraformVersion, opts.UserAgent = "1.2.3", "1.11.4", []string{"team/7 (a comment)"}
	if err := read(t.Context(), mustNew(t, opts), ""); err != nil {
		t.Fatal(err)
	}
	got := server.Requests()[0].UserAgent
	for _, want := range []string{"Terraform/1.11.4", "terraform-provider-ssm/1.2.3", "team/7 (a comment)"} {
		if !strings.Contains(got, want) {
			t.Errorf("user agent %q lacks %q", got, want)
		}
	}
}

// TestLongLine reads a response that is one line of 120 KB: 20,000 control characters at 6 bytes
// each. With the base's own logging enabled, this read fails.
func TestLongLine(t *testing.T) {
	isolate(t)
	const command, node = "1f4c3bd1-8ac3-4b20-9d0b-4a4b1b6f1f5e", "i-0123456789abcdef0"
	output := strings.Repeat("\x01", 20000)
	_, url := fake(t, fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, Invocations: []fakeaws.Invocation{{
		InstanceID: node, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{Status: "Success"}}, StandardOutput: output}},
	}}}}})
	opts := keys()
	opts.Endpoints.SSM = url
	client, err := mustNew(t, opts).SSM(t.Context(), opts.Region)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: aws.String(command), InstanceId: aws.String(node)})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(answer.StandardOutputContent); got != output {
		t.Errorf("%d bytes came back, want %d", len(got), len(output))
	}
}
