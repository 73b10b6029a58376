// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Document is an SSM document that commands can run.
type Document struct {
	Name string `json:"name"`
	// Owner is the account that has shared the document, 12 digits: it is then found by its ARN
	// alone. Without it the document belongs to the script's account, or to AWS if its name begins
	// with AWS-.
	Owner string `json:"owner,omitempty"`
	// Region is the one region that has the document: documents are not shared across regions.
	// Without it every region served has it.
	Region string `json:"region,omitempty"`
	// Type is Command where none is given. SendCommand runs no other.
	Type string `json:"type,omitempty"`
	// ActiveAt counts from the server's start: until then the document is being created, and
	// SendCommand returns InvalidDocument.
	ActiveAt *Seconds `json:"active_at,omitempty"`
	// DeletedAt counts from the server's start.
	DeletedAt *Seconds `json:"deleted_at,omitempty"`
	// SendDenied is a document that the caller has no permission to send: SendCommand is
	// AccessDenied.
	SendDenied bool `json:"send_denied,omitempty"`

	// Versions in order, from version 1.
	Versions []DocumentVersion `json:"versions"`
	// DefaultVersion is what $DEFAULT means: 1 where none is given.
	DefaultVersion int `json:"default_version,omitempty"`
}

// DocumentVersion is the content of one version of a document.
type DocumentVersion struct {
	// SchemaVersion is 1.2 or 2.2, which it is where none is given. In a document of schema 1.2 a
	// step has no name, and the API calls it by its action.
	SchemaVersion string `json:"schema_version,omitempty"`
	// Hash is the Sha256 hash that a sender may ask for. A request with a hash is refused where
	// none is given.
	Hash string `json:"hash,omitempty"`
	// PlatformTypes are those that the document supports: Windows, Linux, MacOS. All where none are
	// given.
	PlatformTypes []string                     `json:"platform_types,omitempty"`
	Parameters    map[string]DocumentParameter `json:"parameters,omitempty"`
	// Steps in order; one aws:runShellScript where none are given.
	Steps []DocumentStep `json:"steps,omitempty"`
}

// DocumentParameter is a parameter of a document. One without a default is required.
type DocumentParameter struct {
	// Type is String, StringList or StringMap, as in the document. On the wire all of them are
	// lists of strings.
	Type string `json:"type"`
	// Default is what the parameter is if a command does not give it. An empty list is a default; a
	// missing one is none.
	Default []string `json:"default,omitzero"`
	// AllowedValues and AllowedPattern restrict each string. The pattern must match the whole
	// string. The service takes Java's expressions, and the agent checks again with Go's.
	AllowedValues  []string `json:"allowed_values,omitempty"`
	AllowedPattern string   `json:"allowed_pattern,omitempty"`
}

// DocumentStep is one step of a document, which the API calls a plugin.
type DocumentStep struct {
	// Name is the step's name. In schema 1.2 it is the action.
	Name string `json:"name,omitempty"`
	// Action is the plugin that runs the step: aws:runShellScript where none is given.
	Action string `json:"action,omitempty"`
	// Platform is the step's precondition: on nodes of another platform the step is skipped, which
	// is a Success.
	Platform string `json:"platform,omitempty"`
	// TimeoutSeconds limits the step's run time: a number, or "{{ name }}" of a parameter. 3600
	// where none is given.
	TimeoutSeconds string `json:"timeout_seconds,omitempty"`
	// ExitOnFailure skips the following steps if the step fails (onFailure: exit). Otherwise they
	// run all the same.
	ExitOnFailure bool `json:"exit_on_failure,omitempty"`
}

const (
	defaultRunTime = 3600   // Seconds that a step may run, for the agent and in ExpiresAfter, if nothing else is given.
	minRunTime     = 5      // Below, and beyond maxRunTime, the agent uses defaultRunTime in silence.
	maxRunTime     = 172800 // Two days.
)

var (
	// commandsOnly are the parameters of the two documents that run a script. The reference gives
	// executionTimeout a pattern; "0" and "2" were recorded as accepted all the same.
	commandsOnly = map[string]DocumentParameter{
		"commands":         {Type: "StringList"},
		"workingDirectory": {Type: "String", Default: []string{""}},
		"executionTimeout": {Type: "String", Default: []string{"3600"}},
	}
	empty = []string{""}
)

