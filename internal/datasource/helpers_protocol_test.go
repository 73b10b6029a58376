// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	fwdatasource "github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	fwephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/datasource"
	"github.com/ssm-provider/terraform-provider-ssm/internal/ephemeral"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// protocol serves the data sources and the ephemeral resource with Terraform's protocol, in this
// process. The clients are those of the SDK over an in-memory transport, so that a read can run in
// virtual time.
type protocol struct {
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
	clients *memoryClients
}

// memoryClients has one client for every Region.
type memoryClients struct{ client *runcommand.Client }

var _ framework.Clients = (*memoryClients)(nil)

func (r *memoryClients) Client(context.Context, string) (*runcommand.Client, diag.Diagnostics) {
	return r.client, nil
}

// Claim does nothing: no test of this package sends a command.
func (r *memoryClients) Claim(string) {}

// emptyProvider is a provider without arguments.
type emptyProvider struct{ clients *memoryClients }

func (*emptyProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "ssm"
}

func (*emptyProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *emptyProvider) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.DataSourceData, resp.EphemeralResourceData = p.clients, p.clients
}

func (*emptyProvider) DataSources(context.Context) []func() fwdatasource.DataSource {
	return datasource.All()
}

func (*emptyProvider) EphemeralResources(context.Context) []func() fwephemeral.EphemeralResource {
	return ephemeral.All()
}

func (*emptyProvider) Resources(context.Context) []func() resource.Resource { return nil }

// newProtocol starts the server. Its clients are set by [protocol.over].
func newProtocol(t testing.TB) *protocol {
	t.Helper()
	p := &protocol{clients: &memoryClients{}}
	p.server = providerserver.NewProtocol6(&emptyProvider{clients: p.clients})()
	ctx := context.Background()
	var err error
	if p.schemas, err = p.server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	none, err := tfprotov6.NewDynamicValue(tftypes.Object{}, tftypes.NewValue(tftypes.Object{}, map[string]tftypes.Value{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: &none}); err != nil {
		t.Fatal(err)
	}
	return p
}

// over makes new clients over the transport. The provider's retryer is adaptive; here it is the
// standard one, since the rate limiter of the adaptive one sleeps for less than a nanosecond, which
// never ends in virtual time.
func (p *protocol) over(transport http.RoundTripper) *protocol {
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	retryer := retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None })
	keys := credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")
	p.clients.client = runcommand.New(
		ssm.New(ssm.Options{Region: "us-east-1", HTTPClient: client, Credentials: keys, Retryer: retryer}),
		runcommand.Options{Region: "us-east-1", Objects: func(_ context.Context, region string) (runcommand.ObjectAPI, error) {
			return s3.New(s3.Options{Region: region, HTTPClient: client, Credentials: keys, Retryer: retryer, UsePathStyle: true,
				BaseEndpoint: aws.String("https://s3." + region + ".amazonaws.com")}), nil
		}})
	return p
}

// arguments are those of one block. A nested object is a map again.
type arguments map[string]any

// with returns the arguments and others.
func (a arguments) with(name string, value any) arguments {
	all := arguments{name: value}
	for n, v := range a {
		if n != name {
			all[n] = v
		}
	}
	return all
}

// ephemeralKind is the one ephemeral resource, by the name that the tests use.
const ephemeralKind = "ephemeral ssm_command_invocation"

// kinds are everything that reads.
var kinds = []string{"ssm_command_invocation", "ssm_command", "ssm_command_invocations", "ssm_commands", "ssm_managed_nodes", ephemeralKind}

// read reads a data source, or opens the ephemeral resource. The values are null if there is an
// error.
func (p *protocol) read(ctx context.Context, t testing.TB, kind string, a arguments) (tftypes.Value, []*tfprotov6.Diagnostic) {
	t.Helper()
	config, shape := p.config(t, kind, a)
	if kind == ephemeralKind {
		resp, err := p.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: "ssm_command_invocation", Config: config})
		if err != nil {
			t.Fatal(err)
		}
		return p.value(t, shape, resp.Result), resp.Diagnostics
	}
	resp, err := p.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return p.value(t, shape, resp.State), resp.Diagnostics
}

// validate checks the arguments as `terraform validate` does.
func (p *protocol) validate(ctx context.Context, t testing.TB, kind string, a arguments) []*tfprotov6.Diagnostic {
	t.Helper()
	config, _ := p.config(t, kind, a)
	if kind == ephemeralKind {
		resp, err := p.server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: "ssm_command_invocation", Config: config})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	resp, err := p.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

