// SPDX-License-Identifier: MPL-2.0

//go:build unix

package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// mostForAWS is the largest number of invocations that the AWS CLI is run for, since it starts anew
// for each.
const mostForAWS = 100

// BenchmarkInvocations reads invocations that are complete, each with a data source of its own.
func BenchmarkInvocations(b *testing.B) {
	for _, count := range []int{1, 100, 1000} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			s := serve(b, completeOn(count))
			config := fmt.Sprintf(`data "ssm_command_invocation" "each" {
  count       = %d
  command_id  = %q
  instance_id = format("i-%%017x", count.index)
}

output "read" {
  value = length([for d in data.ssm_command_invocation.each : d if d.standard_output_content != ""])
}
`, count, commandID)
			b.Run("plan", func(b *testing.B) { s.plan(b, config) })
			// See package minimal for these two providers.
			b.Run("plan-minimal", func(b *testing.B) { s.planWith(b, "BENCH_MINIMAL", config) })
			b.Run("plan-minimal-sdk", func(b *testing.B) { s.planWith(b, "BENCH_MINIMAL_SDK", config) })
			b.Run("sdk", func(b *testing.B) { s.sdk(b, "invocations", count, 1) })
			b.Run("sdk-10-at-a-time", func(b *testing.B) { s.sdk(b, "invocations", count, 10) })
			if count <= mostForAWS {
				b.Run("aws", func(b *testing.B) {
					s.measure(b, nil, "sh", "-c", `for n in $(seq 0 "$2"); do
						"$0" ssm get-command-invocation --command-id "$1" --instance-id "$(printf 'i-%017x' "$n")" >/dev/null || exit; done`,
						awsCLI(b), commandID, strconv.Itoa(count-1))
				})
			}
		})
	}
}

// BenchmarkForEach has a thousand instances by for_each instead of count, of this provider's data
// source and of one that is part of Terraform.
func BenchmarkForEach(b *testing.B) {
	const forEach = `for_each = toset([for n in range(1000) : format("i-%017x", n)])`
	b.Run("ssm_command_invocation", func(b *testing.B) {
		serve(b, completeOn(1000)).plan(b, fmt.Sprintf(`data "ssm_command_invocation" "each" {
  %s
  command_id  = %q
  instance_id = each.key
}
`, forEach, commandID))
	})
	b.Run("terraform_remote_state", func(b *testing.B) {
		state := filepath.Join(b.TempDir(), "empty.tfstate")
		write(b, state, `{"version":4,"terraform_version":"1.0.0","serial":1,"lineage":"bench","outputs":{},"resources":[]}`)
		serve(b, fakeaws.Script{}).plan(b, fmt.Sprintf(`data "terraform_remote_state" "each" {
  %s
  backend = "local"
  config  = { path = %q }
}
`, forEach, state))
	})
}

// BenchmarkList reads all invocations of one command with one data source, each with its steps.
func BenchmarkList(b *testing.B) {
	for _, count := range []int{100, 1000, 10000} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			s := serve(b, completeOn(count))
			b.Run("plan", func(b *testing.B) {
				s.plan(b, fmt.Sprintf(`data "ssm_command_invocations" "all" {
  command_id = %q
}

output "read" {
  value = length(data.ssm_command_invocations.all.invocations)
}
`, commandID))
			})
			b.Run("sdk", func(b *testing.B) { s.sdk(b, "list", count, 1) })
			b.Run("aws", func(b *testing.B) {
				s.measure(b, nil, awsCLI(b), "ssm", "list-command-invocations", "--details", "--command-id", commandID)
			})
		})
	}
}

