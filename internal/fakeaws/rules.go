// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Rule describes what a document with certain parameters does on certain nodes. The first rule that
// matches an invocation applies.
type Rule struct {
	// DocumentName, InstanceID, Comment, and Parameters select the invocations; an empty field
	// matches any.
	DocumentName string `json:"document_name,omitempty"`
	InstanceID   string `json:"instance_id,omitempty"`
	Comment      string `json:"comment,omitempty"`
	// Parameters maps a parameter's name to a substring of its values, joined by newlines. The
	// document's defaults apply to parameters that a command does not set.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Exactly maps a parameter's name to its exact values.
	Exactly map[string][]string `json:"exactly,omitempty"`
	// Skip is the number of matching invocations to pass over first. Times is the number of
	// following invocations to which the rule applies; zero means all. Both together simulate a
	// script that fails at first and succeeds later.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`

	// Status and StatusDetails complete the invocation without running anything: Failed with
	// details Undeliverable, InvalidPlatform, AccessDenied, or Terminated. The invocation completes
	// StartDelay after it is sent to the node.
	Status        string `json:"status,omitempty"`
	StatusDetails string `json:"status_details,omitempty"`
	// StartDelay is the time from when the agent receives the command until the first step starts.
	StartDelay Seconds `json:"start_delay,omitempty"`
	// Steps are the results, by the step's name. Other steps of the document succeed after a
	// second.
	Steps []StepResult `json:"steps,omitempty"`
	// NeverReported simulates an agent that runs the document and never reports, for example
	// because it updates itself (amazon-ssm-agent #316): the invocation completes as
	// DeliveryTimedOut although it ran.
	NeverReported bool `json:"never_reported,omitempty"`
	// IgnoresCancel simulates a document that continues when its command is cancelled:
	// CancelCommand is best effort.
	IgnoresCancel bool `json:"ignores_cancel,omitempty"`
}

// StepResult is the result of one step.
type StepResult struct {
	// Name is the step's name. Defaults to the first step.
	Name string `json:"name,omitempty"`
	// ExitCode is the exit code of the script. A code other than 0 makes the step Failed, and the
	// agent appends a line to stderr.
	ExitCode int `json:"exit_code,omitempty"`
	// Status and StatusDetails override the status that follows from the exit code and the run
	// time.
	Status         string `json:"status,omitempty"`
	StatusDetails  string `json:"status_details,omitempty"`
	StandardOutput string `json:"standard_output,omitempty"`
	StandardError  string `json:"standard_error,omitempty"`
	// PartialOutput is standard output when the step is cancelled or times out.
	PartialOutput string `json:"partial_output,omitempty"`
	// Duration is the run time. Defaults to 1 second.
	Duration *Seconds `json:"duration,omitempty"`

	// OutputLag, UploadedAfter and NeverUploaded are those of [Step].
	OutputLag     Seconds `json:"output_lag,omitempty"`
	UploadedAfter Seconds `json:"uploaded_after,omitempty"`
	NeverUploaded bool    `json:"never_uploaded,omitempty"`
}

// ruleState counts the invocations that a rule has matched.
type ruleState struct {
	Rule
	matched int
}

// matches reports whether the rule selects an invocation.
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

// rule returns the rule for an invocation. It counts the invocation, so call it once for each.
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

// result returns the result of a step of the document.
func (r Rule) result(name string, first bool) StepResult {
	for _, result := range r.Steps {
		if result.Name == name || result.Name == "" && first {
			return result
		}
	}
	return StepResult{}
}

// state is the final status of a step that did not time out.
func (r StepResult) state() state {
	switch {
	case r.Status != "":
		return state{r.Status, orDefault(r.StatusDetails, r.Status)}
	case r.ExitCode != 0:
		return state{"Failed", "Failed"}
	}
	return state{"Success", "Success"}
}

// standardError is the stream with the line that the agent appends if a script fails.
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

// validateNames checks that the documents have the steps and parameters of a rule. A rule with a
// misspelled name would never apply.
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
		return fmt.Errorf("document_name: document %q does not exist", r.DocumentName)
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
		return fmt.Errorf("status: an invocation that does not run has no results of steps")
	case r.Status != "" && (!(state{Status: r.Status}).ended() || r.Status == "Success"):
		return fmt.Errorf("status: %q is not a terminal status of an invocation that does not run", r.Status)
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
			return fmt.Errorf("%s: the name of the step is not unique", where)
		}
		seen[result.Name] = true
		if result.Status != "" && !(state{Status: result.Status}).ended() {
			return fmt.Errorf("%s: status: %q is not a terminal status of a step", where, result.Status)
		}
		if err := checkStatus(result.Status, result.StatusDetails); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if result.NeverUploaded && result.UploadedAfter != 0 {
			return fmt.Errorf("%s: uploaded_after: conflicts with never_uploaded", where)
		}
		if err := checkTimes(map[string]*Seconds{
			"duration": result.Duration, "output_lag": &result.OutputLag, "uploaded_after": &result.UploadedAfter,
		}, 0); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	return nil
}
