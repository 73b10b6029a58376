// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Each rejection of SendCommand names the argument to blame, and leaves nothing in the state.
func TestRejections(t *testing.T) {
	t.Parallel()
	windows := nodes()
	windows.Nodes[0].PlatformType = "Windows"
	rejects := func(code, message string) fakeaws.Script {
		return struck(nodes(), fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.ServiceError, Code: code, Message: message, Times: -1})
	}
	forbidden := nodes()
	forbidden.Nodes[0].SendDenied = true
	for name, test := range map[string]struct {
		script  fakeaws.Script
		config  string
		summary string
		detail  []string
	}{
		"denied for the document": {
			struck(nodes(), fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.AccessDenied, Times: -1}), command(),
			"Access Denied", []string{"ssm:SendCommand", "document/AWS-RunShellScript"},
		},
		"denied for the node": {forbidden, command(), "Access Denied", []string{"ssm:SendCommand", "instance/" + web}},
		"unknown document":    {nodes(), command(`document_name = "Nonsense"`), "Document Not Found", []string{"Nonsense", "us-east-1"}},
		"unknown version":     {nodes(), command(`document_version = "99"`), "Document Not Found", []string{"InvalidDocumentVersion", "document_version"}},
		"unknown parameter":   {nodes(), command(`parameters = { commands = ["swordfish"], nonsense = ["swordfish"] }`), "Parameters Rejected", []string{"InvalidParameters"}},
		"platform":            {windows, command(), "Request Rejected", []string{"UnsupportedPlatformType"}},
		"too large":           {nodes(), command(`parameters = { commands = [join("", [for i in range(1000) : join("", [for k in range(30) : "swordfish"])])] }`), "Request Rejected", []string{"AWS-RunRemoteScript"}},
		"role":                {rejects("InvalidRole", "no trust"), command(), "Request Rejected", []string{"service_role_arn"}},
		"notification":        {rejects("InvalidNotificationConfig", "no topic"), command(), "Request Rejected", []string{"notification_config"}},
		"bucket":              {rejects("InvalidOutputFolder", ""), command(`output_s3_bucket_name = "none"`), "Request Rejected", []string{"output_s3_bucket_name"}},
		"not registered":      {nodes(), command(`instance_ids = ["i-0ffffffffffffffff"]`, `node_ready_timeout = "0s"`), "Nodes Not Ready", []string{"i-0ffffffffffffffff", "node_ready_timeout"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, test.script, test.config)
			d := s.fail(t).One(t, "error", test.summary)
			d.Contains(t, test.detail...)
			if strings.Contains(d.Detail, "swordfish") {
				t.Errorf("the error shows a parameter:\n%s", d.Detail)
			}
			if values, _ := s.attributes(t); values != nil {
				t.Errorf("the state has %v", values)
			}
			if n := s.Executions("", ""); n != 0 {
				t.Errorf("the nodes ran %d commands", n)
			}
		})
	}
}

// Invalid arguments are rejected before any request, by name.
func TestValidation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ argument, names string }{
		"no nodes":                     {`instance_ids = null`, "targets"},
		"nodes twice":                  {"targets = [{ key = \"tag:A\", values = [\"b\"] }]\n instance_ids = [\"" + web + "\"]", "targets"},
		"empty set":                    {`instance_ids = []`, "instance_ids"},
		"node's ID":                    {`instance_ids = ["I-0abc"]`, "instance_ids"},
		"document's name":              {`document_name = "no spaces"`, "document_name"},
		"version":                      {`document_version = "0"`, "document_version"},
		"hash type alone":              {`document_hash_type = "Sha256"`, "document_hash"},
		"empty parameter":              {`parameters = { commands = [] }`, "parameters"},
		"comment":                      {`comment = "` + strings.Repeat("x", 101) + `"`, "comment"},
		"empty comment":                {`comment = ""`, "comment"},
		"delivery timeout":             {`timeout_seconds = 29`, "timeout_seconds"},
		"concurrency":                  {`max_concurrency = "0%"`, "max_concurrency"},
		"errors":                       {`max_errors = "101%"`, "max_errors"},
		"prefix alone":                 {`output_s3_key_prefix = "p"`, "output_s3_bucket_name"},
		"role alone":                   {`service_role_arn = "arn"`, "notification_config"},
		"notification alone":           {`notification_config = { notification_arn = "arn", notification_events = ["All"], notification_type = "Command" }`, "service_role_arn"},
		"two alarms":                   {`alarm_configuration = { alarms = [{ name = "a" }, { name = "b" }] }`, "alarms"},
		"blank alarm":                  {`alarm_configuration = { alarms = [{ name = " " }] }`, "name"},
		"success without waiting":      {"require_success = true\n wait_for_completion = false", "require_success"},
		"max_targets with IDs":         {`max_targets = 1`, "targets"},
		"max_targets without waiting":  {"targets = [{ key = \"tag:A\", values = [\"b\"] }]\n max_targets = 1\n wait_for_completion = false", "max_targets"},
		"max_targets of a group":       {"targets = [{ key = \"resource-groups:Name\", values = [\"b\"] }]\n max_targets = 1", "max_targets"},
		"target twice":                 {`targets = [{ key = "tag:A", values = ["b"] }, { key = "tag:A", values = ["c"] }]`, `"tag:A" twice`},
		"group and tag":                {`targets = [{ key = "tag:A", values = ["b"] }, { key = "resource-groups:Name", values = ["c"] }]`, "together"},
		"two groups":                   {`targets = [{ key = "resource-groups:Name", values = ["b", "c"] }]`, "has 2 values"},
		"write-only without a version": {`parameters_wo = { a = ["b"] }`, "parameters_wo_version"},
		"version without write-only":   {`parameters_wo_version = 1`, "parameters_wo"},
		"the same name twice":          {"parameters_wo = { commands = [\"b\"] }\n parameters_wo_version = 1", "commands"},
		"duration":                     {`node_ready_timeout = "soon"`, "node_ready_timeout"},
		"timeout of zero":              {"timeouts {\n create = \"0s\"\n }", "timeouts.create"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := command(test.argument)
			if strings.HasPrefix(name, "nodes twice") {
				config = strings.Replace(config, "targets =", "instance_ids = [\""+web+"\"]\n targets =", 1)
				config = strings.Replace(config, "\n instance_ids = [\""+web+"\"]", "", 1)
			}
			s := newStack(t, nodes(), config)
			found := s.Validate(t)
			if len(found) == 0 {
				t.Fatalf("it is valid:\n%s", config)
			}
			var texts []string
			for _, d := range found {
				texts = append(texts, d.Summary+": "+d.Detail)
			}
			if !strings.Contains(strings.Join(texts, "\n"), test.names) {
				t.Errorf("no error names %s:\n%s", test.names, strings.Join(texts, "\n"))
			}
		})
	}
}
