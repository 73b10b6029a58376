// SPDX-License-Identifier: MPL-2.0

package ephemeral_test

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestNothingStaysBehind: neither the plan file, the state file, the log of everything at the highest level nor the screen
// holds any of the output, all of which, from S3 too, was read and used.
func TestNothingStaysBehind(t *testing.T) {
	t.Parallel()
	script := written(ended("Success", secretOutput, secretError))
	fake := acctest.Serve(t, script)
	log := filepath.Join(t.TempDir(), "log")
	w := acctest.NewWorkspace(t, fake.Provider(withS3(fake))+invocation("complete_output = true")+`
resource "terraform_data" "told" {
  input = "kept"
  provisioner "local-exec" {
    command     = "printf %s \"$OUT$ERR\" | wc -c > used"
    environment = {
      OUT = `+this+`.standard_output_content
      ERR = `+this+`.standard_error_content
    }
  }
}
`, everythingLogged(log)...)
	screen := w.Succeed(t, "plan", "-out=plan")
	applied := w.Succeed(t, "apply", "plan")

	used, err := os.ReadFile(filepath.Join(w.Dir, "used"))
	if err != nil || strings.TrimSpace(string(used)) != strconv.Itoa(len(secretOutput+secretError)) {
		t.Errorf("what was read was not used: %q, %v", used, err)
	}
	hides(t, "the plan", unzipped(t, filepath.Join(w.Dir, "plan")), "kept")
	hides(t, "the state", content(t, filepath.Join(w.Dir, "terraform.tfstate")), "kept")
	hides(t, "the log", content(t, log), "operation=GetObject")
	hides(t, "the screen", screen.Stdout+screen.Stderr+applied.Stdout+applied.Stderr, "terraform_data.told")
}

// TestFailureLeavesNothingBehind: an Open that fails because the command did leaves none of the output in the log either,
// where every diagnostic is written.
func TestFailureLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script   fakeaws.Script
		arrived  string
		argument string
	}{
		"require_success": {written(failed()), "operation=GetObject", "require_success = true"},
		"too large":       {written(failed()), "Output Too Large", "max_output_bytes = 100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			log := filepath.Join(t.TempDir(), "log")
			w := acctest.NewWorkspace(t, fake.Provider(withS3(fake))+invocation("complete_output = true", test.argument), everythingLogged(log)...)
			r := w.Run(t, "plan", "-out=plan")
			if r.Code == 0 {
				t.Error("it has not failed")
			}
			hides(t, "the log", content(t, log), test.arrived)
			hides(t, "the screen", r.Stdout+r.Stderr, "ssm_command_invocation")
		})
	}
}

// TestSearchFinds is the other side of the coin: of the data source, the same search finds output in plan and state.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", secretOutput, "")))
	w := acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node))
	w.Succeed(t, "plan", "-out=plan")
	w.Succeed(t, "apply", "plan")
	for _, text := range []string{unzipped(t, filepath.Join(w.Dir, "plan")), content(t, filepath.Join(w.Dir, "terraform.tfstate"))} {
		if !strings.Contains(text, secret) {
			t.Error("the output is not there")
		}
	}
}

// everythingLogged makes every part of the CLI and the provider log all it can.
func everythingLogged(file string) []string {
	return []string{"TF_LOG=TRACE", "TF_LOG_CORE=TRACE", "TF_LOG_PROVIDER=TRACE", "TF_LOG_SDK=TRACE", "TF_LOG_SDK_PROTO=TRACE",
		"TF_LOG_SDK_FRAMEWORK=TRACE", "TF_LOG_PATH=" + file}
}

// hides wants a text without output, and with something that shows that it is the text that is meant.
func hides(t *testing.T, what, text, sign string) {
	t.Helper()
	if !strings.Contains(text, sign) {
		t.Errorf("%s lacks %q: %.500s", what, sign, text)
	}
	for _, word := range []string{secret, "fill fill"} {
		if i := strings.Index(text, word); i >= 0 {
			t.Errorf("%s holds output: %s", what, text[max(0, i-200):min(len(text), i+200)])
		}
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	bytes, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes)
}

// unzipped is the content of every file in an archive, which is what a plan file is.
func unzipped(t *testing.T, file string) string {
	t.Helper()
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, member := range archive.File {
		all.WriteString(member.Name)
		r, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