// awsDocuments are some of those that AWS owns, with the parameters that its documentation names.
var awsDocuments = []Document{
	{Name: "AWS-RunShellScript", Versions: []DocumentVersion{{
		SchemaVersion: "1.2", PlatformTypes: []string{"Linux", "MacOS"}, Parameters: commandsOnly,
		Steps: []DocumentStep{{Action: "aws:runShellScript", TimeoutSeconds: "{{ executionTimeout }}"}},
	}}},
	{Name: "AWS-RunPowerShellScript", Versions: []DocumentVersion{{
		SchemaVersion: "1.2", PlatformTypes: platformTypes, Parameters: commandsOnly,
		Steps: []DocumentStep{{Action: "aws:runPowerShellScript", TimeoutSeconds: "{{ executionTimeout }}"}},
	}}},
	{Name: "AWS-RunRemoteScript", Versions: []DocumentVersion{{
		PlatformTypes: platformTypes,
		Parameters: map[string]DocumentParameter{
			"sourceType":       {Type: "String", AllowedValues: []string{"GitHub", "S3"}},
			"sourceInfo":       {Type: "StringMap", Default: []string{"{}"}},
			"commandLine":      {Type: "String", Default: empty},
			"workingDirectory": {Type: "String", Default: empty},
			"executionTimeout": {Type: "String", Default: []string{"3600"}},
		},
		Steps: []DocumentStep{
			{Name: "downloadContent", Action: "aws:downloadContent"},
			{Name: "runPowerShellScript", Action: "aws:runPowerShellScript", Platform: "Windows", TimeoutSeconds: "{{ executionTimeout }}"},
			{Name: "runShellScript", Action: "aws:runShellScript", Platform: "Linux", TimeoutSeconds: "{{ executionTimeout }}"},
		},
	}}},
	{Name: "AWS-RunPatchBaseline", Versions: []DocumentVersion{{
		PlatformTypes: platformTypes,
		Parameters: map[string]DocumentParameter{
			"Operation":           {Type: "String", AllowedValues: []string{"Scan", "Install"}},
			"AssociationId":       {Type: "String", Default: empty},
			"SnapshotId":          {Type: "String", Default: empty},
			"InstallOverrideList": {Type: "String", Default: empty},
			"BaselineOverride":    {Type: "String", Default: empty},
			"RebootOption":        {Type: "String", Default: []string{"RebootIfNeeded"}, AllowedValues: []string{"RebootIfNeeded", "NoReboot"}},
		},
		Steps: []DocumentStep{
			{Name: "PatchWindows", Action: "aws:runPowerShellScript", Platform: "Windows", TimeoutSeconds: "7200"},
			{Name: "PatchLinux", Action: "aws:runShellScript", Platform: "Linux", TimeoutSeconds: "7200"},
			{Name: "PatchMacOS", Action: "aws:runShellScript", Platform: "MacOS", TimeoutSeconds: "7200"},
		},
	}}},
	{Name: "AWS-ConfigureAWSPackage", Versions: []DocumentVersion{{
		PlatformTypes: platformTypes,
		Parameters: map[string]DocumentParameter{
			"action":              {Type: "String", AllowedValues: []string{"Install", "Uninstall"}},
			"installationType":    {Type: "String", Default: []string{"Uninstall and reinstall"}, AllowedValues: []string{"Uninstall and reinstall", "In-place update"}},
			"name":                {Type: "String"},
			"version":             {Type: "String", Default: empty},
			"additionalArguments": {Type: "StringMap", Default: []string{"{}"}},
		},
		Steps: []DocumentStep{{Name: "configurePackage", Action: "aws:configurePackage"}},
	}}},
}

// newDocuments fills in the defaults of the script's documents, which come before those of AWS.
func newDocuments(documents []Document) []Document {
	all := slices.Concat(documents, awsDocuments)
	for i := range all {
		d := &all[i]
		setDefault(&d.Type, "Command")
		if d.DefaultVersion == 0 {
			d.DefaultVersion = 1
		}
		d.Versions = slices.Clone(d.Versions)
		for k := range d.Versions {
			d.Versions[k] = d.Versions[k].withDefaults()
		}
	}
	return all
}

