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
	debug := flag.Bool("debug", false, "keep running and print how to attach a debugger and Terraform to this process")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()

	if *showVersion {
		fmt.Println(version)
		return
	}
	delayCollection()
	if !*debug {
		silenceLibraries()
	}
	// net/http writes unexpected bytes of a response to this log, and Terraform adds the provider's
	// standard error to its own log. The provider logs through tflog.
	log.SetOutput(io.Discard)

	// During a plan, Terraform forwards an interrupt to the provider. An apply that makes its own
	// plan forwards it only after all reads of that plan. A terminal also sends Ctrl-C to this
	// process, and service managers, CI runners, and timeout(1) send SIGTERM, which would otherwise
	// end the process in the middle of a read. With -debug, SIGTERM ends the process, because no
	// Terraform does.
	signals := []os.Signal{os.Interrupt}
	if !*debug {
		signals = append(signals, syscall.SIGTERM)
	}
	done, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	err := tf6server.Serve("registry.terraform.io/ssm-provider/ssm", func() tfprotov6.ProviderServer { return provider.NewServer(done, version) }, options...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startMemory is how much memory the process takes before the first garbage collection.
const startMemory = 64 << 20

// delayCollection delays the first garbage collection until the process has startMemory. Go would
// collect at 4 MB, which is what the packages allocate when they are initialized, and several times
// more while the schemas are built. That takes an eighth of the provider's CPU time in a plan with one
// read, in which Terraform starts it three times. After the first collection, the runtime's own
// settings apply.
func delayCollection() {
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

// silenceLibraries turns off the log lines of the plugin libraries if Terraform has no log level, and
// so discards them. The framework writes several for each attribute: a fifth of the CPU time of a plan
// with 100 reads. With -debug, the process of Terraform has the level.
func silenceLibraries() {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") && !strings.HasSuffix(variable, "=") {
			return
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "OFF") // The name is valid.
}
