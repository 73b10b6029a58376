// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// operation is a method of one of the SDK's clients.
type operation[In, Out, Options any] func(context.Context, *In, ...func(*Options)) (*Out, error)

// SSM calls the operations of Systems Manager that this provider uses, with the SDK's client for
// one Region. It has functions instead of the client. The linker keeps every method of a type that
// an interface value can hold, because a template can call methods by name and go-plugin links
// package text/template. So an interface that holds a *ssm.Client links all 150 operations, and
// each start of the provider pays for them.
type SSM struct {
	cancelCommand               operation[ssm.CancelCommandInput, ssm.CancelCommandOutput, ssm.Options]
	describeInstanceInformation operation[ssm.DescribeInstanceInformationInput, ssm.DescribeInstanceInformationOutput, ssm.Options]
	getCommandInvocation        operation[ssm.GetCommandInvocationInput, ssm.GetCommandInvocationOutput, ssm.Options]
	getConnectionStatus         operation[ssm.GetConnectionStatusInput, ssm.GetConnectionStatusOutput, ssm.Options]
	listCommandInvocations      operation[ssm.ListCommandInvocationsInput, ssm.ListCommandInvocationsOutput, ssm.Options]
	listCommands                operation[ssm.ListCommandsInput, ssm.ListCommandsOutput, ssm.Options]
	sendCommand                 operation[ssm.SendCommandInput, ssm.SendCommandOutput, ssm.Options]
}

func newSSM(client *ssm.Client) *SSM {
	return &SSM{
		cancelCommand:               client.CancelCommand,
		describeInstanceInformation: client.DescribeInstanceInformation,
		getCommandInvocation:        client.GetCommandInvocation,
		getConnectionStatus:         client.GetConnectionStatus,
		listCommandInvocations:      client.ListCommandInvocations,
		listCommands:                client.ListCommands,
		sendCommand:                 client.SendCommand,
	}
}

// CancelCommand calls the operation of that name.
func (c *SSM) CancelCommand(ctx context.Context, in *ssm.CancelCommandInput, options ...func(*ssm.Options)) (*ssm.CancelCommandOutput, error) {
	return c.cancelCommand(ctx, in, options...)
}

// DescribeInstanceInformation calls the operation of that name.
func (c *SSM) DescribeInstanceInformation(ctx context.Context, in *ssm.DescribeInstanceInformationInput, options ...func(*ssm.Options)) (*ssm.DescribeInstanceInformationOutput, error) {
	return c.describeInstanceInformation(ctx, in, options...)
}

// GetCommandInvocation calls the operation of that name.
func (c *SSM) GetCommandInvocation(ctx context.Context, in *ssm.GetCommandInvocationInput, options ...func(*ssm.Options)) (*ssm.GetCommandInvocationOutput, error) {
	return c.getCommandInvocation(ctx, in, options...)
}

// GetConnectionStatus calls the operation of that name.
func (c *SSM) GetConnectionStatus(ctx context.Context, in *ssm.GetConnectionStatusInput, options ...func(*ssm.Options)) (*ssm.GetConnectionStatusOutput, error) {
	return c.getConnectionStatus(ctx, in, options...)
}

// ListCommandInvocations calls the operation of that name.
func (c *SSM) ListCommandInvocations(ctx context.Context, in *ssm.ListCommandInvocationsInput, options ...func(*ssm.Options)) (*ssm.ListCommandInvocationsOutput, error) {
	return c.listCommandInvocations(ctx, in, options...)
}

// ListCommands calls the operation of that name.
func (c *SSM) ListCommands(ctx context.Context, in *ssm.ListCommandsInput, options ...func(*ssm.Options)) (*ssm.ListCommandsOutput, error) {
	return c.listCommands(ctx, in, options...)
}

// SendCommand calls the operation of that name.
func (c *SSM) SendCommand(ctx context.Context, in *ssm.SendCommandInput, options ...func(*ssm.Options)) (*ssm.SendCommandOutput, error) {
	return c.sendCommand(ctx, in, options...)
}
