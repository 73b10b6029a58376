package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// The command that everything reads, and its nodes.
const commandID = "5f0c8a52-6d1e-4f7b-9a35-1e2d3c4b5a69"

func nodeID(n int) string { return fmt.Sprintf("i-%017x", n) }

// service is a stand-in that runs.
type service struct {
	URL      string
	requests atomic.Int64
	process  *exec.Cmd
	done     chan struct{}
}

// settled is the script of a command that ended a minute ago on each of its nodes, with a little output.
func settled(nodes int) any {
	invocations := make([]any, nodes)
	for n := range invocations {
		invocations[n] = map[string]any{"instance_id": nodeID(n), "steps": []any{map[string]any{
			"timeline":        []any{moment(0, "InProgress"), moment(2, "Success")},
			"standard_output": fmt.Sprintf("hello from %d\n", n),
		}}}
	}
	return map[string]any{"commands": []any{map[string]any{"command_id": commandID, "sent_at": -60, "invocations": invocations}}}
}

// running is the script of a command that is sent when the stand-in starts, and runs so long on its one node.
func running(length time.Duration) any {
	return map[string]any{"commands": []any{map[string]any{"command_id": commandID, "invocations": []any{
		map[string]any{"instance_id": nodeID(0), "steps": []any{map[string]any{
			"timeline":        []any{moment(0, "InProgress"), moment(length.Seconds(), "Success")},
			"standard_output": "done\n",
		}}},
	}}}}
}

func moment(at float64, status string) any { return map[string]any{"at": at, "status": status} }

// serve starts the stand-in with a script and counts what it is asked, by the lines that it writes of each request.
func (t tools) serve(script any) (*service, error) {
	raw, err := json.Marshal(script)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(t.work, "standin")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "script.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return nil, err
	}
	s := &service{process: exec.CommandContext(t.life, t.standin, "-script", file), done: make(chan struct{})}
	stdout, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := s.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go s.count(stderr)
	if s.URL, err = bufio.NewReader(stdout).ReadString('\n'); err != nil {
		s.stop()
		return nil, errors.Join(errors.New("the stand-in did not start"), err)
	}
	s.URL = strings.TrimSpace(s.URL)
	return s, nil
}

func (s *service) count(lines io.Reader) {
	defer close(s.done)
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		if strings.Contains(scanner.Text(), " -> ") {
			s.requests.Add(1)
		}
	}
}

func (s *service) stop() {
	_ = s.process.Process.Kill() // It may have ended by itself.
	<-s.done
	_ = s.process.Wait() // Killed, so that it ends badly is no news.
}

// environment is what a process needs to reach the stand-in, and nothing of the caller's but PATH.
func (t tools) environment(s *service, more ...string) []string {
	env := append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.work, "TMPDIR=" + t.work,
		"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
	}, more...)
	if s != nil {
		env = append(env, "AWS_ENDPOINT_URL_SSM="+s.URL)
	}
	return env
}
