// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// maxListBytes is the maximum size of a list. Terraform receives at most 256 MiB from a provider,
// and fails with a gRPC error beyond that.
const maxListBytes = 64 << 20

// clients is the provider data that Configure passes to every object.
type clients struct {
	// unknown are the names of the arguments with unknown values. If there are any, the other
	// fields are not set, and Client returns an error.
	unknown []string

	interrupt       context.Context // Ends all operations when it is done; may be nil.
	aws             *awsclient.Clients
	skipRegionCheck bool
	claims          runcommand.Claims

	mu       sync.Mutex
	byRegion map[string]*runcommand.Client
}

func newClients(interrupt context.Context, aws *awsclient.Clients, skipRegionCheck bool) *clients {
	return &clients{interrupt: interrupt, aws: aws, skipRegionCheck: skipRegionCheck, byRegion: map[string]*runcommand.Client{}}
}

// Client returns the client of the argument region, or of the provider's Region for "". All reads
// of a Region share one client, which caches the commands that do not exist.
func (c *clients) Client(ctx context.Context, region string) (*runcommand.Client, diag.Diagnostics) {
	if len(c.unknown) > 0 {
		return nil, diag.Diagnostics{c.configurationUnknown()}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.interrupt != nil {
		defer context.AfterFunc(c.interrupt, cancel)() //nolint:contextcheck // A second context that ends the call.
	}
	client, err := c.client(ctx, region)
	var invalid *invalidRegionError
	switch {
	case err == nil:
		return client, nil
	case region != "" && errors.As(err, &invalid):
		return nil, diag.Diagnostics{diagnostics.AttributeError(path.Root("region"), summaryInvalidRegion, regionDetail(region))}
	}
	return nil, diag.Diagnostics{diagnose(err)}
}

// Claim says that a command is that of an object in the state.
func (c *clients) Claim(commandID string) { c.claims.Claim(commandID) }

func (c *clients) client(ctx context.Context, region string) (*runcommand.Client, error) {
	if region == "" {
		own, err := c.aws.Region(ctx)
		if err != nil {
			return nil, err
		}
		region = own
	}
	if !awsclient.CanBeRegion(region) || !c.skipRegionCheck && !awsclient.LooksLikeRegion(region) {
		return nil, &invalidRegionError{region: region}
	}
	api, err := c.aws.SSM(ctx, region)
	if err != nil {
		return nil, err
	}
	sender, err := c.aws.Sender(ctx, region)
	if err != nil {
		return nil, err
	}
	attempts, err := c.aws.MaxAttempts(ctx)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	client, known := c.byRegion[region]
	if !known {
		client = runcommand.New(api, runcommand.Options{
			Region:           region,
			MaxAttempts:      attempts,
			MaxListBytes:     maxListBytes,
			RenewCredentials: c.aws.RenewCredentials,
			Sender:           sender,
			Objects:          c.objects,
			Claims:           &c.claims,
			Interrupt:        c.interrupt,
			Observe:          logAttempt,
		})
		c.byRegion[region] = client
	}
	return client, nil
}

// objects returns a client for S3. Package runcommand calls it only to read a truncated stream.
func (c *clients) objects(ctx context.Context, region string) (runcommand.ObjectAPI, error) {
	client, err := c.aws.S3(ctx, region)
	if err != nil {
		return nil, err
	}
	return client, nil
}

// logAttempt logs one line for an attempt. The line contains no data of the request and the
// response, because parameters and output can contain secrets. The error code and the request ID
// are sanitized like texts of diagnostics, because CI systems execute some lines of the log of a
// job as commands.
func logAttempt(ctx context.Context, attempt awscall.Attempt) {
	tflog.Debug(ctx, "Called AWS", map[string]any{
		"operation":  attempt.Operation,
		"attempt":    attempt.Number,
		"outcome":    diagnostics.Logged(attempt.Outcome), // An error code.
		"request_id": diagnostics.Logged(attempt.RequestID),
		"duration":   attempt.Duration.String(),
	})
}

func (c *clients) configurationUnknown() diag.Diagnostic {
	return diagnostics.Error(summaryUnknown,
		diagnostics.Textf("These arguments of the provider block \"ssm\" are unknown: %s. They depend on objects that have not been applied. "+
			"With a default instead, the provider could use other credentials or another Region than intended, so nothing was read.", diagnostics.Text(strings.Join(c.unknown, ", "))),
		"Do one of the following: first apply the objects that the arguments depend on (terraform apply -target=...), pass the values as variables, "+
			"or move the objects of this provider to a second configuration that you apply afterwards.")
}
