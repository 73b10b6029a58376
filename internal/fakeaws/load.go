// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// LoadScript reads a script from JSON. An unknown member is an error that names the member, because
// a misspelled member would otherwise be ignored. [New] validates the script's contents.
func LoadScript(r io.Reader) (Script, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var script Script
	if err := decoder.Decode(&script); err != nil {
		return Script{}, fmt.Errorf("script: at byte %d: %w", decoder.InputOffset(), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Script{}, fmt.Errorf("script: at byte %d: unexpected data after the end of the script", decoder.InputOffset())
	}
	return script, nil
}
