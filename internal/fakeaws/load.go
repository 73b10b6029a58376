// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// LoadScript reads a script from JSON. It is strict: a member that it does not know is an error which names it, since a
// misspelt one would silently be left out. [New] checks what the script says.
func LoadScript(r io.Reader) (Script, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var script Script
	if err := decoder.Decode(&script); err != nil {
		return Script{}, fmt.Errorf("script: at byte %d: %w", decoder.InputOffset(), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Script{}, fmt.Errorf("script: at byte %d: there is more after the end of the script", decoder.InputOffset())
	}
	return script, nil
}
