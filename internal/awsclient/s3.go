// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3 calls the operation of Amazon S3 that this provider uses. It has a function for the same
// reason as [SSM].
type S3 struct {
	getObject operation[s3.GetObjectInput, s3.GetObjectOutput, s3.Options]
}

// GetObject calls the operation of that name.
func (c *S3) GetObject(ctx context.Context, in *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return c.getObject(ctx, in, options...)
}
