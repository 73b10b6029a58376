// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// scratch is the directory of the test binary, for the built provider and an empty file. Main
// creates and removes it.
var scratch string

// savedEnv has the environment variables that Main removed, for [RealAWS].
var savedEnv = map[string]string{}

// Main runs a package's tests independent of the environment: without its AWS, proxy, and Terraform
// settings, and without the instance metadata service. Call it from TestMain.
func Main(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "acctest:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	var err error
	if scratch, err = os.MkdirTemp("", "acctest"); err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if err := isolate(); err != nil {
		return 0, err
	}
	if err := findCLI(); err != nil {
		return 0, err
	}
	if err := raiseParallelism(); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// raiseParallelism lets more parallel tests run at a time than there are processors, unless
// -parallel was given. The tests spend most of their time waiting.
func raiseParallelism() error {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0))))
}

// isolate removes the AWS, proxy, and Terraform settings from the environment, and keeps the
// switches of the testing library.
func isolate() error {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		upper := strings.ToUpper(name)
		settings := strings.HasPrefix(upper, "AWS_") || strings.HasSuffix(upper, "_PROXY")
		if settings {
			savedEnv[name] = value
		}
		if settings || strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TF_ACC") {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	empty := filepath.Join(scratch, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"CHECKPOINT_DISABLE":          "1",
		"TF_CLI_CONFIG_FILE":          empty, // If unset, the CLI reads ~/.terraformrc.
		"AWS_CONFIG_FILE":             empty,
		"AWS_SHARED_CREDENTIALS_FILE": empty,
		"AWS_EC2_METADATA_DISABLED":   "true", // Without credentials, the SDK requests some from 169.254.169.254.
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// findCLI selects the CLI, and the address under which the testing library passes the provider to
// it. By default, the library downloads a CLI if it finds none, and OpenTofu uses its own registry.
func findCLI() error {
	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		path, err := exec.LookPath("terraform")
		if err != nil {
			path, err = exec.LookPath("tofu")
		}
		if err != nil {
			return errors.New("neither terraform nor tofu is on PATH: run `make test`, which builds one, or set TF_ACC_TERRAFORM_PATH")
		}
		if err := os.Setenv("TF_ACC_TERRAFORM_PATH", path); err != nil {
			return err
		}
	}
	printed, err := exec.CommandContext(context.Background(), cli(), "version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s version: %w: %s", cli(), err, printed)
	}
	if cliVersion, err = parseVersion(string(printed)); err != nil {
		return err
	}
	host := "registry.terraform.io"
	if cliVersion.openTofu {
		host = "registry.opentofu.org"
	}
	if err := os.Setenv("TF_ACC_PROVIDER_HOST", host); err != nil {
		return err
	}
	return os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "ssm-provider")
}

// cli returns the path of the CLI that findCLI selected.
func cli() string { return os.Getenv("TF_ACC_TERRAFORM_PATH") }

// RealAWS restores the AWS and proxy settings that [Main] removed, for one test that is not
// parallel.
func RealAWS(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"} {
		t.Setenv(name, "") // For its cleanup. The SDK does not treat an empty variable as unset.
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range savedEnv {
		t.Setenv(name, value)
	}
}
