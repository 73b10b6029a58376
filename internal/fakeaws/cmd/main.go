// SPDX-License-Identifier: MPL-2.0

// Command cmd serves the fake from a script file: for the demo, and for experiments with the AWS
// CLI.
//
//	go run ./internal/fakeaws/cmd -script FILE [-listen 127.0.0.1:0] [-url-file PATH]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
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
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "fakeaws:", err)
		}
		os.Exit(2)
	}
}

// run serves until the context is done. It writes the URL to stdout, so that a script can read it,
// and everything else to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("fakeaws", flag.ContinueOnError)
	flags.SetOutput(stderr)
	scriptFile := flags.String("script", "", "the script `FILE` (JSON); internal/fakeaws/testdata/script.json uses every member")
	listen := flags.String("listen", "127.0.0.1:0", "the loopback `ADDRESS` to serve; port 0 selects a free port")
	urlFile := flags.String("url-file", "", "write the URL to `PATH` when the server is ready")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *scriptFile == "" || flags.NArg() > 0 {
		flags.Usage()
		return errors.New("-script FILE is required; positional arguments are not supported")
	}
	script, err := load(*scriptFile)
	if err != nil {
		return err
	}
	server, err := fakeaws.New(script)
	if err != nil {
		return fmt.Errorf("%s: %w", *scriptFile, err)
	}
	server.Observe(func(r fakeaws.Request) { fmt.Fprintln(stderr, logLine(server, r)) })
	url, stop, err := server.Listen(*listen)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintln(stderr, usageHint(script, url))
	fmt.Fprintln(stdout, url)
	if *urlFile != "" {
		if err := writeWhole(*urlFile, url+"\n"); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
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

// usageHint shows how to request the first command of the script with the AWS CLI.
func usageHint(script fakeaws.Script, url string) string {
	region := "us-east-1"
	if len(script.Regions) > 0 {
		region = script.Regions[0]
	}
	command := "list-commands"
	for _, c := range script.Commands {
		if len(c.Invocations) > 0 {
			command = "get-command-invocation --command-id " + c.CommandID + " --instance-id " + c.Invocations[0].InstanceID
			break
		}
	}
	text := "Try it with the AWS CLI:\n\n  AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_ENDPOINT_URL_SSM=" + url +
		" \\\n  aws --region " + region + " ssm " + command + "\n"
	if slices.ContainsFunc(script.Commands, func(c fakeaws.Command) bool { return c.OutputS3BucketName != "" }) {
		text += "\nWith AWS_ENDPOINT_URL_S3=" + url + " as well, aws s3 cp s3://BUCKET/KEY - reads the objects that output URLs name.\n"
	}
	return text
}
