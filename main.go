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
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

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
	// net/http writes bytes of a response that it did not expect to this log, and Terraform adds
	// what the provider writes to standard error to its own. Log lines of the provider go through
	// tflog.
	log.SetOutput(io.Discard)

	// During a plan, Terraform passes an interrupt on to the provider. An apply that makes its own
	// plan does so only after all reads of that plan. A terminal sends Ctrl-C to this process too,
	// and so do service managers, CI runners, and timeout(1) with SIGTERM, which would otherwise end
	// the process in the middle of a read. A debugged process has no Terraform that would end it.
	signals := []os.Signal{os.Interrupt}
	if !*debug {
		signals = append(signals, syscall.SIGTERM)
	}
	life, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	err := providerserver.Serve(context.Background(), provider.New(life, version), providerserver.ServeOpts{
		Address:         "registry.terraform.io/ssm-provider/ssm",
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
