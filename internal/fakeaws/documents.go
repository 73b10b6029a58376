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
	// Owner is the account that shares the document, 12 digits: callers then find the document only
	// by its ARN. By default the document belongs to the script's account, or to AWS if its name
	// begins with AWS-.
	Owner string `json:"owner,omitempty"`
	// Region is the Region of the document: documents are not shared across Regions. By default
	// every served Region has the document.
	Region string `json:"region,omitempty"`
	// Type defaults to Command. SendCommand does not run other types.
	Type string `json:"type,omitempty"`
	// ActiveAt counts from the server's start: until then the document is being created, and
	// SendCommand returns InvalidDocument.
	ActiveAt *Seconds `json:"active_at,omitempty"`
	// DeletedAt counts from the server's start.
	DeletedAt *Seconds `json:"deleted_at,omitempty"`
	// SendDenied denies the caller permission for the document: SendCommand returns AccessDenied.
	SendDenied bool `json:"send_denied,omitempty"`

	// Versions in order, from version 1.
	Versions []DocumentVersion `json:"versions"`
	// DefaultVersion is the version that $DEFAULT refers to. Defaults to 1.
	DefaultVersion int `json:"default_version,omitempty"`
}

// DocumentVersion is the content of one version of a document.
type DocumentVersion struct {
	// SchemaVersion is 1.2 or 2.2. Defaults to 2.2. In a document of schema 1.2 a step has no name,
	// and the API uses its action as the name.
	SchemaVersion string `json:"schema_version,omitempty"`
	// Hash is the Sha256 hash that a request may specify. If Hash is empty, the service rejects a
	// request with a hash.
	Hash string `json:"hash,omitempty"`
	// PlatformTypes are the platforms that the document supports: Windows, Linux, MacOS. Defaults
	// to all.
	PlatformTypes []string                     `json:"platform_types,omitempty"`
	Parameters    map[string]DocumentParameter `json:"parameters,omitempty"`
	// Steps in order. Defaults to one aws:runShellScript.
	Steps []DocumentStep `json:"steps,omitempty"`
}

// DocumentParameter is a parameter of a document. A parameter without a default is required.
type DocumentParameter struct {
	// Type is String, StringList or StringMap, as in the document. On the wire all of them are
	// lists of strings.
	Type string `json:"type"`
	// Default is the value if a command does not set the parameter. An empty list is a default; nil
	// means that there is no default.
	Default []string `json:"default,omitzero"`
	// AllowedValues and AllowedPattern restrict each string. The pattern must match the whole
	// string. The service uses Java's regular expressions, and the agent checks again with Go's.
	AllowedValues  []string `json:"allowed_values,omitempty"`
	AllowedPattern string   `json:"allowed_pattern,omitempty"`
}

// DocumentStep is one step of a document, which the API calls a plugin.
type DocumentStep struct {
	// Name is the step's name. In schema 1.2 it is the action.
	Name string `json:"name,omitempty"`
	// Action is the plugin that runs the step. Defaults to aws:runShellScript.
	Action string `json:"action,omitempty"`
	// Platform is the step's precondition: on nodes of another platform the step is skipped, with
	// status Success.
	Platform string `json:"platform,omitempty"`
	// TimeoutSeconds limits the step's run time: a number, or a reference to a parameter, "{{ name
	// }}". Defaults to 3600.
	TimeoutSeconds string `json:"timeout_seconds,omitempty"`
	// ExitOnFailure skips the following steps if the step fails (onFailure: exit). Otherwise they
	// run.
	ExitOnFailure bool `json:"exit_on_failure,omitempty"`
}

const (
	defaultRunTime = 3600   // Seconds that a step may run if the document sets no timeout, for the agent and in ExpiresAfter.
	minRunTime     = 5      // Outside of minRunTime to maxRunTime the agent uses defaultRunTime without an error.
	maxRunTime     = 172800 // Two days.
)

