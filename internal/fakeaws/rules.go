// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Rule says what a document with some parameters does on some nodes. The first rule that matches an
// invocation counts.
type Rule struct {
	// DocumentName, InstanceID, Comment and Parameters choose the invocations; what is left out
	// matches any.
	DocumentName string `json:"document_name,omitempty"`
	InstanceID   string `json:"instance_id,omitempty"`
	Comment      string `json:"comment,omitempty"`
	// Parameters are substrings by the parameter's name: of its values, joined by newlines. The
	// document's defaults stand for parameters that a command does not give.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Exactly are the whole values of parameters.
	Exactly map[string][]string `json:"exactly,omitempty"`
	// Skip lets this many matching invocations through first, and Times is to how many of the
	// others the rule applies: zero is to all. A script that fails at first and succeeds later
	// needs both.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`

	// Status and StatusDetails end the invocation without running anything: Failed with details
	// Undeliverable, InvalidPlatform, AccessDenied or Terminated. It ends StartDelay after it is
	// sent to the node.
	Status        string `json:"status,omitempty"`
	StatusDetails string `json:"status_details,omitempty"`
	// StartDelay is the time from the agent's receiving the command until the first step begins.
	StartDelay Seconds `json:"start_delay,omitempty"`
	// Steps are the results, by the step's name. A step of the document that is not among them
	// succeeds after a second.
	Steps []StepResult `json:"steps,omitempty"`
	// NeverReported is an agent that runs the document and never reports, because it updates itself
	// at that moment for instance (amazon-ssm-agent #316): the invocation ends as DeliveryTimedOut
	// although it ran.
	NeverReported bool `json:"never_reported,omitempty"`
	// IgnoresCancel is a document that goes on when its command is cancelled: CancelCommand is best
	// effort.
	IgnoresCancel bool `json:"ignores_cancel,omitempty"`
}

// StepResult is what became of one step.
type StepResult struct {
	// Name is the step's name; the first step where none is given.
	Name string `json:"name,omitempty"`
	// ExitCode is that of the script. Any but 0 makes a step Failed, and the agent then appends a
	// line to stderr.
	ExitCode int `json:"exit_code,omitempty"`
	// Status and StatusDetails replace those that follow from the exit code and the run time.
	Status         string `json:"status,omitempty"`
	StatusDetails  string `json:"status_details,omitempty"`
	StandardOutput string `json:"standard_output,omitempty"`
	StandardError  string `json:"standard_error,omitempty"`
	// PartialOutput is what stdout holds by the time at which the step is cancelled or runs out of
	// time.
	PartialOutput string `json:"partial_output,omitempty"`
	// Duration is the run time: a second where none is given.
	Duration *Seconds `json:"duration,omitempty"`

	// OutputLag, UploadedAfter and NeverUploaded are those of [Step].
	OutputLag     Seconds `json:"output_lag,omitempty"`
	UploadedAfter Seconds `json:"uploaded_after,omitempty"`
	NeverUploaded bool    `json:"never_uploaded,omitempty"`
}

// ruleState counts to how many invocations a rule has matched.
type ruleState struct {
	Rule
	matched int
}

// matches says whether the rule is about an invocation.
func (r Rule) matches(c *command, instanceID string) bool {
	chosen := func(want, have string) bool { return want == "" || want == have }
	if !chosen(r.DocumentName, c.DocumentName) || !chosen(r.InstanceID, instanceID) || !chosen(r.Comment, c.Comment) {
		return false
	}
	effective := c.version.effective(c.Parameters)
	for name, part := range r.Parameters {
		if !strings.Contains(strings.Join(effective[name], "\n"), part) {
			return false
		}
	}
	for name, values := range r.Exactly {
		if !slices.Equal(effective[name], values) {
			return false
		}
	}
	return true
}

// rule is what an invocation does. It counts the invocation, so it is asked once for each.
func (s *Server) rule(c *command, instanceID string) Rule {
	for _, r := range s.rules {
		if !r.matches(c, instanceID) || r.Times > 0 && r.matched >= r.Skip+r.Times {
			continue
		}
		r.matched++
		if r.matched > r.Skip {
			return r.Rule
		}
	}
	return Rule{}
}

