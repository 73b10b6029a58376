// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"unicode/utf8"
)

var (
	statuses   = []string{"Pending", "InProgress", "Delayed", "Success", "Cancelled", "TimedOut", "Failed", "Cancelling"}
	operations = []string{
		"", "GetCommandInvocation", "ListCommandInvocations", "ListCommands", "SendCommand", "CancelCommand",
		"DescribeInstanceInformation", "GetConnectionStatus", "AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity",
		"GetObject", "HeadObject",
	}
	concurrency = regexp.MustCompile(`^(|[1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$`)
	errorLimit  = regexp.MustCompile(`^(|[1-9][0-9]*|0|[1-9][0-9]%|[0-9]%|100%)$`)
	accountID   = regexp.MustCompile(`^(|[0-9]{12})$`)
	regionName  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)
)

// validate finds mistakes that would make a test pass or fail for an unintended reason: typing
// mistakes, IDs that the service rejects, times out of order. Each error contains its position in
// the script.
func (s Script) validate() error {
	for _, region := range s.Regions {
		if !regionName.MatchString(region) {
			return fmt.Errorf("regions: %q is not a valid Region", region)
		}
	}
	switch {
	case !accountID.MatchString(s.Account):
		return fmt.Errorf("account: %q is not 12 digits", s.Account)
	case s.PageSize < 0 || s.PageSize > maxPage:
		return fmt.Errorf("page_size: %d is not from 0 to %d", s.PageSize, maxPage)
	case s.EmptyPageEvery < 0 || s.EmptyPageEvery == 1:
		return fmt.Errorf("empty_page_every: %d must be 0, or at least 2 so that a list has an end", s.EmptyPageEvery)
	}
	seen, homes := map[string]bool{}, map[string]string{}
	for i, c := range s.Commands {
		where := fmt.Sprintf("commands[%d] (%s)", i, c.CommandID)
		if seen[c.CommandID] {
			return fmt.Errorf("%s: the command ID is not unique", where)
		}
		seen[c.CommandID] = true
		if err := c.validate(s.Regions); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if home := c.OutputS3BucketRegion; home != "" {
			if other := orDefault(homes[c.OutputS3BucketName], home); other != home {
				return fmt.Errorf("%s: output_s3_bucket_region: an earlier command has bucket %s in %s", where, c.OutputS3BucketName, other)
			}
			homes[c.OutputS3BucketName] = home
		}
	}
	nodes := map[string]bool{}
	for i, n := range s.Nodes {
		where := fmt.Sprintf("nodes[%d] (%s)", i, n.InstanceID)
		if nodes[n.InstanceID] {
			return fmt.Errorf("%s: the node is not unique", where)
		}
		nodes[n.InstanceID] = true
		if !s.serves(n.Region) {
			return fmt.Errorf("%s: region: %q is not a served Region", where, n.Region)
		}
		if err := n.validate(); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	documents := map[string]bool{}
	for i, d := range s.Documents {
		where, key := fmt.Sprintf("documents[%d] (%s)", i, d.Name), d.Region+" "+d.Owner+" "+d.Name
		if documents[key] {
			return fmt.Errorf("%s: the document is not unique", where)
		}
		documents[key] = true
		if !s.serves(d.Region) {
			return fmt.Errorf("%s: region: %q is not a served Region", where, d.Region)
		}
		if err := d.validate(); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	for i, r := range s.Rules {
		if err := r.validate(newDocuments(s.Documents)); err != nil {
			return fmt.Errorf("rules[%d]: %w", i, err)
		}
	}
	if err := s.Behavior.validate(); err != nil {
		return fmt.Errorf("behavior: %w", err)
	}
	if err := checkTimes(map[string]*Seconds{"clock_skew": &s.ClockSkew}, earliest); err != nil {
		return err
	}
	for i, f := range s.Faults {
		if err := f.validate(); err != nil {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

// serves reports whether the script serves a Region; "" means any.
func (s Script) serves(region string) bool {
	return region == "" || slices.Contains(s.Regions, region) || len(s.Regions) == 0 && region == defaultRegion
}

func (c Command) validate(regions []string) error {
	switch {
	case !commandIDSyntax.MatchString(c.CommandID):
		return fmt.Errorf("command_id: %q is not a UUID, so the service would reject it", c.CommandID)
	case utf8.RuneCountInString(c.Comment) > 100:
		return fmt.Errorf("comment: longer than 100 characters, the service's maximum")
	case c.Region != "" && !slices.Contains(regions, c.Region) && (len(regions) > 0 || c.Region != defaultRegion):
		return fmt.Errorf("region: %q is not a served Region", c.Region)
	case c.TimeoutSeconds < 0:
		return fmt.Errorf("timeout_seconds: %d is negative", c.TimeoutSeconds)
	case !concurrency.MatchString(c.MaxConcurrency):
		return fmt.Errorf("max_concurrency: %q is neither a number nor a percentage", c.MaxConcurrency)
	case !errorLimit.MatchString(c.MaxErrors):
		return fmt.Errorf("max_errors: %q is neither a number nor a percentage", c.MaxErrors)
	case len(c.Targets) > 0 && len(c.InstanceIDs) > 0:
		return fmt.Errorf("instance_ids: conflicts with targets; the nodes of a command with targets are its invocations")
	case !slices.Contains([]S3URLStyle{S3Modern, S3Dashed, S3Global}, c.S3URLStyle):
		return fmt.Errorf("s3_url_style: %q is none of \"\", %q, %q", c.S3URLStyle, S3Dashed, S3Global)
	case c.OutputS3BucketName == "" && (c.OutputS3BucketRegion != "" || c.OutputS3ListDenied):
		return fmt.Errorf("output_s3_bucket_name: required by the other settings of the bucket")
	case c.OutputS3BucketRegion != "" && !regionName.MatchString(c.OutputS3BucketRegion):
		return fmt.Errorf("output_s3_bucket_region: %q is not a valid Region", c.OutputS3BucketRegion)
	case c.Forgotten && c.ForgottenAt != nil:
		return fmt.Errorf("forgotten_at: conflicts with forgotten")
	}
	if err := checkTimes(map[string]*Seconds{"sent_at": &c.SentAt, "expires_after": c.ExpiresAfter, "forgotten_at": c.ForgottenAt}, earliest); err != nil {
		return err
	}
	if err := checkTimes(map[string]*Seconds{"resolved_after": &c.ResolvedAfter, "listed_after": &c.ListedAfter, "status_from": &c.StatusFrom}, 0); err != nil {
		return err
	}
	if err := checkStatus(c.Status, c.StatusDetails); err != nil {
		return err
	}
	named := map[string]bool{}
	for i, id := range c.InstanceIDs {
		named[id] = true
		if !instanceIDSyntax.MatchString(id) {
			return fmt.Errorf("instance_ids[%d]: %q is not the ID of a managed node", i, id)
		}
	}
	seen := map[string]bool{}
	for i, n := range c.Invocations {
		where := fmt.Sprintf("invocations[%d] (%s)", i, n.InstanceID)
		if seen[n.InstanceID] {
			return fmt.Errorf("%s: the node is not unique", where)
		}
		seen[n.InstanceID] = true
		if len(named) > 0 && !named[n.InstanceID] {
			return fmt.Errorf("%s: instance_ids does not name this node", where)
		}
		if err := n.validate(); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	return nil
}

func (n Invocation) validate() error {
	if !instanceIDSyntax.MatchString(n.InstanceID) {
		return fmt.Errorf("instance_id: %q is not the ID of a managed node", n.InstanceID)
	}
	if !slices.Contains([]SeveralSteps{"", SummaryOfSteps, ErrorForSteps}, n.SeveralSteps) {
		return fmt.Errorf("several_steps: %q is neither %q nor %q", n.SeveralSteps, SummaryOfSteps, ErrorForSteps)
	}
	if err := checkTimes(map[string]*Seconds{"visible_after": &n.VisibleAfter, "listed_after": n.ListedAfter, "status_from": &n.StatusFrom}, 0); err != nil {
		return err
	}
	if err := checkStatus(n.Status, n.StatusDetails); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, s := range n.Steps {
		where := fmt.Sprintf("steps[%d] (%s)", i, s.Name)
		if seen[orDefault(s.Name, defaultAction)] {
			return fmt.Errorf("%s: the name of the step is not unique", where)
		}
		seen[orDefault(s.Name, defaultAction)] = true
		if err := s.validate(); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	return nil
}

func (s Step) validate() error {
	if s.Name != "" && len(s.Name) < 4 {
		return fmt.Errorf("name: %q is shorter than 4 characters, the minimum in a request", s.Name)
	}
	if s.NeverUploaded && s.UploadedAfter != 0 {
		return fmt.Errorf("uploaded_after: conflicts with never_uploaded")
	}
	if err := checkTimes(map[string]*Seconds{
		"started_at": s.StartedAt, "elapsed": s.Elapsed, "output_lag": &s.OutputLag, "uploaded_after": &s.UploadedAfter,
		"name_unknown_for": &s.NameUnknownFor, "unlisted_for": &s.UnlistedFor,
	}, 0); err != nil {
		return err
	}
	for i, m := range s.Timeline {
		where := fmt.Sprintf("timeline[%d]", i)
		if err := checkTimes(map[string]*Seconds{"at": &m.At}, 0); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if m.Status == "" {
			return fmt.Errorf("%s: status is missing", where)
		}
		if err := checkStatus(m.Status, m.StatusDetails); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if i == 0 {
			continue
		}
		before := s.Timeline[i-1]
		if m.At < before.At {
			return fmt.Errorf("%s: at %v is before the preceding moment", where, m.At)
		}
		if (state{Status: before.Status}).ended() {
			return fmt.Errorf("%s: %s is terminal, so no moment can follow it", where, before.Status)
		}
	}
	return nil
}

// checkStatus rejects an unknown status without details. A script can contain a future status of
// the service, but a misspelled status is an error.
func checkStatus(status, details string) error {
	switch {
	case status == "" && details != "":
		return fmt.Errorf("status_details: %q requires a status", details)
	case status != "" && details == "" && !slices.Contains(statuses, status):
		return fmt.Errorf("status: %q is none of %q; a future status requires status_details", status, statuses)
	}
	return nil
}

// earliest is the minimum of times that may be before the server's start.
const earliest = -math.MaxInt32

// checkTimes rejects times that are not numbers, are below least, or overflow a duration.
func checkTimes(times map[string]*Seconds, least float64) error {
	for name, t := range times {
		if t == nil {
			continue
		}
		if v := float64(*t); math.IsNaN(v) || v < least || v > math.MaxInt32 {
			return fmt.Errorf("%s: %v seconds is not from %v to %v", name, v, least, math.MaxInt32)
		}
	}
	return nil
}
