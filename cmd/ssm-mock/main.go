// SPDX-License-Identifier: MPL-2.0

// Command ssm-mock is a local mock of the Run Command API: for tests of modules that use the
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
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		os.Exit(max(ended.ExitCode(), 1)) // -1 is a command that a signal ended.
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

// run serves until the context is done, or until the command of the arguments has ended; its error
// is then that of the command. Without a command, run writes the URL to stdout, so that a script can
// read it, and everything else to stderr.
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
		log = io.Discard // The lines would be between those of the command.
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
		if err := writeWhole(*urlFile, url+"\n"); err != nil {
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

// environment returns an environment in which AWS clients use the mock. It has no other variable of
// AWS: a session token or a profile of the caller is not for the mock, and an endpoint of one service
// would have precedence.
func environment(caller []string, url, region string) []string {
	kept := slices.DeleteFunc(slices.Clone(caller), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	return append(kept,
		"AWS_ENDPOINT_URL="+url, "AWS_REGION="+region, "AWS_ACCESS_KEY_ID=example", "AWS_SECRET_ACCESS_KEY=example",
		"AWS_EC2_METADATA_DISABLED=true")
}

// runCommand runs a command to its end. A terminal sends Ctrl-C to the command too, so that runCommand
// passes on SIGTERM only.
func runCommand(command, env []string, stdout, stderr io.Writer) error {
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // The command ends by itself.
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
			_ = cmd.Process.Signal(s) // It fails if the command has ended.
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
	defer func() { _ = file.Close() }() // Only read from.
	script, err := fakeaws.LoadScript(file)
	if err != nil {
		return script, fmt.Errorf("%s: %w", path, err)
	}
	return script, nil
}

// writeWhole creates the file atomically: a process that waits for it must not read a partial URL.
func writeWhole(path, text string) error {
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	if err := os.WriteFile(temporary, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// logLine summarizes a request: time, operation, subject, and response. For SendCommand it includes
// the ID of the new command. It never includes output.
func logLine(server *fakeaws.Server, r fakeaws.Request) string {
	about := make([]string, 0, 5)
	for _, s := range []string{r.CommandID, r.Sent, r.InstanceID, r.PluginName, r.RoleARN} {
		if s != "" && r.Bucket == "" { // The key of an object contains all three.
			about = append(about, s)
		}
	}
	if r.Bucket != "" {
		about = append(about, "s3://"+r.Bucket+"/"+r.Key)
	}
	return fmt.Sprintf("%7.2fs  %-23s %s -> %s", r.At.Sub(server.Start()).Seconds(), r.Operation, strings.Join(about, " "), r.Outcome)
}

// regionOf returns the first Region of the script.
func regionOf(script fakeaws.Script) string {
	if len(script.Regions) > 0 {
		return script.Regions[0]
	}
	return "us-east-1"
}

// usageHint shows how to use the mock with Terraform, and how to request the first command of the
// script with the AWS CLI.
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