func (v DocumentVersion) withDefaults() DocumentVersion {
	setDefault(&v.SchemaVersion, "2.2")
	if len(v.PlatformTypes) == 0 {
		v.PlatformTypes = platformTypes
	}
	if len(v.Steps) == 0 {
		v.Steps = []DocumentStep{{Name: "runShellScript"}}
	}
	v.Steps = slices.Clone(v.Steps)
	for i := range v.Steps {
		setDefault(&v.Steps[i].Action, defaultAction)
		if v.SchemaVersion == "1.2" {
			v.Steps[i].Name = v.Steps[i].Action
		}
	}
	return v
}

// documentName takes a document's ARN apart: arn:aws:ssm:<region>:<account>:document/<name>, with
// no account if AWS owns it.
var documentName = regexp.MustCompile(`^arn:aws[a-z-]*:ssm:([a-z0-9-]*):([0-9]*):document/(.+)$`)

// document finds what a request calls a document, by its name or its ARN, or returns nil.
func (s *Server) document(region, wanted string, now time.Time) *Document {
	name, owner := wanted, ""
	if m := documentName.FindStringSubmatch(wanted); m != nil {
		if m[1] != region {
			return nil
		}
		name, owner = m[3], m[2]
	}
	if owner == s.script.Account {
		owner = ""
	}
	for i := range s.documents {
		d := &s.documents[i]
		if d.Name != name || d.Owner != owner || d.Region != "" && d.Region != region {
			continue
		}
		if d.ActiveAt != nil && now.Before(s.start.Add(d.ActiveAt.Duration())) ||
			d.DeletedAt != nil && !now.Before(s.start.Add(d.DeletedAt.Duration())) {
			return nil
		}
		return d
	}
	return nil
}

// documentARN is the resource that SendCommand needs permission for. Documents of AWS have no
// account.
func (s *Server) documentARN(region, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	account := s.script.Account
	if strings.HasPrefix(name, "AWS-") {
		account = ""
	}
	return "arn:aws:ssm:" + region + ":" + account + ":document/" + name
}

// version finds the version that a request asks for, or returns nil.
func (d *Document) version(wanted string) *DocumentVersion {
	n := d.DefaultVersion
	switch wanted {
	case "", "$DEFAULT":
	case "$LATEST":
		n = len(d.Versions)
	default:
		n, _ = strconv.Atoi(wanted) // Its pattern has been checked; what is too large for a number is no version.
	}
	if n < 1 || n > len(d.Versions) {
		return nil
	}
	return &d.Versions[n-1]
}

// accepts says whether the parameters of a command are the document's.
func (v *DocumentVersion) accepts(given map[string][]string) bool {
	for name, values := range given {
		p, ok := v.Parameters[name]
		if !ok || !p.accepts(values) {
			return false
		}
	}
	for name, p := range v.Parameters {
		if _, ok := given[name]; !ok && p.Default == nil {
			return false
		}
	}
	return true
}

func (p DocumentParameter) accepts(values []string) bool {
	for _, value := range values {
		if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, value) {
			return false
		}
		if p.AllowedPattern != "" && !regexp.MustCompile("^(?:"+p.AllowedPattern+")$").MatchString(value) {
			return false
		}
	}
	return true
}

// effective are the parameters of a command with the document's defaults in the place of those that
// it does not give.
func (v *DocumentVersion) effective(given map[string][]string) map[string][]string {
	all := map[string][]string{}
	for name, p := range v.Parameters {
		all[name] = p.Default
	}
	maps.Copy(all, given)
	return all
}

// parameterReference is a parameter's value in a step.
var parameterReference = regexp.MustCompile(`^\{\{ *(\w+) *\}\}$`)

