// SPDX-License-Identifier: MPL-2.0

//go:build !sdk

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// getCommandInvocation makes the request without a valid signature, which the fake does not check.
func getCommandInvocation(ctx context.Context, commandID, instanceID string) (string, error) {
	body := fmt.Sprintf(`{"CommandId": %q, "InstanceId": %q}`, commandID, instanceID)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("AWS_ENDPOINT_URL_SSM"), strings.NewReader(body)) //nolint:gosec // The endpoint of the benchmark.
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AmazonSSM.GetCommandInvocation")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // The endpoint of the benchmark.
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	var invocation struct{ StandardOutputContent string }
	if err := json.NewDecoder(resp.Body).Decode(&invocation); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("HTTP status %s", resp.Status)
	}
	return invocation.StandardOutputContent, nil
}
