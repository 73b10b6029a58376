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

// scratch is a folder for the whole test binary: the built provider, and an empty home. Main makes and removes it.
var scratch string

// lent is what the environment offered before Main took it away, for [RealAWS].
var lent = map[string]string{}

// Main runs a package's tests where nothing outside of them counts: not the AWS settings, proxies and Terraform settings of
// whoever runs them, and not the instance metadata service. Use it as TestMain.
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
	if err := waitTogether(); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// waitTogether lets more parallel tests run at a time than there are processors, unless -parallel was given: most of their
// time goes by in waiting for a clock.
func waitTogether() error {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0))))
}

// isolate leaves of the environment what programs need to run at all, and the switches of the testing library.
func isolate() error {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		upper := strings.ToUpper(name)
		settings := strings.HasPrefix(upper, "AWS_") || strings.HasSuffix(upper, "_PROXY")
		if settings {
			lent[name] = value
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
		"TF_CLI_CONFIG_FILE":          empty, // Unset, it would mean ~/.terraformrc.
		"AWS_CONFIG_FILE":             empty,
		"AWS_SHARED_CREDENTIALS_FILE": empty,
		"AWS_EC2_METADATA_DISABLED":   "true", // Without credentials the SDK asks 169.254.169.254 for some.
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// findCLI settles which CLI is run, and under which address the testing library hands the provider to it. Left to
// itself the library downloads a CLI where there is none, and OpenTofu looks for providers in a registry of its own.
func findCLI() error {
	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		path, err := exec.LookPath("terraform")
		if err != nil {
			path, err = exec.LookPath("tofu")
		}
		if err != nil {
			return errors.New("there is no terraform and no tofu on PATH: run `make test`, which builds one, or set TF_ACC_TERRAFORM_PATH")
		}
		if err := os.Setenv("TF_ACC_TERRAFORM_PATH", path); err != nil {
			return err
		}
	}
	version, err := exec.CommandContext(context.Background(), cli(), "version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s version: %w: %s", cli(), err, version)
	}
	host := "registry.terraform.io"
	if strings.HasPrefix(string(version), "OpenTofu") {
		host = "registry.opentofu.org"
	}
	if err := os.Setenv("TF_ACC_PROVIDER_HOST", host); err != nil {
		return err
	}
	return os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "ssm-provider")
}

// cli is the program that findCLI settled on.
func cli() string { return os.Getenv("TF_ACC_TERRAFORM_PATH") }

// RealAWS gives back, for one test that is not parallel, the AWS and proxy settings that [Main] took away.
func RealAWS(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"} {
		t.Setenv(name, "") // For its clean-up. To the SDK, empty is not unset.
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range lent {
		t.Setenv(name, value)
	}
}
