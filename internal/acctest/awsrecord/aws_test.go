// SPDX-License-Identifier: MPL-2.0

// The tests of this package run the provider against AWS, or against the fake with the same code,
// and record the responses. CONTRIBUTING.md has a section about it.
package awsrecord_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest/awsrecord"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// site is the account in which a test runs: an account of AWS, or the fake.
type site struct {
	region, node, tagKey, tagValue, bucket, prefix, document string
	// block are more arguments of the provider block, such as keys.
	block map[string]any
	// upstream sends the requests of the provider.
	upstream http.RoundTripper
	ssm      *ssm.Client
	s3       *s3.Client // Nil for the fake, in whose bucket nothing remains.
	// secrets must not be in a recording.
	secrets []string
	// parallel is set if the tests may run side by side.
	parallel bool
	// recordings is the directory of the recordings.
	recordings string
}

// account is a site during one test.
type account struct {
	site
	*awsrecord.Proxy
}

// cases are the tests that run against AWS and against the fake.
var cases = []struct {
	name string
	run  func(*testing.T, account)
}{
	{"by_id", sendByID},
	{"by_tag", sendByTag},
	{"failure", failure},
	{"cancel", cancelOnDestroy},
	{"steps", steps},
	{"s3_output", s3Output},
	{"not_found", notFound},
	{"action", action},
	{"cancel_action", cancelAction},
	{"list", list},
}

// run runs all tests at a site, and saves a recording of each one.
func run(t *testing.T, s site) {
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			if s.parallel {
				t.Parallel()
			}
			a := account{s, awsrecord.Start(t, s.upstream)}
			sanitizer := awsrecord.NewSanitizer(map[string]string{
				s.bucket: "example-bucket", s.prefix: "example-output", s.document: awsrecord.Document.Name, "tag:" + s.tagKey: "tag:Example",
			}, s.tagValue)
			t.Cleanup(func() {
				r := a.Recording(sanitizer, s.region, s.node)
				// An account ID or a secret in the file is an error before the file exists.
				if err := r.Check(append(s.secrets, s.node)...); err != nil {
					t.Fatalf("the recording is not saved: %v", err)
				}
				name := filepath.Join(s.recordings, test.name+".json")
				if err := r.Save(name); err != nil {
					t.Fatal(err)
				}
				t.Logf("%d responses are in %s", len(r.Exchanges), name)
			})
			t.Cleanup(func() { a.clean(t) })
			test.run(t, a)
		})
	}
}

// clean cancels commands that a failed test left behind, and deletes the test's objects. t.Context
// is done by then.
func (a account) clean(t *testing.T) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer stop()
	for _, id := range a.Commands() {
		list, err := a.ssm.ListCommands(ctx, &ssm.ListCommandsInput{CommandId: &id})
		if err != nil {
			t.Errorf("command %s: %v", id, err)
			continue
		}
		for _, c := range list.Commands {
			if c.Status != types.CommandStatusPending && c.Status != types.CommandStatusInProgress {
				continue
			}
			if _, err := a.ssm.CancelCommand(ctx, &ssm.CancelCommandInput{CommandId: &id}); err != nil {
				t.Errorf("command %s: %v", id, err)
			}
		}
	}
	if a.s3 == nil {
		return
	}
	pages := s3.NewListObjectsV2Paginator(a.s3, &s3.ListObjectsV2Input{Bucket: &a.bucket, Prefix: aws.String(a.prefix + "/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Errorf("objects in %s/%s: %v", a.bucket, a.prefix, err)
			return
		}
		for _, object := range page.Contents {
			if _, err := a.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &a.bucket, Key: object.Key}); err != nil {
				t.Errorf("object %s: %v", *object.Key, err)
			}
		}
	}
}

// arguments are the arguments of the provider block.
func (a account) arguments() map[string]any {
	all := map[string]any{"region": a.region, "https_proxy": a.URL, "no_proxy": "", "custom_ca_bundle": a.Bundle}
	for name, value := range a.block {
		all[name] = value
	}
	return all
}

