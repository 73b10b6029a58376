// SPDX-License-Identifier: MPL-2.0

// Command pictures draws the SVG files in images/ from the files in data/, which `make record`
// writes: a recording of the demo, and polls that were measured in virtual time.
//
//	go run ./internal/pictures images
//
// A picture has no font, script, or image from outside. It has a background of its own, so that it
// is legible on a page of either color scheme, and follows the color scheme of the page if the
// browser passes it to images.
package main

import (
	"embed"
	"fmt"
	"maps"
	"os"
	"slices"
)

//go:embed data
var data embed.FS

// picture is one file. Its description is also the alternative text in the pages that show it.
type picture struct {
	description string
	svg         string
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Usage: pictures DIRECTORY")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func write(directory string) error {
	pictures, err := draw()
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(directory)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for _, name := range slices.Sorted(maps.Keys(pictures)) {
		if err := root.WriteFile(name, []byte(pictures[name].svg), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// draw returns all pictures by the names of their files.
func draw() (map[string]picture, error) {
	transcript, err := data.ReadFile("data/demo.txt")
	if err != nil {
		return nil, err
	}
	demo, err := drawDemo(string(transcript))
	if err != nil {
		return nil, fmt.Errorf("data/demo.txt: %w", err)
	}
	measurement, err := data.ReadFile("data/timeline.json")
	if err != nil {
		return nil, err
	}
	timeline, err := drawTimeline(measurement)
	if err != nil {
		return nil, fmt.Errorf("data/timeline.json: %w", err)
	}
	return map[string]picture{"demo.svg": demo, "timeline.svg": timeline, "levels.svg": drawLevels()}, nil
}