// BenchmarkStart measures what the provider costs before it reads anything.
func BenchmarkStart(b *testing.B) {
	s := serve(b, fakeaws.Script{})
	b.Run("schema", func(b *testing.B) {
		var handshake, schema time.Duration
		var size int64
		for range b.N {
			toHandshake, toSchema, n := s.schema(b)
			handshake, schema, size = handshake+toHandshake, schema+toSchema, n
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(handshake.Seconds()*1000/float64(b.N), "handshake-ms")
		b.ReportMetric(schema.Seconds()*1000/float64(b.N), "schema-ms")
		b.ReportMetric(float64(size)/(1<<10), "schema-KiB")
	})
	b.Run("plan-without-provider", func(b *testing.B) { s.plan(b, "output \"read\" {\n  value = 0\n}\n") })
	b.Run("plan-without-reads", func(b *testing.B) {
		s.plan(b, fmt.Sprintf(`provider "ssm" {}

data "ssm_command_invocation" "none" {
  count       = 0
  command_id  = %q
  instance_id = %q
}
`, commandID, nodeID(0)))
	})
}

// BenchmarkAWSWait runs `aws ssm wait command-executed` in real time. It gives up after 20
// requests, which is reported as failed.
func BenchmarkAWSWait(b *testing.B) {
	for _, length := range lengths {
		b.Run(length.String(), func(b *testing.B) {
			var late time.Duration
			failed, requests := 0, 0
			for range b.N {
				s := serve(b, running(length, "Success"))
				cmd := s.command(b, nil, awsCLI(b), "ssm", "wait", "command-executed", "--command-id", commandID, "--instance-id", nodeID(0))
				began := time.Now()
				err := cmd.Run()
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					failed++
				} else if err != nil {
					b.Fatal(err)
				}
				late += time.Since(began) - length
				requests += s.fake.Count("")
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(late.Seconds()/float64(b.N), "s-late")
			b.ReportMetric(float64(failed)/float64(b.N), "failed")
			b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
		})
	}
}

// service is the fake, and where processes reach it.
type service struct {
	fake *fakeaws.Server
	url  string
}

func serve(b *testing.B, script fakeaws.Script) *service {
	b.Helper()
	fake, err := fakeaws.New(script)
	if err != nil {
		b.Fatal(err)
	}
	url, stop, err := fake.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(stop)
	return &service{fake, url}
}

// command returns a process that reaches the service. Of the caller's environment it has PATH.
func (s *service) command(b *testing.B, more []string, name string, args ...string) *exec.Cmd {
	b.Helper()
	folder := b.TempDir()
	cmd := exec.CommandContext(b.Context(), name, args...)
	cmd.Dir = folder
	cmd.WaitDelay = 5 * time.Second // An interrupted CLI leaves a provider that holds the pipes.
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + os.TempDir(),
		"AWS_ENDPOINT_URL_SSM=" + s.url, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
	}, more...)
	return cmd
}

// measure runs a process once per iteration. It reports the requests of one run, the CPU time of
// the process and its children, such as a provider, and the most memory that each of them held.
func (s *service) measure(b *testing.B, prepare func(*exec.Cmd), name string, args ...string) {
	b.Helper()
	before := s.fake.Count("")
	var most, mostOfChildren int64
	var cpu time.Duration
	for range b.N {
		b.StopTimer()
		cmd := s.command(b, nil, name, args...)
		if prepare != nil {
			prepare(cmd)
		}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		b.StartTimer()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		ended, peak := make(chan struct{}), make(chan int64)
		go func() { peak <- childrenPeak(cmd.Process.Pid, ended) }()
		err := cmd.Wait()
		b.StopTimer()
		close(ended)
		mostOfChildren = max(mostOfChildren, <-peak)
		if err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out.String())
		}
		most = max(most, processPeak(cmd.ProcessState))
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	b.ReportMetric(cpu.Seconds()*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(s.fake.Count("")-before)/float64(b.N), "requests/op")
	b.ReportMetric(float64(most>>20), "peak-MiB")
	if mostOfChildren > 0 {
		b.ReportMetric(float64(mostOfChildren>>20), "provider-MiB")
	}
}

// plan measures `plan` over a configuration.
func (s *service) plan(b *testing.B, config string) {
	b.Helper()
	s.planWith(b, "BENCH_PROVIDER", config)
}

