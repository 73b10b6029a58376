package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// readers is what Configure hands to everything that reads.
type readers struct {
	// unknown are the arguments that were not known. Where there are any, there are
	// no clients.
	unknown []string

	life           <-chan struct{}
	clients        *awsclient.Clients
	strangeRegions bool

	mu       sync.Mutex
	byRegion map[string]*runcommand.Reader
}

func newReaders(life <-chan struct{}, clients *awsclient.Clients, strangeRegions bool) *readers {
	return &readers{life: life, clients: clients, strangeRegions: strangeRegions, byRegion: map[string]*runcommand.Reader{}}
}

// Reader returns the reader for region, or for the provider's own region where
// region is "". All reads of a region share one: it remembers what the service no
// longer knows.
func (r *readers) Reader(ctx context.Context, region string) (*runcommand.Reader, diag.Diagnostics) {
	if len(r.unknown) > 0 {
		return nil, diag.Diagnostics{r.configurationUnknown()}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-r.life:
			cancel()
		case <-ctx.Done():
		}
	}()
	reader, err := r.reader(ctx, region)
	if err != nil {
		return nil, diag.Diagnostics{diagnose(err)}
	}
	return reader, nil
}

func (r *readers) reader(ctx context.Context, region string) (*runcommand.Reader, error) {
	if region == "" {
		own, err := r.clients.Region(ctx)
		if err != nil {
			return nil, err
		}
		region = own
	}
	if !r.strangeRegions && !awsclient.LooksLikeRegion(region) {
		return nil, &invalidRegionError{region: region}
	}
	client, err := r.clients.SSM(ctx, region)
	if err != nil {
		return nil, err
	}
	attempts, err := r.clients.MaxAttempts(ctx)
	if err != nil {
		return nil, err
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	reader, known := r.byRegion[region]
	if !known {
		reader = runcommand.New(client, runcommand.Options{
			Region:           region,
			MaxAttempts:      attempts,
			RenewCredentials: r.clients.RenewCredentials,
			Objects:          r.objects,
			Life:             r.life,
			Observe:          logCall,
		})
		r.byRegion[region] = reader
	}
	return reader, nil
}

// objects returns a client for S3; it is asked for only when a stream was cut.
func (r *readers) objects(ctx context.Context, region string) (runcommand.ObjectAPI, error) {
	client, err := r.clients.S3(ctx, region)
	if err != nil {
		return nil, err
	}
	return client, nil
}

// logCall is the one line a call leaves in the log. What was asked and what was
// answered is not in it: outputs and parameters hold secrets.
func logCall(ctx context.Context, call runcommand.Call) {
	tflog.Debug(ctx, "Called AWS", map[string]any{
		"operation":  call.Operation,
		"attempt":    call.Attempt,
		"outcome":    call.Outcome,
		"request_id": call.RequestID,
		"duration":   call.Duration.String(),
	})
}

func (r *readers) configurationUnknown() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider Configuration Unknown", fmt.Sprintf(
		"These arguments of the provider block \"ssm\" are not known yet: %s. They depend on something that has not been applied, "+
			"and reading without them could mean other credentials or another region than the ones meant, so nothing was read.\n\n"+
			"There are three ways out: apply what they depend on first (terraform apply -target=...), pass their values in as variables, "+
			"or put what is read here into a second configuration that is applied afterwards.",
		strings.Join(r.unknown, ", ")))
}
