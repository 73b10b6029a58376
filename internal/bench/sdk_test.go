// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// TestMain makes this program one that uses the SDK if it is started as
// `sdk OPERATION COUNT PARALLEL`.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "sdk" {
		if err := readWithSDK(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// readWithSDK reads the same values as a plan, as a plain Go program does: without waiting, and
// without keeping the responses.
func readWithSDK(operation, count, parallel string) error {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := ssm.NewFromConfig(cfg)
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	if operation == "list" {
		return list(ctx, client, n)
	}
	p, err := strconv.Atoi(parallel)
	if err != nil {
		return err
	}
	return invocations(ctx, client, n, p)
}

// invocations reads each invocation with a request of its own.
func invocations(ctx context.Context, client *ssm.Client, count, parallel int) error {
	nodes := make(chan int)
	failures := make([]error, parallel)
	var readers sync.WaitGroup
	for i := range parallel {
		readers.Go(func() {
			for n := range nodes {
				out, err := client.GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{
					CommandId: aws.String(commandID), InstanceId: aws.String(nodeID(n)),
				})
				if err == nil && aws.ToString(out.StandardOutputContent) == "" {
					err = fmt.Errorf("%s has no output", nodeID(n))
				}
				failures[i] = errors.Join(failures[i], err)
			}
		})
	}
	for n := range count {
		nodes <- n
	}
	close(nodes)
	readers.Wait()
	return errors.Join(failures...)
}

// list reads all invocations of the command with the SDK's paginator, 50 a page, the maximum of the
// API.
func list(ctx context.Context, client *ssm.Client, count int) error {
	entries := 0
	pages := ssm.NewListCommandInvocationsPaginator(client, &ssm.ListCommandInvocationsInput{
		CommandId: aws.String(commandID), Details: true, MaxResults: aws.Int32(50),
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		entries += len(out.CommandInvocations)
	}
	if entries != count {
		return fmt.Errorf("%d invocations, want %d", entries, count)
	}
	return nil
}