// config returns a configuration with the provider block.
func (a account) config(blocks ...string) string {
	var lines []string
	for name, value := range a.arguments() {
		encoded, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		lines = append(lines, name+" = "+string(encoded))
	}
	return acctest.Source + acctest.Block("provider", "ssm", lines...) + strings.Join(blocks, "\n")
}

// command is a resource that runs a script on the node.
func (a account) command(script string, arguments ...string) string {
	return a.resource(append([]string{
		`document_name = "AWS-RunShellScript"`,
		fmt.Sprintf(`instance_ids = [%q]`, a.node),
		fmt.Sprintf(`parameters = { commands = [%q], executionTimeout = ["120"] }`, script),
	}, arguments...)...)
}

func (a account) resource(lines ...string) string {
	return "resource \"ssm_command\" \"this\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// data is a data source that reads the command of the resource.
func data(kind string, lines ...string) string {
	return fmt.Sprintf("data %q \"this\" {\n  %s\n}\n", kind, strings.Join(lines, "\n  "))
}

const (
	this        = "ssm_command.this"
	ofCommand   = "command_id = ssm_command.this.command_id"
	thisIs      = "data.ssm_command_invocation.this"
	secondIs    = "data.ssm_command_invocation.second"
	unknownID   = "00000000-0000-4000-8000-000000000000"
	atOnce      = `visibility_timeout = "1s"`
	longCommand = "printf 'before-cancel\\n'; sleep 90"
)

func (a account) test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
}

func values(name string, pairs ...string) resource.TestCheckFunc {
	var all []resource.TestCheckFunc
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, resource.TestCheckResourceAttr(name, pairs[i], pairs[i+1]))
	}
	return resource.ComposeAggregateTestCheckFunc(all...)
}

// idOf stores the command ID of the resource.
func idOf(id *string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		*id = s.RootModule().Resources[this].Primary.Attributes["command_id"]
		return nil
	}
}

// sendByID sends a command to a node, reads it with all data sources, and imports it.
func sendByID(t *testing.T, a account) {
	sent := a.command("echo hello; echo problem >&2")
	at := func(name string) string { return fmt.Sprintf("invocations.%s.%s", a.node, name) }
	a.test(t, resource.TestStep{
		Config: a.config(sent,
			data("ssm_command", ofCommand),
			data("ssm_command_invocation", ofCommand, fmt.Sprintf("instance_id = %q", a.node)),
			data("ssm_command_invocations", ofCommand),
			data("ssm_commands", fmt.Sprintf("instance_id = %q", a.node), "max_results = 20", "depends_on = [ssm_command.this]"),
			data("ssm_managed_nodes", fmt.Sprintf("instance_ids = [%q]", a.node)),
		),
		Check: resource.ComposeAggregateTestCheckFunc(
			values(this, "status", "Success", at("response_code"), "0", at("standard_output_content"), "hello\n", at("standard_error_content"), "problem\n"),
			values("data.ssm_command.this", "status", "Success", "target_count", "1"),
			values(thisIs, "status", "Success", "response_code", "0", "standard_output_content", "hello\n"),
			values("data.ssm_command_invocations.this", "invocations.#", "1", "invocations.0.instance_id", a.node),
			resource.TestCheckTypeSetElemAttrPair("data.ssm_commands.this", "commands.*.command_id", this, "command_id"),
			values("data.ssm_managed_nodes.this", "nodes.#", "1", "nodes.0.ping_status", "Online"),
		),
	}, resource.TestStep{
		ResourceName: this, ImportState: true, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "command_id",
		ImportStateIdFunc: func(s *terraform.State) (string, error) {
			return s.RootModule().Resources[this].Primary.Attributes["command_id"], nil
		},
		ImportStateVerifyIgnore: importIgnored,
	})
}

