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

// Marks that the agent leaves where it cut.
const (
	cutMark       = "--output truncated--"
	listCutOutput = "\n---Output truncated---"
	listCutError  = "\n---Error truncated----"
	errorTitle    = "\n----------ERROR-------\n"
)

// standardOutput is the stream as the agent sends it: 24000 bytes at most, its mark included, cut at a byte and not at a
// rune. A text of exactly 24000 bytes is cut as well.
func standardOutput(s string) string {
	if len(s) < maxStandardOutput {
		return s
	}
	return s[:maxStandardOutput-len(cutMark)] + cutMark
}

// standardError is cut by the agent with the limit of the other stream, and then by the service at 8000 bytes without a mark.
func standardError(s string) string {
	s = standardOutput(s)
	return s[:min(len(s), maxStandardError)]
}

// listOutput is both streams in the 2500 bytes that the list has for a step. Which of the two is cut, and by how much, is
// the agent's rule: both when each has more than half of the room, else the longer one.
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
		each := (room - len(listCutError) - len(listCutOutput)) / 2
		return out[:each] + listCutOutput + title + err[:each] + listCutError
	case len(out) < room/2:
		return out + title + err[:room-len(listCutError)-len(out)] + listCutError
	}
	return out[:room-len(listCutOutput)-len(err)] + listCutOutput + title + err
}

// listOutput is what the list has for a step: both streams, or why it was skipped.
func (s *step) listOutput(now time.Time) string {
	if s.notice != "" && s.ran(now) {
		return s.notice
	}
	return listOutput(s.streams(now))
}

// streams are the full streams once they have arrived, which can be later than the end.
func (s *step) streams(now time.Time) (out, err string) {
	if !s.ran(now) || now.Before(s.outputAt) {
		return "", ""
	}
	return s.StandardOutput, s.StandardError
}

// outputURLs are the addresses of both objects, whether or not a stream had anything to upload. They are empty without a
// bucket, and until the end.
func (s *step) outputURLs(region string, now time.Time) (out, err string) {
	c := s.node.command
	if c.OutputS3BucketName == "" || !s.ran(now) {
		return "", ""
	}
	base := "https://" + s3Host(c.S3URLStyle, c.bucketRegion(region)) + "/" + c.OutputS3BucketName + "/" + s.outputKey()
	return base + "stdout", base + "stderr"
}

// s3Host is the host of an endpoint of S3.
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

// outputKey is the key of both objects in the bucket, but for the name of the stream.
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

// orchestrationID is the agent's folder for the step: its name, or 0.<action> in a document of schema 1.2.
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
