package acctest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/provider"
)

// Secrets that every configuration of [Standin.Provider] has. None of them may show anywhere.
const (
	SecretKey    = "not-to-be-seen-secret-key"
	SessionToken = "not-to-be-seen-session-token"
)

// Factories are the provider for terraform-plugin-testing, in the test's own process.
func Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"ssm": providerserver.NewProtocol6WithError(provider.New("test", nil)()),
	}
}

// Standin is the stand-in for the service, on loopback.
type Standin struct {
	*fakeaws.Server
	URL string
}

// Serve starts the stand-in for the length of a test. Its clock starts now.
func Serve(t *testing.T, script fakeaws.Script) *Standin {
	t.Helper()
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return &Standin{Server: server, URL: url}
}

// Provider is the head of a configuration: where the provider comes from, and a provider block that leads to the stand-in
// in us-east-1 with static keys. The arguments are added to the block as lines; one that the block has anyway replaces it.
func (s *Standin) Provider(arguments ...string) string {
	lines := []string{
		`region = "us-east-1"`,
		`access_key = "AKIAACCTESTACCTEST00"`,
		fmt.Sprintf("secret_key = %q", SecretKey),
		fmt.Sprintf("token = %q", SessionToken),
		fmt.Sprintf("endpoints {\n    ssm = %[1]q\n    sts = %[1]q\n  }", s.URL),
	}
	for _, argument := range arguments {
		name, _, _ := strings.Cut(argument, " ")
		for i, line := range lines {
			if strings.HasPrefix(line, name+" ") {
				lines[i] = ""
			}
		}
		lines = append(lines, argument)
	}
	return Source + Block("provider", "ssm", lines...)
}

// Source says where the provider comes from: without it, Terraform looks for hashicorp/ssm.
const Source = `terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

`

// Block writes a block of one label, such as provider "ssm".
func Block(kind, label string, lines ...string) string {
	return fmt.Sprintf("%s %q {\n  %s\n}\n\n", kind, label, strings.Join(lines, "\n  "))
}

// Invocation writes data "ssm_command_invocation" "this".
func Invocation(command, node string, arguments ...string) string {
	lines := append([]string{fmt.Sprintf("command_id = %q", command), fmt.Sprintf("instance_id = %q", node)}, arguments...)
	return fmt.Sprintf("data \"ssm_command_invocation\" \"this\" {\n  %s\n}\n\n", strings.Join(lines, "\n  "))
}
