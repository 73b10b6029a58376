// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// Sender calls SendCommand over connections of its own, so that a request reaches Systems Manager
// at most once for each attempt of the SDK. The caller limits the attempts. Everything else, such
// as credentials, endpoint, and throttling state, is that of the client for the Region.
type Sender struct {
	client *SSM
	http   *http.Client
}

// Sender returns the Sender for a Region, the same one for all callers. Its errors are those of
// SSM.
func (c *Clients) Sender(ctx context.Context, region string) (*Sender, error) {
	client, err := c.SSM(ctx, region)
	if err != nil {
		return nil, err
	}
	settings, err := c.settings.get(ctx, c.loadSettings)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	sender, known := c.senders[region]
	if !known {
		sender = &Sender{client: client, http: newHTTPClient(newSendingTransport(settings.transport))}
		c.senders[region] = sender
	}
	return sender, nil
}

// SendCommand calls the operation of that name.
func (s *Sender) SendCommand(ctx context.Context, in *ssm.SendCommandInput, options ...func(*ssm.Options)) (*ssm.SendCommandOutput, error) {
	own := func(o *ssm.Options) { o.HTTPClient = s.http }
	return s.client.SendCommand(ctx, in, append([]func(*ssm.Options){own}, options...)...)
}