// importIgnored are arguments that no response has.
var importIgnored = []string{"parameters", "comment", "timeouts"}

// sendByTag sends a command to all nodes with the tag.
func sendByTag(t *testing.T, a account) {
	a.test(t, resource.TestStep{
		Config: a.config(
			a.resource(`document_name = "AWS-RunShellScript"`, `parameters = { commands = ["echo tagged"] }`,
				fmt.Sprintf("targets = [{ key = %q, values = [%q] }]", "tag:"+a.tagKey, a.tagValue), "max_targets = 1"),
			data("ssm_managed_nodes", fmt.Sprintf("tags = { %q = %q }", a.tagKey, a.tagValue)),
		),
		Check: resource.ComposeAggregateTestCheckFunc(
			values(this, "status", "Success", "target_count", "1", "invocations."+a.node+".standard_output_content", "tagged\n"),
			values("data.ssm_managed_nodes.this", "nodes.#", "1", "nodes.0.instance_id", a.node),
		),
	})
}

// failure runs a script that fails with exit code 7.
func failure(t *testing.T, a account) {
	sent := a.command("echo out; echo err >&2; exit 7", "require_success = false")
	a.test(t, resource.TestStep{
		Config: a.config(sent, data("ssm_command_invocation", ofCommand, fmt.Sprintf("instance_id = %q", a.node))),
		Check: resource.ComposeAggregateTestCheckFunc(
			values(this, "status", "Failed", "invocations."+a.node+".response_code", "7"),
			values(thisIs, "status", "Failed", "response_code", "7", "standard_output_content", "out\n"),
			resource.TestMatchResourceAttr(thisIs, "standard_error_content", regexp.MustCompile(`^err\n.*exit status 7`)),
		),
	}, resource.TestStep{
		Config:      a.config(strings.Replace(sent, "require_success = false", "require_success = true\n triggers = { again = \"1\" }", 1)),
		ExpectError: regexp.MustCompile(`exit\s+code\s+7`),
	})
}

// cancelOnDestroy destroys the resource of a running command, and then reads the command.
func cancelOnDestroy(t *testing.T, a account) {
	var id string
	a.test(t, resource.TestStep{
		Config: a.config(a.command(longCommand, "wait_for_completion = false", "cancel_on_destroy = true")),
		Check:  idOf(&id),
	})
	if id == "" {
		t.Fatal("no command was sent")
	}
	a.test(t, resource.TestStep{
		Config: a.config(data("ssm_command_invocation", fmt.Sprintf("command_id = %q", id), fmt.Sprintf("instance_id = %q", a.node))),
		Check:  values(thisIs, "status", "Cancelled"),
	})
}

// steps runs a document of two steps, of which the second one fails with exit code 3.
func steps(t *testing.T, a account) {
	of := fmt.Sprintf("instance_id = %q", a.node)
	second := strings.Replace(data("ssm_command_invocation", ofCommand, of, `plugin_name = "second"`), `"this" {`, `"second" {`, 1)
	a.test(t, resource.TestStep{
		Config: a.config(
			a.resource(fmt.Sprintf("document_name = %q", a.document), fmt.Sprintf(`instance_ids = [%q]`, a.node), "require_success = false"),
			data("ssm_command_invocation", ofCommand, of, `plugin_name = "first"`), second,
			data("ssm_command_invocations", ofCommand),
			strings.Replace(data("ssm_command_invocation", ofCommand, of), `"this" {`, `"whole" {`, 1),
		),
		Check: resource.ComposeAggregateTestCheckFunc(
			values(this, "status", "Failed"),
			values(thisIs, "status", "Success", "response_code", "0", "standard_output_content", "first\n"),
			values(secondIs, "status", "Failed", "response_code", "3", "standard_output_content", "second\n"),
			values("data.ssm_command_invocation.whole", "status", "Failed"),
			values("data.ssm_command_invocations.this", "invocations.0.command_plugins.#", "2"),
		),
	})
}

