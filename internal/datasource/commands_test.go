// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Each argument, newest command first.
func TestCommandsArguments(t *testing.T) {
	t.Parallel()
	id := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
	fake := acctest.Serve(t, script(
		fakeaws.Command{CommandID: id(3), SentAt: -300, Invocations: []fakeaws.Invocation{{InstanceID: otherNode, Steps: []fakeaws.Step{ended("Failed", "", "")}}}},
		fakeaws.Command{CommandID: id(1), SentAt: -100, DocumentName: "Example-Other", Invocations: []fakeaws.Invocation{{InstanceID: node}}},
		fakeaws.Command{CommandID: id(2), SentAt: -200.25, Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: []fakeaws.Step{running()}}}},
	))
	then := func(s fakeaws.Seconds, form string) string {
		return `"` + fake.Start().Add(s.Duration()).UTC().Format(form) + `"`
	}
	const seconds, millis = "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z"
	for name, c := range map[string]struct {
		arguments []string
		want      []string
	}{
		"all":         {[]string{"max_results = 100"}, []string{id(1), id(2), id(3)}},
		"the newest":  {[]string{"max_results = 2"}, []string{id(1), id(2)}},
		"node":        {[]string{`instance_id = "` + node + `"`}, []string{id(1), id(2)}},
		"status":      {[]string{`status = "Failed"`}, []string{id(3)}},
		"document":    {[]string{`document_name = "Example-Other"`}, []string{id(1)}},
		"executing":   {[]string{`execution_stage = "Executing"`}, []string{id(2)}},
		"complete":    {[]string{`execution_stage = "Complete"`}, []string{id(1), id(3)}},
		"after":       {[]string{"invoked_after = " + then(-250, seconds)}, []string{id(1), id(2)}},
		"before":      {[]string{"invoked_before = " + then(-250, seconds)}, []string{id(3)}},
		"after its":   {[]string{"invoked_after = " + then(-200.25, millis)}, []string{id(1), id(2)}},
		"in between":  {[]string{"invoked_after = " + then(-250, seconds), "invoked_before = " + then(-150, seconds)}, []string{id(2)}},
		"two of them": {[]string{`instance_id = "` + node + `"`, `status = "Success"`}, []string{id(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []knownvalue.Check
			for _, id := range c.want {
				want = append(want, knownvalue.ObjectPartial(object{"command_id": is(id)}))
			}
			apply(t, resource.TestStep{
				Config:            fake.Provider() + read("ssm_commands", c.arguments...),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue("data.ssm_commands.this", tfjsonpath.New("commands"), rows(want...))},
			})
		})
	}
}

// A long history is read page by page, up to max_results.
func TestCommandsPages(t *testing.T) {
	t.Parallel()
	var history fakeaws.Script
	for n := range 230 {
		history.Commands = append(history.Commands, fakeaws.Command{CommandID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), SentAt: fakeaws.Seconds(-10 - n)})
	}
	for maximum, want := range map[int]struct{ commands, requests int }{1: {1, 1}, 50: {50, 1}, 70: {70, 2}, 1000: {230, 5}} {
		t.Run(fmt.Sprint(maximum), func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, history)
			w := acctest.NewWorkspace(t, fake.Provider()+read("ssm_commands", fmt.Sprintf("max_results = %d", maximum))+
				acctest.Block("output", "found", "value = length(data.ssm_commands.this.commands)"))
			w.Succeed(t, "apply", "-auto-approve")
			if got := w.Outputs(t)["found"]; got != float64(want.commands) || fake.Count("") != want.requests {
				t.Errorf("%v commands in %d requests, want %d in %d", got, fake.Count(""), want.commands, want.requests)
			}
		})
	}
}
