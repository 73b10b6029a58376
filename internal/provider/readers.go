package provider

import (
	"context"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// readers is what Configure hands to everything that reads.
type readers struct {
	// unknown are the arguments that were not known. If there are any, there are no clients.
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

// Reader returns the reader for a Region, or for the provider's Region if region is "". All reads
// of a Region share one: it remembers which commands do not exist.
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
	if !awsclient.CanBeRegion(region) || !r.strangeRegions && !awsclient.LooksLikeRegion(region) {
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

// objects returns a client for S3. It is requested only if a stream was truncated.
func (r *readers) objects(ctx context.Context, region string) (runcommand.ObjectAPI, error) {
	client, err := r.clients.S3(ctx, region)
	if err != nil {
		return nil, err
	}
	return client, nil
}

// logCall writes the one line that a call leaves in the log. The line has nothing of the request
// and the response, because parameters and output contain secrets.
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
	return diagnostics.Error(summaryUnknown,
		diagnostics.Textf("These arguments of the provider block \"ssm\" are not known yet: %s. They depend on something that has not been applied. "+
			"Without them the provider could use other credentials or another Region than intended, so nothing was read.", diagnostics.Text(strings.Join(r.unknown, ", "))),
		"Do one of the following: apply what the arguments depend on first (terraform apply -target=...), pass their values in as variables, "+
			"or move what depends on this provider into a second configuration, which is applied afterwards.")
}
