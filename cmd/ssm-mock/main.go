// SPDX-License-Identifier: MPL-2.0

// Command ssm-mock is a local mock of the Run Command API. It is for tests of modules that use the
// provider, for the demo, and for experiments with the AWS CLI.
//
//	ssm-mock [-listen ADDRESS] [-url-file PATH] [-log PATH] SCENARIO [COMMAND [ARGUMENT...]]
//
// SCENARIO is a JSON file with a [fakeaws.Script].
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		os.Exit(max(failed.ExitCode(), 1)) // -1 means that a signal ended the command.
	case err != nil:
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "ssm-mock:", err)
		}
		os.Exit(2)
	}
}

const usage = `Usage: ssm-mock [FLAG...] SCENARIO [COMMAND [ARGUMENT...]]

ssm-mock is a local mock of the AWS Systems Manager Run Command API. It also has
the parts of S3 and STS that terraform-provider-ssm uses. SCENARIO is a JSON file
with the nodes and commands of the mock, and with the results of scripts.

With COMMAND, ssm-mock runs the command with environment variables that make AWS
clients use the mock, and exits with its exit code:

  ssm-mock tests/scenario.json terraform test

Without COMMAND, ssm-mock writes its URL to standard output, and one line for
each request to standard error. It runs until it receives an interrupt.

Flags:
`

// run serves the mock until the context is done. If the arguments have a command, run serves the
// mock until the command ends, and returns the error of the command. Without a command, run writes
// only the URL to stdout, so that a script can read it, and everything else to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("ssm-mock", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "127.0.0.1:0", "serve the loopback `ADDRESS`; port 0 selects a free port")
	urlFile := flags.String("url-file", "", "write the URL to the file `PATH` when the mock is ready")
	logFile := flags.String("log", "", "write a line for each request to the file `PATH`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return errors.New("SCENARIO is required")
	}
	file, command := flags.Arg(0), flags.Args()[1:]
	script, err := load(file)
	if err != nil {
		return err
	}
	server, err := fakeaws.New(script)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	log := stderr
	if len(command) > 0 {
		log = io.Discard // Keep them out of the output of the command.
	}
	if *logFile != "" {
		opened, err := os.Create(*logFile)
		if err != nil {
			return err
		}
		defer func() { _ = opened.Close() }()
		log = opened
	}
	server.Observe(func(r fakeaws.Request) { fmt.Fprintln(log, logLine(server, r)) })
	url, stop, err := server.Listen(*listen)
	if err != nil {
		return err
	}
	defer stop()
	if *urlFile != "" {
		if err := writeAtomically(*urlFile, url+"\n"); err != nil {
			return err
		}
	}
	if len(command) > 0 {
		return runCommand(command, environment(os.Environ(), url, regionOf(script)), stdout, stderr)
	}
	fmt.Fprintln(stderr, usageHint(script, url))
	fmt.Fprintln(stdout, url)
	<-ctx.Done()
	return nil
}

// environment returns the environment of the caller with AWS variables that make clients use the
// mock. It removes all other AWS variables, because they can override these. For example, the
// endpoint of one service takes precedence over AWS_ENDPOINT_URL.
func environment(caller []string, url, region string) []string {
	kept := slices.DeleteFunc(slices.Clone(caller), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	return append(kept,
		"AWS_ENDPOINT_URL="+url, "AWS_REGION="+region, "AWS_ACCESS_KEY_ID=example", "AWS_SECRET_ACCESS_KEY=example",
		"AWS_EC2_METADATA_DISABLED=true")
}

// runCommand runs a command until it ends. It forwards SIGTERM. It does not forward an interrupt,
// because a terminal sends Ctrl-C to the command too.
func runCommand(command, env []string, stdout, stderr io.Writer) error {
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // It runs until it ends.
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, stdout, stderr
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	defer signal.Stop(terminated)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-terminated:
			_ = cmd.Process.Signal(s) // The error means that the command has ended.
		case err := <-ended:
			return err
		}
	}
}

func load(path string) (fakeaws.Script, error) {
	file, err := os.Open(path)
	if err != nil {
		return fakeaws.Script{}, err
	}
	defer func() { _ = file.Close() }() // The file is only read.
	script, err := fakeaws.LoadScript(file)
	if err != nil {
		return script, fmt.Errorf("%s: %w", path, err)
	}
	return script, nil
}

// writeAtomically creates a file with all of its text, so that a process that waits for the file
// does not read a partial URL.
func writeAtomically(path, text string) error {
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	if err := os.WriteFile(temporary, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// logLine returns a line about a request: the time since the start of the mock, the operation, its
// subject, and the outcome. For SendCommand, the subject is the ID of the new command. The line
// never contains output.
func logLine(server *fakeaws.Server, r fakeaws.Request) string {
	subject := []string{r.CommandID, r.Sent, r.InstanceID, r.PluginName, r.RoleARN}
	if r.Bucket != "" { // The key contains the command, the node, and the plugin.
		subject = []string{"s3://" + r.Bucket + "/" + r.Key}
	}
	subject = slices.DeleteFunc(subject, func(s string) bool { return s == "" })
	return fmt.Sprintf("%7.2fs  %-23s %s -> %s", r.At.Sub(server.Start()).Seconds(), r.Operation, strings.Join(subject, " "), r.Outcome)
}

// regionOf returns the first Region of the script.
func regionOf(script fakeaws.Script) string {
	if len(script.Regions) > 0 {
		return script.Regions[0]
	}
	return "us-east-1"
}

// usageHint returns instructions to use the mock with Terraform, and a command of the AWS CLI that
// requests the first command of the script.
func usageHint(script fakeaws.Script, url string) string {
	region := regionOf(script)
	command := "list-commands"
	for _, c := range script.Commands {
		if len(c.Invocations) > 0 {
			command = "get-command-invocation --command-id " + c.CommandID + " --instance-id " + c.Invocations[0].InstanceID
			break
		}
	}
	text := "To use the mock, set these variables for Terraform or the AWS CLI:\n\n" +
		"  export AWS_ENDPOINT_URL=" + url + " AWS_REGION=" + region + "\n" +
		"  export AWS_ACCESS_KEY_ID=example AWS_SECRET_ACCESS_KEY=example\n\n" +
		"For example:\n\n  aws ssm " + command + "\n"
	if slices.ContainsFunc(script.Commands, func(c fakeaws.Command) bool { return c.OutputS3BucketName != "" }) {
		text += "  aws s3 cp s3://BUCKET/KEY -  # An object of an output URL.\n"
	}
	return text
}
