// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"
)

// LoadScript reads a script from JSON. An unknown member is an error that names the member, because
// a misspelled member would otherwise be ignored. [New] validates the script's contents.
func LoadScript(r io.Reader) (Script, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Script{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var script Script
	if err := decoder.Decode(&script); err != nil {
		return Script{}, atLine(text, err)
	}
	end := decoder.InputOffset()
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		next := bytes.IndexFunc(text[end:], func(r rune) bool { return !unicode.IsSpace(r) })
		return Script{}, fmt.Errorf("line %d: unexpected data after the end of the script", line(text, end+int64(max(next, 0))))
	}
	return script, nil
}

// atLine adds the line to an error of the decoder. The error of an unknown member has no position:
// the decoder has read the whole script by then.
func atLine(text []byte, err error) error {
	var (
		syntax   *json.SyntaxError
		mismatch *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %w", line(text, syntax.Offset-1), err)
	case errors.As(err, &mismatch):
		return fmt.Errorf("line %d: %w", line(text, mismatch.Offset-1), err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: the script ends too early: %w", line(text, int64(len(text))), err)
	}
	return err
}

// line is the number of the line that has a byte, from 1.
func line(text []byte, offset int64) int {
	offset = min(max(offset, 0), int64(len(text)))
	return 1 + bytes.Count(text[:offset], []byte("\n"))
}
