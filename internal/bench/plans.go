package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// compared is one question and what each program paid for the answer. AWS is zero where the AWS CLI was not asked.
type compared struct {
	Count             int
	Plan, SDK, SDKTen sample
	AWS               sample
}

// awsMost is the largest count that the AWS CLI is asked for, since it starts anew for every invocation.
const awsMost = 100

// plans reads 1, 100 and 1,000 settled invocations, each with a data source of its own.
func (t tools) plans() ([]compared, error) {
	var all []compared
	for _, count := range []int{1, 100, 1000} {
		s, err := t.serve(settled(count))
		if err != nil {
			return nil, err
		}
		c, err := t.comparePlan(s, count)
		s.stop()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (t tools) comparePlan(s *service, count int) (compared, error) {
	c := compared{Count: count}
	var err error
	if c.Plan, err = t.plan(s, 3, fmt.Sprintf(`data "ssm_command_invocation" "each" {
  count       = %d
  command_id  = %q
  instance_id = format("i-%%017x", count.index)
}

output "read" {
  value = length([for d in data.ssm_command_invocation.each : d if d.standard_output_content != ""])
}
`, count, commandID)); err != nil {
		return c, err
	}
	if c.SDK, err = t.sdk(s, "loop", count, 1); err != nil {
		return c, err
	}
	if c.SDKTen, err = t.sdk(s, "loop", count, 10); err != nil {
		return c, err
	}
	if t.aws == "" || count > awsMost {
		return c, nil
	}
	one := func() (sample, error) {
		cmd := exec.CommandContext(t.life, "sh", "-c", `for n in $(seq 0 "$2"); do
			"$0" ssm get-command-invocation --command-id "$1" --instance-id "$(printf 'i-%017x' "$n")" >/dev/null || exit; done`,
			t.aws, commandID, strconv.Itoa(count-1))
		cmd.Env = t.environment(s)
		return measure(s, cmd)
	}
	times := 3
	if count > 1 {
		times = 1
	}
	c.AWS, err = median(times, one)
	return c, err
}

// forEach is what a thousand instances cost by for_each in place of count: with this provider, and with a data source
// that Terraform has built in. One run of each, since both take long.
type forEach struct{ Ours, BuiltIn sample }

const manyInstances = `
  for_each = toset([for n in range(1000) : format("i-%%017x", n)])
`

func (t tools) forEach() (forEach, error) {
	var f forEach
	s, err := t.serve(settled(1000))
	if err != nil {
		return f, err
	}
	defer s.stop()
	if f.Ours, err = t.plan(s, 1, fmt.Sprintf("data \"ssm_command_invocation\" \"each\" {"+manyInstances+"  command_id = %q\n  instance_id = each.key\n}\n", commandID)); err != nil {
		return f, err
	}
	state := filepath.Join(t.work, "empty.tfstate")
	if err := os.WriteFile(state, []byte(`{"version":4,"terraform_version":"1.0.0","serial":1,"lineage":"bench","outputs":{},"resources":[]}`), 0o600); err != nil {
		return f, err
	}
	f.BuiltIn, err = t.plan(nil, 1, fmt.Sprintf("data \"terraform_remote_state\" \"each\" {"+manyInstances+"  backend = \"local\"\n  config = { path = %q }\n}\n", state))
	return f, err
}

// rows reads 100, 1,000 and 10,000 rows of one command, all with one data source.
func (t tools) rows() ([]compared, error) {
	var all []compared
	for _, count := range []int{100, 1000, 10000} {
		s, err := t.serve(settled(count))
		if err != nil {
			return nil, err
		}
		c, err := t.compareRows(s, count)
		s.stop()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (t tools) compareRows(s *service, count int) (compared, error) {
	c := compared{Count: count}
	var err error
	if c.Plan, err = t.plan(s, 3, fmt.Sprintf(`data "ssm_command_invocations" "all" {
  command_id = %q
}

output "read" {
  value = length(data.ssm_command_invocations.all.invocations)
}
`, commandID)); err != nil {
		return c, err
	}
	if c.SDK, err = t.sdk(s, "rows", count, 1); err != nil || t.aws == "" {
		return c, err
	}
	c.AWS, err = median(3, func() (sample, error) {
		cmd := exec.CommandContext(t.life, t.aws, "ssm", "list-command-invocations", "--details", "--command-id", commandID)
		cmd.Env = t.environment(s)
		return measure(s, cmd)
	})
	return c, err
}

// plan measures `plan` over a configuration with the built provider. A configuration that names no provider of ours does
// not declare it either.
func (t tools) plan(s *service, times int, config string) (sample, error) {
	folder, err := os.MkdirTemp(t.work, "plan")
	if err != nil {
		return sample{}, err
	}
	text := config
	if strings.Contains(config, "ssm_") {
		text = "terraform {\n  required_providers {\n    ssm = { source = \"ssm-provider/ssm\" }\n  }\n}\n\n" + config
	}
	if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(text), 0o600); err != nil {
		return sample{}, err
	}
	settings := filepath.Join(folder, "cli.tfrc")
	override := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"ssm-provider/ssm\" = %q\n  }\n  direct {}\n}\n", filepath.Dir(t.provider))
	if err := os.WriteFile(settings, []byte(override), 0o600); err != nil {
		return sample{}, err
	}
	if !strings.Contains(config, "ssm_") {
		// What is built in is installed by init too.
		init := exec.CommandContext(t.life, t.cli, "init", "-no-color")
		init.Dir, init.Env = folder, t.environment(nil)
		if out, err := init.CombinedOutput(); err != nil {
			return sample{}, fmt.Errorf("init: %w\n%s", err, out)
		}
	}
	return median(times, func() (sample, error) {
		cmd := exec.CommandContext(t.life, t.cli, "plan", "-no-color")
		cmd.Dir = folder
		cmd.Env = t.environment(s, "TF_CLI_CONFIG_FILE="+settings)
		return measure(s, cmd)
	})
}

// sdk measures this program, run again as a plain loop or paginator.
func (t tools) sdk(s *service, what string, count, parallel int) (sample, error) {
	self, err := os.Executable()
	if err != nil {
		return sample{}, err
	}
	return median(3, func() (sample, error) {
		cmd := exec.CommandContext(t.life, self, "sdk", what, strconv.Itoa(count), strconv.Itoa(parallel))
		cmd.Env = t.environment(s)
		return measure(s, cmd)
	})
}
