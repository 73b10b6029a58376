package main

import (
	"bytes"
	_ "embed" // The text of the report.
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/template"
	"time"
)

// results are what one run saw. The report has nothing else to draw on.
type results struct {
	When    string
	Machine machine
	AWS     bool
	Notice  []notice
	Waits   []awsWait
	Start   start
	Plans   []compared
	ForEach forEach
	Rows    []compared
}

// machine is what it was measured on.
type machine struct {
	CPU          string
	Cores        int
	OS, Go       string
	CLI, AWS     string
	Load         string // The load average before, "" where nothing tells.
	ProviderSize int64
}

func (t tools) describe() (machine, error) {
	m := machine{CPU: "an unnamed CPU", Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if _, name, is := strings.Cut(line, "model name\t: "); is {
				m.CPU = strings.TrimSpace(name)
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	file, err := os.Stat(t.provider)
	if err != nil {
		return m, err
	}
	m.ProviderSize = file.Size()
	version := exec.CommandContext(t.life, t.cli, "version")
	version.Env = t.environment(nil)
	out, err := version.Output()
	if err != nil {
		return m, err
	}
	m.CLI, _, _ = strings.Cut(string(out), "\n")
	if t.aws == "" {
		return m, nil
	}
	out, err = exec.CommandContext(t.life, t.aws, "--version").Output()
	m.AWS, _, _ = strings.Cut(string(out), " ")
	return m, err
}

//go:embed report.md.tmpl
var reportText string

// markdown writes the report.
func (r results) markdown(picture string) ([]byte, error) {
	words := template.FuncMap{
		"picture": func() string { return picture },
		"time":    brief,
		"mib":     func(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) },
		"kib":     func(bytes int64) string { return fmt.Sprintf("%.0f KiB", float64(bytes)/(1<<10)) },
		"count":   count,
		"ratio":   func(a, b sample) string { return ratio(float64(a.Time), float64(b.Time)) },
		"each":    func(s sample, n int) string { return brief(s.Time / time.Duration(n)) },
		"minus":   func(a, b sample) sample { return sample{Time: max(0, a.Time-b.Time)} },
		"times":   func(a, b time.Duration) string { return ratio(float64(a), float64(b)) },
		"number":  func(f float64) string { return fmt.Sprintf("%.0f", f) },
		"length":  length,
	}
	t, err := template.New("report").Funcs(words).Parse(reportText)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, r)
	return out.Bytes(), err
}

// brief shows a duration with two figures or three.
func brief(d time.Duration) string {
	switch {
	case d <= 0:
		return "0"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 100*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// length is how long a command ran, as people say it.
func length(d time.Duration) string {
	if d >= time.Minute {
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

func ratio(a, b float64) string {
	switch {
	case b == 0:
		return ""
	case a/b >= 9.95:
		return fmt.Sprintf("%.0f", a/b)
	}
	return fmt.Sprintf("%.1f", a/b)
}

// count shows 10000 as 10,000.
func count(n any) string {
	digits, _ := json.Marshal(n) // A number.
	s := string(digits)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
