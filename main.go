// Command terraform-provider-ssm reads what AWS Systems Manager Run Command did,
// from Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

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
	// Terraform hears Ctrl-C during a plan, but an apply that makes its own plan passes
	// it on only when that plan is done, which is when all reads are. A terminal sends
	// it to this process too.
	life, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := providerserver.Serve(context.Background(), provider.New(version, life.Done()), providerserver.ServeOpts{
		Address:         "registry.terraform.io/ssm-provider/ssm",
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}
