// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"strings"
	"time"
)

// Limits of the agent and the service, in bytes.
const (
	maxStandardOutput = 24000
	maxStandardError  = 8000
	maxListOutput     = 2500
)

// Marks that the agent adds to truncated output.
const (
	truncationMark = "--output truncated--"
	listOutputMark = "\n---Output truncated---"
	listErrorMark  = "\n---Error truncated----"
	errorTitle     = "\n----------ERROR-------\n"
)

// standardOutput is the stream as the agent sends it: at most 24000 bytes including the mark,
// truncated at a byte and not at a rune. The agent also truncates a text of exactly 24000 bytes.
func standardOutput(s string) string {
	if len(s) < maxStandardOutput {
		return s
	}
	return s[:maxStandardOutput-len(truncationMark)] + truncationMark
}

// standardError is truncated by the agent at the limit of standard output, and then by the service
// at 8000 bytes without a mark.
func standardError(s string) string {
	s = standardOutput(s)
	return s[:min(len(s), maxStandardError)]
}

// listOutput is both streams in the 2500 bytes that the list has for a step. It follows the agent's
// rule: the agent truncates both streams if each has more than half of the limit, else the longer
// one.
func listOutput(out, err string) string {
	title := ""
	if err != "" {
		title = errorTitle
	}
	room := maxListOutput - len(title)
	switch {
	case len(out)+len(err) < room:
		return out + title + err
	case len(out) >= room/2 && len(err) >= room/2:
		each := (room - len(listErrorMark) - len(listOutputMark)) / 2
		return out[:each] + listOutputMark + title + err[:each] + listErrorMark
	case len(out) < room/2:
		return out + title + err[:room-len(listErrorMark)-len(out)] + listErrorMark
	}
	return out[:room-len(listOutputMark)-len(err)] + listOutputMark + title + err
}

// listOutput is the output of a step in the list: both streams, or why the step was skipped.
func (s *step) listOutput(now time.Time) string {
	if s.notice != "" && s.ran(now) {
		return s.notice
	}
	return listOutput(s.streams(now))
}

// streams returns the full streams after they arrived, which can be later than the completion.
func (s *step) streams(now time.Time) (out, err string) {
	if !s.ran(now) || now.Before(s.outputAt) {
		return "", ""
	}
	return s.StandardOutput, s.StandardError
}

// outputURLs returns the URLs of both objects, also of a stream that is empty and not uploaded. The
// URLs are empty without a bucket, and before completion.
func (s *step) outputURLs(region string, now time.Time) (out, err string) {
	c := s.node.command
	if c.OutputS3BucketName == "" || !s.ran(now) {
		return "", ""
	}
	base := "https://" + s3Host(c.S3URLStyle, c.bucketRegion(region)) + "/" + c.OutputS3BucketName + "/" + s.outputKey()
	return base + "stdout", base + "stderr"
}

// s3Host is the host of an S3 endpoint.
func s3Host(style S3URLStyle, region string) string {
	domain := ".amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		domain += ".cn"
	}
	switch style {
	case S3Dashed:
		return "s3-" + region + domain
	case S3Global:
		return "s3" + domain
	case S3Modern:
	}
	return "s3." + region + domain
}

// outputKey is the common prefix of both objects' keys, without the name of the stream.
func (s *step) outputKey() string { return s.keyPrefix() + "/" + s.orchestrationID() + "/" }

// keyPrefix is OutputS3KeyPrefix of a step in the list: everything up to the action.
func (s *step) keyPrefix() string {
	c := s.node.command
	key := c.CommandID + "/" + s.node.InstanceID + "/" + strings.ReplaceAll(s.Action, ":", "")
	if c.OutputS3KeyPrefix != "" {
		key = strings.TrimSuffix(c.OutputS3KeyPrefix, "/") + "/" + key
	}
	return key
}

// orchestrationID is the agent's directory for the step: its name, or 0.<action> in a document of
// schema 1.2.
func (s *step) orchestrationID() string {
	if s.Name == s.Action {
		return "0." + strings.ReplaceAll(s.Action, ":", "")
	}
	return strings.ReplaceAll(s.Name, ":", "")
}

func (c *command) bucketRegion(requestRegion string) string {
	if c.OutputS3Region != "" {
		return c.OutputS3Region
	}
	return requestRegion
}
