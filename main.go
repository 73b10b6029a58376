// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-ssm is the provider for AWS Systems Manager Run Command, for Terraform
// and OpenTofu.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/ssm-provider/terraform-provider-ssm/internal/provider"
)

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	debugger := flag.Bool("debug", false, "keep running and print how to attach a debugger and Terraform to this process")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()

	if *showVersion {
		fmt.Println(version)
		return
	}
	delayGarbageCollection()
	if !*debugger {
		silenceLibraries()
	}
	// net/http writes unexpected bytes of a response to this log, and Terraform adds the provider's
	// standard error to its own log. The provider logs through tflog.
	log.SetOutput(io.Discard)

	// During a plan, Terraform forwards an interrupt to the provider. An apply that makes its own
	// plan forwards it only after all reads of that plan. A terminal also sends Ctrl-C to this
	// process, and service managers, CI runners, and timeout(1) send SIGTERM, which would otherwise
	// end the process in the middle of a read. With -debug, SIGTERM ends the process, because
	// Terraform does not.
	signals := []os.Signal{os.Interrupt}
	if !*debugger {
		signals = append(signals, syscall.SIGTERM)
	}
	done, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	var options []tf6server.ServeOpt
	if *debugger {
		options = append(options, tf6server.WithManagedDebug())
	}
	err := tf6server.Serve("registry.terraform.io/ssm-provider/ssm", func() tfprotov6.ProviderServer { return provider.NewServer(done, version) }, options...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startMemory is how much memory in bytes the process uses before the first garbage collection.
const startMemory = 64 << 20

// delayGarbageCollection delays the first garbage collection until the process uses startMemory. By
// default, Go collects at 4 MB, which the initialization of the packages allocates, and several
// times while the schemas are built. These collections take an eighth of the provider's CPU time in
// a plan with one read, in which Terraform starts the provider three times. After the first
// collection, the runtime's own settings apply.
func delayGarbageCollection() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(startMemory)
	type sentinel struct{ _ [16]byte }
	runtime.AddCleanup(new(sentinel), func(struct{}) {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}, struct{}{})
}

// silenceLibraries turns off the log of the plugin libraries if no log level is set, because
// Terraform then discards the log. The framework writes several lines for each attribute, which
// take a fifth of the CPU time of a plan with 100 reads. Do not call it with -debug: the level is
// then set in the environment of Terraform, and not of this process.
func silenceLibraries() {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") && !strings.HasSuffix(variable, "=") {
			return
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "OFF") // The name is valid.
}
