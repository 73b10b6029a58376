// SPDX-License-Identifier: MPL-2.0

package awsrecord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Recording is what one test requested, and the responses, in order of the responses.
type Recording struct {
	Region    string     `json:"region"`
	Exchanges []Exchange `json:"exchanges"`
}

// Exchange is one request and its response.
type Exchange struct {
	// At is when the response had arrived, by the clock of the test.
	At time.Time `json:"at"`
	// Operation is the name of the API operation. Key is the object's key, for GetObject.
	Operation string `json:"operation"`
	Bucket    string `json:"bucket,omitempty"`
	Key       string `json:"key,omitempty"`
	Request   string `json:"request,omitempty"`
	Status    int    `json:"status"`
	Response  string `json:"response"`
	// Filtered is set if the response had entries that do not belong to the test. They were removed.
	Filtered bool `json:"filtered,omitempty"`
}

// Document is the multi-step document of the tests. Both steps run. The first one succeeds and the
// second one fails with exit code 3.
var Document = fakeaws.Document{Name: exampleDocument, Versions: []fakeaws.DocumentVersion{{
	SchemaVersion: "2.2",
	Steps: []fakeaws.DocumentStep{
		{Name: "first", Action: "aws:runShellScript", TimeoutSeconds: "60"},
		{Name: "second", Action: "aws:runShellScript", TimeoutSeconds: "60"},
	},
}}}

// DocumentContent is the content of [Document] for CreateDocument.
const DocumentContent = `{"schemaVersion":"2.2","description":"Acceptance tests","mainSteps":[` +
	`{"action":"aws:runShellScript","name":"first","inputs":{"timeoutSeconds":"60","runCommand":["echo first"]}},` +
	`{"action":"aws:runShellScript","name":"second","inputs":{"timeoutSeconds":"60","runCommand":["echo second","exit 3"]}}]}`

// Load reads a recording from a file.
func Load(name string) (Recording, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return Recording{}, err
	}
	var r Recording
	return r, json.Unmarshal(content, &r)
}

// Save writes a recording to a file that only its owner can read, until its owner has read it.
func (r Recording) Save(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	content, err := r.encode()
	if err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o600)
}

func (r Recording) encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(r)
	return out.Bytes(), err
}

// operationOf returns the operation of a request to Systems Manager.
func operationOf(target string) string { return strings.TrimPrefix(target, "AmazonSSM.") }

// Check returns an error if the recording has one of these values, or something of the form of an
// account ID or an access key that is not an example.
func (r Recording) Check(secrets ...string) error {
	content, err := r.encode()
	if err != nil {
		return err
	}
	for i, secret := range secrets {
		if secret != "" && bytes.Contains(content, []byte(secret)) {
			return fmt.Errorf("it contains the value %d of those that it must not contain", i+1)
		}
	}
	for _, e := range r.Exchanges {
		for _, text := range []string{e.Request, e.Response, e.Key, e.Bucket} {
			if unknown(text) {
				return fmt.Errorf("a response of %s contains an account ID or an access key", e.Operation)
			}
		}
	}
	return nil
}