// seconds is the number that a step's TimeoutSeconds stands for, or 0 if there is none.
func (s DocumentStep) seconds(parameters map[string][]string) int {
	value := s.TimeoutSeconds
	if m := parameterReference.FindStringSubmatch(value); m != nil {
		value = strings.Join(parameters[m[1]][:min(1, len(parameters[m[1]]))], "") // The agent reads the first element.
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// runTime is how long the agent lets a step run.
func (s DocumentStep) runTime(effective map[string][]string) time.Duration {
	n := s.seconds(effective)
	if n < minRunTime || n > maxRunTime {
		n = defaultRunTime
	}
	return time.Duration(n) * time.Second
}

// budget is what ExpiresAfter adds to TimeoutSeconds for running the document. As recorded, a
// parameter counts if the command gives it, whatever the agent makes of it, and an hour does in the
// place of one that is omitted or "0"; timeouts that the document fixes are added up, and in schema
// 1.2 the first counts alone.
func (v *DocumentVersion) budget(given map[string][]string) time.Duration {
	total := 0
	for i, s := range v.Steps {
		if s.TimeoutSeconds == "" || v.SchemaVersion == "1.2" && i > 0 {
			continue
		}
		if n := s.seconds(given); n > 0 {
			total += n
		} else {
			total += defaultRunTime
		}
		if parameterReference.MatchString(s.TimeoutSeconds) {
			break // One parameter, however many steps refer to it.
		}
	}
	if total == 0 {
		total = defaultRunTime
	}
	return time.Duration(total) * time.Second
}

var (
	documentNameSyntax = regexp.MustCompile(`^[a-zA-Z0-9_\-.]{3,128}$`)
	parameterTypes     = []string{"String", "StringList", "StringMap"}
)

// validate checks a document of a script.
func (d Document) validate() error {
	switch {
	case !documentNameSyntax.MatchString(d.Name):
		return fmt.Errorf("name: %q is not the name of a document", d.Name)
	case d.Owner != "" && !accountID.MatchString(d.Owner):
		return fmt.Errorf("owner: %q is not 12 digits", d.Owner)
	case len(d.Versions) == 0:
		return fmt.Errorf("versions: there is none")
	case d.DefaultVersion < 0 || d.DefaultVersion > len(d.Versions):
		return fmt.Errorf("default_version: there is no version %d", d.DefaultVersion)
	}
	for i, v := range d.Versions {
		if err := v.validate(); err != nil {
			return fmt.Errorf("versions[%d]: %w", i, err)
		}
	}
	return checkTimes(map[string]*Seconds{"active_at": d.ActiveAt, "deleted_at": d.DeletedAt}, earliest)
}

func (v DocumentVersion) validate() error {
	if !slices.Contains([]string{"", "1.2", "2.2"}, v.SchemaVersion) {
		return fmt.Errorf("schema_version: %q is neither 1.2 nor 2.2", v.SchemaVersion)
	}
	for _, p := range v.PlatformTypes {
		if !slices.Contains(platformTypes, p) {
			return fmt.Errorf("platform_types: %q is none of %q", p, platformTypes)
		}
	}
	for name, p := range v.Parameters {
		if !slices.Contains(parameterTypes, p.Type) {
			return fmt.Errorf("parameters: %s: type: %q is none of %q", name, p.Type, parameterTypes)
		}
		if _, err := regexp.Compile("^(?:" + p.AllowedPattern + ")$"); err != nil {
			return fmt.Errorf("parameters: %s: allowed_pattern: %w", name, err)
		}
	}
	seen := map[string]bool{}
	for i, s := range v.withDefaults().Steps {
		where := fmt.Sprintf("steps[%d] (%s)", i, s.Name)
		switch {
		case len(s.Name) < 4:
			return fmt.Errorf("%s: name: shorter than the 4 characters that a request may name", where)
		case seen[s.Name]:
			return fmt.Errorf("%s: the step's name is there twice", where)
		case v.SchemaVersion != "1.2" && strings.Contains(s.Name, ":"):
			return fmt.Errorf("%s: name: an action is the name of a step in schema 1.2 alone", where)
		case s.Platform != "" && !slices.Contains(platformTypes, s.Platform):
			return fmt.Errorf("%s: platform: %q is none of %q", where, s.Platform, platformTypes)
		}
		seen[s.Name] = true
		if m := parameterReference.FindStringSubmatch(s.TimeoutSeconds); m != nil {
			if _, ok := v.Parameters[m[1]]; !ok {
				return fmt.Errorf("%s: timeout_seconds: the document has no parameter %q", where, m[1])
			}
		} else if n, err := strconv.Atoi(s.TimeoutSeconds); s.TimeoutSeconds != "" && (err != nil || n < 1 || n > maxRunTime) {
			return fmt.Errorf("%s: timeout_seconds: %q is neither a number within 1 to %d nor the reference of a parameter", where, s.TimeoutSeconds, maxRunTime)
		}
	}
	return nil
}