// s3Output writes 30,000 bytes, which Systems Manager truncates, and reads all of them from S3.
func s3Output(t *testing.T, a account) {
	a.test(t, resource.TestStep{
		Config: a.config(
			a.command("head -c 30000 /dev/zero | tr '\\0' x", fmt.Sprintf("output_s3_bucket_name = %q", a.bucket), fmt.Sprintf("output_s3_key_prefix = %q", a.prefix)),
			data("ssm_command_invocation", ofCommand, fmt.Sprintf("instance_id = %q", a.node), "complete_output = true"),
		),
		Check: values(thisIs, "status", "Success", "standard_output_truncated", "false", "standard_output_content", strings.Repeat("x", 30000)),
	})
}

// notFound reads a command that does not exist.
func notFound(t *testing.T, a account) {
	a.test(t, resource.TestStep{
		Config:      a.config(data("ssm_command_invocation", fmt.Sprintf("command_id = %q", unknownID), fmt.Sprintf("instance_id = %q", a.node), atOnce)),
		ExpectError: regexp.MustCompile(`Command Invocation Not Found`),
	})
}

// protocol serves the provider over gRPC, so that actions and list resources do not need Terraform
// 1.14.
func (a account) protocol(t *testing.T) *acctest.Protocol {
	t.Helper()
	return acctest.ServeProtocol(t, object(t, a.arguments()))
}

// object encodes the arguments of a block.
func object(t *testing.T, arguments map[string]any) string {
	t.Helper()
	encoded, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// invoke runs an action, which must succeed.
func invoke(t *testing.T, p *acctest.Protocol, name string, arguments map[string]any) {
	t.Helper()
	if result := p.Invoke(t, name, object(t, arguments), nil); !result.Completed || len(result.Diagnostics) > 0 {
		t.Fatalf("%s: completed %v, diagnostics %+v", name, result.Completed, result.Diagnostics)
	}
}

// script are the arguments of an action that runs a script on the node.
func (a account) script(text string) map[string]any {
	return map[string]any{
		"document_name": "AWS-RunShellScript", "instance_ids": []string{a.node}, "parameters": map[string][]string{"commands": {text}},
	}
}

// action sends a command with the action.
func action(t *testing.T, a account) {
	invoke(t, a.protocol(t), "ssm_send_command", a.script("echo from-the-action"))
}

// cancelAction cancels a running command with the action, and then reads it.
func cancelAction(t *testing.T, a account) {
	p, arguments := a.protocol(t), a.script(longCommand)
	arguments["wait_for_completion"] = false
	invoke(t, p, "ssm_send_command", arguments)
	ids := a.Commands()
	if len(ids) != 1 {
		t.Fatalf("commands %v, want one", ids)
	}
	invoke(t, p, "ssm_cancel_command", map[string]any{"command_id": ids[0]})
	a.test(t, resource.TestStep{
		Config: a.config(data("ssm_command_invocation", fmt.Sprintf("command_id = %q", ids[0]), fmt.Sprintf("instance_id = %q", a.node))),
		Check:  values(thisIs, "status", "Cancelled"),
	})
}

// list finds a command that was sent with the list resource.
func list(t *testing.T, a account) {
	p := a.protocol(t)
	invoke(t, p, "ssm_send_command", a.script("echo to-be-listed"))
	ids := a.Commands()
	found := p.List(t, "ssm_command", object(t, map[string]any{"instance_id": a.node, "document_name": "AWS-RunShellScript"}), 20, true)
	if len(ids) != 1 || !slices.ContainsFunc(found, func(l acctest.Listed) bool {
		return len(l.Diagnostics) == 0 && strings.Contains(l.Identity.String(), ids[0]) && strings.Contains(l.Resource.String(), ids[0])
	}) {
		t.Errorf("commands %v are not in %+v", ids, found)
	}
}

// needs are the environment variables of [TestAccAWS], with what they must be.
var needs = []struct{ name, what string }{
	{"AWS_REGION", "the Region of the node and the bucket"},
	{"SSM_TEST_INSTANCE_ID", "the ID of an EC2 instance with Linux that is Online in Systems Manager (i-...)"},
	{"SSM_TEST_TAG", "a tag that only this instance has, as KEY=VALUE"},
	{"SSM_TEST_BUCKET", "an S3 bucket to which the instance profile may write, and from which you may read and delete"},
}

// TestAccAWS sends commands to a node in AWS, with the credentials of the environment, and records
// the responses. `make testacc` runs it.
func TestAccAWS(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("this runs commands in AWS: use make testacc")
	}
	acctest.RealAWS(t)
	run(t, realSite(t))
}