// result is what becomes of a step of the document.
func (r Rule) result(name string, first bool) StepResult {
	for _, result := range r.Steps {
		if result.Name == name || result.Name == "" && first {
			return result
		}
	}
	return StepResult{}
}

// state is how a step ended that did not run out of time.
func (r StepResult) state() state {
	switch {
	case r.Status != "":
		return state{r.Status, orDefault(r.StatusDetails, r.Status)}
	case r.ExitCode != 0:
		return state{"Failed", "Failed"}
	}
	return state{"Success", "Success"}
}

// standardError is the stream with the line that the agent appends to that of a script which
// failed.
func (r StepResult) standardError() string {
	if r.ExitCode == 0 {
		return r.StandardError
	}
	line := fmt.Sprintf("failed to run commands: exit status %d", r.ExitCode)
	if r.StandardError == "" {
		return line
	}
	return strings.TrimSuffix(r.StandardError, "\n") + "\n" + line
}

// validateNames checks that the documents have the steps and parameters that a rule names: one that
// is misspelt would never be met.
func (r Rule) validateNames(documents []Document) error {
	known := map[string]bool{}
	for _, d := range documents {
		if r.DocumentName != "" && r.DocumentName != d.Name {
			continue
		}
		known["document"] = true
		for _, v := range d.Versions {
			for _, s := range v.Steps {
				known["step "+s.Name] = true
			}
			for name := range v.Parameters {
				known["parameter "+name] = true
			}
		}
	}
	if !known["document"] {
		return fmt.Errorf("document_name: there is no document %q", r.DocumentName)
	}
	for i, s := range r.Steps {
		if s.Name != "" && !known["step "+s.Name] {
			return fmt.Errorf("steps[%d]: name: no document has the step %q", i, s.Name)
		}
	}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(r.Parameters)), slices.Sorted(maps.Keys(r.Exactly))) {
		if !known["parameter "+name] {
			return fmt.Errorf("parameters: no document has the parameter %q", name)
		}
	}
	return nil
}

// validate checks a rule of a script.
func (r Rule) validate(documents []Document) error {
	if err := r.validateNames(documents); err != nil {
		return err
	}
	switch {
	case r.InstanceID != "" && !instanceIDSyntax.MatchString(r.InstanceID):
		return fmt.Errorf("instance_id: %q is not the ID of a managed node", r.InstanceID)
	case r.Skip < 0:
		return fmt.Errorf("skip: %d is negative", r.Skip)
	case r.Times < 0:
		return fmt.Errorf("times: %d is negative", r.Times)
	case r.Status != "" && (len(r.Steps) > 0 || r.NeverReported):
		return fmt.Errorf("status: the invocation ends without running anything, and so without results of steps")
	case r.Status != "" && (!(state{Status: r.Status}).ended() || r.Status == "Success"):
		return fmt.Errorf("status: %q is not the end of an invocation that runs nothing", r.Status)
	}
	if err := checkStatus(r.Status, r.StatusDetails); err != nil {
		return err
	}
	if err := checkTimes(map[string]*Seconds{"start_delay": &r.StartDelay}, 0); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, result := range r.Steps {
		where := fmt.Sprintf("steps[%d] (%s)", i, result.Name)
		if seen[result.Name] {
			return fmt.Errorf("%s: the step's name is there twice", where)
		}
		seen[result.Name] = true
		if result.Status != "" && !(state{Status: result.Status}).ended() {
			return fmt.Errorf("%s: status: %q is not the end of a step", where, result.Status)
		}
		if err := checkStatus(result.Status, result.StatusDetails); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if result.NeverUploaded && result.UploadedAfter != 0 {
			return fmt.Errorf("%s: uploaded_after: the step is never uploaded", where)
		}
		if err := checkTimes(map[string]*Seconds{
			"duration": result.Duration, "output_lag": &result.OutputLag, "uploaded_after": &result.UploadedAfter,
		}, 0); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	return nil
}
