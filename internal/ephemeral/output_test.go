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

// All of the output, from S3 too, is read and used, and none of it is in the plan file, in the
// state, in the log at level TRACE, or in the CLI's output.
func TestOutputIsNotStored(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	script := written(ended("Success", secretOutput, secretError))
	fake := acctest.Serve(t, script)
	log := filepath.Join(t.TempDir(), "log")
	w := acctest.NewWorkspace(t, fake.Provider(withS3(fake))+invocation("complete_output = true")+`
resource "terraform_data" "user" {
  input = "kept"
  provisioner "local-exec" {
    command     = "printf %s \"$OUT$ERR\" | wc -c > used"
    environment = {
      OUT = `+this+`.standard_output_content
      ERR = `+this+`.standard_error_content
    }
  }
}
`, traceTo(log)...)
	planned := w.Succeed(t, "plan", "-out=plan")
	applied := w.Succeed(t, "apply", "plan")

	used, err := os.ReadFile(filepath.Join(w.Dir, "used"))
	if err != nil || strings.TrimSpace(string(used)) != strconv.Itoa(len(secretOutput+secretError)) {
		t.Errorf("the output was not used: %q, %v", used, err)
	}
	checkWithoutOutput(t, "the plan", unzipped(t, filepath.Join(w.Dir, "plan")), "kept")
	checkWithoutOutput(t, "the state", content(t, filepath.Join(w.Dir, "terraform.tfstate")), "kept")
	checkWithoutOutput(t, "the log", content(t, log), "operation=GetObject")
	checkWithoutOutput(t, "the output of the CLI", planned.Stdout+planned.Stderr+applied.Stdout+applied.Stderr, "terraform_data.user")
}

// An Open that fails writes none of the output to the log, which contains every diagnostic.
func TestOutputOfAFailureIsNotStored(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	for name, test := range map[string]struct {
		script   fakeaws.Script
		sign     string
		argument string
	}{
		"require_success": {written(failed()), "operation=GetObject", "require_success = true"},
		"too large":       {written(failed()), "Output Too Large", "max_output_bytes = 100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			log := filepath.Join(t.TempDir(), "log")
			w := acctest.NewWorkspace(t, fake.Provider(withS3(fake))+invocation("complete_output = true", test.argument), traceTo(log)...)
			r := w.Run(t, "plan", "-out=plan")
			if r.Code == 0 {
				t.Error("plan succeeded")
			}
			checkWithoutOutput(t, "the log", content(t, log), test.sign)
			checkWithoutOutput(t, "the output of the CLI", r.Stdout+r.Stderr, "ssm_command_invocation")
		})
	}
}

// The data source stores its output: the search of the other tests finds it in plan and state.
func TestOutputOfTheDataSourceIsStored(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", secretOutput, "")))
	w := acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node))
	w.Succeed(t, "plan", "-out=plan")
	w.Succeed(t, "apply", "plan")
	for _, text := range []string{unzipped(t, filepath.Join(w.Dir, "plan")), content(t, filepath.Join(w.Dir, "terraform.tfstate"))} {
		if !strings.Contains(text, secret) {
			t.Error("the search does not find the output")
		}
	}
}

// traceTo makes every part of the CLI and the provider log at level TRACE.
func traceTo(file string) []string {
	return []string{"TF_LOG=TRACE", "TF_LOG_CORE=TRACE", "TF_LOG_PROVIDER=TRACE", "TF_LOG_SDK=TRACE", "TF_LOG_SDK_PROTO=TRACE",
		"TF_LOG_SDK_FRAMEWORK=TRACE", "TF_LOG_PATH=" + file}
}

// checkWithoutOutput checks that a text contains no output of the command. The sign shows that the
// text is the expected one.
func checkWithoutOutput(t *testing.T, what, text, sign string) {
	t.Helper()
	if !strings.Contains(text, sign) {
		t.Errorf("%s does not contain %q: %.500s", what, sign, text)
	}
	for _, word := range []string{secret, "fill fill"} {
		if i := strings.Index(text, word); i >= 0 {
			t.Errorf("%s contains output: %s", what, text[max(0, i-200):min(len(text), i+200)])
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

// unzipped returns the content of every file in an archive. A plan file is one.
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
