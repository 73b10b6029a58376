// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const (
	ownKey   = "AKIAARGUMENTARGUMENT"
	envKey   = "AKIAENVIRONMENTENVIR"
	fileKey  = "AKIASHAREDFILESHARED"
	roleOne  = "arn:aws:iam::111111111111:role/one"
	roleTwo  = "arn:aws:iam::222222222222:role/two"
	roleFile = "arn:aws:iam::333333333333:role/profile"
)

// isolate removes the SDK's settings from the environment, and returns a temporary home directory.
func isolate(t *testing.T) string {
	t.Helper()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") || name == "TF_APPEND_USER_AGENT" {
			unset(t, name)
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home) // HOME on Windows.
	// The SDK reads HOME once, before any test, so the default paths must be set.
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return home
}

// unset removes a variable until the test ends. The SDK distinguishes empty from unset.
func unset(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // Setenv restores the variable when the test ends.
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// write creates a file in the home directory and returns its path.
func write(t *testing.T, home, name, content string) string {
	t.Helper()
	path := filepath.Join(home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fake starts a fake of SSM and STS.
func fake(t *testing.T, script fakeaws.Script) (*fakeaws.Server, string) {
	t.Helper()
	if script.Regions == nil {
		script.Regions = []string{"us-east-1", "eu-west-1"}
	}
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return server, listener.URL
}

// keys are options that are sufficient by themselves.
func keys() Options {
	return Options{Region: "us-east-1", AccessKey: ownKey, SecretKey: "secret"}
}

func mustNew(t *testing.T, opts Options) *Clients {
	t.Helper()
	clients, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return clients
}

// read sends one request in a Region; "" is the provider's Region.
func read(ctx context.Context, clients *Clients, region string) error {
	if region == "" {
		own, err := clients.Region(ctx)
		if err != nil {
			return err
		}
		region = own
	}
	client, err := clients.SSM(ctx, region)
	if err != nil {
		return err
	}
	_, err = client.ListCommands(ctx, &ssm.ListCommandsInput{})
	return err
}

// sent describes the origin of a request.
type sent struct {
	Operation, Key, Region string
}

func sentTo(server *fakeaws.Server) []sent {
	var all []sent
	for _, r := range server.Requests() {
		s := sent{Operation: r.Operation, Key: r.AccessKeyID, Region: r.Region}
		if r.RoleARN != "" {
			s.Operation += " " + r.RoleARN
		}
		all = append(all, s)
	}
	return all
}