func (p *protocol) config(t testing.TB, kind string, a arguments) (*tfprotov6.DynamicValue, tftypes.Type) {
	t.Helper()
	schema := p.schemas.DataSourceSchemas[kind]
	if kind == ephemeralKind {
		schema = p.schemas.EphemeralResourceSchemas["ssm_command_invocation"]
	}
	shape := schema.ValueType()
	value, err := tfprotov6.NewDynamicValue(shape, configValue(t, shape, a))
	if err != nil {
		t.Fatal(err)
	}
	return &value, shape
}

// configValue writes the arguments as a value of the block's type. What is not given is null.
func configValue(t testing.TB, shape tftypes.Type, given any) tftypes.Value {
	t.Helper()
	object, nested := shape.(tftypes.Object)
	a, block := given.(arguments)
	if !nested || !block {
		return tftypes.NewValue(shape, given)
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = configValue(t, attribute, a[name])
	}
	for name := range a {
		if _, known := object.AttributeTypes[name]; !known {
			t.Fatalf("argument %s does not exist", name)
		}
	}
	return tftypes.NewValue(shape, values)
}

func (*protocol) value(t testing.TB, shape tftypes.Type, v *tfprotov6.DynamicValue) tftypes.Value {
	t.Helper()
	if v == nil {
		return tftypes.NewValue(shape, nil)
	}
	value, err := v.Unmarshal(shape)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// attribute returns the text of a string attribute, and whether it is not null.
func attribute(t *testing.T, state tftypes.Value, name string) (string, bool) {
	t.Helper()
	var attributes map[string]tftypes.Value
	if err := state.As(&attributes); err != nil {
		t.Fatal(err)
	}
	var s *string
	if err := attributes[name].As(&s); err != nil {
		t.Fatal(err)
	}
	return aws.ToString(s), s != nil
}

// virtually runs a test in virtual time, with a server of its own: an hour's wait takes
// milliseconds.
func virtually(t *testing.T, f func(*testing.T, *protocol)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newProtocol(t)) })
}

// play returns a fake that plays the script, and its transport.
func play(t *testing.T, script fakeaws.Script) (*fakeaws.Server, http.RoundTripper) {
	t.Helper()
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	return server, server.Transport()
}

// roundTrip is a transport in one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return f(r)
}

// operation names what a request calls.
func operation(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return strings.TrimPrefix(target, "AmazonSSM.")
	}
	return "GetObject"
}

// response is one that arrives whole.
func response(status int, header http.Header, body string) *http.Response {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// errorsOf keeps the errors.
func errorsOf(found []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	var kept []*tfprotov6.Diagnostic
	for _, d := range found {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			kept = append(kept, d)
		}
	}
	return kept
}

// only wants one error of the summary, at the argument to blame ("" for none), with the phrases.
func only(t *testing.T, found []*tfprotov6.Diagnostic, summary, argument string, phrases ...string) *tfprotov6.Diagnostic {
	t.Helper()
	if len(found) != 1 || found[0].Severity != tfprotov6.DiagnosticSeverityError || found[0].Summary != summary {
		t.Fatalf("diagnostics %s, want one error %q", describe(found), summary)
	}
	says(t, found[0], argument, phrases...)
	return found[0]
}

// says wants the phrases in a diagnostic, which is at the argument.
func says(t *testing.T, d *tfprotov6.Diagnostic, argument string, phrases ...string) {
	t.Helper()
	at := ""
	if d.Attribute != nil {
		at = strings.Trim(strings.TrimPrefix(d.Attribute.String(), "AttributeName("), `")`)
	}
	if at != argument {
		t.Errorf("%q is at %q, want %q", d.Summary, at, argument)
	}
	for _, phrase := range phrases {
		if !strings.Contains(d.Detail, phrase) {
			t.Errorf("the detail of %q does not contain %q:\n%s", d.Summary, phrase, d.Detail)
		}
	}
}

// describe writes diagnostics for a message of a test.
func describe(found []*tfprotov6.Diagnostic) string {
	var all strings.Builder
	for _, d := range found {
		fmt.Fprintf(&all, "\n%s %s: %s", d.Severity, d.Summary, d.Detail)
	}
	return all.String()
}
