// SPDX-License-Identifier: MPL-2.0

//go:build sdk

package main

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// client is made once, as a provider does.
var client = sync.OnceValues(func() (*ssm.Client, error) {
	cfg, err := config.LoadDefaultConfig(context.Background())
	return ssm.NewFromConfig(cfg), err
})

func getCommandInvocation(ctx context.Context, commandID, instanceID string) (string, error) {
	c, err := client()
	if err != nil {
		return "", err
	}
	out, err := c.GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: &commandID, InstanceId: &instanceID})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.StandardOutputContent), nil
}
