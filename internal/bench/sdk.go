package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// readWithSDK is what somebody writes who needs the same values in a Go program: no waiting, no second look, and each
// answer dropped as soon as it is there.
func readWithSDK(ctx context.Context, what string, count, parallel int) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := ssm.NewFromConfig(cfg)
	if what == "rows" {
		return page(ctx, client, count)
	}
	return loop(ctx, client, count, parallel)
}

// loop reads one invocation after the other, or several at a time: Terraform reads ten at a time unless told otherwise.
func loop(ctx context.Context, client *ssm.Client, count, parallel int) error {
	nodes := make(chan int)
	failures := make(chan error, parallel)
	var readers sync.WaitGroup
	for range parallel {
		readers.Go(func() {
			for n := range nodes {
				out, err := client.GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{
					CommandId: aws.String(commandID), InstanceId: aws.String(nodeID(n)),
				})
				if err == nil && aws.ToString(out.StandardOutputContent) == "" {
					err = fmt.Errorf("%s has no output", nodeID(n))
				}
				if err != nil {
					select {
					case failures <- err:
					default:
					}
				}
			}
		})
	}
	for n := range count {
		nodes <- n
	}
	close(nodes)
	readers.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

// page reads the rows of a command with the SDK's own paginator, 50 to a page, which is the service's limit.
func page(ctx context.Context, client *ssm.Client, count int) error {
	rows := 0
	pages := ssm.NewListCommandInvocationsPaginator(client, &ssm.ListCommandInvocationsInput{
		CommandId: aws.String(commandID), Details: true, MaxResults: aws.Int32(50),
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		rows += len(out.CommandInvocations)
	}
	if rows != count {
		return fmt.Errorf("%d rows, want %d", rows, count)
	}
	return nil
}