var (
	// scriptParameters are the parameters of the two documents that run a script. The documentation
	// has a pattern for executionTimeout, but the service accepted "0" and "2" in recordings.
	scriptParameters = map[string]DocumentParameter{
		"commands":         {Type: "StringList"},
		"workingDirectory": {Type: "String", Default: []string{""}},
		"executionTimeout": {Type: "String", Default: []string{"3600"}},
	}
	empty = []string{""}
)

// awsDocuments are some of the documents that AWS owns, with the documented parameters.
var awsDocuments = []Document{
	{Name: "AWS-RunShellScript", Versions: []DocumentVersion{{
		SchemaVersion: "1.2", PlatformTypes: []string{"Linux", "MacOS"}, Parameters: scriptParameters,
		Steps: []DocumentStep{{Action: "aws:runShellScript", TimeoutSeconds: "{{ executionTimeout }}"}},
	}}},
	{Name: "AWS-RunPowerShellScript", Versions: []DocumentVersion{{
		SchemaVersion: "1.2", PlatformTypes: platformTypes, Parameters: scriptParameters,
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

// newDocuments sets the defaults of the script's documents, which take precedence over those of
// AWS.
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

// documentName parses a document's ARN: arn:aws:ssm:<region>:<account>:document/<name>, with no
// account if AWS owns it.
var documentName = regexp.MustCompile(`^arn:aws[a-z-]*:ssm:([a-z0-9-]*):([0-9]*):document/(.+)$`)

// document finds a document by its name or its ARN, or returns nil.
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

// documentARN is the resource for which SendCommand needs permission. The ARN of AWS's documents
// has no account.
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

// version finds the requested version, or returns nil.
func (d *Document) version(wanted string) *DocumentVersion {
	n := d.DefaultVersion
	switch wanted {
	case "", "$DEFAULT":
	case "$LATEST":
		n = len(d.Versions)
	default:
		n, _ = strconv.Atoi(wanted) // Its pattern is valid; a number that overflows is not a version.
	}
	if n < 1 || n > len(d.Versions) {
		return nil
	}
	return &d.Versions[n-1]
}

// accepts reports whether the parameters of a command are valid for the document.
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

// effective returns the parameters of a command, with the document's defaults for those that the
// command does not set.
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

// seconds is the value of a step's TimeoutSeconds, or 0 if the step has none.
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

// budget is the time that ExpiresAfter adds to TimeoutSeconds for running the document. As
// recorded, the service uses the parameter of the command even if the agent ignores its value, and
// one hour if the parameter is omitted or "0". It adds up timeouts that are constants in the
// document; in schema 1.2 it uses only the first one.
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
			break // The parameter counts once, regardless of how many steps refer to it.
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
		return fmt.Errorf("versions: a document needs at least one version")
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
			return fmt.Errorf("%s: name: shorter than 4 characters, the minimum in a request", where)
		case seen[s.Name]:
			return fmt.Errorf("%s: the name of the step is not unique", where)
		case v.SchemaVersion != "1.2" && strings.Contains(s.Name, ":"):
			return fmt.Errorf("%s: name: a step is named after its action only in schema 1.2", where)
		case s.Platform != "" && !slices.Contains(platformTypes, s.Platform):
			return fmt.Errorf("%s: platform: %q is none of %q", where, s.Platform, platformTypes)
		}
		seen[s.Name] = true
		if m := parameterReference.FindStringSubmatch(s.TimeoutSeconds); m != nil {
			if _, ok := v.Parameters[m[1]]; !ok {
				return fmt.Errorf("%s: timeout_seconds: the document has no parameter %q", where, m[1])
			}
		} else if n, err := strconv.Atoi(s.TimeoutSeconds); s.TimeoutSeconds != "" && (err != nil || n < 1 || n > maxRunTime) {
			return fmt.Errorf("%s: timeout_seconds: %q is neither a number from 1 to %d nor a reference to a parameter", where, s.TimeoutSeconds, maxRunTime)
		}
	}
	return nil
}