// planWith measures `plan` with the provider that an environment variable names.
func (s *service) planWith(b *testing.B, provider, config string) {
	b.Helper()
	ours := strings.Contains(config, "ssm_")
	if ours {
		config = "terraform {\n  required_providers {\n    ssm = { source = \"ssm-provider/ssm\" }\n  }\n}\n\n" + config
	}
	cli := environment(b, "TF_ACC_TERRAFORM_PATH")
	s.measure(b, func(cmd *exec.Cmd) {
		write(b, filepath.Join(cmd.Dir, "main.tf"), config)
		settings := filepath.Join(cmd.Dir, "cli.tfrc")
		write(b, settings, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"ssm-provider/ssm\" = %q\n  }\n  direct {}\n}\n",
			filepath.Dir(environment(b, provider))))
		cmd.Env = append(cmd.Env, "TF_CLI_CONFIG_FILE="+settings)
		if !ours { // A provider that is part of Terraform needs init.
			init := exec.CommandContext(b.Context(), cli, "init", "-no-color")
			init.Dir, init.Env = cmd.Dir, cmd.Env
			if out, err := init.CombinedOutput(); err != nil {
				b.Fatalf("init: %v\n%s", err, out)
			}
		}
	}, cli, "plan", "-no-color")
}

// sdk measures this program, started again as one that uses the SDK.
func (s *service) sdk(b *testing.B, operation string, count, parallel int) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	s.measure(b, nil, self, "sdk", operation, strconv.Itoa(count), strconv.Itoa(parallel))
}

// schema starts the provider as Terraform does and requests its schemas. It returns the time until
// the handshake, the time until the schemas were received, and their size.
func (s *service) schema(b *testing.B) (toHandshake, toSchema time.Duration, size int64) {
	b.Helper()
	// The cookie is in the source of Terraform: it keeps people from starting a provider by hand.
	cmd := s.command(b, []string{"PLUGIN_PROTOCOL_VERSIONS=6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"}, environment(b, "BENCH_PROVIDER"))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	toHandshake = time.Since(began)
	parts := strings.Split(strings.TrimSpace(line), "|") // 1|6|unix|/tmp/plugin123|grpc|
	if len(parts) < 5 || parts[1] != "6" || parts[4] != "grpc" {
		b.Fatalf("handshake %q", line)
	}
	size, err = getProviderSchema(b.Context(), parts[2], parts[3])
	if err != nil {
		b.Fatal(err)
	}
	return toHandshake, time.Since(began), size
}

// getProviderSchema makes that call without a gRPC library: HTTP/2 without TLS, and an empty
// message, which is five bytes of zero.
func getProviderSchema(ctx context.Context, network, address string) (int64, error) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{
		Protocols: &protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://provider/tfplugin6.Provider/GetProviderSchema", strings.NewReader("\x00\x00\x00\x00\x00"))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	size, err := io.Copy(io.Discard, response.Body)
	if err == nil && response.Trailer.Get("Grpc-Status") != "0" {
		err = fmt.Errorf("GetProviderSchema: %s %s", response.Trailer.Get("Grpc-Status"), response.Trailer.Get("Grpc-Message"))
	}
	return size, err
}

// processPeak is the most memory in bytes that an ended process held.
func processPeak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	most := int64(usage.Maxrss) //nolint:unconvert // It is an int32 on 32-bit platforms.
	if runtime.GOOS == "darwin" {
		return most // In bytes; in kilobytes elsewhere.
	}
	return most << 10
}

// childrenPeak is the most memory in bytes that a child of the process held, 0 without /proc. The
// kernel keeps the maximum, so that reading it every 10 ms misses only the last of them.
func childrenPeak(parent int, ended <-chan struct{}) int64 {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var most int64
	for {
		select {
		case <-ended:
			return most
		case <-tick.C:
		}
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
		for _, list := range lists {
			children, _ := os.ReadFile(list) // The thread may have ended.
			for child := range strings.FieldsSeq(string(children)) {
				status, _ := os.ReadFile("/proc/" + child + "/status")
				_, rest, _ := strings.Cut(string(status), "VmHWM:")
				var kilobytes int64
				_, _ = fmt.Sscan(rest, &kilobytes)
				most = max(most, kilobytes<<10)
			}
		}
	}
}

// environment returns what scripts/bench.sh sets.
func environment(b *testing.B, name string) string {
	b.Helper()
	value := os.Getenv(name)
	if value == "" {
		b.Fatalf("%s is not set: run make bench", name)
	}
	return value
}

// awsCLI returns the path of the AWS CLI.
func awsCLI(b *testing.B) string {
	b.Helper()
	path := os.Getenv("BENCH_AWS")
	if path == "" {
		b.Skip("there is no AWS CLI on PATH")
	}
	return path
}

func write(b *testing.B, file, text string) {
	b.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}