// missing lists the variables that are not set, and what is wrong with the others.
func missing(getenv func(string) string) []string {
	var list []string
	for _, need := range needs {
		if getenv(need.name) == "" {
			list = append(list, need.name+": "+need.what)
		}
	}
	if id := getenv("SSM_TEST_INSTANCE_ID"); id != "" && !strings.HasPrefix(id, "i-") {
		list = append(list, "SSM_TEST_INSTANCE_ID: not an EC2 instance, whose ID begins with i-")
	}
	if tag := getenv("SSM_TEST_TAG"); tag != "" && !regexp.MustCompile(`^[^=]+=.+$`).MatchString(tag) {
		list = append(list, "SSM_TEST_TAG: not KEY=VALUE")
	}
	return list
}

// realSite is the account of the environment's credentials. It creates the document of the test.
func realSite(t *testing.T) site {
	t.Helper()
	if list := missing(os.Getenv); len(list) > 0 {
		t.Fatalf("these environment variables are missing or wrong:\n  %s", strings.Join(list, "\n  "))
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatalf("no valid credentials: %v", err)
	}
	keys, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.Proxy = func(*http.Request) (*url.URL, error) {
		if proxy := os.Getenv("HTTPS_PROXY"); proxy != "" {
			return url.Parse(proxy)
		}
		return nil, nil //nolint:nilnil // No proxy, as documented by net/http.
	}
	key, value, _ := strings.Cut(os.Getenv("SSM_TEST_TAG"), "=")
	name := fmt.Sprintf("terraform-provider-ssm-acc-%d", time.Now().UnixNano())
	s := site{
		region: cfg.Region, node: os.Getenv("SSM_TEST_INSTANCE_ID"), tagKey: key, tagValue: value, bucket: os.Getenv("SSM_TEST_BUCKET"),
		prefix: name + "-output", document: name, upstream: transport, ssm: ssm.NewFromConfig(cfg), s3: s3.NewFromConfig(cfg),
		secrets:    []string{*identity.Account, keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken},
		recordings: filepath.Join("..", "..", "fakeaws", "testdata", "aws"),
	}
	createDocument(t, s.ssm, name)
	return s
}

// createDocument creates the document of the tests until the end of the test.
func createDocument(t *testing.T, client *ssm.Client, name string) {
	t.Helper()
	_, err := client.CreateDocument(t.Context(), &ssm.CreateDocumentInput{
		Name: &name, Content: aws.String(awsrecord.DocumentContent), DocumentType: types.DocumentTypeCommand, DocumentFormat: types.DocumentFormatJson,
	})
	if err != nil {
		t.Fatalf("creating the document %s: %v", name, err)
	}
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer stop()
		if _, err := client.DeleteDocument(ctx, &ssm.DeleteDocumentInput{Name: &name}); err != nil {
			t.Errorf("delete the document %s by hand: %v", name, err)
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		out, err := client.DescribeDocument(t.Context(), &ssm.DescribeDocumentInput{Name: &name})
		if err == nil && out.Document.Status == types.DocumentStatusActive {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the document %s does not become active: %v", name, err)
		}
	}
}
