// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// The service's defaults for omitted members of a request (API reference, SendCommand).
const (
	defaultVersion        = "$DEFAULT"
	defaultTimeout        = 3600
	defaultMaxConcurrency = "50"
	defaultMaxErrors      = "0"
)

// Fingerprint has the members of a request that ListCommands also returns, in a form that can be
// compared: documents by their last segment, IDs and values as sets, omitted members as the
// service's defaults, and text in normalization form C. It has a digest instead of the parameters,
// so that it can be stored in a state.
type Fingerprint struct {
	Document       string              `json:"document"`
	Version        string              `json:"version"`
	InstanceIDs    []string            `json:"instance_ids,omitempty"`
	Targets        map[string][]string `json:"targets,omitempty"`
	Comment        string              `json:"comment,omitempty"`
	TimeoutSeconds int32               `json:"timeout_seconds"`
	MaxConcurrency string              `json:"max_concurrency"`
	MaxErrors      string              `json:"max_errors"`
	BucketName     string              `json:"bucket_name,omitempty"`
	KeyPrefix      string              `json:"key_prefix,omitempty"`
	ServiceRole    string              `json:"service_role,omitempty"`
	Notification   []string            `json:"notification,omitempty"`
	LogGroup       string              `json:"log_group,omitempty"`
	Alarms         []string            `json:"alarms,omitempty"`
	// Salt makes the digests of equal parameters differ from one fingerprint to the next.
	Salt string `json:"salt,omitempty"`
	// Parameters is a digest. With "", the parameters are not known, and any parameters match.
	Parameters string `json:"parameters"`
}

// Fingerprint returns the fingerprint of the request.
func (q *SendRequest) Fingerprint() Fingerprint {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // It never fails.
	return fingerprintOf(q.command(), hex.EncodeToString(salt))
}

// command returns the request in the form in which ListCommands returns the command.
func (q *SendRequest) command() *Command {
	c := &Command{
		DocumentName: q.DocumentName, DocumentVersion: q.DocumentVersion, Comment: q.Comment,
		InstanceIDs: q.InstanceIDs, Targets: q.Targets, Parameters: q.Parameters,
		MaxConcurrency: q.MaxConcurrency, MaxErrors: q.MaxErrors, OutputS3: q.OutputS3,
		ServiceRole: q.ServiceRole, Notification: q.Notification, Alarms: q.Alarms,
	}
	if q.TimeoutSeconds > 0 {
		c.TimeoutSeconds = &q.TimeoutSeconds
	}
	if w := q.CloudWatchOutput; w != nil {
		c.CloudWatchOutput = &CloudWatchOutput{LogGroupName: cmp.Or(w.LogGroupName, "/aws/ssm/"+lastSegment(q.DocumentName))}
	}
	return c
}

// Matches reports whether a command that the service returned can be that of the request.
func (f *Fingerprint) Matches(c *Command) bool { return len(f.Differences(c)) == 0 }

// Differences returns the members of SendCommand's input, by their names in the API, in which a
// command that the service returned differs from the fingerprint.
func (f *Fingerprint) Differences(c *Command) []string {
	have := fingerprintOf(c, f.Salt)
	var names []string
	for _, member := range []struct {
		name string
		same bool
	}{
		{"DocumentName", f.Document == have.Document},
		{"DocumentVersion", f.Version == have.Version},
		{"InstanceIds", slices.Equal(f.InstanceIDs, have.InstanceIDs)},
		{"Targets", maps.EqualFunc(f.Targets, have.Targets, slices.Equal)},
		{"Parameters", f.Parameters == "" || f.Parameters == have.Parameters},
		{"Comment", f.Comment == have.Comment},
		{"TimeoutSeconds", f.TimeoutSeconds == have.TimeoutSeconds},
		{"MaxConcurrency", f.MaxConcurrency == have.MaxConcurrency},
		{"MaxErrors", f.MaxErrors == have.MaxErrors},
		{"OutputS3BucketName", f.BucketName == have.BucketName},
		{"OutputS3KeyPrefix", f.KeyPrefix == have.KeyPrefix},
		{"ServiceRoleArn", f.ServiceRole == have.ServiceRole},
		{"NotificationConfig", slices.Equal(f.Notification, have.Notification)},
		{"CloudWatchOutputConfig", f.LogGroup == have.LogGroup},
		{"AlarmConfiguration", slices.Equal(f.Alarms, have.Alarms)},
	} {
		if !member.same {
			names = append(names, member.name)
		}
	}
	return names
}

