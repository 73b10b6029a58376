// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/ssm-provider/terraform-provider-ssm/internal/provider"
)

// Factories runs the provider in the test's own process, for terraform-plugin-testing.
func Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"ssm": func() (tfprotov6.ProviderServer, error) { return provider.NewServer(context.Background(), "test"), nil },
	}
}

// ServeProvider serves another provider from the test's own process, for configurations that pass
// this provider's values to it. It returns the environment variable that makes the CLI of a
// [Workspace] use it instead of installing the provider from its source, such as hashicorp/aws.
func ServeProvider(t *testing.T, source string, factory func() (tfprotov6.ProviderServer, error)) string {
	t.Helper()
	server, err := factory()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	config, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(source, func() tfprotov6.ProviderServer { return server }, tf6server.WithDebug(ctx, config, closed),
			tf6server.WithLoggingSink(t), tf6server.WithGoPluginLogger(hclog.NewNullLogger())) // The default logger writes to standard error.
	}()
	t.Cleanup(func() {
		stop()
		<-closed
	})
	var at *plugin.ReattachConfig
	select {
	case at = <-config:
	case err := <-failed:
		t.Fatalf("serving %s failed: %v", source, err)
	}
	type address struct{ Network, String string }
	type reattach struct {
		Protocol        string
		ProtocolVersion int
		Pid             int
		Test            bool
		Addr            address
	}
	one := reattach{string(at.Protocol), at.ProtocolVersion, at.Pid, true, address{at.Addr.Network(), at.Addr.String()}}
	// Terraform and OpenTofu complete a source with the host of their own registry.
	value, err := json.Marshal(map[string]reattach{"registry.terraform.io/" + source: one, "registry.opentofu.org/" + source: one})
	if err != nil {
		t.Fatal(err)
	}
	return "TF_REATTACH_PROVIDERS=" + string(value)
}
