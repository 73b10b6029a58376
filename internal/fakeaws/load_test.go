// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestExampleScript loads the script that documents every member, and checks that it uses all of
// them.
func TestExampleScript(t *testing.T) {
	raw, err := os.ReadFile("testdata/script.json")
	if err != nil {
		t.Fatal(err)
	}
	script, err := fakeaws.LoadScript(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fakeaws.New(script); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var members func(reflect.Type)
	members = func(v reflect.Type) {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || seen[v] {
			return
		}
		seen[v] = true
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Field(i).Tag.Get("json"), ",")
			if name == "" || name != strings.ToLower(name) || !strings.Contains(string(raw), `"`+name+`":`) {
				t.Errorf("%s.%s: the example has no member %q", v.Name(), v.Field(i).Name, name)
			}
			members(v.Field(i).Type)
		}
	}
	members(reflect.TypeFor[fakeaws.Script]())

	again, err := json.Marshal(script)
	if err != nil {
		t.Fatal(err)
	}
	reloaded, err := fakeaws.LoadScript(strings.NewReader(string(again)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(script, reloaded) {
		t.Errorf("the script changed on its way through JSON:\n got %+v\nwant %+v", reloaded, script)
	}
}

// TestLoadScriptIsStrict checks that LoadScript ignores nothing in a file.
func TestLoadScriptIsStrict(t *testing.T) {
	for text, want := range map[string]string{
		``:                            "line 1: the script ends too early: EOF",
		"{\n\"nodes\": [":             "line 2: the script ends too early",
		"{\n\"nodes\": [\n],\n}":      "line 4: invalid character '}'",
		`{"comands": []}`:             `unknown field "comands"`,
		`{"commands": [{"id": "x"}]}`: `unknown field "id"`,
		`{} {}`:                       "line 1: unexpected data",
		"{\n\"page_size\": \"3\"\n}":  "line 2: json: cannot unmarshal string into Go struct field Script.page_size",
		"{\"faults\": [{\"kind\": \"x\"}]}\n\ntrue": "line 3: unexpected data",
	} {
		if _, err := fakeaws.LoadScript(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

// TestScriptIsChecked makes one mistake at a time in a valid script; the error must contain its
// position.
func TestScriptIsChecked(t *testing.T) {
	tests := map[string]struct {
		change func(*fakeaws.Script)
		want   string
	}{
		"good":            {func(*fakeaws.Script) {}, ""},
		"region":          {func(s *fakeaws.Script) { s.Regions = []string{"us-east"} }, `regions: "us-east"`},
		"account":         {func(s *fakeaws.Script) { s.Account = "1" }, `account: "1"`},
		"page size":       {func(s *fakeaws.Script) { s.PageSize = 51 }, "page_size: 51"},
		"empty pages":     {func(s *fakeaws.Script) { s.EmptyPageEvery = 1 }, "empty_page_every: 1"},
		"command id":      {func(s *fakeaws.Script) { s.Commands[0].CommandID = "x" }, `commands[0] (x): command_id: "x"`},
		"twice":           {func(s *fakeaws.Script) { s.Commands = append(s.Commands, s.Commands[0]) }, "commands[1] (" + commandA + "): the command ID is not unique"},
		"comment":         {func(s *fakeaws.Script) { s.Commands[0].Comment = strings.Repeat("x", 101) }, "comment: "},
		"other region":    {func(s *fakeaws.Script) { s.Commands[0].Region = "eu-west-1" }, `region: "eu-west-1"`},
		"timeout":         {func(s *fakeaws.Script) { s.Commands[0].TimeoutSeconds = -1 }, "timeout_seconds: -1"},
		"max concurrency": {func(s *fakeaws.Script) { s.Commands[0].MaxConcurrency = "0" }, `max_concurrency: "0"`},
		"max errors":      {func(s *fakeaws.Script) { s.Commands[0].MaxErrors = "101%" }, `max_errors: "101%"`},
		"targets": {func(s *fakeaws.Script) {
			s.Commands[0].Targets = []fakeaws.Target{{}}
			s.Commands[0].InstanceIDs = []string{nodeA}
		}, "instance_ids: "},
		"URL style": {func(s *fakeaws.Script) { s.Commands[0].S3URLStyle = "x" }, `s3_url_style: "x"`},
		"two homes": {func(s *fakeaws.Script) {
			s.Commands[0].OutputS3BucketName, s.Commands[0].OutputS3BucketRegion = "bucket", "eu-west-1"
			s.Commands = append(s.Commands, fakeaws.Command{CommandID: commandB, OutputS3BucketName: "bucket", OutputS3BucketRegion: "eu-west-2"})
		}, "commands[1] (" + commandB + "): output_s3_bucket_region: an earlier command has bucket bucket in eu-west-1"},
		"no bucket": {func(s *fakeaws.Script) { s.Commands[0].OutputS3ListDenied = true }, "output_s3_bucket_name: "},
		"bucket region": {func(s *fakeaws.Script) {
			s.Commands[0].OutputS3BucketName, s.Commands[0].OutputS3BucketRegion = "bucket", "x"
		}, `output_s3_bucket_region: "x"`},
		"never and late": {func(s *fakeaws.Script) { step(s).UploadedAfter, step(s).NeverUploaded = 1, true }, "uploaded_after: "},
		"upload":         {func(s *fakeaws.Script) { step(s).UploadedAfter = -1 }, "uploaded_after: -1"},
		"fault of S3": {func(s *fakeaws.Script) {
			s.Faults[0] = fakeaws.Fault{Kind: fakeaws.KMSDenied, Operation: "ListCommands"}
		}, `faults[0]: kind: ListCommands has no "kms_denied"`},
		"no fault of S3": {func(s *fakeaws.Script) {
			s.Faults[0] = fakeaws.Fault{Kind: fakeaws.RepeatToken, Operation: "GetObject"}
		}, `faults[0]: kind: GetObject has no "repeat_token"`},
		"forgotten":     {func(s *fakeaws.Script) { s.Commands[0].Forgotten = true; s.Commands[0].ForgottenAt = fakeaws.At(1) }, "forgotten_at: "},
		"not a number":  {func(s *fakeaws.Script) { s.Commands[0].SentAt = fakeaws.Seconds(math.NaN()) }, "sent_at: NaN"},
		"negative":      {func(s *fakeaws.Script) { s.Commands[0].ResolvedAfter = -1 }, "resolved_after: -1"},
		"status":        {func(s *fakeaws.Script) { s.Commands[0].Status = "Done" }, `status: "Done"`},
		"details alone": {func(s *fakeaws.Script) { s.Commands[0].StatusDetails = "Failed" }, `status_details: "Failed"`},
		"named node":    {func(s *fakeaws.Script) { s.Commands[0].InstanceIDs = []string{"x"} }, `instance_ids[0]: "x"`},
		"unnamed node":  {func(s *fakeaws.Script) { s.Commands[0].InstanceIDs = []string{nodeB} }, "invocations[0] (" + nodeA + "): instance_ids"},
		"node":          {func(s *fakeaws.Script) { s.Commands[0].Invocations[0].InstanceID = "i-1" }, `instance_id: "i-1"`},
		"node twice": {func(s *fakeaws.Script) {
			s.Commands[0].Invocations = append(s.Commands[0].Invocations, s.Commands[0].Invocations[0])
		}, "invocations[1] (" + nodeA + "): the node is not unique"},
		"several steps": {func(s *fakeaws.Script) { s.Commands[0].Invocations[0].SeveralSteps = "x" }, `several_steps: "x"`},
		"node status":   {func(s *fakeaws.Script) { s.Commands[0].Invocations[0].Status = "x" }, `invocations[0] (` + nodeA + `): status: "x"`},
		"step":          {func(s *fakeaws.Script) { step(s).Name = "abc" }, `steps[0] (abc): name: "abc"`},
		"step twice": {func(s *fakeaws.Script) {
			s.Commands[0].Invocations[0].Steps = append(s.Commands[0].Invocations[0].Steps, fakeaws.Step{Name: "aws:runShellScript"})
		}, "steps[1] (aws:runShellScript): the name of the step is not unique"},
		"output lag": {func(s *fakeaws.Script) { step(s).OutputLag = -1 }, "output_lag: -1"},
		"no status":  {func(s *fakeaws.Script) { step(s).Timeline = []fakeaws.Moment{{}} }, "timeline[0]: status is missing"},
		"moment":     {func(s *fakeaws.Script) { step(s).Timeline = []fakeaws.Moment{{Status: "x"}} }, `timeline[0]: status: "x"`},
		"backwards": {func(s *fakeaws.Script) {
			step(s).Timeline = []fakeaws.Moment{{At: 2, Status: "Pending"}, {At: 1, Status: "Success"}}
		}, "timeline[1]: at 1"},
		"after the end": {func(s *fakeaws.Script) { step(s).Timeline = []fakeaws.Moment{{Status: "Failed"}, {Status: "Success"}} }, "timeline[1]: Failed is terminal"},
		"fault":         {func(s *fakeaws.Script) { s.Faults[0].Kind = "x" }, `faults[0]: kind: "x"`},
		"operation":     {func(s *fakeaws.Script) { s.Faults[0].Operation = "x" }, `faults[0]: operation: "x"`},
		"skip":          {func(s *fakeaws.Script) { s.Faults[0].Skip = -1 }, "skip: -1"},
		"times":         {func(s *fakeaws.Script) { s.Faults[0].Times = -2 }, "times: -2"},
		"closed window": {func(s *fakeaws.Script) { s.Faults[0].From = 5; s.Faults[0].Until = 5 }, "until: 5"},
		"accepted read": {func(s *fakeaws.Script) {
			s.Faults[0] = fakeaws.Fault{Kind: fakeaws.Drop, Operation: "ListCommands", Accepted: true}
		}, "faults[0]: accepted: operation"},
		"accepted rejection": {func(s *fakeaws.Script) {
			s.Faults[0] = fakeaws.Fault{Kind: fakeaws.Throttle, Operation: "SendCommand", Accepted: true}
		}, "faults[0]: accepted: a fault of kind"},
		"accepted later": {func(s *fakeaws.Script) {
			s.Faults[0] = fakeaws.Fault{Kind: fakeaws.Drop, Operation: "SendCommand", AcceptedAfter: 1}
		}, "faults[0]: accepted_after: "},
		"late at once":     {func(s *fakeaws.Script) { s.Faults[0].Kind = fakeaws.Late }, "faults[0]: delay: "},
		"late unreachable": {func(s *fakeaws.Script) { s.Faults[0] = fakeaws.Fault{Kind: fakeaws.Unreachable, Delay: 1} }, "faults[0]: delay: "},
		"no code":          {func(s *fakeaws.Script) { s.Faults[0].Kind = fakeaws.ServiceError }, "faults[0]: code: "},
		"stray code":       {func(s *fakeaws.Script) { s.Faults[0].Code = "X" }, "faults[0]: code: "},
		"stray message":    {func(s *fakeaws.Script) { s.Faults[0].Message = "x" }, "faults[0]: code: "},
		"fault of sending": {func(s *fakeaws.Script) {
			s.Faults[0] = fakeaws.Fault{Kind: fakeaws.WrongCommand, Operation: "CancelCommand"}
		}, `faults[0]: kind: CancelCommand has no "wrong_command"`},
		"managed node":  {func(s *fakeaws.Script) { s.Nodes[0].InstanceID = "x" }, `nodes[0] (x): instance_id: "x"`},
		"same node":     {func(s *fakeaws.Script) { s.Nodes = append(s.Nodes, s.Nodes[0]) }, "nodes[1] (" + nodeA + "): the node is not unique"},
		"node's region": {func(s *fakeaws.Script) { s.Nodes[0].Region = "eu-west-1" }, `nodes[0] (` + nodeA + `): region: "eu-west-1"`},
		"platform":      {func(s *fakeaws.Script) { s.Nodes[0].PlatformType = "BeOS" }, `platform_type: "BeOS"`},
		"resource type": {func(s *fakeaws.Script) { s.Nodes[0].ResourceType = "x" }, `resource_type: "x"`},
		"source type":   {func(s *fakeaws.Script) { s.Nodes[0].SourceType = "x" }, `source_type: "x"`},
		"ping status":   {func(s *fakeaws.Script) { s.Nodes[0].Ping = []fakeaws.Ping{{Status: "Offline"}} }, `ping[0]: status: "Offline"`},
		"pings backwards": {func(s *fakeaws.Script) {
			s.Nodes[0].Ping = []fakeaws.Ping{{At: 2, Status: "Online"}, {At: 1, Status: "Online"}}
		}, "ping[1]: at 1"},
		"ping never":        {func(s *fakeaws.Script) { s.Nodes[0].Ping = []fakeaws.Ping{{At: 1e30, Status: "Online"}} }, "ping[0]: at: "},
		"span":              {func(s *fakeaws.Script) { s.Nodes[0].Stopped = []fakeaws.Span{{From: 2, Until: 2}} }, "stopped[0]: until: 2"},
		"span never":        {func(s *fakeaws.Script) { s.Nodes[0].Offline = []fakeaws.Span{{From: 1e30}} }, "offline[0]: from: "},
		"registered never":  {func(s *fakeaws.Script) { s.Nodes[0].RegisteredAt = fakeaws.At(1e30) }, "registered_at: "},
		"document name":     {func(s *fakeaws.Script) { s.Documents[0].Name = "a b" }, `documents[0] (a b): name: "a b"`},
		"same document":     {func(s *fakeaws.Script) { s.Documents = append(s.Documents, s.Documents[0]) }, "documents[1] (Own): the document is not unique"},
		"owner":             {func(s *fakeaws.Script) { s.Documents[0].Owner = "me" }, `owner: "me"`},
		"document's region": {func(s *fakeaws.Script) { s.Documents[0].Region = "eu-west-1" }, `documents[0] (Own): region: "eu-west-1"`},
		"no versions":       {func(s *fakeaws.Script) { s.Documents[0].Versions = nil }, "versions: "},
		"default version":   {func(s *fakeaws.Script) { s.Documents[0].DefaultVersion = 2 }, "default_version: "},
		"schema":            {func(s *fakeaws.Script) { version(s).SchemaVersion = "3" }, `schema_version: "3"`},
		"platforms":         {func(s *fakeaws.Script) { version(s).PlatformTypes = []string{"BeOS"} }, `platform_types: "BeOS"`},
		"parameter": {func(s *fakeaws.Script) {
			version(s).Parameters = map[string]fakeaws.DocumentParameter{"p": {Type: "Integer"}}
		}, `parameters: p: type: "Integer"`},
		"expression": {func(s *fakeaws.Script) {
			version(s).Parameters = map[string]fakeaws.DocumentParameter{"p": {Type: "String", AllowedPattern: "("}}
		}, "parameters: p: allowed_pattern: "},
		"document step":     {func(s *fakeaws.Script) { version(s).Steps[0].Name = "abc" }, "steps[0] (abc): name: "},
		"same step":         {func(s *fakeaws.Script) { version(s).Steps = append(version(s).Steps, version(s).Steps[0]) }, "steps[1] (migrate): the name of the step is not unique"},
		"action for a name": {func(s *fakeaws.Script) { version(s).Steps[0].Name = "aws:runShellScript" }, "steps[0] (aws:runShellScript): name: "},
		"precondition":      {func(s *fakeaws.Script) { version(s).Steps[0].Platform = "BeOS" }, `platform: "BeOS"`},
		"step timeout":      {func(s *fakeaws.Script) { version(s).Steps[0].TimeoutSeconds = "0" }, "timeout_seconds: "},
		"timeout reference": {func(s *fakeaws.Script) { version(s).Steps[0].TimeoutSeconds = "{{ x }}" }, `timeout_seconds: the document has no parameter "x"`},
		"rule's node":       {func(s *fakeaws.Script) { s.Rules[0].InstanceID = "x" }, `rules[0]: instance_id: "x"`},
		"rule's document":   {func(s *fakeaws.Script) { s.Rules[0].DocumentName = "Other" }, `rules[0]: document_name: document "Other" does not exist`},
		"rule's step":       {func(s *fakeaws.Script) { s.Rules[0].Steps = []fakeaws.StepResult{{Name: "other"}} }, `steps[0]: name: no document has the step "other"`},
		"rule's parameter":  {func(s *fakeaws.Script) { s.Rules[0].Parameters = map[string]string{"other": "x"} }, `parameters: no document has the parameter "other"`},
		"rule's skip":       {func(s *fakeaws.Script) { s.Rules[0].Skip = -1 }, "skip: -1"},
		"rule's times":      {func(s *fakeaws.Script) { s.Rules[0].Times = -1 }, "times: -1"},
		"rule's status":     {func(s *fakeaws.Script) { s.Rules[0].Status = "InProgress" }, `status: "InProgress" is not a terminal status of an invocation`},
		"rule's success":    {func(s *fakeaws.Script) { s.Rules[0].Status = "Success" }, `status: "Success" is not a terminal status of an invocation`},
		"status and steps": {func(s *fakeaws.Script) {
			s.Rules[0].Status, s.Rules[0].Steps = "Failed", []fakeaws.StepResult{{}}
		}, "status: an invocation that does not run"},
		"rule's details": {func(s *fakeaws.Script) { s.Rules[0].StatusDetails = "Failed" }, `status_details: "Failed"`},
		"rule's delay":   {func(s *fakeaws.Script) { s.Rules[0].StartDelay = -1 }, "start_delay: -1"},
		"result twice":   {func(s *fakeaws.Script) { s.Rules[0].Steps = make([]fakeaws.StepResult, 2) }, "steps[1] (): the name of the step is not unique"},
		"result":         {func(s *fakeaws.Script) { s.Rules[0].Steps = []fakeaws.StepResult{{Status: "Pending"}} }, `steps[0] (): status: "Pending"`},
		"result's details": {func(s *fakeaws.Script) {
			s.Rules[0].Steps = []fakeaws.StepResult{{StatusDetails: "Failed"}}
		}, `steps[0] (): status_details: "Failed"`},
		"result's time": {func(s *fakeaws.Script) {
			s.Rules[0].Steps = []fakeaws.StepResult{{Duration: fakeaws.At(-1)}}
		}, "steps[0] (): duration: -1"},
		"result's upload": {func(s *fakeaws.Script) {
			s.Rules[0].Steps = []fakeaws.StepResult{{NeverUploaded: true, UploadedAfter: 1}}
		}, "steps[0] (): uploaded_after: "},
		"missing bucket": {func(s *fakeaws.Script) { s.Behavior.MissingBuckets = []string{""} }, "behavior: missing_buckets: "},
		"behavior":       {func(s *fakeaws.Script) { s.Behavior.CancelTakes = fakeaws.At(-1) }, "behavior: cancel_takes: -1"},
		"clock":          {func(s *fakeaws.Script) { s.ClockSkew = fakeaws.Seconds(math.NaN()) }, "clock_skew: NaN"},
		"unknown status": {func(s *fakeaws.Script) {
			step(s).Timeline = []fakeaws.Moment{{Status: "Rebooting", StatusDetails: "Rebooting"}}
		}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			script := fakeaws.Script{
				Commands: []fakeaws.Command{{CommandID: commandA, Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{{}}}}}},
				Faults:   []fakeaws.Fault{{Kind: fakeaws.Throttle}},
				Nodes:    []fakeaws.Node{{InstanceID: nodeA}},
				Documents: []fakeaws.Document{{Name: "Own", Versions: []fakeaws.DocumentVersion{{
					Steps: []fakeaws.DocumentStep{{Name: "migrate"}},
				}}}},
				Rules: []fakeaws.Rule{{}},
			}
			test.change(&script)
			_, err := fakeaws.New(script)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("error %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func step(s *fakeaws.Script) *fakeaws.Step { return &s.Commands[0].Invocations[0].Steps[0] }

func version(s *fakeaws.Script) *fakeaws.DocumentVersion { return &s.Documents[0].Versions[0] }

// FuzzLoadScript loads arbitrary text: the fake must be able to serve a valid script, and to send
// commands to its nodes and cancel them.
func FuzzLoadScript(f *testing.F) {
	example, err := os.ReadFile("testdata/script.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	f.Add(`{"commands":[{"command_id":"` + commandA + `","max_errors":"9%","invocations":[{"instance_id":"` + nodeA + `","steps":[{"elapsed":1e9}]}]}]}`)
	f.Add(`{"page_size":1,"empty_page_every":2,"commands":[{"command_id":"` + commandA + `","sent_at":-1e9}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		script, err := fakeaws.LoadScript(strings.NewReader(text))
		if err != nil {
			return
		}
		script.Faults = nil // A silent fault would block the test.
		server, err := fakeaws.New(script)
		if err != nil {
			return
		}
		for _, node := range script.Nodes {
			for _, d := range append(script.Documents, fakeaws.Document{Name: "AWS-RunShellScript"}) {
				_, body := post(t, server, "SendCommand", `{"DocumentName":"`+d.Name+`","InstanceIds":["`+node.InstanceID+`"],"Parameters":{"commands":["x"]}}`)
				valid(t, body)
			}
		}
		if script.Nodes != nil {
			_, body := post(t, server, "SendCommand", `{"DocumentName":"AWS-RunPowerShellScript","Targets":[{"Key":"tag-key","Values":["Role"]}],"Parameters":{"commands":["x"]}}`)
			valid(t, body)
			_, body = post(t, server, "DescribeInstanceInformation", `{}`)
			valid(t, body)
		}
		for _, send := range server.Sends() {
			_, body := post(t, server, "CancelCommand", `{"CommandId":"`+send.Command.CommandID+`"}`)
			valid(t, body)
		}
		for _, command := range script.Commands {
			for _, node := range command.Invocations {
				_, body := post(t, server, "GetCommandInvocation", `{"CommandId":"`+command.CommandID+`","InstanceId":"`+node.InstanceID+`"}`)
				valid(t, body)
			}
		}
		_, body := post(t, server, "ListCommandInvocations", `{"Details":true}`)
		valid(t, body)
		_, body = post(t, server, "ListCommands", `{}`)
		valid(t, body)
	})
}

func valid(t *testing.T, body string) {
	t.Helper()
	if !json.Valid([]byte(body)) {
		t.Errorf("no JSON: %s", body)
	}
}