// Differences returns the members of SendCommand's input, by their names in the API, in which two
// requests differ. It does not compare members that the service does not return.
func Differences(a, b SendRequest) []string {
	f := a.Fingerprint()
	return f.Differences(b.command())
}

// answers reports whether a command can be the response to the request with the fingerprint. It
// compares only the members that every recorded response returns unchanged.
func (f *Fingerprint) answers(c *Command) bool {
	return !slices.ContainsFunc(f.Differences(c), func(name string) bool {
		return slices.Contains([]string{"DocumentName", "Comment", "InstanceIds", "Targets"}, name)
	})
}

// key returns a text that is the same for equal requests only.
func (q *SendRequest) key() string {
	// A fingerprint has nothing that does not marshal.
	text, _ := json.Marshal(fingerprintOf(q.command(), ""))
	return string(text)
}

func fingerprintOf(c *Command, salt string) Fingerprint {
	f := Fingerprint{
		Document:       lastSegment(c.DocumentName),
		Version:        cmp.Or(c.DocumentVersion, defaultVersion),
		InstanceIDs:    setOf(c.InstanceIDs, strings.ToLower),
		Comment:        norm.NFC.String(c.Comment),
		TimeoutSeconds: defaultTimeout,
		MaxConcurrency: cmp.Or(c.MaxConcurrency, defaultMaxConcurrency),
		MaxErrors:      cmp.Or(c.MaxErrors, defaultMaxErrors),
		BucketName:     c.OutputS3.BucketName,
		KeyPrefix:      strings.Trim(norm.NFC.String(c.OutputS3.KeyPrefix), "/"),
		ServiceRole:    c.ServiceRole,
		Salt:           salt,
		Parameters:     digest(c.Parameters, salt),
	}
	if c.TimeoutSeconds != nil && *c.TimeoutSeconds > 0 {
		f.TimeoutSeconds = *c.TimeoutSeconds
	}
	for _, t := range c.Targets {
		if f.Targets == nil {
			f.Targets = map[string][]string{}
		}
		key := norm.NFC.String(t.Key)
		f.Targets[key] = setOf(append(f.Targets[key], t.Values...), norm.NFC.String)
	}
	if n := c.Notification; n != nil {
		f.Notification = append(setOf(n.Events, nil), n.ARN, cmp.Or(n.Type, "Command"))
	}
	if w := c.CloudWatchOutput; w != nil {
		f.LogGroup = w.LogGroupName
	}
	if a := c.Alarms; a != nil {
		f.Alarms = setOf(a.Names, norm.NFC.String)
		if a.IgnorePollFailure {
			f.Alarms = append(f.Alarms, "") // No alarm has this name.
		}
	}
	return f
}

// digest returns a hash that is the same for equal parameters and the same salt. It ignores a
// parameter without values.
func digest(parameters map[string][]string, salt string) string {
	normal := map[string][]string{}
	for name, values := range parameters {
		for _, value := range values {
			normal[norm.NFC.String(name)] = append(normal[norm.NFC.String(name)], norm.NFC.String(value))
		}
	}
	text, _ := json.Marshal(normal) // It sorts by name, and does not fail for strings.
	sum := sha256.Sum256(append([]byte(salt), text...))
	return hex.EncodeToString(sum[:])
}

// setOf returns the values sorted and without duplicates, after normal, which may be nil, has
// converted each. An empty set is nil.
func setOf(values []string, normal func(string) string) []string {
	var set []string
	for _, value := range values {
		if normal != nil {
			value = normal(value)
		}
		set = append(set, value)
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// lastSegment returns the name of a document, which can be given as an ARN.
func lastSegment(document string) string {
	return document[strings.LastIndexByte(document, '/')+1:]
}
